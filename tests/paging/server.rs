//! A system of the tests' own: it takes submissions, gives receipts, and answers questions about states by a script.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gis_gkh::clock::Clock;
use gis_gkh::transport::{Boxed, Post, Reply, Transport, TransportError, TransportReason};
use gis_gkh::{Client, Guid, Identity};
use gis_gkh_sign::gost::{Entropy, EntropyError};
use gis_gkh_sign::signer::BuiltinSigner;
use time::OffsetDateTime;
use time::macros::datetime;

/// What happens to one post.
#[derive(Clone)]
pub(crate) enum Event {
    /// Processed: what `getStateResult` says behind its MessageGUID.
    Done(String),
    /// Not processed yet.
    Waiting,
    /// A SOAP fault with this code.
    Fault(&'static str),
    /// No answer comes.
    Lost,
}

/// A refusal of a whole request.
pub(crate) fn refusal(code: &str, text: &str) -> Event {
    Event::Done(format!(
        "<b:ErrorMessage><b:ErrorCode>{code}</b:ErrorCode><b:Description>{text}</b:Description></b:ErrorMessage>"
    ))
}

/// What was posted: the action and the message.
pub(crate) struct Posted {
    pub(crate) action: String,
    pub(crate) body: String,
}

/// The system. Without anything in the script for them, submissions are accepted.
pub(crate) struct Server {
    namespace: &'static str,
    submissions: Mutex<VecDeque<Event>>,
    states: Mutex<VecDeque<Event>>,
    posted: Mutex<Vec<Posted>>,
}

impl Server {
    /// A service whose messages are in the namespace of this name.
    pub(crate) fn new(namespace: &'static str, states: impl IntoIterator<Item = Event>) -> Arc<Self> {
        Arc::new(Self {
            namespace,
            submissions: Mutex::default(),
            states: Mutex::new(states.into_iter().collect()),
            posted: Mutex::default(),
        })
    }

    /// What the next submissions meet.
    pub(crate) fn meets(&self, events: impl IntoIterator<Item = Event>) {
        self.submissions.lock().unwrap().extend(events);
    }

    /// Further states.
    pub(crate) fn then(&self, states: impl IntoIterator<Item = Event>) {
        self.states.lock().unwrap().extend(states);
    }

    /// The messages submitted.
    pub(crate) fn submitted(&self) -> Vec<String> {
        let posted = self.posted.lock().unwrap();
        posted.iter().filter(|post| post.action != "urn:getState").map(|post| post.body.clone()).collect()
    }

    /// How many times a state was asked.
    pub(crate) fn asked(&self) -> usize {
        self.posted.lock().unwrap().iter().filter(|post| post.action == "urn:getState").count()
    }

    /// A client of it, with a key of the samples.
    pub(crate) fn client(self: &Arc<Self>) -> Client {
        let file = |name: &str| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keys");
            std::fs::read_to_string(folder.join(name)).unwrap()
        };
        let signer = BuiltinSigner::from_pem(&file("org-256.crt"), &file("org-256.key")).unwrap();
        let identity = Identity::new(guid(1), Arc::new(signer));
        Client::new(identity, self.clone(), Arc::new(Standing), Arc::new(Counting(AtomicU8::new(1))))
    }
}

impl Transport for Server {
    fn post<'a>(&'a self, post: Post<'a>) -> Boxed<'a, Result<Reply, TransportError>> {
        let body = String::from_utf8(post.body.to_vec()).unwrap();
        let number = {
            let mut posted = self.posted.lock().unwrap();
            posted.push(Posted { action: post.action.to_owned(), body: body.clone() });
            u8::try_from(posted.len()).unwrap()
        };
        let state = post.action == "urn:getState";
        let queue = if state { &self.states } else { &self.submissions };
        let event = queue.lock().unwrap().pop_front();
        let about = child(&body, if state { "getStateRequest" } else { "RequestHeader" }, "MessageGUID")
            .or_else(|| child(&body, "ISRequestHeader", "MessageGUID"))
            .unwrap();
        let reply = match event {
            Some(Event::Lost) => Err(TransportError { left: true, reason: TransportReason::Timeout(Duration::ZERO) }),
            Some(Event::Fault(code)) => Ok(reply(500, fault(code))),
            Some(event) if state => {
                let (number, rest) = match event {
                    Event::Done(rest) => (3, rest),
                    _ => (2, String::new()),
                };
                let (namespace, version) = (self.namespace, "b:version='10.0.1.1'");
                let result = format!(
                    "<getStateResult xmlns='{SCHEMA}{namespace}/' Id='x' {version}><b:RequestState>{number}</b:RequestState>\
                     <b:MessageGUID>{about}</b:MessageGUID>{rest}</getStateResult>"
                );
                Ok(reply(200, soap(&result)))
            }
            None if state => panic!("nothing is left to answer"),
            _ => Ok(reply(200, ack(&about, number))),
        };
        Box::pin(async { reply })
    }
}

const SCHEMA: &str = "http://dom.gosuslugi.ru/schema/integration/";

fn reply(status: u16, body: String) -> Reply {
    Reply { status, body: body.into_bytes(), ..Reply::default() }
}

fn soap(body: &str) -> String {
    format!(
        "<?xml version='1.0'?><e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/' xmlns:b='{SCHEMA}base/' \
         xmlns:n='{SCHEMA}nsi-base/' xmlns:o='{SCHEMA}organizations-registry-base/' xmlns:p='{SCHEMA}payments-base/'><e:Header><b:ResultHeader/></e:Header>\
         <e:Body>{body}</e:Body></e:Envelope>"
    )
}

fn ack(requester: &str, number: u8) -> String {
    soap(&format!(
        "<b:AckRequest><b:Ack><b:MessageGUID>{}</b:MessageGUID><b:RequesterMessageGUID>{requester}</b:RequesterMessageGUID>\
         </b:Ack></b:AckRequest>",
        guid(number)
    ))
}

fn fault(code: &str) -> String {
    soap(&format!(
        "<e:Fault><faultcode>e:Server</faultcode><faultstring>{code}: x</faultstring><detail><b:Fault>\
         <b:ErrorCode>{code}</b:ErrorCode><b:ErrorMessage>x</b:ErrorMessage></b:Fault></detail></e:Fault>"
    ))
}

/// Text of an element of this name, somewhere in one of that name.
pub(crate) fn child(message: &str, within: &str, name: &str) -> Option<String> {
    let document = roxmltree::Document::parse(message).unwrap();
    let outer = document.descendants().find(|node| node.tag_name().name() == within)?;
    let inner = outer.descendants().find(|node| node.tag_name().name() == name)?;
    inner.text().map(str::to_owned)
}

pub(crate) fn guid(last: u8) -> Guid {
    format!("0f3c2a6e-91d4-4b57-8e2d-0000000000{last:02x}").parse().unwrap()
}

/// Past, for the signature is verified against it.
struct Standing;

impl Clock for Standing {
    fn now(&self) -> OffsetDateTime {
        datetime!(2026-10-31 09:30:45 UTC)
    }
}

/// Another MessageGUID for each message.
struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
        Ok(())
    }
}

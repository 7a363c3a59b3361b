//! A transport that answers by a script and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use gis_gkh::Guid;
use gis_gkh::clock::{Clock, Sleep};
use gis_gkh::files::{FileCall, FileReply, FileStore, FileTransport, Verb};
use gis_gkh::transport::{Boxed, TransportError, TransportReason};
use time::OffsetDateTime;
use time::macros::datetime;

pub(crate) const ID: &str = "0f3c2a6e-91d4-4b57-8e2d-00000000f001";
pub(crate) const OTHER: &str = "0f3c2a6e-91d4-4b57-8e2d-00000000f002";

pub(crate) type Answer = Result<FileReply, TransportError>;

#[derive(Default)]
pub(crate) struct Script {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<FileCall>>,
}

impl Script {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into_iter().collect()), asked: Mutex::default() })
    }

    /// What was asked so far: verb, what follows the section, and the number of bytes.
    pub(crate) fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let short = |call: &FileCall| {
            let (_, place) = call.path.split_once("/rest/appeals").unwrap();
            let number = call.headers.iter().find(|(name, _)| *name == "x-upload-partnumber");
            let number = number.map(|(_, number)| format!("#{number}")).unwrap_or_default();
            let place = place.replace(ID, "ID").replace(OTHER, "OTHER");
            format!("{:?} {place}{number} {}", call.verb, call.body.len())
        };
        asked.iter().map(short).collect()
    }

    pub(crate) fn calls(&self) -> Vec<FileCall> {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.answers.lock().unwrap().is_empty()
    }

    pub(crate) fn store(self: &Arc<Self>) -> FileStore {
        FileStore::new(self.clone(), Arc::new(Noon), OTHER.parse::<Guid>().unwrap())
    }
}

impl FileTransport for Script {
    fn call(&self, call: FileCall) -> Boxed<'_, Answer> {
        self.asked.lock().unwrap().push(call);
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move { answer.unwrap_or_else(|| panic!("more was asked than the script answers")) })
    }
}

/// Always the same moment.
pub(crate) struct Noon;

impl Clock for Noon {
    fn now(&self) -> OffsetDateTime {
        datetime!(2026-11-03 12:00:05 +3)
    }
}

/// Waits for nothing and adds up for how long it should have.
#[derive(Default)]
pub(crate) struct Rest(pub(crate) Mutex<Vec<Duration>>);

impl Sleep for Rest {
    fn sleep(&self, time: Duration) -> Boxed<'_, ()> {
        self.0.lock().unwrap().push(time);
        Box::pin(async {})
    }
}

pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Ok(FileReply { status, headers, body: body.into() })
}

pub(crate) fn done() -> Answer {
    reply(200, &[], "")
}

pub(crate) fn given(id: &str) -> Answer {
    reply(200, &[("x-upload-uploadid", id)], "")
}

pub(crate) fn refused(code: &str) -> Answer {
    reply(400, &[("x-upload-error", code)], "")
}

pub(crate) fn cut() -> Answer {
    Err(TransportError { left: true, reason: TransportReason::Broken("cut".to_owned()) })
}

pub(crate) fn page() -> Answer {
    reply(200, &[("content-type", "text/html")], "<html><title>Proxy says no</title></html>")
}

pub(crate) fn stat(length: u64, parts: &str, completed: &str) -> Answer {
    let length = length.to_string();
    reply(
        200,
        &[("x-upload-length", &length), ("x-upload-completed-parts", parts), ("x-upload-completed", completed)],
        "",
    )
}

/// `Head` and `Get` bring no bytes.
pub(crate) fn brings_bytes(verb: Verb) -> bool {
    matches!(verb, Verb::Put | Verb::Post)
}

//! The line to the system: one identity over one transport, with the clock and the randomness every desk needs.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use gis_gkh::clock::Clock;
use gis_gkh::contract::base::{GetRequestsStateRequest, GetRequestsStateResult};
use gis_gkh::files::FileStore;
use gis_gkh::operation::{Operation, Submission};
use gis_gkh::transport::Transport;
use gis_gkh::{
    Answer, AnswerCheck, AnswerPolicy, CallError, Client, ComposeError, Guid, Identity, Message, Receipt, body,
    checked_state, receipt, send,
};
use gis_gkh_delivery::{Failure, Prepared, RetryClass, Submitted, Work};
use gis_gkh_sign::gost::Entropy;
use time::{OffsetDateTime, UtcOffset};
use uuid::Uuid;

use super::failure::{self, local, of_call};
use super::files;
use super::notice::Notices;
use super::upload::Carrier;
use super::words::{KEY, PAYLOAD};
use crate::gateway::timestamp;

/// Sends in one identity over one transport.
pub(crate) struct Line {
    pub(crate) identity: Identity,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    pub(crate) check: AnswerCheck,
    pub(crate) notices: Notices,
    pub(super) files: Option<Carrier>,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl Line {
    pub(crate) fn new(
        identity: Identity,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let (check, notices) = (AnswerCheck::off(), Notices::default());
        Self { identity, transport, clock, entropy, files: None, check, notices }
    }

    /// A client that goes the same way in the same identity.
    pub(crate) fn client(&self) -> Client {
        let (transport, clock, entropy) =
            (Arc::clone(&self.transport), Arc::clone(&self.clock), Arc::clone(&self.entropy));
        Client::new(self.identity.clone(), transport, clock, entropy).checking(self.check.clone())
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// The file store of the organisation a message is of, and what carries files there.
    pub(super) fn file_store(&self, work: &Work) -> Result<(&Carrier, FileStore), Failure> {
        let carrier = self.files.as_ref().ok_or_else(files::nowhere)?;
        let store = FileStore::new(carrier.transport(), Arc::clone(&self.clock), guid(&work.organisation)?);
        Ok((carrier, store))
    }

    /// The zone in which the system's days begin.
    pub(crate) fn zone(&self) -> UtcOffset {
        self.identity.zone
    }

    /// A MessageGUID nobody has used.
    pub(crate) fn fresh(&self) -> Result<Guid, ComposeError> {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes)?;
        Ok(Guid::new(uuid::Builder::from_random_bytes(bytes).into_uuid()))
    }

    /// May the key sign now? While it may not, messages wait: a new certificate makes them go on.
    pub(crate) fn may_sign(&self) -> Result<(), Failure> {
        let certificate = self.identity.signer.certificate();
        certificate
            .check_validity(self.clock.now())
            .map_err(|error| Failure { class: RetryClass::Retry, ..local(KEY, error.to_string()) })
    }

    /// Builds and signs a request off the threads that other messages need: a token or a service may take its time.
    pub(crate) async fn compose<S: Submission + Send + 'static>(
        &self,
        request: S,
        guid: Guid,
    ) -> Result<Prepared, Failure> {
        let built = self.identity.compose(request, guid, self.now()).await;
        Ok(Prepared { bytes: built.map_err(|error| failure::of_compose(&error))?.bytes })
    }

    /// Sends a request that was built, once and before its deadline.
    pub(crate) async fn submit(&self, operation: &'static Operation, work: &Work, bytes: &[u8]) -> Submitted {
        let guid = match guid(&work.message_guid) {
            Ok(guid) => guid,
            Err(failure) => return Submitted::NotSent { failure },
        };
        let message = Message { operation, guid, bytes: bytes.to_vec() };
        let may_leave = || timestamp(self.clock.now()) < work.deadline;
        let receipt = match send(&*self.transport, &message, &may_leave).await {
            Ok(reply) => receipt(guid, reply),
            Err(error) => Err(error),
        };
        submitted(receipt)
    }

    /// The state of a submission.
    pub(crate) async fn state<S: Submission>(&self, ack: &str) -> Result<Answer<S::State>, CallError> {
        // An id that is none would be unknown to the system as well.
        let ack = ack.parse().unwrap_or(Guid::new(Uuid::nil()));
        let message = self.identity.state(S::STATE, ack, self.fresh()?, self.clock.now());
        let reply = send(&*self.transport, &message, &|| true).await?;
        let now = self.clock.now();
        let read = checked_state(ack, reply, &self.check, now);
        self.notices.look(S::OPERATION, &read, now, self.zone());
        read.map(|(answer, _)| answer)
    }

    /// Sends a question, which changes nothing; its answer is fetched by [`state`](Self::state).
    pub(crate) async fn ask(&self, operation: &'static Operation, bytes: &[u8]) -> Submitted {
        let Some(guid) = own_guid(bytes) else {
            return Submitted::NotSent { failure: local(PAYLOAD, "a question without a MessageGUID".to_owned()) };
        };
        let message = Message { operation, guid, bytes: bytes.to_vec() };
        let submitted = submitted(match send(&*self.transport, &message, &|| true).await {
            Ok(reply) => receipt(guid, reply),
            Err(error) => Err(error),
        });
        match submitted {
            Submitted::Rejected { failure, raw } => Submitted::Rejected { failure: self.unsigned(failure), raw },
            submitted => submitted,
        }
    }

    /// A fault that answers a question. It is never signed, so where signatures are required it must not prove that the
    /// system holds nothing: what is absent is sent again.
    pub(crate) fn unsigned(&self, failure: Failure) -> Failure {
        match failure.class {
            RetryClass::Empty if self.check.policy() == AnswerPolicy::Require => {
                Failure { class: RetryClass::Retry, ..failure }
            }
            _ => failure,
        }
    }

    /// Which of these submissions to the service of bills have been processed.
    pub(crate) async fn processed(&self, acks: &[String]) -> Result<BTreeSet<String>, Failure> {
        let mut processed = BTreeSet::new();
        let known: Vec<(Guid, &String)> = acks.iter().filter_map(|ack| Some((ack.parse().ok()?, ack))).collect();
        // An id that is none is told by asking for it alone.
        processed.extend(acks.iter().filter(|ack| ack.parse::<Guid>().is_err()).cloned());
        for part in known.chunks(GetRequestsStateRequest::MESSAGE_GUID_LIST_MAX) {
            let request = GetRequestsStateRequest::new(part.iter().map(|(guid, _)| *guid).collect());
            let answer = self.requests_state(&request).await.map_err(|error| of_call(&error))?;
            let finished: BTreeSet<Guid> = answer.body.message_guid_list.into_iter().collect();
            processed.extend(part.iter().filter(|(guid, _)| finished.contains(guid)).map(|(_, ack)| (*ack).clone()));
        }
        Ok(processed)
    }

    async fn requests_state(
        &self,
        request: &GetRequestsStateRequest,
    ) -> Result<Answer<GetRequestsStateResult>, CallError> {
        let message = self.identity.query(request, self.fresh()?, self.clock.now())?;
        body(send(&*self.transport, &message, &|| true).await?)
    }
}

/// MessageGUID in the header of a request as we write it: the first there is.
fn own_guid(bytes: &[u8]) -> Option<Guid> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (_, behind) = text.split_once("MessageGUID>")?;
    behind.split_once('<')?.0.parse().ok()
}

/// What came of a request that was sent.
fn submitted(receipt: Result<Receipt, CallError>) -> Submitted {
    match receipt {
        Ok(receipt) => Submitted::Accepted { ack: receipt.ack.to_string(), raw: receipt.raw },
        Err(error) => failure::submitted(error),
    }
}

/// An id of the store as the contract has it.
pub(crate) fn guid(text: &str) -> Result<Guid, Failure> {
    text.parse().map_err(|_| local(PAYLOAD, "an id of the store is no GUID".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guid_of_a_question_is_that_of_its_header() {
        let guid = "5d0c4c1e-0000-4000-8000-000000000001";
        let text = format!(
            "<h><base:Date>x</base:Date><base:MessageGUID>{guid}</base:MessageGUID></h><a:MessageGUID>no</a:MessageGUID>"
        );
        assert_eq!(own_guid(text.as_bytes()).map(|guid| guid.to_string()).as_deref(), Some(guid));
        assert_eq!(own_guid(b"<h></h>"), None);
    }
}

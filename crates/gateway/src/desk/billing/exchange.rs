//! The desk's exchange with the system, as delivery asks for it.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use gis_gkh::clock::Clock;
use gis_gkh::contract::base::common_result::Outcome as ResultOutcome;
use gis_gkh::contract::base::{AsyncRequestState, CommonResult};
use gis_gkh::contract::bills::GetStateResult;
use gis_gkh::contract::bills::get_state_result::Outcome as Answered;
use gis_gkh::contract::operations::bills::{GET_STATE, IMPORT_PAYMENT_DOCUMENT_DATA};
use gis_gkh::transport::Transport;
use gis_gkh::{Answer, CallError, ComposeError, Guid, Identity, Message, SystemError, receipt, send, state};
use gis_gkh_delivery::{
    Exchange, Failure, Fixer, GisIds, Looked, ObjectId, ObjectRow, Outcome, Polled, Prepared, RetryClass, Submitted,
    Work,
};
use gis_gkh_sign::gost::Entropy;
use uuid::Uuid;

use super::{Placed, lookup};
use crate::desk::failure::{self, NO_SUCH_MESSAGE, of_call, of_compose, of_system};
use crate::desk::words::{self, KEY, PAYLOAD, PAYMENT_DOCUMENT_ID};
use crate::gateway::timestamp;
use crate::records::Bill;

/// The billing desk at work: builds, signs, sends, asks.
pub struct Billing {
    identity: Identity,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl fmt::Debug for Billing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Billing").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl Billing {
    /// A desk that sends in this identity over this transport. `entropy` makes the ids of questions; ids of what is placed come
    /// from delivery.
    pub fn new(
        identity: Identity,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { identity, transport, clock, entropy }
    }

    /// A MessageGUID nobody has used.
    fn fresh(&self) -> Result<Guid, ComposeError> {
        let mut bytes = [0; 16];
        self.entropy.fill(&mut bytes)?;
        Ok(Guid::new(uuid::Builder::from_random_bytes(bytes).into_uuid()))
    }

    /// May the key sign now? While it may not, messages wait: a new certificate makes them go on.
    fn may_sign(&self) -> Result<(), Failure> {
        self.identity
            .signer
            .certificate()
            .check_validity(self.clock.now())
            .map_err(|error| Failure { class: RetryClass::Retry, ..local(KEY, error.to_string()) })
    }

    /// The state of a submission.
    async fn state(&self, ack: &str) -> Result<Answer<GetStateResult>, CallError> {
        // An id that is none would be unknown to the system as well.
        let ack = ack.parse().unwrap_or(Guid::new(Uuid::nil()));
        let message = self.identity.state(&GET_STATE, ack, self.fresh()?, self.clock.now());
        state(ack, send(&*self.transport, &message, &|| true).await?)
    }

    async fn question(&self, bills: &[Bill]) -> Result<gis_gkh::Receipt, CallError> {
        let guid = self.fresh()?;
        let message = self.identity.submission(lookup::request(bills), guid, self.clock.now())?;
        receipt(guid, send(&*self.transport, &message, &|| true).await?)
    }
}

#[async_trait]
impl Exchange for Billing {
    async fn prepare(&self, work: &Work, objects: &[ObjectRow]) -> Result<Prepared, Failure> {
        self.may_sign()?;
        let bills = bills(objects)?;
        let mut placed = Vec::with_capacity(objects.len());
        for (bill, object) in bills.iter().zip(objects) {
            placed.push(Placed { bill, transport: guid(&object.transport_guid)? });
        }
        let message = super::message(&self.identity, guid(&work.message_guid)?, &placed, self.clock.now());
        Ok(Prepared { bytes: message.map_err(|error| of_compose(&error))?.bytes })
    }

    async fn submit(&self, work: &Work, bytes: &[u8]) -> Submitted {
        let guid = match guid(&work.message_guid) {
            Ok(guid) => guid,
            Err(failure) => return Submitted::NotSent { failure },
        };
        let message = Message { operation: &IMPORT_PAYMENT_DOCUMENT_DATA, guid, bytes: bytes.to_vec() };
        let may_leave = || timestamp(self.clock.now()) < work.deadline;
        let receipt = match send(&*self.transport, &message, &may_leave).await {
            Ok(reply) => receipt(guid, reply),
            Err(error) => Err(error),
        };
        match receipt {
            Ok(receipt) => Submitted::Accepted { ack: receipt.ack.to_string(), raw: receipt.raw },
            Err(error) => failure::submitted(error),
        }
    }

    async fn poll(&self, _work: &Work, ack: &str) -> Polled {
        match self.state(ack).await {
            Ok(answer) => polled(answer),
            Err(error) => {
                let failure = of_call(&error);
                if failure.code.as_deref() == Some(NO_SUCH_MESSAGE) {
                    Polled::Forgotten { failure, raw: failure::raw(error).unwrap_or_default() }
                } else {
                    Polled::Failed { failure }
                }
            }
        }
    }

    async fn ask(&self, _work: &Work, part: &[ObjectRow]) -> Submitted {
        let asked = async {
            self.may_sign()?;
            bills(part)
        };
        match asked.await {
            Err(failure) => Submitted::NotSent { failure },
            Ok(bills) => match self.question(&bills).await {
                Ok(receipt) => Submitted::Accepted { ack: receipt.ack.to_string(), raw: receipt.raw },
                Err(error) => failure::submitted(error),
            },
        }
    }

    async fn read(&self, _work: &Work, part: &[ObjectRow], ack: &str) -> Looked {
        let bills = match bills(part) {
            Ok(bills) => part.iter().map(|object| object.id).zip(bills).collect::<Vec<_>>(),
            Err(failure) => return Looked::Failed { failure, raw: None },
        };
        match self.state(ack).await {
            Ok(answer) => looked(&bills, answer),
            Err(error) => {
                let failure = asked_anew(of_call(&error));
                Looked::Failed { failure, raw: failure::raw(error) }
            }
        }
    }
}

/// A question the system has forgotten is simply asked again.
fn asked_anew(failure: Failure) -> Failure {
    if failure.code.as_deref() == Some(NO_SUCH_MESSAGE) {
        Failure { class: RetryClass::Retry, ..failure }
    } else {
        failure
    }
}

/// What an answer says of the bills of a message.
fn polled(answer: Answer<GetStateResult>) -> Polled {
    if answer.body.request_state != AsyncRequestState::Processed {
        return Polled::Pending;
    }
    if let Some(error) = answer.error() {
        let failure = of_system(&error);
        let raw = answer.raw;
        return if failure.code.as_deref() == Some(NO_SUCH_MESSAGE) {
            Polled::Forgotten { failure, raw }
        } else {
            Polled::Rejected { failure, raw }
        };
    }
    let outcomes = match &answer.body.outcome {
        Some(Answered::ImportResult(results)) => results.iter().map(outcome).collect(),
        // Processed, and not a word about our documents: what became of them must be looked up.
        _ => Vec::new(),
    };
    Polled::Done { outcomes, raw: answer.raw }
}

/// What became of one bill.
fn outcome(result: &CommonResult) -> (String, Outcome) {
    let outcome = match &result.outcome {
        ResultOutcome::Done(done) => {
            let mut ids = GisIds::new();
            ids.extend(result.guid.map(|guid| (words::GUID.to_owned(), guid.to_string())));
            ids.extend(done.unique_number.clone().map(|number| (PAYMENT_DOCUMENT_ID.to_owned(), number)));
            Outcome::Accepted(ids)
        }
        ResultOutcome::Error(errors) => Outcome::Refused(refused(errors)),
    };
    (result.transport_guid.to_string(), outcome)
}

/// Why a bill was refused. With several reasons the one that asks for a look into the system decides, for the bill may be there
/// already; then one that can never pass, for it will be there again.
fn refused(errors: &[gis_gkh::contract::base::ErrorMessage]) -> Failure {
    let rank = |failure: &Failure| match failure.class {
        RetryClass::AlreadyExists => 0,
        RetryClass::Permanent | RetryClass::CallerFix => 1,
        _ => 2,
    };
    let failures = errors.iter().map(|error| of_system(&SystemError::object(error)));
    // Of equals the first is taken.
    failures.min_by_key(rank).unwrap_or_else(|| local(PAYLOAD, "refused without a reason".to_owned()))
}

/// What an answer to a question says.
fn looked(bills: &[(ObjectId, Bill)], answer: Answer<GetStateResult>) -> Looked {
    if answer.body.request_state != AsyncRequestState::Processed {
        return Looked::Pending;
    }
    if let Some(error) = answer.error() {
        return Looked::Failed { failure: asked_anew(of_system(&error)), raw: Some(answer.raw) };
    }
    let results = match &answer.body.outcome {
        Some(Answered::PaymentDocuments(results)) => results,
        // Silence proves nothing.
        _ => {
            let failure = Failure {
                code: None,
                text: "the answer to the lookup names neither documents nor an error".to_owned(),
                class: RetryClass::Retry,
                level: gis_gkh_delivery::Level::Request,
                fixer: Fixer::System,
            };
            return Looked::Failed { failure, raw: Some(answer.raw) };
        }
    };
    match lookup::found(bills, results) {
        Ok(found) => Looked::Found { found, raw: answer.raw },
        Err(failure) => Looked::Failed { failure, raw: Some(answer.raw) },
    }
}

/// The bills the store keeps for objects.
fn bills(objects: &[ObjectRow]) -> Result<Vec<Bill>, Failure> {
    let bill = |object: &ObjectRow| {
        serde_json::from_slice(&object.payload).map_err(|error| {
            // The error's own text may repeat what the bill says.
            local(PAYLOAD, format!("row {}: {:?} in column {}", object.row, error.classify(), error.column()))
        })
    };
    objects.iter().map(bill).collect()
}

fn guid(text: &str) -> Result<Guid, Failure> {
    text.parse().map_err(|_| local(PAYLOAD, "an id of the store is no GUID".to_owned()))
}

fn local(code: &str, text: String) -> Failure {
    Failure {
        code: Some(code.to_owned()),
        text,
        class: RetryClass::Permanent,
        level: gis_gkh_delivery::Level::Local,
        fixer: words::fixer(code).unwrap_or(Fixer::Gateway),
    }
}

//! The typed client: submit, receipt, state, result.

use std::sync::Arc;

use gis_gkh_sign::gost::Entropy;
use gis_gkh_xml::Guid;

use crate::answer::{Answer, Receipt, body, receipt};
use crate::clock::Clock;
use crate::compose::{ComposeError, Identity, Message};
use crate::error::{CallError, SystemError};
use crate::guids::Guids;
use crate::operation::{Operation, Query, StateAnswer, Submission};
use crate::proof::{AnswerCheck, checked_state};
use crate::transport::{Post, Reply, Transport};

/// A typed client of one stand for one organisation.
///
/// It sends once and waits for one answer; schedules, retries and what survives a crash are the business of
/// `gis-gkh-delivery`. The typed calls are grouped by service: [`Client::bills`] and its kin.
///
/// Every call may be cancelled by dropping its future. Dropped after the request began to leave, it may have reached the
/// system, and nobody will say so: treat it as [`CallError::MaybeSent`].
#[derive(Clone)]
pub struct Client {
    identity: Identity,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    guids: Guids,
    check: Arc<AnswerCheck>,
}

/// How far a submission has got.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress<T> {
    /// Received or in processing: ask again later (`protocol` §4.4 gives the cadence).
    Waiting,
    /// Refused as a whole. For an export the refusal may only mean that nothing was found (INT002012 and its kin).
    Refused(SystemError),
    /// Processed.
    Done(T),
    /// Processed, and the answer has no part for this operation: an export found nothing.
    Nothing,
}

/// `RequestState` of a message that is done with.
pub(crate) const PROCESSED: u8 = 3;

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl Client {
    /// A client that acts as `identity` over `transport`; `entropy` makes its MessageGUIDs.
    pub fn new(
        identity: Identity,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { identity, transport, clock, guids: Guids::new(entropy), check: Arc::new(AnswerCheck::off()) }
    }

    /// The client that checks the signatures of results: by [`AnswerPolicy::Require`](crate::AnswerPolicy::Require) one that is
    /// not proven is [`CallError::Unproven`]. Without this, and by any other policy, results are believed as they come.
    #[must_use]
    pub fn checking(mut self, check: AnswerCheck) -> Self {
        self.check = Arc::new(check);
        self
    }

    pub(crate) async fn submit<S: Submission + Send + 'static>(&self, request: S) -> Result<Receipt, CallError> {
        let guid = self.guid()?;
        let message = self.identity.compose(request, guid, self.clock.now()).await?;
        receipt(guid, self.send(&message).await?)
    }

    pub(crate) async fn state<T: StateAnswer>(
        &self,
        operation: &'static Operation,
        ack: Guid,
    ) -> Result<Answer<T>, CallError> {
        let message = self.identity.state(operation, ack, self.guid()?, self.clock.now());
        Ok(checked_state(ack, self.send(&message).await?, &self.check, self.clock.now())?.0)
    }

    /// Asks for the result of a submission, typed by its operation.
    ///
    /// # Errors
    /// The answer could not be had or read; asking again is always safe.
    pub async fn result<S: Submission>(&self, receipt: &Receipt) -> Result<Progress<S::Result>, CallError> {
        let answer = self.state::<S::State>(S::STATE, receipt.ack).await?;
        let (error, processed) = (answer.error(), answer.body.state() == PROCESSED);
        Ok(match (error, processed) {
            (Some(error), _) => Progress::Refused(error),
            (None, false) => Progress::Waiting,
            (None, true) => S::result(answer.body).map_or(Progress::Nothing, Progress::Done),
        })
    }

    #[allow(dead_code, reason = "not every service has an operation that answers at once")]
    pub(crate) async fn query<Q: Query>(&self, request: &Q) -> Result<Answer<Q::Answer>, CallError> {
        let message = self.identity.query(request, self.guid()?, self.clock.now())?;
        body(self.send(&message).await?)
    }

    fn guid(&self) -> Result<Guid, ComposeError> {
        Ok(self.guids.fresh()?)
    }

    async fn send(&self, message: &Message) -> Result<Reply, CallError> {
        send(&*self.transport, message, &|| true).await
    }
}

/// Sends a message that was built, once.
///
/// `may_leave` is asked directly before the first byte; `false`, and nothing is written. Dropping the future abandons the
/// request, which may have arrived all the same.
///
/// # Errors
/// [`CallError::NotSent`] or [`CallError::MaybeSent`]; an answer that is an error is still an answer here.
pub async fn send(
    transport: &dyn Transport,
    message: &Message,
    may_leave: &(dyn Fn() -> bool + Send + Sync),
) -> Result<Reply, CallError> {
    let post = Post { path: message.operation.path, action: message.operation.action, body: &message.bytes, may_leave };
    transport.post(post).await.map_err(|error| match error.left {
        false => CallError::NotSent(error),
        true => CallError::MaybeSent { cause: Box::new(error.reason), raw: None },
    })
}

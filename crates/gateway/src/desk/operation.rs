//! Operations as delivery needs them: an import is one whose outcome can be looked up, or it is none.
//!
//! An [`Entry`] of the table of operations is made from an [`Import`] or an [`Export`] and from nothing else. An import
//! cannot be written without the question that finds out what became of it, and what may be done when the answer is
//! "not there" follows from what it says of a second one.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use async_trait::async_trait;
use gis_gkh::contract::base::common_result::{Done, Outcome as ResultOutcome};
use gis_gkh::contract::base::{CommonResult, ErrorMessage};
use gis_gkh::operation::{Operation, StateAnswer, Submission};
use gis_gkh::{Answer, Guid, SystemError};
use gis_gkh_delivery::{
    Failure, Fixer, GisIds, Level, Looked, NewMessage, ObjectId, ObjectRow, ObjectState, Outcome, Page, Polled,
    Prepared, Priority, Resend, RetryClass, Submitted, Window, Work,
};
use serde::de::DeserializeOwned;
use time::UtcOffset;

use super::failure::{self, NO_SUCH_MESSAGE, local, of_call, of_compose, of_system};
use super::line::{Line, guid};
use super::words::{self, PAYLOAD};

/// `RequestState` of a message that is done with.
const PROCESSED: u8 = 3;

/// What the system does with a second one of the same object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Second {
    /// Refuses it, or it changes nothing: the object has a natural key.
    Refused,
    /// Takes it: there would be two.
    Taken,
}

/// An object on its way in a message.
#[derive(Debug)]
pub(crate) struct Placed<'o, T> {
    /// What the desk keeps of it.
    pub(crate) object: &'o T,
    /// Its TransportGUID.
    pub(crate) transport: Guid,
    /// What became of the object it follows.
    pub(crate) forerunner: Option<&'o ObjectState>,
}

/// An object whose outcome is asked for.
#[derive(Debug)]
pub(crate) struct Doubtful<'o, T> {
    pub(crate) id: ObjectId,
    pub(crate) object: &'o T,
    /// What became of the object it follows.
    pub(crate) forerunner: Option<&'o ObjectState>,
}

/// An operation that changes something, together with the question that finds out whether it did.
pub(crate) trait Import: Send + Sync + 'static {
    /// What the desk keeps of an object.
    type Object: DeserializeOwned + Send + Sync;
    /// The request that places objects.
    type Request: Submission<State: Send + Sync> + Send + 'static;
    /// The lookup: an export which, asked for objects, says what the system holds of them.
    type Lookup: Submission<State = <Self::Request as Submission>::State> + Send + 'static;

    /// What the system does with a second one of this object.
    fn second(object: &Self::Object) -> Second;

    /// The request.
    ///
    /// # Errors
    /// As [`Exchange::prepare`](gis_gkh_delivery::Exchange::prepare).
    fn request(message: Guid, placed: &[Placed<'_, Self::Object>]) -> Result<Self::Request, Failure>;

    /// What the answer says of each object; nothing when it says nothing.
    fn results(state: &<Self::Request as Submission>::State) -> Option<&[CommonResult]>;

    /// The ids the system gave, beside the GUID.
    fn ids(done: &Done) -> GisIds {
        let _ = done;
        GisIds::new()
    }

    /// The question.
    ///
    /// # Errors
    /// It cannot be asked.
    fn lookup(asked: &[Doubtful<'_, Self::Object>]) -> Result<Self::Lookup, Failure>;

    /// Which of the objects the answer to the question names, with their ids; nothing when it does not answer the question:
    /// silence proves nothing.
    ///
    /// # Errors
    /// An error in the answer, after which absence proves nothing.
    fn found(
        asked: &[Doubtful<'_, Self::Object>],
        state: &<Self::Request as Submission>::State,
    ) -> Result<Option<Vec<(ObjectId, GisIds)>>, Failure>;
}

/// An operation that reads and may be repeated at will.
pub(crate) trait Export: Send + Sync + 'static {
    /// The request.
    type Request: Submission<State: Send + Sync> + Send + 'static;

    /// The request for a page of a window; days begin in `zone`.
    ///
    /// # Errors
    /// What is configured cannot be asked for.
    fn request(window: &Window, zone: UtcOffset) -> Result<Self::Request, Failure>;

    /// What the answer brought.
    ///
    /// # Errors
    /// The answer cannot be one to this request.
    fn page(window: &Window, zone: UtcOffset, state: &<Self::Request as Submission>::State) -> Result<Page, Failure>;

    /// The page of a request that found nothing.
    fn nothing(window: &Window, zone: UtcOffset) -> Page {
        let _ = (window, zone);
        Page::default()
    }
}

/// A row of the table of operations. There is no other way to make one than [`Entry::import`] and [`Entry::export`].
pub(crate) struct Entry {
    wire: &'static dyn Wire,
}

impl Entry {
    /// An import, which has its lookup.
    pub(crate) const fn import<I: Import>() -> Self {
        Self { wire: &Importing::<I>(PhantomData) }
    }

    /// An export.
    pub(crate) const fn export<E: Export>() -> Self {
        Self { wire: &Exporting::<E>(PhantomData) }
    }

    pub(crate) fn wire(&self) -> &'static dyn Wire {
        self.wire
    }

    /// Whether this is the operation of that name.
    pub(crate) fn is(&self, operation: &str) -> bool {
        let own = self.wire.operation();
        operation.split_once('.') == Some((own.service, own.name))
    }
}

/// Name of an operation as delivery keeps it: `bills.importPaymentDocumentData`.
pub(crate) fn name<S: Submission>() -> String {
    format!("{}.{}", S::OPERATION.service, S::OPERATION.name)
}

/// A message of an import that carries these objects: what may be done when nobody knows whether it arrived follows from them.
pub(crate) fn message<'o, I: Import>(
    objects: impl IntoIterator<Item = (u32, &'o I::Object)>,
    lanes: Vec<String>,
    priority: Priority,
) -> NewMessage
where
    I::Object: 'o,
{
    let mut resend = Resend::AfterAbsent;
    let mut rows = Vec::new();
    for (row, object) in objects {
        if I::second(object) == Second::Taken {
            resend = Resend::Never;
        }
        rows.push(row);
    }
    // The one service that tells the state of many messages at once is that of bills (`bills.getRequestsState`).
    let bulk = I::Request::OPERATION.service == "bills";
    NewMessage { operation: name::<I::Request>(), lanes, priority, resend, bulk, rows }
}

/// What delivery asks of an operation.
#[async_trait]
pub(crate) trait Wire: Send + Sync {
    fn operation(&self) -> &'static Operation;
    async fn prepare(&self, line: &Line, work: &Work, objects: &[ObjectRow]) -> Result<Prepared, Failure>;
    async fn poll(&self, line: &Line, work: &Work, ack: &str) -> Polled;
    async fn question(&self, line: &Line, part: &[ObjectRow]) -> Result<Prepared, Failure>;
    async fn ask(&self, line: &Line, bytes: &[u8]) -> Submitted;
    async fn read(&self, line: &Line, part: &[ObjectRow], ack: &str) -> Looked;
}

/// `fn() -> T`: sent and shared whatever `T` is, for no `T` is in it.
struct Importing<I>(PhantomData<fn() -> I>);
struct Exporting<E>(PhantomData<fn() -> E>);

#[async_trait]
impl<I: Import> Wire for Importing<I> {
    fn operation(&self) -> &'static Operation {
        I::Request::OPERATION
    }

    async fn prepare(&self, line: &Line, work: &Work, rows: &[ObjectRow]) -> Result<Prepared, Failure> {
        let message = guid(&work.message_guid)?;
        let request = {
            let objects = objects::<I>(rows)?;
            let mut placed = Vec::with_capacity(rows.len());
            for (object, row) in objects.iter().zip(rows) {
                let transport = guid(&row.transport_guid)?;
                placed.push(Placed { object, transport, forerunner: row.forerunner.as_ref() });
            }
            I::request(message, &placed)?
        };
        line.compose(request, message).await
    }

    async fn poll(&self, line: &Line, _work: &Work, ack: &str) -> Polled {
        match line.state::<I::Request>(ack).await {
            Ok(answer) => match refused(&answer) {
                Some(polled) => polled,
                // Processed, and not a word about our objects: what became of them must be looked up.
                None => {
                    let results = I::results(&answer.body).unwrap_or_default();
                    Polled::Done { outcomes: results.iter().map(outcome::<I>).collect(), raw: answer.raw }
                }
            },
            Err(error) => not_told(error),
        }
    }

    async fn question(&self, line: &Line, part: &[ObjectRow]) -> Result<Prepared, Failure> {
        let request = {
            let objects = objects::<I>(part)?;
            I::lookup(&doubtful(part, &objects))?
        };
        let guid = line.fresh().map_err(|error| of_compose(&error))?;
        line.compose(request, guid).await
    }

    async fn ask(&self, line: &Line, bytes: &[u8]) -> Submitted {
        line.ask(I::Lookup::OPERATION, bytes).await
    }

    async fn read(&self, line: &Line, part: &[ObjectRow], ack: &str) -> Looked {
        let objects = match objects::<I>(part) {
            Ok(objects) => objects,
            Err(failure) => return Looked::Failed { failure, raw: None },
        };
        let answer = match line.state::<I::Lookup>(ack).await {
            Ok(answer) => answer,
            Err(error) => {
                let failure = line.unsigned(asked_anew(of_call(&error)));
                return Looked::Failed { failure, raw: failure::raw(error) };
            }
        };
        if answer.body.state() != PROCESSED {
            return Looked::Pending;
        }
        if let Some(error) = answer.error() {
            return Looked::Failed { failure: asked_anew(of_system(&error)), raw: Some(answer.raw) };
        }
        match I::found(&doubtful(part, &objects), &answer.body) {
            Ok(Some(found)) => Looked::Found { found, raw: answer.raw },
            Ok(None) => {
                let text = "the answer to the lookup names neither objects nor an error";
                Looked::Failed { failure: unclear(text), raw: Some(answer.raw) }
            }
            Err(failure) => Looked::Failed { failure, raw: Some(answer.raw) },
        }
    }
}

#[async_trait]
impl<E: Export> Wire for Exporting<E> {
    fn operation(&self) -> &'static Operation {
        E::Request::OPERATION
    }

    async fn prepare(&self, line: &Line, work: &Work, _: &[ObjectRow]) -> Result<Prepared, Failure> {
        let message = guid(&work.message_guid)?;
        line.compose(E::request(window(work)?, line.zone())?, message).await
    }

    async fn poll(&self, line: &Line, work: &Work, ack: &str) -> Polled {
        let window = match window(work) {
            Ok(window) => window,
            Err(failure) => return Polled::Failed { failure },
        };
        match line.state::<E::Request>(ack).await {
            Ok(answer) => match refused(&answer) {
                // Nothing found is a page with nothing on it.
                Some(Polled::Rejected { failure, raw }) if failure.class == RetryClass::Empty => {
                    Polled::Exported { page: E::nothing(window, line.zone()), raw }
                }
                Some(polled) => polled,
                None => match E::page(window, line.zone(), &answer.body) {
                    Ok(page) => Polled::Exported { page, raw: answer.raw },
                    Err(failure) => Polled::Rejected { failure, raw: answer.raw },
                },
            },
            Err(error) => not_told(error),
        }
    }

    async fn question(&self, _: &Line, _: &[ObjectRow]) -> Result<Prepared, Failure> {
        Err(nothing_to_ask())
    }

    async fn ask(&self, _: &Line, _: &[u8]) -> Submitted {
        Submitted::NotSent { failure: nothing_to_ask() }
    }

    async fn read(&self, _: &Line, _: &[ObjectRow], _: &str) -> Looked {
        Looked::Failed { failure: nothing_to_ask(), raw: None }
    }
}

fn window(work: &Work) -> Result<&Window, Failure> {
    work.window.as_ref().ok_or_else(|| local(PAYLOAD, "a recurring export without a window".to_owned()))
}

/// An export changes nothing, so there is nothing about it to find out.
fn nothing_to_ask() -> Failure {
    local(PAYLOAD, "an export is sent again, not looked up".to_owned())
}

/// What an answer is that is no answer to the request itself.
fn refused<T: StateAnswer>(answer: &Answer<T>) -> Option<Polled> {
    if answer.body.state() != PROCESSED {
        return Some(Polled::Pending);
    }
    let failure = of_system(&answer.error()?);
    let raw = answer.raw.clone();
    Some(if failure.code.as_deref() == Some(NO_SUCH_MESSAGE) {
        Polled::Forgotten { failure, raw }
    } else {
        Polled::Rejected { failure, raw }
    })
}

/// Why the question for a result brought none.
fn not_told(error: gis_gkh::CallError) -> Polled {
    let failure = of_call(&error);
    match error {
        gis_gkh::CallError::Unproven { raw, .. } => Polled::Unproven { failure, raw },
        error if failure.code.as_deref() == Some(NO_SUCH_MESSAGE) => {
            Polled::Forgotten { failure, raw: failure::raw(error).unwrap_or_default() }
        }
        _ => Polled::Failed { failure },
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

/// An answer that proves nothing; asking again may.
pub(crate) fn unclear(text: &str) -> Failure {
    let (class, level, fixer) = (RetryClass::Retry, Level::Request, Fixer::System);
    Failure { code: None, text: text.to_owned(), class, level, fixer, cause: None }
}

/// What became of one object.
fn outcome<I: Import>(result: &CommonResult) -> (String, Outcome) {
    let outcome = match &result.outcome {
        ResultOutcome::Done(done) => {
            let mut ids: BTreeMap<String, String> = I::ids(done);
            ids.extend(result.guid.map(|guid| (words::GUID.to_owned(), guid.to_string())));
            Outcome::Accepted(ids)
        }
        ResultOutcome::Error(errors) => Outcome::Refused(reason(errors)),
    };
    (result.transport_guid.to_string(), outcome)
}

/// Why an object was refused. With several reasons the one that asks for a look into the system decides, for the object may be
/// there already; then one that can never pass, for it will be there again.
fn reason(errors: &[ErrorMessage]) -> Failure {
    let rank = |failure: &Failure| match failure.class {
        RetryClass::AlreadyExists => 0,
        RetryClass::Permanent | RetryClass::CallerFix => 1,
        _ => 2,
    };
    let failures = errors.iter().map(|error| of_system(&SystemError::object(error)));
    // Of equals the first is taken.
    failures.min_by_key(rank).unwrap_or_else(|| local(PAYLOAD, "refused without a reason".to_owned()))
}

fn doubtful<'o, T>(rows: &'o [ObjectRow], objects: &'o [T]) -> Vec<Doubtful<'o, T>> {
    let pair =
        |(row, object): (&'o ObjectRow, &'o T)| Doubtful { id: row.id, object, forerunner: row.forerunner.as_ref() };
    rows.iter().zip(objects).map(pair).collect()
}

/// What the store keeps of objects.
fn objects<I: Import>(rows: &[ObjectRow]) -> Result<Vec<I::Object>, Failure> {
    let object = |row: &ObjectRow| {
        serde_json::from_slice(&row.payload).map_err(|error| {
            // The error's own text may repeat what the object says.
            local(PAYLOAD, format!("row {}: {:?} in column {}", row.row, error.classify(), error.column()))
        })
    };
    rows.iter().map(object).collect()
}

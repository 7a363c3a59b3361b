//! The power is back: the store is opened on what the disk holds, and held against the book.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use gis_gkh_delivery::archive::{Against, Archive as _, verify};
use gis_gkh_delivery::state::{Event, MessageState, step};
use gis_gkh_delivery::{
    BodyRole, Claimed, Claims, MessageId, NewBatch, NewBody, NewMessage, NewObject, Outcome, Plan, Policy, Priority,
    Record, Resend, Sha256, SqliteStore, Store as _, StoreError, Timestamp, Views as _,
};
use rusqlite::{Connection, OpenFlags};

use super::book::Noted;
use super::facts::{self, Facts};
use super::home::{self, Home, Notary};

/// What is wrong after a power loss.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The store does not open, or cannot be read.
    Fault(String),
    /// SQLite finds its own file damaged.
    Integrity(String),
    /// A promise that was not kept.
    Lost(String),
    /// Neither as it was before the verb under way nor as after it.
    Half(String),
    /// The archive does not verify.
    Archive(String),
    /// The store does not go on working.
    Standstill(String),
    /// A number was given a second time, or something that was there before changed when work went on.
    GivenTwice(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(what) => write!(f, "the store is of no use: {what}"),
            Self::Integrity(what) => write!(f, "integrity check: {what}"),
            Self::Lost(what) => write!(f, "promised and lost: {what}"),
            Self::Half(what) => write!(f, "half there: {what}"),
            Self::Archive(what) => write!(f, "archive: {what}"),
            Self::Standstill(what) => write!(f, "does not go on working: {what}"),
            Self::GivenTwice(what) => write!(f, "given twice: {what}"),
        }
    }
}

/// Differences of one kind named, at most.
const NAMED: usize = 5;

/// Opens a store that lost its power after `before` was acknowledged and while `under_way` was not. Gives what is wrong, and how many
/// promises were looked up.
pub(super) async fn revive(
    place: &Path,
    seed: u64,
    before: &Noted,
    under_way: Option<&Noted>,
) -> (Vec<Difference>, u64) {
    let mut found = Vec::new();
    let promises = (before.promises.len() + before.keys.len()) as u64;
    // Another seed: a store made anew would give other ids.
    let home = match home::open(place, !seed) {
        Ok(home) => home,
        Err(error) => return (vec![Difference::Fault(error.to_string())], promises),
    };
    if let Err(what) = integrity(place) {
        found.push(Difference::Integrity(what));
    }
    let read = facts::of(&home.store).await.map_err(|error| error.to_string());
    let keys = facts::keys(&home.keyring).map_err(|error| error.to_string());
    match (read, keys) {
        (Ok(read), Ok(keys)) => {
            compare(before, under_way, (&read, &keys), &mut found);
            if let Err(difference) = go_on(&home, before, &read).await {
                found.push(difference);
            }
        }
        (Err(error), _) | (_, Err(error)) => found.push(Difference::Fault(error)),
    }
    (found, promises)
}

/// What SQLite says of the file, the log included.
fn integrity(place: &Path) -> Result<(), String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let checked = Connection::open_with_flags(home::database(place), flags).and_then(|connection| {
        let said: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        let strays: i64 =
            connection.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0))?;
        Ok((said, strays))
    });
    match checked {
        Ok((said, 0)) if said == "ok" => Ok(()),
        Ok((said, strays)) => Err(format!("{said}, {strays} broken references")),
        Err(error) => Err(error.to_string()),
    }
}

fn compare(before: &Noted, under_way: Option<&Noted>, (read, keys): (&Facts, &Facts), found: &mut Vec<Difference>) {
    let now = under_way.filter(|noted| *noted.facts == *read).unwrap_or(before);
    let lost = now.promises.iter().filter(|(of, what)| read.get(*of) != Some(what));
    let said = |of: &str, what: &str, is: Option<&String>| {
        let is = is.map_or("not there", String::as_str);
        Difference::Lost(format!("{of} was {what} and is {is}"))
    };
    found.extend(lost.take(NAMED).map(|(of, what)| said(of, what, read.get(of))));
    // A key made or erased by the verb under way may be there or not.
    let key = |of: &String, what: &String| {
        let next = under_way.and_then(|noted| noted.keys.get(of));
        keys.get(of).is_some_and(|is| is == what || next == Some(is))
    };
    let missing = before.keys.iter().filter(|(of, what)| !key(of, what));
    found.extend(missing.take(NAMED).map(|(of, what)| said(of, what, keys.get(of))));
    if *now.facts != *read {
        let other = facts::differences(&now.facts, read);
        let (verb, count) = (under_way.map_or("nothing", |noted| noted.verb), other.len());
        let named: Vec<&str> = other.into_iter().take(NAMED).collect();
        found.push(Difference::Half(format!("{count} facts amid `{verb}`: {}", named.join(", "))));
    }
}

/// A delivery from its beginning to its end; what was there before stays as it was, and the archive verifies with what is added.
async fn go_on(home: &Home, before: &Noted, was: &Facts) -> Result<(), Difference> {
    let store = home.store.as_ref();
    let (batch, message) = deliver(store).await.map_err(|error| Difference::Standstill(error.to_string()))?;
    let known =
        |of: &String| of.starts_with(&format!("batch {batch} ")) || of.starts_with(&format!("message {message} "));
    if let Some(of) = was.keys().find(|of| known(of)) {
        return Err(Difference::GivenTwice(of.clone()));
    }
    let is = facts::of(store).await.map_err(|error| Difference::Standstill(error.to_string()))?;
    let stays =
        |of: &str| ["batch ", "message ", "entry ", "link ", "head ", "inbox "].iter().any(|kind| of.starts_with(kind));
    if let Some((of, _)) = was.iter().find(|(of, what)| stays(of) && is.get(*of) != Some(what)) {
        return Err(Difference::GivenTwice(format!("{of} is another now")));
    }
    let against = Against { exported: &before.heads, retention: None };
    let report = verify(store, home.keyring.as_ref(), &Notary, &against)
        .await
        .map_err(|error| Difference::Archive(error.to_string()))?;
    match report.faults().next() {
        None => Ok(()),
        Some((node, fault)) => Err(Difference::Archive(format!("node {node}: {fault}"))),
    }
}

/// Of nobody in the workload.
const ORGANISATION: &str = "11111111-0000-4000-8000-00000000000c";
/// Later than anything in the workload.
const LATER: Timestamp = Timestamp(1_900_000_000_000);

async fn deliver(store: &SqliteStore) -> Result<(i64, MessageId), StoreError> {
    store.recover().await?;
    let accepted = store.accept(batch()).await?.batch;
    // Again, with the same answer.
    if store.accept(batch()).await?.batch != accepted {
        return Err(StoreError::Damaged { what: "the same batch was taken twice".to_owned() });
    }
    let claims = Claims { now: LATER, lease: LATER.after(Duration::from_secs(600)), limit: 10_000, closed: Vec::new() };
    let claimed = store.claim_due(claims).await?;
    let ours = claimed.into_iter().find(|claimed| claimed.work.organisation == ORGANISATION);
    let mut ours = ours.ok_or(StoreError::NotFound { what: "message of batch", id: accepted.0 })?;
    let message = ours.message.id;
    advance(store, &mut ours, Event::Built, Some(BodyRole::Request)).await?;
    advance(store, &mut ours, Event::Intent, None).await?;
    advance(store, &mut ours, Event::Acked("ack".to_owned()), Some(BodyRole::Ack)).await?;
    let outcome =
        |object: &gis_gkh_delivery::state::Carried| (object.id, Outcome::Accepted(std::collections::BTreeMap::new()));
    let outcomes = ours.message.objects.iter().map(outcome).collect();
    advance(store, &mut ours, Event::Answered(outcomes), Some(BodyRole::Answer)).await?;
    let view = store.batch(accepted).await?;
    let pieces = store.evidence(message).await?;
    if view.messages.get(&MessageState::Done) != Some(&1) || pieces.len() != 3 {
        return Err(StoreError::Damaged { what: format!("{view:?} with {} pieces of evidence", pieces.len()) });
    }
    // Ends with a link of its own.
    store.nodes().await?;
    Ok((accepted.0, message))
}

async fn advance(
    store: &SqliteStore,
    claimed: &mut Claimed,
    event: Event,
    role: Option<BodyRole>,
) -> Result<(), StoreError> {
    let from = claimed.message.state;
    let step = step(&claimed.message, event, LATER, &Policy::default());
    claimed.message = step.message.clone();
    let body = |role: BodyRole| NewBody {
        role,
        bytes: format!("<{}/>", role.name()).into_bytes(),
        sent: None,
        answered: None,
    };
    let record = Record {
        fence: claimed.fence,
        from,
        lease: step.message.state.is_live().then(|| LATER.after(Duration::from_secs(600))),
        message: step.message,
        moved: step.moved,
        objects: step.objects,
        bodies: role.map(body).into_iter().collect(),
        page: None,
        until: None,
        at: LATER,
    };
    store.record(record).await
}

fn batch() -> NewBatch {
    let object = NewObject {
        row: 1,
        reference: "after".to_owned(),
        key: "after/2026-12".to_owned(),
        period: "2026-12".to_owned(),
        payload: b"payload".to_vec(),
        content: Sha256::of(b"after"),
        plan: Plan::Send,
        follows: None,
    };
    let message = NewMessage {
        operation: "bills.importPaymentDocumentData".to_owned(),
        lanes: Vec::new(),
        priority: Priority::Urgent,
        resend: Resend::AfterAbsent,
        bulk: false,
        rows: vec![1],
    };
    NewBatch {
        organisation: ORGANISATION.to_owned(),
        stand: "sandbox".to_owned(),
        kind: "bills".to_owned(),
        source: "after.csv".to_owned(),
        content: b"after the power loss".to_vec(),
        idempotency_key: "after".to_owned(),
        accepted_at: LATER,
        objects: vec![object],
        messages: vec![message],
    }
}

//! All that a store says of itself, as facts: two stores hold the same when their facts are the same.

use std::collections::{BTreeMap, BTreeSet};

use gis_gkh_delivery::archive::{Archive, Custody};
use gis_gkh_delivery::{
    Consumer, Inbox as _, Keyring, MessageId, Operate as _, SealError, Sha256, SqliteStore, Store as _, StoreError,
    Views as _,
};

/// What is known, by what it is known of.
pub(super) type Facts = BTreeMap<String, String>;

/// Nobody reads under this name, so everything is new to it.
const AUDITOR: &str = "auditor";

const PAGE: usize = 10_000;

/// The bytes of a body, as they are told of in facts.
pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::of(bytes).to_string()
}

/// Under which the bytes of a batch are known.
pub(super) fn content(batch: i64) -> String {
    format!("batch {batch} content")
}

/// Under which the piece of evidence of a message is known: the `nth` of its role and build.
pub(super) fn body(message: i64, build: u32, role: &str, nth: usize) -> String {
    format!("message {message} build {build} {role} {nth}")
}

/// Under which an item of the inbox is known.
pub(super) fn item(seq: i64) -> String {
    format!("inbox {seq:06}")
}

/// Under which a consumer's position is known.
pub(super) fn consumer(name: &str, topic: Option<&str>) -> String {
    format!("consumer {name} of {}", topic.unwrap_or("everything"))
}

/// Under which a data key is known.
pub(super) fn key(id: i64) -> String {
    format!("key {id}")
}

/// What a body came to; erased bodies are no error.
fn told(bytes: Result<Vec<u8>, StoreError>) -> Result<String, StoreError> {
    match bytes {
        Ok(bytes) => Ok(digest(&bytes)),
        Err(StoreError::Seal(SealError::Erased { .. })) => Ok("erased".to_owned()),
        Err(error) => Err(error),
    }
}

/// Everything the store holds.
///
/// # Errors
/// The store's own: something that is there cannot be read.
pub(super) async fn of(store: &SqliteStore) -> Result<Facts, StoreError> {
    let mut facts = Facts::new();
    batches(store, &mut facts).await?;
    queue(store, &mut facts).await?;
    archive(store, &mut facts).await?;
    inbox(store, &mut facts).await?;
    for pull in store.pulls().await? {
        facts.insert(format!("pull {}", pull.pull.name), format!("{pull:?}"));
    }
    for pause in store.pauses().await? {
        facts.insert(format!("pause {:?}", pause.scope), format!("{pause:?}"));
    }
    for hold in store.holds().await? {
        facts.insert(format!("hold {}", hold.id), format!("{hold:?}"));
    }
    Ok(facts)
}

async fn batches(store: &SqliteStore, facts: &mut Facts) -> Result<(), StoreError> {
    for batch in store.batches(PAGE).await? {
        let id = batch.id;
        facts.insert(format!("batch {id}"), format!("{batch:?}"));
        for row in store.rows(id, None, PAGE).await? {
            facts.insert(format!("batch {id} row {}", row.row), format!("{row:?}"));
        }
        facts.insert(content(id.0), told(store.content(id).await)?);
    }
    Ok(())
}

async fn queue(store: &SqliteStore, facts: &mut Facts) -> Result<(), StoreError> {
    for view in store.queue(PAGE).await? {
        let id = view.message;
        facts.insert(format!("queue {id}"), format!("{view:?}"));
        let transport = store.transport(id).await?;
        let wanted: Vec<_> = transport.values().copied().collect();
        facts.insert(format!("queue {id} carries"), format!("{transport:?}"));
        match store.objects(id, &wanted).await {
            Ok(objects) => {
                for object in objects {
                    let known = format!("row {} of {}: {}", object.row, object.reference, digest(&object.payload));
                    facts.insert(format!("queue {id} object {}", object.id), known);
                }
            }
            Err(StoreError::Seal(SealError::Erased { .. })) => {
                facts.insert(format!("queue {id} objects"), "erased".to_owned());
            }
            Err(error) => return Err(error),
        }
        match store.request(id).await {
            Err(StoreError::NotFound { .. }) => {}
            request => drop(facts.insert(format!("queue {id} request"), told(request)?)),
        }
    }
    Ok(())
}

async fn archive(store: &SqliteStore, facts: &mut Facts) -> Result<(), StoreError> {
    for node in store.nodes().await? {
        let mut seen: BTreeMap<(MessageId, u32, &str), usize> = BTreeMap::new();
        for entry in store.entries(&node, 0, PAGE).await? {
            let nth = seen.entry((entry.message, entry.build, entry.role.name())).or_default();
            *nth += 1;
            let known = body(entry.message.0, entry.build, entry.role.name(), *nth);
            facts.insert(known, entry.plain.to_string());
            let kept = if entry.bytes.is_some() { "kept" } else { "removed" };
            facts.insert(format!("entry {node}/{:06}", entry.number), format!("{} {kept}", entry.digest()));
        }
        for link in store.links(&node, 0, PAGE).await? {
            facts.insert(format!("link {node}/{:06}", link.number), format!("{link:?}"));
        }
        for head in store.heads(&node).await? {
            facts.insert(format!("head {node}/{}", head.day), format!("{head:?}"));
        }
    }
    Ok(())
}

async fn inbox(store: &SqliteStore, facts: &mut Facts) -> Result<(), StoreError> {
    let everything = Consumer { name: AUDITOR.to_owned(), topic: None };
    match store.inbox(&everything, PAGE).await {
        Ok(items) => {
            for found in items {
                let known =
                    format!("{} {} of message {}: {}", found.topic, found.key, found.message, digest(&found.body));
                facts.insert(item(found.seq.0), known);
            }
        }
        Err(StoreError::Seal(SealError::Erased { .. })) => drop(facts.insert("inbox".to_owned(), "erased".to_owned())),
        Err(error) => return Err(error),
    }
    for view in store.consumers().await? {
        let consumer = consumer(&view.consumer.name, view.consumer.topic.as_deref());
        facts.insert(consumer, view.acknowledged.to_string());
    }
    Ok(())
}

/// The keys there are.
///
/// # Errors
/// The keyring's own.
pub(super) fn keys(keyring: &Keyring) -> Result<Facts, gis_gkh_delivery::KeyringError> {
    let row = |row: gis_gkh_delivery::KeyRow| {
        (key(row.id.0), format!("{} {} erased {:?}", row.organisation, row.month, row.erased))
    };
    Ok(keyring.keys()?.into_iter().map(row).collect())
}

/// Where two sets of facts differ: lost, strange, other.
pub(super) fn differences<'f>(wanted: &'f Facts, found: &'f Facts) -> BTreeSet<&'f str> {
    let other = wanted.iter().filter(|(of, what)| found.get(*of) != Some(what)).map(|(of, _)| of.as_str());
    let strange = found.keys().filter(|of| !wanted.contains_key(*of)).map(String::as_str);
    other.chain(strange).collect()
}

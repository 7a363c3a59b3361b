//! Reading the books out of a store: where the promises ended, and what the archive holds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gis_gkh_delivery::archive::{Entry, Link};
use gis_gkh_delivery::{BatchId, BodyRole, Consumer, InboxItem, MessageId, Sha256, Store, StoreError};

use crate::books::{Archived, Fate, Kept, Place, Promised, Record};

/// Rows of a batch and entries of a chain read in one go.
const PAGE: usize = 1000;

/// Puts down where every promised row stands.
///
/// # Errors
/// The store's own. A batch that is not there is not an error: its rows are lost.
pub async fn ends(store: &dyn Store, promised: &mut Promised) -> Result<(), StoreError> {
    let batches: BTreeSet<i64> = promised.rows.keys().map(|place| place.batch).collect();
    for batch in batches {
        let rows = match store.rows(BatchId(batch), None, PAGE).await {
            Err(StoreError::NotFound { .. }) => continue,
            rows => rows?,
        };
        for row in rows {
            let place = Place { batch, row: row.row };
            let Some(promise) = promised.rows.get(&place) else { continue };
            let fate = Fate::of(&row.state, promise.thing.identifier());
            promised.ends.insert(place, (fate, row.message.map(|message| message.0)));
        }
    }
    Ok(())
}

/// Reads the archive: every chain from its beginning, every body of it opened.
///
/// # Errors
/// The store's own. What is wrong with the archive is no error but in the book.
pub async fn archived(store: &dyn Store, promised: &Promised) -> Result<Archived, StoreError> {
    let mut book = Archived::default();
    let mut expected: BTreeMap<i64, Vec<(BodyRole, Sha256)>> = BTreeMap::new();
    for node in store.nodes().await? {
        chain(store, &node, &mut book, &mut expected).await?;
    }
    let words = words(promised);
    for (message, mut chained) in expected {
        let wanted = words.get(&message).map(Vec::as_slice).unwrap_or_default();
        let mut kept = Vec::new();
        match store.evidence(MessageId(message)).await {
            Err(error @ (StoreError::DamagedBody { .. } | StoreError::Seal(_))) => {
                book.faults.push(format!("message {message}: {error}"));
            }
            Err(error) => return Err(error),
            Ok(evidence) => {
                for body in evidence {
                    if Sha256::of(&body.bytes) != body.sha256 {
                        book.faults
                            .push(format!("message {message}: {} is not what its digest says", body.role.name()));
                    }
                    let text = String::from_utf8_lossy(&body.bytes);
                    let words = wanted.iter().filter(|word| text.contains(word.as_str())).cloned().collect();
                    kept.push(Kept { role: body.role, digest: body.sha256, words });
                }
                let mut shown: Vec<(BodyRole, Sha256)> = kept.iter().map(|kept| (kept.role, kept.digest)).collect();
                let order = |pair: &(BodyRole, Sha256)| (pair.0.name(), pair.1.0);
                shown.sort_by_key(order);
                chained.sort_by_key(order);
                if shown != chained {
                    book.faults.push(format!(
                        "message {message}: {} bodies are shown, {} stand in the chain, and they are not the same",
                        shown.len(),
                        chained.len()
                    ));
                }
            }
        }
        book.messages.insert(message, kept);
    }
    Ok(book)
}

/// What is looked for in the bodies of each message.
fn words(promised: &Promised) -> HashMap<i64, Vec<String>> {
    let mut words: HashMap<i64, Vec<String>> = HashMap::new();
    for (place, (fate, message)) in &promised.ends {
        let (Some(promise), Some(message)) = (promised.rows.get(place), message) else { continue };
        let words = words.entry(*message).or_default();
        words.extend(promise.words.iter().cloned());
        words.extend(id(fate).map(str::to_owned));
    }
    words
}

/// The identifier of what was accepted, where it has one.
fn id(fate: &Fate) -> Option<&str> {
    match fate {
        Fate::Accepted(id) => Some(id.as_str()).filter(|id| !id.is_empty()),
        _ => None,
    }
}

/// Reads the inbox from its beginning.
///
/// # Errors
/// The store's own.
pub async fn inbox(store: &dyn Store) -> Result<Vec<Record>, StoreError> {
    let nobody = Consumer { name: "auditor".to_owned(), topic: None };
    Ok(store.inbox(&nobody, usize::MAX).await?.iter().map(record).collect())
}

/// An item of the inbox as the books have it.
#[must_use]
pub fn record(item: &InboxItem) -> Record {
    let answered = String::from_utf8_lossy(&item.body).contains("\"AnswerIsSent\":true");
    Record {
        seq: item.seq.0,
        topic: item.topic.clone(),
        key: item.key.clone(),
        digest: Sha256::of(&item.body).to_string(),
        answered,
    }
}

/// Follows a node's chain link by link, entry by entry.
async fn chain(
    store: &dyn Store,
    node: &str,
    book: &mut Archived,
    expected: &mut BTreeMap<i64, Vec<(BodyRole, Sha256)>>,
) -> Result<(), StoreError> {
    let mut waiting: Vec<Entry> = Vec::new();
    let mut read: i64 = 0;
    let mut before: Option<Link> = None;
    loop {
        let links = store.links(node, before.as_ref().map_or(0, |link| link.number), PAGE).await?;
        if links.is_empty() {
            break;
        }
        for link in links {
            let last = link.first + link.count - 1;
            while read < last {
                let more = store.entries(node, read, PAGE).await?;
                if more.is_empty() {
                    break;
                }
                read = more.last().map_or(read, |entry| entry.number);
                waiting.extend(more);
            }
            let behind = waiting.iter().position(|entry| entry.number > last).unwrap_or(waiting.len());
            let entries: Vec<Entry> = waiting.drain(..behind).collect();
            let digests: Vec<Sha256> = entries.iter().map(Entry::digest).collect();
            let first = before.as_ref().map_or(1, |link| link.first + link.count);
            if Link::over(node, before.as_ref(), first, &digests, link.at) != link {
                book.faults.push(format!("node {node}: link {} does not hold its entries", link.number));
            }
            for entry in entries {
                match &entry.bytes {
                    Some(bytes) if Sha256::of(bytes) == entry.sealed => {}
                    _ => book.faults.push(format!("node {node}: bytes of entry {} are not whole", entry.number)),
                }
                if entry.operation.contains(".export") {
                    book.exports.insert(entry.message.0);
                }
                expected.entry(entry.message.0).or_default().push((entry.role, entry.plain));
            }
            before = Some(link);
        }
    }
    let after = store.entries(node, read, 1).await?;
    if !waiting.is_empty() || !after.is_empty() {
        book.faults.push(format!("node {node}: entries stand behind the last link"));
    }
    Ok(())
}

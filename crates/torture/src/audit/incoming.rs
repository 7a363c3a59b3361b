//! What came in: everything there was, once, in order, to every consumer.

use std::collections::{BTreeMap, BTreeSet};

use super::Difference;
use crate::books::{Consumed, Incoming, Moment, Record};

pub(super) fn compare(incoming: &Incoming, found: &mut Vec<Difference>) {
    inbox(incoming, found);
    for (name, consumed) in &incoming.consumers {
        consumer(incoming, name, consumed, found);
    }
}

/// The inbox has what the system had, each state of it once.
fn inbox(incoming: &Incoming, found: &mut Vec<Difference>) {
    let mut last: BTreeMap<(&str, &str), &Record> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for record in &incoming.kept {
        if !seen.insert((&record.topic, &record.key, &record.digest)) {
            found.push(Difference::Again(record.seq, record.key.clone()));
        }
        last.insert((&record.topic, &record.key), record);
    }
    for ((topic, key), answered) in &incoming.portal {
        match last.remove(&(topic.as_str(), key.as_str())) {
            None => found.push(Difference::NotBrought(topic.clone(), key.clone())),
            Some(record) if *answered && !record.answered => {
                found.push(Difference::Stale(topic.clone(), key.clone()));
            }
            Some(_) => {}
        }
    }
    let invented = last.into_keys().map(|(topic, key)| Difference::Invented(topic.to_owned(), key.to_owned()));
    found.extend(invented);
}

/// A consumer gets each record of its topic at least once, in order, and nothing again that it has acknowledged.
fn consumer(incoming: &Incoming, name: &str, consumed: &Consumed, found: &mut Vec<Difference>) {
    let own = |record: &&Record| consumed.topic.as_ref().is_none_or(|topic| *topic == record.topic);
    let kept: BTreeMap<i64, &Record> = incoming.kept.iter().filter(own).map(|record| (record.seq, record)).collect();
    let (mut got, mut acknowledged) = (BTreeSet::new(), 0);
    for moment in &consumed.log {
        match moment {
            Moment::Acknowledged(upto) => acknowledged = acknowledged.max(*upto),
            Moment::Read(records) => {
                let mut before = 0;
                for record in records {
                    if record.seq <= before {
                        found.push(Difference::OutOfOrder(name.to_owned(), record.seq));
                    }
                    if record.seq <= acknowledged {
                        found.push(Difference::AfterAcknowledged(name.to_owned(), record.seq));
                    }
                    if kept.get(&record.seq) != Some(&record) {
                        found.push(Difference::Altered(name.to_owned(), record.seq));
                    }
                    before = before.max(record.seq);
                    got.insert(record.seq);
                }
            }
        }
    }
    let missed = kept.keys().filter(|seq| !got.contains(*seq));
    found.extend(missed.map(|seq| Difference::Missed(name.to_owned(), *seq)));
}

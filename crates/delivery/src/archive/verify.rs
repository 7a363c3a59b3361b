//! Verification: the whole archive against its own chains, its signatures, and heads kept elsewhere.

use super::chain::Content;
use super::fault::{Fault, NodeReport, Report};
use super::stream::{Entries, Links};
use super::{Archive, Entry, Head, Link, Retention, moment};
use crate::ids::{Sha256, Timestamp};
use crate::seal::{Seal, SealError};
use crate::store::StoreError;
use std::collections::BTreeSet;

/// What became of checking a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Valid,
    /// There is none, and none is needed.
    Unsigned,
    /// It does not hold, or one that must be there is not. Why, without personal data.
    Invalid(String),
    /// It cannot be told here: a certificate or an algorithm is not at hand. Why.
    Unchecked(String),
}

/// Checks signatures, filled by whoever knows their format. Calls take as long as the arithmetic does and touch no network.
pub trait Signatures: Send + Sync {
    /// The signature within the bytes of a record.
    fn record(&self, entry: &Entry, plain: &[u8]) -> Verdict;

    /// The signature of the head of a day, over [`Head::hash`].
    fn head(&self, head: &Head) -> Verdict;
}

/// What an archive is held against beside its own chains.
#[derive(Debug, Clone, Default)]
pub struct Against<'a> {
    /// Heads that were exported and kept elsewhere; only they show that the end was cut off together with the last heads.
    pub exported: &'a [Head],
    /// The retention in force and the moment; without them removed bytes are only counted.
    pub retention: Option<(&'a Retention, Timestamp)>,
}

/// Verifies every chain of an archive, with memory that does not grow with it. Changes nothing; may run beside the engine.
///
/// # Errors
/// The store's own: then nothing is said about the archive. What is wrong with the archive itself is in the report.
pub async fn verify(
    archive: &dyn Archive,
    seal: &dyn Seal,
    signatures: &dyn Signatures,
    against: &Against<'_>,
) -> Result<Report, StoreError> {
    let mut nodes: BTreeSet<String> = archive.nodes().await?.into_iter().collect();
    nodes.extend(against.exported.iter().map(|head| head.node.clone()));
    let mut report = Report::default();
    for node in nodes {
        let heads = archive.heads(&node).await?;
        let report_of = NodeReport::of(&node, &heads);
        let mut walk = Walk { node: &node, seal, signatures, against, heads: &heads, report: report_of };
        walk.days();
        walk.chain(archive).await?;
        report.nodes.push(walk.report);
    }
    Ok(report)
}

struct Walk<'a> {
    node: &'a str,
    seal: &'a dyn Seal,
    signatures: &'a dyn Signatures,
    against: &'a Against<'a>,
    heads: &'a [Head],
    report: NodeReport,
}

/// How far a chain has been followed.
struct Place {
    /// The link before.
    before: Option<Link>,
    /// The next entry's number.
    next: i64,
    /// The head that covers the links now read.
    head: usize,
    /// Latest day of the links read since the head before.
    day: Option<i64>,
}

impl Walk<'_> {
    /// The chain of heads, by itself.
    fn days(&mut self) {
        for (position, head) in self.heads.iter().enumerate() {
            if !is_whole(head) {
                self.report.fault(Fault::HeadAltered { day: head.day });
                continue;
            }
            match self.signatures.head(head) {
                Verdict::Valid => {}
                Verdict::Unsigned => {
                    let why = "it is not signed".into();
                    self.report.fault(Fault::BadHeadSignature { day: head.day, why });
                }
                Verdict::Invalid(why) => self.report.fault(Fault::BadHeadSignature { day: head.day, why }),
                Verdict::Unchecked(_) => self.report.unchecked_days += 1,
            }
            let before = position.checked_sub(1).map(|at| &self.heads[at]);
            let expected = before.map_or(Sha256([0; 32]), |head| head.hash);
            if before.is_some_and(|before| is_whole(before) && head.link <= before.link) {
                self.report.fault(Fault::Rewritten { day: head.day, link: head.link });
            }
            // One that was altered is named by itself; its day was not removed.
            let excused = before.is_some_and(|before| !is_whole(before) && head.previous == before.computed());
            if head.previous != expected && !excused {
                self.report.fault(Fault::DaysRemoved { after: before.map(|head| head.day), before: Some(head.day) });
            }
        }
    }

    async fn chain(&mut self, archive: &dyn Archive) -> Result<(), StoreError> {
        let mut entries = Entries::after(archive, self.node, 0);
        let mut links = Links::after(archive, self.node, 0);
        let mut place = Place { before: None, next: 1, head: 0, day: None };
        let mut link = links.next().await?;
        loop {
            let Some(now) = link else {
                // Records and their link appear together: what has no link now may have got one since the links were read.
                if entries.number().await?.is_none() {
                    break;
                }
                link = links.next().await?;
                if link.is_none() {
                    break;
                }
                continue;
            };
            let following = links.next().await?;
            self.link(&now, following.as_ref(), &mut entries, &mut place).await?;
            link = following;
        }
        self.tail(&mut entries, &place).await
    }

    async fn link(
        &mut self,
        link: &Link,
        following: Option<&Link>,
        entries: &mut Entries<'_>,
        place: &mut Place,
    ) -> Result<(), StoreError> {
        self.report.links += 1;
        let number = place.before.as_ref().map_or(1, |link| link.number.saturating_add(1));
        if link.number < number {
            self.report.fault(Fault::LinkInserted { link: link.number });
            return Ok(());
        }
        let whole = link.computed() == link.hash && link.node == self.node && link.first > 0 && link.count > 0;
        if link.number > number {
            self.report.fault(Fault::LinksRemoved { first: number, last: link.number.saturating_sub(1) });
            if whole {
                // Their records belong to them; whether all are there cannot be told.
                while let Some(entry) = entries.next_upto(link.first.saturating_sub(1)).await? {
                    self.record(&entry);
                }
                place.next = place.next.max(link.first);
            }
        } else if whole && !joins(place.before.as_ref(), link) {
            self.report.fault(Fault::LinkInserted { link: link.number });
        }
        if !whole {
            self.report.fault(Fault::LinkAltered { link: link.number });
        }
        self.records(link, whole, following, entries, place).await?;
        self.covered(link, whole, place);
        place.before = Some(link.clone());
        Ok(())
    }

    /// The records of a link.
    async fn records(
        &mut self,
        link: &Link,
        whole: bool,
        following: Option<&Link>,
        entries: &mut Entries<'_>,
        place: &mut Place,
    ) -> Result<(), StoreError> {
        if whole && link.first > place.next {
            self.strangers(entries, link.first.saturating_sub(1)).await?;
            place.next = link.first;
        }
        // Where an altered link ends is known by the one behind it.
        let last = match following {
            _ if whole => link.last(),
            Some(following) => following.first.saturating_sub(1),
            None => i64::MAX,
        };
        let mut content = Content::new();
        let mut gaps = false;
        while let Some(entry) = entries.next_upto(last).await? {
            if entry.number < place.next {
                self.report.fault(Fault::RecordsInserted { first: entry.number, last: entry.number });
                continue;
            }
            if entry.number > place.next {
                gaps = true;
                self.report.fault(Fault::RecordsRemoved { first: place.next, last: entry.number.saturating_sub(1) });
            }
            place.next = entry.number.saturating_add(1);
            content.add(self.record(&entry));
        }
        if whole && place.next <= last {
            gaps = true;
            self.report.fault(Fault::RecordsRemoved { first: place.next, last });
            place.next = last.saturating_add(1);
        }
        let content = content.digest();
        // An altered link that its records' own digest mends was altered in nothing else.
        if !gaps && content != link.content && (whole || Link { content, ..link.clone() }.computed() != link.hash) {
            self.report.fault(Fault::RecordAltered { link: link.number, first: link.first, last: link.last() });
        }
        Ok(())
    }

    /// What heads say about a link.
    fn covered(&mut self, link: &Link, whole: bool, place: &mut Place) {
        let says = |hash: Sha256| hash == link.hash || (!whole && hash == link.computed());
        for exported in self.against.exported.iter().filter(|head| head.node == self.node && head.link == link.number) {
            if is_whole(exported) && !says(exported.link_hash) {
                self.report.fault(Fault::Rewritten { day: exported.day, link: link.number });
            }
        }
        while self.heads.get(place.head).is_some_and(|head| head.link < link.number) {
            place.head += 1;
            place.day = None;
        }
        let Some(head) = self.heads.get(place.head) else {
            self.report.open_links += 1;
            self.report.open_since.get_or_insert(link.at);
            return;
        };
        let before = place.head.checked_sub(1).map(|at| self.heads[at].day);
        // The same reckoning by which days are closed: a clock set back does not lead back into an earlier day.
        let earliest = before.map_or(i64::MIN, |day| day.saturating_add(1));
        let day = place.day.unwrap_or(earliest).max(moment::day(link.at));
        place.day = Some(day);
        if day < head.day && is_whole(head) {
            let broken = before.map_or(Sha256([0; 32]), |_| self.heads[place.head - 1].hash) != head.previous;
            if !broken {
                self.report.fault(Fault::DaysRemoved { after: before, before: Some(head.day) });
            }
        }
        if head.link == link.number && is_whole(head) && (!says(head.link_hash) || (whole && head.entry != link.last()))
        {
            self.report.fault(Fault::Rewritten { day: head.day, link: link.number });
        }
    }

    /// Behind the last link: what should be there and is not, what is there and should not.
    async fn tail(&mut self, entries: &mut Entries<'_>, place: &Place) -> Result<(), StoreError> {
        let last = place.before.as_ref().map_or(0, |link| link.number);
        let mut known = self.heads.iter().filter(|head| is_whole(head)).map(|head| head.link).max().unwrap_or(0);
        for exported in self.against.exported.iter().filter(|head| head.node == self.node) {
            if let Some(why) = self.disbelieved(exported) {
                self.report.fault(Fault::ExportedHead { day: exported.day, why });
                continue;
            }
            known = known.max(exported.link);
            match self.heads.iter().find(|head| head.day == exported.day) {
                Some(head) if head.hash != exported.hash && is_whole(head) => {
                    self.report.fault(Fault::Rewritten { day: exported.day, link: exported.link });
                }
                Some(_) => {}
                None if exported.link > last => {}
                None => {
                    let after = self.heads.iter().rev().find(|head| head.day < exported.day).map(|head| head.day);
                    let before = self.heads.iter().find(|head| head.day > exported.day).map(|head| head.day);
                    self.report.fault(Fault::DaysRemoved { after, before });
                }
            }
        }
        if known > last {
            self.report.fault(Fault::TailRemoved { first: last.saturating_add(1), last: known });
            // Records without the links that were cut off; they are counted, and their bytes checked.
            while let Some(entry) = entries.next_upto(i64::MAX).await? {
                self.record(&entry);
            }
        }
        self.strangers(entries, i64::MAX).await
    }

    /// Why an exported head says nothing.
    fn disbelieved(&self, head: &Head) -> Option<String> {
        if !is_whole(head) {
            return Some("it was altered".into());
        }
        match self.signatures.head(head) {
            Verdict::Valid | Verdict::Unchecked(_) => None,
            Verdict::Unsigned => Some("it is not signed".into()),
            Verdict::Invalid(why) => Some(why),
        }
    }

    /// Records up to `last` that stand in no link.
    async fn strangers(&mut self, entries: &mut Entries<'_>, last: i64) -> Result<(), StoreError> {
        let mut run: Option<(i64, i64)> = None;
        while let Some(entry) = entries.next_upto(last).await? {
            self.record(&entry);
            run = match run {
                Some((first, until)) if entry.number == until.saturating_add(1) => Some((first, entry.number)),
                Some((first, until)) => {
                    self.report.fault(Fault::RecordsInserted { first, last: until });
                    Some((entry.number, entry.number))
                }
                None => Some((entry.number, entry.number)),
            };
        }
        if let Some((first, last)) = run {
            self.report.fault(Fault::RecordsInserted { first, last });
        }
        Ok(())
    }

    /// Bytes and signature of one record. Gives its digest.
    fn record(&mut self, entry: &Entry) -> Sha256 {
        self.report.records += 1;
        let number = entry.number;
        match &entry.bytes {
            None => {
                self.report.expired += 1;
                let kept = (self.against.retention)
                    .is_some_and(|(retention, now)| retention.keeps(&entry.kind, entry.recorded, now));
                if kept {
                    self.report.fault(Fault::BytesRemoved { number });
                }
            }
            Some(bytes) if Sha256::of(bytes) != entry.sealed => self.report.fault(Fault::BytesAltered { number }),
            Some(bytes) => match self.seal.open(entry.key, bytes) {
                Ok(plain) if Sha256::of(&plain) != entry.plain => self.report.fault(Fault::ContentAltered { number }),
                Ok(plain) => match self.signatures.record(entry, &plain) {
                    Verdict::Valid => self.report.signed += 1,
                    Verdict::Unsigned => self.report.unsigned += 1,
                    Verdict::Unchecked(_) => self.report.unchecked += 1,
                    Verdict::Invalid(why) => self.report.fault(Fault::BadSignature { number, why }),
                },
                Err(SealError::Erased { .. }) => self.report.erased += 1,
                Err(error) => self.report.fault(Fault::Unreadable { number, why: error.to_string() }),
            },
        }
        entry.digest()
    }
}

fn is_whole(head: &Head) -> bool {
    head.computed() == head.hash
}

/// Does this link continue the one before it? One before that was altered is named by itself.
fn joins(before: Option<&Link>, link: &Link) -> bool {
    match before {
        None => link.previous == Sha256([0; 32]) && link.first == 1,
        Some(before) => {
            let altered = before.computed() != before.hash;
            altered || (link.previous == before.hash && link.first == before.last().saturating_add(1))
        }
    }
}

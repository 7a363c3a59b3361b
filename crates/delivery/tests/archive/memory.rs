//! An archive in memory, which tests tamper with at will.

use async_trait::async_trait;
use gis_gkh_delivery::archive::{
    Archive, Closed, Custody, Entry, Expiry, Head, HeadSignature, HeadSigner, Hold, HoldId, Link, Selection,
    Signatures, Verdict, close_days,
};
use gis_gkh_delivery::{BodyRole, Failure, KeyId, MessageId, Seal, SealError, Sealed, Sha256, StoreError, Timestamp};
use std::collections::BTreeSet;
use std::sync::Mutex;

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;
/// The day the tests begin with.
pub(crate) const FIRST: i64 = 20_000;

/// What an archive consists of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Books {
    pub(crate) entries: Vec<Entry>,
    pub(crate) links: Vec<Link>,
    pub(crate) heads: Vec<Head>,
    pub(crate) holds: Vec<Hold>,
    /// How many holds there ever were.
    held: i64,
}

#[derive(Debug, Default)]
pub(crate) struct Memory(pub(crate) Mutex<Books>);

impl Memory {
    pub(crate) fn of(books: Books) -> Self {
        Self(Mutex::new(books))
    }

    pub(crate) fn books(&self) -> Books {
        self.0.lock().unwrap().clone()
    }

    /// One commit of a node: a request for each text, and the acknowledgement of the first.
    pub(crate) fn commit(&self, node: &str, at: i64, texts: &[&str]) {
        let mut books = self.0.lock().unwrap();
        let first = books.entries.iter().filter(|entry| entry.node == node).count() as i64 + 1;
        let mut added = Vec::new();
        for text in texts {
            added.push(entry(
                node,
                first + added.len() as i64,
                at,
                BodyRole::Request,
                &format!("<R>{text}<Signature/></R>"),
            ));
        }
        added.push(entry(node, first + added.len() as i64, at, BodyRole::Ack, "<A/>"));
        let digests: Vec<_> = added.iter().map(Entry::digest).collect();
        let before = books.links.iter().rfind(|link| link.node == node).cloned();
        books.links.push(Link::over(node, before.as_ref(), first, &digests, Timestamp(at)));
        books.entries.extend(added);
    }

    /// Closes the days of a node as they stand at this moment.
    pub(crate) async fn close(&self, node: &str, now: i64) -> Closed {
        close_days(self, &Key, node, Timestamp(now)).await.unwrap()
    }
}

/// A piece of evidence of message 7, sealed.
pub(crate) fn entry(node: &str, number: i64, at: i64, role: BodyRole, plain: &str) -> Entry {
    let answer = role != BodyRole::Request;
    let sealed = Marked.seal("org", Timestamp(at), plain.as_bytes()).unwrap();
    Entry {
        node: node.into(),
        number,
        message: MessageId(7 + at / DAY - FIRST),
        build: 1,
        message_guid: format!("00000000-0000-5000-8000-{number:012}"),
        role,
        organisation: "org".into(),
        stand: "sandbox".into(),
        kind: if number % 2 == 0 { "bills" } else { "appeals" }.into(),
        operation: "bills.importPaymentDocumentData".into(),
        accepted: Timestamp(at - 5_000),
        sent: answer.then_some(Timestamp(at - 2_000)),
        answered: answer.then_some(Timestamp(at - 1_000)),
        recorded: Timestamp(at),
        key: sealed.key,
        plain: Sha256::of(plain.as_bytes()),
        sealed: Sha256::of(&sealed.bytes),
        bytes: Some(sealed.bytes),
    }
}

/// Three days of two nodes, all closed: commits of one to three records.
pub(crate) async fn three_days() -> Memory {
    let memory = Memory::default();
    for day in FIRST..FIRST + 3 {
        let at = day * DAY + HOUR;
        memory.commit("east", at, &["один"]);
        memory.commit("east", at + HOUR, &["two", "three"]);
        memory.commit("west", at + 2 * HOUR, &["four"]);
        memory.commit("east", at + 3 * HOUR, &["five"]);
    }
    for node in ["east", "west"] {
        assert_eq!(memory.close(node, (FIRST + 3) * DAY).await.heads.len(), 3);
    }
    memory
}

#[async_trait]
impl Archive for Memory {
    async fn nodes(&self) -> Result<Vec<String>, StoreError> {
        let books = self.books();
        let nodes = (books.entries.iter().map(|entry| &entry.node))
            .chain(books.links.iter().map(|link| &link.node))
            .chain(books.heads.iter().map(|head| &head.node));
        Ok(nodes.cloned().collect::<BTreeSet<_>>().into_iter().collect())
    }

    async fn entries(&self, node: &str, after: i64, limit: usize) -> Result<Vec<Entry>, StoreError> {
        let mut entries = self.books().entries;
        entries.retain(|entry| entry.node == node && entry.number > after);
        entries.sort_by_key(|entry| entry.number);
        entries.truncate(limit);
        Ok(entries)
    }

    async fn links(&self, node: &str, after: i64, limit: usize) -> Result<Vec<Link>, StoreError> {
        let mut links = self.books().links;
        links.retain(|link| link.node == node && link.number > after);
        links.sort_by_key(|link| link.number);
        links.truncate(limit);
        Ok(links)
    }

    async fn heads(&self, node: &str) -> Result<Vec<Head>, StoreError> {
        let mut heads = self.books().heads;
        heads.retain(|head| head.node == node);
        heads.sort_by_key(|head| head.day);
        Ok(heads)
    }

    async fn append_head(&self, head: Head) -> Result<(), StoreError> {
        let last = self.heads(&head.node).await?.pop();
        if last.is_some_and(|last| head.day <= last.day || head.link <= last.link || head.previous != last.hash) {
            return Err(StoreError::NotNext { node: head.node, day: head.day });
        }
        self.0.lock().unwrap().heads.push(head);
        Ok(())
    }
}

/// Every message counts as ended.
#[async_trait]
impl Custody for Memory {
    async fn selected(
        &self,
        selection: &Selection,
        after: Option<(&str, i64)>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut entries = self.books().entries;
        entries.retain(|entry| within(selection, entry));
        entries.retain(|entry| after.is_none_or(|after| (entry.node.as_str(), entry.number) > after));
        entries.sort_by_key(|entry| (entry.node.clone(), entry.number));
        entries.truncate(limit);
        Ok(entries)
    }

    async fn kinds(&self) -> Result<Vec<String>, StoreError> {
        let entries = self.books().entries;
        let kinds: BTreeSet<_> =
            entries.into_iter().filter(|entry| entry.bytes.is_some()).map(|entry| entry.kind).collect();
        Ok(kinds.into_iter().collect())
    }

    async fn expire(&self, expiry: &Expiry) -> Result<usize, StoreError> {
        let mut books = self.0.lock().unwrap();
        let holds = books.holds.clone();
        let expired = (books.entries.iter_mut())
            .filter(|entry| entry.kind == expiry.kind && entry.recorded < expiry.before && entry.bytes.is_some())
            .filter(|entry| !holds.iter().any(|hold| within(&hold.scope, entry)))
            .take(expiry.limit);
        Ok(expired.map(|entry| entry.bytes = None).count())
    }

    async fn hold(&self, scope: Selection, reason: &str, at: Timestamp) -> Result<Hold, StoreError> {
        let mut books = self.0.lock().unwrap();
        books.held += 1;
        let hold = Hold { id: HoldId(books.held), scope, reason: reason.into(), at };
        books.holds.push(hold.clone());
        Ok(hold)
    }

    async fn release(&self, hold: HoldId, _at: Timestamp) -> Result<bool, StoreError> {
        let mut books = self.0.lock().unwrap();
        let before = books.holds.len();
        books.holds.retain(|known| known.id != hold);
        Ok(books.holds.len() < before)
    }

    async fn holds(&self) -> Result<Vec<Hold>, StoreError> {
        Ok(self.books().holds)
    }
}

fn within(selection: &Selection, entry: &Entry) -> bool {
    match selection {
        Selection::Message(message) => entry.message == *message,
        Selection::Period { stand, organisation, kind, from, until } => {
            stand.as_ref().is_none_or(|stand| *stand == entry.stand)
                && organisation.as_ref().is_none_or(|organisation| *organisation == entry.organisation)
                && kind.as_ref().is_none_or(|kind| *kind == entry.kind)
                && (*from..*until).contains(&entry.recorded)
        }
        Selection::Everything => true,
        _ => false,
    }
}

/// Seals by a marker; the key is the day, and days in the list are erased.
#[derive(Debug)]
pub(crate) struct Marked;

impl Seal for Marked {
    fn seal(&self, _organisation: &str, at: Timestamp, plain: &[u8]) -> Result<Sealed, SealError> {
        Ok(Sealed { key: KeyId(at.0.div_euclid(DAY)), bytes: [&[0x5e], plain].concat() })
    }

    fn open(&self, key: KeyId, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
        match bytes.split_first() {
            Some((0x5e, plain)) => Ok(plain.to_vec()),
            _ => Err(SealError::Damaged { key, what: "no marker" }),
        }
    }
}

/// As [`Marked`], with the keys of these days shredded.
#[derive(Debug)]
pub(crate) struct Shredded(pub(crate) &'static [i64]);

impl Seal for Shredded {
    fn seal(&self, organisation: &str, at: Timestamp, plain: &[u8]) -> Result<Sealed, SealError> {
        Marked.seal(organisation, at, plain)
    }

    fn open(&self, key: KeyId, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
        if self.0.contains(&key.0) {
            return Err(SealError::Erased { key, at: Timestamp(0) });
        }
        Marked.open(key, bytes)
    }
}

/// Signs and checks with a digest nobody else can make.
pub(crate) struct Key;

fn signature(hash: &Sha256) -> Vec<u8> {
    Sha256::of(format!("an invented key {hash}").as_bytes()).0.to_vec()
}

impl Key {
    pub(crate) fn signed(&self, hash: &Sha256) -> HeadSignature {
        HeadSignature { signer: "an invented organisation".into(), bytes: signature(hash) }
    }
}

#[async_trait]
impl HeadSigner for Key {
    async fn sign(&self, hash: &Sha256) -> Result<HeadSignature, Failure> {
        Ok(self.signed(hash))
    }
}

impl Signatures for Key {
    fn record(&self, entry: &Entry, plain: &[u8]) -> Verdict {
        match entry.role {
            BodyRole::Request if plain.ends_with(b"<Signature/></R>") => Verdict::Valid,
            BodyRole::Request => Verdict::Invalid("no signature".into()),
            _ => Verdict::Unsigned,
        }
    }

    fn head(&self, head: &Head) -> Verdict {
        match &head.signature {
            none if none.is_empty() => Verdict::Unsigned,
            bytes if *bytes == signature(&head.hash) => Verdict::Valid,
            _ => Verdict::Invalid("not the organisation's".into()),
        }
    }
}

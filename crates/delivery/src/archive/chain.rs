//! What is chained, and how: digests over fields, each with its length before it.

use crate::ids::{MessageId, Sha256, Timestamp};
use crate::seal::KeyId;
use crate::store::BodyRole;
use sha2::Digest as _;

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The node that recorded it.
    pub node: String,
    /// Its number in the node's chain: from 1, without gaps.
    pub number: i64,
    /// The message it belongs to.
    pub message: MessageId,
    /// Build of the message it belongs to.
    pub build: u32,
    /// MessageGUID of that build.
    pub message_guid: String,
    /// What the bytes are.
    pub role: BodyRole,
    /// The organisation acted for.
    pub organisation: String,
    /// The stand.
    pub stand: String,
    /// Kind of objects.
    pub kind: String,
    /// The operation.
    pub operation: String,
    /// When the batch that carries it was accepted.
    pub accepted: Timestamp,
    /// Of an answer: when its request began to leave.
    pub sent: Option<Timestamp>,
    /// Of an answer: when it had come.
    pub answered: Option<Timestamp>,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// Data key of the sealed bytes.
    pub key: KeyId,
    /// Digest of the bytes as they went over the wire: what ties the file a person is handed to the chain.
    pub plain: Sha256,
    /// Digest of the sealed bytes.
    pub sealed: Sha256,
    /// The sealed bytes; `None` once the retention has removed them.
    pub bytes: Option<Vec<u8>>,
}

impl Entry {
    /// What its link contains of it: everything but the bytes, which their digest stands for.
    #[must_use]
    pub fn digest(&self) -> Sha256 {
        let mut fields = Fields::new("gkh entry 1");
        fields.text(&self.node).number(self.number).number(self.message.0).number(i64::from(self.build));
        fields.text(&self.message_guid).text(self.role.name()).text(&self.organisation).text(&self.stand);
        fields.text(&self.kind).text(&self.operation).number(self.accepted.0);
        fields.moment(self.sent).moment(self.answered).number(self.recorded.0);
        fields.number(self.key.0).bytes(&self.plain.0).bytes(&self.sealed.0);
        fields.digest()
    }
}

/// What one commit added to a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The node.
    pub node: String,
    /// Its number: from 1, without gaps.
    pub number: i64,
    /// Number of its first entry.
    pub first: i64,
    /// How many entries it holds.
    pub count: i64,
    /// When it was committed.
    pub at: Timestamp,
    /// Digest over the digests of its entries. Kept, so that the chain can be followed without reading them.
    pub content: Sha256,
    /// Hash of the link before; zeroes for the first.
    pub previous: Sha256,
    /// Its hash.
    pub hash: Sha256,
}

impl Link {
    /// The link over these digests of entries, which begin at number `first`, behind the link `before`.
    #[must_use]
    pub fn over(node: &str, before: Option<&Self>, first: i64, digests: &[Sha256], at: Timestamp) -> Self {
        let mut content = Content::new();
        digests.iter().for_each(|digest| content.add(*digest));
        let mut link = Self {
            node: node.into(),
            number: before.map_or(1, |link| link.number.saturating_add(1)),
            first,
            count: content.count,
            at,
            content: content.digest(),
            previous: before.map_or(Sha256([0; 32]), |link| link.hash),
            hash: Sha256([0; 32]),
        };
        link.hash = link.computed();
        link
    }

    /// The hash its fields give.
    #[must_use]
    pub fn computed(&self) -> Sha256 {
        let mut fields = Fields::new("gkh link 1");
        fields.text(&self.node).number(self.number).number(self.first).number(self.count).number(self.at.0);
        fields.bytes(&self.content.0).bytes(&self.previous.0);
        fields.digest()
    }

    /// Number of its last entry.
    #[must_use]
    pub fn last(&self) -> i64 {
        self.first.saturating_add(self.count).saturating_sub(1)
    }
}

/// The digest over the entries of a link, taken one by one.
pub(super) struct Content {
    fields: Fields,
    count: i64,
}

impl Content {
    pub(super) fn new() -> Self {
        Self { fields: Fields::new("gkh link content 1"), count: 0 }
    }

    pub(super) fn add(&mut self, entry: Sha256) {
        self.fields.bytes(&entry.0);
        self.count = self.count.saturating_add(1);
    }

    pub(super) fn digest(self) -> Sha256 {
        self.fields.digest()
    }
}

/// The end of a day: what the chain was then, signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The node.
    pub node: String,
    /// The day: days since 1970-01-01, UTC.
    pub day: i64,
    /// Number of the chain's last link at the end of the day; zero when there is none yet.
    pub link: i64,
    /// Hash of that link; zeroes when there is none.
    pub link_hash: Sha256,
    /// Number of the chain's last entry then.
    pub entry: i64,
    /// Hash of the head before; zeroes for the first.
    pub previous: Sha256,
    /// Its hash: what is signed.
    pub hash: Sha256,
    /// Who signed, as the signing port says it (a certificate).
    pub signer: String,
    /// The signature over [`hash`](Self::hash), as the signing port makes it.
    pub signature: Vec<u8>,
}

impl Head {
    /// The head of a day over the chain as it stands at its end, not yet signed.
    #[must_use]
    pub fn over(node: &str, day: i64, last: Option<&Link>, before: Option<&Self>) -> Self {
        let mut head = Self {
            node: node.into(),
            day,
            link: last.map_or(0, |link| link.number),
            link_hash: last.map_or(Sha256([0; 32]), |link| link.hash),
            entry: last.map_or(0, Link::last),
            previous: before.map_or(Sha256([0; 32]), |head| head.hash),
            hash: Sha256([0; 32]),
            signer: String::new(),
            signature: Vec::new(),
        };
        head.hash = head.computed();
        head
    }

    /// The hash its fields give.
    #[must_use]
    pub fn computed(&self) -> Sha256 {
        let mut fields = Fields::new("gkh head 1");
        fields.text(&self.node).number(self.day).number(self.link).bytes(&self.link_hash.0).number(self.entry);
        fields.bytes(&self.previous.0);
        fields.digest()
    }
}

/// Fields one after another, each with its length, so that no two different lists give the same bytes.
struct Fields(sha2::Sha256);

impl Fields {
    fn new(purpose: &str) -> Self {
        let mut fields = Self(sha2::Sha256::new());
        fields.text(purpose);
        fields
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(bytes);
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    fn number(&mut self, number: i64) -> &mut Self {
        self.bytes(&number.to_be_bytes())
    }

    fn moment(&mut self, at: Option<Timestamp>) -> &mut Self {
        match at {
            Some(at) => self.number(at.0),
            None => self.bytes(&[]),
        }
    }

    fn digest(self) -> Sha256 {
        Sha256(self.0.finalize().into())
    }
}

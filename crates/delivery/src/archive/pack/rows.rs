//! Rows of a pack's index and chain.

use crate::archive::heads::hex;
use crate::archive::moment::{date, rfc3339};
use crate::archive::{Entry, Head, Link};
use crate::ids::Timestamp;
use serde::Serialize;

/// What became of the bytes of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kept {
    /// They are in the pack.
    Here,
    /// Their key was destroyed on purpose.
    Erased,
    /// Their term of keeping has run out.
    Expired,
}

/// One piece, as the index lists it.
#[derive(Serialize)]
pub(super) struct Piece {
    number: i64,
    node: String,
    link: i64,
    operation: String,
    kind: String,
    stand: String,
    organisation: String,
    role: &'static str,
    message: i64,
    build: u32,
    message_guid: String,
    accepted: String,
    sent: Option<String>,
    answered: Option<String>,
    recorded: String,
    bytes: Kept,
    file: Option<String>,
    sha256: String,
    sha256_sealed: String,
}

impl Piece {
    pub(super) fn of(entry: &Entry, link: i64, bytes: Kept, file: Option<String>) -> Self {
        Self {
            number: entry.number,
            node: entry.node.clone(),
            link,
            operation: entry.operation.clone(),
            kind: entry.kind.clone(),
            stand: entry.stand.clone(),
            organisation: entry.organisation.clone(),
            role: entry.role.name(),
            message: entry.message.0,
            build: entry.build,
            message_guid: entry.message_guid.clone(),
            accepted: rfc3339(entry.accepted),
            sent: entry.sent.map(rfc3339),
            answered: entry.answered.map(rfc3339),
            recorded: rfc3339(entry.recorded),
            bytes,
            file,
            sha256: entry.plain.to_string(),
            sha256_sealed: entry.sealed.to_string(),
        }
    }

    pub(super) const HEADER: &'static str = "number,node,link,operation,kind,stand,organisation,role,message,build,message_guid,accepted,\
                                             sent,answered,recorded,bytes,file,sha256,sha256_sealed\n";

    /// A line of the table (RFC 4180).
    pub(super) fn line(&self) -> String {
        let bytes = match self.bytes {
            Kept::Here => "here",
            Kept::Erased => "erased",
            Kept::Expired => "expired",
        };
        let cells = [
            &self.number.to_string(),
            &self.node,
            &self.link.to_string(),
            &self.operation,
            &self.kind,
            &self.stand,
            &self.organisation,
            self.role,
            &self.message.to_string(),
            &self.build.to_string(),
            &self.message_guid,
            &self.accepted,
            self.sent.as_deref().unwrap_or_default(),
            self.answered.as_deref().unwrap_or_default(),
            &self.recorded,
            bytes,
            self.file.as_deref().unwrap_or_default(),
            &self.sha256,
            &self.sha256_sealed,
        ];
        let mut line = cells.map(cell).join(",");
        line.push('\n');
        line
    }
}

fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.into() }
}

/// One step of the chain: what is needed to compute its digest anew.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Step<'a> {
    Record {
        node: &'a str,
        number: i64,
        message: i64,
        build: u32,
        message_guid: &'a str,
        role: &'a str,
        organisation: &'a str,
        stand: &'a str,
        kind: &'a str,
        operation: &'a str,
        accepted: i64,
        sent: Option<i64>,
        answered: Option<i64>,
        recorded: i64,
        key: i64,
        plain: String,
        sealed: String,
        digest: String,
        file: Option<&'a str>,
    },
    Link {
        node: &'a str,
        number: i64,
        first: i64,
        count: i64,
        at: i64,
        content: String,
        previous: String,
        hash: String,
        /// Digests of its records, where one of them is in the pack.
        #[serde(skip_serializing_if = "Option::is_none")]
        records: Option<&'a [String]>,
    },
    Head {
        node: &'a str,
        day: i64,
        date: String,
        link: i64,
        link_hash: String,
        entry: i64,
        previous: String,
        hash: String,
        signer: &'a str,
        signature: String,
        file: &'a str,
    },
}

impl<'a> Step<'a> {
    pub(super) fn record(entry: &'a Entry, file: Option<&'a str>) -> Self {
        let moment = |at: Timestamp| at.0;
        Self::Record {
            node: &entry.node,
            number: entry.number,
            message: entry.message.0,
            build: entry.build,
            message_guid: &entry.message_guid,
            role: entry.role.name(),
            organisation: &entry.organisation,
            stand: &entry.stand,
            kind: &entry.kind,
            operation: &entry.operation,
            accepted: entry.accepted.0,
            sent: entry.sent.map(moment),
            answered: entry.answered.map(moment),
            recorded: entry.recorded.0,
            key: entry.key.0,
            plain: entry.plain.to_string(),
            sealed: entry.sealed.to_string(),
            digest: entry.digest().to_string(),
            file,
        }
    }

    pub(super) fn link(link: &'a Link, records: Option<&'a [String]>) -> Self {
        Self::Link {
            node: &link.node,
            number: link.number,
            first: link.first,
            count: link.count,
            at: link.at.0,
            content: link.content.to_string(),
            previous: link.previous.to_string(),
            hash: link.hash.to_string(),
            records,
        }
    }

    pub(super) fn head(head: &'a Head, file: &'a str) -> Self {
        Self::Head {
            node: &head.node,
            day: head.day,
            date: date(head.day),
            link: head.link,
            link_hash: head.link_hash.to_string(),
            entry: head.entry,
            previous: head.previous.to_string(),
            hash: head.hash.to_string(),
            signer: &head.signer,
            signature: hex(&head.signature),
            file,
        }
    }
}

//! The node's chain of evidence as its writer knows it: no other may append to it.

use super::archive;
use super::session::{Parameter, Session, column};
use super::trouble::Trouble;
use crate::archive::{Entry, Link};
use crate::ids::{Sha256, Timestamp};
use crate::store::BodyRole;

/// Where the chain ends, by what is committed.
#[derive(Debug, Clone, Default)]
pub(super) struct Chain {
    /// Number of the last entry.
    entry: i64,
    link: Option<Link>,
}

pub(super) const ENTRIES: &str = "INSERT INTO entry (node, number, message, build, message_guid, role, organisation, stand, \
    kind, operation, accepted, sent, answered, recorded, key, plain, sealed, bytes) \
    SELECT $1, number, message, build, message_guid, role, organisation, stand, kind, operation, accepted, sent, answered, \
    recorded, key, plain, sealed, bytes FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], \
    $8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], \
    $16::bytea[], $17::bytea[], $18::bytea[]) AS new (number, message, build, message_guid, role, organisation, stand, kind, operation, \
    accepted, sent, answered, recorded, key, plain, sealed, bytes) ORDER BY number";

pub(super) const LINK: &str = "INSERT INTO link (node, number, first, count, at, content, previous, hash) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

const DOING: &str = "archiving evidence";

impl Chain {
    pub(super) async fn read(session: &Session, node: &str) -> Result<Self, Trouble> {
        let last = "SELECT coalesce(max(number), 0) FROM entry WHERE node = $1";
        let entry = session.row(DOING, last, &[&node]).await?;
        let entry = entry.as_ref().map_or(Ok(0), |row| column(row, 0))?;
        let link = "SELECT node, number, first, count, at, content, previous, hash FROM link WHERE node = $1 \
                    ORDER BY number DESC LIMIT 1";
        let link = session.row(DOING, link, &[&node]).await?.as_ref().map(archive::link).transpose()?;
        Ok(Self { entry, link })
    }

    /// Appends entries with one link over them; the chain as it is once that is committed. Their node and numbers are
    /// given here.
    pub(super) async fn append(&self, session: &Session, node: &str, mut entries: Vec<Entry>) -> Result<Self, Trouble> {
        let Some(at) = entries.iter().map(|entry| entry.recorded).max() else { return Ok(self.clone()) };
        for (number, entry) in (self.entry.saturating_add(1)..).zip(&mut entries) {
            entry.number = number;
            entry.node = node.to_owned();
        }
        let digests: Vec<Sha256> = entries.iter().map(Entry::digest).collect();
        let first = self.entry.saturating_add(1);
        let link = Link::over(node, self.link.as_ref(), first, &digests, at);
        let number = |of: fn(&Entry) -> i64| entries.iter().map(of).collect::<Vec<_>>();
        let moment = |of: fn(&Entry) -> Option<Timestamp>| {
            entries.iter().map(|entry| of(entry).map(|at| at.0)).collect::<Vec<_>>()
        };
        let text = |of: fn(&Entry) -> &str| entries.iter().map(of).collect::<Vec<_>>();
        let (numbers, messages, builds) =
            (number(|e| e.number), number(|e| e.message.0), number(|e| i64::from(e.build)));
        let (guids, roles) = (text(|e| &e.message_guid), text(|e| BodyRole::name(e.role)));
        let (organisations, stands) = (text(|e| &e.organisation), text(|e| &e.stand));
        let (kinds, operations) = (text(|e| &e.kind), text(|e| &e.operation));
        let (accepted, recorded, keys) = (number(|e| e.accepted.0), number(|e| e.recorded.0), number(|e| e.key.0));
        let (sent, answered) = (moment(|e| e.sent), moment(|e| e.answered));
        let plain: Vec<&[u8]> = entries.iter().map(|entry| &entry.plain.0[..]).collect();
        let sealed: Vec<&[u8]> = entries.iter().map(|entry| &entry.sealed.0[..]).collect();
        let bytes: Vec<Option<&[u8]>> = entries.iter().map(|entry| entry.bytes.as_deref()).collect();
        let entered: [Parameter<'_>; 18] = [
            &node,
            &numbers,
            &messages,
            &builds,
            &guids,
            &roles,
            &organisations,
            &stands,
            &kinds,
            &operations,
            &accepted,
            &sent,
            &answered,
            &recorded,
            &keys,
            &plain,
            &sealed,
            &bytes,
        ];
        let (content, previous, hash) = (&link.content.0[..], &link.previous.0[..], &link.hash.0[..]);
        let linked: [Parameter<'_>; 8] =
            [&node, &link.number, &link.first, &link.count, &link.at.0, &content, &previous, &hash];
        let (entered, linked) =
            tokio::join!(biased; session.write(DOING, ENTRIES, &entered), session.write(DOING, LINK, &linked));
        entered?;
        linked?;
        Ok(Self { entry: link.last(), link: Some(link) })
    }
}

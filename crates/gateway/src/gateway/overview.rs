//! What people look at: where everything stands, and what became of each row.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use gis_gkh_delivery::state::MessageState;
use gis_gkh_delivery::{
    BatchId, BatchView, Consumer, Evidence, GisIds as Ids, InboxItem, MessageId, ObjectState, Parked, QueueView,
    RowView, Views, local,
};
use serde::Serialize;
use time::format_description::well_known::Rfc3339;

use super::GatewayError;
use super::acts::Exported;
use super::stores::{self, Shown};
use super::wall::moment;
use crate::config::Config;
use crate::desk::appeals::{draft_of, is_file};
use crate::desk::pulls::Topic;
use crate::desk::words::{self, Words, who_fixes};
use crate::records::{GisIds, Lang, ResultRow, Status as RowStatus};

/// Where everything stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The latest batches, newest first.
    pub batches: Vec<BatchView>,
    /// Messages that are not finished, those that wait for a person included, the next to be worked on first.
    pub queue: Vec<QueueView>,
}

/// How many batches and messages [`Status`] shows.
const SHOWN: usize = 100;

/// How many rows are read from the store at a time.
const PAGE: usize = 5_000;

/// How many items of the inbox are read at a time; each may be large.
const PAGE_OF_INBOX: usize = 200;

/// The store of a gateway, looked at beside the process that works with it. Needs no key.
#[derive(Debug, Clone)]
pub struct Overview {
    store: Arc<dyn Shown>,
}

impl Overview {
    /// Opens the store of these settings for looking. A database is connected to when it is first asked something, and one
    /// without a store has nothing to show.
    ///
    /// # Errors
    /// [`StoreError::Missing`](gis_gkh_delivery::StoreError::Missing) while there is no file yet; the store's own.
    pub fn open(config: &Config) -> Result<Self, GatewayError> {
        Ok(Self { store: stores::look(config)?.store })
    }

    /// One message, finished or not; nothing when there is none of that number.
    ///
    /// # Errors
    /// The store's.
    pub async fn message(&self, message: MessageId) -> Result<Option<QueueView>, GatewayError> {
        Ok(self.store.message(message).await?)
    }

    /// Messages that wait for a person, at most `limit`, those parked first before the others.
    ///
    /// # Errors
    /// The store's.
    pub async fn parked(&self, which: &Parked, limit: usize) -> Result<Vec<QueueView>, GatewayError> {
        let mut views = Vec::new();
        for place in self.store.parked(which, None, limit).await? {
            views.extend(self.store.message(place.message).await?.filter(|view| view.state == MessageState::Parked));
        }
        Ok(views)
    }

    /// Messages that are not finished, at most `limit`, the next to be worked on first.
    ///
    /// # Errors
    /// The store's.
    pub async fn queue(&self, limit: usize) -> Result<Vec<QueueView>, GatewayError> {
        Ok(self.store.queue(limit).await?)
    }

    /// The first items of the inbox that a consumer has not acknowledged, at most `limit`. Reading again gives the same.
    ///
    /// # Errors
    /// The store's.
    pub async fn inbox(&self, consumer: &Consumer, limit: usize) -> Result<Vec<InboxItem>, GatewayError> {
        Ok(self.store.inbox(consumer, limit).await?)
    }

    /// What the inbox holds of a topic: each object once, as it came last. Versions before the last are not read.
    ///
    /// # Errors
    /// The store's.
    pub async fn latest(&self, topic: Topic) -> Result<Vec<Exported>, GatewayError> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut items: Vec<Exported> = Vec::new();
        let mut after = None;
        loop {
            let page = self.store.latest(topic.name(), after, PAGE_OF_INBOX).await?;
            let Some(last) = page.last() else { return Ok(items) };
            after = Some(last.seq);
            for item in page {
                let exported = Exported { key: item.key, body: item.body };
                // What has changed since its page was read comes again.
                match places.get(&exported.key) {
                    Some(place) => items[*place] = exported,
                    None => {
                        places.insert(exported.key.clone(), items.len());
                        items.push(exported);
                    }
                }
            }
        }
    }

    /// What became of every row of a batch, in the caller's order.
    ///
    /// # Errors
    /// The store's; no such batch.
    pub async fn results(&self, batch: BatchId, lang: Lang) -> Result<Vec<ResultRow>, GatewayError> {
        results(&*self.store, batch, lang).await
    }

    /// Where everything stands.
    ///
    /// # Errors
    /// The store's.
    pub async fn status(&self) -> Result<Status, GatewayError> {
        status(&*self.store).await
    }

    /// Every message that carries a row of some batch.
    ///
    /// # Errors
    /// The store's.
    pub async fn messages(&self) -> Result<BTreeSet<MessageId>, GatewayError> {
        let mut messages = BTreeSet::new();
        for batch in self.store.batches(usize::MAX).await? {
            let mut after = None;
            loop {
                let rows = self.store.rows(batch.id, after, PAGE).await?;
                let Some(last) = rows.last() else { break };
                after = Some(last.row);
                messages.extend(rows.iter().filter_map(|row| row.message));
            }
        }
        Ok(messages)
    }

    /// What went over the wire for a message, in order, both ways.
    ///
    /// # Errors
    /// The store's.
    pub async fn evidence(&self, message: MessageId) -> Result<Vec<Evidence>, GatewayError> {
        Ok(self.store.evidence(message).await?)
    }
}

pub(super) async fn count_parked(store: &dyn Views, which: &Parked) -> Result<u64, GatewayError> {
    let (mut count, mut after) = (0, None);
    loop {
        let places = store.parked(which, after, PAGE).await?;
        let Some(last) = places.last() else { return Ok(count) };
        after = Some(*last);
        count += places.len() as u64;
    }
}

pub(super) async fn status(store: &(impl Views + ?Sized)) -> Result<Status, GatewayError> {
    Ok(Status { batches: store.batches(SHOWN).await?, queue: store.queue(SHOWN).await? })
}

pub(super) async fn results(
    store: &(impl Views + ?Sized),
    batch: BatchId,
    lang: Lang,
) -> Result<Vec<ResultRow>, GatewayError> {
    let (mut own, mut drafts) = (Vec::new(), HashMap::new());
    let mut after = None;
    loop {
        let rows = store.rows(batch, after, PAGE).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.row);
        for row in rows {
            match draft_of(row.row) {
                // A file that came through says nothing; one that did not is why the rest does not.
                Some(_) if is_file(row.row) && matches!(row.state, ObjectState::Accepted(_)) => {}
                Some(of) => drop(drafts.insert(of, row)),
                None => own.push(row),
            }
        }
    }
    Ok(own.into_iter().map(|row| result(with_draft(row, &mut drafts), lang)).collect())
}

/// A row whose fate is that of its draft tells what became of the draft.
fn with_draft(row: RowView, drafts: &mut HashMap<u32, RowView>) -> RowView {
    let Some(draft) = drafts.remove(&row.row) else { return row };
    let held_up = match &row.state {
        ObjectState::Refused(refusal) => refusal.code == local::FORERUNNER,
        ObjectState::InMessage(_) | ObjectState::Postponed(_) => matches!(draft.state, ObjectState::Unknown { .. }),
        _ => false,
    };
    if held_up { RowView { state: draft.state, message_guid: draft.message_guid, ..row } } else { row }
}

/// One row as the caller gets it back.
fn result(row: RowView, lang: Lang) -> ResultRow {
    let mut result = ResultRow {
        reference: row.reference,
        row: u64::from(row.row),
        status: RowStatus::Waiting,
        gis: GisIds::default(),
        code: None,
        message: None,
        who_fixes: None,
        message_guid: row.message_guid,
        accepted_at: None,
    };
    match row.state {
        ObjectState::Accepted(ids) => {
            result.status = RowStatus::Accepted;
            result.gis = gis_ids(ids);
            result.accepted_at = date(row.changed_at);
        }
        ObjectState::Refused(refusal) => {
            let ours = words::is_ours(&refusal.code);
            result.status = if ours { RowStatus::Refused } else { RowStatus::Rejected };
            result.message = Some(words::refusal(&refusal, lang));
            result.who_fixes = Some(who_fixes(refusal.who_fixes));
            result.code = Some(refusal.code).filter(|code| !code.is_empty());
        }
        ObjectState::Postponed(reason) => {
            result.message = Some(words::of_code(&reason, lang).unwrap_or_default()).filter(|text| !text.is_empty());
            result.code = Some(reason).filter(|code| !code.is_empty());
        }
        ObjectState::Unknown { until } => {
            result.status = RowStatus::Uncertain;
            result.message = Some(uncertain(until.and_then(date)).in_language(lang).to_owned());
        }
        ObjectState::InMessage(_) => {}
    }
    result
}

fn gis_ids(mut ids: Ids) -> GisIds {
    GisIds { payment_document_id: ids.remove(words::PAYMENT_DOCUMENT_ID), guid: ids.remove(words::GUID) }
}

fn uncertain(until: Option<String>) -> Words {
    match until {
        Some(until) => Words::both(
            format!(
                "Неизвестно, принято ли. Шлюз выясняет; ответ ожидается к {until}. Не отправляйте строку повторно."
            ),
            format!(
                "It is not known whether it was accepted. The gateway is finding out, by {until}. Do not send the row again."
            ),
        ),
        None => Words::both(
            "Неизвестно, принято ли, и без человека этого не выяснить. Не отправляйте строку повторно.".to_owned(),
            "It is not known whether it was accepted, and a person must find out. Do not send the row again."
                .to_owned(),
        ),
    }
}

fn date(at: gis_gkh_delivery::Timestamp) -> Option<String> {
    moment(at).and_then(|at| at.format(&Rfc3339).ok())
}

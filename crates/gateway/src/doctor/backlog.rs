//! What waits: on its way, and for a person.

use gis_gkh_delivery::state::MessageState;
use gis_gkh_delivery::{QueueView, StoreError, Views};
use time::{Duration, OffsetDateTime};

use super::page::Check;
use crate::desk::words::Words;
use crate::gateway::moment;

pub(super) const ID: &str = "backlog";

/// Messages that are looked at to find the oldest; of more than so many those due first.
const LOOKED_AT: usize = 500;

/// What is not finished after so long does not move by itself: the system answers within hours.
const OLD: Duration = Duration::days(1);

/// What waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Backlog {
    /// Messages on their way, recurring exports that wait for their time among them.
    pub(super) waiting: u64,
    /// Messages that wait for a person.
    pub(super) parked: u64,
    /// When the oldest batch that is still on its way was handed over.
    pub(super) oldest: Option<OffsetDateTime>,
}

impl Backlog {
    /// What waits where there is no store yet.
    pub(super) const NOTHING: Self = Self { waiting: 0, parked: 0, oldest: None };
}

/// Counts what waits; nothing while there is no store.
pub(super) async fn count(store: &dyn Views) -> Result<Backlog, StoreError> {
    let messages = match store.progress().await {
        Ok((progress, _)) => progress.messages,
        Err(StoreError::NoStore { .. }) => return Ok(Backlog::NOTHING),
        Err(error) => return Err(error),
    };
    let parked = messages.get(&MessageState::Parked).copied().unwrap_or(0);
    let waiting = messages.values().sum::<u64>().saturating_sub(parked);
    // Batches are numbered as they come.
    let moving = |view: &QueueView| (view.state != MessageState::Parked).then_some(view.batch).flatten();
    let oldest = match store.queue(LOOKED_AT).await?.iter().filter_map(moving).min() {
        Some(batch) => moment(store.batch(batch).await?.accepted_at),
        None => None,
    };
    Ok(Backlog { waiting, parked, oldest })
}

pub(super) fn judge(backlog: Backlog, now: OffsetDateTime) -> Check {
    let Backlog { waiting, parked, oldest } = backlog;
    if waiting == 0 && parked == 0 {
        return Check::green(ID, Words::both("ничего не ждёт", "nothing waits"));
    }
    let age = oldest.map(|oldest| (now - oldest).max(Duration::ZERO));
    let (age_ru, age_en) = age.map_or((String::new(), String::new()), |age| {
        let (days, hours) = (age.whole_days(), age.whole_hours() % 24);
        (format!(", самая старая партия — {days} д {hours} ч"), format!(", the oldest batch for {days} d {hours} h"))
    });
    let found = Words::both(
        format!("сообщений в пути: {waiting}{age_ru}; ждут решения человека: {parked}"),
        format!("messages on their way: {waiting}{age_en}; waiting for a person: {parked}"),
    );
    if parked > 0 {
        let remedy = Words::both(
            "посмотрите причины и решите: gkh queue list --parked, затем gkh queue retry, replay или discard",
            "look at the reasons and decide: gkh queue list --parked, then gkh queue retry, replay or discard",
        );
        return Check::yellow(ID, found, remedy);
    }
    if age.is_some_and(|age| age > OLD) {
        let remedy = Words::both(
            "проверьте, работает ли доставка (gkh run) и не приостановлена ли она (gkh queue pauses); причины: gkh queue list",
            "check that delivery is running (gkh run) and not paused (gkh queue pauses); for the reasons: gkh queue list",
        );
        return Check::yellow(ID, found, remedy);
    }
    Check::green(ID, found)
}

pub(super) fn unreadable(error: &StoreError) -> Check {
    let why = Words::both(
        format!("хранилище не читается (store): {error}"),
        format!("the store cannot be read (store): {error}"),
    );
    Check::skipped(ID, &why)
}

#[cfg(test)]
mod tests {
    use super::super::page::Grade;
    use super::*;
    use time::macros::datetime;

    #[test]
    fn what_waits_for_a_person_or_for_more_than_a_day_is_yellow() {
        let now = datetime!(2026-11-02 12:00 UTC);
        let of = |waiting, parked, age: Option<Duration>| {
            judge(Backlog { waiting, parked, oldest: age.map(|age| now - age) }, now)
        };
        assert_eq!(of(0, 0, None).found.en, "nothing waits");
        assert_eq!(of(3, 0, Some(OLD)).grade, Grade::Green);
        let old = of(3, 0, Some(OLD + Duration::SECOND));
        assert_eq!(old.grade, Grade::Yellow);
        assert!(old.remedy.unwrap().en.contains("gkh queue pauses"));
        assert_eq!(of(1, 0, None).grade, Grade::Green, "a recurring export waits for its time");
        let parked = of(0, 1, None);
        assert_eq!(parked.grade, Grade::Yellow);
        assert!(parked.remedy.unwrap().ru.contains("gkh queue list"));
        let both = of(2, 7, Some(Duration::hours(49)));
        assert_eq!(both.found.en, "messages on their way: 2, the oldest batch for 2 d 1 h; waiting for a person: 7");
        assert_eq!(of(2, 0, Some(Duration::hours(-1))).grade, Grade::Green, "a clock that was set back");
    }
}

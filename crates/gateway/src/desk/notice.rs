//! What is strange about answers without stopping anything, told once a day for each operation and counted always.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use gis_gkh::operation::Operation;
use gis_gkh::{Answer, CallError, Proof, Unproven};
use time::{Date, OffsetDateTime, UtcOffset};

use crate::records::Lang;

/// Names of drift shown with a notice.
const SHOWN: usize = 5;

/// What is strange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Strange {
    /// The answer has what the contract does not know, or lacks what it must have.
    Drift,
    /// It is not signed.
    Unsigned,
    /// Its signature is broken or covers something else.
    Broken,
    /// Its signer is not believed.
    Signer,
    /// Its signature is intact, and no trusted signers are set.
    NoSigners,
}

impl Strange {
    fn of(reason: &Unproven) -> Self {
        match reason {
            Unproven::Unsigned => Self::Unsigned,
            Unproven::Signer(_) => Self::Signer,
            Unproven::NoSigners => Self::NoSigners,
            _ => Self::Broken,
        }
    }

    /// Name, in JSON and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Drift => "drift",
            Self::Unsigned => "unsigned",
            Self::Broken => "broken_signature",
            Self::Signer => "untrusted_signer",
            Self::NoSigners => "no_signers",
        }
    }
}

/// Something strange about the answers to an operation, as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The operation: `bills.importPaymentDocumentData`.
    pub operation: String,
    /// What is strange.
    pub strange: Strange,
    /// Answers with it since it was told last, this one included.
    pub count: u64,
    /// An example: names of elements, or why the signature is not believed. Never values.
    pub example: String,
}

impl Notice {
    /// In words, for whoever runs the gateway.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let Self { operation, count, example, .. } = self;
        match (self.strange, lang) {
            (Strange::Drift, Lang::Ru) => format!(
                "{operation}: в ответах есть то, чего нет в форматах этой версии (ответов: {count}): {example}. Данные читаются; \
                 проверьте, не вышла ли новая версия форматов (`gkh schema diff`)."
            ),
            (Strange::Drift, Lang::En) => format!(
                "{operation}: answers have what the formats of this version do not ({count} answers): {example}. They are read; \
                 see whether a new release of the formats is out (`gkh schema diff`)."
            ),
            (_, Lang::Ru) => format!("{operation}: ответ не доказан подписью (ответов: {count}): {example}"),
            (_, Lang::En) => {
                format!("{operation}: the answer is not proven by its signature ({count} answers): {example}")
            }
        }
    }
}

/// Hears of notices.
pub type Watcher = Arc<dyn Fn(&Notice) + Send + Sync>;

/// Counts, and tells once a day. Days are the system's; a new process begins anew.
#[derive(Default)]
pub(crate) struct Notices {
    watcher: Option<Watcher>,
    met: Mutex<BTreeMap<(String, Strange), Met>>,
}

#[derive(Default)]
struct Met {
    total: u64,
    /// Of these, told.
    told: u64,
    on: Option<Date>,
}

impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notices").field("watched", &self.watcher.is_some()).finish_non_exhaustive()
    }
}

impl Notices {
    pub(crate) fn new(watcher: Option<Watcher>) -> Self {
        Self { watcher, met: Mutex::default() }
    }

    /// Looks at an answer that was read, or was not believed.
    pub(crate) fn look<T>(
        &self,
        operation: &Operation,
        read: &Result<(Answer<T>, Proof), CallError>,
        now: OffsetDateTime,
        zone: UtcOffset,
    ) {
        let reason = match read {
            Ok((_, Proof::Unproven(reason))) | Err(CallError::Unproven { reason, .. }) => Some(reason),
            _ => None,
        };
        let on = now.to_offset(zone).date();
        if let Some(reason) = reason {
            self.note(operation, Strange::of(reason), on, &|| reason.to_string());
        }
        if let Ok((answer, _)) = read
            && !answer.drift.is_empty()
        {
            let names = || {
                let mut names: Vec<&str> = answer.drift.iter().map(|drift| drift.path.as_str()).collect();
                names.sort_unstable();
                names.dedup();
                names.truncate(SHOWN);
                names.join(", ")
            };
            self.note(operation, Strange::Drift, on, &names);
        }
    }

    fn note(&self, operation: &Operation, strange: Strange, on: Date, example: &dyn Fn() -> String) {
        let operation = format!("{}.{}", operation.service, operation.name);
        let count = {
            let mut all = self.met.lock().unwrap_or_else(PoisonError::into_inner);
            let met = all.entry((operation.clone(), strange)).or_default();
            met.total = met.total.saturating_add(1);
            // A clock set back tells nothing twice.
            if met.on.is_some_and(|last| on <= last) {
                return;
            }
            met.on = Some(on);
            let count = met.total - met.told;
            met.told = met.total;
            count
        };
        // Told without the lock: a watcher may take its time.
        if let Some(watcher) = &self.watcher {
            watcher(&Notice { operation, strange, count, example: example() });
        }
    }

    /// How many answers had what, by operation, since the process began.
    pub(crate) fn counts(&self) -> BTreeMap<(String, Strange), u64> {
        let all = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(key, met)| (key.clone(), met.total)).collect()
    }
}

#[cfg(test)]
mod tests {
    use gis_gkh::contract::operations::OPERATIONS;
    use gis_gkh_xml::{Drift, DriftKind};
    use time::macros::datetime;

    use super::*;

    fn drifting(names: &[&str]) -> Result<(Answer<()>, Proof), CallError> {
        let drift = |name: &&str| Drift { path: (*name).to_owned(), offset: 0, kind: DriftKind::Element };
        let drift = names.iter().map(drift).collect();
        Ok((Answer { body: (), drift, raw: Vec::new() }, Proof::NotAsked))
    }

    fn unsigned() -> Result<(Answer<()>, Proof), CallError> {
        Err(CallError::Unproven { reason: Box::new(Unproven::Unsigned), raw: Vec::new() })
    }

    #[test]
    fn each_operation_is_told_of_once_a_day_and_counted_always() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&told);
        let notices = Notices::new(Some(Arc::new(move |notice: &Notice| {
            hears.lock().unwrap().push((
                notice.operation.clone(),
                notice.strange,
                notice.count,
                notice.example.clone(),
            ));
        })));
        let take = || std::mem::take(&mut *told.lock().unwrap());
        let (one, two) = (OPERATIONS[0], OPERATIONS[1]);
        let name = |operation: &Operation| format!("{}.{}", operation.service, operation.name);
        let zone = UtcOffset::from_hms(3, 0, 0).unwrap();
        let evening = datetime!(2026-11-02 23:59 +3);
        let look = |operation, read: &_, now| notices.look(operation, read, now, zone);

        look(one, &drifting(&["a/b", "a/c", "a/b"]), evening);
        assert_eq!(take(), [(name(one), Strange::Drift, 1, "a/b, a/c".to_owned())]);
        look(one, &drifting(&["a/d"]), evening);
        look(one, &drifting(&["a/d"]), datetime!(2026-11-02 20:59:59 UTC));
        assert_eq!(take(), [], "once a day");
        // Another operation, and another thing about the same one, are told by themselves.
        look(two, &drifting(&["a/d"]), evening);
        look(one, &unsigned(), evening);
        let told = take();
        assert_eq!(
            told.iter().map(|told| (&*told.0, told.1)).collect::<Vec<_>>(),
            [(&*name(two), Strange::Drift), (&*name(one), Strange::Unsigned)]
        );
        // The day ends by the system's time, and what was not told is counted.
        look(one, &drifting(&["a/e"]), datetime!(2026-11-02 21:00 UTC));
        assert_eq!(take(), [(name(one), Strange::Drift, 3, "a/e".to_owned())]);
        // A clock set back tells nothing twice.
        look(one, &drifting(&["a/e"]), evening);
        assert_eq!(take(), []);
        look(one, &drifting(&[]), datetime!(2026-12-01 12:00 UTC));
        look(one, &Ok((Answer { body: (), drift: Vec::new(), raw: Vec::new() }, Proof::NotAsked)), evening);
        assert_eq!(take(), [], "nothing strange");
        assert_eq!(notices.counts()[&(name(one), Strange::Drift)], 5);
        assert_eq!(notices.counts()[&(name(one), Strange::Unsigned)], 1);
    }
}

//! How long what went over the wire is kept, as settings.

use std::collections::BTreeMap;

use gis_gkh_delivery::archive::Retention;

use super::error::ConfigError;
use super::given::Given;
use super::patience::duration;

/// Kinds with a term of their own, and the setting of each.
const KINDS: [(&str, &str); 4] = [
    ("bills", "retention.bills"),
    ("readings", "retention.readings"),
    ("answers", "retention.answers"),
    ("appeals", "retention.appeals"),
];

/// Without any setting everything is kept for good.
pub(super) fn read(given: &Given) -> Result<Retention, ConfigError> {
    let expected = "a time like 1825d";
    let mut kinds = BTreeMap::new();
    for (kind, key) in KINDS {
        if let Some(term) = given.optional(key, expected, duration)? {
            kinds.insert(kind.to_owned(), term);
        }
    }
    Ok(Retention { kinds, otherwise: given.optional("retention.otherwise", expected, duration)? })
}

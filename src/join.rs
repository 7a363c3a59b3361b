//! Results beside what they are results of.

use std::collections::{HashMap, HashSet};

use gis_gkh_xml::Guid;

use crate::operation::Tracked;

/// Parts of a request and results, joined by `TransportGUID`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined<'a, S, R> {
    /// Each part with its result, in the order of the parts; a part with several results has a pair for each.
    pub answered: Vec<(&'a S, &'a R)>,
    /// Parts without a result. What became of them is unknown: not done, and not refused either.
    pub missing: Vec<&'a S>,
    /// Results of nothing that was sent here.
    pub foreign: Vec<&'a R>,
}

impl<S, R> Joined<'_, S, R> {
    /// Whether every part has a result and every result is one of a part.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.foreign.is_empty()
    }
}

/// Joins results with what was sent, in whatever order they came.
///
/// What was sent may be the parts of the request themselves, their GUIDs, or one's own records as `(Guid, record)`.
///
/// ```
/// use gis_gkh::contract::base::{CommonResult, common_result::Done};
/// use gis_gkh::{Guid, join};
///
/// let [first, second] = [1, 2].map(|byte| Guid::from_random([byte; 16]));
/// let sent = [(first, "account 17"), (second, "account 18")];
/// let now = time::OffsetDateTime::UNIX_EPOCH;
/// let results = [CommonResult::new(second, Done::new(now))];
///
/// let joined = join(&sent, &results);
/// assert_eq!(joined.answered, [(&sent[1], &results[0])]);
/// assert_eq!(joined.missing, [&sent[0]], "nobody knows what became of account 17");
/// ```
pub fn join<'a, S: Tracked + 'a, R: Tracked + 'a>(
    sent: impl IntoIterator<Item = &'a S>,
    results: impl IntoIterator<Item = &'a R>,
) -> Joined<'a, S, R> {
    let results: Vec<&R> = results.into_iter().collect();
    let mut of: HashMap<Guid, Vec<&R>> = HashMap::new();
    for result in &results {
        if let Some(guid) = result.transport_guid() {
            of.entry(guid).or_default().push(result);
        }
    }
    let (mut answered, mut missing, mut known) = (Vec::new(), Vec::new(), HashSet::new());
    for part in sent {
        let found = part.transport_guid().and_then(|guid| of.get_key_value(&guid));
        match found {
            Some((guid, results)) => {
                known.insert(*guid);
                answered.extend(results.iter().map(|result| (part, *result)));
            }
            None => missing.push(part),
        }
    }
    let foreign =
        results.into_iter().filter(|result| !result.transport_guid().is_some_and(|guid| known.contains(&guid)));
    Joined { answered, missing, foreign: foreign.collect() }
}

/// A part known by its identifier alone.
impl Tracked for Guid {
    fn transport_guid(&self) -> Option<Guid> {
        Some(*self)
    }
}

/// A record of one's own beside the identifier it was sent under.
impl<T> Tracked for (Guid, T) {
    fn transport_guid(&self) -> Option<Guid> {
        Some(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guid(byte: u8) -> Guid {
        Guid::from_random([byte; 16])
    }

    #[test]
    fn results_come_in_any_order() {
        let sent = [1, 2, 3].map(guid);
        let results = [(guid(3), 'c'), (guid(1), 'a'), (guid(2), 'b')];
        let joined = join(&sent, &results);
        let pairs: Vec<_> = joined.answered.iter().map(|(part, result)| (**part, result.1)).collect();
        assert_eq!(pairs, [(guid(1), 'a'), (guid(2), 'b'), (guid(3), 'c')]);
        assert!(joined.is_complete());
    }

    #[test]
    fn what_is_missing_or_foreign_is_said() {
        let sent = [guid(1), guid(2)];
        let results = [(guid(9), 'x'), (guid(2), 'b'), (guid(2), 'B')];
        let joined = join(&sent, &results);
        assert_eq!(joined.answered, [(&sent[1], &results[1]), (&sent[1], &results[2])], "both results of the second");
        assert_eq!(joined.missing, [&sent[0]]);
        assert_eq!(joined.foreign, [&results[0]]);
        assert!(!joined.is_complete());
    }

    #[test]
    fn parts_without_an_identifier_join_with_nothing() {
        struct Nameless;
        impl Tracked for Nameless {
            fn transport_guid(&self) -> Option<Guid> {
                None
            }
        }
        let joined = join(&[Nameless], &[Nameless]);
        assert_eq!((joined.answered.len(), joined.missing.len(), joined.foreign.len()), (0, 1, 1));
    }

    #[test]
    fn nothing_sent_and_nothing_answered() {
        let joined = join::<Guid, Guid>(&[], &[]);
        assert!(joined.is_complete() && joined.answered.is_empty());
    }
}

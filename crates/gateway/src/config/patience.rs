//! Patience of delivery as settings.

use std::time::Duration;

use gis_gkh_delivery::Policy;

use super::error::ConfigError;
use super::given::Given;
use crate::desk::LOOKUP_LIMIT;

/// What a duration looks like, for people.
pub(super) const DURATION: &str = "a duration such as \"500ms\", \"10s\", \"15m\", \"3h\" or \"7d\"";

/// The policy of a sandbox: the same promises as on a real stand, kept within seconds.
pub(super) fn sandbox() -> Policy {
    let list = |millis: &[u64]| millis.iter().copied().map(Duration::from_millis).collect();
    Policy {
        poll: list(&[20, 50, 100, 250]),
        max_processing: Duration::from_secs(120),
        backoff: Duration::from_millis(100),
        backoff_cap: Duration::from_secs(2),
        maintenance: Duration::from_millis(500),
        max_age: Duration::from_secs(3600),
        bytes_max_age: Duration::from_secs(600),
        send_deadline: Duration::from_secs(1),
        request_timeout: Duration::from_secs(5),
        lease: Duration::from_secs(8),
        settle: Duration::from_secs(7),
        lookup: list(&[50, 250, 1000]),
        lookup_patience: Duration::from_secs(10),
        // A sandbox has no neighbours to be polite to.
        pace: Duration::ZERO,
        ..Policy::default()
    }
}

/// Lays the settings over a policy.
pub(super) fn read(given: &Given, mut policy: Policy) -> Result<Policy, ConfigError> {
    for (key, pauses) in [("policy.poll", &mut policy.poll), ("policy.lookup", &mut policy.lookup)] {
        let list = |text: &str| text.split(',').map(|part| duration(part.trim())).collect();
        if let Some(list) = given.optional(key, &format!("a list, each {DURATION}"), list)? {
            *pauses = list;
        }
    }
    for (key, pause) in [
        ("policy.backoff", &mut policy.backoff),
        ("policy.backoff_cap", &mut policy.backoff_cap),
        ("policy.maintenance", &mut policy.maintenance),
        ("policy.max_processing", &mut policy.max_processing),
        ("policy.max_age", &mut policy.max_age),
        ("policy.bytes_max_age", &mut policy.bytes_max_age),
        ("policy.send_deadline", &mut policy.send_deadline),
        ("policy.request_timeout", &mut policy.request_timeout),
        ("policy.lease", &mut policy.lease),
        ("policy.settle", &mut policy.settle),
        ("policy.lookup_patience", &mut policy.lookup_patience),
        ("policy.pace", &mut policy.pace),
    ] {
        if let Some(given) = given.optional(key, DURATION, duration)? {
            *pause = given;
        }
    }
    if let Some(learn) = given.optional("policy.learn", DURATION, duration)? {
        policy.learn = Some(learn);
    }
    let expected = "a whole number from 1 to 100";
    if let Some(parallel) = given.optional("policy.parallel", expected, |text| text.parse().ok())? {
        if !(1..=100).contains(&parallel) {
            return Err(given.wrong("policy.parallel", expected));
        }
        policy.per_certificate = parallel;
    }
    policy.lookup_limit = policy.lookup_limit.min(LOOKUP_LIMIT);
    policy.check()?;
    Ok(policy)
}

/// A duration as settings have it: digits and one of `ms`, `s`, `m`, `h`, `d`. Nothing for anything else.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at(digits);
    let count: u64 = count.parse().ok()?;
    let seconds = match unit.trim_start() {
        "ms" => return Some(Duration::from_millis(count)),
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    count.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_unit() {
        for (text, millis) in
            [("500ms", 500), ("10s", 10_000), ("15m", 900_000), ("3 h", 10_800_000), ("1d", 86_400_000)]
        {
            assert_eq!(duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "10", "s", "-1s", "1.5s", "10 sec", "99999999999999999999s", "18446744073709551615d"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn the_sandbox_keeps_the_same_promises() {
        assert_eq!(sandbox().check(), Ok(()));
        assert!(sandbox().settle < Duration::from_secs(10));
    }
}

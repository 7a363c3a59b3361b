//! What the tests of this crate share.

use gis_gkh_delivery::{Failure, Fixer, Level, Policy, RetryClass};
use std::time::Duration;

/// A failure of this code and class.
pub(crate) fn failure(code: &str, class: RetryClass) -> Failure {
    let (level, fixer) = (Level::Request, Fixer::System);
    Failure { code: Some(code.into()), text: "test".into(), class, level, fixer, cause: None }
}

/// Small numbers, same proportions.
pub(crate) fn policy() -> Policy {
    let ms = Duration::from_millis;
    Policy {
        poll: [10, 60, 300].map(ms).to_vec(),
        max_processing: ms(50_000),
        backoff: ms(60),
        backoff_cap: ms(1_800),
        maintenance: ms(900),
        max_age: ms(1_000_000),
        bytes_max_age: ms(600),
        send_deadline: ms(60),
        request_timeout: ms(180),
        lease: ms(600),
        settle: ms(10_800),
        absences: 3,
        lookup: [10, 60, 300, 900, 1_800].map(ms).to_vec(),
        lookup_patience: ms(1_200),
        lookup_limit: 3,
        learn: None,
        bulk_from: 3,
        per_certificate: 3,
        pace: Duration::ZERO,
        budget: 10,
    }
}

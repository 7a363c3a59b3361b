//! Cadence, patience and limits: plain data of the stand.

use crate::ids::Timestamp;
use std::time::Duration;

/// How patient delivery is. Plain data; the default is the cadence the operator of the system asks for
/// (`protocol` §4.4), a sandbox uses milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Wait before each poll after the ack; the last value repeats.
    pub poll: Vec<Duration>,
    /// A request acknowledged and not finished for this long is given up waiting for, and looked up instead.
    pub max_processing: Duration,
    /// First pause after a failure; doubles with each failure in a row.
    pub backoff: Duration,
    /// Longest pause after a failure.
    pub backoff_cap: Duration,
    /// Pause while the system announces maintenance.
    pub maintenance: Duration,
    /// Nothing is retried for longer than this; then the message is parked for a person.
    pub max_age: Duration,
    /// Signed bytes older than this are built anew before they are sent.
    pub bytes_max_age: Duration,
    /// After the intent is on disk the bytes must begin to leave within this time or not at all.
    pub send_deadline: Duration,
    /// One exchange with the system ends within this time, one way or the other.
    pub request_timeout: Duration,
    /// A claim not renewed for this long may be taken over.
    pub lease: Duration,
    /// Absence proves something only this long after the last moment the bytes may have left.
    pub settle: Duration,
    /// So many rounds of lookups begun after the settle time must all leave an object out before it is absent: one answer
    /// may leave out what is there. Those after the first follow each other as the first pauses of
    /// [`lookup`](Self::lookup) do.
    pub absences: u32,
    /// Wait before each round of lookups; the last value repeats. One round always starts when the settle time ends.
    pub lookup: Vec<Duration>,
    /// A lookup acknowledged and not finished for this long is asked anew.
    pub lookup_patience: Duration,
    /// Objects per lookup request.
    pub lookup_limit: usize,
    /// Learn how long each operation takes and poll by that, never sooner than this after the last question; `None` keeps to
    /// [`poll`](Self::poll).
    pub learn: Option<Duration>,
    /// From so many waiting messages of a queue on their state is asked in one question, where the operation allows it.
    pub bulk_from: usize,
    /// Messages in work at a time under one certificate.
    pub per_certificate: usize,
    /// From the beginning of one sending under a certificate to the beginning of the next.
    pub pace: Duration,
    /// So many failures of the connection or of the system, successes set off against them at half, hold the traffic of an
    /// organisation back for a while: [`backoff`](Self::backoff), doubling up to [`backoff_cap`](Self::backoff_cap).
    pub budget: u32,
}

impl Default for Policy {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        let cadence = || [10, 60, 300, 900, 1800].map(seconds).to_vec();
        Self {
            poll: cadence(),
            max_processing: seconds(24 * 3600),
            backoff: seconds(60),
            backoff_cap: seconds(1800),
            maintenance: seconds(900),
            max_age: seconds(7 * 24 * 3600),
            bytes_max_age: seconds(600),
            send_deadline: seconds(60),
            request_timeout: seconds(180),
            lease: seconds(600),
            settle: seconds(3 * 3600),
            absences: 3,
            lookup: cadence(),
            lookup_patience: seconds(1200),
            lookup_limit: 300,
            learn: None,
            bulk_from: 3,
            per_certificate: 3,
            pace: seconds(1),
            budget: 10,
        }
    }
}

/// A policy that could not keep the promises.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// Bytes might still be leaving when absence begins to count.
    #[error(
        "settle time {settle:?} must exceed send deadline plus request timeout, {floor:?}: \
         raise the settle time or lower the timeouts"
    )]
    SettleTooShort {
        /// The settle time given.
        settle: Duration,
        /// What it must exceed.
        floor: Duration,
    },
    /// A message could be taken over while its bytes may still leave.
    #[error(
        "lease {lease:?} must exceed send deadline plus request timeout, {floor:?}: \
         raise the lease or lower the timeouts"
    )]
    LeaseTooShort {
        /// The lease given.
        lease: Duration,
        /// What it must exceed.
        floor: Duration,
    },
    /// A message would be parked before its outcome can be known.
    #[error("max age {max_age:?} must exceed the settle time {settle:?}: raise it")]
    AgeTooShort {
        /// The age given.
        max_age: Duration,
        /// The settle time.
        settle: Duration,
    },
    /// A list of pauses is empty, or a limit is zero.
    #[error("`{field}` must not be empty or zero")]
    Empty {
        /// Which one.
        field: &'static str,
    },
}

impl Policy {
    /// Checks that the numbers can keep the promises.
    ///
    /// # Errors
    /// Names the first number that cannot, and what it must exceed.
    pub fn check(&self) -> Result<(), PolicyError> {
        let floor = self.send_deadline + self.request_timeout;
        if self.settle <= floor {
            return Err(PolicyError::SettleTooShort { settle: self.settle, floor });
        }
        if self.lease <= floor {
            return Err(PolicyError::LeaseTooShort { lease: self.lease, floor });
        }
        if self.max_age <= self.settle {
            return Err(PolicyError::AgeTooShort { max_age: self.max_age, settle: self.settle });
        }
        for (field, empty) in [
            ("poll", self.poll.iter().all(Duration::is_zero)),
            ("lookup", self.lookup.iter().all(Duration::is_zero)),
            ("backoff", self.backoff.is_zero()),
            ("backoff_cap", self.backoff_cap.is_zero()),
            ("maintenance", self.maintenance.is_zero()),
            ("absences", self.absences == 0),
            ("lookup_limit", self.lookup_limit == 0),
            ("per_certificate", self.per_certificate == 0),
            ("budget", self.budget == 0),
        ] {
            if empty {
                return Err(PolicyError::Empty { field });
            }
        }
        Ok(())
    }

    pub(crate) fn poll_pause(&self, polls: u32) -> Duration {
        pause(&self.poll, polls)
    }

    pub(crate) fn lookup_pause(&self, round: u32) -> Duration {
        pause(&self.lookup, round)
    }
}

fn pause(list: &[Duration], index: u32) -> Duration {
    let index = usize::try_from(index).unwrap_or(usize::MAX).min(list.len().saturating_sub(1));
    list.get(index).copied().unwrap_or(Duration::ZERO)
}

/// When to try again after `attempt` failures in a row (1 is the first): doubling pauses up to the cap, of which the
/// second half is random. Pure: the same `seed` and `attempt` give the same moment, different seeds spread out.
#[must_use]
pub fn next_due(policy: &Policy, attempt: u32, now: Timestamp, seed: u64) -> Timestamp {
    let doubled = policy.backoff.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
    let whole = u64::try_from(doubled.min(policy.backoff_cap).as_millis()).unwrap_or(u64::MAX);
    let half = whole / 2;
    let random = mix(seed ^ mix(u64::from(attempt))) % (whole - half + 1);
    now.after(Duration::from_millis(half + random))
}

/// SplitMix64's finaliser: spreads neighbouring seeds over the whole range.
fn mix(mut x: u64) -> u64 {
    x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

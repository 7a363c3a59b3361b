//! Moments and days as people and files write them: UTC.

use crate::ids::Timestamp;

const DAY: i64 = 86_400_000;

/// The day a moment lies in, since 1970-01-01.
pub(super) fn day(at: Timestamp) -> i64 {
    at.0.div_euclid(DAY)
}

/// A day as `2026-11-22`.
pub(super) fn date(day: i64) -> String {
    // Days to a civil date in the proleptic Gregorian calendar, years beginning in March so that the leap day is the last of
    // its year; 719 468 days lie between 0000-03-01 and 1970-01-01, 146 097 make four hundred years.
    let days = day.saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let in_era = days.rem_euclid(146_097);
    let year = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year + year / 4 - year / 100);
    let march = (5 * in_year + 2) / 153;
    let of_month = in_year - (153 * march + 2) / 5 + 1;
    let (month, next) = if march < 10 { (march + 3, 0) } else { (march - 9, 1) };
    format!("{:04}-{month:02}-{of_month:02}", era * 400 + year + next)
}

/// A moment by RFC 3339, with milliseconds: `2026-11-22T06:38:11.000Z`.
pub(super) fn rfc3339(at: Timestamp) -> String {
    let in_day = at.0.rem_euclid(DAY);
    let (seconds, millis) = (in_day / 1_000, in_day % 1_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z", date(day(at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_people_write_them() {
        assert_eq!(rfc3339(Timestamp(0)), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(Timestamp(1_709_210_096_789)), "2024-02-29T12:34:56.789Z");
        assert_eq!(rfc3339(Timestamp(-1)), "1969-12-31T23:59:59.999Z");
        assert_eq!(date(20_779), "2026-11-22");
        assert_eq!(date(11_016), "2000-02-29");
    }
}

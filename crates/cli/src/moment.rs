//! Moments and durations as people read and write them.

use std::time::Duration;

use gis_gkh_delivery::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::exit::Exit;
use crate::failure::Failure;

/// RFC 3339, UTC.
pub(crate) fn written(at: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.0) * 1_000_000)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_else(|| at.0.to_string())
}

/// `30m`, `2h`, `7d`.
pub(crate) fn duration(text: &str) -> Result<Duration, Failure> {
    gis_gkh_gateway::config::duration(text)
        .ok_or_else(|| Failure::new(Exit::BadData, format!("`{text}` is no duration; write it as 30s, 15m, 2h or 7d")))
}

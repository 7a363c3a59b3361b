//! The recurring exports of a child.

use std::time::Duration;

use gis_gkh_delivery::{Pull, Timestamp};
use gis_gkh_gateway::desk::pulls::{Meters, Topic};
use gis_gkh_gateway::sample::org_ppa_guid;

use crate::plan::STAND;

/// From the beginning of one run to that of the next.
const INTERVAL: Duration = Duration::from_millis(900);
/// How far each window reaches back, which is how long things in the portal go on changing.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Appeals of the last days, and the readings of these meters, in blocks.
pub(crate) fn pulls(meters: &[String], now: Timestamp) -> Vec<Pull> {
    let meters = Meters { meters: meters.iter().filter_map(|guid| guid.parse().ok()).collect(), ..Meters::default() };
    let pull = |topic: Topic, parameters: String, overlap: Duration| Pull {
        organisation: org_ppa_guid().to_string(),
        stand: STAND.to_owned(),
        name: topic.name().to_owned(),
        topic: topic.name().to_owned(),
        operation: topic.operation().to_owned(),
        parameters,
        interval: INTERVAL,
        overlap,
        from: now,
    };
    vec![pull(Topic::Appeals, Meters::default().write(), 5 * DAY), pull(Topic::Readings, meters.write(), 30 * DAY)]
}

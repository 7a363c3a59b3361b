//! A person's decision.

use gis_gkh_delivery::{Decision, Verb};

/// Of somebody who knows what it may lead to.
pub(crate) fn decision(verb: Verb) -> Decision {
    Decision { verb, by: "operator".into(), reason: "looked into the portal".into(), risk: true }
}

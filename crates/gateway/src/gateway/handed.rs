//! What is handed over in one piece.

use gis_gkh_delivery::NewBatch;

use super::intake::{self, BillOptions, Faults};
use super::{Gateway, GatewayError, sheets};
use crate::records::{Answer, Reading, Source, Sources};

/// A batch as it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    /// A month of payment documents.
    Bills(Sources),
    /// Readings of meters: `readings.csv`, or a document `readings/1`.
    Readings(Source),
    /// Answers to appeals: `answers.csv`, or a document `answers/1`.
    Answers(Source),
}

impl Handed {
    /// Its faults, and itself as the store takes it if it may be taken.
    pub(super) fn read(
        &self,
        gateway: &Gateway,
        options: &BillOptions,
    ) -> Result<(Faults, Option<NewBatch>), GatewayError> {
        match self {
            Self::Bills(sources) => intake::read(gateway, sources, options),
            Self::Readings(source) => sheets::read::<Reading>(gateway, source, options),
            Self::Answers(source) => sheets::read::<Answer>(gateway, source, options),
        }
    }
}

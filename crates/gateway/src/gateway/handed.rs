//! What is handed over in one piece.

use gis_gkh_delivery::NewBatch;

use super::intake::{self, BillOptions, Faults};
use super::{Gateway, GatewayError, sheets};
use crate::records::{Answer, Attachments, Reading, Source, Sources};

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
    /// The files its rows may name, none of them read yet.
    pub(super) fn attachments(&self) -> Attachments {
        let named = match self {
            Self::Readings(source) | Self::Answers(source) => source.name.as_str(),
            Self::Bills(_) => "",
        };
        Attachments::beside(named)
    }

    /// Its faults, and itself as the store takes it if it may be taken.
    pub(super) fn read(
        &self,
        gateway: &Gateway,
        files: &mut Attachments,
        options: &BillOptions,
    ) -> Result<(Faults, Option<NewBatch>), GatewayError> {
        match self {
            Self::Bills(sources) => intake::read(gateway, sources, options),
            Self::Readings(source) => sheets::read::<Reading>(gateway, source, files, options),
            Self::Answers(source) => sheets::read::<Answer>(gateway, source, files, options),
        }
    }
}

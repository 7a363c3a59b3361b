//! The desk's one import: readings are placed, and looked up in the histories of their meters.

use gis_gkh::Guid;
use gis_gkh::contract::base::CommonResult;
use gis_gkh::contract::device_metering::get_state_result::Outcome;
use gis_gkh::contract::device_metering::{
    ExportMeteringDeviceHistoryRequest, GetStateResult, ImportMeteringDeviceValuesRequest,
};
use gis_gkh_delivery::{Failure, GisIds, ObjectId};

use super::{document, lookup};
use crate::desk::operation::{Doubtful, Import, Placed, Second};
use crate::records::Reading;

/// `device-metering.importMeteringDeviceValues`.
pub(crate) struct Readings;

impl Import for Readings {
    type Object = Reading;
    type Request = ImportMeteringDeviceValuesRequest;
    type Lookup = ExportMeteringDeviceHistoryRequest;

    /// Meter, day and kind are unique in the system (`protocol` §4.7).
    fn second(_: &Reading) -> Second {
        Second::Refused
    }

    fn request(_: Guid, placed: &[Placed<'_, Reading>]) -> Result<ImportMeteringDeviceValuesRequest, Failure> {
        Ok(document::request(placed.iter().map(|one| (one.object, one.transport))))
    }

    fn results(state: &GetStateResult) -> Option<&[CommonResult]> {
        match &state.outcome {
            Some(Outcome::ImportResult(results)) => Some(results),
            _ => None,
        }
    }

    fn lookup(asked: &[Doubtful<'_, Reading>]) -> Result<ExportMeteringDeviceHistoryRequest, Failure> {
        Ok(lookup::request(asked.iter().map(|one| one.object)))
    }

    fn found(
        asked: &[Doubtful<'_, Reading>],
        state: &GetStateResult,
    ) -> Result<Option<Vec<(ObjectId, GisIds)>>, Failure> {
        let Some(Outcome::HistoryBlock(block)) = &state.outcome else { return Ok(None) };
        let asked: Vec<(ObjectId, &Reading)> = asked.iter().map(|one| (one.id, one.object)).collect();
        lookup::found(&asked, block).map(Some)
    }
}

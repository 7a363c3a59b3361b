//! The desk's one import: payment documents are placed, and looked up by account and period.

use gis_gkh::Guid;
use gis_gkh::contract::base::CommonResult;
use gis_gkh::contract::base::common_result::Done;
use gis_gkh::contract::bills::get_state_result::Outcome;
use gis_gkh::contract::bills::{ExportPaymentDocumentRequest, GetStateResult, ImportPaymentDocumentRequest};
use gis_gkh_delivery::{Failure, GisIds, ObjectId};

use super::lookup;
use crate::desk::operation::{Doubtful, Import, Placed, Second};
use crate::desk::words::PAYMENT_DOCUMENT_ID;
use crate::records::Bill;

/// `bills.importPaymentDocumentData`.
pub(crate) struct Bills;

impl Import for Bills {
    type Object = Bill;
    type Request = ImportPaymentDocumentRequest;
    type Lookup = ExportPaymentDocumentRequest;

    /// Account, period and number are unique in the system.
    fn second(_: &Bill) -> Second {
        Second::Refused
    }

    fn request(message: Guid, placed: &[Placed<'_, Bill>]) -> Result<ImportPaymentDocumentRequest, Failure> {
        let placed: Vec<super::Placed<'_>> =
            placed.iter().map(|one| super::Placed { bill: one.object, transport: one.transport }).collect();
        Ok(super::request(message, &placed))
    }

    fn results(state: &GetStateResult) -> Option<&[CommonResult]> {
        match &state.outcome {
            Some(Outcome::ImportResult(results)) => Some(results),
            _ => None,
        }
    }

    fn ids(done: &Done) -> GisIds {
        done.unique_number.clone().map(|number| (PAYMENT_DOCUMENT_ID.to_owned(), number)).into_iter().collect()
    }

    fn lookup(asked: &[Doubtful<'_, Bill>]) -> Result<ExportPaymentDocumentRequest, Failure> {
        Ok(lookup::request(asked.iter().map(|one| one.object)))
    }

    fn found(asked: &[Doubtful<'_, Bill>], state: &GetStateResult) -> Result<Option<Vec<(ObjectId, GisIds)>>, Failure> {
        let Some(Outcome::PaymentDocuments(results)) = &state.outcome else { return Ok(None) };
        let bills: Vec<(ObjectId, &Bill)> = asked.iter().map(|one| (one.id, one.object)).collect();
        lookup::found(&bills, results).map(Some)
    }
}

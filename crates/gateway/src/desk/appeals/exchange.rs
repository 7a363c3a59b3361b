//! The desk's one import: steps of answers are taken, and looked up in the histories of their appeals.

use gis_gkh::Guid;
use gis_gkh::contract::appeals::get_state_result::Outcome;
use gis_gkh::contract::appeals::{ExportAppealRequest, GetStateResult, ImportAnswerRequest};
use gis_gkh::contract::base::CommonResult;
use gis_gkh_delivery::{Failure, GisIds, ObjectId};

use super::{Step, StepKind, document, lookup};
use crate::desk::operation::{Doubtful, Import, Placed, Second};

/// `appeals.importAnswer`.
pub(crate) struct Answers;

impl Import for Answers {
    type Object = Step;
    type Request = ImportAnswerRequest;
    type Lookup = ExportAppealRequest;

    fn second(step: &Step) -> Second {
        match step.step {
            // The system would keep two drafts.
            StepKind::Draft => Second::Taken,
            // What is sent is sent: the draft is named by its id.
            StepKind::Send => Second::Refused,
        }
    }

    fn request(message: Guid, placed: &[Placed<'_, Step>]) -> Result<ImportAnswerRequest, Failure> {
        document::request(message, placed)
    }

    fn results(state: &GetStateResult) -> Option<&[CommonResult]> {
        match &state.outcome {
            Some(Outcome::ImportResult(results)) => Some(results),
            _ => None,
        }
    }

    fn lookup(asked: &[Doubtful<'_, Step>]) -> Result<ExportAppealRequest, Failure> {
        lookup::request(asked)
    }

    fn found(asked: &[Doubtful<'_, Step>], state: &GetStateResult) -> Result<Option<Vec<(ObjectId, GisIds)>>, Failure> {
        let Some(Outcome::Appeals(appeals)) = &state.outcome else { return Ok(None) };
        Ok(Some(lookup::found(asked, appeals)))
    }
}

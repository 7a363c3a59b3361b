//! Results of imports of house-management: an answer there may hold several, each refused as a whole or told object by
//! object.

use crate::contract::house_management::{ImportOutcome, ObjectOutcome, import_outcome::Outcome};
use crate::error::SystemError;

impl ImportOutcome {
    /// What became of the objects, one by one.
    ///
    /// # Errors
    /// The import was refused as a whole: nothing of it was applied.
    pub fn objects(&self) -> Result<&[ObjectOutcome], SystemError> {
        match &self.outcome {
            Outcome::Objects(objects) => Ok(objects),
            Outcome::Refused(error) => Err(SystemError::request(error)),
        }
    }

    /// What became of the objects of all the imports an answer tells of.
    ///
    /// # Errors
    /// One of them was refused as a whole.
    pub fn all_objects(outcomes: &[Self]) -> Result<Vec<&ObjectOutcome>, SystemError> {
        let mut all = Vec::new();
        for outcome in outcomes {
            all.extend(outcome.objects()?);
        }
        Ok(all)
    }
}

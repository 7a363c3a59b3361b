//! Is the plan of a batch whole?

use crate::batch::{NewBatch, Plan};
use crate::store::StoreError;
use std::collections::{HashMap, HashSet};

/// Which message carries which row; every row to be sent stands in exactly one.
pub(super) fn check(batch: &NewBatch) -> Result<HashMap<u32, usize>, StoreError> {
    let mut carrier = HashMap::with_capacity(batch.objects.len());
    for (index, message) in batch.messages.iter().enumerate() {
        for row in &message.rows {
            if carrier.insert(*row, index).is_some() {
                return Err(StoreError::Plan { row: *row, found: 2 });
            }
        }
    }
    let mut seen = HashSet::with_capacity(batch.objects.len());
    for object in &batch.objects {
        if !seen.insert(object.row) {
            return Err(StoreError::RowRepeated { row: object.row });
        }
        let (wanted, found) = (usize::from(object.plan == Plan::Send), usize::from(carrier.contains_key(&object.row)));
        if wanted != found {
            return Err(StoreError::Plan { row: object.row, found });
        }
    }
    let named = carrier.keys().copied().chain(batch.objects.iter().filter_map(|object| object.follows));
    match named.into_iter().find(|row| !seen.contains(row)) {
        Some(row) => Err(StoreError::Plan { row, found: 0 }),
        None => Ok(carrier),
    }
}

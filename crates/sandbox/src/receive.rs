//! What happens in the portal while the sandbox runs, as tests make it happen.

use bytes::Bytes;
use gis_gkh::Guid;
use gis_gkh::files::{Context, FileName};

use crate::appeals::IncomingAppeal;
use crate::meters::Reading;
use crate::sandbox::Sandbox;

/// Why something cannot have happened in the portal. Names things by identifiers and numbers alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiveError {
    /// No such meter.
    #[error("the sandbox has no meter {0}; name one of its seed")]
    Meter(Guid),
    /// The reading is of another meter.
    #[error("meter {0} cannot show this: give a value for each of its tariffs, and a resource it measures")]
    Reading(Guid),
    /// There is a reading of that day.
    #[error("meter {0} has a reading of that day and resource; choose another day")]
    Occupied(Guid),
    /// No such organisation.
    #[error("the sandbox has no organisation {0}; name one of its seed")]
    Organisation(Guid),
    /// An appeal of this number is there.
    #[error("the sandbox has an appeal number {0}; choose another number")]
    Repeated(String),
    /// The contract cannot carry the appeal.
    #[error("appeal number {number} does not follow the contract: {why}")]
    Appeal {
        /// Its number.
        number: String,
        /// Where it is wrong.
        why: String,
    },
}

impl Sandbox {
    /// An appeal reaches its organisation: exports give it out from now on, under the GUID returned.
    ///
    /// # Errors
    /// See [`ReceiveError`].
    pub fn receive_appeal(&self, appeal: IncomingAppeal) -> Result<Guid, ReceiveError> {
        self.change(|stores, _, now| {
            let kept = appeal.clone();
            let guid = stores.appeals.receive(appeal)?;
            stores.files.hold(&kept, stores.appeals.first(), now);
            Ok(guid)
        })
    }

    /// Somebody enters a month's reading of a meter in the portal: exports give it out from now on, and imports find the
    /// day taken. [`readings`](Self::readings) does not count it.
    ///
    /// # Errors
    /// See [`ReceiveError`].
    pub fn receive_reading(&self, meter: Guid, reading: Reading) -> Result<(), ReceiveError> {
        self.change(|stores, _, now| stores.meters.receive(meter, reading, now))
    }

    /// Somebody of an organisation puts a file into the file store; nothing refers to it yet.
    ///
    /// # Errors
    /// See [`ReceiveError`].
    pub fn receive_file(
        &self,
        organisation: Guid,
        context: Context,
        name: &FileName,
        bytes: impl Into<Bytes>,
    ) -> Result<Guid, ReceiveError> {
        let bytes = bytes.into();
        self.change(|stores, guids, now| {
            if !stores.files.knows(organisation) {
                return Err(ReceiveError::Organisation(organisation));
            }
            let id = guids.next();
            stores.files.place((id, organisation), context, name, &bytes, now);
            Ok(id)
        })
    }
}

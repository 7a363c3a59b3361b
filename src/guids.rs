//! Fresh identifiers.

use std::sync::Arc;

use gis_gkh_sign::gost::{Entropy, EntropyError};
use gis_gkh_xml::Guid;

/// Makes random GUIDs: of messages, and of the parts of a request (`TransportGUID`).
#[derive(Clone)]
pub struct Guids(Arc<dyn Entropy>);

impl Guids {
    /// GUIDs from a source of randomness.
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self(entropy)
    }

    /// A GUID that nobody has had before.
    ///
    /// # Errors
    /// The source cannot be read.
    pub fn fresh(&self) -> Result<Guid, EntropyError> {
        let mut bytes = [0; 16];
        self.0.fill(&mut bytes)?;
        Ok(Guid::from_random(bytes))
    }
}

impl std::fmt::Debug for Guids {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guids")
    }
}

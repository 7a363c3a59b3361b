//! Copies and space given back.

use std::fs;

use gis_gkh_delivery::StoreError;

use super::super::facts;
use super::super::home::{self, PowerError};
use super::Work;

impl Work<'_> {
    pub(super) async fn maintain(&mut self) -> Result<(), StoreError> {
        self.home()?.store.maintain().await.map(drop)
    }

    /// Copies the store; the copy, put into another place, holds what the store holds.
    pub(super) async fn backup(&mut self) -> Result<(), PowerError> {
        let failed = |source| PowerError::Store { doing: "backup", source };
        let home = self.home().map_err(failed)?;
        let place = self.home.with_file_name("copy");
        home::make(&place)?;
        home.store.backup(&home::database(&place)).await.map_err(failed)?;
        let ring = "keys/ring/keyring.json";
        fs::copy(self.home.join(ring), place.join(ring))?;
        let wanted = facts::of(&home.store).await.map_err(failed)?;
        let copy = home::open(&place, self.seed)?;
        let found = facts::of(&copy.store).await.map_err(failed)?;
        drop(copy);
        fs::remove_dir_all(&place)?;
        match facts::differences(&wanted, &found).first() {
            None => Ok(()),
            Some(what) => Err(PowerError::Broken { verb: "backup", what: (*what).to_owned() }),
        }
    }
}

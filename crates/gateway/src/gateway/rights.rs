//! What this information system may do for its organisation, asked of the stand.

use std::sync::Arc;

use super::{Gateway, GatewayError, Wall};
use crate::ids::{Ids, IdsError};
use crate::rights::{Asked, Patience, Question, Registered, Rights, RightsError, ask};

/// Why the stand could not be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// The way to the stand could not be prepared.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The stand did not answer as hoped.
    #[error(transparent)]
    Rights(#[from] RightsError),
    /// What was found cannot be kept.
    #[error(transparent)]
    Ids(#[from] IdsError),
}

impl Gateway {
    /// Asks the stand what this information system may do for the organisation of the settings. Changes nothing, needs no
    /// store, and ends within [`Patience::of`] the policy. What the answers mean is said by
    /// [`rights::judge`](crate::rights::judge) with [`asked`](Self::asked).
    ///
    /// # Errors
    /// The settings of the way; no answer, or one that is none.
    pub async fn rights(&self) -> Result<Rights, AskError> {
        let client = self.desks()?.client();
        let wall = Wall::new(Arc::clone(&self.clock));
        let certificate_ogrn = self.identity.signer.certificate().ogrn();
        let question = Question { ogrn: self.config.organisation.ogrn.clone(), certificate_ogrn };
        Ok(ask(&client, &wall, &Patience::of(&self.config.policy), &question).await?)
    }

    /// Asks the stand who has the ОГРН of the settings and takes part in the system. If it is one, its orgPPAGUID is kept for
    /// this stand, and settings without one have it from then on; a division has the ОГРН of its organisation, so there may be
    /// several, and none is kept.
    ///
    /// # Errors
    /// As [`rights`](Self::rights); what was found cannot be kept.
    pub async fn find(&self) -> Result<Vec<Registered>, AskError> {
        let ogrn = &self.config.organisation.ogrn;
        let rights = self.rights().await?;
        let ours = |one: &Registered| one.ogrn == *ogrn && one.actual && one.registered && one.org_ppa_guid.is_some();
        let found: Vec<Registered> = rights.organisations.into_iter().filter(ours).collect();
        if let [Registered { org_ppa_guid: Some(guid), .. }] = &found[..] {
            let mut ids = Ids::load(&self.config.data_dir, &self.config.stand.name)?;
            ids.put(ogrn, *guid, self.clock.now());
            ids.save()?;
        }
        Ok(found)
    }

    /// What the settings want to do, for [`rights::judge`](crate::rights::judge).
    #[must_use]
    pub fn asked(&self) -> Asked {
        Asked::of(&self.config)
    }
}

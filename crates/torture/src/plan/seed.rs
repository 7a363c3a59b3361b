//! What the sandbox knows: the sample's accounts, and the meters and appeals the plan needs.

use std::collections::HashSet;

use gis_gkh_gateway::records::Resource;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// What the plan needs to know of the sample's accounts.
pub(super) struct Known {
    /// GUIDs of accounts that are open.
    pub(super) open: Vec<String>,
    /// GUIDs of accounts that are closed.
    pub(super) closed: HashSet<String>,
    /// Cold water in НСИ 2.
    pub(super) water: Option<Resource>,
}

impl Known {
    pub(super) fn read(sandbox: &str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Seed {
            accounts: Vec<Account>,
            nsi: Vec<Item>,
        }
        #[derive(Deserialize)]
        struct Account {
            guid: String,
            closed: bool,
        }
        #[derive(Deserialize)]
        struct Item {
            registry: u16,
            code: String,
            guid: Uuid,
            name: String,
        }
        let seed: Seed = serde_json::from_str(sandbox)?;
        let (closed, open): (Vec<Account>, Vec<Account>) =
            seed.accounts.into_iter().partition(|account| account.closed);
        let water = seed.nsi.into_iter().find(|item| item.registry == 2 && item.name.contains("вода"));
        Ok(Self {
            open: open.into_iter().map(|account| account.guid).collect(),
            closed: closed.into_iter().map(|account| account.guid).collect(),
            water: water.map(|Item { code, guid, .. }| Resource { code, guid }),
        })
    }
}

/// A meter as the sandbox's seed has it.
#[derive(Serialize)]
pub(super) struct SeedMeter {
    pub(super) guid: String,
    pub(super) account: String,
    pub(super) sort: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) resources: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) archived: Option<String>,
}

/// An appeal as the sandbox's seed has it.
#[derive(Serialize)]
pub(super) struct SeedAppeal {
    pub(super) number: String,
    pub(super) created: String,
    pub(super) state: &'static str,
    pub(super) topic: &'static str,
    pub(super) text: String,
    pub(super) applicant: SeedApplicant,
}

/// A person who does not exist.
#[derive(Serialize)]
pub(super) struct SeedApplicant {
    pub(super) surname: &'static str,
    pub(super) first_name: &'static str,
}

/// The sandbox's seed with these as well.
pub(super) fn with(sandbox: &str, meters: &[SeedMeter], appeals: &[SeedAppeal]) -> Result<String, serde_json::Error> {
    let mut seed: Value = serde_json::from_str(sandbox)?;
    if let Value::Object(fields) = &mut seed {
        fields.insert("meters".to_owned(), serde_json::to_value(meters)?);
        fields.insert("appeals".to_owned(), serde_json::to_value(appeals)?);
    }
    serde_json::to_string(&seed)
}

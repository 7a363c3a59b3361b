//! What the sandbox knows at its beginning: organisations, houses, accounts, entries of НСИ, documents already placed.

use std::collections::HashSet;

use gis_gkh::{Decimal, Guid};
use serde::{Deserialize, Deserializer, de::Error as _};

/// What the sandbox knows at its beginning.
///
/// JSON of the shape `fixtures/month/sandbox.json` has:
///
/// ```json
/// {
///   "schema": "sandbox/1",
///   "organisation": {"org_ppa_guid": "…", "ogrn": "1000000000002", "name": "…"},
///   "organisations": [],
///   "houses": [{"ref": "h-001", "guid": "…"}],
///   "accounts": [{"number": "0000001", "guid": "…", "els": "00АА000001", "service_id": "00АА000001-01",
///                 "house": "…", "closed": false, "organisation": "…"}],
///   "nsi": [{"registry": 50, "code": "1", "guid": "…", "name": "…"}],
///   "documents": [{"account": "…", "year": 2026, "month": 9, "number": "…", "total": "10.00", "acknowledged": true}]
/// }
/// ```
///
/// `organisations` (others besides the first) and `documents` may be left out, and an account's `organisation`, which is
/// the first one then.
#[derive(Debug, Clone)]
pub struct Seed {
    pub(crate) organisations: Vec<Organisation>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) nsi: Vec<Entry>,
    pub(crate) documents: Vec<Placed>,
}

/// Why a seed cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SeedError {
    /// Not the JSON described at [`Seed`].
    #[error("the sandbox's seed cannot be read: {0}; see `Seed` for its shape")]
    Json(#[from] serde_json::Error),
    /// Another schema.
    #[error("the sandbox's seed is of the schema `{0}`; this version reads `sandbox/1`")]
    Schema(String),
    /// Two things of one identity.
    #[error("the sandbox's seed names the {what} {which} twice; each may stand once")]
    Repeated {
        /// What.
        what: &'static str,
        /// Its identifier.
        which: String,
    },
    /// A reference to what is not there.
    #[error("the sandbox's seed has an entry for the {what} {which}, which it does not list; add it")]
    Missing {
        /// What.
        what: &'static str,
        /// Its identifier.
        which: String,
    },
    /// An identifier of the wrong length.
    #[error(
        "the sandbox's seed gives the account {0} an els or a service_id of a wrong length; they have 10 and 13 characters"
    )]
    Account(Guid),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Organisation {
    #[serde(deserialize_with = "guid")]
    pub(crate) org_ppa_guid: Guid,
    pub(crate) ogrn: String,
    pub(crate) name: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) number: String,
    pub(crate) guid: Guid,
    pub(crate) els: String,
    pub(crate) service_id: String,
    pub(crate) house: Guid,
    pub(crate) closed: bool,
    pub(crate) organisation: Guid,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) registry: u64,
    pub(crate) code: String,
    #[serde(deserialize_with = "guid")]
    pub(crate) guid: Guid,
    pub(crate) name: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Placed {
    #[serde(deserialize_with = "guid")]
    pub(crate) account: Guid,
    pub(crate) year: i16,
    pub(crate) month: i32,
    pub(crate) number: String,
    #[serde(deserialize_with = "decimal")]
    pub(crate) total: Decimal,
    #[serde(default)]
    pub(crate) acknowledged: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    organisation: Organisation,
    #[serde(default)]
    organisations: Vec<Organisation>,
    houses: Vec<House>,
    accounts: Vec<AccountRow>,
    nsi: Vec<Entry>,
    #[serde(default)]
    documents: Vec<Placed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct House {
    #[serde(rename = "ref")]
    _reference: String,
    #[serde(deserialize_with = "guid")]
    guid: Guid,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountRow {
    number: String,
    #[serde(deserialize_with = "guid")]
    guid: Guid,
    els: String,
    service_id: String,
    #[serde(deserialize_with = "guid")]
    house: Guid,
    #[serde(default)]
    closed: bool,
    #[serde(default, deserialize_with = "some_guid")]
    organisation: Option<Guid>,
}

fn guid<'de, D: Deserializer<'de>>(from: D) -> Result<Guid, D::Error> {
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

fn some_guid<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Guid>, D::Error> {
    guid(from).map(Some)
}

fn decimal<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

impl Seed {
    /// Reads a seed.
    ///
    /// # Errors
    /// See [`SeedError`].
    pub fn from_json(text: &str) -> Result<Self, SeedError> {
        let File { schema, organisation, organisations, houses, accounts, nsi, documents } =
            serde_json::from_str(text)?;
        if schema != "sandbox/1" {
            return Err(SeedError::Schema(schema));
        }
        let first = organisation.org_ppa_guid;
        let organisations: Vec<Organisation> = std::iter::once(organisation).chain(organisations).collect();
        let ours = distinct("organisation", organisations.iter().map(|row| row.org_ppa_guid))?;
        let houses = distinct("house", houses.iter().map(|row| row.guid))?;
        let known = distinct("account", accounts.iter().map(|row| row.guid))?;
        distinct("entry of НСИ", nsi.iter().map(|row| row.guid))?;
        let mut all = Vec::with_capacity(accounts.len());
        for AccountRow { number, guid, els, service_id, house, closed, organisation } in accounts {
            let organisation = organisation.unwrap_or(first);
            listed("house", house, &houses)?;
            listed("organisation", organisation, &ours)?;
            if els.chars().count() != 10 || service_id.chars().count() != 13 {
                return Err(SeedError::Account(guid));
            }
            all.push(Account { number, guid, els, service_id, house, closed, organisation });
        }
        for document in &documents {
            listed("account", document.account, &known)?;
        }
        Ok(Self { organisations, accounts: all, nsi, documents })
    }
}

fn distinct(what: &'static str, guids: impl Iterator<Item = Guid>) -> Result<HashSet<Guid>, SeedError> {
    let mut all = HashSet::new();
    for guid in guids {
        if !all.insert(guid) {
            return Err(SeedError::Repeated { what, which: guid.to_string() });
        }
    }
    Ok(all)
}

fn listed(what: &'static str, guid: Guid, all: &HashSet<Guid>) -> Result<(), SeedError> {
    if all.contains(&guid) { Ok(()) } else { Err(SeedError::Missing { what, which: guid.to_string() }) }
}

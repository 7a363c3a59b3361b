//! What the sandbox knows at its beginning: organisations, houses, accounts, entries of НСИ, documents already placed,
//! meters, appeals.

use std::collections::HashSet;

use gis_gkh::clock::MOSCOW;
use gis_gkh::{Decimal, Guid};
use serde::{Deserialize, Deserializer, de::Error as _};
use time::{Date, OffsetDateTime};

use crate::appeals::{Desk, IncomingAppeal, example_appeals};
use crate::meters::{Meter, example_meters, example_types};
use crate::powers::{KINDS, Power};
use crate::receive::ReceiveError;

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
///   "documents": [{"account": "…", "year": 2026, "month": 9, "number": "…", "total": "10.00", "acknowledged": true}],
///   "meters": [{"guid": "…", "account": "…", "sort": "electricity", "tariffs": 2,
///               "readings": [{"date": "2026-10-23", "values": ["4090", "1250"]}]}],
///   "appeals": [{"number": "00-2026-000001", "created": "2026-10-20", "topic": "…", "text": "…",
///                "applicant": {"surname": "…", "first_name": "…"}}]
/// }
/// ```
///
/// `organisations` (others besides the first), `documents`, `meters` ([`Meter`]) and `appeals` ([`IncomingAppeal`]) may be
/// left out, and an account's `organisation`, which is the first one then. [`with_examples`](Self::with_examples) adds
/// meters and appeals without listing them.
///
/// An organisation may say more of its rights, which is what the registry of organisations then tells and what requests are
/// let in by:
///
/// ```json
/// {"org_ppa_guid": "…", "ogrn": "1000000000002", "name": "…", "registered": true, "linked": true,
///  "powers": [{"operator": "1000000000003", "recipient": "operator", "from": "2026-01-01", "until": "2026-12-31",
///              "status": "accepted", "changed": "2026-01-01", "reason": "…", "kinds": ["1"], "actual": true}]}
/// ```
///
/// `registered` and `linked` are true by default: an organisation that is not registered has no orgPPAGUID to be found by, and
/// for one whose link is cut nobody may act. `powers` are what it has delegated to holders of certificates with the ОГРН
/// `operator`: to whom (`operator`, `billing-centre`), from when, and unless they say otherwise without an end, accepted,
/// actual and of no kinds. `status` is one of `created`, `waiting`, `accepted`, `declined`, `revoked`, `annulled`, `closed`;
/// `kinds` are codes of НСИ 291, which `nsi` must list. A power that is accepted, actual and within its days lets its holder
/// in, whatever its kinds.
#[derive(Debug, Clone)]
pub struct Seed {
    pub(crate) organisations: Vec<Organisation>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) nsi: Vec<Entry>,
    pub(crate) documents: Vec<Placed>,
    pub(crate) meters: Vec<Meter>,
    pub(crate) appeals: Vec<IncomingAppeal>,
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
    /// A meter that cannot be, or a reading it cannot show.
    #[error(
        "the sandbox's seed gives the meter {0} resources, tariffs or readings that do not fit its sort; see `Meter`"
    )]
    Meter(Guid),
    /// An appeal that cannot have been received.
    #[error("the sandbox's seed has an appeal that cannot be: {0}")]
    Appeal(#[from] ReceiveError),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Organisation {
    #[serde(deserialize_with = "guid")]
    pub(crate) org_ppa_guid: Guid,
    pub(crate) ogrn: String,
    pub(crate) name: String,
    /// Whether it takes part in the system.
    #[serde(default = "yes")]
    pub(crate) registered: bool,
    /// Whether anybody may act for it.
    #[serde(default = "yes")]
    pub(crate) linked: bool,
    #[serde(default)]
    pub(crate) powers: Vec<Power>,
}

pub(crate) fn yes() -> bool {
    true
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
    #[serde(default)]
    meters: Vec<Meter>,
    #[serde(default)]
    appeals: Vec<IncomingAppeal>,
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

pub(crate) fn guid<'de, D: Deserializer<'de>>(from: D) -> Result<Guid, D::Error> {
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

pub(crate) fn some_guid<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Guid>, D::Error> {
    guid(from).map(Some)
}

pub(crate) fn date<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    let date: gis_gkh::Date = String::deserialize(from)?.parse().map_err(D::Error::custom)?;
    Ok(date.date())
}

pub(crate) fn some_date<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
    date(from).map(Some)
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
        let File { schema, organisation, organisations, houses, accounts, nsi, documents, meters, appeals } =
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
        for code in organisations.iter().flat_map(|row| &row.powers).flat_map(|power| &power.kinds) {
            if !nsi.iter().any(|entry| entry.registry == KINDS && entry.code == *code) {
                return Err(SeedError::Missing { what: "kind of information of НСИ 291", which: code.clone() });
            }
        }
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
        distinct("meter", meters.iter().map(|row| row.guid))?;
        for meter in &meters {
            listed("account", meter.account, &known)?;
            let listed = |code: &String| nsi.iter().any(|entry| entry.registry == 2 && entry.code == *code);
            if let Some(code) = meter.resources.iter().find(|code| !listed(code)) {
                return Err(SeedError::Missing { what: "resource of НСИ 2", which: code.clone() });
            }
            if !meter.is_sound() {
                return Err(SeedError::Meter(meter.guid));
            }
        }
        let seed = Self { organisations, accounts: all, nsi, documents, meters, appeals };
        Desk::checked(&seed)?;
        Ok(seed)
    }

    /// The seed with invented meters and appeals besides its own.
    ///
    /// Every open account gets a water meter, if НСИ 2 has an entry that names water, and an electricity meter of one, two
    /// or three tariffs; every seventh account has a water meter out of use too. Most have readings of the two months
    /// before `now`. НСИ 27, the types of meters, gets an entry if it has none. The first account's organisation gets a
    /// dozen appeals, made in the 24 days before `now`: some with files, some answered, one withdrawn, one of the system's
    /// own. All are computed from the accounts and the day.
    #[must_use]
    pub fn with_examples(mut self, now: OffsetDateTime) -> Self {
        let today = now.to_offset(MOSCOW).date();
        self.nsi.extend(example_types(&self.nsi));
        let taken: HashSet<Guid> = self.meters.iter().map(|meter| meter.guid).collect();
        let meters = example_meters(&self.accounts, &self.nsi, today);
        self.meters.extend(meters.into_iter().filter(|meter| !taken.contains(&meter.guid)));
        let taken: HashSet<String> = self.appeals.iter().map(|appeal| appeal.number.clone()).collect();
        let appeals = example_appeals(&self.accounts, today);
        self.appeals.extend(appeals.into_iter().filter(|appeal| !taken.contains(&appeal.number)));
        self
    }

    /// The meters, examples included.
    #[must_use]
    pub fn meters(&self) -> &[Meter] {
        &self.meters
    }

    /// The appeals, examples included.
    #[must_use]
    pub fn appeals(&self) -> &[IncomingAppeal] {
        &self.appeals
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

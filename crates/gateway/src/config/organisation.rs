//! The organisation acted for, as settings.

use std::path::Path;

use gis_gkh::Guid;
use uuid::Uuid;

use super::error::ConfigError;
use super::given::Given;
use crate::ids::Ids;

/// The longest short name, bytes: it goes into names of folders and schemas.
const LONGEST: usize = 30;

/// The organisation acted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its short name among several: of its folder, and what is said to choose it.
    pub id: Option<String>,
    /// Its name, for people.
    pub name: Option<String>,
    /// orgPPAGUID on the stand.
    pub org_ppa_guid: Uuid,
    /// ОГРН, 13 digits, or ОГРНИП, 15.
    pub ogrn: String,
    /// What it is in ГИС ЖКХ.
    pub role: Role,
    /// Whose key signs.
    pub mode: Mode,
}

/// What an organisation is in ГИС ЖКХ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// `uo`: manages houses (УО).
    ManagingCompany,
    /// `rso`: supplies resources (РСО).
    Supplier,
    /// `tko`: handles solid municipal waste (региональный оператор ТКО).
    WasteOperator,
}

/// Whose key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// `own`: the organisation's.
    Own,
    /// `operator`: that of the operator of the information system, whom the organisation has given the right. Requests say
    /// `IsOperatorSignature` then.
    Operator,
}

/// The short name of an organisation, if it has one that can be used.
pub(super) fn id(given: &Given) -> Result<Option<String>, ConfigError> {
    let expected = "at most 30 small Latin letters, digits and `-`, beginning with a letter or digit";
    given.optional("organisation.id", expected, |text| is_id(text).then(|| text.to_owned()))
}

fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with('-')
}

/// Where an orgPPAGUID comes from that is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unset<'a> {
    /// From what was found on this stand before: the folder of the data, and the stand.
    Kept(&'a Path, &'a str),
    /// From nowhere: it is what the stand is to be asked for.
    Sought,
    /// What it would be looked for by is not known.
    Nowhere,
}

pub(super) fn read(given: &Given, unset: Unset<'_>) -> Result<Organisation, ConfigError> {
    let role = given.word(
        "organisation.role",
        &[("uo", Role::ManagingCompany), ("rso", Role::Supplier), ("tko", Role::WasteOperator)],
    )?;
    let mode = given.word("organisation.mode", &[("own", Mode::Own), ("operator", Mode::Operator)])?;
    let ogrn = given.parsed("organisation.ogrn", "13 digits (ОГРН) or 15 (ОГРНИП)", |text| {
        let digits = text.bytes().all(|b| b.is_ascii_digit()) && matches!(text.len(), 13 | 15);
        digits.then(|| text.to_owned())
    })?;
    let expected = "a GUID of 8-4-4-4-12 hexadecimal digits";
    let set =
        given.optional("organisation.org_ppa_guid", expected, |text| text.parse::<Guid>().ok().map(Guid::uuid))?;
    let org_ppa_guid = match (set, unset) {
        (Some(guid), _) => guid,
        (None, Unset::Sought) => Uuid::nil(),
        (None, Unset::Kept(data_dir, stand)) => kept(data_dir, stand, &ogrn)?,
        (None, Unset::Nowhere) => return Err(ConfigError::Missing { key: "organisation.org_ppa_guid" }),
    };
    Ok(Organisation {
        id: id(given)?,
        name: given.text("organisation.name"),
        org_ppa_guid,
        ogrn,
        role: role.unwrap_or(Role::ManagingCompany),
        mode: mode.unwrap_or(Mode::Own),
    })
}

/// What `gkh config find` found on this stand.
fn kept(data_dir: &Path, stand: &str, ogrn: &str) -> Result<Uuid, ConfigError> {
    let ids = Ids::load(data_dir, stand)?;
    ids.get(ogrn).map(|found| found.org_ppa_guid).ok_or_else(|| ConfigError::NotFound { stand: stand.to_owned() })
}

//! What a stand says of rights, as plain data.

use serde::Serialize;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// What a stand says of the rights of an information system at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rights {
    /// When it was asked.
    #[serde(with = "time::serde::rfc3339")]
    pub asked_at: OffsetDateTime,
    /// The day in which it was asked where the system's days begin; the terms of powers are days.
    pub today: Date,
    /// ОГРН of the certificate the questions were signed with; nothing where it names none.
    pub certificate_ogrn: Option<String>,
    /// Organisations with the ОГРН asked about or that of the certificate. A division has the ОГРН of the organisation it
    /// belongs to.
    pub organisations: Vec<Registered>,
    /// Organisations linked to the information system, links that were cut included.
    pub providers: Vec<Provider>,
    /// What was delegated to the information system.
    pub delegations: Vec<Delegation>,
    /// Questions the stand refused to answer for want of rights.
    pub not_answered: Vec<NotAnswered>,
}

/// An organisation as the registry of the stand has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Registered {
    /// ОГРН, or ОГРНИП.
    pub ogrn: String,
    /// КПП, which tells divisions apart.
    pub kpp: Option<String>,
    /// Its name; nothing for a sole trader, whose name is a person's.
    pub name: Option<String>,
    /// orgRootEntityGUID: the record of the registry.
    pub root: Uuid,
    /// orgVersionGUID: one edit of that record.
    pub version: Uuid,
    /// orgPPAGUID: the participant of the system. Headers of requests name this one.
    pub org_ppa_guid: Option<Uuid>,
    /// Whether it takes part in the system.
    pub registered: bool,
    /// Whether this edit of the record is the latest.
    pub actual: bool,
    /// The day it was wound up.
    pub ended: Option<Date>,
    /// What it is in the system, entries of НСИ 20.
    pub roles: Vec<Entry>,
}

/// An entry of a reference book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its code.
    pub code: String,
    /// Its wording, where the stand gives it.
    pub name: Option<String>,
}

/// An organisation linked to the information system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provider {
    /// DataProviderGUID: the link. Headers named it as SenderID before 10.0.0.
    pub data_provider_guid: Uuid,
    /// orgRootEntityGUID of the organisation.
    pub root: Uuid,
    /// Whether the link is alive.
    pub actual: bool,
}

/// All that one organisation has delegated to the information system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Delegation {
    /// orgPPAGUID of the organisation.
    pub org_ppa_guid: Uuid,
    /// Its orgRootEntityGUID.
    pub root: Uuid,
    /// Its applications.
    pub applications: Vec<Application>,
}

/// An application by which powers are delegated (заявка).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Application {
    /// AccessRequestGUID.
    pub guid: Uuid,
    /// To whom.
    pub recipient: Recipient,
    /// The first day.
    pub from: Date,
    /// The last day; nothing when there is none.
    pub until: Option<Date>,
    /// Where it stands.
    pub status: Status,
    /// Since when it stands so.
    pub changed: Option<Date>,
    /// Why it stands so, in the words of whoever made it so.
    pub reason: Option<String>,
    /// The powers.
    pub powers: Vec<Power>,
}

/// Whom powers are delegated to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Recipient {
    /// The operator of an information system.
    Operator,
    /// A billing centre (РЦ).
    BillingCentre,
    /// Somebody this version does not know.
    Other,
}

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// Written, not sent.
    Created,
    /// Waits to be accepted.
    Waiting,
    /// Accepted by the recipient.
    Accepted,
    /// Refused by the recipient.
    Declined,
    /// Withdrawn by the organisation.
    Revoked,
    /// Annulled: its ground is lost.
    Annulled,
    /// Ended.
    Closed,
    /// A state this version does not know.
    Other,
}

/// A delegated power.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Power {
    /// AccessRightGUID.
    pub guid: Uuid,
    /// Whether it is in force, as the stand sees it.
    pub actual: bool,
    /// Whether it reaches every territory; else there is a list.
    pub everywhere: bool,
    /// Whether it reaches every object; else there is a list.
    pub all_objects: bool,
    /// Kinds of information, entries of НСИ 291.
    pub kinds: Vec<Entry>,
}

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum What {
    /// Who the organisation is: `exportOrgRegistry`.
    Organisations,
    /// Whom the information system acts for: `exportDataProvider`.
    Providers,
    /// What was delegated to it: `exportDelegatedAccess`.
    Delegations,
}

/// A question the stand refused to answer for want of rights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotAnswered {
    /// Which.
    pub what: What,
    /// The code it was refused with: one of `AUT…`.
    pub code: String,
}

impl Rights {
    /// The orgPPAGUID of an organisation on the stand; nothing when it takes no part there, or when divisions make it more than
    /// one.
    #[must_use]
    pub fn org_ppa_guid(&self, ogrn: &str) -> Option<Uuid> {
        let mut all = self.organisations.iter().filter(|one| one.ogrn == ogrn).filter_map(|one| one.org_ppa_guid);
        let first = all.next()?;
        all.all(|other| other == first).then_some(first)
    }
}

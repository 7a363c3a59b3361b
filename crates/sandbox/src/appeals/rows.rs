//! Appeals as a seed and the portal give them.

use std::fmt;

use gis_gkh::Guid;
use gis_gkh::clock::MOSCOW;
use gis_gkh::contract::appeals::{
    Appeal, AppealStatus, AppealWithdrawal, Applicant, ApplicantAndContacts, Author, Person, PersonOrOrganization,
    Topic,
};
use gis_gkh::contract::base::{AttachedFile, Attachment, OktmoRef};
use gis_gkh::contract::nsi_base::NsiRef;
use serde::Deserialize;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::receive::ReceiveError;
use crate::seed::{Entry, date, guid, some_date, some_guid};

/// How far an appeal is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AppealState {
    /// Has reached its organisation.
    #[default]
    Sent,
    /// Is being dealt with.
    InWork,
    /// Done.
    Executed,
    /// Taken back by the applicant.
    Withdrawn,
}

/// An appeal (обращение) as it reaches an organisation. Holds personal data, which its `Debug` does not show.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncomingAppeal {
    /// Its number as people see it, up to 30 characters; its GUID depends on it alone.
    pub number: String,
    /// orgPPAGUID of the organisation it is for; the seed's first one if left out.
    #[serde(default, deserialize_with = "some_guid")]
    pub organisation: Option<Guid>,
    /// The day it was made.
    #[serde(deserialize_with = "date")]
    pub created: Date,
    /// The last day to answer.
    #[serde(default, deserialize_with = "some_date")]
    pub due: Option<Date>,
    /// How far it is.
    #[serde(default)]
    pub state: AppealState,
    /// Code of its topic in НСИ 220, if the topic is one of the book.
    #[serde(default)]
    pub theme: Option<String>,
    /// The topic in the applicant's words, if the book has none, up to 250 characters.
    #[serde(default)]
    pub topic: String,
    /// ФИАС GUID of the house complained about.
    #[serde(default, deserialize_with = "some_guid")]
    pub house: Option<Guid>,
    /// Number of the premises complained about.
    #[serde(default)]
    pub premises: Option<String>,
    /// Who made it; the system itself if nobody did.
    #[serde(default)]
    pub applicant: Option<AppealApplicant>,
    /// What it says, up to 10 000 characters.
    pub text: String,
    /// Files attached to it: what is known of them, not their bytes.
    #[serde(default)]
    pub files: Vec<AppealFile>,
    /// An answer sent before.
    #[serde(default)]
    pub answer: Option<SentAnswer>,
}

/// Who made an appeal. Personal data, which its `Debug` does not show.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppealApplicant {
    /// Surname.
    pub surname: String,
    /// First name.
    pub first_name: String,
    /// E-mail.
    #[serde(default)]
    pub email: Option<String>,
}

/// What is known of a file.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppealFile {
    /// Its name with the extension.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its identifier in the file store.
    #[serde(deserialize_with = "guid")]
    pub guid: Guid,
}

/// An answer that was sent.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentAnswer {
    /// The day it was sent.
    #[serde(deserialize_with = "date")]
    pub date: Date,
    /// What it says, up to 10 000 characters.
    pub text: String,
}

impl fmt::Debug for IncomingAppeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, organisation, created, state, .. } = self;
        f.debug_struct("IncomingAppeal")
            .field("number", number)
            .field("organisation", organisation)
            .field("created", created)
            .field("state", state)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AppealApplicant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppealApplicant").finish_non_exhaustive()
    }
}

impl fmt::Debug for AppealFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppealFile").field("guid", &self.guid).finish_non_exhaustive()
    }
}

impl fmt::Debug for SentAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentAnswer").field("date", &self.date).finish_non_exhaustive()
    }
}

impl IncomingAppeal {
    /// An appeal without files that has just reached the seed's first organisation; made by a person who does not exist.
    pub fn new(number: impl Into<String>, created: OffsetDateTime, text: impl Into<String>) -> Self {
        let applicant =
            AppealApplicant {
                surname: "Примеров".to_owned(), first_name: "Образец".to_owned(), email: None
            };
        Self {
            number: number.into(),
            organisation: None,
            created: created.to_offset(MOSCOW).date(),
            due: None,
            state: AppealState::Sent,
            theme: None,
            topic: "Вопрос образца".to_owned(),
            house: None,
            premises: None,
            applicant: Some(applicant),
            text: text.into(),
            files: Vec::new(),
            answer: None,
        }
    }

    /// Its GUID, by which it is answered.
    #[must_use]
    pub fn guid(&self) -> Guid {
        let space = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"https://github.com/gis-gkh/gis-gkh/sandbox/appeal");
        Guid::new(Uuid::new_v5(&space, self.number.as_bytes()))
    }

    /// In the contract's words, which are not checked yet.
    pub(super) fn contract(&self, entries: &[Entry]) -> Result<Appeal, ReceiveError> {
        let wrong = |why: String| ReceiveError::Appeal { number: self.number.clone(), why };
        let topic = match &self.theme {
            None => Topic::Own(self.topic.clone()),
            Some(code) => {
                let known = entries.iter().find(|entry| entry.registry == THEMES && entry.code == *code);
                let entry = known.ok_or_else(|| wrong(format!("the seed has no topic {code} in НСИ 220")))?;
                Topic::Book(NsiRef::new(entry.code.clone(), entry.guid))
            }
        };
        let author = match &self.applicant {
            None => Author::System,
            Some(AppealApplicant { surname, first_name, email }) => {
                let person = PersonOrOrganization::Person(Person::new(surname.clone(), first_name.clone()));
                Author::Applicant(ApplicantAndContacts { email: email.clone(), ..ApplicantAndContacts::new(person) })
            }
        };
        let status = match self.state {
            AppealState::Sent => AppealStatus::Sent,
            AppealState::InWork => AppealStatus::InWork,
            AppealState::Executed => AppealStatus::Executed,
            AppealState::Withdrawn => AppealStatus::Withdrawn,
        };
        let file = |AppealFile { name, description, guid }: &AppealFile| {
            AttachedFile::new(name.clone(), description.clone(), Attachment::new(*guid))
        };
        Ok(Appeal {
            fias_house_guid: self.house,
            premise_number: self.premises.clone(),
            attachment: self.files.iter().map(file).collect(),
            appeal_withdrawn: (self.state == AppealState::Withdrawn).then(AppealWithdrawal::new),
            execution_end_date: self.due.map(Into::into),
            ..Appeal::new(
                self.guid(),
                Applicant::new(author),
                self.number.clone(),
                self.created,
                topic,
                OktmoRef::new(NOWHERE),
                self.text.clone(),
                status,
            )
        })
    }
}

/// НСИ 220: topics of appeals.
const THEMES: u64 = 220;

/// ОКТМО of no place.
const NOWHERE: &str = "00000000";

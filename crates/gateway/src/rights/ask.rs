//! The questions to the stand: few, side by side, politely waited for and within a bounded time.

use std::time::Duration;

use gis_gkh::clock::MOSCOW;
use gis_gkh::codes::Class;
use gis_gkh::contract::base::AsyncRequestState;
use gis_gkh::contract::organizations_registry_common::{
    DataProvider, DelegatedAccess, ExportDataProviderRequest, ExportDelegatedAccessRequest, ExportOrgRegistryRequest,
    FoundOrganization, GetStateResult, OrganizationKey, OrganizationSearch, get_state_result::Outcome,
    organization_key::OgrnAndKpp,
};
use gis_gkh::paging::{Pages, PagingError};
use gis_gkh::{Answer, CallError, Client, Guid, Receipt, SystemError};
use gis_gkh_delivery::{Clock, Policy, Timestamp};
use time::OffsetDateTime;

use super::facts::{NotAnswered, Rights, What};
use super::read;
use crate::gateway::moment;

/// Longest that [`ask`] waits, unless it is told otherwise: a person waits for the answer.
const WITHIN: Duration = Duration::from_secs(180);

/// What is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// ОГРН of the organisation, or ОГРНИП.
    pub ogrn: String,
    /// ОГРН of the certificate the client signs with, if it names one: an operator's tells whose system it is.
    pub certificate_ogrn: Option<String>,
}

/// How the answers are waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// Pause before each look for an answer; the last repeats.
    pub poll: Vec<Duration>,
    /// All questions together end within this time. It bounds the waiting; one exchange is bounded by the transport.
    pub within: Duration,
}

impl Patience {
    /// The pauses of a policy, and its patience with lookups or three minutes, whichever is less.
    #[must_use]
    pub fn of(policy: &Policy) -> Self {
        Self { poll: policy.poll.clone(), within: policy.lookup_patience.min(WITHIN) }
    }
}

/// Why rights are not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RightsError {
    /// No answer, or one that cannot be read.
    #[error("{} could not be asked for: {source}", what.name())]
    Call {
        /// What was asked for.
        what: What,
        /// What became of the call.
        source: CallError,
    },
    /// The stand refused for another reason than want of rights.
    #[error("the stand refused {}: {error}", what.name())]
    Refused {
        /// What was asked for.
        what: What,
        /// Its error.
        error: SystemError,
    },
    /// Pages that lead nowhere.
    #[error("{} could not be read to its end: {source}", What::Delegations.name())]
    Pages {
        /// What is wrong with them.
        #[from]
        source: PagingError,
    },
    /// It took the request and did not answer in time.
    #[error("the stand took the request for {} and did not answer for {within:?}; ask again later", what.name())]
    Patience {
        /// What was asked for.
        what: What,
        /// The patience.
        within: Duration,
    },
    /// The clock shows no date.
    #[error("the clock of this machine shows a time beyond all dates; set it right")]
    Clock,
}

impl What {
    /// The thing and the operation that gives it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Organisations => "the record of the organisation (exportOrgRegistry)",
            Self::Providers => "the list of organisations acted for (exportDataProvider)",
            Self::Delegations => "the list of delegated rights (exportDelegatedAccess)",
        }
    }
}

/// Asks the stand of `client`. Changes nothing there; the questions are signed by the key of the client, whose certificate is
/// what the stand knows the information system by.
///
/// That a question is refused for want of rights is an answer too, kept in [`Rights::not_answered`].
///
/// # Errors
/// No answer within the patience, one that cannot be read, a refusal for another reason.
pub async fn ask(
    client: &Client,
    clock: &dyn Clock,
    patience: &Patience,
    question: &Question,
) -> Result<Rights, RightsError> {
    let now = clock.now();
    let asked_at: OffsetDateTime = moment(now).ok_or(RightsError::Clock)?;
    let asker = Asker { client, clock, patience, until: now.after(patience.within) };
    let (organisations, providers, delegations) =
        tokio::try_join!(asker.organisations(question), asker.providers(), asker.delegations())?;
    let mut rights = Rights {
        asked_at,
        today: asked_at.to_offset(MOSCOW).date(),
        certificate_ogrn: question.certificate_ogrn.clone(),
        organisations: Vec::new(),
        providers: Vec::new(),
        delegations: Vec::new(),
        not_answered: Vec::new(),
    };
    let mut denied = |what, code| rights.not_answered.push(NotAnswered { what, code });
    match organisations {
        Said::Found(found) => rights.organisations = found.iter().map(read::registered).collect(),
        Said::Denied(code) => denied(What::Organisations, code),
    }
    match providers {
        Said::Found(found) => rights.providers = found.iter().map(read::provider).collect(),
        Said::Denied(code) => denied(What::Providers, code),
    }
    match delegations {
        Said::Found(found) => rights.delegations = read::delegations(&found),
        Said::Denied(code) => denied(What::Delegations, code),
    }
    Ok(rights)
}

/// What the stand said to a question: what it found, which may be nothing, or the code by which it did not answer.
enum Said<T> {
    Found(Vec<T>),
    Denied(String),
}

/// An answer, or the error that stands in its place.
type Told = Result<Answer<GetStateResult>, SystemError>;

struct Asker<'a> {
    client: &'a Client,
    clock: &'a dyn Clock,
    patience: &'a Patience,
    until: Timestamp,
}

impl Asker<'_> {
    async fn organisations(&self, question: &Question) -> Result<Said<FoundOrganization>, RightsError> {
        let what = What::Organisations;
        let mut numbers = vec![question.ogrn.as_str()];
        numbers.extend(question.certificate_ogrn.as_deref().filter(|ogrn| *ogrn != question.ogrn));
        let request = ExportOrgRegistryRequest::new(numbers.into_iter().map(search).collect());
        let service = self.client.organizations_registry_common();
        match self.told(what, service.export_org_registry(request).await).await? {
            Err(error) => said(what, error),
            Ok(answer) => Ok(Said::Found(match answer.body.outcome {
                Some(Outcome::ExportOrgRegistryResult(found)) => found,
                _ => Vec::new(),
            })),
        }
    }

    async fn providers(&self) -> Result<Said<DataProvider>, RightsError> {
        let what = What::Providers;
        let service = self.client.organizations_registry_common();
        // Without `IsActual` it tells of links that were cut too.
        match self.told(what, service.export_data_provider(ExportDataProviderRequest::new()).await).await? {
            Err(error) => said(what, error),
            Ok(answer) => Ok(Said::Found(match answer.body.outcome {
                Some(Outcome::ExportDataProviderResult(found)) => found,
                _ => Vec::new(),
            })),
        }
    }

    async fn delegations(&self) -> Result<Said<DelegatedAccess>, RightsError> {
        let what = What::Delegations;
        let service = self.client.organizations_registry_common();
        let mut pages = Pages::new(ExportDelegatedAccessRequest::new());
        let mut found = Vec::new();
        while let Some(request) = pages.next_request() {
            match self.told(what, service.export_delegated_access(request).await).await? {
                Ok(answer) => found.extend(pages.take(answer)?.body.items),
                Err(error) if error.class() == Class::Empty => break,
                Err(error) => return said(what, error),
            }
        }
        Ok(Said::Found(found))
    }

    /// Waits for the answer to a question that was taken.
    async fn told(&self, what: What, receipt: Result<Receipt, CallError>) -> Result<Told, RightsError> {
        let ack: Guid = match receipt {
            Ok(receipt) => receipt.ack,
            Err(CallError::Refused { error, .. }) => return Ok(Err(error)),
            Err(source) => return Err(RightsError::Call { what, source }),
        };
        let mut pauses = self.patience.poll.iter().copied();
        let mut pause = self.patience.poll.first().copied().unwrap_or_default();
        loop {
            let left = self.until.since(self.clock.now());
            if left.is_zero() {
                return Err(RightsError::Patience { what, within: self.patience.within });
            }
            pause = pauses.next().unwrap_or(pause);
            // The last look is when patience ends, not a whole pause behind it.
            self.clock.sleep_until(self.clock.now().after(pause.min(left))).await;
            match self.client.organizations_registry_common().get_state(ack).await {
                Ok(answer) => match answer.error() {
                    Some(error) => return Ok(Err(error)),
                    None if answer.body.request_state == AsyncRequestState::Processed => return Ok(Ok(answer)),
                    None => {}
                },
                Err(CallError::Refused { error, .. }) => return Ok(Err(error)),
                Err(source) => return Err(RightsError::Call { what, source }),
            }
        }
    }
}

/// An organisation by its number: that of a sole trader has 15 digits.
fn search(ogrn: &str) -> OrganizationSearch {
    OrganizationSearch::new(match ogrn.len() {
        15 => OrganizationKey::Ogrnip(ogrn.to_owned()),
        _ => OrganizationKey::OgrnAndKpp(OgrnAndKpp::new(ogrn)),
    })
}

/// What a refusal says.
fn said<T>(what: What, error: SystemError) -> Result<Said<T>, RightsError> {
    match (&error.code, error.class()) {
        (_, Class::Empty) => Ok(Said::Found(Vec::new())),
        (Some(code), _) if code.starts_with("AUT") => Ok(Said::Denied(code.clone())),
        _ => Err(RightsError::Refused { what, error }),
    }
}

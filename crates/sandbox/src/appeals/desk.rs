//! Appeals and what was done with them.

use std::collections::{BTreeMap, HashMap};

use gis_gkh::contract::appeals::{AnswerDraft, Appeal, AppealKey, GetStateResult, get_state_result::Outcome};
use gis_gkh::contract::base::AsyncRequestState;
use gis_gkh::{Element, Guid};
use time::Date;

use super::export::shown;
use super::rows::{IncomingAppeal, SentAnswer};
use crate::receive::ReceiveError;
use crate::refusal::{self, Refusal};
use crate::seed::{Entry, Seed};

/// How often each step was applied to the answers of one appeal, and how often one was refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AnswerEffect {
    /// A new answer was written, as a draft or to be sent at once.
    pub written: usize,
    /// A draft was given another content.
    pub edited: usize,
    /// An answer was sent to the applicant.
    pub sent: usize,
    /// A draft was deleted.
    pub deleted: usize,
    /// Another action was done: a performer named, a term prolonged.
    pub handled: usize,
    /// A step or an action was refused.
    pub refused: usize,
    /// Of those refused: an answer was to be sent that had not been written.
    pub premature: usize,
}

/// An answer.
pub(super) struct Answer {
    pub(super) guid: Guid,
    pub(super) number: String,
    pub(super) draft: AnswerDraft,
    /// The employee who answers.
    pub(super) answerer: Guid,
    pub(super) written: Date,
    pub(super) sent: Option<Date>,
}

/// An appeal as it is kept; its history in the contract's type has everything but the answers.
pub(super) struct Held {
    pub(super) appeal: Appeal,
    pub(super) organisation: Guid,
    pub(super) answers: Vec<Answer>,
    /// How many answers were ever written: what their identifiers tell apart.
    pub(super) written: usize,
}

/// All appeals.
pub(crate) struct Desk {
    /// In the order they came.
    pub(super) all: Vec<Held>,
    by_guid: HashMap<Guid, usize>,
    by_number: HashMap<String, usize>,
    organisations: Vec<Guid>,
    entries: Vec<Entry>,
    effects: BTreeMap<Guid, AnswerEffect>,
    /// Bytes of the largest answer.
    pub(super) largest: usize,
}

impl Desk {
    /// The appeals of a seed. What [`checked`](Self::checked) refuses is left out.
    pub(crate) fn new(seed: &Seed, largest: usize) -> Self {
        let mut desk = Self::empty(seed, largest);
        for appeal in &seed.appeals {
            let _ = desk.receive(appeal.clone());
        }
        desk
    }

    /// Whether all appeals of a seed could have been received.
    pub(crate) fn checked(seed: &Seed) -> Result<(), ReceiveError> {
        let mut desk = Self::empty(seed, 0);
        seed.appeals.iter().try_for_each(|appeal| desk.receive(appeal.clone()).map(drop))
    }

    fn empty(seed: &Seed, largest: usize) -> Self {
        Self {
            all: Vec::new(),
            by_guid: HashMap::new(),
            by_number: HashMap::new(),
            organisations: seed.organisations.iter().map(|organisation| organisation.org_ppa_guid).collect(),
            entries: seed.nsi.clone(),
            effects: BTreeMap::new(),
            largest,
        }
    }

    /// Takes an appeal in.
    pub(crate) fn receive(&mut self, incoming: IncomingAppeal) -> Result<Guid, ReceiveError> {
        let organisation =
            incoming.organisation.or_else(|| self.organisations.first().copied()).unwrap_or(incoming.guid());
        if !self.organisations.contains(&organisation) {
            return Err(ReceiveError::Organisation(organisation));
        }
        if self.by_number.contains_key(&incoming.number) {
            return Err(ReceiveError::Repeated(incoming.number));
        }
        let appeal = incoming.contract(&self.entries)?;
        let (guid, number) = (appeal.appeal_guid, appeal.appeal_number.clone());
        let mut held = Held { appeal, organisation, answers: Vec::new(), written: 0 };
        if let Some(SentAnswer { date, text }) = incoming.answer {
            let written = held.write(AnswerDraft::new(text), guid, date);
            held.send(written, date);
        }
        check(&held)?;
        self.by_guid.insert(guid, self.all.len());
        self.by_number.insert(number, self.all.len());
        self.all.push(held);
        Ok(guid)
    }

    /// The organisation whose appeals name none.
    pub(crate) fn first(&self) -> Option<Guid> {
        self.organisations.first().copied()
    }

    pub(crate) fn effects(&self) -> &BTreeMap<Guid, AnswerEffect> {
        &self.effects
    }

    pub(super) fn effect(&mut self, appeal: Guid) -> &mut AnswerEffect {
        self.effects.entry(appeal).or_default()
    }

    pub(super) fn find(&self, key: &AppealKey) -> Option<usize> {
        match key {
            AppealKey::Guid(guid) => self.by_guid.get(guid),
            AppealKey::Number(number) => self.by_number.get(number),
        }
        .copied()
    }

    /// An organisation's appeal that something may still be done with.
    pub(super) fn open(&mut self, owner: Guid, key: &AppealKey) -> Result<&mut Held, Refusal> {
        let unknown = || Refusal::new(refusal::NOT_IN_REGISTRY, "Обращение не найдено");
        let held = self.find(key).and_then(|index| self.all.get_mut(index)).ok_or_else(unknown)?;
        if held.organisation != owner {
            let why = "Доступ запрещён: обращение направлено другой организации";
            return Err(Refusal::new(refusal::NO_ACCESS, why));
        }
        let Appeal { appeal_withdrawn, redirection_mark, answer_is_not_required, .. } = &held.appeal;
        if appeal_withdrawn.is_some() || redirection_mark.is_some() || *answer_is_not_required {
            let why = format!("Обращение {} отозвано, переадресовано или не требует ответа", held.appeal.appeal_number);
            return Err(Refusal::new(refusal::CLOSED_APPEAL, why));
        }
        Ok(held)
    }
}

/// Whether the contract can carry an appeal and its answers.
fn check(held: &Held) -> Result<(), ReceiveError> {
    let Appeal { appeal_guid, appeal_number, .. } = &held.appeal;
    let mut result = GetStateResult::new(AsyncRequestState::Processed, *appeal_guid);
    result.outcome = Some(Outcome::Appeals(vec![shown(held)]));
    // A violation tells the place and the rule, never the value.
    match result.check().first() {
        None => Ok(()),
        Some(violation) => Err(ReceiveError::Appeal { number: appeal_number.clone(), why: violation.to_string() }),
    }
}

//! Answers to invented appeals: a draft and its sending, each a message, in the order the desk gives them.

use std::collections::BTreeSet;

use gis_gkh_gateway::desk::appeals::{self, Laid};
use gis_gkh_gateway::records::{Answer, AnswerAction, AppealName};
use gis_gkh_sandbox::IncomingAppeal;
use time::{Date, Duration, Time};
use uuid::Uuid;

use super::seed::{SeedAppeal, SeedApplicant};
use super::{Batch, CLOSED, Dice, PlanError, Row, Thing};

/// Whoever answers.
const EMPLOYEE: Uuid = Uuid::from_u128(0x5d0c_4c1e_0000_4000_8000_0000_0000_00e1);
/// One in so many appeals lies in the window of the recurring export.
const SHOWN: usize = 4;

/// Appeals, each with one answer.
pub(super) struct Answers {
    pub(super) appeals: Vec<SeedAppeal>,
    pub(super) shown: BTreeSet<String>,
    seed: u64,
    today: Date,
    handed: Vec<(Answer, Uuid)>,
}

impl Answers {
    pub(super) fn new(seed: u64, today: Date) -> Self {
        Self { appeals: Vec::new(), shown: BTreeSet::new(), seed, today, handed: Vec::new() }
    }

    /// Puts so many answers into a batch; and perhaps one once more: it is answered, not sent.
    pub(super) fn fill(&mut self, batch: &mut Batch, dice: &Dice, answers: u64, again: bool) -> Result<(), PlanError> {
        appeals::KIND.clone_into(&mut batch.kind);
        for _ in 0..answers {
            let (answer, guid, withdrawn) = self.next(dice);
            put(batch, &answer, guid, withdrawn)?;
            if !withdrawn {
                self.handed.push((answer, guid));
            }
        }
        let is_new = |reference: &str| batch.rows.iter().all(|row| row.reference != reference);
        if again && let Some((answer, guid)) = dice.one(&self.handed).filter(|(one, _)| is_new(&one.reference)) {
            put(batch, answer, *guid, false)?;
        }
        Ok(())
    }

    /// An answer to an appeal nobody has answered, the appeal's GUID, and whether it was withdrawn.
    fn next(&mut self, dice: &Dice) -> (Answer, Uuid, bool) {
        let place = self.appeals.len();
        let number = format!("00-{}-{place:06}", self.seed);
        let (shown, withdrawn) = (place.is_multiple_of(SHOWN), place % CLOSED == 9);
        let created = self.today - Duration::days(if shown { 1 } else { 40 });
        let text = format!("Обращение образца, {place}-е.");
        // Its GUID depends on its number alone.
        let guid = IncomingAppeal::new(&number, created.with_time(Time::MIDNIGHT).assume_utc(), &text).guid().uuid();
        if shown {
            self.shown.insert(guid.to_string());
        }
        self.appeals.push(SeedAppeal {
            number: number.clone(),
            created: created.to_string(),
            state: if withdrawn { "withdrawn" } else { "sent" },
            topic: "Вопрос образца",
            text,
            applicant: SeedApplicant { surname: "Примеров", first_name: "Образец" },
        });
        let answer = Answer {
            attachments: Vec::new(),
            reference: format!("answer-{place}"),
            row: 1,
            appeal: if dice.permille(500) { AppealName::Guid(guid) } else { AppealName::Number(number) },
            employee: EMPLOYEE,
            text: format!("Ответ образца, {place}-й.\nВопрос решён."),
            action: if dice.permille(150) { AnswerAction::Draft } else { AnswerAction::Send },
        };
        (answer, guid, withdrawn)
    }
}

fn put(batch: &mut Batch, answer: &Answer, appeal: Uuid, withdrawn: bool) -> Result<(), PlanError> {
    let mut laid = Laid::default();
    // A draft that is sent has a row number beyond those of the caller's own.
    let own = batch.rows.iter().filter(|row| appeals::draft_of(row.row).is_none()).count();
    let row = u32::try_from(own).unwrap_or(u32::MAX).saturating_add(1);
    appeals::lay(row, answer, &mut laid)?;
    for object in laid.objects {
        let appeal = appeal.to_string();
        let words = vec![answer.appeal.to_string()];
        let is_draft = appeals::draft_of(object.row).is_some() || answer.action == AnswerAction::Draft;
        let thing = if is_draft { Thing::Draft { appeal } } else { Thing::Sending { appeal } };
        batch.rows.push(Row::of(object, thing, words, withdrawn));
    }
    batch.messages.extend(laid.messages.into_iter().map(Into::into));
    Ok(())
}

//! What can be done with an answer: written, changed, sent, deleted.

use gis_gkh::Guid;
use gis_gkh::contract::appeals::{AnswerDraft, AnswerStep, AppealStatus, Writing};
use time::Date;
use uuid::Uuid;

use super::desk::{Answer, AnswerEffect, Held};
use crate::refusal::{self, Refusal};

impl Held {
    /// Takes a step with an answer, counts it, and gives the answer's identifier.
    pub(super) fn step(
        &mut self,
        named: Option<Guid>,
        answerer: Guid,
        step: AnswerStep,
        today: Date,
        effect: &mut AnswerEffect,
    ) -> Result<Guid, Refusal> {
        let place = named.map(|guid| self.place(guid)).transpose();
        if matches!(step, AnswerStep::Send) && !matches!(place, Ok(Some(_))) {
            effect.premature += 1;
        }
        let place = place?;
        match step {
            AnswerStep::Write(Writing { load_answer, send_answer }) => {
                let place = match place {
                    Some(place) => {
                        self.may_change(place)?;
                        self.may_answer()?;
                        self.answers[place].draft = load_answer;
                        self.answers[place].answerer = answerer;
                        effect.edited += 1;
                        place
                    }
                    None => {
                        self.may_answer()?;
                        effect.written += 1;
                        self.write(load_answer, answerer, today)
                    }
                };
                if send_answer {
                    self.send(place, today);
                    effect.sent += 1;
                }
                Ok(self.answers[place].guid)
            }
            AnswerStep::Send => {
                let place = place.ok_or_else(nameless)?;
                self.may_answer()?;
                self.answers[place].answerer = answerer;
                self.send(place, today);
                effect.sent += 1;
                Ok(self.answers[place].guid)
            }
            AnswerStep::Delete => {
                let place = place.ok_or_else(nameless)?;
                self.may_change(place)?;
                effect.deleted += 1;
                Ok(self.answers.remove(place).guid)
            }
        }
    }

    fn place(&self, guid: Guid) -> Result<usize, Refusal> {
        let unknown = || Refusal::new(refusal::NOT_IN_REGISTRY, format!("Ответ {guid} на это обращение не найден"));
        self.answers.iter().position(|answer| answer.guid == guid).ok_or_else(unknown)
    }

    /// An appeal is answered once.
    fn may_answer(&self) -> Result<(), Refusal> {
        if self.answers.iter().all(|answer| answer.sent.is_none()) {
            return Ok(());
        }
        let why = format!("На обращение {} уже отправлен ответ", self.appeal.appeal_number);
        Err(Refusal::new(refusal::ANSWERED, why))
    }

    fn may_change(&self, place: usize) -> Result<(), Refusal> {
        let Answer { number, sent, .. } = &self.answers[place];
        if sent.is_none() {
            return Ok(());
        }
        let why = format!("Ответ {number} отправлен заявителю, изменить или удалить его нельзя");
        Err(Refusal::new(refusal::SENT_ANSWER, why))
    }

    /// Adds a draft and says where.
    pub(super) fn write(&mut self, draft: AnswerDraft, answerer: Guid, today: Date) -> usize {
        self.written += 1;
        let guid = Uuid::new_v5(&self.appeal.appeal_guid.uuid(), format!("answer/{}", self.written).as_bytes());
        let number = format!("{}-{}", self.appeal.appeal_number, self.written);
        self.answers.push(Answer { guid: guid.into(), number, draft, answerer, written: today, sent: None });
        if self.appeal.appeal_status == AppealStatus::Sent {
            self.appeal.appeal_status = AppealStatus::InWork;
        }
        self.answers.len() - 1
    }

    pub(super) fn send(&mut self, place: usize, today: Date) {
        self.answers[place].sent = Some(today);
        self.appeal.appeal_status = AppealStatus::Executed;
    }
}

fn nameless() -> Refusal {
    Refusal::new(refusal::NOT_IN_REGISTRY, "Ответ не найден: в запросе нет AnswerGUID")
}

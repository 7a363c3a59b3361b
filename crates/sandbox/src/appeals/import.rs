//! `importAnswer`: answers and other actions, each by itself.

use gis_gkh::Guid;
use gis_gkh::clock::MOSCOW;
use gis_gkh::contract::appeals::{Answer, AppealAction, AppealKey, ImportAnswerRequest, get_state_result::Outcome};
use time::{Date, OffsetDateTime};

use super::desk::{AnswerEffect, Desk};
use crate::answer;
use crate::refusal::{self, Refusal};

impl Desk {
    /// Does what an import asks for an organisation. Each answer has a result, and each other action; what groups the
    /// answers of an appeal has none.
    pub(crate) fn import(&mut self, owner: Guid, request: ImportAnswerRequest, at: OffsetDateTime) -> Outcome {
        let today = at.to_offset(MOSCOW).date();
        let mut results = Vec::new();
        for action in request.answer_action {
            for one in action.answer {
                let transport = one.transport_guid;
                let done = self.answer(owner, &action.appeal_key, one, today);
                results.push(answer::object(transport, done, at));
            }
        }
        for action in request.appeal_action {
            let transport = action.transport_guid;
            let done = self.act(owner, action, today);
            results.push(answer::object(transport, done, at));
        }
        Outcome::ImportResult(results)
    }

    fn answer(&mut self, owner: Guid, key: &AppealKey, answer: Answer, today: Date) -> Result<Guid, Refusal> {
        let mut effect = AnswerEffect::default();
        let step = answer.answer_step.ok_or_else(|| {
            Refusal::new(refusal::FORMAT, "Не указано, что сделать с ответом: LoadAnswer, SendAnswer или DeleteAnswer")
        });
        let done = step.and_then(|step| {
            self.open(owner, key)?.step(answer.answer_guid, answer.answerer_guid, step, today, &mut effect)
        });
        self.count(key, effect, done.is_err());
        done
    }

    fn act(&mut self, owner: Guid, action: AppealAction, today: Date) -> Result<Guid, Refusal> {
        let key = action.appeal_key.clone();
        let mut effect = AnswerEffect::default();
        let done = self.open(owner, &key).map(|held| {
            held.act(action, today);
            effect.handled = 1;
            held.appeal.appeal_guid
        });
        self.count(&key, effect, done.is_err());
        done
    }

    /// Adds to the book of an appeal. One that is named by an unknown number has none.
    fn count(&mut self, key: &AppealKey, done: AnswerEffect, refused: bool) {
        let guid = match (self.find(key), key) {
            (Some(index), _) => self.all[index].appeal.appeal_guid,
            (None, AppealKey::Guid(guid)) => *guid,
            (None, AppealKey::Number(_)) => return,
        };
        let effect = self.effect(guid);
        effect.written += done.written;
        effect.edited += done.edited;
        effect.sent += done.sent;
        effect.deleted += done.deleted;
        effect.handled += done.handled;
        effect.refused += usize::from(refused);
    }
}

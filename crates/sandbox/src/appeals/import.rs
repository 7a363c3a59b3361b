//! `importAnswer`: answers and other actions, each by itself.

use gis_gkh::Guid;
use gis_gkh::clock::MOSCOW;
use gis_gkh::contract::appeals::{
    Answer, AnswerStep, AppealAction, AppealKey, ImportAnswerRequest, Writing, get_state_result::Outcome,
};
use gis_gkh::contract::base::AttachedFile;
use time::{Date, OffsetDateTime};

use super::desk::{AnswerEffect, Desk};
use crate::answer;
use crate::files::Shelf;
use crate::refusal::{self, Refusal};

impl Desk {
    /// Does what an import asks for an organisation. Each answer has a result, and each other action; what groups the
    /// answers of an appeal has none.
    pub(crate) fn import(
        &mut self,
        owner: Guid,
        request: ImportAnswerRequest,
        files: &mut Shelf,
        at: OffsetDateTime,
    ) -> Outcome {
        let today = at.to_offset(MOSCOW).date();
        let mut results = Vec::new();
        for action in request.answer_action {
            for one in action.answer {
                let transport = one.transport_guid;
                let done = self.answer(owner, &action.appeal_key, one, files, today);
                results.push(answer::object(transport, done, at));
            }
        }
        for action in request.appeal_action {
            let transport = action.transport_guid;
            let done = self.act(owner, action, files, today);
            results.push(answer::object(transport, done, at));
        }
        Outcome::ImportResult(results)
    }

    fn answer(
        &mut self,
        owner: Guid,
        key: &AppealKey,
        answer: Answer,
        files: &mut Shelf,
        today: Date,
    ) -> Result<Guid, Refusal> {
        let mut effect = AnswerEffect::default();
        let step = answer.answer_step.ok_or_else(|| {
            Refusal::new(refusal::FORMAT, "Не указано, что сделать с ответом: LoadAnswer, SendAnswer или DeleteAnswer")
        });
        let done = step.and_then(|step| {
            let attached = attached_to(&step);
            let held = self.open(owner, key)?;
            may_attach(owner, &attached, files)?;
            let guid = held.step(answer.answer_guid, answer.answerer_guid, step, today, &mut effect)?;
            attached.iter().for_each(|(file, _)| files.bind(*file));
            Ok(guid)
        });
        self.count(key, effect, done.is_err());
        done
    }

    fn act(&mut self, owner: Guid, action: AppealAction, files: &mut Shelf, today: Date) -> Result<Guid, Refusal> {
        let key = action.appeal_key.clone();
        let mut effect = AnswerEffect::default();
        let attached: Attached =
            action.redirect_appeal.iter().flat_map(|redirect| redirect.attachment.iter().map(file)).collect();
        let done = self.open(owner, &key).and_then(|held| {
            may_attach(owner, &attached, files)?;
            attached.iter().for_each(|(file, _)| files.bind(*file));
            held.act(action, today);
            effect.handled = 1;
            Ok(held.appeal.appeal_guid)
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
        effect.premature += done.premature;
    }
}

/// Identifiers of files and the hashes a message gives them.
type Attached = Vec<(Guid, Option<String>)>;

fn file(attached: &AttachedFile) -> (Guid, Option<String>) {
    (attached.attachment.attachment_guid, attached.attachment_hash.as_ref().map(ToString::to_string))
}

/// Files that a step refers to, detached signatures included.
fn attached_to(step: &AnswerStep) -> Attached {
    let AnswerStep::Write(Writing { load_answer, .. }) = step else { return Vec::new() };
    let mut all: Attached = load_answer.attachment.iter().map(file).collect();
    for signed in &load_answer.signed_attachments {
        all.push(file(&signed.attachment));
        all.extend(signed.signature.iter().map(|signature| {
            let hash = signature.attachment_hash.as_ref().map(ToString::to_string);
            (signature.attachment.attachment_guid, hash)
        }));
    }
    all
}

fn may_attach(owner: Guid, attached: &Attached, files: &mut Shelf) -> Result<(), Refusal> {
    attached.iter().try_for_each(|(id, hash)| files.may_attach(owner, *id, hash.as_deref()))
}

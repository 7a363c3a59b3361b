//! Answers one appeal (обращение) at once and says of another that it will take longer.
//!
//! `cargo run --example appeals` shows what would be sent; `examples/support` says how to send it.

mod support;

use gis_gkh::contract::appeals::{
    Answer, AnswerAction, AnswerDraft, AppealAction, AppealKey, DeadlineExtension, ImportAnswerRequest, Writing,
};
use gis_gkh::operation::Tracked;
use gis_gkh::{Guid, Guids, join};
use support::Failure;
use time::macros::date;

/// An answer that is written and sent, with a file, and a longer term for another appeal.
pub(crate) fn request(guids: &Guids) -> Result<ImportAnswerRequest, Failure> {
    let employee: Guid = "5d0c4c1e-0000-4000-8000-0000000000e1".parse()?;

    let text = "Перерасчёт за сентябрь сделан, сумма войдёт в платёжный документ за октябрь.";
    let draft = AnswerDraft {
        attachment: vec![support::file("расчёт.pdf", "Расчёт", guids.fresh()?)],
        ..AnswerDraft::new(text)
    };
    // Without `send_answer` it would stay a draft.
    let writing = Writing { send_answer: true, ..Writing::new(draft) };
    let answer = Answer { answer_step: Some(writing.into()), ..Answer::new(guids.fresh()?, employee) };

    let longer = DeadlineExtension::new(date!(2026 - 11 - 30), "Ждём заключения поставщика воды.", employee);
    Ok(ImportAnswerRequest {
        answer_action: vec![AnswerAction::new(
            guids.fresh()?,
            AppealKey::Number("77-2026-000017".to_owned()),
            vec![answer],
        )],
        appeal_action: vec![AppealAction {
            roll_over_appeal: Some(longer),
            ..AppealAction::new(guids.fresh()?, AppealKey::Number("77-2026-000018".to_owned()))
        }],
        ..ImportAnswerRequest::new()
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let request = request(&support::guids())?;
    let Some(client) = support::prepare(&request)? else { return Ok(()) };

    // Answers and other actions are told of by the same results: each is known here by its identifier alone.
    let answers = request.answer_action.iter().flat_map(|action| &action.answer).map(Tracked::transport_guid);
    let actions = request.appeal_action.iter().map(Tracked::transport_guid);
    let sent: Vec<Guid> = answers.chain(actions).flatten().collect();

    let receipt = client.appeals().import_answer(request).await?;
    let results = support::result::<ImportAnswerRequest>(&client, &receipt).await?.unwrap_or_default();
    support::report(&join(&sent, &results))
}

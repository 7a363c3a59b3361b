//! A message in words: where it stands, why, what a person may do.

use gis_gkh_delivery::QueueView;
use gis_gkh_delivery::state::MessageState;
use gis_gkh_gateway::desk::words::{self, who_fixes};
use serde_json::json;

use crate::language::Tongue;
use crate::moment::written;

/// Why a message stands, and what to do.
fn why(tongue: Tongue, view: &QueueView) -> Option<String> {
    let failure = view.failure.as_ref()?;
    Some(words::failure(failure, tongue.into()))
}

pub(crate) fn with_words(tongue: Tongue, view: &QueueView) -> serde_json::Value {
    let mut told = json!(view);
    told["why"] = json!(why(tongue, view));
    told["who_fixes"] = json!(view.failure.as_ref().map(|failure| who_fixes(failure.fixer)));
    told["decide"] = json!(decisions(view).map_or_else(Vec::new, Vec::from));
    told
}

/// What a person may do about a parked message.
fn decisions(view: &QueueView) -> Option<[String; 3]> {
    let id = view.message.0;
    (view.state == MessageState::Parked).then(|| {
        let given = |verb: &str| format!("gkh queue {verb} {id} --reason …");
        [format!("gkh queue retry {id}"), given("replay"), given("discard")]
    })
}

pub(crate) fn line(tongue: Tongue, view: &QueueView) -> String {
    let state = match view.state {
        MessageState::Accepted => tongue.of("waits to be built", "ждёт сборки"),
        MessageState::Prepared => tongue.of("signed, waits to be sent", "подписано, ждёт отправки"),
        MessageState::Sending => tongue.of("being sent", "отправляется"),
        MessageState::Uncertain => tongue.of("may have arrived, being looked up", "могло дойти, выясняется"),
        MessageState::Acked => tongue.of("taken by ГИС ЖКХ", "взято ГИС ЖКХ"),
        MessageState::Processing => tongue.of("being processed by ГИС ЖКХ", "обрабатывается ГИС ЖКХ"),
        MessageState::Done => tongue.of("done", "завершено"),
        MessageState::Rejected => tongue.of("refused", "отклонено"),
        MessageState::Parked => tongue.of("waits for a person", "ждёт решения человека"),
    };
    let batch = match view.batch {
        Some(batch) => format!("{} {batch}", tongue.of("batch", "пакет")),
        None => tongue.of("recurring export", "регулярная выгрузка").to_owned(),
    };
    let mut text = format!(
        "{} {} ({}, {batch}): {state}; {} {}",
        tongue.of("message", "сообщение"),
        view.message,
        view.operation,
        tongue.of("objects", "объектов"),
        view.objects.total(),
    );
    let when = match view.state {
        MessageState::Parked => tongue.of("since", "с"),
        state if state.is_live() => tongue.of("next step", "следующий шаг"),
        _ => tongue.of("at", "в"),
    };
    text.push_str(&format!(", {when} {}", written(view.due)));
    if let Some(why) = why(tongue, view) {
        text.push_str(&format!("\n  {why}"));
    }
    if let Some(decisions) = decisions(view) {
        text.push_str(&format!("\n  {}", decisions.map(|verb| format!("`{verb}`")).join(tongue.of(" or ", " или "))));
    }
    text
}

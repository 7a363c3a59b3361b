//! Delivery for several organisations in one process.

use std::sync::Arc;

use gis_gkh::clock::SystemClock;
use gis_gkh_gateway::config::Member;
use gis_gkh_gateway::together::{Event, Together};
use gis_gkh_sign::gost::OsEntropy;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::Tongue;
use crate::{Context, engine, output};

/// Works for all of them; what becomes of each is told by its name.
pub(super) fn run(members: Vec<Member>, until_empty: bool, context: &Context) -> Result<Exit, Failure> {
    let language = members.iter().find_map(|member| member.config.as_ref().ok()?.language);
    context.configured.set(language.map(Tongue::from));
    let tongue = Tongue::choose(context.tongue, context.configured.get());
    let told = move |id: &str, event: &Event| {
        for line in lines(tongue, event) {
            output::note(&format!("{id}: {line}"));
        }
    };
    let together = Together::new(members, Arc::new(SystemClock), Arc::new(OsEntropy), Arc::new(told));
    let together = together.watched(Arc::new(move |notice| output::note(&notice.text(tongue.into()))));
    let whole = engine::runtime()?.block_on(together.run(until_empty, engine::stop()));
    Ok(if whole { Exit::Ok } else { Exit::Unfinished })
}

fn lines(tongue: Tongue, event: &Event) -> Vec<String> {
    let begins = |text: &str, error: &dyn std::fmt::Display| vec![format!("{text}: {error}")];
    match event {
        Event::Refused(faults) => {
            let text = tongue.of("does not work", "не работает");
            faults.iter().map(|fault| format!("{text}: {fault}")).collect()
        }
        Event::Stopped(error) => {
            begins(tongue.of("stopped, tries again in a minute", "остановлена, повтор через минуту"), error)
        }
        Event::GaveUp(error) => begins(tongue.of("stopped", "остановлена"), error),
        Event::Ended => vec![tongue.of("nothing is left to do", "больше делать нечего").to_owned()],
        _ => Vec::new(),
    }
}

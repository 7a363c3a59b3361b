//! What is kept of the archive and what goes: `gkh archive hold`, `retain`, `erase`.

use clap::{Args, Subcommand};
use gis_gkh_delivery::Month;
use gis_gkh_delivery::archive::{Hold, HoldId, Selection};
use gis_gkh_gateway::Config;
use gis_gkh_gateway::control::{Answer, Custody, Request};
use gis_gkh_gateway::gateway::Archives;
use serde_json::json;

use super::Part;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::Tongue;
use crate::moment::written;
use crate::{Context, engine, output};

#[derive(Debug, Subcommand)]
pub(super) enum HoldVerb {
    /// Hold a part: its bytes stay, whatever their term, and no key of it is shredded.
    Add {
        #[command(flatten)]
        part: Part,
        /// The whole archive.
        #[arg(long, conflicts_with_all = ["batch", "message", "object", "from"])]
        everything: bool,
        /// Why: the dispute, the inspection.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// End a hold.
    Release {
        /// Number of the hold.
        id: i64,
    },
    /// What is held, since when and why.
    List,
}

#[derive(Debug, Args)]
pub(super) struct Retain {
    /// Remove the bytes whose term has run out now; a running gateway does it every hour.
    #[arg(long)]
    apply: bool,
}

#[derive(Debug, Args)]
pub(super) struct Erase {
    /// Of this month (UTC), which must be over.
    #[arg(long, value_name = "YYYY-MM", required_unless_present = "everything")]
    month: Option<Month>,
    /// Of every month.
    #[arg(long, conflicts_with = "month")]
    everything: bool,
    /// You know that nothing brings it back.
    #[arg(long)]
    yes: bool,
}

/// Has it done by whoever has the store.
fn ask(context: &Context, custody: Custody) -> Result<Answer, Failure> {
    let gateway = engine::gateway(engine::config(context)?)?;
    engine::runtime()?.block_on(gateway.act(Request::Custody(custody))).map_err(engine::failure)
}

fn mixed_up() -> Failure {
    Failure::new(Exit::Fault, "the gateway that has the store answers something else; is it of the same version?")
}

impl HoldVerb {
    pub(super) fn run(self, context: &Context, config: &Config, tongue: Tongue) -> Result<Exit, Failure> {
        match self {
            Self::Add { part, everything, reason } => {
                let scope = if everything { Selection::Everything } else { part.selection(config, tongue)?.0 };
                let Answer::Held(hold) = ask(context, Custody::Hold { scope, reason })? else { return Err(mixed_up()) };
                if context.json {
                    return output::json(&hold).map(|()| Exit::Ok);
                }
                output::line(&line(&hold, tongue)).map(|()| Exit::Ok)
            }
            Self::Release { id } => {
                let answer = ask(context, Custody::Release { hold: HoldId(id) })?;
                let Answer::Done { changed } = answer else { return Err(mixed_up()) };
                if context.json {
                    output::json(&json!({ "changed": changed }))?;
                } else if changed {
                    output::line(&format!("{} {id}: {}", hold(tongue), tongue.of("released", "снято")))?;
                } else {
                    let text = tongue.of("there is none of this number in force", "действующего с таким номером нет");
                    output::note(&format!("{} {id}: {text}", hold(tongue)));
                }
                Ok(if changed { Exit::Ok } else { Exit::Negative })
            }
            Self::List => {
                let Answer::Holds(holds) = ask(context, Custody::Holds)? else { return Err(mixed_up()) };
                if context.json {
                    return output::json(&holds).map(|()| Exit::Ok);
                }
                if holds.is_empty() {
                    output::line(tongue.of("nothing is held", "ничего не удерживается"))?;
                }
                holds.iter().try_for_each(|hold| output::line(&line(hold, tongue)))?;
                Ok(Exit::Ok)
            }
        }
    }
}

fn hold(tongue: Tongue) -> &'static str {
    tongue.of("hold", "удержание")
}

fn line(held: &Hold, tongue: Tongue) -> String {
    let scope = match &held.scope {
        Selection::Everything => tongue.of("the whole archive", "весь архив").to_owned(),
        Selection::Batch(batch) => format!("{} {batch}", tongue.of("batch", "пакет")),
        Selection::Message(message) => format!("{} {message}", tongue.of("message", "сообщение")),
        Selection::Object { kind, reference, period, .. } => {
            let period = period.as_deref().map(|period| format!(", {period}")).unwrap_or_default();
            format!("{} {reference} ({kind}{period})", tongue.of("object", "объект"))
        }
        Selection::Period { kind, from, until, .. } => {
            let kind = kind.as_deref().map(|kind| format!(" ({kind})")).unwrap_or_default();
            format!("{} – {}{kind}", written(*from), written(*until))
        }
    };
    format!("{} {}: {scope}: {}: {}", hold(tongue), held.id, written(held.at), held.reason)
}

impl Retain {
    pub(super) fn run(self, context: &Context, config: &Config, tongue: Tongue) -> Result<Exit, Failure> {
        if self.apply {
            return apply(context, tongue);
        }
        let archives = Archives::open(config).map_err(engine::failure)?;
        let terms = engine::runtime()?.block_on(archives.terms()).map_err(engine::failure)?;
        let otherwise = config.retention.otherwise;
        if context.json {
            let days: serde_json::Map<_, _> =
                terms.iter().map(|(kind, term)| (kind.clone(), json!(term.map(|term| term.as_secs())))).collect();
            output::json(&json!({ "seconds": days, "otherwise": otherwise.map(|term| term.as_secs()) }))?;
            return Ok(Exit::Ok);
        }
        let told = |term: Option<std::time::Duration>| match term {
            Some(term) if term.as_secs().is_multiple_of(86_400) => {
                format!("{} {}", term.as_secs() / 86_400, tongue.of("days", "дней"))
            }
            Some(term) => format!("{} {}", term.as_secs(), tongue.of("seconds", "секунд")),
            None => tongue.of("for good", "бессрочно").to_owned(),
        };
        for (kind, term) in &terms {
            output::line(&format!("{kind}: {}", told(*term)))?;
        }
        output::line(&format!("{}: {}", tongue.of("every other kind", "остальное"), told(otherwise)))?;
        output::note(tongue.of(
            "digests and signatures are kept for good, what is held stays; terms are set in [retention] of the configuration",
            "хеши и подписи хранятся бессрочно, удержанное остаётся; сроки задаются в [retention] настроек",
        ));
        Ok(Exit::Ok)
    }
}

fn apply(context: &Context, tongue: Tongue) -> Result<Exit, Failure> {
    let Answer::Expired(removed) = ask(context, Custody::Expire)? else { return Err(mixed_up()) };
    if context.json {
        return output::json(&json!({ "removed": removed })).map(|()| Exit::Ok);
    }
    if removed.is_empty() {
        output::line(tongue.of("no term has run out", "ни один срок не истёк"))?;
    }
    for (kind, records) in &removed {
        output::line(&format!("{kind}: {}: {records}", tongue.of("records removed", "удалено записей")))?;
    }
    Ok(Exit::Ok)
}

impl Erase {
    pub(super) fn run(self, context: &Context, tongue: Tongue) -> Result<Exit, Failure> {
        let what = match self.month {
            Some(month) => month.to_string(),
            None => tongue.of("of every month", "за все месяцы").to_owned(),
        };
        output::note(&format!(
            "{} ({what}): {}",
            tongue.of("erasure", "стирание"),
            tongue.of(
                "the organisation's keys are shredded; records, answers and requests under them can never be read again, here or from a \
                 backup of the store. The chain still verifies. Copies of the keyring from before must go, too",
                "ключи организации уничтожаются; записи, ответы и запросы под ними нельзя будет прочесть никогда, ни здесь, ни из \
                 резервной копии хранилища. Цепочка по-прежнему сверяется. Прежние копии связки ключей тоже нужно уничтожить",
            ),
        ));
        if !self.yes {
            let text = tongue.of(
                "nothing was erased; say --yes if it is to be done",
                "ничего не стёрто; если сделать нужно, добавьте --yes",
            );
            return Err(Failure::new(Exit::BadData, text));
        }
        let Answer::Erased(keys) = ask(context, Custody::Erase { month: self.month })? else { return Err(mixed_up()) };
        if context.json {
            output::json(&json!({ "keys": keys }))?;
        } else {
            output::line(&format!("{}: {}", tongue.of("keys shredded", "уничтожено ключей"), keys.len()))?;
        }
        Ok(if keys.is_empty() { Exit::Negative } else { Exit::Ok })
    }
}

//! What a person decides about parked messages: `gkh queue retry`, `replay`, `discard`.

use std::io::{IsTerminal as _, Write as _};

use clap::Args;
use gis_gkh_delivery::{Decided, DecidedMany, Decision, MessageId, Parked, Scope, Verb};
use gis_gkh_gateway::Gateway;
use gis_gkh_gateway::control::{Answer, Request};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::Tongue;
use crate::moment::written;
use crate::{Context, engine, output};

/// Which messages: one, or all that fit.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Number of the message.
    #[arg(required_unless_present = "all")]
    id: Option<i64>,
    /// All that wait for a person.
    #[arg(long, conflicts_with = "id")]
    all: bool,
    /// Of them, those of this stand.
    #[arg(long, value_name = "NAME", requires = "all")]
    stand: Option<String>,
    /// Of them, those of this organisation (orgPPAGUID).
    #[arg(long, value_name = "GUID", requires = "all")]
    organisation: Option<String>,
    /// Of them, those of this service (`bills`, `appeals`, `device-metering`).
    #[arg(long, value_name = "NAME", requires = "all")]
    service: Option<String>,
    /// Of them, those parked with this code or because of it (AUT011005, delivery.not_delivered).
    #[arg(long, value_name = "CODE", requires = "all")]
    reason_code: Option<String>,
}

/// Who decides, and how sure he is.
#[derive(Debug, Args)]
pub(crate) struct Who {
    /// Who decides, for the record; else the name this system knows you by.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// What is done once everything is clear.
struct Act {
    gateway: Gateway,
    runtime: Runtime,
    tongue: Tongue,
    json: bool,
    decision: Decision,
}

/// Carries out a decision; what is risky is said first, and done when `yes` or the person at the terminal says so.
pub(crate) fn decide(
    context: &Context,
    verb: Verb,
    which: Which,
    who: Who,
    reason: Option<String>,
    yes: bool,
) -> Result<Exit, Failure> {
    let config = engine::config(context)?;
    let tongue = engine::tongue(context, &config);
    let by = who.by.unwrap_or_else(name);
    let decision = Decision { verb, by, reason: reason.unwrap_or_default(), risk: false };
    let gateway = engine::gateway(config)?;
    let act = Act { gateway, runtime: engine::runtime()?, tongue, json: context.json, decision };
    match which.id {
        Some(id) => act.about_one(MessageId(id), yes),
        None => {
            let scope = Scope { stand: which.stand, organisation: which.organisation, service: which.service };
            act.about_all(&Parked { scope, code: which.reason_code }, yes)
        }
    }
}

/// The name the system knows the person by.
fn name() -> String {
    let known = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    known.filter(|name| !name.is_empty()).unwrap_or_else(|| "?".to_owned())
}

impl Act {
    fn about_one(mut self, message: MessageId, yes: bool) -> Result<Exit, Failure> {
        let mut decided = self.one(message)?;
        if decided == Decided::MayBeApplied {
            let risk = self.risk(1);
            self.confirm(&risk, yes)?;
            self.decision.risk = true;
            decided = self.one(message)?;
        }
        let word = self.tongue.of("message", "сообщение");
        let done = decided == Decided::Done;
        if self.json {
            output::json(&json!({ "changed": done, "outcome": decided }))?;
        } else if done {
            output::line(&format!("{word} {message}: {}", self.done()))?;
        } else {
            output::note(&format!("{word} {message}: {}", self.not_done(decided)));
        }
        Ok(if done { Exit::Ok } else { Exit::Negative })
    }

    fn about_all(mut self, which: &Parked, yes: bool) -> Result<Exit, Failure> {
        if self.decision.verb == Verb::Discard {
            let count = self.count(which)?;
            if count > 0 {
                let text = self.tongue.of("messages will be given up", "сообщений будет отменено");
                self.confirm(&format!("{count} {text}"), yes)?;
            }
        }
        let mut many = self.many(which)?;
        if many.may_be_applied > 0 {
            let risk = self.risk(many.may_be_applied);
            if many.done > 0 && !yes {
                output::note(&format!("{}: {}", self.done(), many.done));
            }
            self.confirm(&risk, yes)?;
            self.decision.risk = true;
            let rest = self.many(which)?;
            many = DecidedMany { done: many.done + rest.done, ..rest };
        }
        let DecidedMany { done, not_parked, may_be_applied, too_early, .. } = many;
        if self.json {
            let told = json!({
                "done": done, "not_parked": not_parked, "may_be_applied": may_be_applied, "too_early": too_early,
            });
            output::json(&told)?;
        } else {
            output::line(&format!("{}: {done}", self.done()))?;
            if too_early > 0 {
                let text = self.tongue.of(
                    "may still be applied by ГИС ЖКХ and stay as they are; try again in a few hours",
                    "ГИС ЖКХ ещё может применить; они оставлены как есть, повторите через несколько часов",
                );
                output::note(&format!("{too_early}: {text}"));
            }
        }
        self.paused(which)?;
        Ok(if done > 0 && too_early == 0 { Exit::Ok } else { Exit::Negative })
    }

    fn ask(&self, request: Request) -> Result<Answer, Failure> {
        self.runtime.block_on(self.gateway.act(request)).map_err(engine::failure)
    }

    fn one(&self, message: MessageId) -> Result<Decided, Failure> {
        match self.ask(Request::Decide { message, decision: self.decision.clone() })? {
            Answer::Decided(decided) => Ok(decided),
            _ => Err(mixed_up()),
        }
    }

    /// Page by page, so that no request lasts long.
    fn many(&self, which: &Parked) -> Result<DecidedMany, Failure> {
        let (mut all, mut after) = (DecidedMany::default(), None);
        loop {
            let request = Request::DecideMany { which: which.clone(), after, decision: self.decision.clone() };
            let Answer::DecidedMany(some) = self.ask(request)? else { return Err(mixed_up()) };
            all.done += some.done;
            all.not_parked += some.not_parked;
            all.may_be_applied += some.may_be_applied;
            all.too_early += some.too_early;
            after = some.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    fn count(&self, which: &Parked) -> Result<u64, Failure> {
        match self.ask(Request::CountParked { which: which.clone() })? {
            Answer::Count(count) => Ok(count),
            _ => Err(mixed_up()),
        }
    }

    /// What a message that may have been applied and goes anew may lead to.
    fn risk(&self, messages: u64) -> String {
        let text = self.tongue.of(
            "may have been applied by ГИС ЖКХ although nobody could find out. Sent anew, every record of it that was applied is there \
             twice, and what is there twice has to be withdrawn by hand. Replay only what you have made sure is not there: in the \
             cabinet of ГИС ЖКХ, or by its support.",
            "ГИС ЖКХ могла применить, хотя выяснить это не удалось. Если отправить заново, каждая применённая запись окажется в \
             системе дважды, и лишнюю придётся отзывать вручную. Отправляйте заново только то, чего в системе точно нет: это видно \
             в личном кабинете ГИС ЖКХ или скажет её поддержка.",
        );
        format!("{} {messages}: {text}", self.tongue.of("messages", "сообщений"))
    }

    /// Says what is at stake; goes on when the person has said so.
    fn confirm(&self, stake: &str, yes: bool) -> Result<(), Failure> {
        output::note(stake);
        if yes {
            return Ok(());
        }
        if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
            let mut out = std::io::stderr().lock();
            // Whoever does not see the question does not answer it.
            let _ = write!(out, "{} ", self.tongue.of("Go on? Type yes:", "Продолжить? Введите «да»:"));
            let _ = out.flush();
            let mut line = String::new();
            if std::io::stdin().read_line(&mut line).is_ok()
                && matches!(line.trim().to_lowercase().as_str(), "yes" | "да")
            {
                return Ok(());
            }
        }
        let text = self.tongue.of(
            "nothing of it was done; say --yes if it is to be done",
            "ничего из этого не сделано; если сделать нужно, добавьте --yes",
        );
        Err(Failure::new(Exit::BadData, text))
    }

    fn done(&self) -> &'static str {
        match self.decision.verb {
            Verb::Retry => self.tongue.of("goes on", "продолжено"),
            Verb::Replay => self.tongue.of("will be sent anew", "будет отправлено заново"),
            Verb::Discard => self.tongue.of("given up", "отменено"),
        }
    }

    fn not_done(&self, decided: Decided) -> String {
        match decided {
            Decided::TooEarly { until } => format!(
                "{} {}",
                self.tongue.of(
                    "ГИС ЖКХ may still apply it, so nobody can know that it is not there; replay it after",
                    "ГИС ЖКХ ещё может его применить, и знать, что записей нет, пока нельзя; отправьте заново после",
                ),
                written(until),
            ),
            _ => self
                .tongue
                .of("does not wait for a person; nothing was done", "не ждёт решения человека; ничего не сделано")
                .to_owned(),
        }
    }

    /// What goes on may be paused: with lost rights or keys the gateway pauses the organisation itself.
    fn paused(&self, which: &Parked) -> Result<(), Failure> {
        if self.json || self.decision.verb == Verb::Discard {
            return Ok(());
        }
        let Answer::Pauses(pauses) = self.ask(Request::Pauses)? else { return Ok(()) };
        for pause in pauses.iter().filter(|pause| pause.scope.covers(&which.scope) || which.scope.covers(&pause.scope))
        {
            let named = [
                ("--stand", &pause.scope.stand),
                ("--organisation", &pause.scope.organisation),
                ("--service", &pause.scope.service),
            ];
            let named = named.iter().filter_map(|(name, value)| Some(format!(" {name} {}", value.as_deref()?)));
            let text = self.tongue.of("still paused; let it go on with", "ещё приостановлено; продолжить:");
            output::note(&format!("{text} `gkh queue resume{}`", named.collect::<String>()));
        }
        Ok(())
    }
}

fn mixed_up() -> Failure {
    Failure::new(Exit::Fault, "the gateway that has the store answers something else; is it of the same version?")
}

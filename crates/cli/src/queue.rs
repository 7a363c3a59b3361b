//! `gkh queue`: what is on its way, and what a person decides about it.

mod decide;
mod tell;

use clap::{Args, Subcommand};
use gis_gkh_delivery::{BodyRole, Evidence, MessageId, Parked, Pause, Scope, StoreError, Verb};
use gis_gkh_gateway::GatewayError;
use gis_gkh_gateway::control::{Answer, Request};
use gis_gkh_gateway::gateway::Overview;
use serde_json::{Value, json};

use self::decide::{Which, Who, decide};
pub(crate) use self::tell::{line, with_words};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::Tongue;
use crate::moment::{duration, written};
use crate::{Context, engine, output};

/// What is on its way, and what a person decides about it.
#[derive(Debug, Args)]
pub(crate) struct Queue {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Messages that are not finished.
    List {
        /// Only those that wait for a person.
        #[arg(long)]
        parked: bool,
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: usize,
    },
    /// One message: where it stands, why, and what went over the wire.
    Show {
        /// Number of the message.
        id: i64,
    },
    /// Try parked messages again: what is in doubt is looked up, never sent twice.
    Retry {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        who: Who,
        /// Why, for the record.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Send parked messages anew, in doubt or not: you have made sure that ГИС ЖКХ has nothing of them.
    Replay {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        who: Who,
        /// How you made sure, for the record.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Without asking: you know that records may come to be there twice.
        #[arg(long)]
        yes: bool,
    },
    /// Give parked messages up: what was not sent is refused, what is in doubt stays unknown.
    Discard {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        who: Who,
        /// Why, for the record.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// With `--all`: without asking.
        #[arg(long)]
        yes: bool,
    },
    /// Hold a part of the traffic; what is in flight goes on.
    Pause {
        #[command(flatten)]
        part: Part,
        /// Why, for people.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// For how long (`30m`, `2h`); else until `resume`.
        #[arg(long = "for", value_name = "TIME")]
        period: Option<String>,
    },
    /// Let a paused part go on.
    Resume {
        #[command(flatten)]
        part: Part,
    },
    /// What is paused.
    Pauses,
}

/// Which part of the traffic; without any of these, everything.
#[derive(Debug, Args)]
struct Part {
    /// Of this stand.
    #[arg(long, value_name = "NAME")]
    stand: Option<String>,
    /// Of this organisation (orgPPAGUID).
    #[arg(long, value_name = "GUID")]
    organisation: Option<String>,
    /// Of this service (`bills`, `appeals`, `device-metering`).
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
}

impl From<Part> for Scope {
    fn from(part: Part) -> Self {
        Self { stand: part.stand, organisation: part.organisation, service: part.service }
    }
}

impl Queue {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.what {
            What::List { parked, limit } => list(context, parked, limit),
            What::Show { id } => show(context, MessageId(id)),
            What::Retry { which, who, reason } => decide(context, Verb::Retry, which, who, reason, true),
            What::Replay { which, who, reason, yes } => decide(context, Verb::Replay, which, who, Some(reason), yes),
            What::Discard { which, who, reason, yes } => decide(context, Verb::Discard, which, who, Some(reason), yes),
            What::Pause { part, reason, period } => {
                let period = period.as_deref().map(duration).transpose()?;
                let seconds = period.map(|period| period.as_secs().max(1));
                act(context, Request::Pause { scope: part.into(), reason, seconds }).map(|_| Exit::Ok)
            }
            What::Resume { part } => {
                let (tongue, answer) = act(context, Request::Resume { scope: part.into() })?;
                if !context.json && answer == (Answer::Done { changed: false }) {
                    output::note(tongue.of("exactly this part is not paused", "именно эта часть не приостановлена"));
                }
                Ok(changed(&answer))
            }
            What::Pauses => pauses(context),
        }
    }
}

fn changed(answer: &Answer) -> Exit {
    if *answer == (Answer::Done { changed: false }) { Exit::Negative } else { Exit::Ok }
}

/// Has it done by whoever has the store.
fn act(context: &Context, request: Request) -> Result<(Tongue, Answer), Failure> {
    let config = engine::config(context)?;
    let tongue = engine::tongue(context, &config);
    let gateway = engine::gateway(config)?;
    let answer = engine::runtime()?.block_on(gateway.act(request)).map_err(engine::failure)?;
    if context.json
        && let Answer::Done { changed } = &answer
    {
        output::json(&json!({ "changed": changed }))?;
    }
    Ok((tongue, answer))
}

/// The store for looking; nothing when nothing was handed over yet.
fn overview(context: &Context) -> Result<(Tongue, Option<Overview>), Failure> {
    let config = engine::config(context)?;
    let tongue = engine::tongue(context, &config);
    match Overview::open(&config) {
        Ok(overview) => Ok((tongue, Some(overview))),
        Err(GatewayError::Store(StoreError::Missing { .. })) => Ok((tongue, None)),
        Err(error) => Err(engine::failure(error)),
    }
}

fn list(context: &Context, parked: bool, limit: usize) -> Result<Exit, Failure> {
    let (tongue, overview) = overview(context)?;
    let queue = match overview {
        Some(overview) => {
            let found = async {
                match parked {
                    true => overview.parked(&Parked::default(), limit).await,
                    false => overview.queue(limit).await,
                }
            };
            engine::runtime()?.block_on(found).map_err(engine::failure)?
        }
        None => Vec::new(),
    };
    if context.json {
        let told: Vec<_> = queue.iter().map(|view| with_words(tongue, view)).collect();
        return output::json(&told).map(|()| Exit::Ok);
    }
    if queue.is_empty() {
        return output::line(tongue.of("nothing is on its way", "в пути ничего нет")).map(|()| Exit::Ok);
    }
    queue.iter().try_for_each(|view| output::line(&line(tongue, view)))?;
    Ok(Exit::Ok)
}

fn show(context: &Context, message: MessageId) -> Result<Exit, Failure> {
    let (tongue, overview) = overview(context)?;
    let none = || {
        let text = tongue.of("never was there", "не существовало");
        Failure::new(Exit::BadData, format!("{} {message} {text}", tongue.of("message", "сообщение")))
    };
    let overview = overview.ok_or_else(none)?;
    let runtime = engine::runtime()?;
    let view = runtime.block_on(overview.message(message)).map_err(engine::failure)?.ok_or_else(none)?;
    let evidence = runtime.block_on(overview.evidence(message)).map_err(engine::failure)?;
    if context.json {
        let mut told = with_words(tongue, &view);
        let bodies = evidence.iter().map(|one| {
            json!({
                "role": one.role.name(),
                "build": one.build,
                "at": written(one.at),
                "bytes": one.bytes.len(),
                "sha256": one.sha256.to_string(),
                "decision": serde_json::from_slice::<Value>(&one.bytes).ok().filter(|_| one.role == BodyRole::Decision),
            })
        });
        told["evidence"] = bodies.collect();
        return output::json(&told).map(|()| Exit::Ok);
    }
    output::line(&line(tongue, &view))?;
    for one in &evidence {
        output::line(&format!(
            "  {} {} {} ({} B, sha256 {})",
            written(one.at),
            one.build,
            one.role.name(),
            one.bytes.len(),
            one.sha256
        ))?;
        if let Some(decision) = decision(one) {
            output::line(&format!("    {decision}"))?;
        }
    }
    Ok(Exit::Ok)
}

/// What a person decided, in one line.
fn decision(evidence: &Evidence) -> Option<String> {
    let told: Value = serde_json::from_slice(&evidence.bytes).ok().filter(|_| evidence.role == BodyRole::Decision)?;
    let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    Some(format!("{}: {}: {}", text("decision"), text("by"), text("reason")))
}

fn pauses(context: &Context) -> Result<Exit, Failure> {
    let (tongue, answer) = act(context, Request::Pauses)?;
    let Answer::Pauses(pauses) = answer else { return Ok(Exit::Fault) };
    if context.json {
        return output::json(&pauses).map(|()| Exit::Ok);
    }
    if pauses.is_empty() {
        return output::line(tongue.of("nothing is paused", "ничего не приостановлено")).map(|()| Exit::Ok);
    }
    pauses.iter().try_for_each(|pause| output::line(&paused(tongue, pause)))?;
    Ok(Exit::Ok)
}

fn paused(tongue: Tongue, Pause { scope, reason, at, until }: &Pause) -> String {
    let parts = [&scope.stand, &scope.organisation, &scope.service];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    let part = if parts.is_empty() { tongue.of("everything", "всё").to_owned() } else { parts.join(" ") };
    let until = until.map(|until| format!(" — {}", written(until))).unwrap_or_default();
    format!("{part}: {}{until}: {reason}", written(*at))
}

//! `gkh queue`: what is on its way, and what a person decides about it.

use clap::{Args, Subcommand};
use gis_gkh_delivery::state::MessageState;
use gis_gkh_delivery::{MessageId, Pause, QueueView, Scope, StoreError};
use gis_gkh_gateway::GatewayError;
use gis_gkh_gateway::control::{Answer, Request};
use gis_gkh_gateway::desk::words::{self, who_fixes};
use gis_gkh_gateway::gateway::Overview;
use serde_json::json;

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
    /// Try a parked message again.
    Retry {
        /// Number of the message.
        id: i64,
    },
    /// Give a parked message up: what was not sent is refused, what is in doubt stays unknown.
    Discard {
        /// Number of the message.
        id: i64,
        /// Why, for the record.
        #[arg(long, value_name = "TEXT")]
        reason: String,
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
            What::Retry { id } => decide(context, MessageId(id), Request::Retry { message: MessageId(id) }),
            What::Discard { id, reason } => {
                decide(context, MessageId(id), Request::Discard { message: MessageId(id), reason })
            }
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

fn decide(context: &Context, message: MessageId, request: Request) -> Result<Exit, Failure> {
    let (tongue, answer) = act(context, request)?;
    if !context.json {
        match answer {
            Answer::Done { changed: false } => output::note(&format!(
                "{} {message} {}",
                tongue.of("message", "сообщение"),
                tongue
                    .of("does not wait for a person; nothing was done", "не ждёт решения человека; ничего не сделано"),
            )),
            _ => output::line(&format!(
                "{} {message}: {}",
                tongue.of("message", "сообщение"),
                tongue.of("done", "сделано")
            ))?,
        }
    }
    Ok(changed(&answer))
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
    let mut queue = match overview {
        Some(overview) => {
            // Parked ones may stand anywhere among the others.
            let all = if parked { usize::MAX } else { limit };
            engine::runtime()?.block_on(overview.queue(all)).map_err(engine::failure)?
        }
        None => Vec::new(),
    };
    queue.retain(|view| !parked || view.state == MessageState::Parked);
    queue.truncate(limit);
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
        let text = tongue.of("is not on its way: finished, or never there", "не в пути: завершено или не существовало");
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
    }
    Ok(Exit::Ok)
}

/// Why a message stands, and what to do.
fn why(tongue: Tongue, view: &QueueView) -> Option<String> {
    let failure = view.failure.as_ref()?;
    Some(words::failure(failure, tongue.into()))
}

fn with_words(tongue: Tongue, view: &QueueView) -> serde_json::Value {
    let mut told = json!(view);
    told["why"] = json!(why(tongue, view));
    told["who_fixes"] = json!(view.failure.as_ref().map(|failure| who_fixes(failure.fixer)));
    told["decide"] = json!(decisions(view).map_or_else(Vec::new, Vec::from));
    told
}

/// What a person may do about a parked message.
fn decisions(view: &QueueView) -> Option<[String; 2]> {
    let id = view.message.0;
    (view.state == MessageState::Parked)
        .then(|| [format!("gkh queue retry {id}"), format!("gkh queue discard {id} --reason …")])
}

fn line(tongue: Tongue, view: &QueueView) -> String {
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
        "{} {} ({}, {batch}): {state}; {} {}, {} {}",
        tongue.of("message", "сообщение"),
        view.message,
        view.operation,
        tongue.of("objects", "объектов"),
        view.objects.total(),
        tongue.of("next step", "следующий шаг"),
        written(view.due),
    );
    if let Some(why) = why(tongue, view) {
        text.push_str(&format!("\n  {why}"));
    }
    if let Some(decisions) = decisions(view) {
        text.push_str(&format!("\n  {}", decisions.map(|verb| format!("`{verb}`")).join(tongue.of(" or ", " или "))));
    }
    text
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

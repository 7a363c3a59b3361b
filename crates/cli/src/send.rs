//! `gkh send bills|readings|answers FILE`: check, store durably, and perhaps wait for the outcome.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use gis_gkh_delivery::{BatchCounts, BatchId};
use gis_gkh_gateway::gateway::{BillOptions, Faults, Handed, Overview};
use gis_gkh_gateway::records::{Input, Period, ResultRow, Source, Sources};
use gis_gkh_gateway::{Config, Gateway, GatewayError};
use serde_json::json;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::Tongue;
use crate::report::{self, Counts};
use crate::{Context, engine, output, progress};

/// Hand records over for delivery.
#[derive(Debug, Args)]
pub(crate) struct Send {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A month of payment documents.
    Bills(Bills),
    /// Readings of meters.
    Readings(Table),
    /// Answers to appeals.
    Answers(Table),
}

/// Records that come in one table: CSV, or a JSON document when the name ends in `.json`.
#[derive(Debug, Args)]
struct Table {
    /// The file.
    file: PathBuf,
    /// Send the good rows although others are faulty.
    #[arg(long)]
    partial: bool,
    /// Send once more what was refused before, though nothing of it has changed.
    #[arg(long)]
    again: bool,
    /// Deliver and wait for the outcome.
    #[arg(long)]
    wait: bool,
}

/// A month of payment documents: `charges.csv` with its companions beside it, or one JSON document.
#[derive(Debug, Args)]
struct Bills {
    /// The charges file (CSV) or the JSON document; else `[files] charges` of the configuration.
    file: Option<PathBuf>,
    /// The billing period, YYYY-MM; bills of another are faulty.
    #[arg(long, value_name = "YYYY-MM")]
    period: Option<String>,
    /// Send the good bills although others are faulty.
    #[arg(long)]
    partial: bool,
    /// Take amounts in roubles (`123,45`) beside whole kopecks.
    #[arg(long)]
    lenient: bool,
    /// Send once more what was refused before, though nothing of it has changed.
    #[arg(long)]
    again: bool,
    /// Deliver and wait for the outcome.
    #[arg(long, conflicts_with = "dry_run")]
    wait: bool,
    /// Send nothing and store nothing; write the exact signed envelopes into `--out`.
    #[arg(long, requires = "out")]
    dry_run: bool,
    /// Directory for `--dry-run`.
    #[arg(long, value_name = "DIR", requires = "dry_run")]
    out: Option<PathBuf>,
}

/// How often a batch is looked at that another process delivers.
const LOOK: std::time::Duration = std::time::Duration::from_millis(250);

impl Send {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let config = engine::config(context)?;
        let tongue = engine::tongue(context, &config);
        let sending = |wait, handed: Handed, options| Sending { context, tongue, handed, options, wait };
        match self.what {
            What::Bills(bills) => {
                let options = bills.options(tongue)?;
                let sources = match bills.input(&config)?.load() {
                    Ok(sources) => sources,
                    Err(problems) => return told(context, tongue, &Faults { problems, ..Faults::default() }),
                };
                let gateway = engine::gateway(config)?;
                match &bills.out {
                    Some(out) => bills.dry_run(context, tongue, &gateway, &sources, &options, out),
                    None => sending(bills.wait, Handed::Bills(sources), options).accept(&gateway),
                }
            }
            What::Readings(table) => match Source::load(&table.file) {
                Ok(source) => {
                    let options = table.options(tongue);
                    sending(table.wait, Handed::Readings(source), options).accept(&engine::gateway(config)?)
                }
                Err(problem) => told(context, tongue, &Faults { problems: vec![problem], ..Faults::default() }),
            },
            What::Answers(table) => match Source::load(&table.file) {
                Ok(source) => {
                    let options = table.options(tongue);
                    sending(table.wait, Handed::Answers(source), options).accept(&engine::gateway(config)?)
                }
                Err(problem) => told(context, tongue, &Faults { problems: vec![problem], ..Faults::default() }),
            },
        }
    }
}

impl Table {
    fn options(&self, tongue: Tongue) -> BillOptions {
        BillOptions { partial: self.partial, again: self.again, lang: tongue.into(), ..BillOptions::default() }
    }
}

impl Bills {
    fn options(&self, tongue: Tongue) -> Result<BillOptions, Failure> {
        let period = match &self.period {
            None => None,
            Some(period) => Some(period.parse::<Period>().map_err(|error| Failure::of(Exit::BadData, &error))?),
        };
        Ok(BillOptions { period, lenient: self.lenient, partial: self.partial, again: self.again, lang: tongue.into() })
    }

    fn input(&self, config: &Config) -> Result<Input, Failure> {
        config.input(self.file.as_deref()).ok_or_else(|| {
            Failure::new(
                Exit::BadData,
                "which bills? name a file, or set `charges` under `[files]` in the configuration",
            )
        })
    }

    fn dry_run(
        &self,
        context: &Context,
        tongue: Tongue,
        gateway: &Gateway,
        sources: &Sources,
        options: &BillOptions,
        out: &std::path::Path,
    ) -> Result<Exit, Failure> {
        let run = gateway.dry_run_bills(sources, options).map_err(engine::failure)?;
        if run.envelopes.is_empty() {
            return told(context, tongue, &run.faults);
        }
        let fail = |error: std::io::Error| Failure::file(Exit::Fault, out, &error);
        std::fs::create_dir_all(out).map_err(fail)?;
        let mut files = Vec::new();
        for envelope in &run.envelopes {
            let path = out.join(&envelope.file_name);
            std::fs::write(&path, &envelope.bytes).map_err(fail)?;
            files.push(path.display().to_string());
        }
        if context.json {
            output::json(&json!({ "envelopes": files, "problems": problems(tongue, &run.faults) }))?;
        } else {
            print_problems(tongue, &run.faults);
            files.iter().try_for_each(|file| output::line(file))?;
        }
        Ok(if run.faults.is_empty() { Exit::Ok } else { Exit::Negative })
    }
}

/// What is handed over, and how.
struct Sending<'c> {
    context: &'c Context,
    tongue: Tongue,
    handed: Handed,
    options: BillOptions,
    wait: bool,
}

impl Sending<'_> {
    /// What the rows are called.
    fn noun(&self) -> &'static str {
        let tongue = self.tongue;
        match self.handed {
            Handed::Bills(_) => tongue.of("bills to deliver", "документов к доставке"),
            Handed::Readings(_) => tongue.of("readings to deliver", "показаний к доставке"),
            Handed::Answers(_) => tongue.of("steps of answers to deliver", "шагов с ответами к доставке"),
        }
    }

    fn accept(&self, gateway: &Gateway) -> Result<Exit, Failure> {
        let Self { context, tongue, options, .. } = *self;
        let runtime = engine::runtime()?;
        let intake = runtime.block_on(gateway.accept(&self.handed, &options)).map_err(engine::failure)?;
        let Some(accepted) = intake.accepted else { return told(context, tongue, &intake.faults) };
        if !context.json {
            print_problems(tongue, &intake.faults);
        }
        if !self.wait {
            let next = "gkh run --until-empty";
            if context.json {
                output::json(&json!({
                    "batch": accepted.batch,
                    "repeated": accepted.repeated,
                    "objects": accepted.counts,
                    "messages": accepted.messages,
                    "delivers": next,
                    "problems": problems(tongue, &intake.faults),
                }))?;
            } else {
                output::line(&format!(
                    "{} {}: {}{}",
                    tongue.of("batch", "пакет"),
                    accepted.batch.0,
                    stored(tongue, self.noun(), &accepted.counts, accepted.messages),
                    if accepted.repeated {
                        tongue.of(" (handed over before)", " (уже передавался)")
                    } else {
                        ""
                    },
                ))?;
                if accepted.counts.in_message + accepted.counts.unknown > 0 {
                    output::line(&format!("{} `{next}`", tongue.of("to be delivered by", "доставит")))?;
                }
            }
            return Ok(if intake.faults.is_empty() { Exit::Ok } else { Exit::Negative });
        }
        let mut rows = if gateway.has_store() {
            let (observer, bar) = progress::bar(tongue, context.json);
            runtime.block_on(gateway.run(true, engine::stop(), observer)).map_err(engine::failure)?;
            drop(bar);
            runtime.block_on(gateway.results(accepted.batch, tongue.into())).map_err(engine::failure)?
        } else {
            // Another process has the store and delivers.
            runtime.block_on(watch(gateway.config(), accepted.batch, tongue)).map_err(engine::failure)?
        };
        rows.extend(intake.faults.rows.iter().cloned());
        rows.sort_by_key(|row| row.row);
        let counts = Counts::of(&rows);
        if context.json {
            output::json(&json!({
                "batch": accepted.batch,
                "accepted": counts.accepted,
                "rejected": counts.rejected,
                "uncertain": counts.uncertain,
                "waiting": counts.waiting,
                "refused": counts.refused,
                "messages": accepted.messages,
                "rows": rows,
            }))?;
        } else {
            report::people(tongue, &rows)?;
        }
        Ok(match counts {
            Counts { uncertain: 0, waiting: 0, rejected: 0, refused: 0, .. } => Exit::Ok,
            Counts { uncertain: 0, waiting: 0, .. } => Exit::Negative,
            _ => Exit::Unfinished,
        })
    }
}

/// Looks at a batch that another process delivers until nothing of it is on its way, or until the person has waited enough.
async fn watch(config: &Config, batch: BatchId, tongue: Tongue) -> Result<Vec<ResultRow>, GatewayError> {
    let overview = Overview::open(config)?;
    let mut stop = std::pin::pin!(engine::stop());
    loop {
        let rows = overview.results(batch, tongue.into()).await?;
        let counts = Counts::of(&rows);
        if counts.waiting + counts.uncertain == 0 {
            return Ok(rows);
        }
        tokio::select! {
            () = &mut stop => return Ok(rows),
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Where the rows of a batch are right after it was stored.
fn stored(tongue: Tongue, noun: &str, counts: &BatchCounts, messages: u64) -> String {
    let open = counts.in_message + counts.unknown;
    let mut text = format!("{noun}: {open}");
    if open > 0 {
        text.push_str(&format!(" ({}: {messages})", tongue.of("messages", "сообщений")));
    }
    for (count, word) in [
        (counts.accepted, tongue.of("accepted before", "приняты ранее")),
        (counts.refused, tongue.of("not taken", "не взяты")),
        (counts.postponed, tongue.of("postponed", "отложены")),
    ] {
        if count > 0 {
            text.push_str(&format!(", {word}: {count}"));
        }
    }
    text
}

/// Everything was refused: says why and that nothing was stored.
fn told(context: &Context, tongue: Tongue, faults: &Faults) -> Result<Exit, Failure> {
    if context.json {
        output::json(&json!({ "batch": null, "problems": problems(tongue, faults), "rows": faults.rows }))?;
    } else {
        print_problems(tongue, faults);
        output::note(tongue.of(
            "nothing was stored or sent; `--partial` sends the good rows",
            "ничего не сохранено и не отправлено; `--partial` отправит исправные строки",
        ));
    }
    Ok(Exit::BadData)
}

fn problems(tongue: Tongue, faults: &Faults) -> serde_json::Value {
    let all = faults.problems.iter().map(|problem| {
        json!({
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
            "ref": problem.reference,
            "code": problem.code,
            "message": problem.text(tongue.into()),
        })
    });
    serde_json::Value::Array(all.collect())
}

/// How many problems are printed one by one.
const SHOWN: usize = 100;

fn print_problems(tongue: Tongue, faults: &Faults) {
    for problem in faults.problems.iter().take(SHOWN) {
        output::note(&problem.text(tongue.into()));
    }
    let more = faults.problems.len().saturating_sub(SHOWN) + faults.problems_omitted;
    if more > 0 {
        output::note(&format!("… {} {more}", tongue.of("and more:", "и ещё:")));
    }
    // Bills that the records allow and the contract does not have no place in a file to name.
    let named: std::collections::BTreeSet<_> =
        faults.problems.iter().map(|problem| problem.reference.as_deref()).collect();
    for row in faults.rows.iter().filter(|row| !named.contains(&Some(row.reference.as_str()))).take(SHOWN) {
        output::note(&format!("{}: {}", row.reference, row.message.as_deref().unwrap_or_default()));
    }
}

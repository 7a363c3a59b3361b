//! `gkh-torture`: parent and child of the torture kit.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use gis_gkh_torture::{Kind, Options, RunError, Totals, child, power};

/// Tortures a gateway that works, and compares the books afterwards.
#[derive(Debug, Parser)]
#[command(name = "gkh-torture")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Runs, so often as asked; exit code 1 when any books disagree.
    Run(Run),
    /// Power loss: the store is opened on disks it could have left; exit code 1 when anything promised is lost.
    Power(Power),
    /// A child of a run.
    #[command(hide = true)]
    Child {
        /// Its setting.
        setting: PathBuf,
        /// Do not wait for a store that is somebody else's.
        #[arg(long)]
        at_once: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Store {
    Sqlite,
    Postgres,
    /// One after the other.
    Both,
}

#[derive(Debug, clap::Args)]
struct Run {
    /// The store.
    #[arg(long, value_enum, default_value = "both")]
    store: Store,
    /// What everything is decided by; each run goes on with the next number.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Runs, each with a sandbox and a store of its own.
    #[arg(long, default_value_t = 1)]
    runs: u64,
    /// Messages of one run.
    #[arg(long, default_value_t = 400)]
    messages: usize,
    /// Kills of one run; the other catastrophes go by them.
    #[arg(long, default_value_t = 24)]
    kills: usize,
    /// Fail when a fault has hit fewer than so many in a hundred messages.
    #[arg(long, default_value_t = 0, value_name = "PERCENT")]
    at_least: u64,
    /// Fail when there were fewer kills on a store.
    #[arg(long, default_value_t = 0, value_name = "KILLS")]
    at_least_kills: u64,
    /// Keep what the runs leave on disk here.
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Say what happens.
    #[arg(long)]
    verbose: bool,
}

#[derive(Debug, clap::Args)]
struct Power {
    /// What everything is decided by; each run goes on with the next number.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Runs, each with a workload recorded anew.
    #[arg(long, default_value_t = 1)]
    runs: u64,
    /// Crash points of one run.
    #[arg(long, default_value_t = 100)]
    crashes: u64,
    /// Fail when there were fewer crash points.
    #[arg(long, default_value_t = 0, value_name = "CRASHES")]
    at_least_crashes: u64,
    /// Keep the disks that were not as promised here.
    #[arg(long)]
    keep: Option<PathBuf>,
}

fn main() -> ExitCode {
    match tortured() {
        Ok(code) => code,
        Err(error) => {
            say_error(&error.to_string());
            ExitCode::from(2)
        }
    }
}

type Fault = Box<dyn std::error::Error>;

fn tortured() -> Result<ExitCode, Fault> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match Arguments::parse().verb {
        Verb::Child { setting, at_once } => {
            let code = runtime.block_on(child::run(&setting, !at_once))?;
            // Reading standard input cannot be ended; nothing waits for it.
            runtime.shutdown_background();
            Ok(ExitCode::from(code))
        }
        Verb::Power(arguments) => Ok(ExitCode::from(u8::from(!runtime.block_on(power(&arguments))?))),
        Verb::Run(run) => {
            let mut equal = true;
            for kind in [Kind::Sqlite, Kind::Postgres] {
                let wanted = match kind {
                    Kind::Sqlite => run.store != Store::Postgres,
                    Kind::Postgres => run.store != Store::Sqlite,
                };
                if !wanted {
                    continue;
                }
                let ran = runtime.block_on(async {
                    tokio::select! {
                        ran = runs(&run, &kind) => ran,
                        // Disks and servers of the run go with it.
                        () = interrupted() => Err("interrupted".into()),
                    }
                });
                match ran {
                    // As other tests without their referee: loud, and an error where everything must be there.
                    Err(error) if skippable(&run, error.as_ref()) => say(&format!("SKIPPED {}: {error}", kind.name())),
                    ran => equal &= ran?,
                }
            }
            Ok(if equal { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
    }
}

/// Resolves when somebody wants it to end.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn skippable(run: &Run, error: &(dyn std::error::Error + 'static)) -> bool {
    let missing = matches!(error.downcast_ref(), Some(RunError::NoPostgres));
    missing && run.store == Store::Both && std::env::var_os("CI").is_none()
}

/// All runs on one store. True when the books were equal every time, and enough has happened.
async fn runs(run: &Run, kind: &Kind) -> Result<bool, Fault> {
    let program = std::env::current_exe()?;
    let mut all = Totals { store: kind.name(), seed: run.seed, ..Totals::default() };
    for number in 0..run.runs {
        let seed = run.seed.wrapping_add(number);
        let mut options = Options::new(kind.clone(), seed, run.messages, run.kills, program.clone());
        options.keep = run.keep.as_ref().map(|keep| keep.join(format!("{}-{seed}", kind.name())));
        options.verbose = run.verbose;
        say(&format!("{} run {} of {}, seed {seed}", kind.name(), number + 1, run.runs));
        let (totals, differences) = gis_gkh_torture::run(&options).await?;
        for difference in &differences {
            say(&format!("  {difference}"));
        }
        if run.runs > 1 {
            say(&format!("  {totals}"));
        }
        all.add(&totals);
    }
    say(&all.to_string());
    let few = all.too_few(run.at_least, run.at_least_kills);
    if !few.is_empty() {
        say(&format!("too few in {} messages: {}", all.messages, few.join(", ")));
    }
    Ok(all.differences == 0 && few.is_empty())
}

/// All runs of power losses. True when nothing was lost, and enough has happened.
async fn power(arguments: &Power) -> Result<bool, Fault> {
    let mut all = power::Totals { seed: arguments.seed, ..power::Totals::default() };
    for number in 0..arguments.runs {
        let mut options = power::Options::new(arguments.seed.wrapping_add(number), arguments.crashes);
        options.keep.clone_from(&arguments.keep);
        let (totals, found) = power::run(&options).await?;
        for found in &found {
            say(&format!("  {found}"));
        }
        all.add(&totals);
    }
    say(&all.to_string());
    if all.crashes < arguments.at_least_crashes {
        say(&format!("too few: {} crash points", all.crashes));
    }
    Ok(all.differences == 0 && all.crashes >= arguments.at_least_crashes)
}

#[expect(clippy::print_stdout, reason = "what a program for people is for")]
fn say(line: &str) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "what a program for people is for")]
fn say_error(line: &str) {
    eprintln!("{line}");
}

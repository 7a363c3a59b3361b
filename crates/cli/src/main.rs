//! The `gkh` command: one file a verb, no logic of its own.

mod archive;
mod config;
mod demo;
mod doctor;
mod engine;
mod exit;
mod explain;
mod export;
mod failure;
mod help;
mod inbox;
mod language;
mod message;
mod moment;
mod output;
mod progress;
mod queue;
mod report;
mod run;
mod sandbox;
mod schema;
mod send;
mod status;

use std::cell::Cell;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::failure::Failure;
use crate::language::Tongue;

/// Gateway to ГИС ЖКХ: signs, sends, waits, proves.
#[derive(Debug, Parser)]
#[command(name = "gkh", version, propagate_version = true)]
struct Cli {
    /// Configuration file.
    #[arg(long, global = true, value_name = "FILE", env = "GKH_CONFIG")]
    config: Option<PathBuf>,
    /// The organisation, by its `id`, where the settings have several.
    #[arg(long, global = true, value_name = "ID", env = "GKH_ORG")]
    org: Option<String>,
    /// Language of texts; else the configuration's, else the locale's.
    #[arg(long, global = true, value_enum)]
    lang: Option<Tongue>,
    /// Machine-readable output.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Evidence of everything that went over the wire: verify it, hand it over.
    Archive(archive::Archive),
    /// What the settings may say, and what is wrong with yours.
    Config(config::Settings),
    /// Sandbox and gateway in one process, a month of work, a readable summary.
    Demo(demo::Demo),
    /// Is everything there that delivery stands on: configuration, key, clock, stand, disk, store.
    Doctor(doctor::Doctor),
    /// What an error code of the system means, and what to do.
    Explain(explain::Explain),
    /// Appeals or readings as ГИС ЖКХ has them.
    Export(export::Export),
    /// What recurring exports have brought, for programs that read it.
    Inbox(inbox::Inbox),
    /// Check, canonicalise, sign or verify a message in a file.
    Message(message::Message),
    /// What is on its way, and what a person decides about it.
    Queue(queue::Queue),
    /// Deliver what was handed over, in the foreground.
    Run(run::Run),
    /// A ГИС ЖКХ of one's own, on loopback.
    Sandbox(sandbox::SandboxVerb),
    /// Operations of the system, what a release of the formats changes, and what messages use of them.
    Schema(schema::Schema),
    /// Hand records over for delivery.
    Send(send::Send),
    /// Where everything stands.
    Status(status::Status),
}

/// What every verb is told.
#[derive(Debug)]
struct Context {
    config: Option<PathBuf>,
    /// Which of several organisations.
    org: Option<String>,
    tongue: Option<Tongue>,
    /// The configuration's language, once it is read.
    configured: Cell<Option<Tongue>>,
    json: bool,
}

impl Context {
    /// The language, for verbs that read no configuration.
    fn tongue(&self) -> Tongue {
        Tongue::choose(self.tongue, None)
    }
}

fn main() -> ExitCode {
    let command = help::in_language(Cli::command(), Tongue::before_parsing(std::env::args()));
    let cli = match Cli::from_arg_matches(&command.get_matches()) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let context =
        Context { config: cli.config, org: cli.org, tongue: cli.lang, configured: Cell::default(), json: cli.json };
    let result = match cli.verb {
        Verb::Archive(verb) => verb.run(&context),
        Verb::Config(verb) => verb.run(&context),
        Verb::Demo(verb) => verb.run(&context),
        Verb::Doctor(verb) => verb.run(&context),
        Verb::Explain(verb) => verb.run(&context),
        Verb::Export(verb) => verb.run(&context),
        Verb::Inbox(verb) => verb.run(&context),
        Verb::Message(verb) => verb.run(&context),
        Verb::Queue(verb) => verb.run(&context),
        Verb::Run(verb) => verb.run(&context),
        Verb::Sandbox(verb) => verb.run(&context),
        Verb::Schema(verb) => verb.run(&context),
        Verb::Send(verb) => verb.run(&context),
        Verb::Status(verb) => verb.run(&context),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(Failure { exit, text, russian }) => {
            let russian = russian.filter(|_| Tongue::choose(context.tongue, context.configured.get()) == Tongue::Ru);
            output::note(&format!("gkh: {}", russian.unwrap_or(text)));
            exit.into()
        }
    }
}

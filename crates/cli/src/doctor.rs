//! `gkh doctor`: is everything there that delivery stands on?

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use gis_gkh::clock::SystemClock;
use gis_gkh_gateway::Config;
use gis_gkh_gateway::config::duration;
use gis_gkh_gateway::doctor::{Doctor as Physician, Grade, Page, without_settings};
use gis_gkh_sign::gost::OsEntropy;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::Tongue;
use crate::{Context, engine, output};

/// Configuration, key, clock, stand, disk, store: one page, green, yellow and red, with what to do. Changes nothing.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// How long each check may take (`30s`, `2m`); what takes longer is told as not checked.
    #[arg(long, value_name = "TIME", value_parser = time)]
    timeout: Option<Duration>,
}

fn time(text: &str) -> Result<Duration, String> {
    duration(text).filter(|time| !time.is_zero()).ok_or_else(|| "write a time such as 30s or 2m".to_owned())
}

impl Doctor {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let config = match Config::load_one(&engine::path(context), context.org.as_deref()) {
            Ok(config) => config,
            Err(error) => {
                show(context, context.tongue(), &without_settings(&error))?;
                return Ok(Exit::BadConfig);
            }
        };
        context.configured.set(config.language.map(Tongue::from));
        let mut doctor = Physician::new(Arc::new(SystemClock), Arc::new(OsEntropy));
        if let Some(timeout) = self.timeout {
            doctor = doctor.patience(timeout);
        }
        let runtime = engine::runtime()?;
        let page = runtime.block_on(doctor.examine(&config));
        // What did not answer in time is not waited for.
        runtime.shutdown_background();
        show(context, engine::tongue(context, &config), &page)?;
        Ok(if page.grade() == Grade::Red { Exit::Negative } else { Exit::Ok })
    }
}

fn show(context: &Context, tongue: Tongue, page: &Page) -> Result<(), Failure> {
    let told = page.told(tongue.into());
    if context.json {
        return output::json(&told);
    }
    let coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    for check in &told.checks {
        output::line(&format!("{}  {:<14}  {}", mark(tongue, check.grade, coloured), check.id, check.text))?;
        if let Some(remedy) = check.remedy {
            output::line(&format!("{:28}→ {remedy}", ""))?;
        }
    }
    output::line(&format!("{}: {}", tongue.of("all in all", "в целом"), mark(tongue, told.grade, coloured).trim_end()))
}

/// A grade in one width; a colour says the same again.
fn mark(tongue: Tongue, grade: Grade, coloured: bool) -> String {
    let (word, colour) = match grade {
        Grade::Skipped => (tongue.of("skipped", "пропуск"), "90"),
        Grade::Green => (tongue.of("green", "зелёный"), "32"),
        Grade::Yellow => (tongue.of("YELLOW", "ЖЁЛТЫЙ"), "33"),
        Grade::Red => (tongue.of("RED", "КРАСНЫЙ"), "31"),
    };
    if coloured { format!("\u{1b}[{colour}m{word:<10}\u{1b}[0m") } else { format!("{word:<10}") }
}

//! `gkh run`: the engine in the foreground.

mod together;

use std::sync::PoisonError;

use clap::Args;
use gis_gkh_delivery::BatchCounts;
use gis_gkh_gateway::Config;
use serde_json::json;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::{Context, engine, output, progress};

/// Deliver what was handed over, in the foreground: for every organisation of the settings, or for the one of `--org`.
#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Stop when nothing is left to do.
    #[arg(long)]
    until_empty: bool,
}

impl Run {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        if context.org.is_none() {
            let members = Config::all(&engine::path(context)).map_err(|error| Failure::of(Exit::BadConfig, &error))?;
            if members.len() > 1 {
                return together::run(members, self.until_empty, context);
            }
        }
        let config = engine::config(context)?;
        let tongue = engine::tongue(context, &config);
        let gateway = engine::gateway(config)?;
        let (observer, bar) = progress::bar(tongue, context.json);
        let (observer, delivered) = progress::kept(observer);
        let left = engine::runtime()?
            .block_on(async {
                gateway.run(self.until_empty, engine::stop(), Some(observer)).await?;
                gateway.progress().await
            })
            .map_err(engine::failure)?
            .objects;
        drop(bar);
        // What this run has seen delivered; and what is left, for other nodes may have delivered the rest.
        let delivered = delivered.lock().unwrap_or_else(PoisonError::into_inner).objects;
        let objects = BatchCounts { accepted: delivered.accepted, refused: delivered.refused, ..left };
        if context.json {
            output::json(&json!({
                "accepted": objects.accepted,
                "rejected": objects.refused,
                "uncertain": objects.unknown,
                "waiting": objects.in_message + objects.postponed,
            }))?;
        } else {
            output::line(&format!(
                "{}: {}, {}: {}, {}: {}, {}: {}",
                tongue.of("accepted", "принято"),
                objects.accepted,
                tongue.of("rejected", "отклонено"),
                objects.refused,
                tongue.of("uncertain", "неясно"),
                objects.unknown,
                tongue.of("on their way", "в пути"),
                objects.in_message + objects.postponed,
            ))?;
        }
        Ok(match (objects.unknown + objects.in_message, objects.refused) {
            (0, 0) => Exit::Ok,
            (0, _) => Exit::Negative,
            _ => Exit::Unfinished,
        })
    }
}

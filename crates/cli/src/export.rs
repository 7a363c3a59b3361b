//! `gkh export`: what ГИС ЖКХ has of ours, from the inbox or, with `--direct`, from ГИС ЖКХ itself.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use gis_gkh_delivery::StoreError;
use gis_gkh_gateway::GatewayError;
use gis_gkh_gateway::desk::pulls::{Topic, table};
use gis_gkh_gateway::gateway::{Exported, Overview};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::inbox::TopicName;
use crate::moment::duration;
use crate::{Context, engine, output};

/// Appeals or readings as they are: each object once, as it came last.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// What to export.
    #[arg(value_enum)]
    topic: TopicName,
    /// JSON with every field of the contract, or a CSV of the main ones.
    #[arg(long, value_enum, default_value_t = Form::Json)]
    format: Form,
    /// Where to write; else standard output.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Ask ГИС ЖКХ now, beside the store and its inbox.
    #[arg(long)]
    direct: bool,
    /// With `--direct`: how far back (`7d`); else the overlap of the topic's `[[pull]]`.
    #[arg(long, value_name = "TIME", requires = "direct")]
    back: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Json,
    Csv,
}

impl Export {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let config = engine::config(context)?;
        let topic = Topic::from(self.topic);
        let runtime = engine::runtime()?;
        let items = if self.direct {
            let back = self.back.as_deref().map(duration).transpose()?;
            let gateway = engine::gateway(config)?;
            runtime.block_on(gateway.export(topic, back)).map_err(engine::failure)?
        } else {
            match Overview::open(&config) {
                Ok(overview) => runtime.block_on(overview.latest(topic)).map_err(engine::failure)?,
                Err(GatewayError::Store(StoreError::Missing { .. })) => Vec::new(),
                Err(error) => return Err(engine::failure(error)),
            }
        };
        let text = match self.format {
            Form::Json => json(&items)?,
            Form::Csv => table(topic, &items).map_err(|error| Failure::of(Exit::Fault, &error))?,
        };
        match &self.output {
            Some(path) => std::fs::write(path, text).map_err(|error| Failure::file(Exit::Fault, path, &error))?,
            None => output::bytes(&text)?,
        }
        Ok(Exit::Ok)
    }
}

/// One array of the objects as they are.
fn json(items: &[Exported]) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::from(b"[");
    for (number, item) in items.iter().enumerate() {
        text.extend_from_slice(if number == 0 { b"\n" } else { b",\n" });
        text.extend_from_slice(&item.body);
    }
    text.extend_from_slice(b"\n]\n");
    Ok(text)
}

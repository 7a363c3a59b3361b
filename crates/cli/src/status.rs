//! `gkh status`: where everything stands, also while an engine runs.

use clap::Args;
use gis_gkh_delivery::{BatchId, StoreError};
use gis_gkh_gateway::GatewayError;
use gis_gkh_gateway::gateway::{Overview, Status as Standing};
use gis_gkh_gateway::records::write_csv;
use serde_json::json;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::Tongue;
use crate::{Context, engine, output, queue, report};

/// Batches and unfinished messages; with `--batch`, every row of one.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// The results of one batch, row by row.
    #[arg(long, value_name = "NUMBER")]
    batch: Option<i64>,
    /// Those results as CSV.
    #[arg(long, requires = "batch")]
    csv: bool,
}

impl Status {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let config = engine::config(context)?;
        let tongue = engine::tongue(context, &config);
        let runtime = engine::runtime()?;
        let overview = match Overview::open(&config) {
            Ok(overview) => overview,
            Err(GatewayError::Store(StoreError::Missing { .. })) if self.batch.is_none() => {
                return if context.json {
                    output::json(&json!({ "batches": [], "queue": [] })).map(|()| Exit::Ok)
                } else {
                    nothing(tongue)
                };
            }
            Err(error) => return Err(engine::failure(error)),
        };
        if let Some(batch) = self.batch {
            let rows = runtime.block_on(overview.results(BatchId(batch), tongue.into())).map_err(engine::failure)?;
            if self.csv {
                let mut bytes = Vec::new();
                write_csv(&rows, &mut bytes).map_err(|error| Failure::of(Exit::Fault, &error))?;
                output::bytes(&bytes)?;
            } else if context.json {
                output::json(&rows)?;
            } else {
                report::people(tongue, &rows)?;
            }
            return Ok(Exit::Ok);
        }
        let Standing { batches, queue } = runtime.block_on(overview.status()).map_err(engine::failure)?;
        if context.json {
            let queue: Vec<_> = queue.iter().map(|message| queue::with_words(tongue, message)).collect();
            output::json(&json!({ "batches": batches, "queue": queue }))?;
            return Ok(Exit::Ok);
        }
        if batches.is_empty() && queue.is_empty() {
            return nothing(tongue);
        }
        for batch in &batches {
            let objects = &batch.objects;
            output::line(&format!(
                "{} {} ({}): {} {}, {} {}, {} {}, {} {}",
                tongue.of("batch", "пакет"),
                batch.id.0,
                batch.source,
                tongue.of("accepted", "принято"),
                objects.accepted,
                tongue.of("refused", "отклонено"),
                objects.refused,
                tongue.of("unclear", "неясно"),
                objects.unknown,
                tongue.of("on their way", "в пути"),
                objects.in_message + objects.postponed,
            ))?;
        }
        for message in &queue {
            output::line(&queue::line(tongue, message))?;
        }
        Ok(Exit::Ok)
    }
}

fn nothing(tongue: Tongue) -> Result<Exit, Failure> {
    output::line(tongue.of("nothing was handed over yet", "пока ничего не передано")).map(|()| Exit::Ok)
}

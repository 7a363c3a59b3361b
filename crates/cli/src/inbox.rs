//! `gkh inbox`: what ГИС ЖКХ has sent us, read by named consumers and acknowledged by position.

use clap::{Args, Subcommand, ValueEnum};
use gis_gkh_delivery::{Consumer, InboxItem, Seq, StoreError};
use gis_gkh_gateway::GatewayError;
use gis_gkh_gateway::control::Request;
use gis_gkh_gateway::desk::pulls::Topic;
use gis_gkh_gateway::gateway::Overview;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::moment::written;
use crate::{Context, engine, output};

/// What recurring exports have brought.
#[derive(Debug, Args)]
pub(crate) struct Inbox {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The first items a consumer has not acknowledged. Reading again gives the same.
    Read {
        #[command(flatten)]
        reader: Reader,
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: usize,
        /// One array, or one item a line.
        #[arg(long, value_enum, default_value_t = Form::Ndjson)]
        format: Form,
    },
    /// The consumer has dealt with everything up to a position.
    Ack {
        #[command(flatten)]
        reader: Reader,
        /// The position: `seq` of the last item dealt with.
        seq: i64,
    },
}

#[derive(Debug, Args)]
struct Reader {
    /// Who reads; each name has a position of its own.
    #[arg(long, value_name = "NAME")]
    consumer: String,
    /// Only this topic, in which the name has a position of its own.
    #[arg(long, value_enum)]
    topic: Option<TopicName>,
}

/// A topic by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TopicName {
    Appeals,
    Readings,
}

impl From<TopicName> for Topic {
    fn from(name: TopicName) -> Self {
        match name {
            TopicName::Appeals => Self::Appeals,
            TopicName::Readings => Self::Readings,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Json,
    Ndjson,
}

/// An item as it is printed.
#[derive(Serialize)]
struct Printed<'i> {
    seq: Seq,
    topic: &'i str,
    key: &'i str,
    organisation: &'i str,
    stand: &'i str,
    received_at: String,
    message: i64,
    body: &'i RawValue,
}

impl Inbox {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let config = engine::config(context)?;
        let consumer = |reader: Reader| -> Result<Consumer, Failure> {
            let name = reader.consumer.trim().to_owned();
            if name.is_empty() {
                return Err(Failure::new(Exit::BadData, "a consumer has a name; write --consumer NAME"));
            }
            Ok(Consumer { name, topic: reader.topic.map(|topic| Topic::from(topic).name().to_owned()) })
        };
        match self.what {
            What::Read { reader, limit, format } => {
                let consumer = consumer(reader)?;
                let items = match Overview::open(&config) {
                    Ok(overview) => {
                        let read = overview.inbox(&consumer, limit);
                        engine::runtime()?.block_on(read).map_err(engine::failure)?
                    }
                    Err(GatewayError::Store(StoreError::Missing { .. })) => Vec::new(),
                    Err(error) => return Err(engine::failure(error)),
                };
                print(&items, format)?;
            }
            What::Ack { reader, seq } => {
                let Consumer { name, topic } = consumer(reader)?;
                let request = Request::Acknowledge { consumer: name, topic, upto: Seq(seq) };
                let gateway = engine::gateway(config)?;
                engine::runtime()?.block_on(gateway.act(request)).map_err(engine::failure)?;
                if context.json {
                    output::json(&json!({ "acknowledged": seq }))?;
                }
            }
        }
        Ok(Exit::Ok)
    }
}

fn print(items: &[InboxItem], format: Form) -> Result<(), Failure> {
    let fault = |error: serde_json::Error| Failure::of(Exit::Fault, &error);
    let mut printed = Vec::with_capacity(items.len());
    for item in items {
        printed.push(Printed {
            seq: item.seq,
            topic: &item.topic,
            key: &item.key,
            organisation: &item.organisation,
            stand: &item.stand,
            received_at: written(item.received_at),
            message: item.message.0,
            body: serde_json::from_slice(&item.body).map_err(fault)?,
        });
    }
    match format {
        Form::Json => output::json(&printed),
        Form::Ndjson => printed.iter().try_for_each(|item| output::line(&serde_json::to_string(item).map_err(fault)?)),
    }
}

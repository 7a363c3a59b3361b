//! What parent and child say to each other, one JSON object a line: over the child's standard input and output.

use std::collections::BTreeMap;

use gis_gkh_delivery::{Consumer, ObjectState};
use serde::{Deserialize, Serialize};

use crate::books::Record;
use crate::plan::Batch;
use crate::points::Point;

/// What the parent asks.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// Take this batch; answered by [`Answer::Taken`].
    Take(Batch),
    /// Where do the rows of a batch stand? Answered by [`Answer::Rows`].
    Rows(i64),
    /// What is not finished? Answered by [`Answer::Queue`].
    Queue,
    /// Try a parked message again; answered by [`Answer::Done`].
    Retry(i64),
    /// Give a parked message up; answered by [`Answer::Done`].
    GiveUp(i64),
    /// Whatever is paused goes on; answered by [`Answer::Done`].
    Resume,
    /// What waits in the inbox for a consumer, at most so many? Answered by [`Answer::Inbox`].
    Inbox(Reader, usize),
    /// The consumer has dealt with everything up to a position; answered by [`Answer::Done`].
    Acknowledge(Reader, i64),
    /// How far have the recurring exports read? Answered by [`Answer::Pulls`].
    Pulls,
    /// Say so when this point has been passed so often. Not answered.
    Arm(Point, u64),
    /// Forget the last [`Ask::Arm`]. Not answered.
    Disarm,
    /// End in good order. Not answered.
    Stop,
}

/// A consumer of the inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// Its name.
    pub name: String,
    /// The only topic it reads.
    pub topic: Option<String>,
}

impl From<Reader> for Consumer {
    fn from(Reader { name, topic }: Reader) -> Self {
        Self { name, topic }
    }
}

/// A row and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowState {
    /// The row.
    pub row: u32,
    /// Its state.
    pub state: ObjectState,
    /// The message that carries or carried it.
    pub message: Option<i64>,
}

/// An unfinished message of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The message.
    pub message: i64,
    /// Its batch.
    pub batch: i64,
    /// Its state.
    pub state: String,
    /// It waits for a person.
    pub parked: bool,
    /// Its last failure.
    pub failure: Option<String>,
}

/// What the child answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The batch is on disk under this number.
    Taken {
        /// The number.
        batch: i64,
        /// It had been taken before.
        repeated: bool,
    },
    /// The rows of a batch.
    Rows(Vec<RowState>),
    /// What is not finished.
    Queue(Vec<Waiting>),
    /// What waits in the inbox.
    Inbox(Vec<Record>),
    /// Up to which moment each recurring export has read, by name.
    Pulls(BTreeMap<String, i64>),
    /// It is done.
    Done,
    /// It could not be done.
    Failed(String),
}

/// A line to the child.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ToChild {
    /// Number of the question.
    pub id: u64,
    /// The question.
    pub ask: Ask,
}

/// A line from the child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromChild {
    /// The store is open, the engine runs.
    Ready,
    /// The store is somebody else's.
    Locked(String),
    /// A point is passed for the time asked for.
    At(Point),
    /// The engine has ended by an error and starts again.
    Engine(String),
    /// Calls that were made to fail since the last such line.
    Made {
        /// Calls of the store.
        store: u64,
        /// Calls of the exchange.
        exchange: u64,
    },
    /// The answer to a question.
    Answer {
        /// Number of the question.
        id: u64,
        /// The answer.
        answer: Answer,
    },
}

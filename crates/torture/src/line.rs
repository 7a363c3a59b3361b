//! What parent and child say to each other, one JSON object a line: over the child's standard input and output.

use gis_gkh_delivery::ObjectState;
use serde::{Deserialize, Serialize};

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
    /// Whatever a person would do for what stands still: parked messages are tried again, pauses end. Answered by
    /// [`Answer::Done`].
    Mend,
    /// Say so when this point has been passed so often. Not answered.
    Arm(Point, u64),
    /// Forget the last [`Ask::Arm`]. Not answered.
    Disarm,
    /// End in good order. Not answered.
    Stop,
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

/// An unfinished message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The message.
    pub message: i64,
    /// Its state.
    pub state: String,
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

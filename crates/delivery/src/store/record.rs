//! What goes into the outbox and out of it: claims, decisions, bytes.

use crate::batch::ObjectState;
use crate::ids::{Fence, MessageId, Namespace, ObjectId, Sha256, Timestamp};
use crate::inbox::Page;
use crate::operate::Scope;
use crate::ports::Work;
use crate::state::{Message, MessageState};

/// What a stored body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyRole {
    /// Signed request as it leaves.
    Request,
    /// The system's first answer to a request: ack or refusal.
    Ack,
    /// The system's answer with results.
    Answer,
    /// Signed request of a lookup as it leaves.
    LookupRequest,
    /// First answer to a lookup.
    LookupAck,
    /// Answer of a lookup.
    LookupAnswer,
    /// What a person decided about the message: who, what and why. Never on the wire.
    Decision,
}

impl BodyRole {
    /// Name on disk.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Ack => "ack",
            Self::Answer => "answer",
            Self::LookupRequest => "lookup_request",
            Self::LookupAck => "lookup_ack",
            Self::LookupAnswer => "lookup_answer",
            Self::Decision => "decision",
        }
    }

    /// What a file of such bytes is called at its end.
    #[must_use]
    pub fn extension(self) -> &'static str {
        if self == Self::Decision { "json" } else { "xml" }
    }

    /// The role of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let roles = [
            Self::Request,
            Self::Ack,
            Self::Answer,
            Self::LookupRequest,
            Self::LookupAck,
            Self::LookupAnswer,
            Self::Decision,
        ];
        roles.into_iter().find(|role| role.name() == name)
    }
}

/// Bytes to be kept with a transition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBody {
    /// What they are.
    pub role: BodyRole,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Of an answer: when its request began to leave. None of what has not left yet.
    pub sent: Option<Timestamp>,
    /// Of an answer: when it had come whole.
    pub answered: Option<Timestamp>,
}

/// Kept bytes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What they are.
    pub role: BodyRole,
    /// Build of the message they belong to.
    pub build: u32,
    /// When they were recorded.
    pub at: Timestamp,
    /// When the request began to leave, of an answer.
    pub sent: Option<Timestamp>,
    /// When the answer had come.
    pub answered: Option<Timestamp>,
    /// Digest of the bytes.
    pub sha256: Sha256,
    /// The bytes, verified.
    pub bytes: Vec<u8>,
}

/// A message taken to be worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Token of this claim.
    pub fence: Fence,
    /// The message.
    pub message: Message,
    /// What the exchange needs to know; `message_guid` is that of the current build.
    pub work: Work,
    /// What ids given to the system are derived from.
    pub namespace: Namespace,
}

/// One decision to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Token of the claim.
    pub fence: Fence,
    /// State the message is in on disk.
    pub from: MessageState,
    /// The message from now on.
    pub message: Message,
    /// Positions of objects whose fate has changed.
    pub moved: Vec<usize>,
    /// States of objects that have changed.
    pub objects: Vec<(ObjectId, ObjectState)>,
    /// Bytes to keep. They go into the evidence archive in the same transaction.
    pub bodies: Vec<NewBody>,
    /// Of an export: the page that came. Its items go into the inbox, and a recurring export goes on from it, in the same
    /// transaction.
    pub page: Option<Page>,
    /// Of a recurring export that is built: where its window ends. Kept while the first page is read.
    pub until: Option<Timestamp>,
    /// Keep the claim until then; `None` gives it back.
    pub lease: Option<Timestamp>,
    /// Now.
    pub at: Timestamp,
}

/// Which messages are claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Now.
    pub now: Timestamp,
    /// The claim may be taken over after this.
    pub lease: Timestamp,
    /// At most so many.
    pub limit: usize,
    /// Parts of the traffic that are not claimed now, beside those paused.
    pub closed: Vec<Scope>,
}

/// Acknowledged messages of one queue whose state is asked in bulk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaiting {
    /// The queue: stand, organisation, service.
    pub scope: Scope,
    /// What to ask with, and how often it has been asked about.
    pub messages: Vec<(MessageId, String, u32)>,
}

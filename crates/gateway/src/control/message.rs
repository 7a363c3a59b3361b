//! What goes over the control socket.

use std::collections::BTreeMap;

use gis_gkh_delivery::archive::{EraseError, Hold, HoldId, Selection};
use gis_gkh_delivery::{
    Decided, DecidedMany, Decision, KeyId, MessageId, Month, Parked, ParkedAt, Pause, Scope, Seq, StoreError,
};
use serde::{Deserialize, Serialize};

use super::attached::AttachedBytes;
use crate::gateway::{Accepted, BillOptions, ErasureError, GatewayError, Handed};
use crate::records::{Attachments, Source, Sources};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case")]
pub enum Request {
    /// Take a batch.
    Accept {
        /// The batch, which the client has read and found good.
        batch: BatchText,
        /// How.
        options: BillOptions,
    },
    /// Carry out a decision about a parked message.
    Decide {
        /// Which.
        message: MessageId,
        /// What is to become of it.
        decision: Decision,
    },
    /// Carry out a decision about many parked messages, a bounded number in one request.
    DecideMany {
        /// Which.
        which: Parked,
        /// Those behind this place; the answer says where the next ones begin.
        after: Option<ParkedAt>,
        /// What is to become of them.
        decision: Decision,
    },
    /// How many messages wait for a person.
    CountParked {
        /// Which.
        which: Parked,
    },
    /// What is kept of the archive.
    Custody(Custody),
    /// Hold a part of the traffic.
    Pause {
        /// Which.
        scope: Scope,
        /// Why, for people.
        reason: String,
        /// For so long; nothing: until it is resumed.
        seconds: Option<u64>,
    },
    /// End a pause of exactly this part.
    Resume {
        /// Which.
        scope: Scope,
    },
    /// Which parts are paused.
    Pauses,
    /// A consumer of the inbox has dealt with everything up to here.
    Acknowledge {
        /// Its name.
        consumer: String,
        /// The only topic it reads.
        topic: Option<String>,
        /// Up to here.
        upto: Seq,
    },
}

/// What is kept of the archive, and what goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Custody {
    /// Hold a part: it stays, whatever its term.
    Hold {
        /// Which.
        scope: Selection,
        /// Why, for people.
        reason: String,
    },
    /// End a hold.
    Release {
        /// Which.
        hold: HoldId,
    },
    /// Which parts are held.
    Holds,
    /// Remove the bytes whose term has run out.
    Expire,
    /// Shred the organisation's keys, of one month or of all.
    Erase {
        /// The month.
        month: Option<Month>,
    },
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The batch is on disk.
    Accepted(Accepted),
    /// Done; whether it changed anything.
    Done {
        /// It did.
        changed: bool,
    },
    /// What came of a decision.
    Decided(Decided),
    /// What came of a decision about many.
    DecidedMany(DecidedMany),
    /// So many.
    Count(u64),
    /// What is paused.
    Pauses(Vec<Pause>),
    /// The hold.
    Held(Hold),
    /// What is held.
    Holds(Vec<Hold>),
    /// How many records of each kind lost their bytes.
    Expired(BTreeMap<String, usize>),
    /// The keys that were shredded.
    Erased(Vec<KeyId>),
    /// Not done.
    Refused(Refusal),
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What kind of reason.
    pub kind: RefusalKind,
    /// In words.
    pub text: String,
}

/// Kinds of reasons, for exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// What was asked for does not exist, or cannot be taken.
    Data,
    /// The store.
    Store,
    /// Anything else.
    Fault,
}

impl Request {
    pub(crate) fn accept(handed: &Handed, attachments: &Attachments, options: &BillOptions) -> Self {
        Self::Accept { batch: BatchText::of(handed, attachments), options: *options }
    }
}

impl Answer {
    pub(crate) fn refused(error: &GatewayError) -> Self {
        let kind = match error {
            GatewayError::Store(StoreError::NotFound { .. } | StoreError::KeyReused { .. })
            | GatewayError::TooManyRows { .. }
            | GatewayError::Erasure(
                ErasureError::NoKeys
                | ErasureError::NotOver { .. }
                | ErasureError::Unfinished { .. }
                | ErasureError::Erase(EraseError::Held { .. }),
            ) => RefusalKind::Data,
            GatewayError::Store(_)
            | GatewayError::Engine(_)
            | GatewayError::Keyring(_)
            | GatewayError::NoSharedKeys { .. }
            | GatewayError::Erasure(_) => RefusalKind::Store,
            _ => RefusalKind::Fault,
        };
        Self::Refused(Refusal { kind, text: error.to_string() })
    }

    /// The batch, where one was handed over.
    pub(crate) fn accepted(self) -> Result<Accepted, GatewayError> {
        match self {
            Self::Accepted(accepted) => Ok(accepted),
            Self::Refused(refusal) => Err(GatewayError::Refused(refusal)),
            // Its clock or its version reads the files another way.
            _ => {
                let text = "the gateway that has the store would not take the batch; is it of the same version?";
                Err(GatewayError::Refused(Refusal { kind: RefusalKind::Data, text: text.to_owned() }))
            }
        }
    }
}

/// A batch as text: its kind, its files by their parts, and what its rows name besides.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchText {
    kind: BatchKind,
    files: Vec<FileText>,
    /// Bytes and not paths: the process behind the socket stands in another directory, and may read other things.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attached: Vec<AttachedBytes>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum BatchKind {
    BillsCsv,
    BillsJson,
    Readings,
    Answers,
}

#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct FileText {
    name: String,
    text: String,
}

/// The files are other people's data.
impl std::fmt::Debug for BatchText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BatchText")
            .field("kind", &self.kind)
            .field("files", &self.files.len())
            .field("attached", &self.attached.len())
            .finish()
    }
}

impl BatchText {
    /// Only what was read and found good is sent, so every file is UTF-8.
    fn of(handed: &Handed, attachments: &Attachments) -> Self {
        let text = |source: &Source| FileText {
            name: source.name.clone(),
            text: String::from_utf8_lossy(&source.bytes).into_owned(),
        };
        let (kind, files) = match handed {
            Handed::Bills(Sources::Csv { charges, charge_lines, bank, services, accounts }) => {
                (BatchKind::BillsCsv, [charges, charge_lines, bank, services, accounts].map(text).into())
            }
            Handed::Bills(Sources::Json(source)) => (BatchKind::BillsJson, vec![text(source)]),
            Handed::Readings(source) => (BatchKind::Readings, vec![text(source)]),
            Handed::Answers(source) => (BatchKind::Answers, vec![text(source)]),
        };
        let attached = attachments.known().iter().map(|(path, read)| AttachedBytes::of(path, read)).collect();
        Self { kind, files, attached }
    }

    /// The batch; a file that is missing is an empty one, which is refused by name.
    pub(crate) fn into_handed(self) -> (Handed, Attachments) {
        let attachments = Attachments::brought(self.attached.into_iter().map(AttachedBytes::into_known).collect());
        let mut files = self.files.into_iter();
        let mut source = || {
            let FileText { name, text } = files.next().unwrap_or_default();
            Source::new(name, text)
        };
        let handed = match self.kind {
            BatchKind::BillsCsv => Handed::Bills(Sources::Csv {
                charges: source(),
                charge_lines: source(),
                bank: source(),
                services: source(),
                accounts: source(),
            }),
            BatchKind::BillsJson => Handed::Bills(Sources::Json(source())),
            BatchKind::Readings => Handed::Readings(source()),
            BatchKind::Answers => Handed::Answers(source()),
        };
        (handed, attachments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_comes_out_as_it_went_in_and_is_not_shown() {
        let source = |name: &str| Source::new(name, format!("текст {name}"));
        let csv = Sources::Csv {
            charges: source("a"),
            charge_lines: source("b"),
            bank: source("c"),
            services: source("d"),
            accounts: source("e"),
        };
        for handed in [
            Handed::Bills(csv),
            Handed::Bills(Sources::Json(source("f.json"))),
            Handed::Readings(source("readings.csv")),
            Handed::Answers(source("answers.csv")),
        ] {
            let request = Request::accept(&handed, &Attachments::beside(""), &BillOptions::default());
            assert!(!format!("{request:?}").contains("текст"));
            let line = serde_json::to_string(&request).unwrap();
            let Request::Accept { batch, .. } = serde_json::from_str(&line).unwrap() else { panic!("{line}") };
            assert_eq!(batch.into_handed().0, handed);
        }
    }
}

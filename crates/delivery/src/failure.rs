//! What went wrong, as data: codes of the system and what may be done about them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Ids the system gave to an accepted object, by name (`guid`, `unique_number`, …). Opaque to this crate.
pub type GisIds = BTreeMap<String, String>;

macro_rules! codes {
    ($($(#[$doc:meta])+ $name:ident = $code:literal;)+) => {
        /// Codes of the refusals and parkings this crate decides itself. Texts in people's languages are made elsewhere, by code.
        pub mod local {
            $($(#[$doc])+ pub const $name: &str = $code;)+

            /// Every one of them.
            pub const ALL: &[&str] = &[$($name),+];
        }
    };
}

codes! {
    /// The object was accepted before and its content has changed: a correction, which is an explicit act.
    CORRECTION = "delivery.correction";
    /// The object is still on its way with other content.
    ON_ITS_WAY = "delivery.on_its_way";
    /// Another reference already holds the same natural key.
    KEY_TAKEN = "delivery.key_taken";
    /// Nothing could be sent for longer than [`Policy::max_age`](crate::Policy::max_age).
    NOT_DELIVERED = "delivery.not_delivered";
    /// The outcome is unknown and the operation may not be sent again blindly.
    OUTCOME_UNKNOWN = "delivery.outcome_unknown";
    /// The outcome is unknown and the system refuses to be asked about it.
    LOOKUP_REFUSED = "delivery.lookup_refused";
    /// The stored bytes are damaged.
    DAMAGED = "delivery.damaged";
    /// The worker was too late to send within its deadline.
    LATE = "delivery.late";
    /// A person gave the message up.
    DISCARDED = "delivery.discarded";
    /// What had to be accepted first was not.
    FORERUNNER = "delivery.forerunner";
    /// A process ended, or a worker was overtaken, between the intent to send and its result.
    INTERRUPTED = "delivery.interrupted";
}

/// Where an error appeared (`protocol` §4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// A: connection, TLS, HTTP.
    Transport,
    /// B: SOAP Fault.
    Fault,
    /// C: the whole request failed after processing.
    Request,
    /// D: one object of the request.
    Object,
    /// Decided here, before or beside the exchange.
    Local,
}

/// What may be done about a failure; comes from the catalogue of codes (`protocol` §4.6), never from text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryClass {
    /// Temporary. The request is built anew all the same: the system answers identical bytes with the same error.
    Retry,
    /// Temporary, and only a rebuilt request may pass.
    RetryRebuilt,
    /// Will never pass as it is.
    Permanent,
    /// Nothing found; for an export not an error.
    Empty,
    /// Announced maintenance: wait without counting attempts.
    Maintenance,
    /// Another operation must be used.
    SwitchOperation,
    /// The caller's data or rights must be changed first.
    CallerFix,
    /// The system already holds such an object: find it and adopt it.
    AlreadyExists,
    /// What was asked for had been done before: success.
    AlreadyDone,
}

/// Who can remove the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fixer {
    /// Whoever prepared the row.
    Caller,
    /// Whoever runs the gateway: settings, rights, certificates, disk.
    Operator,
    /// The makers of the gateway.
    Gateway,
    /// The system itself; waiting helps.
    System,
}

/// An error of the exchange, classified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{}{text}", code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default())]
pub struct Failure {
    /// Code of the system or of [`local`]; none when a connection simply broke.
    pub code: Option<String>,
    /// What happened, without personal data. Opaque to this crate.
    pub text: String,
    /// What may be done.
    pub class: RetryClass,
    /// Where it appeared.
    pub level: Level,
    /// Who can remove the cause.
    pub fixer: Fixer,
    /// Code of the failure behind this one, where this one only says what it has led to.
    #[serde(default)]
    pub cause: Option<String>,
}

impl Failure {
    /// A failure decided by this crate.
    pub(crate) fn local(code: &str, text: impl Into<String>, fixer: Fixer) -> Self {
        let (code, text) = (Some(code.into()), text.into());
        Self { code, text, class: RetryClass::Permanent, level: Level::Local, fixer, cause: None }
    }

    /// The same, and what it came of.
    #[must_use]
    pub(crate) fn because_of(self, failure: &Self) -> Self {
        Self { cause: failure.cause.clone().or_else(|| failure.code.clone()), ..self }
    }
}

/// Why an object was refused and will not be sent as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Code of the system, of the check that refused, or of [`local`].
    pub code: String,
    /// What happened, without personal data. Opaque to this crate.
    pub text: String,
    /// Who can remove the cause.
    pub who_fixes: Fixer,
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self { code: failure.code.unwrap_or_default(), text: failure.text, who_fixes: failure.fixer }
    }
}

/// What an answer says about one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Placed; with the ids given.
    Accepted(GisIds),
    /// Not placed, and why.
    Refused(Failure),
}

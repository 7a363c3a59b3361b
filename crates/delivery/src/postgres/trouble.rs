//! What the database says when it refuses, and what may be done about it.

use crate::store::StoreError;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// Why an attempt failed.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    pub(super) cause: Cause,
    pub(super) error: StoreError,
}

/// What a failure means for whoever tries again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The connection is gone, and with it the transaction.
    Lost,
    /// Another node was faster; the same may pass when tried again.
    Conflict,
    /// The server is at its end or busy for too long: others of the group would fare no better.
    Overloaded,
    /// This statement will not pass.
    Refused,
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self { cause: Cause::Refused, error }
    }
}

impl Trouble {
    pub(super) fn of(doing: &'static str, error: &Error) -> Self {
        let cause = match error.code() {
            None => Cause::Lost,
            Some(
                &(SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED | SqlState::UNIQUE_VIOLATION),
            ) => Cause::Conflict,
            // The server ends the session: an administrator, a crash, or a transaction left idle.
            Some(code) if code.code().starts_with("57P") || code.code().starts_with("08") || code.code() == "25P03" => {
                Cause::Lost
            }
            // A lock or a statement that took too long; connections or memory at an end.
            Some(code) if ["55P03", "57014", "53200", "53300"].contains(&code.code()) => Cause::Overloaded,
            Some(_) => Cause::Refused,
        };
        let cause = if error.is_closed() { Cause::Lost } else { cause };
        Self { cause, error: said(doing, error) }
    }

    /// What keeps a connection from coming about.
    pub(super) fn connecting(error: &Error) -> Self {
        let trouble = Self::of("connecting to the database", error);
        let text = || error.as_db_error().map(|said| said.message().to_owned()).unwrap_or_default();
        let cause = std::error::Error::source(error).map(ToString::to_string);
        match error.code() {
            Some(&SqlState::INVALID_PASSWORD) => StoreError::WrongPassword { text: text() }.into(),
            Some(&SqlState::INVALID_CATALOG_NAME) => StoreError::NoDatabase { text: text() }.into(),
            None if cause.as_deref() == Some("password missing") => StoreError::NoPassword.into(),
            _ => trouble,
        }
    }

    /// The same, where nobody answers.
    pub(super) fn unreachable(self) -> Self {
        match self.error {
            StoreError::Io { text, .. } if self.cause == Cause::Lost => {
                Self { cause: Cause::Lost, error: StoreError::Unreachable { text } }
            }
            _ => self,
        }
    }

    /// The connection is gone or too slow.
    pub(super) fn lost(doing: &'static str, text: impl Into<String>) -> Self {
        Self { cause: Cause::Lost, error: StoreError::Io { doing, text: text.into() } }
    }
}

/// The database's words. Its details are left out: they may quote stored values.
fn said(doing: &'static str, error: &Error) -> StoreError {
    let Some(database) = error.as_db_error() else {
        let mut text = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        return StoreError::Io { doing, text };
    };
    let text = format!("{} ({})", database.message(), database.code().code());
    match *database.code() {
        SqlState::DISK_FULL => StoreError::Full { doing },
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => StoreError::Damaged { what: text },
        SqlState::INSUFFICIENT_PRIVILEGE
        | SqlState::INVALID_PASSWORD
        | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => StoreError::NotPermitted { doing, text },
        _ => StoreError::Io { doing, text },
    }
}

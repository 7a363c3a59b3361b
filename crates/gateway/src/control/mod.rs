//! The control socket: how other processes act while one has the store open.
//!
//! `<data_dir>/control.sock`, for its owner alone (0600). A client writes one JSON object in a line, reads one JSON object in a
//! line, and is done. Whoever may open the socket may do everything the gateway may; the keys stay with the gateway.

mod attached;
mod message;
#[cfg(unix)]
mod socket;

use std::io;
use std::path::PathBuf;

pub use message::{Answer, BatchText, Custody, Refusal, RefusalKind, Request};
#[cfg(unix)]
pub(crate) use socket::{Door, ask};

/// The control socket failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// It cannot be made.
    #[error("{}: {reason}; name a `data_dir` with a shorter path, on a disk that has sockets", path.display())]
    Open {
        /// The socket.
        path: PathBuf,
        /// What the operating system said.
        reason: io::Error,
    },
    /// The process behind it did not answer.
    #[error(
        "the gateway that has the store did not answer ({0}); look with `gkh status` whether it was done, then try again"
    )]
    Silent(String),
}

#[cfg(not(unix))]
mod nowhere {
    use super::{Answer, ControlError, Request};
    use std::convert::Infallible;
    use std::path::Path;

    /// Without sockets there is no door.
    #[derive(Debug)]
    pub(crate) struct Door;

    impl Door {
        pub(crate) fn open(_: &Path) -> Result<Self, ControlError> {
            Ok(Self)
        }

        pub(crate) async fn serve<F: Future<Output = Answer>>(self, _: impl Fn(Request) -> F) -> Infallible {
            std::future::pending().await
        }
    }

    pub(crate) async fn ask(_: &Path, _: &Request) -> Result<Option<Answer>, ControlError> {
        Ok(None)
    }
}
#[cfg(not(unix))]
pub(crate) use nowhere::{Door, ask};

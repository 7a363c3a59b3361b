//! Exit codes: part of the command's contract, listed in the README.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, and everything is as hoped.
    Ok = 0,
    /// Done, and something is not as hoped: a bill refused, a signature broken, a file that is not valid.
    Negative = 1,
    // 2 is the argument parser's own.
    /// The data handed over is wrong; nothing was stored or sent.
    BadData = 3,
    /// Configuration, key or certificate cannot be used.
    BadConfig = 4,
    /// The store cannot be used: locked by another process, full, damaged.
    Store = 5,
    /// Stopped before the outcome of everything was known; `gkh run` goes on with it.
    Unfinished = 6,
    /// A fault of the program or of the machine under it.
    Fault = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

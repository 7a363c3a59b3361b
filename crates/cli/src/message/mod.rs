//! `gkh message`: single messages in files.

mod canonical;
mod check;
mod sign;
mod verify;

use clap::{Args, Subcommand};

use crate::Context;
use crate::exit::Exit;
use crate::failure::Failure;

/// Largest message file read.
const LIMIT: u64 = 64 << 20;

/// Check, canonicalise, sign or verify a message in a file.
#[derive(Debug, Args)]
pub(crate) struct Message {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Hold a message against the embedded contract: structure, values, identity constraints.
    Check(check::Check),
    /// Write a document, or the part of a message that a signature covers, as canonical XML.
    Canonical(canonical::Canonical),
    /// Sign a request in place.
    Sign(sign::Sign),
    /// Verify the signature of a message.
    Verify(verify::Verify),
}

impl Message {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.what {
            What::Check(check) => check.run(context),
            What::Canonical(canonical) => canonical.run(),
            What::Sign(sign) => sign.run(),
            What::Verify(verify) => verify.run(context),
        }
    }
}

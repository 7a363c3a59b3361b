//! Data goes to standard output, everything else to standard error.

use std::io::Write as _;

use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;

/// A reader that went away (`| head`) is no error: it has what it wanted.
fn written(result: std::io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::of(Exit::Fault, &error)),
        _ => Ok(()),
    }
}

/// Writes a line of data.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    written(writeln!(std::io::stdout().lock(), "{text}"))
}

/// Writes bytes of data.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    written(out.write_all(bytes).and_then(|()| out.flush()))
}

/// Writes one JSON document.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::of(Exit::Fault, &error))?;
    line(&text)
}

/// Tells the person something that is not data.
pub(crate) fn note(text: &str) {
    // Nobody may be listening; the work goes on.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

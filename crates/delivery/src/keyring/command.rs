//! What a program prints, within a time limit.

use super::master::{LONGEST, MasterError};
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;
use zeroize::Zeroizing;

pub(super) fn output(
    program: &OsStr,
    arguments: &[OsString],
    limit: Duration,
) -> Result<Zeroizing<Vec<u8>>, MasterError> {
    let name = || program.to_string_lossy().into_owned();
    let failed = |what: String| MasterError::Command { program: name(), what };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let stdout = child.stdout.take().ok_or_else(|| failed("no output".into()))?;
    let child = Arc::new(Mutex::new(child));
    let (done, waited) = mpsc::channel();
    let running = child.clone();
    std::thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
        let read = { stdout }.take(LONGEST as u64).read_to_end(&mut bytes);
        // Held only once there is nothing more to read, so that a program that still prints can be killed.
        let status = running.lock().unwrap_or_else(PoisonError::into_inner).wait();
        // Whoever waited may have given up.
        let _ = done.send(read.and(status).map(|status| (status, bytes)));
    });
    match waited.recv_timeout(limit) {
        Ok(Ok((status, bytes))) if status.success() => Ok(bytes),
        Ok(Ok((status, _))) => Err(failed(status.to_string())),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(_) => {
            // A program that has closed its output and lingers is being waited for, and left to itself.
            if let Ok(mut child) = child.try_lock() {
                let _ = child.kill();
            }
            Err(MasterError::Slow { program: name(), limit })
        }
    }
}

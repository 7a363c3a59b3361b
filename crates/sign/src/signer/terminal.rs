//! Asking a person at the terminal.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::secret::{Prompt, Secret};

/// Longer than the lines of terminals; bytes.
const LONGEST: usize = 8192;

/// The terminal of this process, or another one. Standard input and output stay what they are.
#[derive(Debug, Clone)]
pub struct Terminal {
    device: PathBuf,
}

impl Default for Terminal {
    fn default() -> Self {
        Self::at("/dev/tty")
    }
}

impl Terminal {
    /// A terminal by its device.
    pub fn at(device: impl Into<PathBuf>) -> Self {
        Self { device: device.into() }
    }
}

/// Shows again what is typed, whatever happens in between.
struct Silenced<'a> {
    device: &'a File,
    before: Termios,
}

impl Drop for Silenced<'_> {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing in any case.
        let _ = tcsetattr(self.device, OptionalActions::Now, &self.before);
    }
}

impl Prompt for Terminal {
    fn ask(&self, question: &str) -> io::Result<Secret> {
        let mut device = File::options().read(true).write(true).open(&self.device)?;
        let before = tcgetattr(&device)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        silent.local_modes.insert(LocalModes::ECHONL | LocalModes::ICANON);
        let reader = device.try_clone()?;
        let silenced = Silenced { device: &reader, before };
        // Before the question, and forgetting what was typed ahead: nothing of the answer is shown.
        tcsetattr(&device, OptionalActions::Flush, &silent)?;
        write!(device, "{question}: ")?;
        device.flush()?;
        // Longer than any line a terminal gives, so that no copy stays behind when the text grows.
        let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
        // Byte by byte: a buffered reader would keep a copy of its own.
        let mut byte = Zeroizing::new([0]);
        while line.len() < LONGEST && (&reader).read(&mut *byte)? > 0 && byte[0] != b'\n' {
            line.push(byte[0]);
        }
        drop(silenced);
        let answer = std::str::from_utf8(&line).map_err(io::Error::other)?.trim_end_matches('\r');
        if answer.is_empty() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "nothing was entered"));
        }
        Ok(Secret::new(answer))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    use super::*;

    #[test]
    fn a_person_is_asked_and_the_answer_is_not_shown() {
        let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&screen).unwrap();
        unlockpt(&screen).unwrap();
        let device = ptsname(&screen, Vec::new()).unwrap().into_string().unwrap();
        let mut screen = File::from(screen);
        let asked = std::thread::spawn(move || Terminal::at(device).ask("PIN"));
        let mut shown = String::new();
        let mut byte = [0];
        while !shown.ends_with("PIN: ") {
            screen.read_exact(&mut byte).unwrap();
            shown.push(char::from(byte[0]));
        }
        screen.write_all(b"4711\n").unwrap();
        assert_eq!(asked.join().unwrap().unwrap().reveal(), "4711");
        while !shown.ends_with('\n') {
            screen.read_exact(&mut byte).unwrap();
            shown.push(char::from(byte[0]));
        }
        assert_eq!(shown, "PIN: \r\n");
    }

    #[test]
    fn without_a_terminal_nobody_answers() {
        assert!(Terminal::at("/no/such/terminal").ask("PIN").is_err());
        assert!(Terminal::at("/dev/null").ask("PIN").is_err());
    }
}

//! A program that signs: what is signed on its standard input, the value on its standard output.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::encoding::Encoding;
use super::provider::{Input, ProviderError, RawSigner};
use super::secret::{Prompt, Secret, SecretError, SecretSource};

/// More than any value in any writing; bytes.
const LONGEST_VALUE: usize = 4096;
/// As much of what a failed program said as is shown; characters.
const SHOWN: usize = 300;

/// Variables every program sees, where they are set: where programs and its own files are, its language, where temporary files
/// go. Those that begin with `LC_` belong to them.
pub const INHERITED: &[&str] = &[
    "PATH",
    "HOME",
    "LANG",
    "TMPDIR",
    #[cfg(windows)]
    "SystemRoot",
];

/// The program and how to talk to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandConfig {
    /// The program: a path, or a name to be found in `PATH`. No shell stands between.
    pub program: PathBuf,
    /// Its arguments. PINs do not belong here, where every user of the machine sees them.
    pub arguments: Vec<String>,
    /// PINs and passwords that it finds in its environment.
    pub environment: Vec<(String, SecretSource)>,
    /// Names of variables of this process that it sees too. Of the rest it sees [`INHERITED`] alone: the passwords of databases
    /// and other keys are none of its business.
    pub inherited: Vec<String>,
    /// What it reads: the data, or the digest of the data.
    pub input: Input,
    /// How it writes the value.
    pub output: Encoding,
    /// It is killed when it takes longer.
    pub limit: Duration,
}

/// The program did not sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// It cannot be started.
    #[error("it cannot be started ({0}): correct its path and arguments, and check that it may be run")]
    Start(io::Error),
    /// Its secrets cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// It took too long and was killed.
    #[error("it gave no signature within {limit:?} and was killed; run it by hand to see why, or raise its limit")]
    Slow {
        /// The limit.
        limit: Duration,
    },
    /// It ended with an error.
    #[error("it failed ({status}) and said: {said}")]
    Failed {
        /// Its exit code or signal.
        status: String,
        /// The beginning of its standard error, with secrets left out.
        said: String,
    },
    /// What it wrote is no value.
    #[error("it wrote something that is not {expected}, or more than {LONGEST_VALUE} bytes; it said: {said}")]
    Output {
        /// The writing expected.
        expected: &'static str,
        /// The beginning of its standard error, with secrets left out.
        said: String,
    },
    /// Its pipes broke.
    #[error("its input and output failed: {0}")]
    Pipes(io::Error),
}

/// A program as a provider. Each signature is a process of its own.
#[derive(Debug)]
pub struct CommandSigner {
    config: CommandConfig,
    secrets: Vec<(String, Secret)>,
}

impl CommandSigner {
    /// Provider of this program; its secrets are read now.
    ///
    /// # Errors
    /// Secrets that cannot be read.
    pub fn new(config: CommandConfig, prompt: Option<&dyn Prompt>) -> Result<Self, ProviderError> {
        let read = |(name, source): &(String, SecretSource)| Ok((name.clone(), source.read(prompt)?));
        let secrets: Result<Vec<_>, SecretError> = config.environment.iter().map(read).collect();
        match secrets {
            Ok(secrets) => Ok(Self { config, secrets }),
            Err(error) => Err(ProviderError::lasting(name(&config), CommandError::Secret(error))),
        }
    }

    fn run(&self, input: &[u8]) -> Result<Vec<u8>, CommandError> {
        let mut command = Command::new(&self.config.program);
        command.args(&self.config.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env_clear().envs(inherited(&self.config.inherited));
        command.envs(self.secrets.iter().map(|(name, secret)| (name, secret.reveal())));
        // A group of its own, so that whatever it starts can be killed with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(CommandError::Start)?;
        let ended = self.attend(&mut child, input);
        if ended.is_err() {
            kill(&mut child);
        }
        let (value, said) = ended?;
        let status = child.wait().map_err(CommandError::Pipes)?;
        let said = self.shortened(&said);
        if !status.success() {
            return Err(CommandError::Failed { status: told(status), said });
        }
        let value = Some(value).filter(|value| value.len() <= LONGEST_VALUE);
        value
            .and_then(|value| self.config.output.decode(&value))
            .ok_or(CommandError::Output { expected: self.config.output.name(), said })
    }

    /// Writes its input, reads its output and its error until both end and it has ended itself, all within the limit.
    fn attend(&self, child: &mut Child, input: &[u8]) -> Result<(Vec<u8>, Vec<u8>), CommandError> {
        let broken = || CommandError::Pipes(io::Error::from(io::ErrorKind::BrokenPipe));
        let mut stdin = child.stdin.take().ok_or_else(broken)?;
        let (stdout, stderr) = (child.stdout.take().ok_or_else(broken)?, child.stderr.take().ok_or_else(broken)?);
        let input = input.to_vec();
        // A program may end without having read all of its input: what it wrote and its exit code tell.
        on_thread(move || drop(stdin.write_all(&input)))?;
        let (value, said) = (on_thread(|| read(stdout))?, on_thread(|| read(stderr))?);
        let (done, ended) = mpsc::channel();
        let id = child.id();
        on_thread(move || {
            let both = value.join().and_then(|value| Ok((value, said.join()?)));
            await_end(id);
            // Whoever waited may have given up.
            let _ = done.send(both);
        })?;
        match ended.recv_timeout(self.config.limit) {
            Ok(Ok((value, said))) => Ok((value.map_err(CommandError::Pipes)?, said.map_err(CommandError::Pipes)?)),
            Err(RecvTimeoutError::Timeout) => Err(CommandError::Slow { limit: self.config.limit }),
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Err(broken()),
        }
    }

    /// The beginning of what it said, in one line, without the secrets it was given.
    fn shortened(&self, said: &[u8]) -> String {
        let mut said = String::from_utf8_lossy(said).into_owned();
        for (_, secret) in &self.secrets {
            said = said.replace(secret.reveal(), "…");
        }
        let words = said.split(|character: char| character.is_whitespace() || character.is_control());
        let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        let mut shown: String = line.chars().take(SHOWN).collect();
        if shown.is_empty() {
            shown.push_str("nothing");
        } else if shown.len() < line.len() {
            shown.push('…');
        }
        shown
    }
}

impl RawSigner for CommandSigner {
    fn name(&self) -> String {
        name(&self.config)
    }

    fn input(&self) -> Input {
        self.config.input
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, ProviderError> {
        self.run(input).map_err(|error| match error {
            CommandError::Start(_) | CommandError::Output { .. } => ProviderError::lasting(self.name(), error),
            // Programs tell little of why they fail; most of what can be named passes: a token, a network, a licence server.
            _ => ProviderError::passing(self.name(), error),
        })
    }
}

/// What a program sees of the environment of this process.
fn inherited(named: &[String]) -> impl Iterator<Item = (OsString, OsString)> {
    let seen = move |name: &str| {
        INHERITED.contains(&name) || name.starts_with("LC_") || named.iter().any(|inherited| inherited == name)
    };
    std::env::vars_os().filter(move |(name, _)| name.to_str().is_some_and(seen))
}

fn name(config: &CommandConfig) -> String {
    format!("the signing command {}", config.program.display())
}

fn told(status: ExitStatus) -> String {
    status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"))
}

/// Starts work beside this; without room for a thread nothing is signed.
fn on_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>, CommandError> {
    thread::Builder::new().spawn(work).map_err(CommandError::Pipes)
}

/// Reads to the end and keeps no more than is needed.
fn read(mut pipe: impl Read) -> io::Result<Vec<u8>> {
    let mut kept = Vec::with_capacity(LONGEST_VALUE + 1);
    (&mut pipe).take(LONGEST_VALUE as u64 + 1).read_to_end(&mut kept)?;
    // The rest is read and forgotten, lest the program blocks on a full pipe.
    io::copy(&mut pipe, &mut io::sink())?;
    Ok(kept)
}

/// Waits for a program that has closed its output and lingers. It is not reaped here: until then nobody else gets its number.
fn await_end(id: u32) {
    #[cfg(unix)]
    if let Some(process) = process(id) {
        let how = rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT;
        let _ = rustix::process::waitid(rustix::process::WaitId::Pid(process), how);
    }
    #[cfg(not(unix))]
    let _ = id;
}

#[cfg(unix)]
fn process(id: u32) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(id).ok()?)
}

/// Kills the program and all it has started.
fn kill(child: &mut Child) {
    #[cfg(unix)]
    if let Some(group) = process(child.id()) {
        // It may have ended by itself.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

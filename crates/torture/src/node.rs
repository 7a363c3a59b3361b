//! A child as the parent sees it: started, asked, killed, stopped.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{oneshot, watch};

use crate::line::{Answer, Ask, FromChild, ToChild};
use crate::points::Point;

/// How a child ended, or that it has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Starting,
    Ready,
    /// The store is somebody else's.
    Locked,
    Ended(Option<ExitStatus>),
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    Answered(Answer),
    /// The child died before it answered.
    Gone,
}

/// What is done when a child says that it has come to a point.
pub(crate) type AtPoint = Box<dyn Fn(&Process, Point) + Send + Sync>;

/// What is heard of children beside answers.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Ends of the engine by an error.
    pub(crate) engine_errors: AtomicU64,
    /// Those that said the disk is full.
    pub(crate) full: AtomicU64,
    /// The last of them.
    pub(crate) last: Mutex<String>,
    /// Failures made, of processes that told.
    pub(crate) store: AtomicU64,
    pub(crate) exchange: AtomicU64,
}

/// One process.
pub(crate) struct Process {
    child: Mutex<Child>,
    id: u32,
    to: Mutex<Option<Sender<String>>>,
    pending: Mutex<HashMap<u64, oneshot::Sender<Answer>>>,
    asked: AtomicU64,
    state: watch::Sender<State>,
    at: Mutex<Option<AtPoint>>,
    heard: Arc<Heard>,
    /// Failures it has told of so far: it counts from its own beginning.
    told: Mutex<(u64, u64)>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing here is half done between two statements.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Process {
    /// Starts a child with these arguments; what it says on standard error goes to `log`.
    pub(crate) fn start(
        program: &Path,
        arguments: &[&OsStr],
        log: &Path,
        heard: Arc<Heard>,
    ) -> std::io::Result<Arc<Self>> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        let mut child = Command::new(program)
            .arg("child")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let (to, lines) = channel::<String>();
        let process = Arc::new(Self {
            id: child.id(),
            child: Mutex::new(child),
            to: Mutex::new(Some(to)),
            pending: Mutex::new(HashMap::new()),
            asked: AtomicU64::new(0),
            state: watch::Sender::new(State::Starting),
            at: Mutex::new(None),
            heard,
            told: Mutex::new((0, 0)),
        });
        // A stopped child does not read: whoever writes to it waits in a thread of its own.
        std::thread::spawn(move || {
            let Some(mut stdin) = stdin else { return };
            for line in lines {
                if stdin.write_all(line.as_bytes()).and_then(|()| stdin.flush()).is_err() {
                    return;
                }
            }
        });
        let reading = Arc::clone(&process);
        std::thread::spawn(move || {
            for line in stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines()) {
                let Ok(line) = line else { break };
                // A line that was cut by death.
                let Ok(line) = serde_json::from_str(&line) else { continue };
                reading.hear(line);
            }
            reading.bury();
        });
        Ok(process)
    }

    fn hear(&self, line: FromChild) {
        match line {
            FromChild::Ready => drop(self.state.send_replace(State::Ready)),
            FromChild::Locked(_) => drop(self.state.send_replace(State::Locked)),
            FromChild::At(point) => {
                let at = lock(&self.at).take();
                if let Some(at) = at {
                    at(self, point);
                }
            }
            FromChild::Engine(error) => {
                self.heard.engine_errors.fetch_add(1, Ordering::Relaxed);
                if error.contains("full") {
                    self.heard.full.fetch_add(1, Ordering::Relaxed);
                }
                *lock(&self.heard.last) = error;
            }
            FromChild::Made { store, exchange } => {
                let mut told = lock(&self.told);
                self.heard.store.fetch_add(store - told.0, Ordering::Relaxed);
                self.heard.exchange.fetch_add(exchange - told.1, Ordering::Relaxed);
                *told = (store, exchange);
            }
            FromChild::Answer { id, answer } => {
                if let Some(tell) = lock(&self.pending).remove(&id) {
                    // Whoever asked may have given up.
                    let _ = tell.send(answer);
                }
            }
        }
    }

    /// Its output has ended, and so has it, or will in this moment.
    fn bury(&self) {
        let ended = lock(&self.child).wait().ok();
        *lock(&self.to) = None;
        if *self.state.borrow() != State::Locked {
            self.state.send_replace(State::Ended(ended));
        }
        // Whoever waits for an answer hears that there is none.
        lock(&self.pending).clear();
    }

    /// Asks, and waits for the answer as long as the child lives.
    pub(crate) async fn ask(&self, ask: Ask) -> Asked {
        let (tell, told) = oneshot::channel();
        let id = self.asked.fetch_add(1, Ordering::Relaxed);
        lock(&self.pending).insert(id, tell);
        if !self.send(id, ask) {
            lock(&self.pending).remove(&id);
            return Asked::Gone;
        }
        match told.await {
            Ok(answer) => Asked::Answered(answer),
            Err(_) => Asked::Gone,
        }
    }

    /// Says something that is not answered.
    pub(crate) fn tell(&self, ask: Ask) {
        let id = self.asked.fetch_add(1, Ordering::Relaxed);
        self.send(id, ask);
    }

    fn send(&self, id: u64, ask: Ask) -> bool {
        let Ok(mut line) = serde_json::to_string(&ToChild { id, ask }) else { return false };
        line.push('\n');
        lock(&self.to).as_ref().is_some_and(|to| to.send(line).is_ok())
    }

    /// Calls `at` when the child comes to the point it is told to report.
    pub(crate) fn at(&self, at: AtPoint) {
        *lock(&self.at) = Some(at);
    }

    /// Kills it: SIGKILL.
    pub(crate) fn kill(&self) {
        // One that has ended by itself cannot be killed.
        let _ = lock(&self.child).kill();
    }

    /// Sends it a signal by name.
    pub(crate) fn signal(&self, name: &str) -> bool {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.id.to_string()).stderr(Stdio::null()).status();
        sent.is_ok_and(|status| status.success())
    }

    /// Waits until it is ready, or has ended.
    pub(crate) async fn ready(&self) -> State {
        self.wait(|state| *state != State::Starting).await
    }

    /// Waits for its end.
    pub(crate) async fn ended(&self) -> Option<ExitStatus> {
        match self.wait(|state| matches!(state, State::Ended(_) | State::Locked)).await {
            State::Ended(status) => status,
            _ => None,
        }
    }

    pub(crate) fn state(&self) -> State {
        *self.state.borrow()
    }

    async fn wait(&self, until: impl FnMut(&State) -> bool) -> State {
        // The sender is this process itself, so it cannot be gone.
        self.state.subscribe().wait_for(until).await.map_or(State::Ended(None), |state| *state)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

//! What a run stands on: sandbox, network, children, and whoever hands batches over and looks after them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gis_gkh::clock::{Clock as _, SystemClock};
use gis_gkh_sandbox::{Faults, Pace, Sandbox, Seed, Settings};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::RunError;
use super::disk::Disk;
use super::events;
use super::person::Person;
use super::server::Server;
use crate::books::{Books, Fate, Incoming, Place, Promise, Promised};
use crate::clock::FileClock;
use crate::dice::Dice;
use crate::keys;
use crate::line::{Answer, Ask};
use crate::node::{Asked, Heard, Process, State};
use crate::open::make_master;
use crate::options::{Kind, Options};
use crate::plan::{Batch, Plan};
use crate::proxy::{Proxy, Wire};
use crate::setting::{self, Setting};
use crate::totals::Totals;

/// Callers that hand over batches at a time.
const CALLERS: usize = 6;
/// Messages promised and not delivered, beyond which callers wait: an eighth of all, within these bounds. Most of them wait for a
/// settle time or a patience to pass, so it is the window that sets the pace.
const WINDOW: (usize, usize) = (60, 1000);
/// A child that takes longer to start does not start.
const START: Duration = Duration::from_secs(60);
/// A caller whose batch was not taken comes back after this.
pub(super) const AGAIN: Duration = Duration::from_millis(20);
/// The queue is looked at this often.
pub(super) const LOOK: Duration = Duration::from_millis(200);

/// A child's place: one process after another.
pub(super) struct Node {
    pub(super) setting: PathBuf,
    pub(super) clock: PathBuf,
    pub(super) log: PathBuf,
    pub(super) proxy: Arc<Proxy>,
    /// The process that is there, if one is.
    process: watch::Sender<Option<Arc<Process>>>,
    _carrying: Serving,
}

/// Serves as long as the run lasts: what it holds goes with the run, for others follow.
struct Serving(tokio::task::JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Node {
    /// The process that is there and ready.
    pub(super) fn living(&self) -> Option<Arc<Process>> {
        self.process.borrow().clone().filter(|process| process.state() == State::Ready)
    }
}

/// Everything of one run.
pub(super) struct World {
    pub(super) options: Options,
    pub(super) dice: Dice,
    pub(super) nodes: Vec<Node>,
    pub(super) totals: Mutex<Totals>,
    pub(super) heard: Arc<Heard>,
    pub(super) disk: Option<Disk>,
    pub(super) server: Option<Server>,
    pub(super) plan: Plan,
    pub(super) sandbox: Arc<Sandbox>,
    pub(super) wire: Arc<Wire>,
    pub(super) promised: Mutex<Promised>,
    pub(super) incoming: Mutex<Incoming>,
    /// Nothing more happens: consumers read what is left and go home.
    pub(super) ending: AtomicBool,
    /// Batches that were acknowledged, and messages in them.
    taken: AtomicUsize,
    pub(super) messages: AtomicUsize,
    next: AtomicUsize,
    pub(super) waiting: AtomicUsize,
    /// Batches refused for want of space.
    pub(super) full: AtomicU64,
    _serving: Serving,
    // Last, so that whatever lives in it goes first.
    _home: Home,
}

/// The directory of a run.
enum Home {
    Kept,
    Temporary { _directory: tempfile::TempDir },
}

/// The sandbox's clock: so far ahead that no jump of a child's brings it past the sandbox. What was signed in the future is refused,
/// which is no catastrophe but an operator's mistake.
pub(super) struct Ahead;

impl gis_gkh::clock::Clock for Ahead {
    fn now(&self) -> time::OffsetDateTime {
        SystemClock.now() + time::Duration::DAY
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Books and counts are whole between two statements.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn io(doing: &'static str) -> impl Fn(std::io::Error) -> RunError {
    move |reason| RunError::Io { doing, reason }
}

impl World {
    /// Builds it; no child lives yet.
    pub(super) async fn new(options: &Options) -> Result<Self, RunError> {
        let broken = |error: &dyn std::fmt::Display| RunError::Broken(error.to_string());
        let plan = Plan::new(options.seed, options.messages, SystemClock.now())?;
        let (home, path) = match &options.keep {
            Some(path) => {
                std::fs::create_dir_all(path).map_err(io("making the directory"))?;
                (Home::Kept, path.clone())
            }
            None => {
                let directory = tempfile::tempdir().map_err(io("making a directory"))?;
                let path = directory.path().to_owned();
                (Home::Temporary { _directory: directory }, path)
            }
        };
        let seed = Seed::from_json(&plan.sandbox).map_err(|error| broken(&error))?;
        let signer = keys::sandbox().map_err(|error| broken(&error))?;
        let centre = keys::centre().map_err(|error| broken(&error))?;
        let mut settings = Settings::new(seed, centre, Arc::new(signer), Arc::new(Ahead));
        settings.faults = Faults::parse(&options.faults).map_err(|error| broken(&error))?;
        settings.pace = Pace { received: Duration::from_millis(1), processing: Duration::from_millis(2) };
        // Histories come in several blocks.
        settings.bounds.page = 8;
        let sandbox = Sandbox::new(settings);
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(io("listening"))?;
        let address = listener.local_addr().map_err(io("listening"))?;
        let serving = Serving(tokio::spawn({
            let sandbox = Arc::clone(&sandbox);
            async move { drop(sandbox.serve(listener, std::future::pending()).await) }
        }));

        let keys = path.join("keys");
        let data = path.join("data");
        for directory in [&keys, &data] {
            std::fs::create_dir_all(directory).map_err(io("making a directory"))?;
        }
        make_master(&keys).map_err(io("making a master key"))?;
        let mut totals = Totals {
            store: options.kind.name(),
            seed: options.seed,
            runs: 1,
            messages: u64::try_from(plan.messages).unwrap_or(u64::MAX),
            bills: u64::try_from(plan.bills).unwrap_or(u64::MAX),
            readings: u64::try_from(plan.readings).unwrap_or(u64::MAX),
            answers: u64::try_from(plan.answers).unwrap_or(u64::MAX),
            ..Totals::default()
        };
        // Room for what a run leaves, and little more: about sixty kilobytes a message.
        let megabytes = 64 + u32::try_from(plan.messages / 10).unwrap_or(u32::MAX);
        let disk = (options.fills > 0).then(|| Disk::mount(&data, megabytes)).flatten();
        if options.fills > 0 && disk.is_none() {
            let skipped = u64::try_from(options.fills).unwrap_or(u64::MAX);
            totals.skipped.insert("disk-full: no small disk can be mounted here, run as root".to_owned(), skipped);
        }
        let server = match options.kind {
            Kind::Sqlite => None,
            Kind::Postgres => Some(Server::start().map_err(io("starting PostgreSQL"))?.ok_or(RunError::NoPostgres)?),
        };
        let place = |name: &str| match &server {
            Some(server) => setting::Place::Postgres { url: server.url(), node: name.to_owned() },
            None => setting::Place::Sqlite { directory: data.clone() },
        };
        let wire = Arc::new(Wire::default());
        let mut nodes = Vec::new();
        for name in names(&options.kind) {
            let setting = Setting {
                place: place(name),
                keys: keys.clone(),
                address: String::new(),
                clock: path.join(format!("{name}.clock")),
                seed: options.seed,
                store: options.store.clone(),
                exchange: options.exchange.clone(),
                parallel: options.parallel,
                meters: plan.watched.clone(),
            };
            nodes.push(node(options, name, setting, &path, address, &wire).await?);
        }
        Ok(Self {
            dice: Dice::of(options.seed, "events"),
            options: options.clone(),
            nodes,
            totals: Mutex::new(totals),
            heard: Arc::default(),
            disk,
            server,
            plan,
            sandbox,
            wire,
            promised: Mutex::default(),
            incoming: Mutex::default(),
            ending: AtomicBool::new(false),
            taken: AtomicUsize::new(0),
            messages: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
            full: AtomicU64::new(0),
            _serving: serving,
            _home: home,
        })
    }

    pub(super) fn totals(&self) -> MutexGuard<'_, Totals> {
        lock(&self.totals)
    }

    /// For people who want to follow.
    #[expect(clippy::print_stderr, reason = "asked for on the command line")]
    pub(super) fn say(&self, line: &str) {
        if self.options.verbose {
            eprintln!("  {line}");
        }
    }

    /// All of it, and the books at the end.
    pub(super) async fn torture(self) -> Result<(Books, Totals), RunError> {
        let world = Arc::new(self);
        for node in &world.nodes {
            world.start(node).await?;
        }
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..CALLERS {
            callers.spawn(Arc::clone(&world).hand_over());
        }
        let looking = tokio::spawn(Arc::clone(&world).look());
        let portal = tokio::spawn(Arc::clone(&world).portal());
        let consumers = world.consumers();
        events::all(&world).await?;
        while callers.join_next().await.is_some() {}
        looking.abort();
        // What it panics with is what it found impossible.
        portal.await.map_err(|error| RunError::Broken(error.to_string()))??;
        world.finish().await?;
        world.read_all().await;
        world.ending.store(true, Ordering::SeqCst);
        consumers.join_all().await;
        for node in &world.nodes {
            if let Some(process) = node.living() {
                process.tell(Ask::Stop);
                if tokio::time::timeout(START, process.ended()).await.is_err() {
                    return Err(RunError::Broken("a child that was told to stop does not end".to_owned()));
                }
            }
        }
        world.books().await
    }

    /// Starts a child where there is none, and waits until it works.
    pub(super) async fn start(&self, node: &Node) -> Result<Arc<Process>, RunError> {
        let program: &Path = &self.options.program;
        let process = Process::start(program, &[node.setting.as_os_str()], &node.log, Arc::clone(&self.heard))
            .map_err(io("starting a child"))?;
        let ready = tokio::time::timeout(START, process.ready()).await;
        if ready != Ok(State::Ready) {
            process.kill();
            return Err(RunError::Child { log: node.log.clone() });
        }
        node.process.send_replace(Some(Arc::clone(&process)));
        Ok(process)
    }

    /// A process that works, whichever.
    pub(super) async fn anyone(&self) -> Arc<Process> {
        loop {
            let living: Vec<Arc<Process>> = self.nodes.iter().filter_map(Node::living).collect();
            if let Some(process) = self.dice.one(&living) {
                return Arc::clone(process);
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// A caller: hands over one batch after another, each until it is acknowledged.
    async fn hand_over(self: Arc<Self>) {
        loop {
            let window = (self.plan.messages / 8).clamp(WINDOW.0, WINDOW.1);
            while self.waiting.load(Ordering::Relaxed) > window {
                tokio::time::sleep(AGAIN).await;
            }
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(batch) = self.plan.batches.get(number) else { return };
            self.waiting.fetch_add(batch.messages.len(), Ordering::Relaxed);
            loop {
                match self.anyone().await.ask(Ask::Take(batch.clone())).await {
                    Asked::Answered(Answer::Taken { batch: given, .. }) => {
                        self.promise(batch, given);
                        break;
                    }
                    Asked::Answered(Answer::Failed(text)) if text.contains("full") => {
                        self.full.fetch_add(1, Ordering::Relaxed);
                    }
                    _ => {}
                }
                tokio::time::sleep(AGAIN).await;
            }
        }
    }

    fn promise(&self, batch: &Batch, given: i64) {
        let mut promised = lock(&self.promised);
        for row in &batch.rows {
            let place = |row| Place { batch: given, row };
            let (thing, words, closed) = (row.thing.clone(), row.words.clone(), row.closed);
            let follows = row.follows.map(place);
            promised.rows.insert(place(row.row), Promise { thing, words, closed, follows });
        }
        drop(promised);
        self.taken.fetch_add(1, Ordering::Relaxed);
        self.messages.fetch_add(batch.messages.len(), Ordering::Relaxed);
    }

    /// Looks at the queue, and as a caller would at one batch or another.
    async fn look(self: Arc<Self>) {
        let dice = Dice::of(self.options.seed, "looking");
        let mut person = Person::default();
        loop {
            tokio::time::sleep(LOOK).await;
            let process = self.anyone().await;
            if let Asked::Answered(Answer::Queue(queue)) = process.ask(Ask::Queue).await {
                self.waiting.store(queue.len(), Ordering::Relaxed);
                person.look(&self, &process, queue).await;
            }
            let batches: Vec<i64> = lock(&self.promised).rows.keys().map(|place| place.batch).collect();
            let Some(batch) = dice.one(&batches).copied() else { continue };
            if let Asked::Answered(Answer::Rows(rows)) = process.ask(Ask::Rows(batch)).await {
                let mut promised = lock(&self.promised);
                for row in rows {
                    let place = Place { batch, row: row.row };
                    let Some(promise) = promised.rows.get(&place) else { continue };
                    let fate = Fate::of(&row.state, promise.thing.identifier());
                    promised.tell(place, &fate);
                }
            }
        }
    }
}

fn names(kind: &Kind) -> &'static [&'static str] {
    match kind {
        Kind::Sqlite => &["local"],
        Kind::Postgres => &["left", "right"],
    }
}

/// The place of a child: its way to the sandbox, its clock, its setting.
async fn node(
    options: &Options,
    name: &str,
    setting: Setting,
    home: &Path,
    sandbox: std::net::SocketAddr,
    wire: &Arc<Wire>,
) -> Result<Node, RunError> {
    let dice = Dice::of(options.seed, &format!("network of {name}"));
    let proxy = Proxy::new(sandbox, Arc::clone(wire), options.weather, dice);
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(io("listening"))?;
    let address = listener.local_addr().map_err(io("listening"))?.to_string();
    let carrying = Serving(tokio::spawn(Arc::clone(&proxy).carry(listener)));
    FileClock::set(&setting.clock, 0).map_err(io("setting a clock"))?;
    let (clock, setting) = (setting.clock.clone(), Setting { address, ..setting });
    let path = home.join(format!("{name}.json"));
    let text = serde_json::to_string_pretty(&setting).map_err(crate::plan::PlanError::from)?;
    std::fs::write(&path, text).map_err(io("writing a setting"))?;
    let log = home.join(format!("{name}.log"));
    Ok(Node { setting: path, clock, log, proxy, process: watch::Sender::new(None), _carrying: carrying })
}

pub(super) fn setting(path: &Path) -> Result<Setting, RunError> {
    let text = std::fs::read_to_string(path).map_err(io("reading a setting"))?;
    Ok(serde_json::from_str(&text).map_err(crate::plan::PlanError::from)?)
}

//! The network between a child and the sandbox: it delays, cuts and duplicates by a seeded plan, and writes down what passed.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gis_gkh_delivery::Sha256;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::dice::Dice;
use crate::points::{Point, Trap};

/// How often in a thousand each thing happens to a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weather {
    /// It comes later.
    pub delay: u32,
    /// The connection is cut before it goes on.
    pub cut_before: u32,
    /// It goes on, and the connection is cut in the middle of the answer.
    pub cut_amid: u32,
    /// It goes on, and not a byte of the answer comes back.
    pub cut_after: u32,
    /// It goes on twice, and the answer to either comes back; not so drafts of answers.
    pub duplicate: u32,
}

/// What has happened to requests.
#[derive(Debug, Default)]
pub struct Passed {
    /// Requests seen.
    pub requests: AtomicU64,
    /// Submissions that change something seen.
    pub submissions: AtomicU64,
    /// Delayed.
    pub delays: AtomicU64,
    /// Cut.
    pub cuts: AtomicU64,
    /// Duplicated.
    pub duplicates: AtomicU64,
}

/// What is written down of the traffic.
#[derive(Debug, Default)]
struct Log {
    submissions: HashSet<Sha256>,
    answers: HashSet<Sha256>,
}

/// One for all nodes of a run.
#[derive(Debug, Default)]
pub struct Wire {
    /// Counts.
    pub passed: Passed,
    log: Mutex<Log>,
}

impl Wire {
    fn log(&self) -> std::sync::MutexGuard<'_, Log> {
        // A set is whole between two insertions.
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Digests of the signed requests that went on, and of the answers that came back whole, as far as the system is concerned.
    #[must_use]
    pub fn seen(&self) -> (HashSet<Sha256>, HashSet<Sha256>) {
        let log = self.log();
        (log.submissions.clone(), log.answers.clone())
    }
}

/// What is done when a whole submission has come and the trap of [`Point::AfterWrite`] springs.
pub type Spring = Box<dyn Fn() + Send + Sync>;

/// What is done, and whether the submission is answered all the same.
type Armed = (Spring, bool);

/// The way of one node to the sandbox.
pub struct Proxy {
    to: SocketAddr,
    wire: Arc<Wire>,
    weather: Mutex<Weather>,
    dice: Dice,
    trap: Trap,
    spring: Mutex<Option<Armed>>,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxy").field("to", &self.to).field("trap", &self.trap).finish_non_exhaustive()
    }
}

impl Proxy {
    /// A way to `to` in this weather.
    #[must_use]
    pub fn new(to: SocketAddr, wire: Arc<Wire>, weather: Weather, dice: Dice) -> Arc<Self> {
        let weather = Mutex::new(weather);
        Arc::new(Self { to, wire, weather, dice, trap: Trap::default(), spring: Mutex::new(None) })
    }

    /// From now on the weather is this.
    pub fn turn(&self, weather: Weather) {
        *self.weather.lock().unwrap_or_else(PoisonError::into_inner) = weather;
    }

    /// Calls `spring` when the `pass`th submission from now on has come whole. That one goes on, and is answered or not.
    pub fn arm(&self, pass: u64, answered: bool, spring: Spring) {
        *self.spring.lock().unwrap_or_else(PoisonError::into_inner) = Some((spring, answered));
        self.trap.arm(Point::AfterWrite, pass);
    }

    /// True when it was armed and has not sprung.
    pub fn disarm(&self) -> bool {
        self.trap.disarm()
    }

    /// Carries whatever comes in, until dropped.
    pub async fn carry(self: Arc<Self>, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((client, _)) => drop(tokio::spawn(Arc::clone(&self).connection(client))),
                // No more connections to give: some end soon.
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// Carries one connection to its end, which is whatever goes wrong first.
    async fn connection(self: Arc<Self>, mut client: TcpStream) {
        let Ok(mut server) = TcpStream::connect(self.to).await else { return };
        // Answers wait for nothing else to be sent.
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        while let Some(request) = message(&mut client).await {
            if self.exchange(&mut client, &mut server, &request).await.is_none() {
                return;
            }
        }
    }

    /// One request and its answer. `None` when the connection is cut.
    async fn exchange(&self, client: &mut TcpStream, server: &mut TcpStream, request: &Message) -> Option<()> {
        let weather = *self.weather.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = &self.wire.passed;
        passed.requests.fetch_add(1, Ordering::Relaxed);
        let submission = request.is_submission();
        if submission {
            passed.submissions.fetch_add(1, Ordering::Relaxed);
        }
        // Thrown whatever the weather, so that one kind of it does not change the others.
        let [delay, before, amid, after, twice] =
            [weather.delay, weather.cut_before, weather.cut_amid, weather.cut_after, weather.duplicate]
                .map(|share| self.dice.permille(share));
        let late = Duration::from_millis(self.dice.between(1, 60));
        if delay {
            passed.delays.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(late).await;
        }
        if before {
            passed.cuts.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        if submission && self.trap.pass(Point::AfterWrite) {
            let armed = self.spring.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some((spring, answered)) = armed {
                spring();
                let answer = self.ask(server, request).await?;
                return if answered { client.write_all(&answer.bytes).await.ok() } else { None };
            }
        }
        let mut answer = self.ask(server, request).await?;
        // Two drafts that reach the system are two drafts, whatever a client does: that network is not among those tortured.
        if twice && !request.is_draft() {
            passed.duplicates.fetch_add(1, Ordering::Relaxed);
            let second = self.ask(server, request).await?;
            if self.dice.permille(500) {
                answer = second;
            }
        }
        if after || amid {
            passed.cuts.fetch_add(1, Ordering::Relaxed);
            if amid {
                client.write_all(&answer.bytes[..answer.bytes.len() / 2]).await.ok()?;
                client.flush().await.ok()?;
            }
            return None;
        }
        client.write_all(&answer.bytes).await.ok()
    }

    async fn ask(&self, server: &mut TcpStream, request: &Message) -> Option<Message> {
        if request.is_signed() {
            self.wire.log().submissions.insert(Sha256::of(request.body()));
        }
        server.write_all(&request.bytes).await.ok()?;
        let answer = message(server).await?;
        self.wire.log().answers.insert(Sha256::of(answer.body()));
        Some(answer)
    }
}

/// An HTTP message with a content length.
#[derive(Debug)]
struct Message {
    bytes: Vec<u8>,
    head: usize,
}

impl Message {
    fn body(&self) -> &[u8] {
        &self.bytes[self.head..]
    }

    /// Whether it changes something.
    fn is_submission(&self) -> bool {
        ["importpaymentdocumentdata", "importmeteringdevicevalues", "importanswer"].iter().any(|name| self.asks(name))
    }

    /// Whether it is signed, which is what the archive must hold: it changes something, or asks what there is.
    fn is_signed(&self) -> bool {
        let exports = ["exportpaymentdocumentdata", "exportmeteringdevicehistory", "exportappeal"];
        self.is_submission() || exports.iter().any(|name| self.asks(name))
    }

    /// Whether it writes the draft of an answer, which has no natural key.
    fn is_draft(&self) -> bool {
        const DRAFT: &[u8] = b":LoadAnswer>";
        self.asks("importanswer") && self.body().windows(DRAFT.len()).any(|window| window == DRAFT)
    }

    fn asks(&self, operation: &str) -> bool {
        let head = String::from_utf8_lossy(&self.bytes[..self.head]).to_ascii_lowercase();
        head.lines().any(|line| line.starts_with("soapaction:") && line.contains(operation))
    }
}

/// Reads one HTTP message; `None` when the peer is gone.
async fn message(stream: &mut TcpStream) -> Option<Message> {
    let mut bytes = Vec::new();
    let mut whole = None;
    loop {
        if whole.is_none()
            && let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n")
        {
            let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length:"))?;
            whole = Some((head + 4, head + 4 + length.trim().parse::<usize>().ok()?));
        }
        if let Some((head, end)) = whole
            && bytes.len() >= end
        {
            return Some(Message { bytes, head });
        }
        let mut piece = [0; 16 << 10];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
        }
    }
}

//! `kill -9` at any moment: nothing is lost, nothing is doubled.
//!
//! The real binary talks to a sandbox in this process through a proxy that sees every request. When the plan says so, the
//! proxy kills the binary: before the request goes on, after the sandbox has acted on it, in the middle of the answer, or
//! right behind it. Then the binary is started again, killed again, and at last left alone to finish.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail where it stands")]

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gis_gkh::clock::SystemClock;
use gis_gkh_gateway::sample::{OGRN, Sample, org_ppa_guid};
use gis_gkh_sandbox::{Pace, Sandbox, Seed, Settings};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::signer::BuiltinSigner;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Bills of one month; one more has its account closed in the sandbox.
const BILLS: usize = 12;

/// Where in an exchange the binary dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// The request came here and goes no further.
    Unheard,
    /// The sandbox has acted; not a byte of its answer goes back.
    Unanswered,
    /// Half of the answer went back.
    Halfway,
    /// The whole answer went back.
    Answered,
}

const MOMENTS: [Moment; 4] = [Moment::Unheard, Moment::Unanswered, Moment::Halfway, Moment::Answered];

/// What the proxy does to the run that goes on.
#[derive(Default)]
struct Plan {
    /// Kill at this request of the run, at this moment.
    kill: Option<(usize, Moment)>,
    seen: usize,
    child: Option<Child>,
}

/// Deaths by SIGKILL, as the operating system reports them: a process that had come to its end by itself does not count.
#[derive(Default)]
struct Kills {
    /// While a batch was taken.
    intake: AtomicUsize,
    /// In the middle of an exchange with the system.
    exchange: AtomicUsize,
}

const SIGKILL: i32 = 9;

fn count(kills: &AtomicUsize, ended: ExitStatus) {
    if ended.signal() == Some(SIGKILL) {
        kills.fetch_add(1, Ordering::Relaxed);
    }
}

/// Kills the binary if the plan says that this is the moment.
fn strike(plan: &Mutex<Plan>, request: usize, moment: Moment) -> bool {
    let mut plan = plan.lock().unwrap();
    if plan.kill != Some((request, moment)) {
        return false;
    }
    plan.kill = None;
    let Some(child) = &mut plan.child else { return false };
    child.kill().unwrap();
    true
}

/// Reads one HTTP message with a content length; `None` when the peer is gone.
async fn message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length:"))?;
            let whole = head + 4 + length.trim().parse::<usize>().ok()?;
            if bytes.len() >= whole {
                return Some(bytes);
            }
        }
        let mut piece = [0; 8192];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
        }
    }
}

async fn proxy(listener: TcpListener, sandbox: std::net::SocketAddr, plan: Arc<Mutex<Plan>>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let plan = Arc::clone(&plan);
        tokio::spawn(async move {
            let Ok(mut server) = TcpStream::connect(sandbox).await else { return };
            while let Some(request) = message(&mut client).await {
                let number = {
                    let mut plan = plan.lock().unwrap();
                    plan.seen += 1;
                    plan.seen - 1
                };
                if strike(&plan, number, Moment::Unheard) || server.write_all(&request).await.is_err() {
                    return;
                }
                let Some(answer) = message(&mut server).await else { return };
                if strike(&plan, number, Moment::Unanswered) {
                    return;
                }
                let half = answer.len() / 2;
                if client.write_all(&answer[..half]).await.is_err() || strike(&plan, number, Moment::Halfway) {
                    return;
                }
                if client.write_all(&answer[half..]).await.is_err() {
                    return;
                }
                strike(&plan, number, Moment::Answered);
            }
        });
    }
}

fn gkh(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gkh"));
    command.current_dir(home).args(["--config", "gkh.toml", "--lang", "en"]).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the binary to its end and gives its JSON.
async fn finish(mut command: Command) -> serde_json::Value {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// One month through one sandbox, with one kill a run, and a last run that is left alone.
async fn month(kills: Arc<Kills>, strikes: Vec<(usize, Moment)>) {
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/keys");
    let key = |name: &str| std::fs::read_to_string(keys.join(name)).unwrap();
    let sample = Sample::new(BILLS + 1, 1);
    let home = tempfile::tempdir().unwrap();
    sample.write_to(home.path()).unwrap();

    let signer = BuiltinSigner::from_pem(&key("sandbox-256.crt"), &key("sandbox-256.key")).unwrap();
    let ca = Certificate::all_from_pem(&key("ca.crt")).unwrap();
    let seed = Seed::from_json(&sample.sandbox).unwrap();
    let mut settings = Settings::new(seed, ca, Arc::new(signer), Arc::new(SystemClock));
    settings.pace = Pace { received: Duration::from_millis(1), processing: Duration::from_millis(1) };
    let sandbox = Sandbox::new(settings);
    let stand = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = stand.local_addr().unwrap();
    tokio::spawn(Arc::clone(&sandbox).serve(stand, std::future::pending()));

    let plan = Arc::new(Mutex::new(Plan::default()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let front = listener.local_addr().unwrap();
    tokio::spawn(proxy(listener, address, Arc::clone(&plan)));

    let settings = format!(
        "data_dir = \"data\"\n[stand]\nname = \"sandbox\"\naddress = \"{front}\"\n\
         [organisation]\norg_ppa_guid = \"{}\"\nogrn = \"{OGRN}\"\nrole = \"uo\"\nmode = \"own\"\n\
         [key]\ncertificate = \"org.crt\"\nprivate_key = \"org.key\"\n\
         [policy]\npoll = [\"5ms\", \"20ms\"]\nlookup = [\"50ms\", \"300ms\"]\nbackoff = \"20ms\"\n\
         send_deadline = \"300ms\"\nrequest_timeout = \"1500ms\"\nlease = \"2s\"\nsettle = \"2s\"\n",
        org_ppa_guid()
    );
    for (name, text) in [("gkh.toml", &settings), ("org.crt", &key("org-256.crt")), ("org.key", &key("org-256.key"))] {
        std::fs::write(home.path().join(name), text).unwrap();
    }

    // The intake dies as well: as soon as its store appears, which is in the middle of its work. Handed over again, the
    // same file is one batch, whether or not the first attempt had come to its end.
    let mut first = gkh(home.path(), &["send", "bills", "charges.csv"]).spawn().unwrap();
    while !home.path().join("data").exists() && first.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    first.kill().unwrap();
    count(&kills.intake, first.wait().unwrap());
    let sent = finish(gkh(home.path(), &["--json", "send", "bills", "charges.csv"])).await;
    assert_eq!(sent["batch"], 1, "{sent}");

    for strike in strikes {
        let mut child = gkh(home.path(), &["run", "--until-empty"]).spawn().unwrap();
        // The end of its output is its end, however it comes; the child itself stays where the proxy can reach it.
        let mut output = child.stdout.take().unwrap();
        *plan.lock().unwrap() = Plan { kill: Some(strike), seen: 0, child: Some(child) };
        tokio::task::spawn_blocking(move || std::io::copy(&mut output, &mut std::io::sink())).await.unwrap().unwrap();
        let ended = plan.lock().unwrap().child.take().unwrap().wait().unwrap();
        count(&kills.exchange, ended);
    }
    plan.lock().unwrap().kill = None;
    let run = finish(gkh(home.path(), &["--json", "run", "--until-empty"])).await;
    assert_eq!((&run["uncertain"], &run["waiting"]), (&0.into(), &0.into()), "{run}");

    let rows = finish(gkh(home.path(), &["--json", "status", "--batch", "1"])).await;
    let rows_that_are = |status: &str| rows.as_array().unwrap().iter().filter(|row| row["status"] == status).count();
    assert_eq!((rows_that_are("accepted"), rows_that_are("rejected")), (BILLS, 1), "{rows:#}");
    let effects = sandbox.effects();
    let placed: Vec<usize> = effects.values().map(|effect| effect.placed).filter(|placed| *placed > 0).collect();
    assert_eq!(placed, vec![1; BILLS], "every bill is placed once: {effects:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_it_loses_nothing_and_doubles_nothing() {
    let kills = Arc::new(Kills::default());
    let mut months = Vec::new();
    for first in MOMENTS {
        for second in MOMENTS {
            for request in 0..2 {
                months.push(vec![(request, first), (0, second)]);
            }
        }
    }
    // A few at a time: each has processes of its own.
    let mut running = tokio::task::JoinSet::new();
    for strikes in months {
        if running.len() == 3 {
            running.join_next().await.unwrap().unwrap();
        }
        running.spawn(month(Arc::clone(&kills), strikes));
    }
    while let Some(done) = running.join_next().await {
        done.unwrap();
    }
    let (intake, exchange) = (kills.intake.load(Ordering::Relaxed), kills.exchange.load(Ordering::Relaxed));
    eprintln!("killed {intake} times at the intake, {exchange} times in an exchange");
    assert!(exchange >= 30, "only {exchange} kills in an exchange");
    assert!(intake >= 1, "the intake was never killed");
}

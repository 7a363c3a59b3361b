//! Several nodes on one database: what one has taken and did not finish, another does; nothing is lost, nothing is doubled.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]
#![expect(clippy::disallowed_methods, reason = "other processes are waited for, and have no clock that could be moved")]

#[path = "exchange/place.rs"]
#[expect(dead_code, reason = "nothing is tampered with here")]
mod place;

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gis_gkh::clock::SystemClock;
use gis_gkh_gateway::sample::{OGRN, Sample, org_ppa_guid};
use gis_gkh_sandbox::{Pace, Sandbox, Seed, Settings};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::signer::BuiltinSigner;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use place::Schema;

/// Bills of one month, in batches of [`BATCH`].
const BILLS: usize = 36;
const BATCH: usize = 3;

/// A sandbox, a schema, and two homes with settings of their own and one folder of keys.
struct Nodes {
    schema: Schema,
    sandbox: Arc<Sandbox>,
    homes: TempDir,
    _runtime: Runtime,
}

impl Nodes {
    /// None, said loudly, when there is no server.
    fn new() -> Option<Self> {
        let schema = Schema::new()?;
        let sample = Sample::new(BILLS, 0);
        let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/keys").canonicalize().unwrap();
        let read = |name: &str| std::fs::read_to_string(keys.join(name)).unwrap();
        let signer = BuiltinSigner::from_pem(&read("sandbox-256.crt"), &read("sandbox-256.key")).unwrap();
        let ca = vec![Certificate::from_pem(&read("ca.crt")).unwrap()];
        let seed = Seed::from_json(&sample.sandbox).unwrap();
        let mut settings = Settings::new(seed, ca, Arc::new(signer), Arc::new(SystemClock));
        // Long enough that a node dies with work in its hands.
        settings.pace = Pace { received: Duration::from_millis(100), processing: Duration::from_millis(200) };
        let sandbox = Sandbox::new(settings);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(Arc::clone(&sandbox).serve(listener, std::future::pending()));
        let homes = tempfile::tempdir().unwrap();
        sample.write_to(homes.path()).unwrap();
        for node in ["a", "b", "stranger"] {
            let home = homes.path().join(node);
            std::fs::create_dir(&home).unwrap();
            let folder = if node == "stranger" { "own-keys" } else { "../shared-keys" };
            let config = format!(
                "data_dir = \"data\"\n[stand]\nname = \"sandbox\"\naddress = \"{address}\"\n\
                 [organisation]\norg_ppa_guid = \"{}\"\nogrn = \"{OGRN}\"\n\
                 [key]\ncertificate = \"{}\"\nprivate_key = \"{}\"\n[encryption]\nfolder = \"{folder}\"\n\
                 [policy]\npoll = [\"20ms\", \"50ms\"]\nlookup = [\"50ms\", \"300ms\"]\nbackoff = \"20ms\"\n\
                 send_deadline = \"300ms\"\nrequest_timeout = \"1500ms\"\nlease = \"2s\"\nsettle = \"2s\"\npace = \"200ms\"\n{}",
                org_ppa_guid(),
                keys.join("org-256.crt").display(),
                keys.join("org-256.key").display(),
                schema.settings(node),
            );
            std::fs::write(home.join("gkh.toml"), config).unwrap();
        }
        Some(Self { schema, sandbox, homes, _runtime: runtime })
    }

    /// The month in files of a few bills each.
    fn batches(&self) -> Vec<PathBuf> {
        let whole = |name: &str| std::fs::read_to_string(self.homes.path().join(name)).unwrap();
        let (charges, lines) = (whole("charges.csv"), whole("charge_lines.csv"));
        let (header, bills) = charges.split_once('\n').unwrap();
        let (lines_header, lines) = lines.split_once('\n').unwrap();
        let bills: Vec<&str> = bills.lines().collect();
        let mut files = Vec::new();
        for (number, bills) in bills.chunks(BATCH).enumerate() {
            let folder = self.homes.path().join(format!("batch-{number}"));
            std::fs::create_dir(&folder).unwrap();
            for name in ["bank.csv", "services.csv", "accounts.csv"] {
                std::fs::copy(self.homes.path().join(name), folder.join(name)).unwrap();
            }
            let named = |line: &&str| bills.iter().any(|bill| bill.split(';').next() == line.split(';').next());
            let lines: Vec<&str> = lines.lines().filter(named).collect();
            std::fs::write(folder.join("charge_lines.csv"), format!("{lines_header}\n{}\n", lines.join("\n"))).unwrap();
            let file = folder.join("charges.csv");
            std::fs::write(&file, format!("{header}\n{}\n", bills.join("\n"))).unwrap();
            files.push(file);
        }
        files
    }

    fn command(&self, node: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gkh"));
        command.current_dir(self.homes.path().join(node)).args(["--lang", "en"]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn start(&self, node: &str, arguments: &[&str]) -> Running {
        Running(self.command(node, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Runs `gkh`, which must end so, and gives what it said.
    #[track_caller]
    fn gkh(&self, node: &str, arguments: &[&str], code: i32) -> (String, String) {
        let Output { status, stdout, stderr } = self.command(node, arguments).output().unwrap();
        let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        assert_eq!(status.code(), Some(code), "{node} {arguments:?}\nstdout: {stdout}\nstderr: {stderr}");
        (stdout, stderr)
    }

    #[track_caller]
    fn json(&self, node: &str, arguments: &[&str]) -> Value {
        let all: Vec<&str> = ["--json"].iter().chain(arguments).copied().collect();
        serde_json::from_str(&self.gkh(node, &all, 0).0).unwrap()
    }
}

/// A child that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for something other processes do.
#[track_caller]
fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

const SIGKILL: i32 = 9;

#[test]
fn a_node_that_is_killed_leaves_its_work_to_the_other() {
    let Some(nodes) = Nodes::new() else { return };
    let files = nodes.batches();
    for (number, file) in files.iter().enumerate() {
        let node = if number % 2 == 0 { "a" } else { "b" };
        nodes.gkh(node, &["send", "bills", file.to_str().unwrap()], 0);
    }
    // Whichever node a batch was handed to, both see it.
    let (seen_by_a, seen_by_b) = (nodes.json("a", &["status"]), nodes.json("b", &["status"]));
    assert_eq!(seen_by_a["batches"].as_array().unwrap().len(), files.len());
    assert_eq!(seen_by_a, seen_by_b);

    let mut a = nodes.start("a", &["run"]);
    until("node a does some of the work", || {
        nodes.schema.number("SELECT count(*) FROM entry WHERE node = 'a' AND role = 'ack'") > 0
    });
    let mut b = nodes.start("b", &["run", "--until-empty"]);
    until("node b does some too", || nodes.schema.number("SELECT count(*) FROM entry WHERE node = 'b'") > 0);
    until("node a has work in its hands", || {
        nodes.schema.number("SELECT count(*) FROM message WHERE node = 'a' AND lease_until IS NOT NULL") > 0
    });
    a.0.kill().unwrap();
    assert_eq!(a.0.wait().unwrap().signal(), Some(SIGKILL));
    let mut ended = None;
    until("node b comes to an end", || {
        ended = b.0.try_wait().unwrap();
        ended.is_some()
    });
    // It may count what the other finished as being on its way.
    assert!(matches!(ended.unwrap().code(), Some(0 | 6)), "{ended:?}");
    assert_eq!(nodes.schema.number("SELECT count(*) FROM message WHERE state NOT IN ('done')"), 0);

    for batch in 1..=files.len() {
        // From either home: bodies of both are under the same keys.
        let rows = nodes.json(if batch % 2 == 0 { "a" } else { "b" }, &["status", "--batch", &batch.to_string()]);
        assert!(rows.as_array().unwrap().iter().all(|row| row["status"] == "accepted"), "{rows:#}");
    }
    let effects = nodes.sandbox.effects();
    let placed: Vec<usize> = effects.values().map(|effect| effect.placed).collect();
    assert_eq!(placed, vec![1; BILLS], "every bill is placed once: {effects:?}");

    // A chain of evidence for each, whole although one was cut off, and readable under the one keyring.
    let report = nodes.json("b", &["archive", "verify"]);
    assert_eq!(report["intact"], true, "{report}");
    for (at, node) in ["a", "b"].into_iter().enumerate() {
        let told = &report["nodes"][at];
        assert_eq!((&told["node"], &told["unchecked"]), (&node.into(), &0.into()), "{report}");
        assert!(told["records"].as_u64().unwrap() > 0, "{report}");
    }
    // The one that died comes back to nothing left to do.
    nodes.gkh("a", &["run", "--until-empty"], 0);
}

#[test]
fn a_database_that_does_not_answer_is_told_in_both_languages_and_without_the_password() {
    let Some(nodes) = Nodes::new() else { return };
    for (tongue, words) in [("en", "the database does not answer"), ("ru", "база не отвечает")] {
        for verb in [["status", "--json"], ["archive", "verify"], ["run", "--until-empty"]] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_gkh"));
            command.current_dir(nodes.homes.path().join("a")).args(["--lang", tongue]).args(verb);
            command.env("GKH_STORE_URL", "host=127.0.0.1 port=1 user=gkh connect_timeout=1");
            command.env("GKH_STORE_PASSWORD_VARIABLE", "SECRET").env("SECRET", "hunter2");
            let Output { status, stderr, .. } = command.output().unwrap();
            let told = String::from_utf8(stderr).unwrap();
            assert!(status.code() == Some(5) && told.contains(words) && !told.contains("hunter2"), "{told}");
        }
    }
}

#[test]
fn keys_of_its_own_a_name_in_use_and_a_directory_in_use_keep_a_node_out() {
    let Some(nodes) = Nodes::new() else { return };
    let files = nodes.batches();
    let file = files[0].to_str().unwrap();
    assert!(nodes.gkh("a", &["status"], 0).0.contains("nothing was handed over"));
    nodes.gkh("a", &["send", "bills", file], 0);
    let (_, told) = nodes.gkh("stranger", &["send", "bills", file], 5);
    assert!(told.contains("encryption.folder"), "{told}");
    // A keyring that is there and another.
    let folder = nodes.homes.path().join("stranger/own-keys");
    let nobody = Schema::new().unwrap();
    let send = |node: &str| {
        let mut command = nodes.command(node, &["send", "bills", file]);
        command.env("GKH_STORE_SCHEMA", &nobody.name);
        command.output().unwrap().status.code()
    };
    assert_eq!(send("stranger"), Some(0), "in a schema of its own it makes keys of its own");
    assert!(folder.join("keyring.json").exists());
    let (_, told) = nodes.gkh("stranger", &["send", "bills", file], 5);
    assert!(told.contains("same keyring"), "{told}");
    let in_russian = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gkh"));
        let home = nodes.homes.path().join("stranger");
        let said = command.current_dir(home).args(["--lang", "ru"]).args(arguments).env("GKH_STORE_NODE", "other");
        let Output { status, stderr, .. } = said.output().unwrap();
        (status.code(), String::from_utf8(stderr).unwrap())
    };
    let (code, told) = in_russian(&["send", "bills", file]);
    assert!(code == Some(5) && told.contains("ключи этого узла не те"), "{told}");

    let mut others = nodes.command("b", &["send", "bills", file]);
    let others = others.env("GKH_ORGANISATION_ORG_PPA_GUID", "00000000-0000-4000-8000-000000000009").output().unwrap();
    let told = String::from_utf8(others.stderr).unwrap();
    assert!(others.status.code() == Some(5) && told.contains("is used for"), "{told}");

    let engine = nodes.start("a", &["run"]);
    let socket = nodes.homes.path().join("a/data/control.sock");
    until("the engine opens its socket", || socket.exists());
    let sent = nodes.command("b", &["run", "--until-empty"]).env("GKH_STORE_NODE", "a").output().unwrap();
    let told = String::from_utf8(sent.stderr).unwrap();
    assert!(sent.status.code() == Some(5) && told.contains("node `a` is in use"), "{told}");
    let sent = nodes.command("a", &["run", "--until-empty"]).env("GKH_STORE_NODE", "c").output().unwrap();
    let told = String::from_utf8(sent.stderr).unwrap();
    assert!(sent.status.code() == Some(5) && told.contains("node.lock"), "{told}");
    // A person acts through the socket of the node at hand, or by a node of their own.
    nodes.gkh("a", &["queue", "pause", "--reason", "by the socket", "--for", "1h"], 0);
    assert!(nodes.gkh("b", &["queue", "pauses"], 0).0.contains("by the socket"));
    nodes.gkh("b", &["queue", "resume"], 0);
    assert_eq!(nodes.json("a", &["queue", "pauses"]), Value::Array(Vec::new()));
    drop(engine);
}

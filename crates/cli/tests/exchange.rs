//! Appeals and readings, in and out, by the command line alone, against a sandbox in this process; on SQLite, and by
//! `exchange_postgres` on PostgreSQL.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]
#![expect(clippy::disallowed_methods, reason = "other processes are waited for, and have no clock that could be moved")]

#[path = "exchange/attached.rs"]
mod attached;
#[path = "exchange/custody.rs"]
mod custody;
#[path = "exchange/days.rs"]
mod days;
#[path = "exchange/decisions.rs"]
mod decisions;
#[path = "exchange/place.rs"]
#[expect(dead_code, reason = "numbers are for tests of several nodes")]
mod place;

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gis_gkh::clock::{Clock, SystemClock};
use gis_gkh_gateway::sample::{OGRN, Sample, org_ppa_guid};
use gis_gkh_sandbox::{Bounds, Faults, IncomingAppeal, Meter, MeterSort, Pace, Sandbox, Seed, Settings};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::signer::BuiltinSigner;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

use place::Place;

const EMPLOYEE: &str = "5d0c4c1e-0000-4000-8000-0000000000e1";

/// A sandbox with meters and appeals, and a directory with the settings of its organisation.
struct Stage {
    home: TempDir,
    place: Place,
    sandbox: Arc<Sandbox>,
    meters: Vec<Meter>,
    appeals: Vec<IncomingAppeal>,
    /// Code and GUID of water in НСИ 2.
    water: (String, String),
    _runtime: tokio::runtime::Runtime,
}

impl Stage {
    fn new(faults: &str, more: &str) -> Self {
        Self::by(Arc::new(SystemClock), faults, more)
    }

    /// With a sandbox that goes by this clock.
    fn by(clock: Arc<dyn Clock>, faults: &str, more: &str) -> Self {
        let sample = Sample::new(12, 0);
        let now = SystemClock.now();
        let seed = Seed::from_json(&sample.sandbox).unwrap().with_examples(now);
        let (meters, appeals) = (seed.meters().to_vec(), seed.appeals().to_vec());
        let known: Value = serde_json::from_str(&sample.sandbox).unwrap();
        let is_water = |entry: &&Value| entry["registry"] == 2 && entry["name"].as_str().unwrap().contains("вода");
        let water = known["nsi"].as_array().unwrap().iter().find(is_water).unwrap();
        let water = (water["code"].as_str().unwrap().to_owned(), water["guid"].as_str().unwrap().to_owned());
        let keys = root().join("fixtures/keys");
        let read = |name: &str| std::fs::read_to_string(keys.join(name)).unwrap();
        let signer = BuiltinSigner::from_pem(&read("sandbox-256.crt"), &read("sandbox-256.key")).unwrap();
        let ca = vec![Certificate::from_pem(&read("ca.crt")).unwrap()];
        let mut settings = Settings::new(seed, ca, Arc::new(signer), clock);
        settings.faults = Faults::parse(faults).unwrap();
        settings.pace = Pace { received: Duration::from_millis(5), processing: Duration::from_millis(5) };
        // Histories come in blocks of a few meters.
        settings.bounds = Bounds { page: 5, ..Bounds::default() };
        let sandbox = Sandbox::new(settings);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(Arc::clone(&sandbox).serve(listener, std::future::pending()));
        let home = tempfile::tempdir().unwrap();
        let place = Place::of(module_path!());
        let config = format!(
            "data_dir = \"data\"\n[stand]\nname = \"sandbox\"\naddress = \"{address}\"\n\
             [organisation]\norg_ppa_guid = \"{}\"\nogrn = \"{OGRN}\"\n\
             [key]\ncertificate = \"{}\"\nprivate_key = \"{}\"\n{}{more}",
            org_ppa_guid(),
            keys.join("org-256.crt").display(),
            keys.join("org-256.key").display(),
            place.settings(),
        );
        std::fs::write(home.path().join("gkh.toml"), config).unwrap();
        Self { home, place, sandbox, meters, appeals, water, _runtime: runtime }
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.home.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gkh"));
        command.current_dir(self.home.path()).args(["--lang", "en"]).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs `gkh`, which must end so, and gives what it printed.
    #[track_caller]
    fn gkh(&self, arguments: &[&str], code: i32) -> String {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        assert_eq!(status.code(), Some(code), "{arguments:?}\nstdout: {stdout}\nstderr: {stderr}");
        stdout
    }

    #[track_caller]
    fn json(&self, arguments: &[&str], code: i32) -> Value {
        serde_json::from_str(&self.gkh(arguments, code)).unwrap()
    }

    #[track_caller]
    fn inbox(&self, consumer: &str, topic: &str) -> Vec<Value> {
        let read = ["inbox", "read", "--consumer", consumer, "--topic", topic, "--limit", "1000"];
        self.gkh(&read, 0).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A water meter in use and an electricity meter with three tariffs.
    fn two_meters(&self) -> (&Meter, &Meter) {
        let water = |meter: &&Meter| meter.sort == MeterSort::OneRate && meter.archived.is_none();
        let power = |meter: &&Meter| meter.sort == MeterSort::Electricity && meter.tariffs == 3;
        (self.meters.iter().find(water).unwrap(), self.meters.iter().find(power).unwrap())
    }

    fn readings(&self) -> String {
        let (water, power) = self.two_meters();
        let today = today();
        format!(
            "ref;meter_guid;kind;date;resource_code;resource_guid;t1;t2;t3\n\
             w;{};current;{today};{};{};987654.321;;\np;{};current;{today};;;9000.50;8000;7000\n",
            water.guid, self.water.0, self.water.1, power.guid,
        )
    }

    fn pulls(&self) -> String {
        format!(
            "[[pull]]\ntopic = \"appeals\"\ninterval = \"1s\"\n[[pull]]\ntopic = \"readings\"\ninterval = \"1s\"\nresources = [\"{}:{}\"]\n",
            self.water.0, self.water.1
        )
    }

    fn configure(&self, more: &str) {
        let path = self.home.path().join("gkh.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, format!("{text}{more}")).unwrap();
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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn today() -> time::Date {
    SystemClock.now().to_offset(gis_gkh::clock::MOSCOW).date()
}

/// Waits for something other processes do.
#[track_caller]
fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn readings_go_out_once_and_come_back() {
    let stage = Stage::new("", "");
    stage.configure(&stage.pulls());
    let file = stage.file("readings.csv", &stage.readings());
    let told = stage.json(&["--json", "send", "readings", &file, "--wait"], 0);
    assert_eq!((&told["accepted"], &told["rejected"]), (&2.into(), &0.into()), "{told}");
    // The same file again is the same batch, and nothing is sent.
    assert_eq!(stage.json(&["--json", "send", "readings", &file], 0)["repeated"], true);
    stage.gkh(&["run", "--until-empty"], 0);
    let placed: Vec<usize> = stage.sandbox.readings().values().map(|effect| effect.placed).collect();
    assert_eq!(placed, [1, 1]);

    // By the inbox: every value of a water meter is an item; ours is among them, decimals as they were given.
    let (water, power) = stage.two_meters();
    let items = stage.inbox("billing", "readings");
    let keys: BTreeSet<&str> = items.iter().map(|item| item["key"].as_str().unwrap()).collect();
    assert_eq!(keys.len(), items.len(), "each value once");
    let key = format!("{}/current/{}/{}", water.guid, today(), stage.water.0);
    let ours = items.iter().find(|item| item["key"] == key.as_str()).unwrap();
    let value = &ours["body"]["OneRateDeviceValue"]["Values"]["CurrentValue"][0];
    assert_eq!(
        (&value["MeteringValue"], &value["orgPPAGUID"]),
        (&"987654.321".into(), &org_ppa_guid().to_string().into())
    );
    assert!(items.len() > 10, "blocks of five meters were followed: {}", items.len());
    let seqs: Vec<i64> = items.iter().map(|item| item["seq"].as_i64().unwrap()).collect();
    assert!(seqs.is_sorted());
    stage.gkh(&["inbox", "ack", "--consumer", "billing", "--topic", "readings", &seqs[2].to_string()], 0);
    assert_eq!(stage.inbox("billing", "readings").len(), items.len() - 3);
    assert_eq!(stage.inbox("another", "readings").len(), items.len(), "consumers do not see each other");
    stage.gkh(&["inbox", "ack", "--consumer", "billing", "--topic", "readings", "1000000"], 3);

    // And directly, as a table; from the inbox as JSON.
    let direct = stage.gkh(&["export", "readings", "--direct", "--format", "csv"], 0);
    assert!(
        direct.lines().any(|line| line.contains(&water.guid.to_string()) && line.contains("987654.321")),
        "{direct}"
    );
    assert!(!direct.contains(&power.guid.to_string()), "the pull asks for water alone");
    let out = stage.home.path().join("readings.json");
    stage.gkh(&["export", "readings", "-o", &out.display().to_string()], 0);
    let all: Vec<Value> = serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap();
    assert_eq!(all.len(), items.len());
}

#[test]
fn answers_go_out_in_two_steps_and_appeals_come_in_once() {
    let stage = Stage::new("", "");
    stage.configure(&stage.pulls());
    let open: Vec<&IncomingAppeal> =
        stage.appeals.iter().filter(|appeal| appeal.state == gis_gkh_sandbox::AppealState::Sent).collect();
    stage.gkh(&["run", "--until-empty"], 0);
    let items = stage.inbox("desk", "appeals");
    assert_eq!(items.len(), stage.appeals.len());
    let first = items.iter().find(|item| item["body"]["AppealNumber"] == open[0].number.as_str()).unwrap();
    assert_eq!((&first["body"]["AppealText"], &first["topic"]), (&open[0].text.as_str().into(), &"appeals".into()));
    assert!(first["body"]["Attachment"].is_array(), "files stay lists: {first}");
    let last = items.last().unwrap()["seq"].to_string();
    stage.gkh(&["inbox", "ack", "--consumer", "desk", "--topic", "appeals", &last], 0);

    // One answer is sent, one stays a draft.
    let text = "«Сделано: перерасчёт\nвойдёт в документ.»";
    let answers = format!(
        "ref;appeal_guid;appeal_number;employee_guid;text;action\n\
         a;{};;{EMPLOYEE};\"{text}\";\nb;;{};{EMPLOYEE};Черновик ответа;draft\n",
        open[0].guid(),
        open[1].number,
    );
    let file = stage.file("answers.csv", &answers);
    let told = stage.json(&["--json", "send", "answers", &file, "--wait"], 0);
    assert_eq!((&told["accepted"], &told["messages"]), (&2.into(), &3.into()), "{told}");
    let rows = told["rows"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| row["ref"].as_str().unwrap()).collect::<Vec<_>>(), ["a", "b"]);
    let effects = stage.sandbox.answers();
    let of = |appeal: &IncomingAppeal| effects[&appeal.guid()];
    assert_eq!((of(open[0]).written, of(open[0]).sent, of(open[0]).refused), (1, 1, 0));
    assert_eq!((of(open[1]).written, of(open[1]).sent), (1, 0));

    // What has changed comes again, what has not does not; what is new comes too.
    let new = IncomingAppeal::new("00-0000-777777", SystemClock.now(), "Новое обращение образца.");
    stage.sandbox.receive_appeal(new.clone()).unwrap();
    let mut seen = BTreeSet::new();
    until("the changed appeals and the new one come", || {
        stage.gkh(&["run", "--until-empty"], 0);
        let numbers = stage.inbox("desk", "appeals").into_iter();
        seen = numbers.map(|item| item["body"]["AppealNumber"].as_str().unwrap().to_owned()).collect();
        seen.contains(&new.number)
    });
    assert_eq!(seen, BTreeSet::from([open[0].number.clone(), open[1].number.clone(), new.number]));
    let all = stage.json(&["export", "appeals"], 0);
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), stage.appeals.len() + 1, "each appeal once, as it came last");
    let answered = all.iter().find(|appeal| appeal["AppealNumber"] == open[0].number.as_str()).unwrap();
    let answer =
        answered["AppealHistory"].as_array().unwrap().iter().find(|entry| entry["Answer"].is_object()).unwrap();
    assert_eq!((&answer["Answer"]["AnswerIsSent"], &answer["Answer"]["AnswerText"]), (&true.into(), &text.into()));
    let direct = stage.gkh(&["export", "appeals", "--direct", "--format", "csv"], 0);
    assert!(direct.lines().any(|line| line.contains("00-0000-777777")), "{direct}");
}

#[test]
fn faulty_rows_are_named_and_an_answer_whose_draft_is_refused_tells_why() {
    let stage = Stage::new("", "");
    let (water, _) = stage.two_meters();
    let bad = format!("meter_guid;date;t1\n{};2026-13-01;5\n{0};2020-01-01;-5\n", water.guid);
    let file = stage.file("readings.csv", &bad);
    let told = stage.json(&["--json", "send", "readings", &file], 3);
    let problems: Vec<(u64, &str)> = (told["problems"].as_array().unwrap().iter())
        .map(|problem| (problem["line"].as_u64().unwrap(), problem["code"].as_str().unwrap()))
        .collect();
    assert_eq!(problems, [(2, "not_a_date"), (3, "negative")]);
    assert!(!stage.home.path().join("data").exists(), "nothing was stored");
    let answers = format!("ref;appeal_number;employee_guid;text\nnone;00-0000-000000;{EMPLOYEE};Ответ\n");
    let file = stage.file("answers.csv", &answers);
    let told = stage.json(&["--json", "send", "answers", &file, "--wait"], 1);
    let row = &told["rows"][0];
    assert_eq!((&row["ref"], &row["status"]), (&"none".into(), &"rejected".into()), "{told}");
    assert!(row["code"].as_str().unwrap().contains("INT") || row["code"].as_str().unwrap().contains("SBX"), "{row}");
}

#[test]
fn verbs_act_through_the_engine_that_runs() {
    let stage = Stage::new("", "");
    let mut engine = Running(stage.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let socket = stage.home.path().join("data/control.sock");
    until("the engine opens its socket", || socket.exists());
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    // Paused, a batch is taken and stays; resumed, it goes.
    stage.gkh(&["queue", "pause", "--service", "device-metering", "--reason", "the 20th"], 0);
    assert!(stage.gkh(&["queue", "pauses"], 0).contains("the 20th"));
    let file = stage.file("readings.csv", &stage.readings());
    let told = stage.json(&["--json", "send", "readings", &file], 0);
    assert_eq!(told["objects"]["in_message"], 2);
    std::thread::sleep(Duration::from_millis(300));
    assert!(stage.sandbox.readings().is_empty(), "nothing leaves a paused part");
    let listed = stage.json(&["--json", "queue", "list"], 0);
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["state"]), (1, &"accepted".into()));
    let id = listed[0]["message"].to_string();
    assert!(stage.gkh(&["queue", "show", &id], 0).contains("waits to be built"));
    stage.gkh(&["queue", "retry", &id], 1);
    stage.gkh(&["queue", "resume", "--service", "appeals"], 1);
    stage.gkh(&["queue", "resume", "--service", "device-metering"], 0);
    let told = stage.json(&["--json", "send", "readings", &file, "--wait"], 0);
    assert_eq!((&told["accepted"], stage.sandbox.readings().len()), (&2.into(), 2));
    assert_eq!(stage.json(&["--json", "queue", "list"], 0).as_array().unwrap().len(), 0);
    // Asked to stop, it stops, and the socket is gone.
    let stopped = Command::new("kill").args(["-TERM", &engine.0.id().to_string()]).status().unwrap();
    assert!(stopped.success() && engine.0.wait().unwrap().success());
    assert!(!socket.exists());
    // Without an engine the verb opens the store itself.
    stage.gkh(&["queue", "pause", "--reason", "night", "--for", "1h"], 0);
    assert!(stage.gkh(&["queue", "pauses"], 0).contains("everything"));
}

#[test]
fn a_draft_of_unknown_fate_waits_for_a_person_who_decides() {
    let hurried = "[policy]\nsend_deadline = \"200ms\"\nrequest_timeout = \"1s\"\nlease = \"2s\"\nsettle = \"1500ms\"\n\
                   lookup = [\"100ms\", \"500ms\"]\nbackoff = \"20ms\"\n";
    let stage = Stage::new("cut-before-ack=#1", hurried);
    let appeal = stage.appeals.iter().find(|appeal| appeal.state == gis_gkh_sandbox::AppealState::Sent).unwrap();
    let file = stage.file(
        "answers.csv",
        &format!("ref;appeal_number;employee_guid;text\na;{};{EMPLOYEE};Ответ образца\n", appeal.number),
    );
    stage.gkh(&["send", "answers", &file, "--wait"], 6);
    let parked = stage.json(&["--json", "queue", "list", "--parked"], 0);
    let [message] = &parked.as_array().unwrap()[..] else { panic!("{parked}") };
    assert_eq!(message["failure"]["code"], "delivery.outcome_unknown");
    let id = message["message"].to_string();
    let words = stage.gkh(&["queue", "list", "--parked"], 0);
    assert!(words.contains("gkh queue retry") && words.contains("may not be repeated blindly"), "{words}");
    stage.gkh(&["queue", "discard", &id], 2);
    // Tried again, it is looked for again, and not sent again by itself: the system would keep two drafts.
    stage.gkh(&["queue", "retry", &id], 0);
    stage.gkh(&["run", "--until-empty"], 6);
    assert_eq!(stage.json(&["--json", "queue", "list", "--parked"], 0).as_array().unwrap().len(), 1);
    // Given up, the sending is refused, for its draft is not there, and nothing is left to do.
    stage.gkh(&["queue", "discard", &id, "--reason", "looked into the portal: there is none"], 0);
    stage.gkh(&["run", "--until-empty"], 1);
    assert_eq!(stage.json(&["--json", "queue", "list"], 0).as_array().unwrap().len(), 0);
    let rows = stage.json(&["--json", "status", "--batch", "1"], 0);
    assert_eq!((&rows[0]["ref"], &rows[0]["status"]), (&"a".into(), &"uncertain".into()), "as its draft is: {rows}");
    assert!(stage.sandbox.answers().get(&appeal.guid()).is_none_or(|effect| effect.written + effect.sent == 0));
}

/// Something done to the database behind the program's back, in the words of each, and the code of what is found then.
const TAMPERINGS: [(&str, &str, &str); 4] = [
    (
        "UPDATE entry SET operation = 'appeals.importAnswer' WHERE number = 1",
        "UPDATE entry SET operation = 'appeals.importAnswer' WHERE number = 1",
        "record_altered",
    ),
    (
        "UPDATE body SET bytes = zeroblob(length(bytes)) WHERE id = (SELECT body FROM entry WHERE number = 2)",
        "UPDATE entry SET bytes = decode(repeat('00', length(bytes)), 'hex') WHERE number = 2",
        "bytes_altered",
    ),
    ("DELETE FROM entry WHERE number = 2", "DELETE FROM entry WHERE number = 2", "records_removed"),
    (
        "INSERT INTO entry (node, number, message, build, message_guid, role, organisation, stand, kind, operation, \
         accepted, sent, answered, recorded, key, plain, sealed, body) SELECT node, (SELECT max(number) + 1 FROM entry), \
         message, build, message_guid, role, organisation, stand, kind, operation, accepted, sent, answered, recorded, \
         key, plain, sealed, body FROM entry WHERE number = 1",
        "INSERT INTO entry (node, number, message, build, message_guid, role, organisation, stand, kind, operation, \
         accepted, sent, answered, recorded, key, plain, sealed, bytes) SELECT node, (SELECT max(number) + 1 FROM entry), \
         message, build, message_guid, role, organisation, stand, kind, operation, accepted, sent, answered, recorded, \
         key, plain, sealed, bytes FROM entry WHERE number = 1",
        "records_inserted",
    ),
];

#[test]
fn the_archive_is_verified_handed_over_and_shows_what_was_changed() {
    let stage = Stage::new("", "");
    let file = stage.file("readings.csv", &stage.readings());
    stage.gkh(&["send", "readings", &file, "--wait"], 0);

    let report = stage.json(&["--json", "archive", "verify"], 0);
    let node = &report["nodes"][0];
    assert_eq!(report["intact"], true);
    assert!(node["records"].as_u64().unwrap() >= 3 && node["signed"].as_u64().unwrap() >= 2, "{report}");
    assert_eq!(node["unchecked"], 0);

    let pack = stage.home.path().join("pack");
    let packed = stage.json(&["--json", "archive", "export", pack.to_str().unwrap(), "--batch", "1"], 0);
    let files = std::fs::read_dir(pack.join("files")).unwrap().count();
    assert_eq!(packed["pieces"].as_u64().unwrap(), files as u64);
    let sums = Command::new("sha256sum").args(["-c", "--quiet", "SHA256SUMS"]).current_dir(&pack).status().unwrap();
    assert!(sums.success(), "a stranger can check it");
    stage.gkh(&["archive", "export", pack.to_str().unwrap(), "--batch", "1"], 3);
    stage.gkh(&["archive", "export", "nothing", "--object", "w"], 3);
    stage.gkh(&["archive", "head"], 1);

    let data = stage.home.path().join("data");
    stage.place.keep(&data);
    for (tampering, on_postgres, code) in TAMPERINGS {
        stage.place.tamper(&data, tampering, on_postgres);
        let report = stage.json(&["--json", "archive", "verify"], 1);
        let faults: BTreeSet<&str> = report["nodes"][0]["faults"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| fault["code"].as_str().unwrap())
            .collect();
        assert!(faults.contains(code), "{tampering}: {report}");
        stage.place.put_back(&data);
    }
    stage.gkh(&["archive", "verify"], 0);
}

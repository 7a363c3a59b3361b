//! `gkh config`, and several organisations in one process: what stops one stops no other.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use gis_gkh::clock::SystemClock;
use gis_gkh_gateway::sample::{OGRN, Sample, org_ppa_guid};
use gis_gkh_sandbox::{Pace, Sandbox, Seed, Settings};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::signer::BuiltinSigner;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn gkh(home: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gkh"));
    command.current_dir(home.path()).args(["--lang", "en"]).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn ends(output: &Output, code: i32) {
    let (out, err) = (said(&output.stdout), said(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "stdout: {out}\nstderr: {err}");
}

#[test]
fn every_fault_of_the_settings_is_told_with_its_line_and_a_suggestion() {
    let home = tempfile::tempdir().unwrap();
    let text =
        "data_dir = \"d\"\n[stand]\nname = \"sandbox\"\nadress = \"127.0.0.1:1\"\n[organisation]\nogrn = \"12\"\n";
    std::fs::write(home.path().join("gkh.toml"), text).unwrap();
    let output = gkh(&home, &["config", "check"]);
    ends(&output, 4);
    let told = said(&output.stdout);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "gkh.toml:4: there is no setting `stand.adress`; did you mean `stand.address`?", "{told}");
    assert!(lines.iter().any(|line| line.starts_with("gkh.toml:6: `organisation.ogrn` must be 13 digits")), "{told}");
    assert!(lines.iter().any(|line| line.contains("`key.certificate` is missing")), "{told}");
    let json: Value = serde_json::from_slice(&gkh(&home, &["--json", "config", "check"]).stdout).unwrap();
    assert_eq!((&json["good"], json["faults"].as_array().unwrap().len()), (&false.into(), lines.len()));
}

#[test]
fn the_example_and_the_schema_are_printed_and_the_example_is_good() {
    let home = tempfile::tempdir().unwrap();
    let example = gkh(&home, &["config", "example"]);
    ends(&example, 0);
    std::fs::write(home.path().join("gkh.toml"), &example.stdout).unwrap();
    let output = gkh(&home, &["config", "check"]);
    ends(&output, 0);
    assert!(said(&output.stdout).contains("the settings can be used; organisations: 1"), "{}", said(&output.stdout));
    let schema: Value = serde_json::from_slice(&gkh(&home, &["config", "schema"]).stdout).unwrap();
    assert_eq!(schema["properties"]["key"]["properties"]["provider"]["enum"][2], "pkcs11");
}

/// A sandbox that knows the sample month, and a folder with the month's files.
fn stage(more: &str) -> (TempDir, tokio::runtime::Runtime) {
    let sample = Sample::new(3, 0);
    let keys = root().join("fixtures/keys");
    let read = |name: &str| std::fs::read_to_string(keys.join(name)).unwrap();
    let signer = BuiltinSigner::from_pem(&read("sandbox-256.crt"), &read("sandbox-256.key")).unwrap();
    let ca = vec![Certificate::from_pem(&read("ca.crt")).unwrap()];
    let mut settings =
        Settings::new(Seed::from_json(&sample.sandbox).unwrap(), ca, Arc::new(signer), Arc::new(SystemClock));
    settings.pace = Pace { received: Duration::from_millis(5), processing: Duration::from_millis(5) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(Sandbox::new(settings).serve(listener, std::future::pending()));
    let home = tempfile::tempdir().unwrap();
    sample.write_to(home.path()).unwrap();
    let text = format!(
        "data_dir = \"data\"\n[stand]\nname = \"sandbox\"\naddress = \"{address}\"\n[key]\ncertificate = \"{0}/org-256.crt\"\n\
         private_key = \"{0}/org-256.key\"\n{more}",
        keys.display()
    );
    std::fs::write(home.path().join("gkh.toml"), text).unwrap();
    (home, runtime)
}

fn organisation(id: &str, more: &str) -> String {
    format!("[[organisation]]\nid = \"{id}\"\norg_ppa_guid = \"{}\"\nogrn = \"{OGRN}\"\n{more}", org_ppa_guid())
}

#[test]
fn a_key_that_is_refused_stops_its_organisation_and_no_other() {
    let other = format!("[organisation.key]\nprivate_key = \"{}/fixtures/keys/other-256.key\"\n", root().display());
    let organisations = [organisation("zarya", ""), organisation("vostok", &other), organisation("sever", "")].concat();
    let (home, _sandbox) = stage(&organisations);
    let send = |id: &str| gkh(&home, &["--org", id, "send", "bills", "charges.csv", "--period", "2026-10"]);
    ends(&send("zarya"), 0);
    let refused = gkh(&home, &["send", "bills", "charges.csv"]);
    ends(&refused, 4);
    assert!(said(&refused.stderr).contains("choose one with --org: zarya, vostok, sever"), "{}", said(&refused.stderr));

    let output = gkh(&home, &["run", "--until-empty"]);
    ends(&output, 6);
    let told = said(&output.stderr);
    assert!(told.contains("zarya: nothing is left to do") && told.contains("sever: nothing is left to do"), "{told}");
    let vostok: Vec<&str> = told.lines().filter(|line| line.starts_with("vostok: ")).collect();
    assert!(vostok.len() == 1 && vostok[0].contains("does not work: key.private_key = "), "{told}");

    let status = gkh(&home, &["--org", "zarya", "--json", "status"]);
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["batches"][0]["objects"]["accepted"], 3, "{status}");
    let status = gkh(&home, &["--org", "sever", "--json", "status"]);
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["batches"].as_array().unwrap().len(), 0, "nothing of one is seen by another");
}

#[test]
fn what_another_system_writes_is_refused_before_it_is_sent() {
    let writers = "[[writer]]\nkind = \"bills\"\nsystem = \"1С филиала\"\n";
    let (home, _sandbox) = stage(&format!("{}{writers}", organisation("zarya", "")));
    let send = |more: &[&str]| {
        let mut arguments = vec!["--json", "send", "bills", "charges.csv", "--period", "2026-10"];
        arguments.extend(more);
        gkh(&home, &arguments)
    };
    let output = send(&["--partial"]);
    ends(&output, 3);
    let told = format!("{}{}", said(&output.stdout), said(&output.stderr));
    assert!(told.contains("desk.writer") && told.contains("1С филиала"), "{told}");
}

#[test]
fn an_organisation_that_is_not_set_is_found_by_its_number_and_kept_for_the_stand() {
    let (home, _sandbox) = stage(&format!("[organisation]\nogrn = \"{OGRN}\"\n"));
    let output = gkh(&home, &["status"]);
    ends(&output, 4);
    assert!(said(&output.stderr).contains("gkh config find"), "{}", said(&output.stderr));
    let output = gkh(&home, &["config", "find"]);
    ends(&output, 0);
    assert!(said(&output.stdout).starts_with(&org_ppa_guid().to_string()), "{}", said(&output.stdout));
    ends(&gkh(&home, &["status"]), 0);
    // Every stand has identifiers of its own: what was found on one is nobody on another.
    let path = home.path().join("gkh.toml");
    let text = std::fs::read_to_string(&path).unwrap().replace("\"sandbox\"", "\"sit-01\"");
    std::fs::write(&path, text).unwrap();
    let output = gkh(&home, &["status"]);
    ends(&output, 4);
    assert!(said(&output.stderr).contains("not found on the stand sit-01"), "{}", said(&output.stderr));
}

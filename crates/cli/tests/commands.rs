//! The command as its users meet it: what it prints, and how it ends.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Runs `gkh` in the repository's root, where its README says it works.
fn gkh(arguments: &[&str]) -> Output {
    gkh_with(arguments, &[])
}

fn gkh_with(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gkh"));
    command.current_dir(root()).args(["--lang", "en"]).args(arguments).stdin(Stdio::null());
    command.envs(environment.iter().copied()).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[track_caller]
fn ends(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "stdout: {}\nstderr: {}", stdout(output), stderr(output));
}

/// The signed envelopes of the sample month.
fn dry_run(bits: u16, profile: &str) -> (TempDir, Vec<PathBuf>) {
    let out = tempfile::tempdir().unwrap();
    let keys = root().join("fixtures/keys");
    let key = |ending: &str| keys.join(format!("org-{bits}.{ending}")).display().to_string();
    let environment =
        [("GKH_KEY_CERTIFICATE", &*key("crt")), ("GKH_KEY_PRIVATE_KEY", &*key("key")), ("GKH_KEY_PROFILE", profile)];
    let arguments = ["--config", "fixtures/month/gkh.toml", "--json", "send", "bills", "fixtures/month/charges.csv"];
    let directory = out.path().display().to_string();
    let more = ["--period", "2026-10", "--dry-run", "--out", &directory];
    let output = gkh_with(&[&arguments[..], &more[..]].concat(), &environment);
    ends(&output, 0);
    let told: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let files: Vec<PathBuf> =
        told["envelopes"].as_array().unwrap().iter().map(|file| PathBuf::from(file.as_str().unwrap())).collect();
    assert!(!files.is_empty());
    (out, files)
}

#[test]
fn what_it_would_send_is_valid_and_signed_with_keys_of_both_sizes() {
    for (bits, profile) in [(256, "inclusive"), (512, "exclusive")] {
        let (_out, files) = dry_run(bits, profile);
        for file in files {
            let file = file.display().to_string();
            let check = gkh(&["message", "check", &file]);
            ends(&check, 0);
            assert!(stdout(&check).contains("importPaymentDocumentRequest: valid"), "{}", stdout(&check));
            let verify = gkh(&["--json", "message", "verify", "--ca", "fixtures/keys/ca.crt", "--strict", &file]);
            ends(&verify, 0);
            let told: serde_json::Value = serde_json::from_str(&stdout(&verify)).unwrap();
            assert_eq!((&told["bits"], &told["byte_profile"]), (&bits.into(), &profile.into()));
            assert_eq!((&told["chain"], &told["certificate"]), (&"trusted".into(), &"valid".into()));
            // Without an anchor the state is printed and nothing fails; the wrong anchor fails.
            let bare = gkh(&["message", "verify", &file]);
            ends(&bare, 0);
            assert!(stdout(&bare).contains("chain: not checked"), "{}", stdout(&bare));
            ends(&gkh(&["message", "verify", "--strict", &file]), 1);
            ends(&gkh(&["message", "verify", "--ca", "fixtures/keys/org-256.crt", &file]), 1);
        }
    }
}

#[test]
fn a_broken_request_is_named_by_element_and_a_touched_one_by_its_digest() {
    let (out, files) = dry_run(256, "inclusive");
    let good = std::fs::read_to_string(&files[0]).unwrap();
    let broken = out.path().join("broken.xml");
    let file = broken.display().to_string();
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        std::fs::write(&broken, good.replacen(from, to, 1)).unwrap();
    };
    for (from, to, named) in [
        ("<base:Month>10</base:Month>", "", "Month"),
        ("<base:Month>10</base:Month>", "<base:Month>13</base:Month>", "Month"),
        ("<base:Year>2026</base:Year>", "<base:Year>MMXXVI</base:Year>", "Year"),
        ("base:version=\"11.2.0.16\"", "base:version=\"1.0\"", "11.2.0.16"),
        ("<bills:Rate>", "<bills:Price>1</bills:Price><bills:Rate>", "Price"),
        ("<bills:Rate>", "<Rate>", "Rate"),
        ("</bills:Rate>", "</bills:Price>", "</bills:Rate>"),
        ("<bills:PaymentDocument>", "<bills:PaymentDocument Name=\"x\">", "Name"),
    ] {
        with(from, to);
        let output = gkh(&["message", "check", &file]);
        ends(&output, 1);
        let told = stdout(&output).to_lowercase();
        assert!(told.contains(&named.to_lowercase()), "{from} -> {to}: {told}");
    }
    // The second of two equal identifiers breaks a key of the schema, which no structure shows.
    let guid = good.split("TransportGUID>").nth(1).and_then(|text| text.split('<').next()).map(str::to_owned);
    let other = good.split("TransportGUID>").nth(3).and_then(|text| text.split('<').next()).map(str::to_owned);
    let (Some(guid), Some(other)) = (guid, other) else { panic!("two TransportGUIDs") };
    with(&other, &guid);
    let output = gkh(&["message", "check", &file]);
    ends(&output, 1);
    assert!(stdout(&output).contains("unique"), "{}", stdout(&output));

    with("<bills:PaymentDocument>", "<bills:PaymentDocument >");
    // White space inside a tag is no part of the canonical form: the signature stands.
    ends(&gkh(&["message", "verify", &file]), 0);
    with("<bills:Rate>", "<bills:Rate>1");
    let output = gkh(&["message", "verify", &file]);
    ends(&output, 1);
    assert!(stderr(&output).contains("digest"), "{}", stderr(&output));
}

#[test]
fn hostile_documents_are_refused_with_a_clear_error() {
    let home = tempfile::tempdir().unwrap();
    let mut attributes = String::from("<a");
    for index in 0..1_000_000 {
        let _ = write!(attributes, " a{index}=''");
    }
    attributes.push_str("/>");
    let bomb = "<!DOCTYPE a [<!ENTITY b 'bbbbbbbbbb'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]><a>&c;</a>";
    for (name, text, said) in [
        ("bomb", bomb.to_owned(), "DOCTYPE"),
        ("nested", "<a>".repeat(10_000), "nested"),
        ("attributes", attributes, "attributes"),
        ("entity", "<a>&b;</a>".to_owned(), "entity"),
        ("truncated", "<soap:Envelope".to_owned(), ""),
        ("empty", String::new(), ""),
        ("foreign", "<a xmlns='urn:a'/>".to_owned(), ""),
    ] {
        let path = home.path().join(name);
        std::fs::write(&path, text).unwrap();
        let file = path.display().to_string();
        for verb in ["check", "verify"] {
            let output = gkh(&["message", verb, &file]);
            ends(&output, 1);
            let told = stdout(&output) + &stderr(&output);
            assert!(told.len() > 10 && told.len() < 2000, "{name}, {verb}: {told}");
            // `check` may stop earlier, at an element that is no message.
            assert!(told.contains(said) || told.contains("expected a message"), "{name}, {verb}: {told}");
        }
    }
    std::fs::write(home.path().join("latin"), b"<a>\xff</a>").unwrap();
    let output = gkh(&["message", "check", &home.path().join("latin").display().to_string()]);
    ends(&output, 1);
    assert!(stdout(&output).contains("UTF-8"), "{}", stdout(&output));
    ends(&gkh(&["message", "check", "no/such/file"]), 3);
}

#[test]
fn signing_a_message_in_place_gives_one_that_verifies() {
    let home = tempfile::tempdir().unwrap();
    let request = "<n:exportNsiListRequest xmlns:n=\"http://dom.gosuslugi.ru/schema/integration/nsi-common/\" \
        xmlns:base=\"http://dom.gosuslugi.ru/schema/integration/base/\" Id=\"x\" base:version=\"10.0.1.2\"></n:exportNsiListRequest>";
    let (plain, signed) = (home.path().join("plain.xml"), home.path().join("signed.xml"));
    std::fs::write(&plain, request).unwrap();
    let (plain, signed) = (plain.display().to_string(), signed.display().to_string());
    let check = gkh(&["message", "check", &plain]);
    ends(&check, 0);
    let key = ["--key", "fixtures/keys/org-256.key", "--cert", "fixtures/keys/org-256.crt"];
    ends(&gkh(&[&["message", "sign", &plain, "-o", &signed][..], &key[..]].concat()), 0);
    ends(&gkh(&["message", "verify", &signed]), 0);
    ends(&gkh(&["message", "check", &signed]), 0);
    // What the signature covers is the canonical form of what was there before.
    let covered = gkh(&["message", "canonical", "--signed", &signed]);
    ends(&covered, 0);
    assert_eq!(covered.stdout, gkh(&["message", "canonical", &plain]).stdout);
    let again = gkh(&[&["message", "sign", &signed][..], &key[..]].concat());
    ends(&again, 1);
    let mixed = ["--key", "fixtures/keys/other-256.key", "--cert", "fixtures/keys/org-256.crt"];
    ends(&gkh(&[&["message", "sign", &plain][..], &mixed[..]].concat()), 4);
}

#[test]
fn codes_are_explained_in_both_languages() {
    let english = gkh(&["explain", "int008165"]);
    ends(&english, 0);
    assert!(stdout(&english).starts_with("INT008165: "), "{}", stdout(&english));
    let mut russian = Command::new(env!("CARGO_BIN_EXE_gkh"));
    let russian = russian.args(["--lang", "ru", "explain", "INT008165"]).output().unwrap();
    ends(&russian, 0);
    assert!(stdout(&russian).contains("Кто исправляет"), "{}", stdout(&russian));
    let family = gkh(&["--json", "explain", "EXP777777"]);
    ends(&family, 0);
    let told: serde_json::Value = serde_json::from_str(&stdout(&family)).unwrap();
    assert_eq!((&told["row"], &told["class"]), (&"EXP*".into(), &"retry_rebuilt".into()));
    ends(&gkh(&["explain", "NOSUCH"]), 1);
}

/// A copy of the sample month in a directory of its own.
fn month() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    for name in ["charges.csv", "charge_lines.csv", "bank.csv", "services.csv", "accounts.csv"] {
        std::fs::copy(root().join("fixtures/month").join(name), home.path().join(name)).unwrap();
    }
    let config = std::fs::read_to_string(root().join("fixtures/month/gkh.toml")).unwrap();
    let keys = root().join("fixtures/keys").display().to_string();
    let config = config.replace("../keys", &keys).replace("../../target/gkh-month", "data");
    std::fs::write(home.path().join("gkh.toml"), config).unwrap();
    home
}

fn send(home: &TempDir, more: &[&str]) -> Output {
    let path = |name: &str| home.path().join(name).display().to_string();
    let (config, charges) = (path("gkh.toml"), path("charges.csv"));
    gkh(&[&["--config", &config, "send", "bills", &charges][..], more].concat())
}

#[test]
fn wrong_rows_are_named_and_nothing_is_stored_unless_partial() {
    let home = month();
    let charges = home.path().join("charges.csv");
    let text = std::fs::read_to_string(&charges).unwrap();
    let good = text.lines().nth(3).unwrap();
    std::fs::write(&charges, text.replacen(good, &good.replacen("2026-10", "2026-1O", 1), 1)).unwrap();
    let output = send(&home, &[]);
    ends(&output, 3);
    let told = stderr(&output);
    assert!(told.contains("charges.csv") && told.contains("line 4"), "{told}");
    assert!(told.contains("nothing was stored"), "{told}");
    assert!(!home.path().join("data").exists());
    let output = send(&home, &["--partial"]);
    ends(&output, 1);
    assert!(
        stdout(&output).contains("bills to deliver: 199") && stdout(&output).contains("not taken: 1"),
        "{}",
        stdout(&output)
    );
    assert!(stdout(&output).contains("gkh run"), "{}", stdout(&output));
    let output = send(&home, &["--period", "2026-13"]);
    ends(&output, 3);
    std::fs::write(&charges, "").unwrap();
    ends(&send(&home, &[]), 3);
    std::fs::remove_file(&charges).unwrap();
    ends(&send(&home, &[]), 3);
}

#[test]
fn the_same_file_again_is_the_same_batch_and_status_shows_it() {
    let home = month();
    let first = send(&home, &["--period", "2026-10"]);
    ends(&first, 0);
    assert!(stdout(&first).contains("batch 1: bills to deliver: 200"), "{}", stdout(&first));
    let again = send(&home, &["--period", "2026-10"]);
    ends(&again, 0);
    assert!(stdout(&again).contains("batch 1") && stdout(&again).contains("before"), "{}", stdout(&again));
    let config = home.path().join("gkh.toml").display().to_string();
    let status = gkh(&["--config", &config, "--json", "status"]);
    ends(&status, 0);
    let told: serde_json::Value = serde_json::from_str(&stdout(&status)).unwrap();
    assert_eq!(told["batches"].as_array().unwrap().len(), 1);
    assert_eq!(told["batches"][0]["objects"]["in_message"], 200);
    assert_eq!(told["queue"].as_array().unwrap().len(), 1);
    let csv = gkh(&["--config", &config, "status", "--batch", "1", "--csv"]);
    assert_eq!(stdout(&csv).lines().count(), 201);
    ends(&gkh(&["--config", &config, "status", "--batch", "7"]), 3);
}

#[test]
fn sample_keys_are_refused_for_every_other_stand_and_typos_are_named() {
    let home = month();
    let path = home.path().join("gkh.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    for stand in ["ppak", "sit-01", "sit-02"] {
        std::fs::write(&path, config.replace("name = \"sandbox\"", &format!("name = \"{stand}\""))).unwrap();
        let output = send(&home, &[]);
        ends(&output, 4);
        assert!(stderr(&output).contains("sandbox"), "{}", stderr(&output));
    }
    std::fs::write(&path, config.replace("data_dir", "data_dri")).unwrap();
    let output = send(&home, &[]);
    ends(&output, 4);
    assert!(stderr(&output).contains("data_dir"), "{}", stderr(&output));
    std::fs::remove_file(&path).unwrap();
    ends(&send(&home, &[]), 4);
}

#[test]
fn the_demo_shows_one_month_in_json() {
    let output = gkh(&["demo", "--json"]);
    ends(&output, 0);
    let told: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!((&told["accepted"], &told["rejected"], &told["uncertain"]), (&199.into(), &1.into(), &0.into()));
    assert!(told["messages"].as_u64().unwrap() >= 1 && told["seconds"].as_f64().unwrap() > 0.0, "{told}");
}

/// The same month with an nginx of GOST TLS before the sandbox.
#[cfg(feature = "gost-tls")]
#[test]
fn the_demo_goes_over_gost_tls() {
    let output = gkh(&["demo", "--gost-tls", "--json"]);
    let said = stderr(&output);
    if said.contains("libengine-gost-openssl") {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{said}");
        eprintln!("SKIPPED: no nginx or no gost-engine, the demo over GOST TLS was not tried");
        return;
    }
    ends(&output, 0);
    let told: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!((&told["accepted"], &told["rejected"], &told["uncertain"]), (&199.into(), &1.into(), &0.into()));
    assert_eq!(told["tls"], "GOST2012-KUZNYECHIK-KUZNYECHIKOMAC");
}

/// Without OpenSSL there is the tunnel, and the command says so.
#[cfg(not(feature = "gost-tls"))]
#[test]
fn the_demo_over_gost_tls_names_the_tunnel_instead() {
    let output = gkh(&["demo", "--gost-tls"]);
    ends(&output, 4);
    assert!(stderr(&output).contains("through a tunnel"), "{}", stderr(&output));
}

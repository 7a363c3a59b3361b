//! `gkh doctor` as its users meet it: the page, its JSON, how it ends.

#![expect(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use gis_gkh::clock::SystemClock;
use gis_gkh_gateway::sample::{OGRN, Sample, org_ppa_guid};
use gis_gkh_sandbox::{Sandbox, Seed, Settings};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::signer::BuiltinSigner;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

fn keys() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/keys").canonicalize().unwrap()
}

/// A sandbox in this process, and settings of its organisation in a directory.
struct Stage {
    home: TempDir,
    runtime: Runtime,
}

impl Stage {
    fn new() -> Self {
        let read = |name: &str| std::fs::read_to_string(keys().join(name)).unwrap();
        let signer = BuiltinSigner::from_pem(&read("sandbox-256.crt"), &read("sandbox-256.key")).unwrap();
        let ca = vec![Certificate::from_pem(&read("ca.crt")).unwrap()];
        let seed = Seed::from_json(&Sample::new(3, 0).sandbox).unwrap();
        let sandbox = Sandbox::new(Settings::new(seed, ca, Arc::new(signer), Arc::new(SystemClock)));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(sandbox.serve(listener, std::future::pending()));
        let home = tempfile::tempdir().unwrap();
        let key = home.path().join("org-256.key");
        std::fs::copy(keys().join("org-256.key"), &key).unwrap();
        #[cfg(unix)]
        private(&key);
        let config = format!(
            "data_dir = \"data\"\n[stand]\nname = \"sandbox\"\naddress = \"{address}\"\n\
             [organisation]\norg_ppa_guid = \"{}\"\nogrn = \"{OGRN}\"\n\
             [key]\ncertificate = \"{}\"\nprivate_key = \"{}\"\n",
            org_ppa_guid(),
            keys().join("org-256.crt").display(),
            key.display(),
        );
        std::fs::write(home.path().join("gkh.toml"), config).unwrap();
        Self { home, runtime }
    }

    /// Runs `gkh doctor`, which must end so, and gives what it printed.
    #[track_caller]
    fn doctor(&self, arguments: &[&str], environment: &[(&str, &str)], code: i32) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gkh"));
        command.current_dir(self.home.path()).args(arguments).envs(environment.iter().copied()).stdin(Stdio::null());
        let Output { status, stdout, stderr } = command.output().unwrap();
        let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        assert_eq!(status.code(), Some(code), "{arguments:?}\nstdout: {stdout}\nstderr: {stderr}");
        stdout
    }
}

fn grade<'p>(page: &'p Value, id: &str) -> &'p str {
    let checks = page["checks"].as_array().unwrap();
    checks.iter().find(|check| check["id"] == id).unwrap()["grade"].as_str().unwrap()
}

#[test]
fn nothing_is_red_against_a_sandbox_and_the_page_is_in_either_language() {
    let stage = Stage::new();
    let page: Value = serde_json::from_str(&stage.doctor(&["--lang", "en", "--json", "doctor"], &[], 0)).unwrap();
    for id in ["config", "key", "certificate", "answer-signers", "clock", "stand", "store", "backlog", "encryption"] {
        assert_eq!(grade(&page, id), "green", "{page:#}");
    }
    assert_eq!(page["checks"].as_array().unwrap().len(), 13);
    assert_eq!(page["checks"][1]["remedy"], Value::Null);
    let text = stage.doctor(&["--lang", "ru", "doctor", "--timeout", "30s"], &[], 0);
    assert!(text.contains("зелёный     certificate") && text.contains("пропуск"), "{text}");
    assert!(text.lines().last().unwrap().starts_with("в целом: "), "{text}");
    stage.doctor(&["doctor", "--timeout", "soon"], &[], 2);
}

#[test]
fn something_red_ends_with_one_and_says_what_to_do() {
    let stage = Stage::new();
    let nobody = stage.runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = nobody.local_addr().unwrap().to_string();
    drop(nobody);
    let down = [("GKH_STAND_ADDRESS", address.as_str())];
    let page: Value = serde_json::from_str(&stage.doctor(&["--json", "doctor"], &down, 1)).unwrap();
    assert_eq!((&page["grade"], grade(&page, "stand")), (&"red".into(), "red"), "{page:#}");
    let text = stage.doctor(&["--lang", "en", "doctor"], &down, 1);
    let place = text.lines().position(|line| line.starts_with("RED         stand")).unwrap();
    assert!(text.lines().nth(place + 1).unwrap().contains("→ check `stand.address`"), "{text}");
}

#[test]
fn settings_that_cannot_be_read_are_on_the_page_and_in_the_exit_code() {
    let stage = Stage::new();
    let wrong = [("GKH_ORGANISATION_OGRN", "12")];
    let page: Value = serde_json::from_str(&stage.doctor(&["--lang", "en", "--json", "doctor"], &wrong, 4)).unwrap();
    assert_eq!((grade(&page, "config"), grade(&page, "stand")), ("red", "skipped"), "{page:#}");
    assert!(page["checks"][0]["text"].as_str().unwrap().contains("13 digits"), "{page:#}");
    stage.doctor(&["--config", "no-such.toml", "doctor"], &[], 4);
}

/// A sandbox behind GOST TLS, and the settings of its organisation. Nothing when nginx or the engine are not here, which is
/// told; in CI they must be.
#[cfg(feature = "gost-tls")]
struct Secure {
    stage: Stage,
    front: std::process::Child,
    text: String,
}

#[cfg(feature = "gost-tls")]
impl Drop for Secure {
    fn drop(&mut self) {
        // Gently, so that its nginx ends with it.
        let ended = Command::new("kill").arg(self.front.id().to_string()).status();
        if !ended.is_ok_and(|status| status.success()) {
            let _ = self.front.kill();
        }
        let _ = self.front.wait();
    }
}

#[cfg(feature = "gost-tls")]
impl Secure {
    #[expect(clippy::print_stderr, reason = "what did not run says so")]
    fn new() -> Option<Self> {
        use std::io::BufRead as _;

        let stage = Stage::new();
        std::fs::write(stage.home.path().join("sandbox.json"), &Sample::new(3, 0).sandbox).unwrap();
        std::fs::copy(keys().join("org-256.crt"), stage.home.path().join("org-256.crt")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_gkh"));
        command.current_dir(stage.home.path()).args([
            "--json",
            "sandbox",
            "--seed",
            "sandbox.json",
            "--listen",
            "127.0.0.1:0",
        ]);
        let mut front = command.args(["--gost-tls", "front.crt"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        std::io::BufReader::new(front.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Ok(told) = serde_json::from_str::<Value>(&line) else {
            let _ = front.wait();
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "nginx and OpenSSL's engine must be here");
            eprintln!("SKIPPED: no nginx or no gost-engine, the page over GOST TLS was not tried");
            return None;
        };
        let text = format!(
            "data_dir = \"data\"\n[stand]\nname = \"sandbox\"\naddress = {}\nconnection = \"gost-tls\"\n\
             [tls]\ntrusted = \"front.crt\"\n[organisation]\norg_ppa_guid = \"{}\"\nogrn = \"{OGRN}\"\n\
             [key]\ncertificate = \"org-256.crt\"\nprivate_key = \"org-256.key\"\n",
            told["address"],
            org_ppa_guid(),
        );
        Some(Self { stage, front, text })
    }

    /// The page under these settings.
    #[track_caller]
    fn page(&self, settings: &str, code: i32) -> Value {
        std::fs::write(self.stage.home.path().join("gkh.toml"), settings).unwrap();
        serde_json::from_str(&self.stage.doctor(&["--lang", "en", "--json", "doctor", "--timeout", "60s"], &[], code))
            .unwrap()
    }

    /// What is red when this is changed in the settings, and what is said of it.
    #[track_caller]
    fn broken(&self, from: &str, to: &str) -> (Vec<String>, String) {
        assert!(self.text.contains(from), "{from}");
        let page = self.page(&self.text.replace(from, to), 1);
        let red: Vec<&Value> =
            page["checks"].as_array().unwrap().iter().filter(|check| check["grade"] == "red").collect();
        assert!(red.iter().all(|check| check["remedy"].as_str().is_some_and(|remedy| remedy.len() > 20)), "{page:#}");
        let told = red.iter().map(|check| check["text"].as_str().unwrap()).collect::<Vec<_>>().join("\n");
        (red.iter().map(|check| check["id"].as_str().unwrap().to_owned()).collect(), told)
    }
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(all(unix, feature = "gost-tls"))]
#[test]
fn over_gost_tls_everything_is_green_and_each_broken_set_up_has_its_own_red() {
    let Some(secure) = Secure::new() else { return };
    let page = secure.page(&secure.text, 0);
    let grades = |grade: &str| {
        let checks = page["checks"].as_array().unwrap().iter().filter(|check| check["grade"] == grade);
        checks.map(|check| check["id"].as_str().unwrap()).collect::<Vec<_>>()
    };
    // How much room this machine has is its own business.
    let other: Vec<_> = ["red", "yellow", "skipped"].into_iter().flat_map(grades).filter(|id| *id != "disk").collect();
    assert!(other.is_empty(), "{page:#}");
    let tls = page["checks"].as_array().unwrap().iter().find(|check| check["id"] == "tls").unwrap();
    assert!(tls["text"].as_str().unwrap().contains("GOST2012-KUZNYECHIK-KUZNYECHIKOMAC"), "{tls}");

    let key = |name: &str| keys().join(name).display().to_string();
    let (red, told) =
        secure.broken("private_key = \"org-256.key\"", &format!("private_key = \"{}\"", key("other-256.key")));
    assert!(red.contains(&"key".to_owned()), "{red:?} {told}");
    assert!(told.contains("does not belong to the certificate"), "{told}");

    let (red, told) = secure.broken("trusted = \"front.crt\"", &format!("trusted = \"{}\"", key("ca.crt")));
    assert_eq!(red, ["tls"], "{told}");

    let (red, told) = secure.broken("trusted = \"front.crt\"", "trusted = \"front.crt\"\nengine = \"gostengy\"");
    assert!(red.contains(&"engine".to_owned()) && told.contains("gostengy"), "{red:?} {told}");

    let expired = format!("certificate = \"{}\"\nprivate_key = \"{}\"", key("expired-256.crt"), key("expired-256.key"));
    let (red, told) = secure.broken("certificate = \"org-256.crt\"\nprivate_key = \"org-256.key\"", &expired);
    assert!(red.contains(&"certificate".to_owned()), "{red:?} {told}");

    let stranger = "org_ppa_guid = \"0f9d511e-3beb-507b-8a28-000000000000\"";
    let (red, told) = secure.broken(&format!("org_ppa_guid = \"{}\"", org_ppa_guid()), stranger);
    // The stand does not know whom we say we are, and the registry tells why.
    assert_eq!(red, ["stand", "rights"], "{told}");
    assert!(told.contains("AUT011002") && told.contains("orgPPAGUID"), "{told}");
}

//! Settings: what they say, what overrides them, and what is refused by name.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands; clippy knows only functions marked as tests")]

mod desk;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use desk::{fixtures, today};
use gis_gkh_delivery::Policy;
use gis_gkh_gateway::config::{Mode, Role};
use gis_gkh_gateway::records::{Input, Lang};
use gis_gkh_gateway::sample;
use gis_gkh_gateway::{Config, opening};
use gis_gkh_sign::xades::ByteProfile;

const WHOLE: &str = r#"
language = "ru"
data_dir = "store"
[stand]
name = "sandbox"
address = "127.0.0.1:8088"
[organisation]
org_ppa_guid = "0f9d511e-3beb-507b-8a28-023834e65b92"
ogrn = "1000000000002"
mode = "operator"
[key]
certificate = "org.crt"
private_key = "org.key"
profile = "exclusive"
[files]
accounts = "lists/accounts.csv"
[policy]
poll = ["10ms", "1s"]
settle = "9s"
[versions]
exportPaymentDocumentRequest = "12.2.0.1"
"#;

fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gkh.toml");
    fs::write(&path, text).unwrap();
    let environment = environment.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Config::load_with(&path, environment)
        .map_err(|error| error.to_string().replace(&path.display().to_string(), "gkh.toml"))
}

#[test]
fn every_section_is_read_and_paths_are_relative_to_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gkh.toml");
    fs::write(&path, WHOLE).unwrap();
    let config = Config::load_with(&path, []).unwrap();
    let beside = |name: &str| directory.path().join(name);
    assert_eq!((config.language, &config.data_dir), (Some(Lang::Ru), &beside("store")));
    assert_eq!((config.stand.name.as_str(), config.stand.address.as_str()), ("sandbox", "127.0.0.1:8088"));
    assert_eq!(config.organisation.org_ppa_guid, sample::org_ppa_guid());
    assert_eq!((config.organisation.role, config.organisation.mode), (Role::ManagingCompany, Mode::Operator));
    assert_eq!((&config.key.certificate, config.key.profile), (&beside("org.crt"), ByteProfile::Exclusive));
    assert_eq!(config.policy.poll, [Duration::from_millis(10), Duration::from_secs(1)]);
    assert_eq!(config.policy.settle, Duration::from_secs(9));
    assert!(config.policy.max_age < Policy::default().max_age, "the sandbox's own patience where nothing is said");
    assert_eq!(config.versions["exportPaymentDocumentRequest"], "12.2.0.1");
    let Some(Input::Csv { charges, bank, accounts, .. }) = config.input(Some(Path::new("month/charges.csv"))) else {
        panic!("five files")
    };
    assert_eq!((charges, bank), (PathBuf::from("month/charges.csv"), PathBuf::from("month/bank.csv")));
    assert_eq!(accounts, beside("lists/accounts.csv"));
    assert_eq!(config.input(None), None, "no charges are named");
}

#[test]
fn the_environment_overrides_the_file() {
    let environment = [
        ("GKH_LANGUAGE", "en"),
        ("GKH_DATA_DIR", "/somewhere/else"),
        ("GKH_STAND_ADDRESS", "127.0.0.1:9"),
        ("GKH_POLICY_POLL", "1ms, 2ms"),
        ("GKH_KEY_PROFILE", "inclusive"),
        ("GKH_OFFICIAL", "not ours"),
        ("HOME", "/home/nobody"),
    ];
    let config = load(WHOLE, &environment).unwrap();
    assert_eq!((config.language, config.data_dir), (Some(Lang::En), PathBuf::from("/somewhere/else")));
    assert_eq!((config.stand.address.as_str(), config.key.profile), ("127.0.0.1:9", ByteProfile::Inclusive));
    assert_eq!(config.policy.poll, [1, 2].map(Duration::from_millis));
    let bare = WHOLE.replace("data_dir = \"store\"", "");
    let at = |environment: &[(&str, &str)]| load(&bare, environment).map(|config| config.data_dir);
    assert_eq!(at(&[("XDG_STATE_HOME", "/state"), ("HOME", "/h")]), Ok(PathBuf::from("/state/gkh")));
    assert_eq!(at(&[("HOME", "/h")]), Ok(PathBuf::from("/h/.local/state/gkh")));
    assert!(at(&[]).unwrap_err().contains("data_dir"));
}

#[test]
fn terms_are_set_by_kind_and_without_any_everything_is_kept() {
    let day = Duration::from_secs(86_400);
    assert_eq!(load(WHOLE, &[]).unwrap().retention, gis_gkh_delivery::archive::Retention::default());
    let terms = WHOLE.replace("[versions]", "[retention]\nbills = \"1825d\"\notherwise = \"30d\"\n[versions]");
    let retention = load(&terms, &[("GKH_RETENTION_READINGS", "90d")]).unwrap().retention;
    assert_eq!(["bills", "readings", "answers"].map(|kind| retention.of(kind)), [1_825, 90, 30].map(|n| Some(n * day)));
    let told = load(&terms.replace("30d", "long"), &[]).unwrap_err();
    assert!(told.contains("`retention.otherwise` must be a time like 1825d"), "{told}");
    let told = load(&terms.replace("bills =", "bill ="), &[]).unwrap_err();
    assert!(told.contains("did you mean `retention.bills`?"), "{told}");
}

#[test]
fn what_is_wrong_is_named_with_what_to_write() {
    let replaced = |from: &str, to: &str| {
        assert!(WHOLE.contains(from), "{from}");
        load(&WHOLE.replace(from, to), &[]).unwrap_err()
    };
    let table = [
        (replaced("language", "langage"), "gkh.toml:2: there is no setting `langage`; did you mean `language`?"),
        (replaced("[files]", "[filse]"), "there is no setting `filse`; did you mean `files`?"),
        (replaced("address", "adress"), "there is no setting `stand.adress`; did you mean `stand.address`?"),
        (replaced("settle", "zzzzzzzzzz"), "there is no setting `policy.zzzzzzzzzz`; remove it or correct its name"),
        (replaced("\"ru\"", "\"de\""), "gkh.toml:2: `language` must be ru or en"),
        (replaced("\"9s\"", "\"9\""), "`policy.settle` must be a duration such as \"500ms\""),
        (replaced("\"9s\"", "\"1s\""), "[policy]: settle time 1s must exceed"),
        (replaced("\"1s\"]", "\"soon\"]"), "`policy.poll` must be a list, each a duration"),
        (replaced("\"sandbox\"", "\"ppakk\""), "[stand]: no stand is called `ppakk`; the names are ppak, "),
        (replaced("127.0.0.1:8088", "10.0.0.1:8088"), "[stand]: 10.0.0.1:8088 of stand sandbox is not this machine"),
        (replaced("127.0.0.1:8088", "here"), "[stand]: `here` of stand sandbox is no address"),
        (replaced("0f9d511e-", "0f9d511e"), "`organisation.org_ppa_guid` must be a GUID"),
        (replaced("1000000000002", "100000000000"), "`organisation.ogrn` must be 13 digits"),
        (replaced("\"operator\"", "\"theirs\""), "`organisation.mode` must be own or operator"),
        (
            replaced("certificate = \"org.crt\"", ""),
            "the setting `key.certificate` is missing; write it into the configuration or set GKH_KEY_CERTIFICATE",
        ),
        (replaced("[stand]", "[stand"), "gkh.toml: TOML parse error at line 4"),
        (replaced("language = \"ru\"", "language = 7"), "gkh.toml:2: `language` must be ru or en"),
    ];
    for (told, expected) in table {
        assert!(told.contains(expected), "{told}\n{expected}");
    }
    let told = load(WHOLE, &[("GKH_STAND_ADRESS", "127.0.0.1:1")]).unwrap_err();
    assert_eq!(told, "the environment: there is no setting `GKH_STAND_ADRESS`; did you mean `GKH_STAND_ADDRESS`?");
    let told = Config::load_with(Path::new("nowhere/gkh.toml"), []).unwrap_err().to_string();
    assert!(told.starts_with("nowhere/gkh.toml: ") && told.contains("--config"), "{told}");
}

/// Why the key of these settings cannot be used; nothing when it can.
fn refused(name: &str, certificate: &str, key: &str) -> Option<String> {
    let keys = fixtures().join("keys");
    let set = |name: &str| keys.join(name).display().to_string();
    let text = WHOLE
        .replace("\"sandbox\"", &format!("\"{name}\""))
        .replace("settle = \"9s\"", "")
        .replace("org.crt", &set(certificate))
        .replace("org.key", &set(key));
    opening::identity(&load(&text, &[]).unwrap(), today()).err().map(|error| error.to_string())
}

#[test]
fn a_key_that_may_not_sign_here_is_refused_by_name() {
    assert_eq!(refused("sandbox", "org-256.crt", "org-256.key"), None);
    assert_eq!(refused("sandbox", "org-512.crt", "org-512.key"), None);
    let told = |name, certificate, key| refused(name, certificate, key).unwrap();
    for stand in ["ppak", "sit-01", "sit-02"] {
        let told = told(stand, "org-256.crt", "org-256.key");
        assert!(told.starts_with("key.certificate = ") && told.contains("sample for the sandbox"), "{told}");
    }
    assert!(told("sandbox", "expired-256.crt", "expired-256.key").contains("expired at"));
    assert!(told("sandbox", "org-256.crt", "other-256.key").starts_with("key.private_key = "));
    assert!(told("sandbox", "org-256.key", "org-256.key").starts_with("key.certificate = "));
    let told = told("sandbox", "nobody.crt", "org-256.key");
    assert!(told.starts_with("key.certificate: ") && told.contains("nobody.crt"), "{told}");
}

#[test]
fn the_settings_of_the_sample_month_can_be_used_as_they_are() {
    let config = Config::load_with(&fixtures().join("month/gkh.toml"), []).unwrap();
    assert_eq!(config.organisation.org_ppa_guid, sample::org_ppa_guid());
    assert_eq!(config.organisation.ogrn, sample::OGRN);
    assert_eq!(config.organisation.name.as_deref(), Some(sample::ORGANISATION));
    assert!(opening::identity(&config, today()).is_ok());
    assert!(config.input(None).unwrap().load().is_ok());
    config.stand.transport(config.limits()).unwrap();
}

//! Settings of the store: which one, and what is refused before anything connects.

#![cfg(feature = "postgres")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may end where it stands; clippy knows only functions marked as tests"
)]

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use gis_gkh_delivery::PasswordSource;
use gis_gkh_gateway::Config;
use gis_gkh_gateway::config::{PostgresSettings, StoreSettings};

const REST: &str = r#"
data_dir = "data"
[stand]
name = "sandbox"
address = "127.0.0.1:8088"
[organisation]
org_ppa_guid = "0f9d511e-3beb-507b-8a28-023834e65b92"
ogrn = "1000000000002"
[key]
certificate = "org.crt"
private_key = "org.key"
"#;

const DATABASE: &str = r#"
[store]
kind = "postgres"
url = "host=/run/postgresql user=gkh dbname=gkh"
password_file = "secret"
node = "north"
schema = "gkh_test"
"#;

fn load(store: &str, environment: &[(&str, &str)]) -> Result<StoreSettings, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gkh.toml");
    fs::write(&path, format!("{REST}{store}")).unwrap();
    let environment = environment.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let here = format!("{}/", directory.path().display());
    let without = |store| match store {
        StoreSettings::Postgres(PostgresSettings { url, password: Some(PasswordSource::File(path)), node, schema }) => {
            let path = path.strip_prefix(directory.path()).map_or(path.clone(), PathBuf::from);
            StoreSettings::Postgres(PostgresSettings { url, password: Some(PasswordSource::File(path)), node, schema })
        }
        store => store,
    };
    match Config::load_with(&path, environment) {
        Ok(config) => Ok(without(config.store)),
        Err(error) => Err(error.to_string().replace(&here, "")),
    }
}

fn settings(environment: &[(&str, &str)]) -> PostgresSettings {
    match load(DATABASE, environment).unwrap() {
        StoreSettings::Postgres(settings) => settings,
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_a_word_it_is_sqlite() {
    assert_eq!(load("", &[]), Ok(StoreSettings::Sqlite));
    assert_eq!(load("[store]\nkind = \"sqlite\"\n", &[]), Ok(StoreSettings::Sqlite));
}

#[test]
fn a_database_is_named_by_the_file_or_the_environment() {
    let whole = PostgresSettings {
        url: "host=/run/postgresql user=gkh dbname=gkh".into(),
        password: Some(PasswordSource::File("secret".into())),
        node: "north".into(),
        schema: "gkh_test".into(),
    };
    assert_eq!(settings(&[]), whole);
    let over = [
        ("GKH_STORE_URL", "postgresql://gkh@db/gkh"),
        ("GKH_STORE_PASSWORD_FILE", "/run/secrets/gkh"),
        ("GKH_STORE_NODE", "south"),
        ("GKH_STORE_SCHEMA", "gkh"),
    ];
    let over = settings(&over);
    assert_eq!(
        (over.url.as_str(), over.node.as_str(), over.schema.as_str()),
        ("postgresql://gkh@db/gkh", "south", "gkh")
    );
    assert_eq!(over.password, Some(PasswordSource::File("/run/secrets/gkh".into())));
    let bare = "[store]\nkind = \"postgres\"\nurl = \"host=db\"\n";
    let Ok(StoreSettings::Postgres(bare)) = load(bare, &[]) else { panic!("this machine has a name") };
    assert!(!bare.node.is_empty(), "the machine's name");
    assert_eq!((bare.password, bare.schema.as_str()), (None, "gis_gkh"));
}

#[test]
fn a_variable_that_holds_a_password_may_bear_any_name() {
    let text = DATABASE.replace("password_file = \"secret\"", "password_variable = \"GKH_STORE_PASSWORD\"");
    let Ok(StoreSettings::Postgres(settings)) = load(&text, &[("GKH_STORE_PASSWORD", "hunter2")]) else {
        panic!("it is named")
    };
    assert_eq!(settings.password, Some(PasswordSource::Environment("GKH_STORE_PASSWORD".into())));
    assert!(!format!("{settings:?}").contains("hunter2"));
    // Not named, it is a setting that does not exist; its value is not repeated.
    let told = load(DATABASE, &[("GKH_STORE_PASSWORD", "hunter2")]).unwrap_err();
    assert!(told.contains("did you mean `GKH_STORE_PASSWORD_FILE`?") && !told.contains("hunter2"), "{told}");
}

#[test]
fn what_is_wrong_is_named_with_what_to_write_and_without_the_password() {
    let replaced = |from: &str, to: &str| {
        assert!(DATABASE.contains(from), "{from}");
        load(&DATABASE.replace(from, to), &[]).unwrap_err()
    };
    let address = |to: &str| replaced("host=/run/postgresql user=gkh dbname=gkh", to);
    let table = [
        (replaced("[store]", "[sotre]"), "gkh.toml:13: there is no setting `sotre`; did you mean `store`?"),
        (replaced("node =", "nod ="), "there is no setting `store.nod`; did you mean `store.node`?"),
        (
            replaced("password_file = \"secret\"", "password = \"hunter2\""),
            "there is no setting `store.password`; did you mean `store.password_file`?",
        ),
        (replaced("\"postgres\"", "\"postgresql\""), "gkh.toml:14: `store.kind` must be sqlite or postgres"),
        (
            replaced("kind = \"postgres\"", ""),
            "gkh.toml:15: `store.url` must be left out unless `store.kind` is postgres",
        ),
        (replaced("kind = \"postgres\"", "kind = \"sqlite\""), "`store.url` must be left out unless"),
        (
            replaced("url = \"host=/run/postgresql user=gkh dbname=gkh\"", ""),
            "the setting `store.url` is missing; write it into the configuration or set GKH_STORE_URL",
        ),
        (
            address("host=db user=gkh password=hunter2"),
            "gkh.toml:15: `store.url`: must hold no password: take it out, write it into a file that only you may read, and \
             name that in `store.password_file`, or a variable in `store.password_variable`",
        ),
        (address("postgresql://gkh:hunter2@db/gkh"), "`store.url`: must hold no password"),
        (address("dbname=gkh"), "`store.url`: the address names no host"),
        (address("host=db sslmode=require"), "`store.url`: the address asks for TLS"),
        (address("db"), "`store.url`: not an address of a database"),
        (
            replaced("node =", "password_variable = \"P\"\nnode ="),
            "`store` must be given one of password_file and password_variable, not both",
        ),
        (replaced("\"north\"", "\"се/вер\""), "`store.node` must be at most 63 letters, digits"),
        (replaced("\"gkh_test\"", "\"gkh-test\""), "`store.schema` must be at most 63 letters, digits"),
        (replaced("\"gkh_test\"", "\"pg_gkh\""), "`store.schema` must be"),
        // Broken where a password may stand: the line is not repeated.
        (replaced("dbname=gkh\"", "password=hunter2"), "gkh.toml: TOML parse error at line 15, which is not shown"),
        (replaced("[store]", "[x]\nstore = \"postgresql://u:hunter2@h/d\"\n[y]"), "there is no setting `x`"),
    ];
    for (told, expected) in table {
        assert!(told.contains(expected), "{told}\n{expected}");
        assert!(!told.contains("hunter2"), "{told}");
    }
}

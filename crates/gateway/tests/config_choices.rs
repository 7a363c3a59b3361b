//! Settings that choose: who signs, how the stand is reached, what other systems write, and for which organisations.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands; clippy knows only functions marked as tests")]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gis_gkh_gateway::config::{Member, TlsSuite, schema};
use gis_gkh_gateway::{Config, ConfigError};
use gis_gkh_sign::signer::{
    Answer, Body, Encoding, Input, OpensslKeySource, ProviderConfig, SecretSource, TokenChoice,
};
use serde_json::Value;

const STAND: &str = "[stand]\nname = \"sandbox\"\naddress = \"127.0.0.1:8088\"\n";
const TLS: &str = "[stand]\nname = \"ppak\"\nconnection = \"gost-tls\"\n[tls]\ntrusted = \"ca.pem\"\n";
const ORGANISATION: &str =
    "[organisation]\norg_ppa_guid = \"0f9d511e-3beb-507b-8a28-023834e65b92\"\nogrn = \"1000000000002\"\n";
const KEY: &str = "[key]\ncertificate = \"org.crt\"\nprivate_key = \"org.key\"\n";

fn all(text: &str, environment: &[(&str, &str)]) -> Result<Vec<Member>, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gkh.toml");
    fs::write(&path, format!("data_dir = \"data\"\n{text}")).unwrap();
    let environment = environment.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let beside = format!("{}/", directory.path().display());
    Config::all_with(&path, environment).map_err(|error| error.to_string().replace(&beside, ""))
}

fn load(text: &str) -> Result<Config, String> {
    let mut members = all(text, &[])?;
    let member = members.swap_remove(0);
    member.config.map_err(|mut faults| {
        let told = faults.swap_remove(0).to_string();
        // The directory differs from run to run.
        told.rsplit_once("gkh.toml").map_or(told.clone(), |(_, rest)| format!("gkh.toml{rest}"))
    })
}

fn provider(key: &str) -> Result<ProviderConfig, String> {
    load(&format!("{STAND}{ORGANISATION}[key]\ncertificate = \"org.crt\"\n{key}")).map(|config| config.key.provider)
}

fn named(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn every_provider_is_chosen_by_a_word() {
    let Ok(ProviderConfig::Builtin(builtin)) = provider("private_key = \"org.key\"\npassword_file = \"secret\"\n")
    else {
        panic!("the default")
    };
    assert_eq!(named(&builtin.private_key), "org.key");
    assert!(matches!(builtin.password, Some(SecretSource::File(path)) if named(&path) == "secret"));

    let text = "provider = \"openssl\"\nengine = \"gostengy\"\nengine_key = \"c:org\"\npassword_variable = \"PIN\"\n";
    let Ok(ProviderConfig::Openssl(openssl)) = provider(text) else { panic!("openssl") };
    assert_eq!((openssl.engine.as_deref(), openssl.key), (Some("gostengy"), OpensslKeySource::Engine("c:org".into())));
    assert_eq!(openssl.password, Some(SecretSource::Variable("PIN".into())));

    let text =
        "provider = \"pkcs11\"\nmodule = \"/usr/lib/token.so\"\nslot = 3\nkey_id = \"0A0b\"\npin_prompt = true\n";
    let Ok(ProviderConfig::Pkcs11(token)) = provider(text) else { panic!("pkcs11") };
    assert_eq!((token.module, token.token), (PathBuf::from("/usr/lib/token.so"), TokenChoice::Slot(3)));
    assert_eq!((token.key_id, token.pin_retry), (Some(vec![10, 11]), false));
    assert!(matches!(token.pin, Some(SecretSource::Prompt(_))));

    let text = "provider = \"command\"\ncommand = [\"./sign\", \"--key\", \"a b\"]\ninput = \"digest\"\noutput = \"hex\"\nlimit = \"5s\"\n";
    let Ok(ProviderConfig::Command(command)) = provider(text) else { panic!("command") };
    assert_eq!((named(&command.program), command.arguments), ("sign".to_owned(), vec!["--key".into(), "a b".into()]));
    assert_eq!((command.input, command.output, command.limit), (Input::Digest, Encoding::Hex, Duration::from_secs(5)));
    let Ok(ProviderConfig::Command(command)) = provider("provider = \"command\"\ncommand = \"sign --key org\"\n")
    else {
        panic!("one text is cut into words")
    };
    assert_eq!((command.program, command.arguments), (PathBuf::from("sign"), vec!["--key".into(), "org".into()]));

    let text = "provider = \"http\"\nurl = \"https://dss.example/sign\"\nbody = '{\"d\":\"{base64}\"}'\npointer = \"/s\"\npassword_file = \"t\"\n";
    let Ok(ProviderConfig::Http(http)) = provider(text) else { panic!("http") };
    assert!(matches!(http.body, Body::Template { content_type, .. } if content_type == "application/json"));
    assert_eq!(http.answer, Answer::Json { pointer: "/s".into(), encoding: Encoding::Base64 });
    assert!(http.authorization, "a secret is sent unless it is said otherwise");
}

#[test]
fn what_contradicts_itself_about_the_key_is_told_with_what_to_write() {
    let table = [
        ("", "the setting `key.private_key` is missing; write it into the configuration or set GKH_KEY_PRIVATE_KEY"),
        ("provider = \"tokens\"\n", "`key.provider` must be builtin or openssl or pkcs11 or command or http"),
        ("private_key = \"k\"\nmodule = \"m\"\n", "`key.module` must be left out unless `key.provider` is pkcs11"),
        (
            "private_key = \"k\"\npassword_file = \"f\"\npassword_variable = \"V\"\n",
            "`key.password` must be kept in one place: a file, a variable or a person's memory",
        ),
        (
            "provider = \"openssl\"\nprivate_key = \"k\"\npkcs12 = \"p\"\n",
            "`key` must be given exactly one of private_key, pkcs12 and engine_key",
        ),
        ("provider = \"pkcs11\"\n", "the setting `key.module` is missing"),
        (
            "provider = \"pkcs11\"\nmodule = \"m\"\nslot = 1\ntoken_label = \"l\"\n",
            "`key` must be given at most one of slot, token_label and token_serial",
        ),
        (
            "provider = \"pkcs11\"\nmodule = \"m\"\nkey_id = \"xyz\"\n",
            "`key.key_id` must be an even number of hex digits",
        ),
        ("provider = \"command\"\ncommand = \" \"\n", "`key.command` must be a program and its arguments"),
        (
            "provider = \"http\"\nurl = \"u\"\ncontent_type = \"x\"\n",
            "`key.content_type` must be left out without `key.body`",
        ),
        (
            "private_key = \"k\"\npassword = \"1234\"\n",
            "there is no setting `key.password`; did you mean `key.password_",
        ),
    ];
    for (key, expected) in table {
        let told = provider(key).unwrap_err();
        assert!(told.contains(expected), "{told}\n{expected}");
        assert!(!told.contains("1234"), "{told}");
    }
}

#[test]
fn the_stand_is_reached_by_itself_or_through_a_tunnel() {
    let config = load(&format!("{TLS}{ORGANISATION}{KEY}")).unwrap();
    assert_eq!(config.stand.address, "api.dom.gosuslugi.ru:443", "the stand's own name");
    let tls = config.tls.unwrap();
    assert_eq!((named(&tls.trusted), named(&tls.certificate)), ("ca.pem".into(), "org.crt".into()));
    assert!(matches!(&tls.key, OpensslKeySource::Pem(path) if named(path) == "org.key"), "the key that signs");
    assert!(!tls.outdated && tls.suites.is_empty());

    let more =
        "minimum = \"1.0\"\nsuites = [\"magma\", \"gost89-legacy\"]\npkcs12 = \"tls.p12\"\npassword_file = \"p\"\n";
    let tls = load(&format!("{TLS}{more}{ORGANISATION}{KEY}")).unwrap().tls.unwrap();
    assert_eq!((tls.outdated, tls.suites), (true, vec![TlsSuite::Magma, TlsSuite::Gost89Legacy]));
    assert!(matches!(tls.key, OpensslKeySource::Pkcs12(path) if named(&path) == "tls.p12"));

    let proxy =
        TLS.replace("[tls]", "proxy = \"p.example:3128\"\nproxy_login = \"gkh\"\nproxy_password_file = \"s\"\n[tls]");
    let proxy = load(&format!("{proxy}{ORGANISATION}{KEY}")).unwrap().access.proxy.unwrap();
    assert_eq!((proxy.address.as_str(), proxy.login.unwrap().login.as_str()), ("p.example:3128", "gkh"));

    let sit = "[stand]\nname = \"sit-02\"\naddress = \"127.0.0.1:1\"\nlogin = \"sit\"\npassword_variable = \"P\"\nfingerprint = \"yes\"\n";
    let config = load(&format!("{sit}{ORGANISATION}{KEY}")).unwrap();
    assert!(config.tls.is_none() && config.access.fingerprint);
    assert_eq!(config.access.login.unwrap().password, SecretSource::Variable("P".into()));

    let token = "[key]\ncertificate = \"org.crt\"\nprovider = \"pkcs11\"\nmodule = \"m\"\n";
    let table = [
        (format!("{TLS}{ORGANISATION}{token}"), "`tls` must be given a certificate and key of its own"),
        (
            format!("{STAND}[tls]\ntrusted = \"c\"\n{ORGANISATION}{KEY}"),
            "`tls.trusted` must be left out unless `stand.connection` is gost-tls",
        ),
        (
            format!("{}{ORGANISATION}{KEY}", TLS.replace("[tls]\ntrusted = \"ca.pem\"\n", "")),
            "the setting `tls.trusted` is missing",
        ),
        (format!("{TLS}suites = \"aes\"\n{ORGANISATION}{KEY}"), "`tls.suites` must be some of kuznyechik, magma"),
        (format!("{STAND}proxy = \"p:1\"\n{ORGANISATION}{KEY}"), "`stand.proxy` must be left out unless"),
        (
            format!("{STAND}login = \"sit\"\n{ORGANISATION}{KEY}"),
            "`stand.login` must be given with `stand.password_file`",
        ),
        (
            format!("{TLS}password_file = \"p\"\n{ORGANISATION}{KEY}"),
            "`tls.password` must be left out without a key in [tls]",
        ),
        (format!("[stand]\nname = \"ppak\"\n{ORGANISATION}{KEY}"), "the setting `stand.address` is missing"),
    ];
    for (text, expected) in table {
        let told = load(&text).unwrap_err();
        assert!(told.contains(expected), "{told}\n{expected}");
    }
}

#[test]
fn what_other_systems_write_is_a_table() {
    let writer =
        |text: &str| load(&format!("{STAND}{ORGANISATION}{KEY}[[writer]]\n{text}")).map(|config| config.writers);
    let writers = writer("kind = \"bills\"\nsystem = \"1С\"\nhouses = [\"h-1\"]\n").unwrap();
    assert_eq!(
        (writers[0].kind, writers[0].system.as_str(), &writers[0].houses[..]),
        ("bills", "1С", &["h-1".to_owned()][..])
    );
    let table = [
        ("kind = \"bill\"\nsystem = \"1С\"\n", "`writer.1.kind` must be bills, readings or answers"),
        ("kind = \"bills\"\n", "`writer.1.system` must be the name of the system"),
        ("kind = \"answers\"\nsystem = \"1С\"\nhouses = [\"h\"]\n", "`writer.1.houses` must be left out"),
        (
            "kind = \"bills\"\nsystem = \"1С\"\nhouse = \"h\"\n",
            "there is no setting `writer.1.house`; did you mean `writer.1.houses`?",
        ),
    ];
    for (text, expected) in table {
        let told = writer(text).unwrap_err();
        assert!(told.contains(expected), "{told}\n{expected}");
    }
}

const SEVERAL: &str = r#"
[encryption]
folder = "keys"
[[organisation]]
id = "zarya"
org_ppa_guid = "0f9d511e-3beb-507b-8a28-023834e65b92"
ogrn = "1000000000002"
mode = "operator"
[organisation.policy]
parallel = 2
[[organisation.pull]]
topic = "appeals"
[[organisation]]
id = "vostok"
org_ppa_guid = "0f9d511e-3beb-507b-8a28-023834e65b93"
ogrn = "1000000000003"
[organisation.key]
private_key = "vostok.key"
"#;

#[test]
fn several_organisations_have_what_is_theirs_over_what_is_everybodys() {
    let members = all(&format!("{STAND}{KEY}{SEVERAL}"), &[("GKH_KEY_CERTIFICATE", "/everybody.crt")]).unwrap();
    let names: Vec<_> = members.iter().map(|member| member.id.as_deref().unwrap()).collect();
    assert_eq!(names, ["zarya", "vostok"]);
    let [zarya, vostok] = <[Member; 2]>::try_from(members).unwrap().map(|member| member.config.unwrap());
    let keys = [&zarya, &vostok].map(|config| match &config.key.provider {
        ProviderConfig::Builtin(builtin) => named(&builtin.private_key),
        other => panic!("{other:?}"),
    });
    assert_eq!(keys, ["org.key", "vostok.key"]);
    assert_eq!(vostok.key.certificate, PathBuf::from("/everybody.crt"));
    assert_eq!((zarya.policy.per_certificate, zarya.pulls.len(), vostok.pulls.len()), (2, 1, 0));
    for (config, id) in [(&zarya, "zarya"), (&vostok, "vostok")] {
        assert!(config.data_dir.ends_with(format!("data/{id}")), "{}", config.data_dir.display());
        assert!(config.encryption.as_ref().unwrap().folder.ends_with(format!("keys/{id}")));
        assert_eq!(config.organisation.id.as_deref(), Some(id));
    }
}

#[test]
fn what_is_wrong_with_one_organisation_is_its_own() {
    let broken = SEVERAL.replace("1000000000003", "1");
    let members = all(&format!("{STAND}{KEY}{broken}"), &[]).unwrap();
    assert!(members[0].config.is_ok());
    let faults = members[1].config.as_ref().unwrap_err();
    assert!(matches!(&faults[..], [ConfigError::Value { key, .. }] if key == "organisation.ogrn"), "{faults:?}");

    let told = |text: &str, environment: &[(&str, &str)]| all(text, environment).unwrap_err();
    let whole = format!("{STAND}{KEY}{SEVERAL}");
    assert!(told(&whole.replace("id = \"vostok\"", ""), &[]).contains("`organisation.id` is missing"));
    assert!(told(&whole.replace("vostok\"\norg", "zarya\"\norg"), &[]).contains("`organisation.id` must be unlike"));
    assert!(
        told(&whole.replace("id = \"zarya\"", "id = \"Заря\""), &[]).contains("`organisation.id` must be at most 30")
    );
    let over = told(&whole, &[("GKH_ORGANISATION_OGRN", "1000000000002")]);
    assert!(
        over.contains("`GKH_ORGANISATION_OGRN` must be left out: the settings have several organisations"),
        "{over}"
    );
    assert!(told(&whole.replace("parallel", "paralel"), &[]).contains("did you mean `policy.parallel`?"));
}

#[test]
fn one_of_several_is_chosen_by_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gkh.toml");
    fs::write(&path, format!("data_dir = \"data\"\n{STAND}{KEY}{SEVERAL}")).unwrap();
    assert_eq!(Config::load_one(&path, Some("vostok")).unwrap().organisation.ogrn, "1000000000003");
    let told = Config::load_one(&path, None).unwrap_err().to_string();
    assert_eq!(told, "the settings have several organisations; choose one with --org: zarya, vostok");
    let told = Config::load_one(&path, Some("sever")).unwrap_err().to_string();
    assert_eq!(told, "there is no organisation `sever` in the settings; there are: zarya, vostok");
}

#[test]
fn everything_that_is_wrong_is_told_at_once_and_by_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gkh.toml");
    let text =
        format!("data_dir = \"data\"\n{STAND}{ORGANISATION}{KEY}[policy]\nsetle = \"1h\"\npace = \"soon\"\n[polcy]\n");
    fs::write(&path, text).unwrap();
    let told: Vec<String> = Config::check(&path).iter().map(ToString::to_string).collect();
    let line = |number: usize| format!("{}:{number}: ", path.display());
    let [setle, pace, polcy] = told.iter().map(String::as_str).collect::<Vec<_>>()[..] else { panic!("{told:#?}") };
    assert!(setle.starts_with(&line(12)) && setle.ends_with("did you mean `policy.settle`?"), "{setle}");
    assert!(polcy.starts_with(&line(14)) && polcy.ends_with("did you mean `policy`?"), "{polcy}");
    assert!(pace.starts_with(&line(13)) && pace.contains("`policy.pace` must be a duration"), "{pace}");
}

fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// Every key of the example, set or not: `section.key`.
fn shown(text: &str) -> Vec<String> {
    let mut section = String::new();
    let mut keys = Vec::new();
    for line in text.lines().take_while(|line| !line.starts_with("# Several organisations")) {
        let line = line.strip_prefix("# ").unwrap_or(line);
        if let Some(name) = line.strip_prefix('[') {
            name.split(']').next().unwrap().trim_start_matches('[').clone_into(&mut section);
        } else if let Some((key, _)) = line
            .split_once(" = ")
            .filter(|(key, _)| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit()))
        {
            keys.push(if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") });
        }
    }
    keys
}

#[test]
fn the_example_can_be_used_and_shows_every_setting() {
    let text = fs::read_to_string(docs().join("gkh.toml")).unwrap();
    let config = Config::load_with(&docs().join("gkh.toml"), []).unwrap();
    assert!(config.tls.is_some() && config.pulls.len() == 2 && config.writers.len() == 1);
    let shown = shown(&text);
    let schema = schema();
    let mut known = Vec::new();
    for (name, value) in schema["properties"].as_object().unwrap() {
        let table = match name.as_str() {
            "organisation" => &value["oneOf"][0],
            "pull" | "writer" => &value["items"],
            _ => value,
        };
        match table["properties"].as_object() {
            Some(keys) => known.extend(keys.keys().map(|key| format!("{name}.{key}"))),
            None if name == "versions" => {}
            None => known.push(name.clone()),
        }
    }
    assert!(known.len() > 90, "{}", known.len());
    let missing: Vec<_> = known.iter().filter(|key| !shown.contains(key)).collect();
    assert!(missing.is_empty(), "the example lacks {missing:?}");
    let unknown: Vec<_> = shown.iter().filter(|key| !known.contains(key) && !key.starts_with("versions.")).collect();
    assert!(unknown.is_empty(), "the example has {unknown:?}");
}

#[test]
fn the_example_uncommented_line_by_line_is_refused_for_its_contradictions_alone() {
    let text = fs::read_to_string(docs().join("gkh.toml")).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gkh.toml");
    let mut lines = 0;
    for (number, line) in text.lines().enumerate().take_while(|(_, line)| !line.starts_with("# Several organisations"))
    {
        let Some(set) = line.strip_prefix("# ").filter(|line| line.contains(" = ") && !line.starts_with(' ')) else {
            continue;
        };
        let one: Vec<&str> = text.lines().enumerate().map(|(at, line)| if at == number { set } else { line }).collect();
        fs::write(&path, one.join("\n")).unwrap();
        lines += 1;
        for fault in Config::check(&path) {
            let told = fault.to_string();
            // One setting alone may want another one beside it; what it says is a value of its kind.
            let wants = ["left out", "given", "kept in one place", "missing", "unlike", "settle time"];
            assert!(!matches!(fault, ConfigError::Unknown { .. } | ConfigError::Syntax { .. }), "{told}");
            assert!(wants.iter().any(|word| told.contains(word)), "{told}");
        }
    }
    assert!(lines > 70, "{lines}");
}

#[test]
fn the_schema_for_editors_knows_what_the_settings_know() {
    let kept: Value = serde_json::from_str(&fs::read_to_string(docs().join("gkh.schema.json")).unwrap()).unwrap();
    assert!(kept == schema(), "it has changed; write it anew: gkh config schema > docs/gkh.schema.json");
    let stand = &kept["properties"]["stand"]["properties"];
    assert_eq!(stand["connection"]["enum"], serde_json::json!(["tunnel", "gost-tls"]));
    assert!(
        kept["properties"]["organisation"]["oneOf"][1]["items"]["properties"]["key"]["properties"]["module"]
            .is_object()
    );
}

#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_is_refused_but_for_the_sandbox() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let (path, key) = (directory.path().join("gkh.toml"), directory.path().join("org.key"));
    fs::write(&key, "a key").unwrap();
    let load = |stand: &str, mode: u32| {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        fs::write(&path, format!("data_dir = \"d\"\n{stand}{ORGANISATION}{KEY}")).unwrap();
        Config::load_with(&path, []).unwrap()
    };
    let ppak = STAND.replace("sandbox", "ppak");
    for mode in [0o644, 0o602, 0o660] {
        let told = load(&ppak, mode).check_permissions().unwrap_err().to_string();
        assert!(told.contains("org.key") && told.ends_with(&format!("(mode {mode:o}): chmod 600 it")), "{told}");
        assert!(load(STAND, mode).check_permissions().is_ok());
        assert_eq!(load(STAND, mode).loose().len(), 1, "and told of");
    }
    for mode in [0o600, 0o400, 0o640] {
        assert!(load(&ppak, mode).check_permissions().is_ok());
        assert!(load(&ppak, mode).loose().is_empty());
    }
}

//! `gkh schema` as its users meet it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail where it stands")]

use std::fs;
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

fn gkh(lang: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gkh"));
    command.current_dir(root()).args(["--lang", lang]).args(arguments).stdin(Stdio::null());
    command.output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
fn ends(output: &Output, code: i32) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "stdout: {}\nstderr: {told}", text(output));
}

#[track_caller]
fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

const WSDL: &str = r#"<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:z="urn:z">
<w:types><xs:schema><xs:import namespace="urn:z" schemaLocation="main.xsd"/></xs:schema></w:types>
<w:message name="Ask"><w:part name="Body" element="z:askRequest"/></w:message>
<w:message name="Tell"><w:part name="Body" element="z:askResult"/></w:message>
<w:message name="Head"><w:part name="Header" element="z:ISRequestHeader"/></w:message>
<w:portType><w:operation name="ask"><w:input message="z:Ask"/><w:output message="z:Tell"/></w:operation></w:portType>
<w:binding><w:operation name="ask"><s:operation soapAction="urn:ask"/><w:input><s:header message="z:Head" part="Header"/></w:input><w:output/></w:operation></w:binding>
<w:service><w:port><s:address location="http://localhost/road/Async"/></w:port></w:service>
</w:definitions>"#;

/// A package of one invented service, `svc`, whose messages have these elements.
fn package(release: &str, request: &str, answer: &str, changelog: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let message = |name: &str, inside: &str| {
        format!(
            "<xs:element name=\"{name}\"><xs:complexType><xs:sequence>{inside}</xs:sequence></xs:complexType></xs:element>"
        )
    };
    let schema = format!(
        "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:z=\"urn:z\" targetNamespace=\"urn:z\" elementFormDefault=\"qualified\">\
         <xs:element name=\"ISRequestHeader\" type=\"xs:string\"/>{}{}</xs:schema>",
        message("askRequest", request),
        message("askResult", answer)
    );
    for (name, text) in [
        ("hcs-svc-service-async.wsdl", WSDL),
        ("main.xsd", &schema),
        ("README.md", &format!("# Форматы\n## Версия – {release}\n")),
        ("changelog.txt", changelog),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn element(name: &str, more: &str) -> String {
    format!("<xs:element name=\"{name}\" type=\"xs:string\" {more}/>")
}

fn path(folder: &TempDir) -> String {
    folder.path().display().to_string()
}

/// Two releases: one request element fewer, one answer element more, and what the operator wrote.
fn releases() -> (TempDir, TempDir) {
    let log = "Изменения в форматах данных от версии 7.1.0.0 до версии 7.2.0.0\n- TASK-7\nhcs-svc-types.xsd\n\
        1. Элемент Gone удален\n2. Добавлен контроль INT000001\n\n- TASK-8 (с версии 7.3)\n1. Изменен контроль AUT000002\n\
        Изменения в форматах данных от версии 7.0.0.0 до версии 7.1.0.0\n- TASK-1\n1. askRequest\n";
    let both = element("Kept", "maxOccurs=\"20\"") + &element("Gone", "minOccurs=\"0\"");
    let before = package("7.1.0.0", &both, &element("A", ""), "");
    let after = package("7.2.0.0", &element("Kept", "maxOccurs=\"20\""), &(element("A", "") + &element("B", "")), log);
    (before, after)
}

#[test]
fn what_is_built_in_is_what_our_own_contract_says() {
    let built_in = gkh("en", &["schema", "list", "--json"]);
    ends(&built_in, 0);
    let built_in = json(&built_in);
    let ours = gkh("en", &["--json", "schema", "list", "--schemas", "wsdl"]);
    ends(&ours, 0);
    assert_eq!(built_in, json(&ours));
    let services = built_in["services"].as_array().unwrap();
    let bills = services.iter().find(|service| service["service"] == "bills").unwrap();
    let operations = bills["operations"].as_array().unwrap();
    let import = operations.iter().find(|one| one["operation"] == "importPaymentDocumentData").unwrap();
    assert_eq!(import["request"], "importPaymentDocumentRequest");
    assert_eq!((&import["kind"], &import["header"]), (&"submission".into(), &"RequestHeader".into()));
    assert_eq!((&import["versions"][0], &import["version_fixed"]), (&"11.2.0.16".into(), &true.into()));
    assert_eq!(import["limits"]["PaymentDocument"], 500);
    assert_eq!(import["embedded"], true);
    let shown = text(&gkh("ru", &["schema", "list"]));
    assert!(shown.contains("importPaymentDocumentRequest; версия 11.2.0.16"), "{shown}");
    assert!(shown.contains("PaymentDocument ≤ 500"), "{shown}");
}

#[test]
fn a_package_is_listed_with_its_release() {
    let (before, _) = releases();
    let listed = gkh("en", &["schema", "list", "--json", "--schemas", &path(&before)]);
    ends(&listed, 0);
    let listed = json(&listed);
    assert_eq!(listed["release"], "7.1.0.0");
    assert_eq!(listed["services"][0]["service"], "svc");
    let ask = &listed["services"][0]["operations"][0];
    assert_eq!((&ask["operation"], &ask["embedded"]), (&"ask".into(), &false.into()));
    assert_eq!((&ask["limits"]["Kept"], &ask["header"]), (&20.into(), &"ISRequestHeader".into()));
    let shown = text(&gkh("en", &["schema", "list", "--schemas", &path(&before)]));
    assert!(shown.contains("ask: askRequest; ISRequestHeader; not built in\n      Kept ≤ 20"), "{shown}");
    assert!(shown.contains("services: 1, operations: 1, built in: 0"), "{shown}");
}

#[test]
fn a_release_is_told_change_by_change_with_the_changelog_beside_it() {
    let (before, after) = releases();
    let (old, new) = (path(&before), path(&after));
    let diff = gkh("en", &["schema", "diff", &old, &new, "--json"]);
    ends(&diff, 0);
    let diff = json(&diff);
    assert_eq!((&diff["before"], &diff["after"]), (&"7.1.0.0".into(), &"7.2.0.0".into()));
    let counts =
        serde_json::json!({ "changes": 2, "breaks_send": 1, "breaks_read": 0, "neither": 1, "breaks_used": 0 });
    assert_eq!(diff["counts"], counts);
    let gone = serde_json::json!({
        "services": ["svc"], "direction": "request", "change": "element-removed", "facet": null, "required": false,
        "what": "optional element removed", "before": "0..1", "after": null, "values": [], "beside": [],
        "paths": ["svc/ask: askRequest/Gone"], "verdict": "breaks-send", "reason": "requests with it are refused",
        "desks": {}, "used": [], "changelog": ["TASK-7"],
    });
    assert_eq!(diff["changes"][0], gone);
    assert_eq!(diff["changes"][1]["change"], "element-added");
    assert_eq!(diff["changes"][1]["verdict"], "neither");
    let told = diff["changelog"].as_array().unwrap();
    assert_eq!(told.len(), 2, "older releases are left out");
    assert_eq!((&told[0]["tickets"][0], &told[0]["release"]), (&"TASK-7".into(), &"7.2.0.0".into()));
    assert_eq!((&told[0]["services"][0], &told[0]["changes"]), (&"svc".into(), &serde_json::json!([0])));
    assert_eq!(told[0]["controls"], serde_json::json!([{ "code": "INT000001", "change": "added" }]));
    assert_eq!((&told[1]["note"], &told[1]["services"]), (&"с версии 7.3".into(), &serde_json::json!([])));

    let english = text(&gkh("en", &["schema", "diff", &old, &new]));
    for line in [
        "7.1.0.0 → 7.2.0.0",
        "  [breaks what we send] svc/ask: askRequest/Gone",
        "      changelog: TASK-7",
        "      controls: added INT000001",
        "no service named\n  The operator's changelog:\n  7.2.0.0 TASK-8 (с версии 7.3)",
    ] {
        assert!(english.contains(line), "{line}: {english}");
    }
    let broken = english.find("[breaks what we send]").unwrap();
    assert!(broken < english.find("[breaks nothing]").unwrap(), "what breaks comes first: {english}");
    let russian = text(&gkh("ru", &["schema", "diff", &old, &new]));
    for line in
        ["[ломает отправку] svc/ask: askRequest/Gone", "Запросы с ним не примут.", "контроли: добавлены INT000001"]
    {
        assert!(russian.contains(line), "{line}: {russian}");
    }
    let log = before.path().join("own.txt");
    fs::write(&log, "Изменения в форматах данных от версии 7.1.0.0 до версии 7.2.0.0\n- OWN-1\n1. Gone\n").unwrap();
    let own = gkh("en", &["schema", "diff", &old, &new, "--json", "--changelog", &log.display().to_string()]);
    assert_eq!(json(&own)["changelog"][0]["tickets"][0], "OWN-1");
}

#[test]
fn it_ends_in_one_when_something_used_breaks_and_in_three_when_it_cannot_tell() {
    let (before, after) = releases();
    let (old, new) = (path(&before), path(&after));
    let file = before.path().join("used.txt");
    let used = file.display().to_string();
    let with = |lines: &str| {
        fs::write(&file, lines).unwrap();
        gkh("en", &["schema", "diff", &old, &new, "--json", "--used", &used])
    };
    let touched = with("svc/ask: askRequest/Gone\n");
    ends(&touched, 1);
    assert_eq!(json(&touched)["changes"][0]["used"], serde_json::json!(["svc/ask: askRequest/Gone"]));
    assert_eq!(json(&touched)["counts"]["breaks_used"], 1);
    ends(&with("svc/ask: askRequest/Kept\nsvc/ask: askResult/A\n"), 0);
    let bad = with("svc/ask: askRequest\nnonsense\n");
    ends(&bad, 3);
    assert!(String::from_utf8_lossy(&bad.stderr).contains("line 2"));
    let same = gkh("en", &["schema", "diff", &new, &new, "--json"]);
    ends(&same, 0);
    assert_eq!(json(&same)["counts"]["changes"], 0);
    ends(&gkh("en", &["schema", "diff", &old]), 2);
    ends(&gkh("en", &["schema", "diff", &old, "no/such/folder"]), 3);
    let empty = tempfile::tempdir().unwrap();
    let nothing = gkh("en", &["schema", "diff", &old, &path(&empty)]);
    ends(&nothing, 3);
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("no WSDL"));
    fs::write(after.path().join("main.xsd"), "<xs:schema").unwrap();
    let broken = gkh("en", &["schema", "diff", &old, &new]);
    ends(&broken, 3);
    assert!(String::from_utf8_lossy(&broken.stderr).contains("main.xsd"));
}

/// A copy of our own contract.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.as_ref().unwrap().file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

#[test]
fn a_release_that_breaks_a_desk_of_ours_names_it() {
    let home = tempfile::tempdir().unwrap();
    for folder in ["wsdl", "xsd"] {
        copy(&root().join(folder), &home.path().join(folder));
    }
    let file = home.path().join("xsd/bills/import-payment-document.xsd");
    let schema = fs::read_to_string(&file).unwrap();
    let spoiled = schema.replacen(
        "type=\"b:PaymentDocument\" maxOccurs=\"500\"",
        "type=\"b:PaymentDocument\" maxOccurs=\"400\"",
        1,
    );
    assert_ne!(schema, spoiled);
    fs::write(&file, spoiled).unwrap();
    let spoiled = home.path().join("wsdl").display().to_string();
    let diff = gkh("en", &["schema", "diff", "wsdl", &spoiled, "--json"]);
    ends(&diff, 1);
    let diff = json(&diff);
    let place = "bills/importPaymentDocumentData: importPaymentDocumentRequest/PaymentDocument";
    assert_eq!(diff["counts"]["changes"], 1);
    let change = &diff["changes"][0];
    assert_eq!((&change["change"], &change["verdict"]), (&"max-lowered".into(), &"breaks-send".into()));
    assert_eq!((&change["before"], &change["after"]), (&"1..500".into(), &"1..400".into()));
    assert_eq!(change["desks"], serde_json::json!({ "billing": [place] }));
    let shown = text(&gkh("ru", &["schema", "diff", "wsdl", &spoiled]));
    assert!(shown.contains(&format!("использует наш модуль billing: {place}")), "{shown}");
    // The other way round nothing that is sent is refused.
    ends(&gkh("en", &["schema", "diff", &spoiled, "wsdl"]), 0);
}

#[test]
fn paths_of_messages_in_files_and_folders() {
    let home = tempfile::tempdir().unwrap();
    let base = "http://dom.gosuslugi.ru/schema/integration/base/";
    let bills = "http://dom.gosuslugi.ru/schema/integration/bills/";
    let write = |name: &str, text: &str| {
        let path = home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let answer =
        write("in/answer.xml", &format!("<p:getStateResult xmlns:p=\"{bills}\"><p:A>secret</p:A></p:getStateResult>"));
    let receipt = write("in/deeper/receipt.XML", &format!("<b:AckRequest xmlns:b=\"{base}\"/>"));
    let page = write("in/page.xml", "<html/>");
    write("in/notes.txt", "no message");
    let expected = "*/*: AckRequest\nbills/getState: getStateResult\nbills/getState: getStateResult/A\n";
    let folder = gkh("en", &["schema", "used", &home.path().join("in").display().to_string()]);
    ends(&folder, 0);
    assert_eq!(text(&folder), expected);
    assert!(String::from_utf8_lossy(&folder.stderr).contains("passed over: 1"));
    let files = gkh("en", &["schema", "used", "--json", &receipt, &answer]);
    ends(&files, 0);
    let lines: Vec<&str> = expected.lines().collect();
    assert_eq!(json(&files), serde_json::json!({ "paths": lines }));
    let named = gkh("en", &["schema", "used", &page]);
    ends(&named, 3);
    assert!(String::from_utf8_lossy(&named.stderr).contains("page.xml"));
    ends(&gkh("en", &["schema", "used", "no/such/file.xml"]), 3);
    // Whose a message is that is not built in, a package says.
    let own = write("own.xml", "<askRequest xmlns='urn:z'><Kept/></askRequest>");
    ends(&gkh("en", &["schema", "used", &own]), 3);
    let (before, _) = releases();
    let told = gkh("en", &["schema", "used", "--schemas", &path(&before), &own]);
    ends(&told, 0);
    assert_eq!(text(&told), "svc/ask: askRequest\nsvc/ask: askRequest/Kept\n");
}

/// The sample month, delivered to a sandbox in this process by the binary; gives the directory with its store.
async fn delivered() -> TempDir {
    let keys = root().join("fixtures/keys");
    let key = |name: &str| fs::read_to_string(keys.join(name)).unwrap();
    let sample = Sample::new(4, 1);
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
    tokio::spawn(sandbox.serve(stand, std::future::pending()));
    let settings = format!(
        "data_dir = \"data\"\n[stand]\nname = \"sandbox\"\naddress = \"{address}\"\n\
         [organisation]\norg_ppa_guid = \"{}\"\nogrn = \"{OGRN}\"\nrole = \"uo\"\nmode = \"own\"\n\
         [key]\ncertificate = \"org.crt\"\nprivate_key = \"org.key\"\n",
        org_ppa_guid()
    );
    for (name, text) in [("gkh.toml", &settings), ("org.crt", &key("org-256.crt")), ("org.key", &key("org-256.key"))] {
        fs::write(home.path().join(name), text).unwrap();
    }
    let config = home.path().join("gkh.toml").display().to_string();
    let charges = home.path().join("charges.csv").display().to_string();
    let sent =
        tokio::task::spawn_blocking(move || gkh("en", &["--config", &config, "send", "bills", &charges, "--wait"]));
    ends(&sent.await.unwrap(), 1);
    home
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paths_of_what_the_store_keeps() {
    let home = delivered().await;
    let config = home.path().join("gkh.toml").display().to_string();
    let used = gkh("en", &["--config", &config, "schema", "used"]);
    ends(&used, 0);
    let used = text(&used);
    for line in [
        "bills/importPaymentDocumentData: importPaymentDocumentRequest/PaymentDocument/AccountGuid",
        "bills/importPaymentDocumentData: RequestHeader/orgPPAGUID",
        "bills/importPaymentDocumentData: AckRequest/Ack/MessageGUID",
        "bills/getState: getStateResult/ImportResult/Error/ErrorCode",
    ] {
        assert!(used.lines().any(|one| one == line), "{line}: {used}");
    }
    // Our own desk uses all of that already.
    let desk = gis_gkh_gateway::desk::PATHS.iter().find(|(name, _)| *name == "billing").unwrap().1;
    for line in used.lines() {
        assert!(desk.lines().any(|one| one == line), "{line} is not among the desk's");
    }
    let empty = tempfile::tempdir().unwrap();
    fs::write(empty.path().join("gkh.toml"), fs::read_to_string(home.path().join("gkh.toml")).unwrap()).unwrap();
    let nothing = gkh("en", &["--config", &empty.path().join("gkh.toml").display().to_string(), "schema", "used"]);
    ends(&nothing, 5);
}

//! Where each field of a record lands in the payment document, and that what is written is what the official schema allows.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may end where it stands; clippy knows only functions marked as tests"
)]

mod desk;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use desk::{Counting, Standing, fixtures, gateway, month, settings};
use gis_gkh::contract::NAMESPACES;
use gis_gkh::{Element, Guid};
use gis_gkh_gateway::Gateway;
use gis_gkh_gateway::desk::billing::{MESSAGE_BYTES, Placed, request};
use gis_gkh_gateway::gateway::BillOptions;
use gis_gkh_gateway::records::Bill;
use gis_gkh_gateway::sample::Sample;
use gis_gkh_sign::signer::{BuiltinConfig, ProviderConfig};
use gis_gkh_sign::xades::ByteProfile;
use gis_gkh_xml::Versions;
use roxmltree::{Document, Node};
use uuid::Uuid;

/// A bill that says everything a bill can say; no two of its values are alike.
const FULL: &str = r#"{
"ref":"b-1","row":2,"period":"2026-10","number":"7-2610",
"account":{"ref":"a-1","guid":"11111111-0000-0000-0000-000000000001","number":"0000001","house_ref":"h-1"},
"bank":{"ref":"main","bik":"040000999","account":"40702810600000000001"},
"debt_prev":100001,"advance":0,"total_period":200002,"total_with_debt":300003,
"payments_taken_till_day":25,"paid":400004,"last_payment_date":"2026-10-08","comment":"Пояснение & <текст>",
"lines":[
{"line":1,"service":{"code":"COMMON","name":"x","registry":2,"nsi_code":"21","guid":"22222222-0000-0000-0000-000000000002"},
 "volume_odn":"0.050","method":"norm","tariff":"6.120","accrued":31,"recalc":-1,"benefit":2,"total":28,
 "debt":32,"penalty":33,"court":34,"state_fee":35},
{"line":2,"service":{"code":"HOUSING","name":"x","registry":50,"nsi_code":"1.1","guid":"22222222-0000-0000-0000-000000000050"},
 "tariff":"28.35","accrued":101,"recalc":0,"benefit":3,"total":98,"debt":-102,"penalty":103,"court":104,"state_fee":105},
{"line":3,"service":{"code":"COLD","name":"x","registry":51,"nsi_code":"3","guid":"22222222-0000-0000-0000-000000000051"},
 "volume_ind":"5.1230","volume_odn":"0.7","method":"meter","tariff":"48.550000","accrued":201,"recalc":-50,
 "recalc_reason":"Перерыв","benefit":0,"total":151,"debt":202,"penalty":203,"court":204,"state_fee":205},
{"line":4,"service":{"code":"DOORS","name":"x","registry":1,"nsi_code":"4","guid":"22222222-0000-0000-0000-000000000001"},
 "volume_ind":"1","volume_odn":"2","method":"other","tariff":"60","accrued":6000,"recalc":0,"benefit":0,"total":6000}
]}"#;

fn full() -> Bill {
    serde_json::from_str(FULL).unwrap()
}

fn guid(number: u128) -> Guid {
    Guid::new(Uuid::from_u128(number))
}

fn written(bills: &[Bill]) -> String {
    let placed: Vec<Placed<'_>> =
        (100..).zip(bills).map(|(number, bill)| Placed { bill, transport: guid(number) }).collect();
    request(guid(9), &placed).to_xml(NAMESPACES, &Versions::new())
}

/// Texts of the elements at a path of local names from the request, each step `Name` or `Name[n]`, or `@attribute` at the end.
fn at<'d>(document: &'d Document<'_>, path: &str) -> Vec<&'d str> {
    let mut nodes: Vec<Node<'d, '_>> = vec![document.root_element()];
    for step in path.split('/') {
        if let Some(attribute) = step.strip_prefix('@') {
            return nodes.iter().filter_map(|node| node.attribute(attribute)).collect();
        }
        let (name, index) = match step.split_once('[') {
            Some((name, index)) => (name, index.trim_end_matches(']').parse::<usize>().ok()),
            None => (step, None),
        };
        nodes = nodes
            .iter()
            .flat_map(|node| {
                let children = node.children().filter(move |child| child.tag_name().name() == name);
                children.skip(index.map_or(0, |index| index - 1)).take(index.map_or(usize::MAX, |_| 1))
            })
            .collect();
    }
    nodes.iter().map(|node| node.text().unwrap_or_default()).collect()
}

#[test]
fn each_field_lands_where_it_must() {
    let xml = written(&[full()]);
    let document = Document::parse(&xml).unwrap();
    let key = at(&document, "PaymentInformation/TransportGUID")[0].to_owned();
    let transport = guid(100).to_string();
    let bill = "PaymentDocument/";
    let table: &[(&str, &[&str])] = &[
        ("Month", &["10"]),
        ("Year", &["2026"]),
        ("ConfirmAmountsCorrect", &[]),
        ("PaymentInformation/BankBIK", &["040000999"]),
        ("PaymentInformation/operatingAccountNumber", &["40702810600000000001"]),
        ("PaymentDocument/AccountGuid", &["11111111-0000-0000-0000-000000000001"]),
        ("PaymentDocument/PaymentDocumentNumber", &["7-2610"]),
        ("PaymentDocument/Expose", &["true"]),
        ("PaymentDocument/DebtPreviousPeriods", &["1000.01"]),
        ("PaymentDocument/AdvanceBllingPeriod", &[]),
        ("PaymentDocument/PaymentsTaken", &["25"]),
        ("PaymentDocument/AdditionalInformation", &["Пояснение & <текст>"]),
        ("PaymentDocument/TotalPayableByPD", &["2000.02"]),
        ("PaymentDocument/TotalPayableByPDWithDebtAndAdvance", &["3000.03"]),
        ("PaymentDocument/TotalPayableByChargeInfo", &[]),
        ("PaymentDocument/PaidCash", &["4000.04"]),
        ("PaymentDocument/DateOfLastReceivedPayment", &["2026-10-08"]),
        ("PaymentDocument/TransportGUID", &[&transport]),
        ("PaymentDocument/PaymentDocumentID", &[]),
        ("PaymentDocument/PaymentInformationKey", &[&key]),
        // Registry 50, with the resource of registry 2 inside, though its line comes first.
        ("PaymentDocument/ChargeInfo[1]/HousingService/ServiceType/Code", &["1.1"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/ServiceType/GUID", &["22222222-0000-0000-0000-000000000050"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/Rate", &["28.35"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/TotalPayable", &["0.98"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/AccountingPeriodTotal", &["1.01"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/DebtPreviousPeriodsOrAdvanceBillingPeriod", &["-1.02"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/Penalties", &["1.03"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/CourtCosts", &["1.04"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/StateFees", &["1.05"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/ServiceCharge/MoneyRecalculation", &[]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/ServiceCharge/MoneyDiscount", &["0.03"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/MunicipalResource/ServiceType/Code", &["21"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/MunicipalResource/Consumption/Volume", &["0.050"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/MunicipalResource/Consumption/Volume/@type", &["O"]),
        (
            "PaymentDocument/ChargeInfo[1]/HousingService/MunicipalResource/Consumption/Volume/@determiningMethod",
            &["N"],
        ),
        ("PaymentDocument/ChargeInfo[1]/HousingService/MunicipalResource/Rate", &["6.120"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/MunicipalResource/AccountingPeriodTotal", &["0.31"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/MunicipalResource/ServiceCharge/MoneyRecalculation", &["-0.01"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/MunicipalResource/ServiceCharge/MoneyDiscount", &["0.02"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/MunicipalResource/TotalPayable", &["0.28"]),
        (
            "PaymentDocument/ChargeInfo[1]/HousingService/MunicipalResource/DebtPreviousPeriodsOrAdvanceBillingPeriod",
            &["0.32"],
        ),
        ("PaymentDocument/ChargeInfo[1]/HousingService/MunicipalResource/Penalties", &["0.33"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/MunicipalResource/CourtCosts", &["0.34"]),
        ("PaymentDocument/ChargeInfo[1]/HousingService/MunicipalResource/StateFees", &["0.35"]),
        // Registry 51.
        ("PaymentDocument/ChargeInfo[2]/MunicipalService/ServiceType/Code", &["3"]),
        ("PaymentDocument/ChargeInfo[2]/MunicipalService/Rate", &["48.550000"]),
        ("PaymentDocument/ChargeInfo[2]/MunicipalService/TotalPayable", &["1.51"]),
        ("PaymentDocument/ChargeInfo[2]/MunicipalService/AccountingPeriodTotal", &["2.01"]),
        ("PaymentDocument/ChargeInfo[2]/MunicipalService/DebtPreviousPeriodsOrAdvanceBillingPeriod", &["2.02"]),
        ("PaymentDocument/ChargeInfo[2]/MunicipalService/Penalties", &["2.03"]),
        ("PaymentDocument/ChargeInfo[2]/MunicipalService/CourtCosts", &["2.04"]),
        ("PaymentDocument/ChargeInfo[2]/MunicipalService/StateFees", &["2.05"]),
        ("PaymentDocument/ChargeInfo[2]/MunicipalService/ServiceCharge/MoneyRecalculation", &["-0.50"]),
        ("PaymentDocument/ChargeInfo[2]/MunicipalService/ServiceCharge/MoneyDiscount", &[]),
        ("PaymentDocument/ChargeInfo[2]/MunicipalService/PaymentRecalculation/recalculationReason", &["Перерыв"]),
        ("PaymentDocument/ChargeInfo[2]/MunicipalService/PaymentRecalculation/sum", &["-0.50"]),
        ("PaymentDocument/ChargeInfo[2]/MunicipalService/Consumption/Volume", &["5.1230", "0.7"]),
        ("PaymentDocument/ChargeInfo[2]/MunicipalService/Consumption/Volume/@type", &["I", "O"]),
        ("PaymentDocument/ChargeInfo[2]/MunicipalService/Consumption/Volume/@determiningMethod", &["M", "M"]),
        // Registry 1: the contract has no place for the method.
        ("PaymentDocument/ChargeInfo[3]/AdditionalService/ServiceType/Code", &["4"]),
        ("PaymentDocument/ChargeInfo[3]/AdditionalService/Rate", &["60"]),
        ("PaymentDocument/ChargeInfo[3]/AdditionalService/TotalPayable", &["60.00"]),
        ("PaymentDocument/ChargeInfo[3]/AdditionalService/Consumption/Volume", &["1", "2"]),
        ("PaymentDocument/ChargeInfo[3]/AdditionalService/Consumption/Volume/@type", &["I", "O"]),
        ("PaymentDocument/ChargeInfo[3]/AdditionalService/Consumption/Volume/@determiningMethod", &[]),
        ("PaymentDocument/ChargeInfo[3]/AdditionalService/ServiceCharge", &[]),
        ("PaymentDocument/ChargeInfo[3]/AdditionalService/Penalties", &[]),
        ("PaymentDocument/ChargeInfo[4]", &[]),
    ];
    for (path, values) in table {
        assert_eq!(at(&document, path), *values, "{path}");
    }
    assert_eq!(at(&document, &format!("{bill}ChargeInfo")).len(), 3);
}

#[test]
fn zeros_are_left_out_and_an_advance_has_a_place_of_its_own() {
    let mut bill = full();
    bill.debt_prev = Default::default();
    bill.advance = gis_gkh_gateway::money::Kopecks::new(7);
    (bill.payments_taken_till_day, bill.paid, bill.last_payment_date, bill.comment) = (None, None, None, None);
    let xml = written(&[bill]);
    let document = Document::parse(&xml).unwrap();
    assert_eq!(at(&document, "PaymentDocument/AdvanceBllingPeriod"), ["0.07"]);
    for name in
        ["DebtPreviousPeriods", "PaymentsTaken", "PaidCash", "DateOfLastReceivedPayment", "AdditionalInformation"]
    {
        assert_eq!(at(&document, &format!("PaymentDocument/{name}")), [""; 0], "{name}");
    }
}

#[test]
fn bills_share_their_requisites_and_the_same_message_is_the_same_request() {
    let mut bills = [full(), full(), full()];
    Arc::make_mut(&mut bills[1].bank).account = "40702810600000000002".into();
    let xml = written(&bills);
    let document = Document::parse(&xml).unwrap();
    let known = at(&document, "PaymentInformation/TransportGUID");
    assert_eq!(known.len(), 2);
    assert_eq!(at(&document, "PaymentDocument/PaymentInformationKey"), [known[0], known[1], known[0]]);
    assert_eq!(written(&bills), xml);
    let placed = [Placed { bill: &bills[0], transport: guid(100) }];
    let other = request(guid(10), &placed).to_xml(NAMESPACES, &Versions::new());
    assert!(!other.contains(known[0]), "another message has other ids");
}

/// The official package beside the repository; its absence is said aloud.
fn official() -> Option<PathBuf> {
    let home = std::env::var_os("GKH_OFFICIAL")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/hcs/16.3.0.0"), PathBuf::from);
    let schema = home.join("bills/hcs-bills-types.xsd");
    let xmllint = Command::new("xmllint").arg("--version").stderr(Stdio::null()).status();
    if schema.exists() && xmllint.is_ok_and(|status| status.success()) {
        return Some(schema);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "no official schema or no xmllint");
    eprintln!("SKIPPED: no {} or no xmllint; nothing was compared with the official schema", schema.display());
    None
}

fn valid(schema: &Path, name: &str, body: &str) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(name);
    std::fs::write(&file, body).unwrap();
    let output =
        Command::new("xmllint").args(["--noout", "--nonet", "--schema"]).arg(schema).arg(&file).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {}", told.lines().take(5).collect::<Vec<_>>().join("\n"));
}

#[test]
fn what_is_written_is_valid_by_the_official_schema() {
    let Some(schema) = official() else { return };
    valid(&schema, "full.xml", &written(&[full()]));
    valid(&schema, "month.xml", &written(&month(200).bills));
    // Signed, as it is sent: the body of each envelope.
    let directory = tempfile::tempdir().unwrap();
    let gateway = gateway(&directory);
    let run = gateway.dry_run_bills(&Sample::new(200, 1).sources(), &BillOptions::default()).unwrap();
    assert_eq!(run.envelopes.len(), 1);
    let envelope = String::from_utf8(run.envelopes[0].bytes.clone()).unwrap();
    assert!(envelope.len() < MESSAGE_BYTES);
    let document = Document::parse(&envelope).unwrap();
    let request = document.descendants().find(|node| {
        node.has_tag_name(("http://dom.gosuslugi.ru/schema/integration/bills/", "importPaymentDocumentRequest"))
    });
    let request = request.unwrap();
    assert!(request.children().any(|child| child.tag_name().name() == "Signature"));
    valid(&schema, "signed.xml", &envelope[request.range()]);
}

/// The independent verifier of signatures; its absence is said aloud.
fn verifier() -> Option<PathBuf> {
    let path = std::env::var_os("GKH_VERIFIER").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/tools/verify_signature.py"),
        PathBuf::from,
    );
    let python = Command::new("/usr/bin/python3").args(["-c", "import lxml"]).status();
    if path.is_file() && python.is_ok_and(|status| status.success()) {
        return Some(path);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "no independent verifier");
    eprintln!("SKIPPED: no {} or no python3 with lxml; no signature was verified by others", path.display());
    None
}

#[test]
fn an_independent_verifier_accepts_each_envelope_under_either_key() {
    let (Some(verifier), Some(schema)) = (verifier(), official()) else { return };
    let Some(package) = schema.ancestors().nth(2) else { panic!("the package holds the schema") };
    let directory = tempfile::tempdir().unwrap();
    for (name, profile) in [("org-256", ByteProfile::Inclusive), ("org-512", ByteProfile::Exclusive)] {
        let mut config = settings(directory.path(), "127.0.0.1:9", "");
        let keys = fixtures().join("keys");
        config.key.certificate = keys.join(format!("{name}.crt"));
        let private_key = keys.join(format!("{name}.key"));
        config.key.provider = ProviderConfig::Builtin(BuiltinConfig { private_key, password: None });
        config.key.profile = profile;
        let gateway = Gateway::open(config, Arc::new(Standing::default()), Counting::new()).unwrap();
        let run = gateway.dry_run_bills(&Sample::new(200, 1).sources(), &BillOptions::default()).unwrap();
        let file = directory.path().join(&run.envelopes[0].file_name);
        std::fs::write(&file, &run.envelopes[0].bytes).unwrap();
        let mut command = Command::new("/usr/bin/python3");
        command.arg(&verifier).arg("--xsd").arg(package).arg("--ca").arg(keys.join("ca.crt")).arg(&file);
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("RESULT: OK"), "{name} {profile:?}: {said}");
    }
}

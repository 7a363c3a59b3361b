//! The JSON document says the same as the five files, and its faults have lines too.

use gis_gkh_gateway::records::{Code, Month, Options, Source, Sources};
use gis_gkh_gateway::sample::Sample;
use time::macros::date;

const DOCUMENT: &str = r#"{
  "schema": "bills/1",
  "bank": [{"ref": "main", "bik": "040000999", "account": "40702810600000000001"}],
  "services": [
    {"our_code": "HOUSING", "our_name": "Содержание", "nsi_registry": 50, "nsi_code": "1",
     "gis_guid": "00000000-0000-0000-0000-000000000001"},
    {"our_code": "COLD", "our_name": "Холодная вода", "nsi_registry": 51, "nsi_code": "1", "is_capital": false,
     "gis_guid": "00000000-0000-0000-0000-000000000002"}
  ],
  "accounts": [
    {"ref": "a-1", "account_number": "0001", "type": "УО", "house_ref": "h-1",
     "gis_guid": "00000000-0000-0000-0000-00000000000a", "els": null}
  ],
  "charges": [
    {"ref": "b-1", "account_ref": "a-1", "period": "2026-10", "number": "N-1", "bank_ref": "main",
     "total_period_kop": 3000,
     "lines": [
       {"line": 1, "service_code": "HOUSING", "tariff": "10.00", "accrued_kop": 1000, "total_kop": 1000},
       {"line": 2, "service_code": "COLD", "tariff": 8.00, "volume_ind": 2.50, "method": "meter",
        "accrued_kop": 2000, "total_kop": 2000}
     ]},
    {"ref": "b-2", "account_ref": "a-1", "period": "2026-10", "number": "N-2", "bank_ref": "main",
     "lines": [{"line": 1, "service_code": "HOUSING", "tariff": "10.00", "accrued_kop": 700, "total_kop": 700}]}
  ]
}
"#;

fn options() -> Options {
    Options { today: date!(2026 - 11 - 02), period: None, lenient: false }
}

fn read(text: &str) -> Month {
    Month::read(&Sources::Json(Source::new("october.json", text)), &options())
}

/// Line (0: the whole document), key and code of each problem.
fn places(month: &Month) -> Vec<(u64, &str, Code)> {
    month
        .problems
        .iter()
        .map(|problem| (problem.line.unwrap_or(0), problem.column.as_deref().unwrap_or(""), problem.code))
        .collect()
}

#[test]
fn a_document_becomes_bills_with_decimals_as_written() {
    let month = read(DOCUMENT);
    assert_eq!(month.problems, []);
    assert_eq!(month.bills.len(), 2);
    let bill = &month.bills[0];
    assert_eq!((bill.row, bill.lines.len(), bill.total_with_debt.get()), (15, 2, 3000));
    assert_eq!(bill.lines[1].volume_ind.as_ref().unwrap().as_str(), "2.50");
    assert_eq!(bill.lines[1].tariff.as_ref().unwrap().as_str(), "8.00");
}

#[test]
fn faults_are_named_by_line_and_key() {
    use Code::*;
    let table: &[(&str, &str, (u64, &str, Code))] = &[
        (r#""total_period_kop": 3000"#, r#""total_period_kop": 3001"#, (15, "total_period_kop", PeriodSum)),
        (r#""total_period_kop": 3000"#, r#""total_period_kop": 3e3"#, (16, "total_period_kop", Exponent)),
        (r#""total_period_kop": 3000"#, r#""total_period_kop": [3000]"#, (16, "total_period_kop", JsonKind)),
        (r#""total_period_kop": 3000"#, r#""total_period": 3000"#, (16, "total_period", UnknownColumnLike)),
        (r#""total_period_kop": 3000"#, r#""ref": "b-9""#, (16, "ref", RepeatedColumn)),
        (r#""number": "N-1""#, r#""number": 1"#, (15, "number", JsonKind)),
        (r#""volume_ind": 2.50"#, r#""volume_ind": "2,50""#, (19, "volume_ind", CommaInNumber)),
        (r#"2000, "total_kop": 2000"#, r#"2000, "total_kop": 2001"#, (20, "total_kop", LineSum)),
        (
            r#"{"line": 1, "service_code": "HOUSING", "tariff": "10.00", "accrued_kop": 1000, "total_kop": 1000}"#,
            "7",
            (18, "", JsonKind),
        ),
        (
            r#"2000, "total_kop": 2000"#,
            r#"2000, "charge_ref": "b-1", "total_kop": 2000"#,
            (20, "charge_ref", UnknownColumn),
        ),
    ];
    for (from, to, expected) in table {
        assert_eq!(DOCUMENT.matches(from).count(), 1, "{from}");
        let month = read(&DOCUMENT.replace(from, to));
        assert_eq!(places(&month), [*expected], "{from} -> {to}");
        assert_eq!(month.bills.len(), 1, "{from} -> {to}");
        assert_eq!((month.bills[0].reference.as_str(), month.faulty.len()), ("b-2", 1));
    }
}

#[test]
fn a_document_that_is_none_is_named() {
    let cut = &DOCUMENT[..DOCUMENT.find("N-2").unwrap()];
    let lines = cut.lines().count() as u64;
    for (text, expected) in [
        (cut, (lines, "", Code::JsonTruncated)),
        ("{\"schema\": \"bills/1\",\n oops}", (2, "", Code::JsonMalformed)),
        ("[]", (1, "", Code::JsonKind)),
        ("{\"schema\": \"bills/2\"}", (1, "schema", Code::JsonSchema)),
        ("{\"schema\": \"bills/1\"}", (0, "", Code::MissingColumn)),
        ("{\"schema\": \"bills/1\", \"bank\": {}}", (1, "bank", Code::JsonKind)),
        ("{\"schema\": \"bills/1\",\n \"schema\": \"bills/1\"}", (2, "schema", Code::RepeatedColumn)),
        ("", (0, "", Code::FileEmpty)),
    ] {
        let month = read(text);
        assert_eq!(places(&month), [expected], "{text}");
        assert!(month.bills.is_empty());
    }
    let deep = format!("{{\"schema\":{}", "[".repeat(1_000_000));
    assert_eq!(places(&read(&deep))[0].2, Code::JsonTruncated);
}

#[test]
fn the_sample_as_one_document_gives_the_same_bills() {
    let sample = Sample::new(40, 0);
    let from_files = Month::read(&sample.sources(), &options());
    let table = |text: &str| -> Vec<serde_json::Map<String, serde_json::Value>> {
        let mut rows = text.lines().map(|line| line.split(';').map(str::to_owned).collect::<Vec<_>>());
        let names = rows.next().unwrap();
        rows.map(|row| names.iter().cloned().zip(row.into_iter().map(serde_json::Value::from)).collect()).collect()
    };
    let mut charges = table(&sample.charges);
    for charge in &mut charges {
        let mut lines: Vec<_> =
            table(&sample.charge_lines).into_iter().filter(|line| line["charge_ref"] == charge["ref"]).collect();
        lines.iter_mut().for_each(|line| {
            line.remove("charge_ref");
        });
        charge.insert("lines".to_owned(), lines.into());
    }
    let document = serde_json::json!({
        "schema": "bills/1",
        "bank": table(&sample.bank),
        "services": table(&sample.services),
        "accounts": table(&sample.accounts),
        "charges": charges,
    });
    let from_document = read(&document.to_string());
    assert_eq!(from_document.problems, []);
    let content = |month: &Month| month.bills.iter().map(|bill| bill.content().unwrap()).collect::<Vec<_>>();
    assert_eq!(content(&from_document), content(&from_files));
    assert_eq!(from_files.bills.len(), 40);
}

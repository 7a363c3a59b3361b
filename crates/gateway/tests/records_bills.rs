//! Bills once read: their payload, what counts as a change, results, and the limits of reading.

use std::sync::Arc;

use gis_gkh_gateway::records::{
    Bill, Code, Decimal, GisIds, Lang, Month, Options, ResultRow, Source, Sources, Status, WhoFixes, write_csv,
    write_json,
};
use gis_gkh_gateway::sample::Sample;
use proptest::prelude::*;
use time::macros::date;

fn options() -> Options {
    Options { today: date!(2026 - 11 - 02), period: None, lenient: false }
}

fn bill() -> Bill {
    Month::read(&Sample::new(3, 0).sources(), &options()).bills.remove(0)
}

#[test]
fn a_bill_survives_the_store() {
    for bill in Month::read(&Sample::new(100, 0).sources(), &options()).bills {
        let payload = serde_json::to_vec(&bill).unwrap();
        assert_eq!(serde_json::from_slice::<Bill>(&payload).unwrap(), bill);
    }
}

#[test]
fn only_what_the_system_would_see_is_a_change() {
    let original = bill().content().unwrap();
    type Change = fn(&mut Bill);
    let invisible: [Change; 5] = [
        |bill| bill.row += 1,
        |bill| bill.reference.push('x'),
        |bill| Arc::make_mut(&mut bill.account).els = None,
        |bill| Arc::make_mut(&mut bill.lines[0].service).name.push('x'),
        |bill| bill.lines[1].tariff = Some(Decimal::parse("48.550").unwrap()),
    ];
    for (number, change) in invisible.iter().enumerate() {
        let mut changed = bill();
        change(&mut changed);
        assert_ne!(changed, bill());
        assert_eq!(changed.content().unwrap(), original, "change {number} must not show");
    }
    let visible: [Change; 6] = [
        |bill| bill.number.push('x'),
        |bill| bill.total_period = bill.total_with_debt.checked_add(bill.total_period).unwrap(),
        |bill| Arc::make_mut(&mut bill.account).guid = uuid::Uuid::nil(),
        |bill| Arc::make_mut(&mut bill.bank).bik = "040000998".to_owned(),
        |bill| bill.lines.truncate(1),
        |bill| bill.lines[1].tariff = Some(Decimal::parse("48.56").unwrap()),
    ];
    for (number, change) in visible.iter().enumerate() {
        let mut changed = bill();
        change(&mut changed);
        assert_ne!(changed.content().unwrap(), original, "change {number} must show");
    }
}

#[test]
fn lines_in_another_order_are_the_same_bill() {
    let sample = Sample::new(5, 0);
    let mut lines: Vec<&str> = sample.charge_lines.lines().collect();
    lines[1..].reverse();
    let Sources::Csv { charges, bank, services, accounts, .. } = sample.sources() else { unreachable!() };
    let charge_lines = Source::new("charge_lines.csv", lines.join("\n"));
    let turned = Month::read(&Sources::Csv { charges, charge_lines, bank, services, accounts }, &options());
    assert_eq!(turned.bills, Month::read(&sample.sources(), &options()).bills);
}

#[test]
fn results_are_written_in_both_formats() {
    let accepted = ResultRow {
        reference: "b-1".to_owned(),
        row: 2,
        status: Status::Accepted,
        gis: GisIds { payment_document_id: Some("00АА000001-01-6101".to_owned()), guid: None },
        code: None,
        message: None,
        who_fixes: None,
        message_guid: Some("00000000-0000-0000-0000-000000000001".to_owned()),
        accepted_at: Some("2026-11-02T10:00:00Z".to_owned()),
    };
    let rejected = ResultRow {
        reference: "b-2".to_owned(),
        row: 3,
        status: Status::Rejected,
        gis: GisIds::default(),
        code: Some("INT008165".to_owned()),
        message: Some("Сумма по строкам не равна итогу; \"исправьте\"".to_owned()),
        who_fixes: Some(WhoFixes::Billing),
        message_guid: None,
        accepted_at: None,
    };
    let rows = [accepted, rejected];
    let mut csv = Vec::new();
    write_csv(&rows, &mut csv).unwrap();
    assert_eq!(
        String::from_utf8(csv).unwrap(),
        "ref;row;status;payment_document_id;guid;code;message;who_fixes;message_guid;accepted_at\n\
         b-1;2;accepted;00АА000001-01-6101;;;;;00000000-0000-0000-0000-000000000001;2026-11-02T10:00:00Z\n\
         b-2;3;rejected;;;INT008165;\"Сумма по строкам не равна итогу; \"\"исправьте\"\"\";billing;;\n"
    );
    let mut json = Vec::new();
    write_json(&rows, &mut json).unwrap();
    assert_eq!(serde_json::from_slice::<Vec<ResultRow>>(&json).unwrap(), rows);
    assert!(String::from_utf8(json).unwrap().contains("\"ref\":\"b-1\",\"row\":2,\"status\":\"accepted\""));
}

/// A large month of short rows: one line a bill; `day` is the day payments are taken till.
fn large(bills: usize, day: u32) -> Sources {
    let sample = Sample::new(1, 0);
    let mut charges = "ref;account_ref;period;number;bank_ref;payments_taken_till_day\n".to_owned();
    let mut charge_lines = "charge_ref;line;service_code;tariff;accrued_kop;total_kop\n".to_owned();
    for bill in 0..bills {
        charges.push_str(&format!("b-{bill};a-000001;2026-10;N-{bill};main;{day}\n"));
        charge_lines.push_str(&format!("b-{bill};1;HOUSING;28.35;{bill};{bill}\n"));
    }
    let Sources::Csv { bank, services, accounts, .. } = sample.sources() else { unreachable!() };
    let charges = Source::new("charges.csv", charges);
    Sources::Csv { charges, charge_lines: Source::new("charge_lines.csv", charge_lines), bank, services, accounts }
}

#[test]
fn a_hundred_thousand_bills_are_read() {
    let month = Month::read(&large(100_000, 25), &options());
    assert_eq!((month.bills.len(), month.problems.len()), (100_000, 0));
    let last = &month.bills[99_999];
    assert_eq!((last.reference.as_str(), last.row, last.total_period.get()), ("b-99999", 100_001, 99_999));
}

#[test]
fn faults_beyond_the_limit_are_counted_and_each_bill_has_its_result() {
    let month = Month::read(&large(12_000, 32), &options());
    assert_eq!((month.bills.len(), month.faulty.len()), (0, 12_000));
    assert_eq!((month.problems.len(), month.problems_omitted), (10_000, 2_000));
    assert!(month.problems.iter().all(|problem| problem.code == Code::OutOfRange));
    assert_eq!(month.refused(Lang::En).len(), 12_000);
}

fn five(files: [Vec<u8>; 5]) -> Sources {
    let [charges, charge_lines, bank, services, accounts] = files.map(|bytes| Source::new("any.csv", bytes));
    Sources::Csv { charges, charge_lines, bank, services, accounts }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(
        files in proptest::array::uniform5(proptest::collection::vec(any::<u8>(), 0..200)),
        json in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let month = Month::read(&five(files), &options());
        prop_assert!(month.bills.is_empty() && !month.problems.is_empty());
        let month = Month::read(&Sources::Json(Source::new("any.json", json)), &options());
        prop_assert!(month.bills.is_empty() && !month.problems.is_empty());
    }

    /// One damaged byte anywhere in a good month: whatever is still called good was not touched, or is a whole bill itself.
    #[test]
    fn a_damaged_byte_never_breaks_a_bill_in_two(file in 0usize..5, place: prop::sample::Index, byte: u8) {
        // A brace of the text would look like a figure left out.
        prop_assume!(byte != b'{');
        let sample = Sample::new(3, 0);
        let mut files = [0, 1, 2, 3, 4].map(|at| sample.files()[at].1.as_bytes().to_vec());
        let at = place.index(files[file].len());
        files[file][at] = byte;
        let month = Month::read(&five(files), &options());
        for bill in &month.bills {
            let mut total = 0;
            for line in &bill.lines {
                prop_assert_eq!(line.accrued.get() + line.recalc.get() - line.benefit.get(), line.total.get());
                total += line.total.get() + line.penalty.unwrap_or_default().get();
            }
            prop_assert_eq!(total, bill.total_period.get());
            prop_assert_eq!(total + bill.debt_prev.get() - bill.advance.get(), bill.total_with_debt.get());
        }
        if month.problems.is_empty() {
            prop_assert_eq!(month.bills.len(), 3);
        }
        for problem in &month.problems {
            let unfilled = problem.text(Lang::Ru).contains('{');
            prop_assert!(!unfilled, "{:?}", problem);
        }
    }

    #[test]
    fn a_cut_document_is_never_taken_for_a_whole_one(cut: prop::sample::Index) {
        let whole = r#"{"schema":"bills/1","bank":[{"ref":"m"}],"services":[],"accounts":[],"charges":[{"ref":"b","lines":[{}]}]}"#;
        let text = &whole[..cut.index(whole.len())];
        let month = Month::read(&Sources::Json(Source::new("cut.json", text)), &options());
        prop_assert_eq!(month.problems.len(), 1);
        let truncated = matches!(month.problems[0].code, Code::JsonTruncated | Code::FileEmpty);
        prop_assert!(truncated, "{:?}", month.problems);
    }
}

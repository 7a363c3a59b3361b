//! Readings and answers: what is read, and how each fault is named.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands; clippy knows only functions marked as tests")]

use gis_gkh_gateway::records::problem::Code;
use gis_gkh_gateway::records::{Answer, AnswerAction, AppealName, Lang, Reading, ReadingKind, Record, Sheet, Source};
use time::macros::date;

const METER: &str = "5d0c4c1e-0000-4000-8000-000000000711";
const GUID: &str = "5d0c4c1e-0000-4000-8000-0000000000aa";

fn read<T: Record>(name: &str, text: &str) -> Sheet<T> {
    Sheet::read(&Source::new(name, text), date!(2026 - 11 - 20))
}

/// Line, column and code of every problem of one row under a header.
fn faults<T: Record>(name: &str, head: &str, row: &str) -> Vec<(u64, String, Code)> {
    let sheet = read::<T>(name, &format!("{head}\n{row}\n"));
    assert_eq!((sheet.rows.len(), sheet.faulty.len()), (0, 1), "{row}");
    assert_eq!(sheet.refused(Lang::En).len(), 1);
    let place = |problem: &gis_gkh_gateway::records::Problem| {
        assert!(!problem.text(Lang::Ru).contains('?') && !problem.text(Lang::En).contains('?'), "{problem}");
        (problem.line.unwrap(), problem.column.clone().unwrap_or_default(), problem.code)
    };
    sheet.problems.iter().map(place).collect()
}

#[test]
fn readings_of_both_forms_are_the_same() {
    let csv = format!(
        "ref;meter_guid;kind;date;period;resource_code;resource_guid;t1;t2;t3;author\n\
         e;{METER};;2026-11-01;2026-10;;;00010.50;2;;кто-то\nw;{METER};control;2026-11-02;;2;{GUID};7.125;;;\n"
    );
    let json = format!(
        r#"{{"schema":"readings/1","readings":[
{{"ref":"e","meter_guid":"{METER}","date":"2026-11-01","period":"2026-10","t1":"00010.50","t2":2}},
{{"ref":"w","meter_guid":"{METER}","kind":"control","date":"2026-11-02","resource_code":"2","resource_guid":"{GUID}","t1":7.125}}]}}"#
    );
    let (csv, json) = (read::<Reading>("readings.csv", &csv), read::<Reading>("readings.json", &json));
    assert!(csv.is_clean() && json.is_clean(), "{:?} {:?}", csv.problems, json.problems);
    assert_eq!(csv.rows, json.rows);
    let [power, water] = &csv.rows[..] else { panic!("two rows") };
    assert_eq!((power.kind, power.month().as_str(), power.t1.as_str()), (ReadingKind::Current, "2026-10", "00010.50"));
    assert_eq!((water.kind, water.month().as_str()), (ReadingKind::Control, "2026-11"));
    assert_eq!(water.resource.as_ref().unwrap().code, "2");
    let mut same = power.clone();
    same.t1 = "10.5".to_owned().try_into().unwrap();
    same.reference = "another".into();
    assert_eq!(same.content().unwrap(), power.content().unwrap(), "names and zeros are no change");
    same.t2 = None;
    assert_ne!(same.content().unwrap(), power.content().unwrap());
}

#[test]
fn every_fault_of_a_reading_is_named_by_line_and_column() {
    let head = "meter_guid;kind;date;period;resource_code;resource_guid;t1;t2";
    for (row, column, code) in [
        ("x;;2026-11-01;;;;1;", "meter_guid", Code::NotAGuid),
        (";;2026-11-01;;;;1;", "meter_guid", Code::Empty),
        ("M;often;2026-11-01;;;;1;", "kind", Code::UnknownValue),
        ("M;verification;2026-11-01;;;;1;", "kind", Code::NotSupported),
        ("M;;01.11.2026;;;;1;", "date", Code::NotADate),
        ("M;;2026-11-21;;;;1;", "date", Code::DateInFuture),
        ("M;;2026-11-01;2026-13;;;1;", "period", Code::NotAPeriod),
        ("M;control;2026-11-01;2026-10;;;1;", "period", Code::PeriodHasNoPlace),
        ("M;;2026-11-01;;2;;1;", "resource_guid", Code::Empty),
        ("M;;2026-11-01;;;G;1;", "resource_code", Code::Empty),
        ("M;;2026-11-01;;вода;G;1;", "resource_code", Code::BadNsiCode),
        ("M;;2026-11-01;;;;;", "t1", Code::Empty),
        ("M;;2026-11-01;;;;1,5;", "t1", Code::CommaInNumber),
        ("M;;2026-11-01;;;;-1;", "t1", Code::Negative),
        ("M;;2026-11-01;;;;1234567890123456;", "t1", Code::TotalDigits),
        ("M;;2026-11-01;;;;0.12345678;", "t1", Code::FractionDigits),
        ("M;;2026-11-01;;2;G;1;5", "t2", Code::TariffHasNoPlace),
    ] {
        let row = row.replace('M', METER).replace('G', GUID);
        assert_eq!(faults::<Reading>("readings.csv", head, &row), [(2, column.to_owned(), code)], "{row}");
    }
}

#[test]
fn two_readings_of_one_thing_are_both_held_back() {
    let rows =
        format!("ref;meter_guid;date;t1\na;{METER};2026-11-01;1\nb;{METER};2026-11-01;2\nc;{METER};2026-11-02;3\n");
    let sheet = read::<Reading>("readings.csv", &rows);
    assert_eq!(sheet.rows.iter().map(|row| row.reference.as_str()).collect::<Vec<_>>(), ["c"]);
    assert_eq!(sheet.problems[0].code, Code::RepeatedObject);
    let rows = format!("ref;meter_guid;date;t1\na;{METER};2026-11-01;1\na;{METER};2026-11-02;2\n");
    let sheet = read::<Reading>("readings.csv", &rows);
    assert_eq!((sheet.rows.len(), sheet.problems[0].code), (0, Code::RepeatedRef));
}

#[test]
fn answers_name_their_appeal_in_one_way() {
    let head = "appeal_guid;appeal_number;employee_guid;text;action;attachments";
    for (row, column, code) in [
        (";;G;т;;", "appeal_guid", Code::OneOfTwo),
        ("G;77-1;G;т;;", "appeal_guid", Code::OneOfTwo),
        (";77-1;;т;;", "employee_guid", Code::Empty),
        (";77-1;G;;;", "text", Code::Empty),
        (";77-1;G;т;tomorrow;", "action", Code::UnknownValue),
    ] {
        let row = row.replace('G', GUID);
        assert_eq!(faults::<Answer>("answers.csv", head, &row), [(2, column.to_owned(), code)], "{row}");
    }
    let text = format!("{head}\n;77-1;{GUID};\"две\nстроки\";draft;\n");
    let sheet = read::<Answer>("answers.csv", &text);
    let [answer] = &sheet.rows[..] else { panic!("{:?}", sheet.problems) };
    assert_eq!((&answer.appeal, answer.action), (&AppealName::Number("77-1".into()), AnswerAction::Draft));
    assert_eq!((answer.reference.as_str(), answer.text.as_str()), ("77-1", "две\nстроки"));
    assert!(!format!("{answer:?}").contains("строки"), "the text is the applicant's");
}

#[test]
fn documents_that_are_none_are_refused_whole() {
    for (name, text, code) in [
        ("readings.csv", "", Code::FileEmpty),
        ("readings.csv", "meter_guid;date;t1\n", Code::NoRows),
        ("readings.csv", "meter_guid;date\n", Code::MissingColumn),
        ("readings.json", "{\"schema\":\"bills/1\",\"readings\":[]}", Code::JsonSchema),
        ("readings.json", "{\"schema\":\"readings/1\",\"readings\":[]}", Code::NoRows),
        ("readings.json", "{\"schema\":\"readings/1\"}", Code::MissingColumn),
        ("readings.json", "{\"schema\":", Code::JsonTruncated),
    ] {
        let sheet = read::<Reading>(name, text);
        assert!(sheet.rows.is_empty(), "{text}");
        assert_eq!(sheet.problems[0].code, code, "{text}");
    }
}

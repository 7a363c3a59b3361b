//! Bad input: every fault is named by file, line and column, the bill it spoils is held back, and good bills stay good.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests may fail as the tests themselves")]

use std::fs::{self, File};
use std::io::Write;

use gis_gkh_gateway::records::{Code, FILE_LIMIT, Input, Lang, Month, Options, Problem, Source, Sources, Status};
use time::macros::date;

const NAMES: [&str; 5] = ["charges.csv", "charge_lines.csv", "bank.csv", "services.csv", "accounts.csv"];

/// Two bills without a fault; `b-2` is charged for common needs too.
const GOOD: [&str; 5] = [
    "ref;account_ref;period;number;bank_ref;debt_prev_kop;advance_kop;total_period_kop;total_with_debt_kop;last_payment_date;comment\n\
     b-1;a-1;2026-10;N-1;main;500;0;3000;3500;2026-10-05;\n\
     b-2;a-2;2026-10;N-2;main;0;0;2100;2100;;\n",
    "charge_ref;line;service_code;volume_ind;volume_odn;method;tariff;accrued_kop;recalc_kop;benefit_kop;total_kop;penalty_kop;provider_ref\n\
     b-1;1;HOUSING;;;;10.00;1000;0;0;1000;;\n\
     b-1;2;COLD;2.5;;meter;8.00;2000;-100;0;1900;100;\n\
     b-2;1;HOUSING;;;;10.00;2000;0;100;1900;;\n\
     b-2;2;POWER;;0.4;norm;5.00;200;;;200;;\n",
    "ref;bik;account\nmain;040000999;40702810600000000001\n",
    "our_code;our_name;nsi_registry;nsi_code;gis_guid\n\
     HOUSING;Содержание;50;1;00000000-0000-0000-0000-000000000001\n\
     COLD;Холодная вода;51;1;00000000-0000-0000-0000-000000000002\n\
     POWER;Электроэнергия на общие нужды;2;1.1;00000000-0000-0000-0000-000000000003\n",
    "ref;account_number;type;house_ref;gis_guid;els;closed\n\
     a-1;0001;УО;h-1;00000000-0000-0000-0000-00000000000a;00АА000001;\n\
     a-2;0002;УО;h-1;00000000-0000-0000-0000-00000000000b;;\n",
];

fn options() -> Options {
    Options { today: date!(2026 - 11 - 02), period: "2026-10".parse().ok(), lenient: false }
}

fn sources(texts: [&str; 5]) -> Sources {
    let source = |at: usize| Source::new(NAMES[at], texts[at].as_bytes());
    Sources::Csv {
        charges: source(0),
        charge_lines: source(1),
        bank: source(2),
        services: source(3),
        accounts: source(4),
    }
}

/// Reads the good month with one piece of one file replaced.
fn changed(file: &str, from: &str, to: &str) -> Month {
    let at = NAMES.iter().position(|name| name.starts_with(file)).unwrap();
    let mut texts = GOOD;
    assert_eq!(texts[at].matches(from).count(), 1, "{from:?} must stand once in {file}");
    let text = texts[at].replace(from, to);
    texts[at] = &text;
    Month::read(&sources(texts), &options())
}

/// The places of problems, to be compared: file, line (0: the whole file), column, code.
fn places(month: &Month) -> Vec<(&str, u64, &str, Code)> {
    let place = |problem: &'_ Problem| (problem.line.unwrap_or(0), problem.code);
    month
        .problems
        .iter()
        .map(|problem| {
            let (line, code) = place(problem);
            let file = problem.file.split('.').next().unwrap();
            (file, line, problem.column.as_deref().unwrap_or(""), code)
        })
        .collect()
}

/// A piece of a file, what stands there instead, and the one problem that follows.
type Fault = (&'static str, &'static str, &'static str, (&'static str, u64, &'static str, Code));

/// A piece of a list, what stands there instead, column and code of its problem, and where the row is needed.
type ListFault = (&'static str, &'static str, &'static str, &'static str, Code, (&'static str, u64, &'static str));

fn good(month: &Month) -> Vec<&str> {
    month.bills.iter().map(|bill| bill.reference.as_str()).collect()
}

#[test]
fn the_good_month_is_good() {
    let month = Month::read(&sources(GOOD), &options());
    assert_eq!(month.problems, []);
    assert_eq!(good(&month), ["b-1", "b-2"]);
}

#[test]
fn one_fault_is_one_problem_at_its_place_and_the_other_bill_stays_good() {
    use Code::*;
    // All of them spoil b-1 alone.
    let table: &[Fault] = &[
        ("charges", "b-1;a-1;2026-10", "b-1;;2026-10", ("charges", 2, "account_ref", Empty)),
        ("charges", "b-1;a-1;", "b-1;a-7;", ("charges", 2, "account_ref", UnknownAccount)),
        ("charges", "a-1;2026-10", "a-1;2026-13", ("charges", 2, "period", NotAPeriod)),
        ("charges", "a-1;2026-10", "a-1;2026-12", ("charges", 2, "period", PeriodInFuture)),
        ("charges", "a-1;2026-10", "a-1;2026-09", ("charges", 2, "period", OtherPeriod)),
        ("charges", "N-1;main", "---;main", ("charges", 2, "number", NoLetterOrDigit)),
        ("charges", "N-1;main", "1234567890123456789012345678901;main", ("charges", 2, "number", TooLong)),
        ("charges", "N-1;main", "N\u{7}1;main", ("charges", 2, "number", ForbiddenCharacter)),
        ("charges", "N-1;main", "N-1;other", ("charges", 2, "bank_ref", UnknownBank)),
        ("charges", "500;0;3000", "5O0;0;3000", ("charges", 2, "debt_prev_kop", LettersInNumber)),
        ("charges", "500;0;3000", "5E+2;0;3000", ("charges", 2, "debt_prev_kop", Exponent)),
        ("charges", "500;0;3000", "5,00;0;3000", ("charges", 2, "debt_prev_kop", FractionOfKopeck)),
        ("charges", "500;0;3000", "1 500;0;3000", ("charges", 2, "debt_prev_kop", SpacesInNumber)),
        ("charges", "500;0;3000", "-500;0;3000", ("charges", 2, "debt_prev_kop", Negative)),
        ("charges", "500;0;3000", "10000000000;0;3000", ("charges", 2, "debt_prev_kop", AmountTooLarge)),
        ("charges", "500;0;3000", "500;500;3000", ("charges", 2, "advance_kop", DebtAndAdvance)),
        ("charges", "3000;3500", "3001;3501", ("charges", 2, "total_period_kop", PeriodSum)),
        ("charges", "3000;3500", "3000;3501", ("charges", 2, "total_with_debt_kop", DebtSum)),
        ("charges", "3000;3500", "99999999999999;3500", ("charges", 2, "total_period_kop", AmountTooLarge)),
        ("charges", "2026-10-05", "05.10.2026", ("charges", 2, "last_payment_date", NotADate)),
        ("charges", "2026-10-05", "2026-02-30", ("charges", 2, "last_payment_date", NotADate)),
        ("charges", "2026-10-05", "2026-11-03", ("charges", 2, "last_payment_date", DateInFuture)),
        ("charge_lines", "b-1;1;HOUSING", "b-1;0;HOUSING", ("charge_lines", 2, "line", OutOfRange)),
        ("charge_lines", "b-1;1;HOUSING", "b-1;one;HOUSING", ("charge_lines", 2, "line", LettersInNumber)),
        ("charge_lines", "b-1;1;HOUSING", "b-1;2;HOUSING", ("charge_lines", 3, "line", RepeatedLine)),
        ("charge_lines", "b-1;1;HOUSING", "b-1;1;HOTEL", ("charge_lines", 2, "service_code", UnknownService)),
        ("charge_lines", "b-1;1;HOUSING", "b-1;1;COLD", ("charge_lines", 3, "service_code", RepeatedService)),
        ("charge_lines", "2.5;;meter", "2,5;;meter", ("charge_lines", 3, "volume_ind", CommaInNumber)),
        ("charge_lines", "2.5;;meter", "2.12345678;;meter", ("charge_lines", 3, "volume_ind", FractionDigits)),
        ("charge_lines", "2.5;;meter", "123456789012345678901;;meter", ("charge_lines", 3, "volume_ind", TotalDigits)),
        ("charge_lines", "2.5;;meter", "2.5;;guess", ("charge_lines", 3, "method", UnknownValue)),
        (
            "charge_lines",
            "HOUSING;;;;10.00;1000",
            "HOUSING;1;;;10.00;1000",
            ("charge_lines", 2, "volume_ind", VolumeHasNoPlace),
        ),
        ("charge_lines", "HOUSING;;;;10.00;1000", "HOUSING;;;;;1000", ("charge_lines", 2, "tariff", TariffMissing)),
        ("charge_lines", "8.00;2000", "8.1234567;2000", ("charge_lines", 3, "tariff", FractionDigits)),
        ("charge_lines", "-100;0;1900", "-100;0;1901", ("charge_lines", 3, "total_kop", LineSum)),
        ("charge_lines", "-100;0;1900", "-100;-1;1900", ("charge_lines", 3, "benefit_kop", Negative)),
        ("charge_lines", "1900;100;", "1900;100;p-1", ("charge_lines", 3, "provider_ref", NotSupported)),
        ("charge_lines", "1900;100;", "1900;1OO;", ("charge_lines", 3, "penalty_kop", LettersInNumber)),
        ("accounts", "00АА000001;", "00АА000001;2026-09-30", ("charges", 2, "account_ref", AccountClosed)),
    ];
    for (file, from, to, expected) in table {
        let month = changed(file, from, to);
        assert_eq!(places(&month), [*expected], "{file}: {from} -> {to}");
        assert_eq!(month.problems[0].reference.as_deref(), Some("b-1"), "{file}: {from} -> {to}");
        assert_eq!(good(&month), ["b-2"], "{file}: {from} -> {to}");
        assert_eq!(month.faulty.len(), 1);
        for lang in [Lang::En, Lang::Ru] {
            let text = month.problems[0].text(lang);
            assert!(!text.contains('?') && !text.contains('{'), "a figure is missing in {text:?}");
        }
    }
}

#[test]
fn a_fault_of_a_listed_row_is_named_there_and_at_every_bill_that_needs_it() {
    use Code::*;
    let table: &[ListFault] = &[
        ("accounts", "a-1;0001;УО", "a-1;0001;ЖК", "type", UnknownValue, ("charges", 2, "account_ref")),
        ("accounts", "a-1;0001;УО", "a-1;0001;КР", "type", NotSupported, ("charges", 2, "account_ref")),
        ("accounts", "00000000000a", "00000000000g", "gis_guid", NotAGuid, ("charges", 2, "account_ref")),
        ("accounts", "00АА000001", "00AA000001", "els", LatinLetters, ("charges", 2, "account_ref")),
        ("accounts", "00АА000001", "00АА00001", "els", BadEls, ("charges", 2, "account_ref")),
        ("services", "51;1;", "51;1-1;", "nsi_code", BadNsiCode, ("charge_lines", 3, "service_code")),
        ("services", "51;1;", "52;1;", "nsi_registry", UnknownValue, ("charge_lines", 3, "service_code")),
        ("services", "51;1;", "337;1;", "nsi_registry", NotSupported, ("charge_lines", 3, "service_code")),
    ];
    for (file, from, to, column, code, user) in table {
        let month = changed(file, from, to);
        let (user_file, user_line, user_column) = *user;
        let at = NAMES.iter().position(|name| name.starts_with(file)).unwrap();
        let line = GOOD[at].split(from).next().unwrap().matches('\n').count() as u64 + 1;
        let expected = [(user_file, user_line, user_column, FaultyReference), (*file, line, *column, *code)];
        assert_eq!(places(&month), expected, "{file}: {from} -> {to}");
        assert_eq!(good(&month), ["b-2"], "{file}: {from} -> {to}");
    }
    for (from, to, column, code) in [
        ("040000999", "04000099", "bik", BadBik),
        ("40702810600000000001", "4.0702810600E+19", "account", BadBankAccount),
        ("40702810600000000001", "40702810700000000001", "account", BankAccountKey),
    ] {
        let month = changed("bank", from, to);
        assert_eq!(places(&month)[2], ("bank", 2, column, code));
        assert_eq!(month.bills, [], "both bills need these requisites");
    }
}

#[test]
fn repeated_refs_and_numbers_spoil_both_rows() {
    let month = changed("charges", "b-2;a-2", "b-1;a-2");
    assert!(month.bills.is_empty());
    let found = places(&month);
    assert_eq!(found[0], ("charges", 3, "ref", Code::RepeatedRef));
    assert_eq!(found[1], ("charge_lines", 4, "charge_ref", Code::LineWithoutBill));

    let month = changed("charges", "b-2;a-2;2026-10;N-2", "b-2;a-1;2026-10;N-1");
    let repeated = |line| ("charges", line, "number", Code::RepeatedNumber);
    assert_eq!(places(&month), [repeated(2), repeated(3)]);
    assert!(month.bills.is_empty());

    // The same number of another account is no fault.
    assert!(changed("charges", "2026-10;N-2", "2026-10;N-1").is_clean());

    let month = changed("accounts", "a-2;0002", "a-1;0002");
    assert!(month.bills.is_empty());
    assert!(places(&month).contains(&("accounts", 3, "ref", Code::RepeatedRef)));
}

#[test]
fn common_needs_need_a_housing_service() {
    let month = changed("charge_lines", "b-2;1;HOUSING;;;;10.00", "b-2;1;COLD;;;;10.00");
    assert_eq!(places(&month), [("charges", 3, "ref", Code::CommonNeedsAlone)]);
    assert_eq!(good(&month), ["b-1"]);
}

#[test]
fn a_bill_without_lines_and_a_line_without_a_bill_are_named() {
    let month = changed("charges", "b-2;a-2;2026-10;N-2", "b-3;a-2;2026-10;N-2");
    assert_eq!(
        places(&month),
        [
            ("charges", 3, "ref", Code::BillWithoutLines),
            ("charge_lines", 4, "charge_ref", Code::LineWithoutBill),
            ("charge_lines", 5, "charge_ref", Code::LineWithoutBill),
        ]
    );
    assert_eq!(good(&month), ["b-1"], "its total proves that no line is missing");
}

#[test]
fn a_lost_line_holds_back_bills_whose_totals_cannot_prove_them_whole() {
    let mut texts = GOOD;
    let charges = GOOD[0].replace(";3000;3500;", ";;;");
    let lines = GOOD[1].replace("b-1;2;COLD", "b-l;2;COLD");
    (texts[0], texts[1]) = (&charges, &lines);
    let month = Month::read(&sources(texts), &options());
    assert_eq!(
        places(&month),
        [
            ("charges", 2, "total_period_kop", Code::LinesMayBeMissing),
            ("charge_lines", 3, "charge_ref", Code::LineWithoutBill),
        ]
    );
    assert_eq!(good(&month), ["b-2"]);
}

#[test]
fn totals_left_out_are_computed() {
    let mut texts = GOOD;
    let charges = GOOD[0].replace(";3000;3500;", ";;;");
    texts[0] = &charges;
    let month = Month::read(&sources(texts), &options());
    assert!(month.is_clean());
    assert_eq!((month.bills[0].total_period.get(), month.bills[0].total_with_debt.get()), (3000, 3500));
}

#[test]
fn headers_are_checked_before_rows() {
    let month = changed("charges", "account_ref", "acount_ref");
    assert_eq!(
        places(&month),
        [("charges", 1, "", Code::MissingColumn), ("charges", 1, "acount_ref", Code::UnknownColumnLike)]
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
    );
    assert_eq!(month.problems[0].args["like"], "account_ref");
    assert!(month.bills.is_empty());

    let month = changed("charges", "last_payment_date", "payer");
    assert_eq!(places(&month), [("charges", 1, "payer", Code::UnknownColumn)]);
    let month = changed("charges", "advance_kop", "debt_prev_kop");
    assert_eq!(places(&month), [("charges", 1, "debt_prev_kop", Code::RepeatedColumn)]);
}

#[test]
fn whole_files_are_refused_by_name() {
    let read = |at: usize, bytes: &[u8]| {
        let Sources::Csv { mut charges, mut charge_lines, mut bank, mut services, mut accounts } = sources(GOOD) else {
            unreachable!()
        };
        [&mut charges, &mut charge_lines, &mut bank, &mut services, &mut accounts][at].bytes = bytes.to_vec();
        let month = Month::read(&Sources::Csv { charges, charge_lines, bank, services, accounts }, &options());
        assert!(month.bills.is_empty(), "nothing is sent when a file is missing");
        let problem = &month.problems[0];
        assert_eq!(month.problems.len(), 1, "{:?}", month.problems);
        assert_eq!(problem.file, NAMES[at]);
        problem.code
    };
    for (at, text) in GOOD.iter().enumerate() {
        assert_eq!(read(at, b""), Code::FileEmpty);
        assert_eq!(read(at, b"\n\n"), Code::NoHeader);
        assert_eq!(read(at, b"1;2;3\n"), Code::NoHeader);
        assert_eq!(read(at, b"ref\tperiod\n"), Code::WrongDelimiter);
        assert_eq!(read(at, b"\xff\xfer\0e\0f\0"), Code::WrongEncoding);
        assert_eq!(read(at, &[text.as_bytes(), b"\xf5\xee\xeb\xee\xe4\xed\xe0\xff"].concat()), Code::WrongEncoding);
    }
}

#[test]
fn a_header_without_rows_is_named() {
    let mut texts = GOOD;
    texts[0] = "ref;account_ref;period;number;bank_ref\n";
    texts[1] = "charge_ref;line;service_code;accrued_kop;total_kop\n";
    let month = Month::read(&sources(texts), &options());
    assert_eq!(places(&month), [("charges", 0, "", Code::NoRows), ("charge_lines", 0, "", Code::NoRows)]);
}

#[test]
fn truncated_and_misquoted_rows_are_named() {
    let month = changed("charges", "b-2;a-2;2026-10;N-2;main;0;0;2100;2100;;\n", "b-2;a-2;20");
    assert_eq!(places(&month), [("charges", 3, "", Code::WrongFieldCount)]);
    assert_eq!(good(&month), ["b-1"]);
    assert_eq!(month.faulty[0].row, 3);
    assert_eq!(month.faulty[0].reference, None);

    let month = changed("charge_lines", "b-1;2;COLD", "b-1;2;\"COLD");
    assert_eq!(places(&month)[0], ("charges", 2, "total_period_kop", Code::PeriodSum));
    assert!(places(&month).contains(&("charge_lines", 3, "", Code::UnterminatedQuote)));
    assert!(month.bills.is_empty(), "b-2 has lost its lines behind the quote");

    let month = changed("charges", "b-1;a-1", "\"b-1\"x;a-1");
    assert_eq!(places(&month), [("charges", 2, "", Code::TextAfterQuote)]);
    assert_eq!(good(&month), ["b-2"]);
}

#[test]
fn a_byte_order_mark_commas_and_windows_line_ends_are_no_faults() {
    let charges = GOOD[0].replace(';', ",").replace('\n', "\r\n");
    let accounts = format!("\u{feff}{}", GOOD[4]);
    let mut texts = GOOD;
    (texts[0], texts[4]) = (&charges, &accounts);
    let month = Month::read(&sources(texts), &options());
    assert_eq!(month.problems, []);
    assert_eq!(month.bills.len(), 2);
}

#[test]
fn leniently_roubles_are_read_too() {
    let lines = GOOD[1].replace("-100;0;1900", "-1,00;0;19.00");
    let mut texts = GOOD;
    texts[1] = &lines;
    let strict = Month::read(&sources(texts), &options());
    assert_eq!(strict.problems[0].code, Code::FractionOfKopeck);
    let lenient = Month::read(&sources(texts), &Options { lenient: true, ..options() });
    assert_eq!(lenient.problems, []);
    assert_eq!(lenient.bills, Month::read(&sources(GOOD), &options()).bills);
}

#[test]
fn no_text_repeats_what_may_be_a_name() {
    // A delimiter is lost and every value slips one column to the left: names stand where numbers and references belong.
    let slipped = "b-1;Образцова Анна Ивановна;Образцова;Анна Ивановна;Анна;Иванова;0;3000;ул. Примерная, 1;Анна;\n";
    let charges = GOOD[0].replace("b-1;a-1;2026-10;N-1;main;500;0;3000;3500;2026-10-05;\n", slipped);
    let mut texts = GOOD;
    texts[0] = &charges;
    let month = Month::read(&sources(texts), &options());
    assert!(month.problems.len() >= 5);
    for problem in &month.problems {
        for text in [problem.text(Lang::Ru), problem.text(Lang::En), serde_json::to_string(problem).unwrap()] {
            for name in ["Образцов", "Анна", "Иван", "Примерн"] {
                assert!(!text.contains(name), "{text}");
            }
        }
    }
}

#[test]
fn results_mirror_the_rows_that_are_held_back() {
    let month = changed("charges", "500;0;3000", "5O0;0;3000");
    let rows = month.refused(Lang::Ru);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].reference.as_str(), rows[0].row, rows[0].status), ("b-1", 2, Status::Refused));
    assert_eq!(rows[0].code.as_deref(), Some("letters_in_number"));
    assert_eq!(
        rows[0].message.as_deref(),
        Some("charges.csv, строка 2, колонка debt_prev_kop: буквы в числе; пишите только цифры")
    );
}

#[test]
fn files_are_refused_by_size_before_they_are_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    for (name, text) in NAMES.iter().zip(GOOD) {
        fs::write(path(name), text).unwrap();
    }
    let input = Input::beside(&path("charges.csv"));
    assert_eq!(Month::read(&input.load().unwrap(), &options()).bills.len(), 2);

    // Two gigabytes that take no room on the disk: reading them would take minutes and memory.
    File::create(path("charge_lines.csv")).unwrap().set_len(2 << 30).unwrap();
    File::create(path("bank.csv")).unwrap().flush().unwrap();
    fs::remove_file(path("services.csv")).unwrap();
    fs::remove_file(path("accounts.csv")).unwrap();
    fs::create_dir(path("accounts.csv")).unwrap();
    let problems = input.load().unwrap_err();
    let codes: Vec<Code> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, [Code::FileTooLarge, Code::FileEmpty, Code::FileMissing, Code::NotAFile]);
    assert_eq!(problems[0].args["limit"], FILE_LIMIT.to_string());
}

//! Reading a month of bills: rows become bills, and whatever does not fit is named.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde::Deserialize;
use serde_json::value::RawValue;
use time::Date;

use super::bills::{Bill, Line, Method};
use super::check;
use super::directory::{Directory, Files, Missing, REFERENCE_LIMIT};
use super::fields::{AMOUNT_LIMIT, Fields};
use super::problem::{Code, Problem, Problems, shown};
use super::rows::{Object, Outcome, Row, csv_rows, json_rows, json_value};
use super::source::{Source, Sources, Text};
use super::table::{ACCOUNTS, BANK, CHARGE_LINES, CHARGES, SERVICES, Table};
use super::value::Period;
use crate::money::Kopecks;

/// How to read a month.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Today, by the clock of the caller; a period that begins later is refused.
    pub today: Date,
    /// The one period that is wanted; bills of another are refused.
    pub period: Option<Period>,
    /// Accept amounts in roubles with two decimals (`123,45`) beside whole kopecks.
    pub lenient: bool,
}

/// A month of bills as read: what can be sent, and everything that cannot.
///
/// Whoever sends decides what problems mean: nothing is sent while there is any, or, asked to send in part, `bills` are sent and
/// `faulty` are answered as refused.
#[derive(Debug, Default)]
pub struct Month {
    /// The bills without any problem, in the order of the file.
    pub bills: Vec<Bill>,
    /// The bills that have problems, in the order of the file.
    pub faulty: Vec<Faulty>,
    /// What is wrong, ordered by file and line; at most [`PROBLEMS_KEPT`](super::problem::PROBLEMS_KEPT) are kept.
    pub problems: Vec<Problem>,
    /// How many problems were found beyond those kept.
    pub problems_omitted: usize,
    /// The file the bills stand in, named as the caller named it.
    pub file: String,
}

/// A bill that is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faulty {
    /// The caller's `ref`; nothing when even that could not be read.
    pub reference: Option<String>,
    /// The line of the charges file.
    pub row: u64,
}

impl Month {
    /// Reads and checks a month. Never fails: whatever is wrong is in [`Month::problems`].
    #[must_use]
    pub fn read(sources: &Sources, options: &Options) -> Self {
        let mut reading = Reading {
            options,
            problems: Problems::default(),
            heads: Vec::new(),
            index: HashMap::new(),
            lost: Vec::new(),
            holes: Holes::default(),
        };
        let files = match sources {
            Sources::Csv { charges, charge_lines, bank, services, accounts } => {
                reading.csv([charges, charge_lines, bank, services, accounts])
            }
            Sources::Json(source) => reading.json(source),
        };
        let order: Vec<&str> = match sources {
            Sources::Csv { charges, charge_lines, bank, services, accounts } => {
                [charges, charge_lines, bank, services, accounts].map(|source| source.name.as_str()).to_vec()
            }
            Sources::Json(source) => vec![&source.name],
        };
        reading.finish(&files, &order)
    }

    /// Whether every bill can be sent.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}

/// What could not be read at all, so that what follows from it is not reported as a fault of its own.
#[derive(Debug, Default)]
struct Holes {
    /// Heads are missing: a line without its bill is no news.
    heads: bool,
    /// Lines are missing: a bill without a total cannot be proved complete.
    lines: bool,
    /// A whole file is missing: no bill can be trusted.
    file: bool,
}

/// A bill as it grows.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) reference: Option<String>,
    pub(super) row: u64,
    pub(super) file: String,
    pub(super) faulty: bool,
    pub(super) account_ref: Option<String>,
    pub(super) bank_ref: Option<String>,
    pub(super) period: Option<Period>,
    pub(super) number: Option<String>,
    pub(super) debt_prev: Kopecks,
    pub(super) advance: Kopecks,
    pub(super) total_period: Option<Kopecks>,
    pub(super) total_with_debt: Option<Kopecks>,
    pub(super) payments_taken_till_day: Option<u8>,
    pub(super) paid: Option<Kopecks>,
    pub(super) last_payment_date: Option<Date>,
    pub(super) comment: Option<String>,
    /// With the line of the file each stands in.
    pub(super) lines: Vec<(u64, Line)>,
}

impl Head {
    /// A problem of the bill as a whole.
    pub(super) fn problem(&self, column: &str, code: Code) -> Problem {
        let problem = Problem::new(&self.file, code).at(self.row).column(column);
        match &self.reference {
            Some(reference) => problem.bill(shown(reference)),
            None => problem,
        }
    }
}

struct Reading<'o> {
    options: &'o Options,
    problems: Problems,
    heads: Vec<Head>,
    index: HashMap<String, usize>,
    /// The lines of bills that could not be told apart.
    lost: Vec<u64>,
    holes: Holes,
}

#[derive(Deserialize)]
struct Items<'a>(#[serde(borrow)] Vec<&'a RawValue>);

impl Reading<'_> {
    fn csv(&mut self, sources: [&Source; 5]) -> Files {
        let texts = sources.map(|source| Text::of(source).map_err(|problem| self.problems.push(problem)).ok());
        let [charges, charge_lines, bank, services, accounts] = &texts;
        let mut files = Files::default();
        let lenient = self.options.lenient;
        self.rows(bank, &BANK, |_, row, text, problems| {
            files.bank_row(&mut Fields::new(text, &BANK, row, lenient, problems));
        });
        self.rows(services, &SERVICES, |_, row, text, problems| {
            files.service_row(&mut Fields::new(text, &SERVICES, row, lenient, problems));
        });
        self.rows(accounts, &ACCOUNTS, |_, row, text, problems| {
            files.account_row(&mut Fields::new(text, &ACCOUNTS, row, lenient, problems));
        });
        let outcome = self.rows(charges, &CHARGES, |reading, row, text, problems| {
            reading.head(&mut Fields::new(text, &CHARGES, row, lenient, problems));
        });
        self.holes.heads = outcome != Outcome::Read(Vec::new());
        if let Outcome::Read(lost) = outcome {
            self.lost = lost;
        }
        let outcome = self.rows(charge_lines, &CHARGE_LINES, |reading, row, text, problems| {
            let mut fields = Fields::new(text, &CHARGE_LINES, row, lenient, problems);
            let head = reading.head_of_line(&mut fields);
            reading.line(&mut fields, head, &files);
        });
        self.holes.lines |= outcome != Outcome::Read(Vec::new());
        files
    }

    /// Goes through one CSV text, if it is one.
    fn rows<'a>(
        &mut self,
        text: &Option<Text<'a>>,
        table: &'static Table,
        mut each: impl FnMut(&mut Self, &Row<'a>, &Text<'a>, &mut Problems),
    ) -> Outcome {
        let outcome = match text {
            Some(text) => {
                let mut problems = std::mem::take(&mut self.problems);
                let outcome = csv_rows(text, table, &mut problems, |row, problems| each(self, row, text, problems));
                self.problems = problems;
                outcome
            }
            None => Outcome::Nothing,
        };
        self.holes.file |= outcome == Outcome::Nothing;
        outcome
    }

    fn json(&mut self, source: &Source) -> Files {
        let mut files = Files::default();
        let mut problems = std::mem::take(&mut self.problems);
        if let Err(problem) = self.document(source, &mut files, &mut problems) {
            problems.push(problem);
            self.holes.file = true;
        }
        self.problems = problems;
        files
    }

    fn document(&mut self, source: &Source, files: &mut Files, problems: &mut Problems) -> Result<(), Problem> {
        const PARTS: [&str; 5] = ["schema", "bank", "services", "accounts", "charges"];
        let text = &Text::of(source)?;
        let document: Object<'_> = json_value(text, text.text, "{…}")?;
        let mut parts: [Option<&RawValue>; 5] = [None; 5];
        for (key, value) in &document.0 {
            let place = Problem::new(text.file, Code::RepeatedColumn).at(text.line(text.offset(value.get())));
            match PARTS.iter().position(|part| *part == key.as_ref()) {
                Some(part) => {
                    if parts[part].replace(value).is_some() {
                        return Err(place.column(key.as_ref()));
                    }
                }
                None => {
                    problems.push(DOCUMENT.unknown(&place, key, 0));
                    self.holes.file = true;
                }
            }
        }
        let schema = parts[0].map(RawValue::get);
        if schema != Some("\"bills/1\"") {
            let line = schema.map_or(1, |raw| text.line(text.offset(raw)));
            return Err(Problem::new(text.file, Code::JsonSchema).at(line).column("schema").with("schema", "bills/1"));
        }
        let items = |part: usize| -> Result<Vec<&RawValue>, Problem> {
            let Some(raw) = parts[part] else {
                return Err(Problem::new(text.file, Code::MissingColumn).with("name", PARTS[part]));
            };
            let Items(items) = json_value(text, raw.get(), "[…]").map_err(|problem| problem.column(PARTS[part]))?;
            match items.first() {
                Some(_) => Ok(items),
                None => {
                    let place = Problem::new(text.file, Code::NoRows).column(PARTS[part]);
                    Err(place.at(text.line(text.offset(raw.get()))))
                }
            }
        };
        let lenient = self.options.lenient;
        json_rows(text, &items(1)?, &BANK, None, &[], problems, |row, _, problems| {
            files.bank_row(&mut Fields::new(text, &BANK, row, lenient, problems));
        });
        json_rows(text, &items(2)?, &SERVICES, None, &[], problems, |row, _, problems| {
            files.service_row(&mut Fields::new(text, &SERVICES, row, lenient, problems));
        });
        json_rows(text, &items(3)?, &ACCOUNTS, None, &[], problems, |row, _, problems| {
            files.account_row(&mut Fields::new(text, &ACCOUNTS, row, lenient, problems));
        });
        let charges = items(4)?;
        let outcome = json_rows(text, &charges, &CHARGES, Some("lines"), &[], problems, |row, lines, problems| {
            let head = self.head(&mut Fields::new(text, &CHARGES, row, lenient, problems));
            let items = match lines.map(|raw| json_value(text, raw.get(), "[…]")) {
                Some(Ok(Items(items))) => items,
                None => Vec::new(),
                Some(Err(problem)) => {
                    problems.push(self.heads[head].blame(problem.column("lines")));
                    return;
                }
            };
            let outcome =
                json_rows(text, &items, &CHARGE_LINES, None, &["charge_ref"], problems, |row, _, problems| {
                    let mut fields = Fields::new(text, &CHARGE_LINES, row, lenient, problems);
                    self.line(&mut fields, Some(head), files);
                });
            // The holes are known to be in this bill.
            self.heads[head].faulty |= outcome != Outcome::Read(Vec::new());
        });
        if let Outcome::Read(lost) = outcome {
            self.lost = lost;
        }
        Ok(())
    }

    /// Reads the head of a bill; the answer is its place.
    fn head(&mut self, fields: &mut Fields<'_, '_>) -> usize {
        let reference = fields.identifier("ref", REFERENCE_LIMIT).map(str::to_owned);
        fields.bill = reference.as_deref().map(|reference| shown(reference).to_owned());
        if fields.word("kind", &["current", "debt"]) == Some(1) {
            fields.fault("kind", Code::NotSupported, |problem| {
                problem.with("what", "bills of debts (долговые платёжные документы)")
            });
        }
        // Debt and advance are bounded by the contract to 99 999 999.99 roubles.
        let balance = 9_999_999_999;
        let mut head = Head {
            row: fields.line(),
            file: fields.text.file.to_owned(),
            account_ref: fields.identifier("account_ref", REFERENCE_LIMIT).map(str::to_owned),
            period: fields.period("period"),
            number: fields.number("number").map(str::to_owned),
            bank_ref: fields.identifier("bank_ref", REFERENCE_LIMIT).map(str::to_owned),
            debt_prev: fields.positive("debt_prev_kop", balance).unwrap_or_default(),
            advance: fields.positive("advance_kop", balance).unwrap_or_default(),
            total_period: fields.kopecks("total_period_kop"),
            total_with_debt: fields.kopecks("total_with_debt_kop"),
            payments_taken_till_day: fields
                .whole("payments_taken_till_day", 1, 31)
                .and_then(|day| u8::try_from(day).ok()),
            paid: fields.positive("paid_kop", AMOUNT_LIMIT),
            last_payment_date: fields.date("last_payment_date"),
            comment: fields.text("comment", 1000).map(str::to_owned),
            lines: Vec::new(),
            faulty: false,
            reference: None,
        };
        check::head(&head, self.options, fields);
        let place = self.heads.len();
        if let Some(reference) = &reference {
            match self.index.entry(reference.clone()) {
                Entry::Vacant(entry) => {
                    entry.insert(place);
                }
                Entry::Occupied(entry) => {
                    let first = &mut self.heads[*entry.get()];
                    first.faulty = true;
                    let line = first.row;
                    fields.fault("ref", Code::RepeatedRef, |problem| {
                        problem.with("value", shown(reference)).with("line", line)
                    });
                }
            }
        }
        head.reference = reference;
        head.faulty = fields.faulty;
        self.heads.push(head);
        place
    }

    /// Finds the bill a line of `charge_lines.csv` belongs to.
    fn head_of_line(&mut self, fields: &mut Fields<'_, '_>) -> Option<usize> {
        let reference = fields.identifier("charge_ref", REFERENCE_LIMIT);
        let head = reference.and_then(|reference| self.index.get(reference).copied());
        if head.is_none() {
            self.holes.lines = true;
            if let (Some(reference), false) = (reference, self.holes.heads) {
                fields.fault("charge_ref", Code::LineWithoutBill, |problem| problem.with("value", shown(reference)));
            }
        }
        head
    }

    /// Reads one line into its bill; a faulty line makes the bill faulty.
    fn line(&mut self, fields: &mut Fields<'_, '_>, head: Option<usize>, directory: &dyn Directory) {
        let head = head.map(|place| &mut self.heads[place]);
        fields.bill = head.as_ref().and_then(|head| head.reference.as_deref()).map(|it| shown(it).to_owned());
        let row = fields.line();
        let line = read_line(fields, directory, self.holes.file);
        let Some(head) = head else { return };
        match line {
            Some(line) if !fields.faulty => head.lines.push((row, line)),
            _ => head.faulty = true,
        }
    }

    fn finish(mut self, files: &Files, order: &[&str]) -> Month {
        check::numbers(&mut self.heads, &mut self.problems);
        let mut month = Month { file: order.first().copied().unwrap_or_default().to_owned(), ..Month::default() };
        month.faulty.extend(self.lost.iter().map(|row| Faulty { reference: None, row: *row }));
        let around = check::Around {
            directory: files,
            banks: &files.banks,
            // Of five files the second; of one document the document itself.
            lines_file: order.get(1).or(order.first()).copied().unwrap_or_default(),
            lines_lost: self.holes.lines,
        };
        for mut head in std::mem::take(&mut self.heads) {
            let (reference, row) = (head.reference.clone(), head.row);
            // Without a whole file the rest of the checks would only repeat its absence.
            let bill = if self.holes.file { None } else { check::bill(&mut head, &around, &mut self.problems) };
            match bill {
                Some(bill) => month.bills.push(bill),
                None => month.faulty.push(Faulty { reference, row }),
            }
        }
        month.faulty.sort_by_key(|faulty| faulty.row);
        let Problems { mut kept, omitted } = self.problems;
        let rank = |file: &str| order.iter().position(|name| *name == file);
        kept.sort_by_key(|problem| (rank(&problem.file), problem.line));
        month.problems = kept;
        month.problems_omitted = omitted;
        month
    }
}

impl Head {
    fn blame(&mut self, problem: Problem) -> Problem {
        self.faulty = true;
        match &self.reference {
            Some(reference) => problem.bill(shown(reference)),
            None => problem,
        }
    }
}

/// The keys of the JSON document, for naming those it does not have.
static DOCUMENT: Table = Table {
    columns: &[
        ("schema", super::table::Use::Mandatory),
        ("bank", super::table::Use::Mandatory),
        ("services", super::table::Use::Mandatory),
        ("accounts", super::table::Use::Mandatory),
        ("charges", super::table::Use::Mandatory),
    ],
    example: "{\"schema\":\"bills/1\"",
};

fn read_line(fields: &mut Fields<'_, '_>, directory: &dyn Directory, services_unknown: bool) -> Option<Line> {
    let number = fields.whole("line", 1, 999_999);
    let code = fields.identifier("service_code", REFERENCE_LIMIT);
    let service = code.and_then(|code| match directory.service(code) {
        Ok(service) => Some(service),
        // The file of services is not there, which has been said.
        Err(_) if services_unknown => None,
        Err(Missing::Unknown) => {
            fields.fault("service_code", Code::UnknownService, |problem| problem.with("value", shown(code)));
            None
        }
        Err(Missing::Faulty) => {
            fields.fault("service_code", Code::FaultyReference, |problem| {
                problem.with("value", shown(code)).with("file", "services")
            });
            None
        }
    });
    let methods = [Method::Meter, Method::Norm, Method::Other];
    let method = fields.word("method", &["meter", "norm", "other"]).and_then(|at| methods.get(at)).copied();
    let volume_ind = fields.decimal("volume_ind", 20, 7);
    let volume_odn = fields.decimal("volume_odn", 20, 7);
    let tariff = fields.decimal("tariff", 14, 6);
    let accrued = fields.kopecks("accrued_kop");
    let recalc = fields.kopecks("recalc_kop");
    let recalc_reason = fields.text("recalc_reason", 500).map(str::to_owned);
    let benefit = fields.positive("benefit_kop", AMOUNT_LIMIT);
    let total = fields.kopecks("total_kop");
    let debt = fields.kopecks("debt_kop");
    let penalty = fields.kopecks("penalty_kop");
    let court = fields.kopecks("court_kop");
    let state_fee = fields.kopecks("state_fee_kop");
    for (column, what) in [
        ("bank_ref", "bank requisites of single lines (реквизиты отдельных строк)"),
        ("provider_ref", "providers of single lines (поставщики отдельных строк)"),
    ] {
        if fields.has(column) {
            fields.fault(column, Code::NotSupported, |problem| problem.with("what", what));
        }
    }
    if let Some(service) = &service {
        check::places(service.registry, tariff.is_some(), fields);
    }
    let line = Line {
        line: number?,
        service: service?,
        volume_ind,
        volume_odn,
        method,
        tariff,
        accrued: accrued?,
        recalc: recalc.unwrap_or_default(),
        recalc_reason,
        benefit: benefit.unwrap_or_default(),
        total: total?,
        debt,
        penalty,
        court,
        state_fee,
    };
    check::line(&line, fields);
    Some(line)
}

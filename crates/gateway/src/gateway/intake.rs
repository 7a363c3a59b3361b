//! A month of bills becomes a batch: read, checked, planned.

use std::collections::{BTreeSet, HashMap};

use gis_gkh::Guid;
use gis_gkh_delivery::{
    BatchCounts, BatchId, MessageId, NewBatch, NewObject, ObjectId, Plan, Refusal, Sha256, Timestamp,
};
use serde::{Deserialize, Serialize};
use time::Date;

use super::wall::timestamp;
use super::{Gateway, GatewayError};
use crate::config::writers::other;
use crate::desk::appeals::ROWS;
use crate::desk::billing::{self, KIND, Placed};
use crate::desk::words::{self, Words, who_fixes};
use crate::records::{Bill, Faulty, GisIds, Lang, Month, Options, Period, Problem, ResultRow, Sources, Status};

/// How a month of bills is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillOptions {
    /// The one period that is meant; bills of another are faulty.
    pub period: Option<Period>,
    /// Take amounts in roubles with two decimals (`123,45`) beside whole kopecks.
    pub lenient: bool,
    /// Take the good rows although others are faulty; those are answered as refused.
    pub partial: bool,
    /// Send once more what was refused before, though nothing of it has changed: the reason lay elsewhere and is gone. What was
    /// accepted or is on its way is still answered, not sent.
    pub again: bool,
    /// Language of the texts in [`Faults::rows`].
    pub lang: Lang,
}

/// What became of a batch handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// The batch as it is stored; nothing when it was not taken, for which [`Intake::faults`] are the reasons.
    pub accepted: Option<Accepted>,
    /// What is wrong with it.
    pub faults: Faults,
}

/// A batch that is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Its number.
    pub batch: BatchId,
    /// It had been taken before; this is where it stands now.
    pub repeated: bool,
    /// Its rows by state. Rows that were accepted in an earlier batch are answered, not sent.
    pub counts: BatchCounts,
    /// How many messages carry it.
    pub messages: u64,
}

/// What is wrong with the records of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Faults {
    /// Each fault with its place, ordered by file and line.
    pub problems: Vec<Problem>,
    /// How many more there are.
    pub problems_omitted: usize,
    /// The bills that are held back, each with the first of its faults.
    pub rows: Vec<ResultRow>,
}

impl Faults {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty() && self.problems_omitted == 0 && self.rows.is_empty()
    }
}

/// What a batch would be sent as.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DryRun {
    /// The envelopes in order; none while the batch would not be taken.
    pub envelopes: Vec<Envelope>,
    /// What is wrong with the records.
    pub faults: Faults,
}

/// One signed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// A name for its file: `2026-10-0001.xml`.
    pub file_name: String,
    /// The exact bytes.
    pub bytes: Vec<u8>,
}

/// A batch that has been read and may be taken, or the reasons why not.
struct Reading {
    month: Month,
    /// Bills that records find no fault with and the contract does: their places and why.
    broken: HashMap<usize, Refusal>,
    messages: Vec<Vec<usize>>,
    taken: bool,
}

impl Reading {
    fn new(gateway: &Gateway, sources: &Sources, options: &BillOptions) -> Self {
        let month =
            Month::read(sources, &Options { today: today(gateway), period: options.period, lenient: options.lenient });
        let mut plan = billing::plan(&month.bills);
        let writers = &gateway.config.writers;
        if !writers.is_empty() {
            let theirs = |(place, bill): (usize, &Bill)| {
                let system = other(writers, KIND, Some(&bill.account.house_ref))?;
                Some((place, words::other_writer(system)))
            };
            let theirs: HashMap<usize, Refusal> = month.bills.iter().enumerate().filter_map(theirs).collect();
            plan.messages.iter_mut().for_each(|message| message.retain(|place| !theirs.contains_key(place)));
            plan.messages.retain(|message| !message.is_empty());
            plan.refused.extend(theirs);
        }
        let clean = month.is_clean() && plan.refused.is_empty();
        let taken = (clean || options.partial) && !plan.messages.is_empty();
        Self { month, broken: plan.refused, messages: plan.messages, taken }
    }

    fn faults(&mut self, lang: Lang) -> Faults {
        let mut rows = self.month.refused(lang);
        for (place, refusal) in &self.broken {
            let bill = &self.month.bills[*place];
            rows.push(broken(&bill.reference, bill.row, refusal, lang));
        }
        rows.sort_by_key(|row| row.row);
        Faults {
            problems: std::mem::take(&mut self.month.problems),
            problems_omitted: self.month.problems_omitted,
            rows,
        }
    }
}

/// The result of a row that the contract has no place for.
pub(super) fn broken(reference: &str, row: u64, refusal: &Refusal, lang: Lang) -> ResultRow {
    ResultRow {
        reference: reference.to_owned(),
        row,
        status: Status::Refused,
        gis: GisIds::default(),
        code: Some(refusal.code.clone()),
        message: Some(Words::read(&refusal.text).in_language(lang).to_owned()),
        who_fixes: Some(who_fixes(refusal.who_fixes)),
        message_guid: None,
        accepted_at: None,
    }
}

/// Today in Moscow, where the system's months begin.
pub(super) fn today(gateway: &Gateway) -> Date {
    gateway.clock.now().to_offset(gateway.identity.zone).date()
}

/// Reads a batch: its faults, and itself if it may be taken.
pub(super) fn read(
    gateway: &Gateway,
    sources: &Sources,
    options: &BillOptions,
) -> Result<(Faults, Option<NewBatch>), GatewayError> {
    let mut reading = Reading::new(gateway, sources, options);
    let batch = if reading.taken { Some(batch(gateway, sources, options, &reading)?) } else { None };
    Ok((reading.faults(options.lang), batch))
}

fn batch(
    gateway: &Gateway,
    sources: &Sources,
    options: &BillOptions,
    reading: &Reading,
) -> Result<NewBatch, GatewayError> {
    let month = &reading.month;
    let lines = |bills: &[Bill]| bills.iter().map(|bill| bill.row).collect::<Vec<_>>();
    let numbers = RowNumbers::of(&lines(&month.bills), &month.faulty)?;
    let mut objects = Vec::with_capacity(month.bills.len() + month.faulty.len());
    for (place, bill) in month.bills.iter().enumerate() {
        let plan = match reading.broken.get(&place) {
            Some(refusal) => Plan::Refuse(refusal.clone()),
            None => Plan::Send,
        };
        objects.push(NewObject {
            row: numbers.good[place],
            reference: bill.reference.clone(),
            key: billing::key(bill),
            period: bill.period.to_string(),
            payload: serde_json::to_vec(bill)?,
            content: Sha256::of(&bill.content()?),
            plan,
            follows: None,
        });
    }
    objects.extend(refusals(month.refused(Lang::Ru), month.refused(Lang::En), &numbers.faulty));
    objects.sort_by_key(|object| object.row);
    let carry =
        |places: &Vec<usize>| billing::carry(places.iter().map(|place| (numbers.good[*place], &month.bills[*place])));
    let messages = reading.messages.iter().map(carry).collect();
    let content = content(sources);
    let accepted_at = timestamp(gateway.clock.now());
    let idempotency_key = idempotency_key(KIND, &content, &objects, options.again.then_some(accepted_at));
    Ok(NewBatch {
        organisation: gateway.config.organisation.org_ppa_guid.to_string(),
        stand: gateway.config.stand.name.clone(),
        kind: KIND.to_owned(),
        source: month.file.clone(),
        idempotency_key,
        content,
        accepted_at,
        objects,
        messages,
    })
}

/// Rows with faults as objects that are refused. In both languages: who reads the results may read another than who sent the
/// batch.
pub(super) fn refusals(ru: Vec<ResultRow>, en: Vec<ResultRow>, rows: &[u32]) -> Vec<NewObject> {
    let object = |((ru, en), row): ((ResultRow, ResultRow), &u32)| {
        let words = Words::both(ru.message.unwrap_or_default(), en.message.unwrap_or_default());
        let code = en.code.unwrap_or_default();
        let refusal = Refusal { code, text: words.write(), who_fixes: gis_gkh_delivery::Fixer::Caller };
        NewObject {
            row: *row,
            reference: en.reference,
            key: String::new(),
            period: String::new(),
            payload: Vec::new(),
            content: Sha256::of(b""),
            plan: Plan::Refuse(refusal),
            follows: None,
        }
    };
    ru.into_iter().zip(en).zip(rows).map(object).collect()
}

/// The same files with the same rows held back are the same batch, unless they are to be sent `again`. A row held back for its
/// date only, and good by tomorrow, makes another.
pub(super) fn idempotency_key(kind: &str, content: &[u8], objects: &[NewObject], again: Option<Timestamp>) -> String {
    let mut named = format!("{kind}/{}", Sha256::of(content));
    for object in objects {
        if let Plan::Refuse(refusal) = &object.plan {
            named.push_str(&format!("/{}:{}", object.row, refusal.code));
        }
    }
    let mut key = Sha256::of(named.as_bytes()).to_string();
    if let Some(again) = again {
        key.push_str(&format!("/{}", again.0));
    }
    key
}

/// The files as received, one behind another, each with its part and length in a line before it. Their names are left out: the
/// same month from another directory is the same month.
fn content(sources: &Sources) -> Vec<u8> {
    let parts = match sources {
        Sources::Json(source) => vec![("document", source)],
        Sources::Csv { charges, charge_lines, bank, services, accounts } => vec![
            ("charges", charges),
            ("charge_lines", charge_lines),
            ("bank", bank),
            ("services", services),
            ("accounts", accounts),
        ],
    };
    let mut content = Vec::new();
    for (part, source) in parts {
        content.extend_from_slice(format!("{part} {}\n", source.bytes.len()).as_bytes());
        content.extend_from_slice(&source.bytes);
    }
    content
}

/// The numbers rows have in the batch: their lines, or, where a JSON document has several in one line, their places in it.
pub(super) struct RowNumbers {
    pub(super) good: Vec<u32>,
    pub(super) faulty: Vec<u32>,
}

impl RowNumbers {
    pub(super) fn of(good: &[u64], faulty: &[Faulty]) -> Result<Self, GatewayError> {
        let lines: Vec<u64> = good.iter().copied().chain(faulty.iter().map(|faulty| faulty.row)).collect();
        let distinct: BTreeSet<u64> = lines.iter().copied().collect();
        // Numbers beyond are those of steps that are not the caller's own rows.
        let number = |row: u64| {
            let number = u32::try_from(row).ok().filter(|number| *number < ROWS);
            number.ok_or(GatewayError::TooManyRows { row })
        };
        let mut numbers = Vec::with_capacity(lines.len());
        if distinct.len() == lines.len() {
            for line in &lines {
                numbers.push(number(*line)?);
            }
        } else {
            let mut order: Vec<usize> = (0..lines.len()).collect();
            order.sort_by_key(|at| lines[*at]);
            numbers.resize(lines.len(), 0);
            for (place, at) in (1_u64..).zip(order) {
                numbers[at] = number(place)?;
            }
        }
        let faulty = numbers.split_off(good.len());
        Ok(Self { good: numbers, faulty })
    }
}

/// Builds the envelopes of a batch under ids that no store knows.
pub(super) fn dry_run(gateway: &Gateway, sources: &Sources, options: &BillOptions) -> Result<DryRun, GatewayError> {
    let mut reading = Reading::new(gateway, sources, options);
    let mut envelopes = Vec::new();
    if reading.taken {
        let namespace = gateway.namespace()?;
        for (number, places) in (1_i64..).zip(&reading.messages) {
            let guid = |text: String| text.parse::<Guid>().unwrap_or(Guid::new(uuid::Uuid::nil()));
            let message = MessageId(number);
            let placed: Vec<Placed<'_>> = (places.iter())
                .map(|place| Placed {
                    bill: &reading.month.bills[*place],
                    transport: guid(namespace.transport_guid(message, ObjectId(i64::try_from(*place).unwrap_or(0)))),
                })
                .collect();
            let Some(first) = placed.first() else { continue };
            let period = first.bill.period;
            let built = billing::message(
                &gateway.identity,
                guid(namespace.message_guid(message, 1)),
                &placed,
                gateway.clock.now(),
            )?;
            envelopes.push(Envelope { file_name: format!("{period}-{number:04}.xml"), bytes: built.bytes });
        }
    }
    Ok(DryRun { envelopes, faults: reading.faults(options.lang) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;

    #[test]
    fn bills_that_share_a_line_are_numbered_by_their_places() {
        let sample = Sample::new(3, 1);
        let options = Options { today: time::macros::date!(2026 - 11 - 02), period: None, lenient: false };
        let month = Month::read(&sample.sources(), &options);
        let lines: Vec<u64> = month.bills.iter().map(|bill| bill.row).collect();
        assert_eq!(RowNumbers::of(&lines, &[]).unwrap().good, [2, 3, 4]);
        let faulty = [Faulty { reference: None, row: 9 }];
        assert_eq!(RowNumbers::of(&lines, &faulty).unwrap().faulty, [9]);
        let numbers = RowNumbers::of(&[1, 1, 1], &faulty).unwrap();
        assert_eq!((numbers.good, numbers.faulty), (vec![1, 2, 3], vec![4]));
    }

    #[test]
    fn the_content_is_the_files_and_not_their_names() {
        let sources = |name: &str, text: &str| Sources::Json(crate::records::Source::new(name, text.as_bytes()));
        assert_eq!(content(&sources("a.json", "{}")), b"document 2\n{}");
        assert_eq!(content(&sources("a.json", "{}")), content(&sources("b/a.json", "{}")));
    }
}

//! A file of one table becomes a batch: readings of meters, answers to appeals.

use std::collections::HashMap;

use gis_gkh_delivery::{NewBatch, NewMessage, NewObject, Plan, Refusal, Sha256};

use super::intake::{BillOptions, Faults, RowNumbers, broken, idempotency_key, refusals, today};
use super::wall::timestamp;
use super::{Gateway, GatewayError};
use crate::config::writers::other;
use crate::desk::{appeals, meters, words};
use crate::records::{Answer, Attachments, Lang, Reading, Record, Sheet, Source};

/// A kind of records as the store takes it.
pub(super) trait Kind: Record {
    /// Its name.
    const NAME: &'static str;

    /// Reads what rows refer to; the rows for which that cannot be done.
    fn attach(rows: &mut [Self], files: &mut Attachments) -> HashMap<usize, Refusal> {
        let _ = (rows, files);
        HashMap::new()
    }

    /// Rows that the contract has no place for.
    fn broken(rows: &[Self]) -> HashMap<usize, Refusal>;

    /// Objects and messages of the rows that are sent, each with its number.
    fn lay(rows: &[(u32, &Self)]) -> Result<(Vec<NewObject>, Vec<NewMessage>), GatewayError>;
}

impl Kind for Reading {
    const NAME: &'static str = meters::KIND;

    fn broken(rows: &[Self]) -> HashMap<usize, Refusal> {
        meters::plan(rows).refused
    }

    fn lay(rows: &[(u32, &Self)]) -> Result<(Vec<NewObject>, Vec<NewMessage>), GatewayError> {
        let mut objects = Vec::with_capacity(rows.len());
        for (row, reading) in rows {
            objects.push(NewObject {
                row: *row,
                reference: reading.reference.clone(),
                key: reading.key(),
                period: reading.month(),
                payload: serde_json::to_vec(reading)?,
                content: Sha256::of(&reading.content()?),
                plan: Plan::Send,
                follows: None,
            });
        }
        let readings: Vec<Self> = rows.iter().map(|(_, reading)| (*reading).clone()).collect();
        let carry = |places: Vec<usize>| meters::carry(places.iter().map(|place| rows[*place]));
        Ok((objects, meters::plan(&readings).messages.into_iter().map(carry).collect()))
    }
}

impl Kind for Answer {
    const NAME: &'static str = appeals::KIND;

    fn attach(rows: &mut [Self], files: &mut Attachments) -> HashMap<usize, Refusal> {
        let mut refused = HashMap::new();
        for (place, answer) in rows.iter_mut().enumerate() {
            let read = answer.attachments.iter_mut().try_for_each(|file| file.read(files));
            refused.extend(read.err().map(|refusal| (place, refusal)));
        }
        refused
    }

    fn broken(rows: &[Self]) -> HashMap<usize, Refusal> {
        rows.iter().enumerate().filter_map(|(place, answer)| Some((place, appeals::check(answer)?))).collect()
    }

    fn lay(rows: &[(u32, &Self)]) -> Result<(Vec<NewObject>, Vec<NewMessage>), GatewayError> {
        let mut laid = appeals::Laid::default();
        for (row, answer) in rows {
            appeals::lay(*row, answer, &mut laid)?;
        }
        Ok((laid.objects, laid.messages))
    }
}

/// Reads a table: its faults, and the batch if it may be taken.
pub(super) fn read<T: Kind>(
    gateway: &Gateway,
    source: &Source,
    files: &mut Attachments,
    options: &BillOptions,
) -> Result<(Faults, Option<NewBatch>), GatewayError> {
    let mut sheet = Sheet::<T>::read(source, today(gateway));
    let unread = T::attach(&mut sheet.rows, files);
    let mut refused = T::broken(&sheet.rows);
    // What cannot be read is the first thing to mend.
    refused.extend(unread);
    if let Some(system) = other(&gateway.config.writers, T::NAME, None) {
        refused.extend((0..sheet.rows.len()).map(|place| (place, words::other_writer(system))));
    }
    let clean = sheet.is_clean() && refused.is_empty();
    let taken = (clean || options.partial) && refused.len() < sheet.rows.len();
    let batch = if taken { Some(batch(gateway, source, options, &sheet, &refused)?) } else { None };
    let mut rows = sheet.refused(options.lang);
    for (place, refusal) in &refused {
        let row = &sheet.rows[*place];
        rows.push(broken(row.reference(), row.row(), refusal, options.lang));
    }
    rows.sort_by_key(|row| row.row);
    Ok((Faults { problems: sheet.problems, problems_omitted: sheet.problems_omitted, rows }, batch))
}

fn batch<T: Kind>(
    gateway: &Gateway,
    source: &Source,
    options: &BillOptions,
    sheet: &Sheet<T>,
    refused: &HashMap<usize, Refusal>,
) -> Result<NewBatch, GatewayError> {
    let lines: Vec<u64> = sheet.rows.iter().map(Record::row).collect();
    let numbers = RowNumbers::of(&lines, &sheet.faulty)?;
    let mut good = Vec::with_capacity(sheet.rows.len());
    let mut held = Vec::new();
    for (place, row) in sheet.rows.iter().enumerate() {
        match refused.get(&place) {
            None => good.push((numbers.good[place], row)),
            Some(refusal) => held.push(NewObject {
                row: numbers.good[place],
                reference: row.reference().to_owned(),
                key: String::new(),
                period: String::new(),
                payload: Vec::new(),
                content: Sha256::of(b""),
                plan: Plan::Refuse(refusal.clone()),
                follows: None,
            }),
        }
    }
    let (mut objects, messages) = T::lay(&good)?;
    objects.extend(held);
    objects.extend(refusals(sheet.refused(Lang::Ru), sheet.refused(Lang::En), &numbers.faulty));
    objects.sort_by_key(|object| object.row);
    let accepted_at = timestamp(gateway.clock.now());
    // The same table with another file beside it is another batch.
    let mut named = source.bytes.clone();
    for object in objects.iter().filter(|object| appeals::is_file(object.row)) {
        named.extend_from_slice(object.content.to_string().as_bytes());
    }
    let idempotency_key = idempotency_key(T::NAME, &named, &objects, options.again.then_some(accepted_at));
    Ok(NewBatch {
        organisation: gateway.config.organisation.org_ppa_guid.to_string(),
        stand: gateway.config.stand.name.clone(),
        kind: T::NAME.to_owned(),
        source: sheet.file.clone(),
        content: source.bytes.clone(),
        idempotency_key,
        accepted_at,
        objects,
        messages,
    })
}

//! What the caller's references stand for: accounts, services and bank requisites.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::bank;
use super::bills::{Account, Bank, Registry, Service};
use super::fields::Fields;
use super::problem::{Code, shown};

/// Why a reference leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Nothing of that name is known.
    Unknown,
    /// It is known, but what is known about it is faulty.
    Faulty,
}

/// Resolves the caller's references to what ГИС ЖКХ knows. Filled from `accounts.csv` and `services.csv`; mirrors of the
/// system's own registers answer the same questions.
pub trait Directory {
    /// The account of a caller's reference.
    ///
    /// # Errors
    /// When there is none, or none that can be used.
    fn account(&self, reference: &str) -> Result<Arc<Account>, Missing>;

    /// The service of a caller's code.
    ///
    /// # Errors
    /// When there is none, or none that can be used.
    fn service(&self, code: &str) -> Result<Arc<Service>, Missing>;
}

/// Rows by the caller's reference. A faulty row keeps its place, so that what refers to it is told the true reason.
#[derive(Debug)]
pub(crate) struct Listed<T> {
    rows: HashMap<String, (u64, Option<Arc<T>>)>,
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self { rows: HashMap::new() }
    }
}

impl<T> Listed<T> {
    pub(crate) fn find(&self, reference: &str) -> Result<Arc<T>, Missing> {
        match self.rows.get(reference) {
            Some((_, Some(row))) => Ok(Arc::clone(row)),
            Some((_, None)) => Err(Missing::Faulty),
            None => Err(Missing::Unknown),
        }
    }

    /// Adds a row; of two rows with one reference neither is used, for nobody knows which is meant.
    fn add(&mut self, fields: &mut Fields<'_, '_>, column: &str, code: Code, reference: &str, row: Option<T>) {
        let line = fields.line();
        let first = match self.rows.entry(reference.to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert((line, row.map(Arc::new)));
                return;
            }
            Entry::Occupied(mut entry) => {
                entry.get_mut().1 = None;
                entry.get().0
            }
        };
        fields.fault(column, code, |problem| problem.with("value", shown(reference)).with("line", first));
    }
}

/// The directory read from the caller's own files.
#[derive(Debug, Default)]
pub(crate) struct Files {
    pub(crate) accounts: Listed<Account>,
    pub(crate) services: Listed<Service>,
    pub(crate) banks: Listed<Bank>,
}

impl Directory for Files {
    fn account(&self, reference: &str) -> Result<Arc<Account>, Missing> {
        self.accounts.find(reference)
    }

    fn service(&self, code: &str) -> Result<Arc<Service>, Missing> {
        self.services.find(code)
    }
}

/// The longest reference or code of a caller, in characters.
pub(crate) const REFERENCE_LIMIT: usize = 100;

/// Account types as they are written, with those whose bills this version sends.
const ACCOUNT_TYPES: [(&str, bool); 5] = [("УО", true), ("РСО", true), ("ТКО", true), ("КР", false), ("РЦ", false)];

impl Files {
    pub(crate) fn bank_row(&mut self, fields: &mut Fields<'_, '_>) {
        let reference = fields.identifier("ref", REFERENCE_LIMIT);
        let bik = fields.identifier("bik", 40).map(str::to_owned);
        let account = fields.identifier("account", 40).map(str::to_owned);
        let good_bik = bik.as_deref().is_some_and(|bik| bank::digits(bik, 9));
        let good_account = account.as_deref().is_some_and(|account| bank::digits(account, 20));
        if bik.is_some() && !good_bik {
            fields.fault("bik", Code::BadBik, |problem| problem);
        }
        if account.is_some() && !good_account {
            fields.fault("account", Code::BadBankAccount, |problem| problem);
        }
        let row = match (bik, account) {
            (Some(bik), Some(account)) if good_bik && good_account => {
                if !bank::key_fits(&bik, &account) {
                    fields.fault("account", Code::BankAccountKey, |problem| problem);
                }
                Some(Bank { reference: reference.unwrap_or_default().to_owned(), bik, account })
            }
            _ => None,
        };
        let row = row.filter(|_| !fields.faulty);
        if let Some(reference) = reference {
            self.banks.add(fields, "ref", Code::RepeatedRef, reference, row);
        }
    }

    pub(crate) fn service_row(&mut self, fields: &mut Fields<'_, '_>) {
        let code = fields.identifier("our_code", REFERENCE_LIMIT);
        let name = fields.identifier("our_name", 500).map(str::to_owned);
        let registry = registry(fields);
        let nsi_code = nsi_code(fields);
        let guid = fields.guid("gis_guid");
        if fields.flag("is_capital") {
            fields.fault("is_capital", Code::NotSupported, |problem| {
                problem.with("what", "capital repair (капитальный ремонт)")
            });
        }
        let row = match (code, name, registry, nsi_code, guid) {
            (Some(code), Some(name), Some(registry), Some(nsi_code), Some(guid)) if !fields.faulty => {
                Some(Service { code: code.to_owned(), name, registry, nsi_code, guid })
            }
            _ => None,
        };
        if let Some(code) = code {
            self.services.add(fields, "our_code", Code::RepeatedCode, code, row);
        }
    }

    pub(crate) fn account_row(&mut self, fields: &mut Fields<'_, '_>) {
        let reference = fields.identifier("ref", REFERENCE_LIMIT);
        let number = fields.number("account_number").map(str::to_owned);
        let names = ACCOUNT_TYPES.map(|(name, _)| name);
        if let Some((name, false)) = fields.word("type", &names).and_then(|at| ACCOUNT_TYPES.get(at)) {
            fields.fault("type", Code::NotSupported, |problem| {
                problem.with("what", format_args!("accounts of type {name} (счета типа {name})"))
            });
        }
        let house_ref = fields.identifier("house_ref", REFERENCE_LIMIT).map(str::to_owned);
        let guid = fields.guid("gis_guid");
        let els = els(fields);
        let closed = fields.date("closed");
        let row = match (reference, number, house_ref, guid) {
            (Some(reference), Some(number), Some(house_ref), Some(guid)) if !fields.faulty => {
                Some(Account { reference: reference.to_owned(), guid, number, house_ref, els, closed })
            }
            _ => None,
        };
        if let Some(reference) = reference {
            self.accounts.add(fields, "ref", Code::RepeatedRef, reference, row);
        }
    }
}

fn registry(fields: &mut Fields<'_, '_>) -> Option<Registry> {
    let number = fields.whole("nsi_registry", 1, 9999)?;
    let registry = u16::try_from(number).ok().and_then(|number| Registry::try_from(number).ok());
    match (registry, number) {
        (Some(registry), _) => return Some(registry),
        // Both need a line above them which the files cannot name yet.
        (None, 3 | 337) => fields.fault("nsi_registry", Code::NotSupported, |problem| {
            problem.with("what", format_args!("services of registry {number} (услуги из НСИ {number})"))
        }),
        _ => fields.fault("nsi_registry", Code::UnknownValue, |problem| problem.with("allowed", "1, 2, 50, 51")),
    }
    None
}

/// A code of НСИ: groups of one to four digits, each with an optional `A` before and a point behind, at most 20 characters.
fn nsi_code(fields: &mut Fields<'_, '_>) -> Option<String> {
    let code = fields.identifier("nsi_code", 40)?;
    let mut digits = 0;
    let mut shape = code.len() <= 20;
    for b in code.bytes() {
        match b {
            b'0'..=b'9' => digits += 1,
            b'.' if digits > 0 => digits = 0,
            b'A' => digits = 0,
            _ => shape = false,
        }
    }
    if shape && code.bytes().any(|b| b.is_ascii_digit()) && !code.ends_with('A') && !code.contains("AA") {
        return Some(code.to_owned());
    }
    fields.fault("nsi_code", Code::BadNsiCode, |problem| problem);
    None
}

fn els(fields: &mut Fields<'_, '_>) -> Option<String> {
    let els = fields.identifier("els", 40)?;
    let characters: Vec<char> = els.chars().collect();
    let russian = |c: char| matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё');
    let shape = |letter: fn(char) -> bool| {
        characters.len() == 10
            && characters.iter().enumerate().all(|(at, c)| match at {
                2 | 3 => letter(*c),
                _ => c.is_ascii_digit(),
            })
    };
    if shape(|c| matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё')) {
        return Some(els.to_owned());
    }
    let latin = shape(char::is_alphabetic) && !characters[2..4].iter().all(|c| russian(*c));
    fields.fault("els", if latin { Code::LatinLetters } else { Code::BadEls }, |problem| problem);
    None
}

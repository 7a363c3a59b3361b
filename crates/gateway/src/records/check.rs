//! Whether a bill fits together: sums, numbers, references, and the places a payment document has for its figures.

use std::collections::HashMap;

use super::bills::{Bank, Bill, Line, Registry};
use super::directory::{Directory, Listed, Missing};
use super::fields::{AMOUNT_LIMIT, Fields};
use super::month::{Head, Options};
use super::problem::{Code, Problem, Problems, shown};
use super::value::Period;
use crate::money::Kopecks;

/// What the head alone can show.
pub(super) fn head(head: &Head, options: &Options, fields: &mut Fields<'_, '_>) {
    if let Some(period) = head.period {
        if period.begins_after(options.today) {
            fields.fault("period", Code::PeriodInFuture, |problem| {
                problem.with("value", period).with("today", options.today)
            });
        } else if let Some(asked) = options.period.filter(|asked| *asked != period) {
            fields.fault("period", Code::OtherPeriod, |problem| problem.with("value", period).with("asked", asked));
        }
    }
    if head.last_payment_date.is_some_and(|date| date > options.today) {
        fields.fault("last_payment_date", Code::DateInFuture, |problem| problem.with("today", options.today));
    }
    if !head.debt_prev.is_zero() && !head.advance.is_zero() {
        fields.fault("advance_kop", Code::DebtAndAdvance, |problem| problem);
    }
}

/// Whether the payment document has a place for what a line of this registry says, and all it needs.
pub(super) fn places(registry: Registry, has_tariff: bool, fields: &mut Fields<'_, '_>) {
    let number = registry.number();
    for column in ["volume_ind", "volume_odn"] {
        if fields.has(column) && !has_volume(registry, column) {
            fields.fault(column, Code::VolumeHasNoPlace, |problem| problem.with("registry", number));
        }
    }
    if !has_tariff && !fields.has("tariff") && registry != Registry::CommonNeeds {
        fields.fault("tariff", Code::TariffMissing, |problem| problem.with("registry", number));
    }
}

/// Whether the payment document has a place for a volume in a service of this registry.
fn has_volume(registry: Registry, column: &str) -> bool {
    match registry {
        Registry::Housing => false,
        Registry::CommonNeeds => column == "volume_odn",
        Registry::Additional | Registry::Municipal => true,
    }
}

/// What one line alone can show.
pub(super) fn line(line: &Line, fields: &mut Fields<'_, '_>) {
    let sum = line.accrued.checked_add(line.recalc).and_then(|sum| sum.checked_sub(line.benefit));
    if sum != Some(line.total) {
        let expected = sum.map_or_else(|| "?".to_owned(), |sum| sum.to_string());
        fields
            .fault("total_kop", Code::LineSum, |problem| problem.with("expected", expected).with("given", line.total));
    }
}

/// Numbers must be unique within account and period, for the number is how a bill is found again; of two alike neither is sent.
pub(super) fn numbers(heads: &mut [Head], problems: &mut Problems) {
    let mut seen: HashMap<(String, Period, String), (usize, bool)> = HashMap::with_capacity(heads.len());
    for place in 0..heads.len() {
        let head = &heads[place];
        let (Some(account), Some(period), Some(number)) = (&head.account_ref, head.period, &head.number) else {
            continue;
        };
        let (first, alone) = seen.entry((account.clone(), period, number.clone())).or_insert((place, true));
        if *first != place {
            let other = &heads[*first];
            if std::mem::take(alone) {
                problems.push(other.problem("number", Code::RepeatedNumber).with("line", head.row));
            }
            problems.push(head.problem("number", Code::RepeatedNumber).with("line", other.row));
            heads[*first].faulty = true;
            heads[place].faulty = true;
        }
    }
}

/// What the bills stand among.
pub(super) struct Around<'a> {
    pub(super) directory: &'a dyn Directory,
    pub(super) banks: &'a Listed<Bank>,
    /// The file the lines stand in.
    pub(super) lines_file: &'a str,
    /// Some lines could not be attributed to a bill.
    pub(super) lines_lost: bool,
}

/// Puts a bill together, or says why not.
pub(super) fn bill(head: &mut Head, around: &Around<'_>, problems: &mut Problems) -> Option<Bill> {
    let mut found: Vec<Problem> = Vec::new();
    let account = head.account_ref.as_deref().and_then(|reference| match around.directory.account(reference) {
        Ok(account) => Some(account),
        Err(missing) => {
            found.push(unresolved(head, "account_ref", reference, missing, Code::UnknownAccount, "accounts"));
            None
        }
    });
    let bank = head.bank_ref.as_deref().and_then(|reference| match around.banks.find(reference) {
        Ok(bank) => Some(bank),
        Err(missing) => {
            found.push(unresolved(head, "bank_ref", reference, missing, Code::UnknownBank, "bank"));
            None
        }
    });
    if let (Some(account), Some(period)) = (&account, head.period)
        && let Some(date) = account.closed.filter(|date| period.begins_after(*date))
    {
        found.push(head.problem("account_ref", Code::AccountClosed).with("date", date));
    }
    head.lines.sort_by_key(|(_, line)| line.line);
    // A line that could not be read leaves sums that cannot add up; only the line is to blame.
    let totals = if head.faulty {
        None
    } else if head.lines.is_empty() {
        found.push(head.problem("ref", Code::BillWithoutLines));
        None
    } else {
        lines(head, around.lines_file, &mut found);
        totals(head, &mut found)
    };
    if around.lines_lost && !head.faulty && head.total_period.is_none() && head.total_with_debt.is_none() {
        found.push(head.problem("total_period_kop", Code::LinesMayBeMissing));
    }
    let good = found.is_empty() && !head.faulty;
    found.into_iter().for_each(|problem| problems.push(problem));
    if !good {
        return None;
    }
    let (total_period, total_with_debt) = totals?;
    Some(Bill {
        reference: head.reference.take()?,
        row: head.row,
        period: head.period?,
        number: head.number.take()?,
        account: account?,
        bank: bank?,
        debt_prev: head.debt_prev,
        advance: head.advance,
        total_period,
        total_with_debt,
        payments_taken_till_day: head.payments_taken_till_day,
        paid: head.paid,
        last_payment_date: head.last_payment_date,
        comment: head.comment.take(),
        lines: std::mem::take(&mut head.lines).into_iter().map(|(_, line)| line).collect(),
    })
}

fn unresolved(head: &Head, column: &str, reference: &str, missing: Missing, unknown: Code, file: &str) -> Problem {
    match missing {
        Missing::Unknown => head.problem(column, unknown).with("value", shown(reference)),
        Missing::Faulty => {
            head.problem(column, Code::FaultyReference).with("value", shown(reference)).with("file", file)
        }
    }
}

/// The lines among themselves.
fn lines(head: &Head, file: &str, found: &mut Vec<Problem>) {
    let mut numbers: HashMap<u32, u64> = HashMap::new();
    let mut services: HashMap<_, u64> = HashMap::new();
    for (row, line) in &head.lines {
        let at = |column: &str, code: Code| Problem {
            file: file.to_owned(),
            line: Some(*row),
            ..head.problem(column, code)
        };
        if let Some(first) = numbers.insert(line.line, *row) {
            found.push(at("line", Code::RepeatedLine).with("value", line.line).with("line", first));
        }
        if let Some(first) = services.insert((line.service.registry, line.service.guid), *row) {
            found.push(at("service_code", Code::RepeatedService).with("line", first));
        }
    }
    let any = |registry| head.lines.iter().any(|(_, line)| line.service.registry == registry);
    if any(Registry::CommonNeeds) && !any(Registry::Housing) {
        found.push(head.problem("ref", Code::CommonNeedsAlone));
    }
}

/// The totals of a bill: for the period, and with debt and advance; given ones must agree.
fn totals(head: &Head, found: &mut Vec<Problem>) -> Option<(Kopecks, Kopecks)> {
    let lines = head.lines.iter().map(|(_, line)| line);
    let charged = Kopecks::checked_sum(
        lines.clone().flat_map(|line| [Some(line.total), line.penalty, line.court, line.state_fee]).flatten(),
    );
    let fits = |sum: &Kopecks| sum.get().unsigned_abs() <= AMOUNT_LIMIT.unsigned_abs();
    let sums = charged.filter(fits).and_then(|period| {
        let with_debt = period.checked_add(head.debt_prev)?.checked_sub(head.advance)?;
        fits(&with_debt).then_some((period, with_debt))
    });
    let Some((period, with_debt)) = sums else {
        found.push(head.problem("total_period_kop", Code::SumTooLarge));
        return None;
    };
    if let Some(given) = head.total_period.filter(|given| *given != period) {
        let problem = head.problem("total_period_kop", Code::PeriodSum);
        found.push(problem.with("expected", period).with("given", given));
    }
    // Whoever gives both totals is told the sum of what they gave, so that one slip is one problem.
    let base = head.total_period.unwrap_or(period);
    let expected = base.checked_add(head.debt_prev).and_then(|sum| sum.checked_sub(head.advance))?;
    if let Some(given) = head.total_with_debt.filter(|given| *given != expected) {
        let problem = head.problem("total_with_debt_kop", Code::DebtSum);
        found.push(problem.with("expected", expected).with("given", given));
    }
    let balance = head.debt_prev.checked_sub(head.advance)?;
    let shared = lines.clone().any(|line| line.debt.is_some());
    let shares = Kopecks::checked_sum(lines.filter_map(|line| line.debt));
    if shared && !balance.is_zero() && shares != Some(balance) {
        let given = shares.map_or_else(|| "?".to_owned(), |sum| sum.to_string());
        let problem = head.problem("debt_prev_kop", Code::LineDebts);
        found.push(problem.with("expected", balance).with("given", given));
    }
    Some((period, with_debt))
}

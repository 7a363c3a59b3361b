//! The sums of a document, computed again: INT008165 when they differ, unless `ConfirmAmountsCorrect` is given.
//!
//! Only what is filled in is checked, as the schema says of `ConfirmAmountsCorrect`. Roubles are exact, to the kopeck:
//!
//! 1. `AccountingPeriodTotal` of a service or resource that has volumes and a rate = Σ volume × `Rate`, within one kopeck.
//!    The schema gives the product and no rule of rounding. A multiplying factor, instalments and flat sums without a
//!    volume are not computed again.
//! 2. `TotalPayableByChargeInfo` = Σ `TotalPayable` of services, insurance and capital repair. A resource inside a housing
//!    service counts beside that service, not within it; a group of municipal services counts by the group's own total,
//!    and its parts do not.
//! 3. `TotalByPenaltiesAndCourtCosts` = Σ `TotalPayable` of `PenaltiesAndCourtCosts`.
//! 4. `TotalPayableByPD` = the sums of 2 and 3, and `Penalties`, `StateFees` and `CourtCosts` of every service.
//! 5. `TotalPayableOverallByChargeInfo` = the sum of 2, those of every service, and opening balances of the services.
//! 6. `TotalPayableByPDWithDebtAndAdvance` = the sum of 4 and the opening balance: `DebtPreviousPeriods` less
//!    `AdvanceBllingPeriod` where either is given, else the services' balances where any is given, else the recipients'.
//!
//! For a document of debts the services of 2 and 4 are its debts.

use gis_gkh::Decimal;
use gis_gkh::contract::bills::{
    Charge, CurrentCharges, Debts, DeterminedVolume, PaymentDocument, charge, debt,
    payment_document::{Charges, Recipient},
};

/// What the schema allows at most is far below: such a sum is wrong anyway.
const TOO_LARGE: &str = "Сумма не поддаётся проверке: слишком велика";

/// Kopecks of all lines of a document.
#[derive(Default)]
struct Totals {
    payable: i64,
    /// Penalties, state fees and court costs of the lines.
    extras: i64,
    /// Debt above zero, advance below.
    opening: Option<i64>,
    penalties: i64,
}

/// Checks the sums.
pub(super) fn check(document: &PaymentDocument) -> Result<(), String> {
    let totals = Totals::of(document)?;
    let Totals { payable, extras, opening, penalties } = totals;
    let all = add([payable, extras, penalties])?;
    let services = add([payable, extras, opening.unwrap_or(0)])?;
    let opening = match (&document.debt_previous_periods, &document.advance_billing_period) {
        (None, None) => match opening {
            Some(opening) => opening,
            None => recipients(&document.recipient)?,
        },
        (debt, advance) => {
            // The advance may be written with either sign.
            add([kopecks(debt.as_ref())?, -kopecks(advance.as_ref())?.abs()])?
        }
    };
    for (name, told, computed) in [
        ("TotalPayableByChargeInfo", &document.total_payable_by_charge_info, payable),
        ("TotalByPenaltiesAndCourtCosts", &document.total_by_penalties_and_court_costs, penalties),
        ("TotalPayableByPD", &document.total_payable_by_pd, all),
        ("TotalPayableOverallByChargeInfo", &document.total_payable_overall_by_charge_info, services),
        (
            "TotalPayableByPDWithDebtAndAdvance",
            &document.total_payable_by_pd_with_debt_and_advance,
            add([all, opening])?,
        ),
    ] {
        if let Some(told) = told
            && kopecks(Some(told))? != computed
        {
            return Err(differs(name, told, &Decimal::from_kopecks(computed)));
        }
    }
    Ok(())
}

/// What is to be paid by the document for the month (4).
pub(super) fn total(document: &PaymentDocument) -> Option<Decimal> {
    let Totals { payable, extras, penalties, .. } = Totals::of(document).ok()?;
    add([payable, extras, penalties]).ok().map(Decimal::from_kopecks)
}

fn differs(name: &str, told: &Decimal, computed: &Decimal) -> String {
    format!("Сумма {name} = {} отличается от рассчитанной: {}", told.as_str(), computed.as_str())
}

/// Kopecks of a sum; nothing is none.
fn kopecks(sum: Option<&Decimal>) -> Result<i64, String> {
    sum.map_or(Some(0), Decimal::to_kopecks).ok_or_else(|| TOO_LARGE.to_owned())
}

fn add(sums: impl IntoIterator<Item = i64>) -> Result<i64, String> {
    sums.into_iter().try_fold(0_i64, i64::checked_add).ok_or_else(|| TOO_LARGE.to_owned())
}

fn recipients(recipient: &Recipient) -> Result<i64, String> {
    let of = |sum: &Option<Decimal>| kopecks(sum.as_ref());
    match recipient {
        Recipient::SingleRecipient(single) => single
            .payment_information_details
            .as_ref()
            .map_or(Ok(0), |details| of(&details.debt_previous_periods_or_advance_billing_period)),
        Recipient::DetailsPaymentInformation(all) => {
            let each = all.iter().map(|details| of(&details.debt_previous_periods_or_advance_billing_period));
            add(each.collect::<Result<Vec<_>, _>>()?)
        }
    }
}

/// Fields that every kind of charge has under the same names.
macro_rules! line {
    ($totals:expr, $payable:expr, $line:expr) => {{
        let line = $line;
        $totals.line(
            $payable,
            [&line.penalties, &line.state_fees, &line.court_costs],
            &line.debt_previous_periods_or_advance_billing_period,
        )
    }};
}

impl Totals {
    fn of(document: &PaymentDocument) -> Result<Self, String> {
        let mut totals = Self::default();
        match &document.charges {
            Some(Charges::CurrentCharges(current)) => totals.current(current)?,
            Some(Charges::Debts(debts)) => totals.debts(debts)?,
            None => {}
        }
        Ok(totals)
    }

    fn line(
        &mut self,
        payable: Option<&Decimal>,
        extras: [&Option<Decimal>; 3],
        opening: &Option<Decimal>,
    ) -> Result<(), String> {
        self.payable = add([self.payable, kopecks(payable)?])?;
        for extra in extras {
            self.extras = add([self.extras, kopecks(extra.as_ref())?])?;
        }
        if opening.is_some() {
            self.opening = Some(add([self.opening.unwrap_or(0), kopecks(opening.as_ref())?])?);
        }
        Ok(())
    }

    fn current(&mut self, current: &CurrentCharges) -> Result<(), String> {
        for charge in &current.charge_info {
            self.charge(charge)?;
        }
        if let Some(repair) = &current.capital_repair_charge {
            line!(self, Some(&repair.total_payable), repair)?;
        }
        for month in current.capital_repair_year_charge.iter().flat_map(|year| &year.capital_repair_monthly_charge) {
            line!(self, Some(&month.total_payable), month)?;
        }
        if let Some(insurance) = &current.insurance {
            line!(self, Some(&insurance.total_payable), insurance)?;
        }
        for penalty in &current.penalties_and_court_costs {
            self.penalties = add([self.penalties, kopecks(Some(&penalty.total_payable))?])?;
        }
        Ok(())
    }

    fn charge(&mut self, charge: &Charge) -> Result<(), String> {
        match &charge.service {
            charge::Service::HousingService(service) => {
                line!(self, Some(&service.total_payable), service)?;
                for resource in &service.municipal_resource {
                    line!(self, resource.total_payable.as_ref(), resource)?;
                    let volumes: Vec<&Decimal> = resource.consumption.iter().map(|all| &all.volume.value).collect();
                    accrued(resource.accounting_period_total.as_ref(), resource.rate.as_ref(), &volumes)?;
                    for general in &resource.general_municipal_resource {
                        line!(self, Some(&general.total_payable), general)?;
                        let volumes: Vec<&Decimal> = general.consumption.iter().map(|all| &all.volume.value).collect();
                        accrued(general.accounting_period_total.as_ref(), Some(&general.rate), &volumes)?;
                    }
                }
            }
            charge::Service::AdditionalService(service) => {
                line!(self, Some(&service.total_payable), service)?;
                let volumes: Vec<&Decimal> =
                    service.consumption.iter().flat_map(|all| &all.volume).map(|volume| &volume.value).collect();
                accrued(service.accounting_period_total.as_ref(), Some(&service.rate), &volumes)?;
            }
            charge::Service::MunicipalService(service) => {
                line!(self, Some(&service.total_payable), service)?;
                if service.multiplying_factor.is_none() {
                    let volumes = values(service.consumption.iter().flat_map(|all| &all.volume));
                    accrued(service.accounting_period_total.as_ref(), Some(&service.rate), &volumes)?;
                }
            }
            charge::Service::GroupMunicipalService(group) => {
                let kind = &group.type_municipal_service;
                line!(self, Some(&kind.total_payable), kind)?;
                if kind.multiplying_factor.is_none() {
                    let volumes = values(kind.consumption.iter().flat_map(|all| &all.volume));
                    accrued(kind.accounting_period_total.as_ref(), kind.rate.as_ref(), &volumes)?;
                }
            }
        }
        Ok(())
    }

    fn debts(&mut self, debts: &Debts) -> Result<(), String> {
        let mut all: Vec<&Decimal> = debts.capital_repair_debt.iter().map(|debt| &debt.total_payable).collect();
        for debt in &debts.charge_debt {
            match &debt.service {
                debt::Service::HousingService(service) => {
                    all.push(&service.total_payable);
                    for resource in &service.municipal_resource {
                        all.push(&resource.total_payable);
                        all.extend(resource.general_municipal_resource.iter().map(|general| &general.total_payable));
                    }
                }
                debt::Service::AdditionalService(service) | debt::Service::MunicipalService(service) => {
                    all.push(&service.total_payable);
                }
                debt::Service::GroupMunicipalService(group) => all.push(&group.type_municipal_service.total_payable),
            }
        }
        let all = all.into_iter().map(|sum| kopecks(Some(sum))).collect::<Result<Vec<_>, _>>()?;
        self.payable = add(all)?;
        Ok(())
    }
}

fn values<'d>(volumes: impl Iterator<Item = &'d DeterminedVolume>) -> Vec<&'d Decimal> {
    volumes.map(|volume| &volume.value).collect()
}

/// Digits after the point in volumes (7) and rates (6) together, and how many of them make a kopeck.
const VOLUME_DIGITS: u32 = 7;
const RATE_DIGITS: u32 = 6;
const KOPECK: i128 = 10_i128.pow(VOLUME_DIGITS + RATE_DIGITS - 2);

fn accrued(told: Option<&Decimal>, rate: Option<&Decimal>, volumes: &[&Decimal]) -> Result<(), String> {
    let (Some(told), Some(rate), false) = (told, rate, volumes.is_empty()) else { return Ok(()) };
    let product = |volume: &Decimal| scaled(volume, VOLUME_DIGITS)?.checked_mul(scaled(rate, RATE_DIGITS)?);
    let sum = volumes.iter().try_fold(0_i128, |sum, volume| sum.checked_add(product(volume)?));
    let sum = sum.ok_or_else(|| TOO_LARGE.to_owned())?;
    let difference = (i128::from(kopecks(Some(told))?) * KOPECK - sum).abs();
    if difference <= KOPECK {
        return Ok(());
    }
    let computed = i64::try_from((sum + KOPECK / 2).div_euclid(KOPECK)).map_err(|_| TOO_LARGE.to_owned())?;
    Err(differs("AccountingPeriodTotal", told, &Decimal::from_kopecks(computed)))
}

/// A decimal as a whole number of its smallest units; `None` beyond them.
fn scaled(decimal: &Decimal, digits: u32) -> Option<i128> {
    let text = decimal.as_str();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    let missing = digits.checked_sub(u32::try_from(fraction.len()).ok()?)?;
    let mut number = 0_i128;
    for digit in whole.bytes().chain(fraction.bytes()) {
        number = number.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }
    let number = number.checked_mul(10_i128.checked_pow(missing)?)?;
    Some(if negative { -number } else { number })
}

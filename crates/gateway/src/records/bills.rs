//! A bill as it is kept and sent: self-contained, every reference resolved.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::value::{Decimal, Period};
use crate::money::Kopecks;

/// A payment document of one account for one period (платёжный документ, the kind «текущий»).
///
/// Its JSON is the payload of the object in the store; [`Bill::content`] is what decides whether a bill has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// The caller's own name of the row, unique in the batch.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The line of the charges file (or of the JSON document) where the bill stands, from 1.
    pub row: u64,
    /// The month charged for.
    pub period: Period,
    /// The number of the document, 1–30 characters, unique within account and period.
    pub number: String,
    /// The account charged.
    pub account: Arc<Account>,
    /// Where the money goes.
    pub bank: Arc<Bank>,
    /// Debt of earlier periods, zero or more.
    pub debt_prev: Kopecks,
    /// Advance at the beginning of the period, zero or more; above zero only when there is no debt.
    pub advance: Kopecks,
    /// Charged for the period: the lines' totals with penalties, court costs and state fees.
    pub total_period: Kopecks,
    /// `total_period` + `debt_prev` − `advance`.
    pub total_with_debt: Kopecks,
    /// Payments received up to this day of the period are taken into account, 1–31.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payments_taken_till_day: Option<u8>,
    /// Paid in money during the period.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub paid: Option<Kopecks>,
    /// The day of the last payment received.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_payment_date: Option<Date>,
    /// Additional information printed on the document, at most 1000 characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comment: Option<String>,
    /// What is charged, ordered by the lines' own numbers.
    pub lines: Vec<Line>,
}

/// One service of a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The caller's number of the line, unique in the bill.
    pub line: u32,
    /// The service charged.
    pub service: Arc<Service>,
    /// Volume consumed in the premises.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub volume_ind: Option<Decimal>,
    /// Volume for common needs of the house.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub volume_odn: Option<Decimal>,
    /// How the volume was found.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub method: Option<Method>,
    /// Tariff, roubles a unit; always there except for resources of registry 2.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tariff: Option<Decimal>,
    /// Charged for the period before recalculation and benefits.
    pub accrued: Kopecks,
    /// Recalculation, of either sign.
    pub recalc: Kopecks,
    /// Ground of the recalculation, at most 500 characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recalc_reason: Option<String>,
    /// Benefits and discounts, zero or more; they lower the total.
    pub benefit: Kopecks,
    /// `accrued` + `recalc` − `benefit`.
    pub total: Kopecks,
    /// The line's share of the debt (positive) or the advance (negative).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub debt: Option<Kopecks>,
    /// Penalty for late payment (пени).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub penalty: Option<Kopecks>,
    /// Court costs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub court: Option<Kopecks>,
    /// State fees.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub state_fee: Option<Kopecks>,
}

/// How a volume was found (attribute `determiningMethod` of a volume).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// By a meter.
    Meter,
    /// By the norm of consumption.
    Norm,
    /// In another way.
    Other,
}

/// An account as it stands in ГИС ЖКХ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The caller's own name of the account.
    #[serde(rename = "ref")]
    pub reference: String,
    /// AccountGUID of the stand.
    pub guid: Uuid,
    /// The organisation's number of the account, 1–30 characters.
    pub number: String,
    /// The caller's own name of the house.
    pub house_ref: String,
    /// ЕЛС, 10 characters, when known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub els: Option<String>,
    /// The day the account was closed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub closed: Option<Date>,
}

/// A service and its place in НСИ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// The caller's own code.
    pub code: String,
    /// The caller's own name of the service.
    pub name: String,
    /// The reference book.
    pub registry: Registry,
    /// Code of the element in it; stable over stands.
    pub nsi_code: String,
    /// GUID of the element on the stand.
    pub guid: Uuid,
}

/// The reference books whose services a bill can charge, by their numbers in НСИ. It decides which part of the payment
/// document a line becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub enum Registry {
    /// 1, the organisation's own additional services.
    Additional,
    /// 2, municipal resources for common needs; such a line goes inside the bill's first housing service.
    CommonNeeds,
    /// 50, housing services.
    Housing,
    /// 51, the organisation's own municipal services.
    Municipal,
}

impl Registry {
    /// The number of the reference book.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Additional => 1,
            Self::CommonNeeds => 2,
            Self::Housing => 50,
            Self::Municipal => 51,
        }
    }
}

/// A number of a reference book that bills do not use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("registry {0} holds no services of bills; it is one of 1, 2, 50, 51")]
pub struct UnknownRegistry(u16);

impl TryFrom<u16> for Registry {
    type Error = UnknownRegistry;

    fn try_from(number: u16) -> Result<Self, UnknownRegistry> {
        match number {
            1 => Ok(Self::Additional),
            2 => Ok(Self::CommonNeeds),
            50 => Ok(Self::Housing),
            51 => Ok(Self::Municipal),
            other => Err(UnknownRegistry(other)),
        }
    }
}

impl From<Registry> for u16 {
    fn from(registry: Registry) -> Self {
        registry.number()
    }
}

/// Bank requisites: the key by which ГИС ЖКХ finds those it already has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bank {
    /// The caller's own name of the requisites.
    #[serde(rename = "ref")]
    pub reference: String,
    /// БИК, 9 digits.
    pub bik: String,
    /// Settlement account, 20 digits.
    pub account: String,
}

impl Bill {
    /// The bytes to hash for "has this bill changed?": everything ГИС ЖКХ would see and nothing else.
    ///
    /// The row, the names of things and our own references are left out, and `5.10` equals `5.1`: moving a row, renaming a
    /// service or learning an ЕЛС must not look like a correction. The form is stable: adding a field that is absent in old
    /// bills leaves their bytes as they were.
    ///
    /// # Errors
    /// Only when serialisation fails, which plain data gives no cause for.
    pub fn content(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(&Content::of(self))
    }
}

#[derive(Serialize)]
struct Content<'a> {
    period: Period,
    number: &'a str,
    account: (Uuid, &'a str),
    bank: (&'a str, &'a str),
    debt_prev: Kopecks,
    advance: Kopecks,
    total_period: Kopecks,
    total_with_debt: Kopecks,
    #[serde(skip_serializing_if = "Option::is_none")]
    payments_taken_till_day: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paid: Option<Kopecks>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_payment_date: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    lines: Vec<LineContent<'a>>,
}

#[derive(Serialize)]
struct LineContent<'a> {
    service: (u16, &'a str, Uuid),
    #[serde(skip_serializing_if = "Option::is_none")]
    volume_ind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    volume_odn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<Method>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tariff: Option<String>,
    accrued: Kopecks,
    recalc: Kopecks,
    #[serde(skip_serializing_if = "Option::is_none")]
    recalc_reason: Option<&'a str>,
    benefit: Kopecks,
    total: Kopecks,
    #[serde(skip_serializing_if = "Option::is_none")]
    debt: Option<Kopecks>,
    #[serde(skip_serializing_if = "Option::is_none")]
    penalty: Option<Kopecks>,
    #[serde(skip_serializing_if = "Option::is_none")]
    court: Option<Kopecks>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_fee: Option<Kopecks>,
}

impl<'a> Content<'a> {
    fn of(bill: &'a Bill) -> Self {
        let canonical = |decimal: &Option<Decimal>| decimal.as_ref().map(Decimal::canonical);
        let line = |line: &'a Line| LineContent {
            service: (line.service.registry.number(), &line.service.nsi_code, line.service.guid),
            volume_ind: canonical(&line.volume_ind),
            volume_odn: canonical(&line.volume_odn),
            method: line.method,
            tariff: canonical(&line.tariff),
            accrued: line.accrued,
            recalc: line.recalc,
            recalc_reason: line.recalc_reason.as_deref(),
            benefit: line.benefit,
            total: line.total,
            debt: line.debt,
            penalty: line.penalty,
            court: line.court,
            state_fee: line.state_fee,
        };
        Self {
            period: bill.period,
            number: &bill.number,
            account: (bill.account.guid, &bill.account.number),
            bank: (&bill.bank.bik, &bill.bank.account),
            debt_prev: bill.debt_prev,
            advance: bill.advance,
            total_period: bill.total_period,
            total_with_debt: bill.total_with_debt,
            payments_taken_till_day: bill.payments_taken_till_day,
            paid: bill.paid,
            last_payment_date: bill.last_payment_date,
            comment: bill.comment.as_deref(),
            lines: bill.lines.iter().map(line).collect(),
        }
    }
}

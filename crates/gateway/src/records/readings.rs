//! Readings of meters as they come and are kept: `readings.csv`.

use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use super::directory::REFERENCE_LIMIT;
use super::fields::Fields;
use super::problem::{Code, shown};
use super::sheet::{Form, Record, RowFields};
use super::table::READINGS;
use super::value::{Decimal, Period};

/// One reading of one meter.
///
/// Its JSON is the payload of the object in the store; [`Reading::content`] is what decides whether it has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The caller's own name of the row; without one, meter, day and kind.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The line of the file, from 1.
    pub row: u64,
    /// MeteringDeviceRootGUID of the stand.
    pub meter: Uuid,
    /// What it was taken for.
    pub kind: ReadingKind,
    /// The day the meter was read.
    pub date: Date,
    /// The month it is for, when that is not the month of the day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub period: Option<Period>,
    /// What is measured, of a meter with one tariff; nothing for electricity.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resource: Option<Resource>,
    /// What the meter showed: tariff 1, or the only one. At most 15 digits before the point and 7 behind it.
    pub t1: Decimal,
    /// Tariff 2, of electricity.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub t2: Option<Decimal>,
    /// Tariff 3, of electricity.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub t3: Option<Decimal>,
}

/// What a reading was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadingKind {
    /// The month's (текущее).
    Current,
    /// To check the consumer (контрольное).
    Control,
}

impl ReadingKind {
    /// The word for it in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Control => "control",
        }
    }
}

/// A municipal resource: an element of НСИ 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Code of the element; stable over stands.
    pub code: String,
    /// GUID of the element on the stand.
    pub guid: Uuid,
}

impl Reading {
    /// The month the reading is for.
    #[must_use]
    pub fn month(&self) -> String {
        match self.period {
            Some(period) => period.to_string(),
            None => format!("{:04}-{:02}", self.date.year(), u8::from(self.date.month())),
        }
    }

    /// The bytes to hash for "has this reading changed?": everything ГИС ЖКХ would see, `5.10` equal to `5.1`.
    ///
    /// # Errors
    /// Only when serialisation fails, which plain data gives no cause for.
    pub fn content(&self) -> Result<Vec<u8>, serde_json::Error> {
        let canonical = |value: &Option<Decimal>| value.as_ref().map(Decimal::canonical);
        serde_json::to_vec(&(
            (self.meter, self.kind, self.date, self.month()),
            self.resource.as_ref().map(|resource| (&resource.code, resource.guid)),
            (self.t1.canonical(), canonical(&self.t2), canonical(&self.t3)),
        ))
    }
}

impl Record for Reading {
    const FORM: Form = Form { schema: "readings/1", items: "readings", table: &READINGS, key_column: "meter_guid" };

    fn read(RowFields { fields, today }: &mut RowFields<'_, '_, '_>) -> Option<Self> {
        let row = fields.line();
        let reference = fields.identifier("ref", REFERENCE_LIMIT).map(str::to_owned);
        fields.bill = reference.as_deref().map(|reference| shown(reference).to_owned());
        let meter = fields.guid("meter_guid");
        let kind = match fields.word("kind", &["current", "control", "verification"]) {
            Some(1) => ReadingKind::Control,
            Some(2) => {
                let what = "verifications (поверка)";
                fields.fault("kind", Code::NotSupported, |problem| problem.with("what", what));
                return None;
            }
            _ => ReadingKind::Current,
        };
        let date = fields.date("date");
        if date.is_some_and(|date| date > *today) {
            let today = *today;
            fields.fault("date", Code::DateInFuture, |problem| problem.with("today", today));
        }
        let period = fields.period("period");
        if period.is_some_and(|_| kind == ReadingKind::Control) {
            fields.fault("period", Code::PeriodHasNoPlace, |problem| problem);
        }
        let resource = resource(fields);
        let (t1, t2, t3) = (value(fields, "t1"), value(fields, "t2"), value(fields, "t3"));
        for column in ["t2", "t3"] {
            if resource.is_some() && fields.has(column) {
                fields.fault(column, Code::TariffHasNoPlace, |problem| problem);
            }
        }
        if fields.faulty {
            return None;
        }
        let mut reading =
            Self { reference: String::new(), row, meter: meter?, kind, date: date?, period, resource, t1: t1?, t2, t3 };
        reading.reference = reference.unwrap_or_else(|| reading.key());
        Some(reading)
    }

    fn reference(&self) -> &str {
        &self.reference
    }

    fn row(&self) -> u64 {
        self.row
    }

    fn key(&self) -> String {
        let resource = self.resource.as_ref().map(|resource| format!("/{}", resource.code)).unwrap_or_default();
        format!("{}/{}/{}{resource}", self.meter, self.date, self.kind.name())
    }
}

/// Both columns of the resource, or neither.
fn resource(fields: &mut Fields<'_, '_>) -> Option<Resource> {
    let code = fields.identifier("resource_code", 20).map(str::to_owned);
    let guid = fields.guid("resource_guid");
    if let Some(code) = &code
        && !code.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    {
        fields.fault("resource_code", Code::BadNsiCode, |problem| problem);
    }
    match (code, guid) {
        (Some(code), Some(guid)) => Some(Resource { code, guid }),
        (Some(_), None) if !fields.has("resource_guid") => {
            fields.fault("resource_guid", Code::Empty, |problem| problem);
            None
        }
        (None, Some(_)) => {
            fields.fault("resource_code", Code::Empty, |problem| problem);
            None
        }
        _ => None,
    }
}

/// What a meter shows: at most 15 digits before the point and 7 behind it, never below zero.
fn value(fields: &mut Fields<'_, '_>, column: &str) -> Option<Decimal> {
    let value = fields.decimal(column, 22, 7)?;
    let (all, fraction) = value.digits();
    if value.is_negative() {
        fields.fault(column, Code::Negative, |problem| problem);
        None
    } else if all - fraction > 15 {
        let found = all - fraction;
        fields.fault(column, Code::TotalDigits, |problem| problem.with("found", found).with("limit", 15));
        None
    } else {
        Some(value)
    }
}

//! The main fields of exported objects as CSV: UTF-8, `;`, a header. Whatever else there is, is in the JSON.

use serde_json::Value;

use super::Topic;
use crate::gateway::Exported;

const APPEALS: [&str; 12] = [
    "appeal_guid",
    "appeal_number",
    "created",
    "status",
    "topic",
    "house_guid",
    "premises",
    "answer_by",
    "employee_guid",
    "answers_sent",
    "from_mobile",
    "text",
];

const READINGS: [&str; 13] = [
    "meter_guid",
    "house_guid",
    "kind",
    "date",
    "period",
    "resource_code",
    "t1",
    "t2",
    "t3",
    "unit",
    "source",
    "org_ppa_guid",
    "entered_at",
];

/// A table could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// An item is not what its topic says.
    #[error("an exported object cannot be read: {0}; export it as JSON")]
    Json(#[from] serde_json::Error),
    /// The CSV.
    #[error("the table cannot be written: {0}")]
    Csv(#[from] csv::Error),
    /// The end of the CSV.
    #[error("the table cannot be written: {0}")]
    Io(String),
}

/// The table of these objects.
///
/// # Errors
/// An object is not what its topic says.
pub fn table(topic: Topic, items: &[Exported]) -> Result<Vec<u8>, TableError> {
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
    match topic {
        Topic::Appeals => writer.write_record(APPEALS)?,
        Topic::Readings => writer.write_record(READINGS)?,
    }
    for item in items {
        let body: Value = serde_json::from_slice(&item.body)?;
        match topic {
            Topic::Appeals => writer.write_record(appeal(&body))?,
            Topic::Readings => writer.write_record(reading(&body, &item.key))?,
        }
    }
    writer.into_inner().map_err(|error| TableError::Io(error.to_string()))
}

/// A value as a cell; nothing where there is none.
fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(yes) => u8::from(*yes).to_string(),
        _ => String::new(),
    }
}

fn appeal(body: &Value) -> [String; 12] {
    let topic = [&body["AppealTopic"]["Name"], &body["AppealTopic"]["Code"], &body["AnotherTopic"]];
    let history = body["AppealHistory"].as_array().map(Vec::as_slice).unwrap_or_default();
    let sent = history.iter().filter(|entry| entry["Answer"]["AnswerIsSent"] == true).count();
    [
        cell(&body["AppealGUID"]),
        cell(&body["AppealNumber"]),
        cell(&body["AppealCreateDate"]),
        cell(&body["AppealStatus"]),
        topic.into_iter().map(cell).find(|text| !text.is_empty()).unwrap_or_default(),
        cell(&body["FIASHouseGuid"]),
        cell(&body["PremiseNumber"]),
        cell(&body["ExecutionEndDate"]),
        cell(&body["AnswererGUID"]),
        sent.to_string(),
        u8::from(body["FromMobile"] == true).to_string(),
        cell(&body["AppealText"]),
    ]
}

/// The one value of an item, and its key `meter/kind/…`.
fn reading(body: &Value, key: &str) -> [String; 13] {
    let kind = key.split('/').nth(1).unwrap_or_default();
    let sorts = ["OneRateDeviceValue", "ElectricDeviceValue"].map(|sort| &body[sort]["Values"]);
    let places = [sorts[0], sorts[1], &body["VolumeDeviceValue"]];
    let names = ["CurrentValue", "ControlValue", "VerificationValue"];
    let dated = places.iter().flat_map(|place| names.map(|name| &place[name][0])).find(|value| value.is_object());
    let base = [&body["OneRateDeviceValue"]["BaseValue"][0], &body["ElectricDeviceValue"]["BaseValue"]];
    let value = dated.or_else(|| base.into_iter().find(|value| value.is_object())).unwrap_or(&Value::Null);
    // A verification has its values before and after; those after count from now on.
    let end = match &value["EndValue"] {
        Value::Array(all) => all.first().unwrap_or(&Value::Null),
        other => other,
    };
    let shown = if end.is_object() { end } else { value };
    let first = [&shown["MeteringValue"], &shown["MeteringValueT1"]];
    let date = [&value["DateValue"], &value["EndDateValue"]];
    let any = |values: [&Value; 2]| values.into_iter().map(cell).find(|text| !text.is_empty()).unwrap_or_default();
    let period = match (&value["Period"]["Year"], &value["Period"]["Month"]) {
        (Value::String(year), Value::String(month)) => format!("{year}-{month:0>2}"),
        _ => String::new(),
    };
    [
        cell(&body["MeteringDeviceRootGUID"]),
        cell(&body["FIASHouseGuid"]),
        kind.to_owned(),
        any(date),
        period,
        cell(&shown["MunicipalResource"]["Code"]),
        any(first),
        cell(&shown["MeteringValueT2"]),
        cell(&shown["MeteringValueT3"]),
        cell(&shown["Unit"]),
        cell(&shown["ReadingsSource"]),
        cell(&shown["orgPPAGUID"]),
        cell(&shown["EnterIntoSystem"]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(topic: Topic, key: &str, body: &str) -> String {
        let items = [Exported { key: key.to_owned(), body: body.into() }];
        let text = String::from_utf8(table(topic, &items).unwrap()).unwrap();
        text.lines().nth(1).unwrap().to_owned()
    }

    #[test]
    fn a_reading_is_a_row_whatever_its_sort() {
        let current = r#"{"MeteringDeviceRootGUID":"m","ElectricDeviceValue":{"Values":{"CurrentValue":[{"MeteringValueT1":"10.50","MeteringValueT2":"7","orgPPAGUID":"o","DateValue":"2026-10-23","Period":{"Year":"2026","Month":"9"}}]}}}"#;
        assert_eq!(written(Topic::Readings, "m/current/x", current), "m;;current;2026-10-23;2026-09;;10.50;7;;;;o;");
        let base = r#"{"MeteringDeviceRootGUID":"m","OneRateDeviceValue":{"BaseValue":[{"MunicipalResource":{"Code":"1"},"MeteringValue":"3"}]}}"#;
        assert_eq!(written(Topic::Readings, "m/base/1", base), "m;;base;;;1;3;;;;;;");
        let checked = r#"{"MeteringDeviceRootGUID":"m","OneRateDeviceValue":{"Values":{"VerificationValue":[{"EndDateValue":"2026-10-01","EndValue":[{"MeteringValue":"4"}]}]}}}"#;
        assert_eq!(written(Topic::Readings, "m/verification/x", checked), "m;;verification;2026-10-01;;;4;;;;;;");
    }

    #[test]
    fn an_appeal_counts_its_answers() {
        let body = r#"{"AppealGUID":"g","AppealNumber":"77-1","AppealStatus":"InWork","AnotherTopic":"Лифт; двор","AppealText":"т","AppealHistory":[{"Answer":{"AnswerIsSent":true}},{"Answer":{}}]}"#;
        assert_eq!(written(Topic::Appeals, "g", body), "g;77-1;;InWork;\"Лифт; двор\";;;;;1;0;т");
    }
}

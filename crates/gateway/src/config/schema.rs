//! The schema of the file of settings, for editors: completion, and a word about each key.

use serde_json::{Map, Value, json};

use super::settings::{Kind, OWN, SETTINGS};

/// The schema of `gkh.toml`, JSON Schema of draft 2020-12.
#[must_use]
pub fn schema() -> Value {
    let mut top = Map::new();
    let mut sections: Vec<(&str, Map<String, Value>)> = Vec::new();
    for setting in SETTINGS {
        let Some((section, key)) = setting.key.split_once('.') else {
            top.insert(setting.key.to_owned(), value(setting.kind, setting.about));
            continue;
        };
        if sections.last().is_none_or(|(last, _)| *last != section) {
            sections.push((section, Map::new()));
        }
        if let Some((_, keys)) = sections.last_mut() {
            keys.insert(key.to_owned(), value(setting.kind, setting.about));
        }
    }
    let mut own = Map::new();
    for (section, keys) in &sections {
        let table = table(keys);
        if OWN.contains(section) {
            own.insert((*section).to_owned(), table.clone());
        }
        top.insert((*section).to_owned(), table);
    }
    let (pull, writer) = (pull(), writer());
    for (name, entry) in [("pull", &pull), ("writer", &writer)] {
        let list = json!({ "type": "array", "items": entry });
        own.insert(name.to_owned(), list.clone());
        top.insert(name.to_owned(), list);
    }
    if let Some((_, keys)) = sections.iter().find(|(section, _)| *section == "organisation") {
        let mut one = keys.clone();
        one.extend(own);
        let several = json!({ "type": "array", "items": table(&one) });
        top.insert("organisation".to_owned(), json!({ "oneOf": [table(keys), several] }));
    }
    let versions = json!({
        "type": "object",
        "additionalProperties": { "type": "string" },
        "description": "versions of requests other than the contract's own, by request element",
    });
    top.insert("versions".to_owned(), versions);
    let Value::Object(mut schema) = table(&top) else { return Value::Null };
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".to_owned(), json!("gkh.toml"));
    Value::Object(schema)
}

fn table(properties: &Map<String, Value>) -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn value(kind: Kind, about: &str) -> Value {
    let mut value = match kind {
        Kind::Text | Kind::Path => json!({ "type": "string" }),
        Kind::Word(words) => json!({ "enum": words }),
        Kind::Switch => json!({ "enum": ["yes", "no", true, false] }),
        Kind::Number => json!({ "type": ["integer", "string"], "pattern": "^[0-9]+$" }),
        Kind::Duration => duration(),
        Kind::Durations => json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": duration() }] }),
        Kind::Texts => json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] }),
    };
    if let Value::Object(value) = &mut value {
        value.insert("description".to_owned(), json!(about));
    }
    value
}

fn duration() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]+ ?(ms|s|m|h|d)$" })
}

fn texts(about: &str) -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "description": about })
}

fn pull() -> Value {
    let properties = json!({
        "name": { "type": "string", "description": "its name; default: the topic" },
        "topic": { "enum": ["appeals", "readings"], "description": "what is read again and again" },
        "interval": duration(),
        "overlap": duration(),
        "houses": texts("houses by ФИАС, at most 100; default: all"),
        "types": texts("types of meters, НСИ 27: code:GUID"),
        "resources": texts("resources, НСИ 2: code:GUID"),
        "meters": texts("meters, by GUID"),
    });
    json!({ "type": "object", "additionalProperties": false, "properties": properties, "required": ["topic"] })
}

fn writer() -> Value {
    let properties = json!({
        "kind": { "enum": ["bills", "readings", "answers"], "description": "what another system writes" },
        "system": { "type": "string", "description": "which one, in words for people" },
        "houses": texts("of which houses, as accounts.csv names them; default: of all"),
    });
    json!({ "type": "object", "additionalProperties": false, "properties": properties, "required": ["kind", "system"] })
}

//! `gkh explain CODE`: what a code means and what to do: of the system, from the catalogue, or our own.

use clap::Args;
use gis_gkh::codes::{self, Class};
use gis_gkh_gateway::desk::words::{self, Explained};
use serde_json::json;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::Tongue;
use crate::{Context, output};

/// What an error code means, of the system or our own, and what to do.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The code, like INT008165 or delivery.outcome_unknown; without one, all that are known.
    code: Option<String>,
}

impl Explain {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let tongue = context.tongue();
        let Some(code) = self.code else {
            for entry in codes::all() {
                output::line(&format!("{:<16} {}", entry.code, entry.title(tongue.into())))?;
            }
            for code in words::own_codes() {
                let title = words::explained(&code, tongue.into()).map(|explained| explained.title);
                output::line(&format!("{code:<16} {}", title.unwrap_or_default()))?;
            }
            return Ok(Exit::Ok);
        };
        // Our own codes have no capitals, the system's have.
        let own = code.trim().to_ascii_lowercase();
        if let Some(explained) = words::explained(&own, tongue.into()) {
            return tell_own(&own, &explained, context.json, tongue);
        }
        let code = code.trim().to_ascii_uppercase();
        // The file store's errors are names, not codes: they are found as written.
        let found = codes::find(&code).or_else(|| codes::all().find(|entry| entry.code.eq_ignore_ascii_case(&code)));
        let Some(entry) = found else {
            let text = tongue.of("is not a code of the catalogue; it has", "нет в справочнике; в нём коды вида");
            return Err(Failure::new(
                Exit::Negative,
                format!("{code} {text} AUT…, EXP…, FIL…, FMT…, INT…, SRV…, delivery.…, desk.…"),
            ));
        };
        if context.json {
            output::json(&json!({
                "code": code,
                "row": entry.code,
                "levels": entry.levels,
                "class": class(entry.class),
                "who_fixes": entry.fixer.as_str(),
                "title": entry.title(tongue.into()),
                "action": entry.action(tongue.into()),
            }))?;
            return Ok(Exit::Ok);
        }
        output::line(&format!("{code}: {}", entry.title(tongue.into())))?;
        if entry.code != code {
            let text = tongue.of(
                "The code itself is not in the catalogue; this is what its family means:",
                "Самого кода в справочнике нет; так понимается его семейство:",
            );
            output::line(&format!("{text} {}", entry.code))?;
        }
        output::line(entry.action(tongue.into()))?;
        output::line(&format!("{}: {}", tongue.of("Who fixes it", "Кто исправляет"), entry.fixer.as_str()))?;
        Ok(Exit::Ok)
    }
}

fn tell_own(code: &str, explained: &Explained, json: bool, tongue: Tongue) -> Result<Exit, Failure> {
    let Explained { title, action, who_fixes } = explained;
    if json {
        output::json(&json!({
            "code": code,
            "row": code,
            "levels": "local",
            "class": null,
            "who_fixes": who_fixes,
            "title": title,
            "action": action,
        }))?;
        return Ok(Exit::Ok);
    }
    output::line(&format!("{code}: {title}"))?;
    output::line(action)?;
    output::line(&format!("{}: {}", tongue.of("Who fixes it", "Кто исправляет"), who_fixes.words(tongue.into())))?;
    Ok(Exit::Ok)
}

/// The class in a word.
fn class(class: Class) -> &'static str {
    match class {
        Class::Retry => "retry",
        Class::RetryRebuilt => "retry_rebuilt",
        Class::Permanent => "permanent",
        Class::Empty => "empty",
        Class::Maintenance => "maintenance",
        Class::SwitchOperation => "switch_operation",
        Class::CallerFix => "caller_fix",
        Class::AlreadyExists => "already_exists",
        Class::AlreadyDone => "already_done",
    }
}

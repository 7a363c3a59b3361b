//! A comparison of two releases, for people and for programs (`docs/specs/schema-diff.md`).

use std::collections::BTreeMap;

use gis_gkh_codegen::release::{ControlChange, Place, Verdict, Words};
use serde_json::{Value, json};

use super::diff::{Comparison, Told, Touched};
use crate::failure::Failure;
use crate::language::Tongue;
use crate::output;

fn say(words: Words, tongue: Tongue) -> &'static str {
    match tongue {
        Tongue::En => words.en,
        Tongue::Ru => words.ru,
    }
}

fn shown(places: &[Place]) -> Vec<String> {
    places.iter().map(ToString::to_string).collect()
}

pub(super) fn json(comparison: &Comparison<'_>, tongue: Tongue) -> Value {
    let release = |package: &super::Package| package.release.as_ref().map(ToString::to_string);
    let change = |touched: &Touched| {
        let change = &touched.change;
        let desks: BTreeMap<&str, Vec<String>> =
            touched.desks.iter().map(|(name, places)| (*name, shown(places))).collect();
        json!({
            "services": change.services(),
            "direction": change.direction.code(),
            "change": change.kind.code(),
            "facet": change.kind.facet().map(|facet| facet.code()),
            "required": change.kind.required(),
            "what": say(change.kind.words(), tongue),
            "before": change.before,
            "after": change.after,
            "values": change.values,
            "beside": change.beside,
            "paths": shown(&change.places),
            "verdict": change.verdict.code(),
            "reason": say(change.reason, tongue),
            "desks": desks,
            "used": shown(&touched.used),
            "changelog": touched.tickets,
        })
    };
    let told = |told: &Told<'_>| {
        let controls: Vec<Value> = told
            .entry
            .controls
            .iter()
            .map(|control| json!({ "code": control.code, "change": control.change.code() }))
            .collect();
        json!({
            "release": told.release.map(ToString::to_string),
            "tickets": told.entry.tickets,
            "note": told.entry.note,
            "services": told.services,
            "controls": controls,
            "lines": told.entry.lines,
            "changes": told.changes,
        })
    };
    json!({
        "before": release(comparison.before),
        "after": release(comparison.after),
        "counts": {
            "changes": comparison.changes.len(),
            "breaks_send": comparison.count(Verdict::BreaksSend),
            "breaks_read": comparison.count(Verdict::BreaksRead),
            "neither": comparison.count(Verdict::Neither),
            "breaks_used": comparison.breaks_used(),
        },
        "changes": comparison.changes.iter().map(change).collect::<Vec<_>>(),
        "changelog": comparison.told.iter().map(told).collect::<Vec<_>>(),
    })
}

/// Changes and tasks under one heading.
#[derive(Default)]
struct Chapter<'c, 'p> {
    changes: Vec<&'c Touched>,
    told: Vec<&'c Told<'p>>,
}

pub(super) fn people(comparison: &Comparison<'_>, tongue: Tongue) -> Result<(), Failure> {
    let unknown = tongue.of("a release that does not say its version", "выпуск без номера");
    let release =
        |package: &super::Package| package.release.as_ref().map_or_else(|| unknown.to_owned(), ToString::to_string);
    output::line(&format!("{} → {}", release(comparison.before), release(comparison.after)))?;
    output::line(&format!(
        "{}: {}, {}: {}, {}: {}, {}: {}",
        tongue.of("changes", "изменений"),
        comparison.changes.len(),
        say(Verdict::BreaksSend.words(), tongue),
        comparison.count(Verdict::BreaksSend),
        say(Verdict::BreaksRead.words(), tongue),
        comparison.count(Verdict::BreaksRead),
        tongue.of("breaks something used", "ломает используемое"),
        comparison.breaks_used(),
    ))?;
    let several = tongue.of("several services", "несколько сервисов");
    let nobody = tongue.of("no service named", "сервис не назван");
    let mut chapters: BTreeMap<&str, Chapter<'_, '_>> = BTreeMap::new();
    for touched in &comparison.changes {
        let name = match touched.change.services().as_slice() {
            [one] => *one,
            _ => several,
        };
        chapters.entry(name).or_default().changes.push(touched);
    }
    for told in &comparison.told {
        let name = match told.services.as_slice() {
            [] => nobody,
            [one] => one,
            _ => several,
        };
        chapters.entry(name).or_default().told.push(told);
    }
    for (name, mut chapter) in chapters {
        output::line("")?;
        output::line(name)?;
        chapter.changes.sort_by_key(|touched| (!touched.breaks_used(), touched.change.verdict));
        chapter.changes.iter().try_for_each(|touched| change(touched, tongue))?;
        if !chapter.told.is_empty() {
            output::line(tongue.of("  The operator's changelog:", "  Список изменений оператора:"))?;
        }
        chapter.told.iter().try_for_each(|told| task(told, tongue))?;
    }
    Ok(())
}

/// The first of several places, and how many more there are.
fn first(places: &[Place], tongue: Tongue) -> String {
    match places {
        [] => String::new(),
        [one] => one.to_string(),
        [one, more @ ..] => format!("{one} ({} {})", tongue.of("and more:", "и ещё:"), more.len()),
    }
}

fn change(touched: &Touched, tongue: Tongue) -> Result<(), Failure> {
    let change = &touched.change;
    let verdict = say(change.verdict.words(), tongue);
    output::line(&format!("  [{verdict}] {}", first(&change.places, tongue)))?;
    let mut what = say(change.kind.words(), tongue).to_owned();
    match (&change.before, &change.after) {
        (None, None) => {}
        (Some(before), Some(after)) => what = format!("{what}: {before} → {after}"),
        (Some(before), None) => what = format!("{what}: {}: {before}", tongue.of("was", "было")),
        (None, Some(after)) => what = format!("{what}: {}: {after}", tongue.of("now", "стало")),
    }
    if !change.values.is_empty() {
        what = format!("{what} ({})", change.values.join(", "));
    }
    if !change.beside.is_empty() {
        let beside = tongue.of("together with", "вместе с");
        what = format!("{what}, {beside}: {}", change.beside.join(", "));
    }
    output::line(&format!("      {what}. {}", sentence(say(change.reason, tongue))))?;
    for (desk, places) in &touched.desks {
        let text = tongue.of("used by our desk", "использует наш модуль");
        output::line(&format!("      {text} {desk}: {}", first(places, tongue)))?;
    }
    if !touched.used.is_empty() {
        output::line(&format!(
            "      {}: {}",
            tongue.of("used by you", "используете вы"),
            first(&touched.used, tongue)
        ))?;
    }
    if !touched.tickets.is_empty() {
        let tickets = touched.tickets.iter().cloned().collect::<Vec<_>>().join(", ");
        output::line(&format!("      {}: {tickets}", tongue.of("changelog", "в списке изменений")))?;
    }
    Ok(())
}

/// A text with a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let capital: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{capital}{}.", chars.as_str())
}

fn task(told: &Told<'_>, tongue: Tongue) -> Result<(), Failure> {
    let release = told.release.map(ToString::to_string).unwrap_or_default();
    let note = told.entry.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
    output::line(&format!("  {release} {}{note}", told.entry.tickets.join(", ")))?;
    let mut parts = Vec::new();
    for (kind, word) in [
        (ControlChange::Added, tongue.of("added", "добавлены")),
        (ControlChange::Changed, tongue.of("changed", "изменены")),
        (ControlChange::Removed, tongue.of("removed", "удалены")),
        (ControlChange::Named, tongue.of("named", "упомянуты")),
    ] {
        let codes = told.entry.controls.iter().filter(|control| control.change == kind);
        let codes: Vec<&str> = codes.map(|control| &*control.code).collect();
        if !codes.is_empty() {
            parts.push(format!("{word} {}", codes.join(", ")));
        }
    }
    if !parts.is_empty() {
        output::line(&format!("      {}: {}", tongue.of("controls", "контроли"), parts.join("; ")))?;
    }
    told.entry.lines.iter().filter(|line| !line.is_empty()).try_for_each(|line| output::line(&format!("      {line}")))
}

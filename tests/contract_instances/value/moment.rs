//! Days, moments, months and years.

use std::cmp::Ordering;

use gis_gkh_codegen::schema::Builtin;
use time::{Date, Month};

use super::{Facet, Simple};
use crate::dice::Dice;

/// Bounds of a date in words are compared as words: every one has the same form and four digits of the year.
pub(super) fn order(left: &str, right: &str) -> Ordering {
    let cut = |text: &str| text.get(..19.min(text.len())).unwrap_or(text).to_owned();
    // A zone is left out: moments close enough to a bound for it to matter are made without one.
    let (left, right) = (cut(left), cut(right));
    let length = left.len().min(right.len()).min(if right.contains('T') { 19 } else { right.len() });
    left[..length].cmp(&right[..length])
}

/// One form for one value.
pub(super) fn one_form(text: &str) -> String {
    let utc = text.strip_suffix("+00:00").or_else(|| text.strip_suffix("-00:00"));
    let text = utc.map_or_else(|| text.to_owned(), |rest| format!("{rest}Z"));
    let Some(point) = text.find('.') else { return text };
    let end = text[point + 1..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |at| point + 1 + at);
    let fraction = text[point + 1..end].trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction}{}", &text[..text.find('.').unwrap_or_default()], &text[end..])
}

/// The day of a text that starts with one.
fn day(text: &str) -> Option<Date> {
    let part = |at: std::ops::Range<usize>| text.get(at).and_then(|part| part.parse().ok());
    let month = Month::try_from(u8::try_from(part(5..7).unwrap_or(1)).ok()?).ok()?;
    Date::from_calendar_date(part(0..4)?, month, u8::try_from(part(8..10).unwrap_or(1)).ok()?).ok()
}

impl Simple {
    pub(super) fn is_date(&self, text: &str) -> bool {
        let form = match self.base {
            Builtin::Date => "dddd-dd-dd",
            Builtin::DateTime => "dddd-dd-ddTdd:dd:dd",
            Builtin::Year => "dddd",
            _ => "dddd-dd",
        };
        let fits = |(form, c): (char, char)| if form == 'd' { c.is_ascii_digit() } else { form == c };
        text.chars().count() >= form.len() && form.chars().zip(text.chars()).all(fits) && day(text).is_some()
    }

    fn written(&self, day: Date, dice: &mut Dice) -> String {
        let (year, month) = (day.year(), u8::from(day.month()));
        let zone = dice.one_of(&["", "", "Z", "+03:00", "-11:30", "+00:00"]);
        match self.base {
            Builtin::Date => format!("{year:04}-{month:02}-{:02}{zone}", day.day()),
            Builtin::Year => format!("{year:04}"),
            Builtin::YearMonth => format!("{year:04}-{month:02}"),
            _ => {
                let fraction = dice.one_of(&["", "", ".5", ".120", ".123456"]);
                let (hour, minute) = (dice.below(24), dice.below(60));
                format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:59{fraction}{zone}", day.day())
            }
        }
    }

    pub(super) fn some_moment(&self, dice: &mut Dice) -> String {
        let facets = &self.facets;
        let bound = |bounds: [&Option<String>; 2], other: &str| {
            let bound = bounds.into_iter().flatten().next().map_or(other, |bound| bound);
            i128::from(day(bound).unwrap_or(Date::MIN).to_julian_day())
        };
        let low = bound([&facets.min_inclusive, &facets.min_exclusive], "1990-01-01");
        let high = bound([&facets.max_inclusive, &facets.max_exclusive], "2040-12-31");
        // A zone moves a moment by less than two days.
        let (low, high) = (low + 2, (high - 2).max(low + 2));
        let day = Date::from_julian_day(i32::try_from(dice.between(low, high)).expect("a day")).unwrap_or(Date::MIN);
        self.written(day, dice)
    }

    /// A bound and the days around it.
    pub(super) fn near_moment(&self, facet: Facet) -> Vec<String> {
        let facets = &self.facets;
        let bound = match facet {
            Facet::MinInclusive => &facets.min_inclusive,
            Facet::MaxInclusive => &facets.max_inclusive,
            Facet::MinExclusive => &facets.min_exclusive,
            _ => &facets.max_exclusive,
        };
        let Some(bound) = bound else { return Vec::new() };
        let Some(at) = day(bound) else { return Vec::new() };
        let rest = bound.get(10..).unwrap_or_default();
        let mut all = vec![bound.clone()];
        // By years for what has no days.
        for days in [-2, 2, -400, 400] {
            let Ok(other) = Date::from_julian_day(at.to_julian_day() + days) else { continue };
            let whole = format!("{:04}-{:02}-{:02}{rest}", other.year(), u8::from(other.month()), other.day());
            let length = bound.len().min(whole.len());
            all.push(whole[..length].to_owned());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::one_form;

    #[test]
    fn one_moment_has_one_form() {
        assert_eq!(one_form("2026-01-01T10:00:00.500+00:00"), "2026-01-01T10:00:00.5Z");
        assert_eq!(one_form("2026-01-01T10:00:00.000"), "2026-01-01T10:00:00");
        assert_eq!(one_form("2026-01-01+03:00"), "2026-01-01+03:00");
    }
}

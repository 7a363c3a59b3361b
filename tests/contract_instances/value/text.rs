//! Texts of every length.

use gis_gkh_codegen::schema::Builtin;

use super::{Facet, Simple};
use crate::dice::Dice;

/// Characters worth trying: two alphabets, marks that XML escapes, one beyond the basic plane.
const LETTERS: &str = "абвЯё<&>\"'azAZ09-№😀";
/// What a text may have and a token may not.
const BLANKS: &str = " \t\n\u{a0}";

impl Simple {
    /// The text as its type sees it: white space of all but strings is collapsed.
    pub(super) fn folded(&self, text: &str) -> String {
        match self.base {
            Builtin::String | Builtin::Any => text.to_owned(),
            _ => {
                let parts = text.split([' ', '\t', '\n', '\r']).filter(|part| !part.is_empty());
                parts.collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// What the facets of length count.
    pub(super) fn length(&self, text: &str) -> usize {
        match self.list {
            Some(_) => text.split_whitespace().count(),
            None => self.item_length(text),
        }
    }

    pub(super) fn item_length(&self, text: &str) -> usize {
        match self.base {
            Builtin::Base64 => text.len() / 4 * 3 - text.bytes().filter(|byte| *byte == b'=').count(),
            _ => text.chars().count(),
        }
    }

    pub(super) fn some_text(&self, dice: &mut Dice) -> String {
        match self.base {
            Builtin::Boolean => (*dice.one_of(&["true", "false", "1", "0"])).to_owned(),
            Builtin::Base64 => (*dice.one_of(&["", "AA==", "AAEC", "////"])).to_owned(),
            _ => {
                let min = self.facets.length.or(self.facets.min_length).unwrap_or(0) as usize;
                let max = self.facets.length.or(self.facets.max_length).map_or(min + 20, |max| max as usize);
                let length = min + dice.below(max.min(min + 20) - min + 1);
                self.words(length, dice)
            }
        }
    }

    /// A text of so many characters.
    fn words(&self, length: usize, dice: &mut Dice) -> String {
        let mut alphabet: Vec<char> = LETTERS.chars().collect();
        if matches!(self.base, Builtin::String | Builtin::Any) {
            alphabet.extend(BLANKS.chars());
        }
        (0..length).map(|_| *dice.one_of(&alphabet)).collect()
    }

    /// Texts as long as a facet of length says, and one more and less.
    pub(super) fn near_length(&self, facet: Facet, dice: &mut Dice) -> Vec<String> {
        let outer = self.outer();
        let bound = match facet {
            Facet::Length => outer.length,
            Facet::MinLength => outer.min_length,
            _ => outer.max_length,
        };
        let bound = bound.unwrap_or_default() as usize;
        let lengths = [Some(bound), bound.checked_sub(1), Some(bound + 1)];
        let mut all = Vec::new();
        for length in lengths.into_iter().flatten() {
            if self.list.is_some() {
                let item = |dice: &mut Dice| match self.facets.enumeration.is_empty() {
                    true => self.draw_item(dice),
                    false => dice.one_of(&self.facets.enumeration).0.clone(),
                };
                all.push((0..length).map(|_| item(dice)).collect::<Vec<_>>().join(" "));
            } else if let Some(step) = self.steps.first() {
                all.extend(step.of_length(length, dice));
            } else {
                all.push(self.words(length, dice));
            }
        }
        all
    }

    /// Texts that match the patterns, and the same with one character wrong.
    pub(super) fn near_pattern(&self, dice: &mut Dice) -> Vec<String> {
        let mut all = Vec::new();
        for _ in 0..20 {
            let drawn: Vec<String> = self.steps.iter().map(|step| step.make(dice, 6)).collect();
            for text in drawn {
                let chars: Vec<char> = text.chars().collect();
                let at = dice.below(chars.len());
                let with = |c: &str| -> String {
                    let rest: String = chars.iter().skip(at + 1).collect();
                    chars.iter().take(at).collect::<String>() + c + &rest
                };
                // A wrong letter, a missing one, one more, another script's digit, blanks.
                all.extend(["x", "Ж", "", " ", "-", "0", "\u{663}", "."].map(with));
                all.extend([format!("{text}0"), format!("{text} "), format!(" {text}"), String::new(), text]);
            }
        }
        all.sort_by_key(|text| text.chars().count());
        all.dedup();
        // The shortest are alike: some of every length.
        let step = (all.len() / 60).max(1);
        all.into_iter().step_by(step).collect()
    }
}

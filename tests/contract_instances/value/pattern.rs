//! Texts that match a pattern of XML Schema.

use gis_gkh_xml::check::{Pattern, translate};
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::dice::Dice;

/// One step of derivation: a value must match one of its patterns.
pub(super) struct Step {
    patterns: Vec<(Pattern, Part)>,
}

/// A pattern taken apart.
enum Part {
    Text(String),
    /// Characters to choose from, the usual ones first.
    Class(Vec<Vec<char>>),
    Repeated(Box<Part>, usize, Option<usize>),
    Sequence(Vec<Part>),
    Choice(Vec<Part>),
}

/// How often to repeat.
#[derive(Clone, Copy)]
enum Way {
    Short,
    Any,
    Long,
}

impl Step {
    pub(super) fn new(patterns: &[String]) -> Self {
        let one = |source: &String| {
            let regex = translate(source).unwrap_or_else(|| panic!("`{source}` cannot be translated"));
            let hir = regex_syntax::parse(&regex).unwrap_or_else(|error| panic!("`{source}`: {error}"));
            // Patterns of a test are few and live as long as it does.
            (Pattern::new(Box::leak(source.clone().into_boxed_str())), Part::of(&hir))
        };
        Self { patterns: patterns.iter().map(one).collect() }
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.patterns.iter().any(|(pattern, _)| pattern.matches(text))
    }

    /// A text that matches; what may repeat without end does so up to `stretch` times.
    pub(super) fn make(&self, dice: &mut Dice, stretch: usize) -> String {
        let (_, part) = dice.one_of(&self.patterns);
        let way = *dice.one_of(&[Way::Short, Way::Any, Way::Any, Way::Long]);
        let mut out = String::new();
        part.walk(way, stretch, dice, &mut out);
        out
    }

    /// Texts of so many characters that match.
    pub(super) fn of_length(&self, length: usize, dice: &mut Dice) -> Vec<String> {
        let mut found = Vec::new();
        for _ in 0..40 {
            let text: Vec<char> = self.make(dice, 3).chars().collect();
            if text.len() == length {
                found.push(text.into_iter().collect());
                continue;
            }
            if text.len() > length {
                continue;
            }
            // Some character may stand any number of times: repeat it until the length is right.
            for at in 0..text.len() {
                let more = std::iter::repeat_n(text[at], length - text.len());
                let long: String = text[..at].iter().copied().chain(more).chain(text[at..].iter().copied()).collect();
                if self.matches(&long) {
                    found.push(long);
                    break;
                }
            }
            if found.len() >= 3 {
                break;
            }
        }
        found
    }
}

/// Characters to choose from, the usual ones first: a class like `\d` has digits of every script, and `.` has what XML
/// cannot carry. The last are few and old, so that every table of Unicode agrees on them.
const POOLS: [&str; 3] = [
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~",
    "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюяЁё",
    "\t\n\u{a0}é№٠٣٩०५\u{2014}😀",
];

impl Part {
    fn of(hir: &Hir) -> Self {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::Text(String::new()),
            HirKind::Literal(literal) => Self::Text(String::from_utf8(literal.0.to_vec()).expect("UTF-8")),
            HirKind::Class(Class::Unicode(class)) => {
                Self::class(&class.iter().map(|range| (range.start(), range.end())).collect::<Vec<_>>())
            }
            HirKind::Class(Class::Bytes(class)) => Self::class(
                &class.iter().map(|range| (char::from(range.start()), char::from(range.end()))).collect::<Vec<_>>(),
            ),
            HirKind::Repetition(repeated) => Self::Repeated(
                Box::new(Self::of(&repeated.sub)),
                repeated.min as usize,
                repeated.max.map(|max| max as usize),
            ),
            HirKind::Capture(capture) => Self::of(&capture.sub),
            HirKind::Concat(all) => Self::Sequence(all.iter().map(Self::of).collect()),
            HirKind::Alternation(all) => Self::Choice(all.iter().map(Self::of).collect()),
        }
    }

    fn class(ranges: &[(char, char)]) -> Self {
        let fits = |c: &char| ranges.iter().any(|(start, end)| (*start..=*end).contains(c));
        let pools = POOLS.iter().map(|pool| pool.chars().filter(fits).collect::<Vec<_>>());
        let mut pools: Vec<Vec<char>> = pools.filter(|pool| !pool.is_empty()).collect();
        if pools.is_empty() {
            pools.push(vec![ranges[0].0]);
        }
        Self::Class(pools)
    }

    fn walk(&self, way: Way, stretch: usize, dice: &mut Dice, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Class(pools) => {
                let pool = if dice.chance(80) { &pools[0] } else { dice.one_of(pools) };
                out.push(*dice.one_of(pool));
            }
            Self::Repeated(part, min, max) => {
                let max = max.unwrap_or(min + stretch);
                let count = match way {
                    Way::Short => *min,
                    Way::Long => max,
                    Way::Any => min + dice.below(max.min(min + stretch) - min + 1),
                };
                (0..count).for_each(|_| part.walk(way, stretch, dice, out));
            }
            Self::Sequence(all) => all.iter().for_each(|one| one.walk(way, stretch, dice, out)),
            Self::Choice(all) => dice.one_of(all).walk(way, stretch, dice, out),
        }
    }
}

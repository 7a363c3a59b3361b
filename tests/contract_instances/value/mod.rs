//! Values of simple types: within their facets, at the bounds of each, and just beyond.

mod moment;
mod number;
mod pattern;
mod text;

use std::fmt;

use gis_gkh_codegen::schema::{Builtin, Facets, SchemaSet, Type};

use crate::dice::Dice;
use crate::grammar::GoalId;
use number::Number;
use pattern::Step;

/// How often a value is drawn before it is given up.
const TRIES: usize = 300;

/// A simple type, all steps of its derivation together.
pub(crate) struct Simple {
    pub(crate) base: Builtin,
    /// Facets of the list, if it is one.
    list: Option<Facets>,
    /// Facets, of one item if it is a list.
    facets: Facets,
    steps: Vec<Step>,
    pub(crate) listed: Vec<Listed>,
    pub(crate) bounds: Vec<Bound>,
    /// Place of the declaration, empty for types of XML Schema itself.
    pub(crate) place: String,
}

/// An enumerated value.
pub(crate) struct Listed {
    pub(crate) text: String,
    pub(crate) goal: Option<GoalId>,
}

/// A facet with a value that just keeps it and values that break it, and nothing else where that can be.
pub(crate) struct Bound {
    pub(crate) facet: Facet,
    /// `None` where another facet is in the way.
    pub(crate) at: Option<String>,
    pub(crate) beyond: Vec<String>,
    pub(crate) goal: Option<GoalId>,
    /// The goal of breaking it.
    pub(crate) broken: Option<GoalId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Facet {
    /// Not a value of the primitive type at all.
    Lexical,
    Length,
    MinLength,
    MaxLength,
    TotalDigits,
    FractionDigits,
    MinInclusive,
    MaxInclusive,
    MinExclusive,
    MaxExclusive,
    Pattern,
    Enumeration,
}

impl fmt::Display for Facet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Facets present in a set, in the order of their checking.
fn present(facets: &Facets) -> Vec<Facet> {
    let all = [
        (Facet::Length, facets.length.is_some()),
        (Facet::MinLength, facets.min_length.is_some()),
        (Facet::MaxLength, facets.max_length.is_some()),
        (Facet::TotalDigits, facets.total_digits.is_some()),
        (Facet::FractionDigits, facets.fraction_digits.is_some()),
        (Facet::MinInclusive, facets.min_inclusive.is_some()),
        (Facet::MaxInclusive, facets.max_inclusive.is_some()),
        (Facet::MinExclusive, facets.min_exclusive.is_some()),
        (Facet::MaxExclusive, facets.max_exclusive.is_some()),
        (Facet::Pattern, !facets.patterns.is_empty()),
    ];
    all.into_iter().filter(|(_, is)| *is).map(|(facet, _)| facet).collect()
}

impl Simple {
    pub(crate) fn new(set: &SchemaSet, ty: &Type, place: &str) -> Self {
        let (base, list, facets) = resolve(set, ty);
        let steps = facets.patterns.iter().map(|step| Step::new(step)).collect();
        let texts = match &list {
            Some(list) if !list.enumeration.is_empty() => &list.enumeration,
            _ => &facets.enumeration,
        };
        let listed = texts.iter().map(|(text, _)| Listed { text: text.clone(), goal: None }).collect();
        let mut simple = Self { base, list, facets, steps, listed, bounds: Vec::new(), place: place.to_owned() };
        simple.bounds = simple.find_bounds();
        simple
    }

    /// Facets that are the type's: of the list, if it is one.
    fn outer(&self) -> &Facets {
        self.list.as_ref().unwrap_or(&self.facets)
    }

    fn find_bounds(&self) -> Vec<Bound> {
        // Enumerated values are made one by one; their number decides, not their facets.
        if !self.facets.enumeration.is_empty() && self.list.is_none() {
            return Vec::new();
        }
        let mut dice = Dice::new(7);
        let bound = |facet: Facet| {
            let mut candidates = self.candidates(facet, &mut dice);
            let at = candidates.iter().find(|text| self.meets(facet, text)).cloned();
            // Those that break no other facet, if there are any.
            candidates.retain(|text| self.broken(text).contains(&facet));
            candidates.sort_by_key(|text| self.broken(text).len());
            if candidates.first().is_some_and(|text| self.broken(text).len() == 1) {
                candidates.retain(|text| self.broken(text).len() == 1);
            }
            candidates.truncate(3);
            Bound { facet, at, beyond: candidates, goal: None, broken: None }
        };
        present(self.outer()).into_iter().map(bound).collect()
    }

    /// Values near a bound, on both sides of it.
    fn candidates(&self, facet: Facet, dice: &mut Dice) -> Vec<String> {
        match facet {
            Facet::Length | Facet::MinLength | Facet::MaxLength => self.near_length(facet, dice),
            Facet::Pattern => self.near_pattern(dice),
            _ if self.is_moment() => self.near_moment(facet),
            _ => self.near_number(facet, dice),
        }
    }

    /// Whether an allowed value stands at the bound of a facet.
    fn meets(&self, facet: Facet, text: &str) -> bool {
        if !self.fits(text) {
            return false;
        }
        let outer = self.outer();
        let length = || Some(u32::try_from(self.length(text)).expect("a short text"));
        let digits = || Number::parse(text).map(|number| number.digits());
        let is = |bound: &Option<String>| bound.as_ref().is_some_and(|bound| self.order(text, bound) == Some(0));
        match facet {
            Facet::Length => true,
            Facet::MinLength => outer.min_length == length(),
            Facet::MaxLength => outer.max_length == length(),
            Facet::TotalDigits => outer.total_digits == digits().map(|(total, _)| total),
            Facet::FractionDigits => outer.fraction_digits == digits().map(|(_, fraction)| fraction),
            Facet::MinInclusive => is(&outer.min_inclusive),
            Facet::MaxInclusive => is(&outer.max_inclusive),
            // The value next to the bound is the one the type was asked for.
            Facet::MinExclusive | Facet::MaxExclusive => match self.bounds.iter().find(|one| one.facet == facet) {
                Some(bound) => bound.at.as_ref().is_none_or(|at| at == text),
                None => true,
            },
            Facet::Pattern | Facet::Lexical | Facet::Enumeration => true,
        }
    }

    /// What a value of a document has made.
    pub(crate) fn reached(&self, text: &str) -> Vec<GoalId> {
        let folded = self.folded(text);
        let listed = self.listed.iter().filter(|one| one.text == folded).map(|one| one.goal);
        let bounds = self.bounds.iter().filter(|one| self.meets(one.facet, text)).map(|one| one.goal);
        listed.chain(bounds).flatten().collect()
    }

    /// The value that a goal of this type asks for.
    pub(crate) fn wanted(&self, goal: GoalId) -> Option<String> {
        let listed = self.listed.iter().find(|one| one.goal == Some(goal)).map(|one| one.text.clone());
        listed.or_else(|| self.bounds.iter().find(|one| one.goal == Some(goal)).and_then(|one| one.at.clone()))
    }

    pub(crate) fn goals(&self) -> impl Iterator<Item = GoalId> {
        let listed = self.listed.iter().map(|one| one.goal);
        listed.chain(self.bounds.iter().map(|one| one.goal)).flatten()
    }

    /// An allowed value.
    pub(crate) fn draw(&self, dice: &mut Dice) -> String {
        if !self.listed.is_empty() && (self.list.is_none() || !self.outer().enumeration.is_empty()) {
            return dice.one_of(&self.listed).text.clone();
        }
        match &self.list {
            Some(list) => {
                let min = list.length.or(list.min_length).unwrap_or(0) as usize;
                let max = list.length.or(list.max_length).map_or(min + 3, |max| max as usize);
                let count = min + dice.below(max.min(min + 3) - min + 1);
                (0..count).map(|_| self.draw_item(dice)).collect::<Vec<_>>().join(" ")
            }
            None => self.draw_item(dice),
        }
    }

    fn draw_item(&self, dice: &mut Dice) -> String {
        if !self.listed.is_empty() {
            return dice.one_of(&self.listed).text.clone();
        }
        for _ in 0..TRIES {
            let text = match () {
                () if !self.steps.is_empty() => self.steps[0].make(dice, 12),
                () if self.is_moment() => self.some_moment(dice),
                () if self.is_number() => self.some_number(dice),
                () => self.some_text(dice),
            };
            if self.item_broken(&text).is_empty() {
                return text;
            }
        }
        // Lengths that patterns meet by chance only.
        let found = self.bounds.iter().find_map(|bound| bound.at.clone());
        found.unwrap_or_else(|| panic!("{}: no value of {:?} found", self.place, self.facets))
    }

    pub(crate) fn is_number(&self) -> bool {
        use Builtin::{
            Byte, Decimal, Double, Int, Integer, Long, NonNegative, Positive, Short, UnsignedByte, UnsignedInt,
            UnsignedShort,
        };
        matches!(
            self.base,
            Byte | Decimal
                | Double
                | Int
                | Integer
                | Long
                | NonNegative
                | Positive
                | Short
                | UnsignedByte
                | UnsignedInt
                | UnsignedShort
        )
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self.base, Builtin::Any | Builtin::String | Builtin::Token | Builtin::Base64)
    }

    fn is_moment(&self) -> bool {
        matches!(self.base, Builtin::Date | Builtin::DateTime | Builtin::Year | Builtin::YearMonth)
    }

    pub(crate) fn fits(&self, text: &str) -> bool {
        self.broken(text).is_empty()
    }

    /// The facets a text breaks.
    pub(crate) fn broken(&self, text: &str) -> Vec<Facet> {
        let Some(list) = &self.list else { return self.item_broken(text) };
        let items: Vec<&str> = text.split_whitespace().collect();
        let mut broken: Vec<Facet> = items.iter().flat_map(|item| self.item_broken(item)).collect();
        let count = u32::try_from(items.len()).expect("a short list");
        broken.extend(broken_length(list, count));
        if !list.enumeration.is_empty() && !list.enumeration.iter().any(|(one, _)| *one == items.join(" ")) {
            broken.push(Facet::Enumeration);
        }
        broken
    }

    fn item_broken(&self, text: &str) -> Vec<Facet> {
        let text = self.folded(text);
        if !self.is_lexical(&text) {
            return vec![Facet::Lexical];
        }
        let facets = &self.facets;
        let mut broken: Vec<Facet> =
            broken_length(facets, u32::try_from(self.item_length(&text)).expect("a short text")).collect();
        if let Some((total, fraction)) = Number::parse(&text).filter(|_| self.is_number()).map(|one| one.digits()) {
            broken.extend(facets.total_digits.filter(|max| total > *max).map(|_| Facet::TotalDigits));
            broken.extend(facets.fraction_digits.filter(|max| fraction > *max).map(|_| Facet::FractionDigits));
        }
        let outside = |bound: &Option<String>, bad: &[i8]| {
            let order = bound.as_ref().and_then(|bound| self.order(&text, bound));
            order.is_some_and(|order| bad.contains(&order))
        };
        let bounds = [
            (Facet::MinInclusive, outside(&facets.min_inclusive, &[-1])),
            (Facet::MaxInclusive, outside(&facets.max_inclusive, &[1])),
            (Facet::MinExclusive, outside(&facets.min_exclusive, &[-1, 0])),
            (Facet::MaxExclusive, outside(&facets.max_exclusive, &[1, 0])),
            (Facet::Pattern, !self.steps.iter().all(|step| step.matches(&text))),
            (Facet::Enumeration, !self.is_listed(&text)),
        ];
        broken.extend(bounds.into_iter().filter(|(_, is)| *is).map(|(facet, _)| facet));
        broken
    }

    fn is_listed(&self, text: &str) -> bool {
        let all = &self.facets.enumeration;
        all.is_empty() || all.iter().any(|(one, _)| one == text || self.order(text, one) == Some(0))
    }

    /// Less, equal or greater in value space, where the type has an order.
    fn order(&self, text: &str, bound: &str) -> Option<i8> {
        let order = match () {
            () if self.is_number() => Number::parse(text)?.cmp(&Number::parse(bound)?),
            () if self.is_moment() => moment::order(text, bound),
            () => return None,
        };
        Some(order as i8)
    }

    fn is_lexical(&self, text: &str) -> bool {
        match self.base {
            Builtin::Boolean => matches!(text, "true" | "false" | "1" | "0"),
            Builtin::Base64 => text.len().is_multiple_of(4),
            _ if self.is_number() => self.is_numeral(text),
            _ if self.is_moment() => self.is_date(text),
            _ => true,
        }
    }

    /// Whether two texts are the same value. Text must be the same; what is a number, a moment, a truth or a GUID may be
    /// written in another form; a decimal is written as it was read.
    pub(crate) fn same(&self, left: &str, right: &str) -> bool {
        match self.base {
            Builtin::Decimal if self.list.is_none() => self.folded(left) == self.folded(right),
            _ if self.is_guid() => left.eq_ignore_ascii_case(right),
            _ => self.one_form(left) == self.one_form(right),
        }
    }

    /// One form for one value.
    pub(crate) fn one_form(&self, text: &str) -> String {
        if self.list.is_some() {
            return text.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        let text = self.folded(text);
        match (self.base, &*text) {
            (Builtin::Boolean, "1") => "true".to_owned(),
            (Builtin::Boolean, "0") => "false".to_owned(),
            _ if self.is_number() => Number::parse(&text).map_or(text, Number::one_form),
            _ if self.is_moment() => moment::one_form(&text),
            _ => text,
        }
    }

    fn is_guid(&self) -> bool {
        self.facets.patterns.iter().flatten().any(|pattern| pattern.ends_with("([0-9a-fA-F]){12}"))
    }
}

fn broken_length(facets: &Facets, length: u32) -> impl Iterator<Item = Facet> + use<> {
    let all = [
        (Facet::Length, facets.length.is_some_and(|one| one != length)),
        (Facet::MinLength, facets.min_length.is_some_and(|min| length < min)),
        (Facet::MaxLength, facets.max_length.is_some_and(|max| length > max)),
    ];
    all.into_iter().filter(|(_, is)| *is).map(|(facet, _)| facet)
}

/// The primitive, the facets of the list, and all other facets, the patterns of every step together.
fn resolve(set: &SchemaSet, ty: &Type) -> (Builtin, Option<Facets>, Facets) {
    let mut facets = Facets::default();
    let mut list = None;
    let mut current = ty.clone();
    loop {
        let simple = match &current {
            Type::Builtin(base) => return (*base, list, facets),
            Type::Simple(ty) => ty.clone(),
            Type::Named(name) => set.simple_types[name].clone(),
            Type::Complex(ty) => panic!("{}: a simple type is wanted", ty.origin),
        };
        if simple.list {
            list = Some(std::mem::take(&mut facets));
        }
        let own = &simple.facets;
        facets.length = facets.length.or(own.length);
        facets.min_length = facets.min_length.or(own.min_length);
        facets.max_length = facets.max_length.or(own.max_length);
        facets.total_digits = facets.total_digits.or(own.total_digits);
        facets.fraction_digits = facets.fraction_digits.or(own.fraction_digits);
        facets.min_inclusive = facets.min_inclusive.or_else(|| own.min_inclusive.clone());
        facets.max_inclusive = facets.max_inclusive.or_else(|| own.max_inclusive.clone());
        facets.min_exclusive = facets.min_exclusive.or_else(|| own.min_exclusive.clone());
        facets.max_exclusive = facets.max_exclusive.or_else(|| own.max_exclusive.clone());
        facets.patterns.extend(own.patterns.iter().cloned());
        if facets.enumeration.is_empty() {
            facets.enumeration.clone_from(&own.enumeration);
        }
        current = simple.base.clone();
    }
}

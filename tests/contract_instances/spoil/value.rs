//! Values that their types do not have.

use gis_gkh_codegen::schema::Builtin;

use super::change::{Change, Harm};
use super::{Changes, Done};
use crate::dice::Dice;
use crate::document::{Content, Node, Path};
use crate::grammar::{Grammar, ValueId};
use crate::value::Simple;

/// Texts that some types have and others do not.
const TEXTS: &[&str] = &[
    "",
    " ",
    "x",
    "-1",
    "0",
    "1",
    "13",
    "1.5",
    "0.001",
    "12.345678",
    "999999999.99",
    "+7",
    "007",
    "-0",
    "1e3",
    ".5",
    "5.",
    "1,5",
    "1 000",
    "TRUE",
    "true",
    "2026-10-31",
    "2026-13-01",
    "2026-02-29",
    "2026-1-1",
    "31.10.2026",
    "2026-10-31Z",
    "2026-10-31T10:00:00",
    "2026-10-31T25:00:00",
    "2026-10-31T10:00:00.5+03:00",
    "2026-10-31 10:00:00",
    "2026-10",
    "2026",
    "40702810900000000001",
    "NSI",
    " 5 ",
    "\n7\n",
    "a\tb",
    "AA==",
    "A",
    "!",
    "INF",
    "NaN",
    "٣",
    "１",
];

/// How many of them each type is given.
const TEXTS_EACH: usize = 4;

pub(super) fn changes(
    grammar: &Grammar,
    node: &Node,
    path: &Path,
    done: &mut Done,
    dice: &mut Dice,
    out: &mut Changes,
) {
    let declared = &grammar.elements[node.declared];
    if let Content::Value(text, id) = &node.content {
        if done.is_new(Harm::Markup, *id, 0) {
            out.push((Harm::Markup, Change::Markup(path.clone(), "<Foreign xmlns=\"urn:elsewhere\"/>".to_owned())));
            out.push((Harm::UnknownAttribute, Change::Add(path.clone(), "", "unknown")));
        }
        if declared.fixed.is_some() {
            if done.is_new(Harm::Fixed, node.declared, 0) {
                let others = match text.as_str() {
                    // libxml2 takes `1` for another value than a fixed `true` (and `0` than `false`); by XML Schema part 1
                    // §3.3.4 (cvc-elt 5.2.2.2) values are compared, not their writings, so `1` is the fixed value.
                    "true" => ["false", "0", "x"],
                    "false" => ["true", "1", "x"],
                    _ => ["x", "0", " "],
                };
                out.extend(others.map(|other| (Harm::Fixed, Change::Write(path.clone(), None, other.to_owned()))));
            }
        } else {
            texts(grammar, *id, path, None, done, dice, out);
        }
    }
    for (index, given) in node.attributes.iter().enumerate() {
        let Some(ty) = node.ty else { continue };
        let attribute = &grammar.types[ty].attributes[given.index];
        if attribute.fixed.is_none() && attribute.versions.is_empty() {
            texts(grammar, attribute.value, path, Some(index), done, dice, out);
        }
    }
}

fn texts(
    grammar: &Grammar,
    id: ValueId,
    path: &Path,
    attribute: Option<usize>,
    done: &mut Done,
    dice: &mut Dice,
    out: &mut Changes,
) {
    let value = &grammar.values[id];
    // The reader of an attribute is not that of an element.
    let place = usize::from(attribute.is_some());
    let mut write = |harm: Harm, text: String| out.push((harm, Change::Write(path.clone(), attribute, text)));
    for (number, bound) in value.bounds.iter().enumerate() {
        for (which, text) in bound.beyond.iter().enumerate() {
            let harm = Harm::Facet(bound.broken);
            if done.is_new(harm, id, (number * 10 + which) * 2 + place) {
                write(harm, text.clone());
            }
        }
    }
    if let Some(listed) = value.listed.first()
        && done.is_new(Harm::Unlisted, id, place)
    {
        let text = &listed.text;
        for other in [format!("{text}x"), text.to_lowercase(), text.to_uppercase(), format!(" {text} "), String::new()]
        {
            write(Harm::Unlisted, other);
        }
    }
    for number in 0..TEXTS_EACH {
        if done.is_new(Harm::NoValue, id, number * 2 + place) {
            let text = *dice.one_of(TEXTS);
            if told_apart(value, text) {
                write(Harm::NoValue, text.to_owned());
            }
        }
    }
}

/// Whether both judges are bound to say the same of a text.
fn told_apart(value: &Simple, text: &str) -> bool {
    use Builtin::{Boolean, Decimal, Double, Integer, NonNegative, Positive};
    // Numbers of more than 64 bits are valid where the schema sets no bound, and more than we read.
    let long = matches!(value.base, Integer | NonNegative | Positive) && text.len() == 20;
    // By XML Schema part 2 §4.3.6 white space around all but strings is dropped; libxml2 does so for these types only, and
    // takes it for a fault in numbers of a limited range and in dates.
    let drops = matches!(value.base, Boolean | Decimal | Double | Integer | NonNegative | Positive);
    let padded = text.trim() != text && !value.is_text() && !drops;
    // Not a number is equal to nothing, itself included.
    !long && !padded && text != "NaN"
}

//! One small change to a document; it may or may not break it.

use roxmltree::{Document, Node};

use crate::Dice;
use crate::instance::Instance;

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// A document with one thing changed somewhere.
pub(crate) fn spoil(instance: &Instance, dice: &mut Dice) -> String {
    let document = instance.text.as_str();
    let tree = Document::parse(document).expect("a document");
    // What the schemas give no type may officially hold anything; we read it as text, and strictly.
    let all = tree.descendants().filter(Node::is_element);
    let elements: Vec<Node<'_, '_>> = all.filter(|node| !instance.untyped.contains(&node.range().start)).collect();
    let node = *dice.one_of(&elements);
    let range = node.range();
    let itself = &document[range.clone()];
    let is_root = node == tree.root_element();
    let leaf = !node.children().any(|child| child.is_element());
    let open = range.start + itself.find('>').expect("a start tag") + 1;
    let close = range.start + itself.rfind("</").expect("an end tag");
    let replaced =
        |at: std::ops::Range<usize>, with: &str| format!("{}{with}{}", &document[..at.start], &document[at.end..]);
    match dice.below(12) {
        0 | 1 if !is_root => replaced(range, ""),
        2 if !is_root => replaced(range.end..range.end, itself),
        3 if !is_root => match node.next_sibling_element() {
            Some(next) => {
                let other = &document[next.range()];
                replaced(range.start..next.range().end, &format!("{other}{itself}"))
            }
            None => replaced(range, ""),
        },
        4 => {
            let name = node.tag_name().name();
            let start = range.start + 1..range.start + 1 + name.len();
            let text = replaced(close + 2..close + 2 + name.len(), &format!("{name}X"));
            format!("{}{name}X{}", &text[..start.start], &text[start.end..])
        }
        5 => replaced(open..open, "text"),
        6 => replaced(open..open, "<Foreign xmlns=\"urn:elsewhere\"/>"),
        7 => {
            let at = range.start + 1 + node.tag_name().name().len();
            replaced(at..at, " unknown=\"1\"")
        }
        8 => {
            // libxml2 overlooks `fixed` of an attribute declared elsewhere, so values of attributes stay as they are.
            let attributes: Vec<_> = node.attributes().filter(|one| one.namespace() != Some(XSI)).collect();
            match attributes.as_slice() {
                [] if is_root => replaced(open..open, "text"),
                [] => replaced(range, ""),
                all => replaced(dice.one_of(all).range(), ""),
            }
        }
        _ if leaf => {
            let long = "я".repeat(1 + dice.below(2600));
            let texts = [
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
                "2026-10-31",
                "2026-10-31T10:00:00",
                "true",
                "40702810900000000001",
                "NSI",
                long.as_str(),
            ];
            // libxml2 takes `1` for another value than a fixed `true`; the recommendation does not.
            let text = match *dice.one_of::<&str>(&texts) {
                "1" if &document[open..close] == "true" => "0",
                text => text,
            };
            replaced(open..close, text)
        }
        _ => replaced(open..close, ""),
    }
}

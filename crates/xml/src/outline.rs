//! An element as JSON: the contract's own names, for whoever reads answers without reading XML.
//!
//! | XML | JSON |
//! |---|---|
//! | element with elements inside | object, its keys in the order of the contract |
//! | element that may stand several times | array, also when it stands once; no key when it is absent |
//! | `xs:boolean` | `true`, `false` |
//! | any other value | string, exactly as it would be written: a decimal keeps its digits |
//! | attribute | key with `@` before it |
//! | text beside attributes | key `$` |
//! | element kept as it came (a signature) | left out |

use std::fmt::Write as _;

/// The value of an element, or its content.
#[derive(Debug, Default)]
pub(crate) struct Node {
    attributes: Vec<(&'static str, String)>,
    text: Option<Text>,
    children: Vec<Child>,
}

#[derive(Debug)]
struct Text {
    text: String,
    boolean: bool,
}

#[derive(Debug)]
struct Child {
    name: &'static str,
    several: bool,
    node: Node,
}

/// An outline while it is written.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    /// The open elements; the first holds the document element.
    open: Vec<(&'static str, bool, Node)>,
    /// Depths at which elements stand that may stand several times.
    repeating: Vec<usize>,
    root: Node,
}

impl Outline {
    pub(crate) fn open(&mut self, name: &'static str) {
        let several = self.repeating.last() == Some(&self.open.len());
        self.open.push((name, several, Node::default()));
    }

    pub(crate) fn attribute(&mut self, name: &'static str, value: &str) {
        if let Some((_, _, node)) = self.open.last_mut() {
            node.attributes.push((name, value.to_owned()));
        }
    }

    pub(crate) fn text(&mut self, text: &str, boolean: bool) {
        if let Some((_, _, node)) = self.open.last_mut() {
            node.text = Some(Text { text: text.to_owned(), boolean });
        }
    }

    pub(crate) fn close(&mut self) {
        let Some((name, several, node)) = self.open.pop() else { return };
        let above = self.open.last_mut().map_or(&mut self.root, |(_, _, node)| node);
        above.children.push(Child { name, several, node });
    }

    pub(crate) fn repeat(&mut self) {
        self.repeating.push(self.open.len());
    }

    pub(crate) fn repeated(&mut self) {
        self.repeating.pop();
    }

    /// What the document element says.
    pub(crate) fn into_json(self) -> String {
        let mut out = String::new();
        match self.root.children.first() {
            Some(element) => element.node.write(&mut out),
            None => out.push_str("null"),
        }
        out
    }
}

impl Node {
    fn write(&self, out: &mut String) {
        match &self.text {
            Some(text) if self.attributes.is_empty() && self.children.is_empty() => text.write(out),
            text => self.write_object(text.as_ref(), out),
        }
    }

    fn write_object(&self, text: Option<&Text>, out: &mut String) {
        out.push('{');
        let mut first = true;
        let mut key = |prefix: &str, name: &str, out: &mut String| {
            if !std::mem::take(&mut first) {
                out.push(',');
            }
            string(&[prefix, name], out);
            out.push(':');
        };
        for (name, value) in &self.attributes {
            key("@", name, out);
            string(&[value], out);
        }
        if let Some(text) = text {
            key("", "$", out);
            text.write(out);
        }
        // A type has few names, however many children an element of it has.
        let mut seen = Vec::new();
        for (place, child) in self.children.iter().enumerate() {
            if seen.contains(&child.name) {
                continue;
            }
            seen.push(child.name);
            let same = |other: &&Child| other.name == child.name;
            key("", child.name, out);
            let all: Vec<&Child> = self.children[place..].iter().filter(same).collect();
            if !child.several && all.len() == 1 {
                child.node.write(out);
                continue;
            }
            out.push('[');
            for (number, one) in all.into_iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                one.node.write(out);
            }
            out.push(']');
        }
        out.push('}');
    }
}

impl Text {
    fn write(&self, out: &mut String) {
        match (self.boolean, self.text.as_str()) {
            (true, "true" | "1") => out.push_str("true"),
            (true, "false" | "0") => out.push_str("false"),
            _ => string(&[&self.text], out),
        }
    }
}

/// A JSON string of these parts.
fn string(parts: &[&str], out: &mut String) {
    out.push('"');
    for c in parts.iter().flat_map(|part| part.chars()) {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Writing to a string does not fail.
            c if c < ' ' => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use crate::{Attribute, Name, Namespace, Ns, Writer};

    const NAMESPACES: &[Namespace] = &[Namespace { uri: "urn:a", prefix: "a" }];

    fn name(local: &'static str) -> Name {
        Name::new(Ns(0), local)
    }

    #[test]
    fn lists_are_arrays_values_are_strings_and_booleans_are_booleans() {
        let mut writer = Writer::outline(NAMESPACES);
        writer.open_with(name("root"), &[Attribute { ns: None, local: "Id", value: "x\"y" }]);
        writer.value(name("sum"), &"5.10".parse::<crate::Decimal>().unwrap());
        writer.value(name("text"), &"a\n\"б\\\u{1}".to_owned());
        writer.value(name("yes"), &true);
        writer.fixed(name("mark"), "true");
        writer.repeat();
        writer.open(name("one"));
        writer.value(name("inner"), &"1".to_owned());
        writer.close(name("one"));
        writer.repeated();
        writer.open(name("empty"));
        writer.close(name("empty"));
        writer.repeat();
        writer.repeated();
        writer.open_with(name("both"), &[Attribute { ns: None, local: "unit", value: "m" }]);
        writer.text(&"7".to_owned());
        writer.close(name("both"));
        writer.close(name("root"));
        assert_eq!(
            writer.into_string(),
            "{\"@Id\":\"x\\\"y\",\"sum\":\"5.10\",\"text\":\"a\\n\\\"б\\\\\\u0001\",\"yes\":true,\"mark\":true,\
             \"one\":[{\"inner\":\"1\"}],\"empty\":{},\"both\":{\"@unit\":\"m\",\"$\":\"7\"}}"
        );
    }

    #[test]
    fn elements_of_repeated_content_are_lists_each() {
        let mut writer = Writer::outline(NAMESPACES);
        writer.open(name("root"));
        writer.repeat();
        for _ in 0..2 {
            writer.value(name("key"), &"k".to_owned());
            writer.value(name("value"), &"v".to_owned());
        }
        writer.repeated();
        writer.value(name("end"), &"e".to_owned());
        writer.close(name("root"));
        assert_eq!(writer.into_string(), "{\"key\":[\"k\",\"k\"],\"value\":[\"v\",\"v\"],\"end\":\"e\"}");
    }
}

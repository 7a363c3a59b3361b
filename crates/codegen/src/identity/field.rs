//! Expressions for the fields of what a constraint selects.

use super::Writer;
use crate::emit::literal;
use crate::plan::{Body, Item, ItemKind, Ty, TypeId, Variant};
use crate::schema::{QName, Step};

impl Writer<'_, '_> {
    /// Expression of type `Option<Cow<str>>` for a field of a selected element; it starts with `Some(` if it always has
    /// a value.
    pub(super) fn field(&self, ty: &Ty, v: &str, steps: &[Step]) -> Option<String> {
        match (ty, steps.split_first()) {
            (Ty::Value(_), None) => Some(format!("Some(xml::Value::lexical({v}))")),
            (Ty::Complex(id), None) => {
                let Body::Struct(body) = &self.emitter.plan.types[*id].body else { return None };
                body.text.is_some().then(|| format!("Some(xml::Value::lexical(&{}.value))", v.trim_start_matches('&')))
            }
            (Ty::Complex(id), Some((step, rest))) => match step {
                Step::Child(name) => self.child(*id, v.trim_start_matches('&'), name, rest),
                Step::Attribute(name) => self.attribute(*id, v.trim_start_matches('&'), name),
                Step::Any => None,
            },
            (Ty::Value(_) | Ty::Raw, _) => None,
        }
    }

    fn attribute(&self, id: TypeId, v: &str, name: &QName) -> Option<String> {
        let Body::Struct(body) = &self.emitter.plan.types[id].body else { return None };
        let attribute = body.attributes.iter().find(|attribute| attribute.name == *name)?;
        Some(match (attribute.constant.as_slice(), attribute.required) {
            ([only], true) => format!("Some({})", borrowed(only)),
            ([only], false) => format!("{v}.{}.then_some({})", attribute.field, borrowed(only)),
            // One of several versions: which one is not kept.
            ([_, ..], _) => return None,
            ([], true) => format!("Some(xml::Value::lexical(&{v}.{}))", attribute.field),
            ([], false) => format!("{v}.{}.as_ref().map(xml::Value::lexical)", attribute.field),
        })
    }

    /// The field below a child, wherever in the content that child stands: in place, in a group, in a branch of a choice.
    fn child(&self, id: TypeId, v: &str, name: &QName, rest: &[Step]) -> Option<String> {
        let plan = self.emitter.plan;
        let all: Vec<String> = match &plan.types[id].body {
            Body::Struct(body) => body.items.iter().filter_map(|item| self.child_in(item, v, name, rest)).collect(),
            Body::Choice(variants) => {
                let arms: Vec<String> =
                    variants.iter().filter_map(|variant| self.branch(id, variant, name, rest)).collect();
                let others = if arms.len() < variants.len() { "_ => None, " } else { "" };
                let text = format!("match {} {{ {} {others}}}", by_reference(v), arms.join(" "));
                (!arms.is_empty()).then_some(text).into_iter().collect()
            }
            _ => Vec::new(),
        };
        let mut all = all.into_iter();
        let first = all.next()?;
        if first.starts_with("Some(") {
            return Some(first);
        }
        // One of them at most is there.
        Some(all.fold(first, |one, other| format!("{one}.or_else(|| {other})")))
    }

    fn child_in(&self, item: &Item, v: &str, name: &QName, rest: &[Step]) -> Option<String> {
        let place = format!("{v}.{}", item.field);
        let inner = match &item.kind {
            ItemKind::Element { name: one, .. } if one != name => return None,
            ItemKind::Element { fixed: Some(fixed), .. } => {
                return Some(match item.min {
                    1 => format!("Some({})", borrowed(fixed)),
                    _ => format!("{place}.then_some({})", borrowed(fixed)),
                });
            }
            ItemKind::Element { ty, .. } if (item.min, item.max) == (1, Some(1)) => {
                return self.field(ty, &format!("&{place}"), rest);
            }
            ItemKind::Element { ty, .. } => self.field(ty, "x", rest)?,
            ItemKind::Content(id) if (item.min, item.max) == (1, Some(1)) => {
                let place = if item.boxed { format!("(*{place})") } else { place };
                return self.child(*id, &place, name, rest);
            }
            ItemKind::Content(id) => self.child(*id, if item.boxed { "(**x)" } else { "x" }, name, rest)?,
        };
        // A field that repeats is no field.
        if (item.min, item.max) != (0, Some(1)) {
            return None;
        }
        Some(match inner.strip_prefix("Some(").and_then(|inner| inner.strip_suffix(')')) {
            Some("xml::Value::lexical(x)") => format!("{place}.as_ref().map(xml::Value::lexical)"),
            Some(inner) => format!("{place}.as_ref().map(|x| {inner})"),
            None => format!("{place}.as_ref().and_then(|x| {inner})"),
        })
    }

    /// The arm of a `match` for a branch that has the field.
    fn branch(&self, id: TypeId, variant: &Variant, name: &QName, rest: &[Step]) -> Option<String> {
        let path = format!("{}::{}", self.emitter.path(id), variant.name);
        let inner = match &variant.item.kind {
            _ if variant.item.max != Some(1) => return None,
            ItemKind::Element { name: one, .. } if one != name => return None,
            ItemKind::Element { fixed: Some(fixed), .. } => {
                return Some(format!("{path} => Some({}),", borrowed(fixed)));
            }
            ItemKind::Element { ty, .. } => self.field(ty, "y", rest)?,
            ItemKind::Content(id) => self.child(*id, if variant.item.boxed { "(**y)" } else { "y" }, name, rest)?,
        };
        Some(format!("{path}(y) => {inner},"))
    }
}

/// A constant value.
fn borrowed(value: &str) -> String {
    format!("std::borrow::Cow::Borrowed({})", literal(value))
}

/// What a `match` looks at: a variable is a reference already, a place is not.
fn by_reference(v: &str) -> String {
    if matches!(v, "x" | "y") { v.to_owned() } else { format!("&{v}") }
}

//! One item of a content: its field, how it is read, written, checked and described.

use std::fmt::Write;

use super::value::describe;
use super::{Emitter, Out, literal};
use crate::identity;
use crate::plan::{Item, ItemKind, Ty, Value, ValueKind};
use crate::schema::Builtin;

impl Emitter<'_> {
    /// Type of one occurrence.
    pub(super) fn one(&self, item: &Item) -> String {
        let one = match &item.kind {
            ItemKind::Element { ty, .. } => self.ty_name(ty),
            ItemKind::Content(id) => self.path(*id),
        };
        if item.boxed { format!("Box<{one}>") } else { one }
    }

    /// Type of the field that holds an item; `None` if a required fixed value needs none.
    pub(crate) fn holder(&self, item: &Item) -> Option<String> {
        if let ItemKind::Element { fixed: Some(_), .. } = &item.kind {
            return (item.min == 0).then(|| "bool".to_owned());
        }
        let one = self.one(item);
        Some(match (item.min, item.max) {
            (1, Some(1)) => one,
            (0, Some(1)) => format!("Option<{one}>"),
            _ => format!("Vec<{one}>"),
        })
    }

    /// Function that reads one occurrence of an element that was entered.
    pub(super) fn reader(&self, item: &Item) -> String {
        match &item.kind {
            ItemKind::Element { fixed: Some(fixed), .. } => format!("|r| r.fixed({})", literal(fixed)),
            ItemKind::Element { ty: Ty::Value(value), default: Some(default), .. } => {
                format!("|r| r.value_or::<{}>({})", self.value_type(value), literal(default))
            }
            ItemKind::Element { ty: Ty::Value(value), .. } => match self.written_form(value) {
                Some(facets) => {
                    format!("|r| r.value_written::<{}>(&{}::facets::F{facets})", self.value_type(value), self.root)
                }
                None => format!("xml::Reader::value::<{}>", self.value_type(value)),
            },
            ItemKind::Element { ty: Ty::Complex(id), .. } if item.boxed => {
                format!("|r| {}::read(r).map(Box::new)", self.path(*id))
            }
            ItemKind::Element { ty: Ty::Complex(id), .. } => format!("{}::read", self.path(*id)),
            ItemKind::Element { ty: Ty::Raw, .. } => "xml::Reader::raw".to_owned(),
            ItemKind::Content(id) if item.boxed => format!("|r| {}::read_content(r).map(Box::new)", self.path(*id)),
            ItemKind::Content(id) => format!("{}::read_content", self.path(*id)),
        }
    }

    /// Facets with patterns that a text has to match while it is still at hand: the value does not keep how it was written.
    fn written_form(&self, value: &Value) -> Option<usize> {
        let ValueKind::Builtin(base) = value.kind else { return None };
        let kept = matches!(base, Builtin::Any | Builtin::String | Builtin::Token | Builtin::Decimal);
        value.facets.filter(|facets| !kept && !value.list && !self.plan.facets[*facets].patterns.is_empty())
    }

    /// Expression that reads an item as its holder.
    pub(super) fn read_item(&self, item: &Item) -> String {
        let read = self.reader(item);
        let max = item.max.map_or("None".to_owned(), |max| format!("Some({max})"));
        match &item.kind {
            ItemKind::Element { name, fixed, .. } => {
                let name = self.name(name);
                match (item.min, item.max, fixed) {
                    (0, _, Some(_)) => format!("r.opt({name}, {read})?.unwrap_or(false)"),
                    (_, _, Some(_)) => format!("r.req({name}, {read})?"),
                    (1, Some(1), None) => format!("r.req({name}, {read})?"),
                    (0, Some(1), None) => format!("r.opt({name}, {read})?"),
                    (min, ..) => format!("r.many({name}, {min}, {max}, {read})?"),
                }
            }
            ItemKind::Content(id) => {
                let first = self.names(&self.plan.first(item));
                let label = literal(&self.plan.types[*id].name);
                match (item.min, item.max) {
                    (1, Some(1)) => {
                        let ty = self.path(*id);
                        if item.boxed {
                            format!("Box::new({ty}::read_content(r)?)")
                        } else {
                            format!("{ty}::read_content(r)?")
                        }
                    }
                    (0, Some(1)) => format!("r.opt_content({first}, {read})?"),
                    (min, _) => format!("r.many_content({first}, {label}, {min}, {max}, {read})?"),
                }
            }
        }
    }

    /// Statement that writes one occurrence, a reference called `v`.
    pub(super) fn write_one(&self, item: &Item, v: &str) -> String {
        match &item.kind {
            ItemKind::Element { name, fixed: Some(fixed), .. } => {
                format!("w.fixed({}, {});", self.name(name), literal(fixed))
            }
            ItemKind::Element { name, ty, .. } => match ty {
                Ty::Value(_) => format!("w.value({}, {v});", self.name(name)),
                Ty::Complex(_) => format!("{v}.write({}, w);", self.name(name)),
                Ty::Raw => format!("w.raw({v});"),
            },
            ItemKind::Content(_) => format!("{v}.write_content(w);"),
        }
    }

    pub(super) fn write_item(&self, item: &Item, place: &str, out: &mut Out) {
        let fixed = matches!(&item.kind, ItemKind::Element { fixed: Some(_), .. });
        let field = format!("{place}{}", item.field);
        match (item.min, item.max) {
            (0, _) if fixed => {
                out.line(format!("if {field} {{"));
                out.line(self.write_one(item, ""));
                out.line("}");
            }
            _ if fixed => out.line(self.write_one(item, "")),
            (1, Some(1)) => {
                let v = if matches!(&item.kind, ItemKind::Element { ty: Ty::Value(_) | Ty::Raw, .. }) {
                    format!("&{field}")
                } else {
                    field
                };
                out.line(self.write_one(item, &v));
            }
            (0, Some(1)) => {
                out.line(format!("if let Some(v) = &{field} {{"));
                out.line(self.write_one(item, "v"));
                out.line("}");
            }
            _ => {
                out.line("w.repeat();");
                out.line(format!("for v in &{field} {{"));
                out.line(self.write_one(item, "v"));
                out.line("}");
                out.line("w.repeated();");
            }
        }
    }

    /// Statement that checks one occurrence; empty if there is nothing to check.
    pub(super) fn check_one(&self, item: &Item, v: &str, at: &str) -> Option<String> {
        match &item.kind {
            ItemKind::Element { fixed: Some(_), .. } => None,
            ItemKind::Element { ty: Ty::Value(value), .. } => self.check_value(value, v, at),
            ItemKind::Element { ty: Ty::Complex(id), constraints, .. } => {
                let check = format!("{v}.check({at}, c);");
                if constraints.is_empty() {
                    return Some(check);
                }
                let mut block = Out::default();
                block.line("{");
                block.line(format!("let at = {at};"));
                block.line(format!("let v = {};", if v == "v" { "v".to_owned() } else { format!("&{v}") }));
                block.line("v.check(at, c);");
                identity::constraints(self, *id, "v", constraints, &mut block);
                block.line("}");
                Some(block.into_text().trim_end().to_owned())
            }
            ItemKind::Element { ty: Ty::Raw, .. } => None,
            ItemKind::Content(_) => Some(format!("{v}.check({at}, c);")),
        }
    }

    pub(super) fn check_value(&self, value: &Value, v: &str, at: &str) -> Option<String> {
        let whole = value.list_facets.map(|facets| format!(" c.facets({at}, {v}, &{}::facets::F{facets});", self.root));
        let whole = whole.unwrap_or_default();
        if let ValueKind::Enumeration(_) = &value.kind {
            return Some(format!("c.listed({at}, {v});{whole}"));
        }
        let Some(facets) = value.facets else {
            // Text without facets may still hold a character that XML cannot carry.
            let text = matches!(value.kind, ValueKind::Builtin(Builtin::Any | Builtin::String | Builtin::Token));
            return text.then(|| format!("c.writable({at}, {v});"));
        };
        let facets = format!("{}::facets::F{facets}", self.root);
        Some(if value.list {
            // The facets are those of one item.
            format!("({v}).0.iter().for_each(|v| c.facets({at}, v, &{facets}));{whole}")
        } else {
            format!("c.facets({at}, {v}, &{facets});")
        })
    }

    pub(super) fn check_item(&self, item: &Item, place: &str, out: &mut Out) {
        let field = format!("{place}{}", item.field);
        let label = match &item.kind {
            ItemKind::Element { name, .. } => Some(literal(&name.local)),
            ItemKind::Content(_) => None,
        };
        let child = label.as_ref().map_or("at".to_owned(), |label| format!("&at.child({label})"));
        match (item.min, item.max) {
            (1, Some(1)) => {
                let value = matches!(&item.kind, ItemKind::Element { ty: Ty::Value(_), .. });
                let v = if value { format!("&{field}") } else { field };
                if let Some(check) = self.check_one(item, &v, &child) {
                    out.line(check);
                }
            }
            (0, Some(1)) => {
                if let Some(check) = self.check_one(item, "v", &child) {
                    out.line(format!("if let Some(v) = &{field} {{"));
                    out.line(check);
                    out.line("}");
                }
            }
            (min, max) => {
                if min > 0 || max.is_some() {
                    let max = max.map_or("None".to_owned(), |max| format!("Some({max})"));
                    out.line(format!("c.occurs({child}, {field}.len(), {min}, {max});"));
                }
                let item_at = label.as_ref().map_or("at".to_owned(), |label| format!("&at.item({label}, i)"));
                if let Some(check) = self.check_one(item, "v", &item_at) {
                    let (head, over) =
                        if label.is_some() { ("(i, v)", ".iter().enumerate()") } else { ("v", ".iter()") };
                    out.line(format!("for {head} in {field}{over} {{"));
                    out.line(check);
                    out.line("}");
                }
            }
        }
    }

    pub(super) fn item_doc(&self, item: &Item) -> String {
        let mut doc = if item.doc.is_empty() {
            match &item.kind {
                ItemKind::Element { name, .. } => format!("`{}`.", name.local),
                ItemKind::Content(id) => format!("`{}`.", self.plan.types[*id].name),
            }
        } else {
            item.doc.clone()
        };
        match (item.min, item.max) {
            (_, Some(1)) => {}
            (min, Some(max)) if min == max => {
                let _ = write!(doc, " Exactly {max}.");
            }
            (min, Some(max)) => {
                let _ = write!(doc, " {min} to {max}.");
            }
            (0, None) => {}
            (min, None) => {
                let _ = write!(doc, " At least {min}.");
            }
        }
        if let ItemKind::Element { ty: Ty::Value(value), default, fixed: None, .. } = &item.kind {
            doc += &self.value_doc(value);
            if let Some(default) = default {
                let _ = write!(doc, " An empty element means `{default}`.");
            }
        }
        doc
    }

    /// What a value must be beyond its type, in words; empty, or to be put behind a sentence.
    pub(super) fn value_doc(&self, value: &Value) -> String {
        let words = |facets: Option<usize>, of: &str| {
            facets.map(|facets| describe(&self.plan.facets[facets], of)).filter(|words| !words.is_empty())
        };
        let one = words(value.facets, "characters");
        let whole = words(value.list_facets, "values");
        let both: Vec<String> = match value.list {
            true => whole.into_iter().chain(one.map(|one| format!("each {one}"))).collect(),
            false => one.into_iter().collect(),
        };
        if both.is_empty() { String::new() } else { format!(" ({})", both.join("; ")) }
    }

    /// `maxOccurs` of every repeated element, as constants.
    pub(super) fn limits<'i>(&self, items: impl Iterator<Item = (&'i str, &'i Item)>, out: &mut Out) {
        for (label, item) in items {
            let (ItemKind::Element { name, .. }, Some(max)) = (&item.kind, item.max) else { continue };
            if max > 1 {
                out.doc(&format!("At most this many `{}` (`maxOccurs`).", name.local));
                out.line(format!(
                    "pub const {}_MAX: usize = {max};",
                    crate::names::shout(label.trim_start_matches("r#"))
                ));
                out.line("");
            }
        }
    }
}

//! Writes the planned types as Rust.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::identity;
use crate::plan::{AttributePlan, Body, Item, ItemKind, Plan, Struct, Ty, TypeId, TypePlan, Value, ValueKind, Variant};
use crate::schema::{Builtin, Facets, QName};

/// Text with indentation.
#[derive(Debug, Default)]
pub(crate) struct Out {
    text: String,
    depth: usize,
}

impl Out {
    /// One line; an opening brace at its end indents what follows, a closing one at its start ends that.
    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        if line.contains('\n') {
            return line.lines().for_each(|line| self.line(line.trim_start()));
        }
        if line.starts_with(['}', ')', ']']) {
            self.depth = self.depth.saturating_sub(1);
        }
        if !line.is_empty() {
            self.text.extend(std::iter::repeat_n("    ", self.depth));
            self.text.push_str(line);
        }
        self.text.push('\n');
        if line.ends_with(['{', '(', '[']) {
            self.depth += 1;
        }
    }

    pub(crate) fn doc(&mut self, text: &str) {
        for line in wrap(text, 110usize.saturating_sub(self.depth * 4)) {
            self.line(format!("/// {line}").trim_end());
        }
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

/// Documentation as lines, with what rustdoc would take for links or tags made harmless.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut code = false;
    for word in text.split_whitespace() {
        // Inside backticks nothing needs to be made harmless.
        let plain = !code && !word.contains('`');
        code ^= word.matches('`').count() % 2 == 1;
        let word = if plain { harmless(word) } else { word.to_owned() };
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
    }
    lines
}

fn harmless(word: &str) -> String {
    let word = word.replace('[', "\\[").replace(']', "\\]").replace('<', "\\<").replace('>', "\\>");
    if word.contains("://") { format!("`{word}`") } else { word }
}

/// A Rust string literal.
pub(crate) fn literal(text: &str) -> String {
    format!("\"{}\"", text.escape_default().to_string().replace("\\'", "'"))
}

pub(crate) struct Emitter<'p> {
    pub(crate) plan: &'p Plan,
    /// Path of the contract's module: `crate::contract`.
    pub(crate) root: &'p str,
}

impl Emitter<'_> {
    /// All files: one a namespace, with its nested modules.
    pub(crate) fn modules(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        for (index, namespace) in self.plan.namespaces.iter().enumerate() {
            let mut out = Out::default();
            out.line("use ::gis_gkh_xml::{self as xml, Name, Ns, Value as _};");
            out.line("");
            out.doc(&format!("Number of the namespace `{}`.", namespace.uri));
            out.line(format!("pub const NS: Ns = Ns({index});"));
            let module = vec![namespace.module.clone()];
            self.types_in(&module, &mut out);
            for root in self.plan.roots.iter().filter(|root| *root.name.ns == *namespace.uri) {
                out.line("");
                identity::element(self, root, &mut out);
            }
            files.insert(namespace.module.clone(), out.into_text());
        }
        files
    }

    /// Types declared in one module, then its nested modules.
    fn types_in(&self, module: &[String], out: &mut Out) {
        let mut here: Vec<&TypePlan> = self.plan.types.iter().filter(|ty| ty.module == module).collect();
        here.sort_by(|left, right| left.name.cmp(&right.name));
        for ty in here {
            out.line("");
            self.ty(ty, out);
        }
        let mut nested: Vec<&String> = self
            .plan
            .types
            .iter()
            .filter(|ty| ty.module.len() > module.len() && ty.module.starts_with(module))
            .map(|ty| &ty.module[module.len()])
            .collect();
        nested.sort();
        nested.dedup();
        for name in nested {
            let owner = crate::names::camel(name);
            out.line("");
            out.doc(&format!("Types declared inside `{owner}`."));
            out.line(format!("pub mod {name} {{"));
            out.line("use ::gis_gkh_xml::{self as xml, Name, Ns, Value as _};");
            let mut inner = module.to_vec();
            inner.push(name.clone());
            self.types_in(&inner, out);
            out.line("}");
        }
    }

    fn ty(&self, ty: &TypePlan, out: &mut Out) {
        match &ty.body {
            Body::Struct(body) => self.structure(ty, body, out),
            Body::Choice(variants) => self.choice(ty, variants, out),
            Body::Enumeration { values } => enumeration(ty, values, out),
            Body::Abstract(all) => self.substitution(ty, all, out),
            Body::Pending => {}
        }
    }

    pub(crate) fn path(&self, id: TypeId) -> String {
        let ty = &self.plan.types[id];
        format!("{}::{}::{}", self.root, ty.module.join("::"), ty.name)
    }

    pub(crate) fn name(&self, name: &QName) -> String {
        format!("Name::new(Ns({}), {})", self.plan.namespace(&name.ns), literal(&name.local))
    }

    fn names<'n>(&self, names: impl IntoIterator<Item = &'n QName>) -> String {
        let all: Vec<String> = names.into_iter().map(|name| self.name(name)).collect();
        format!("&[{}]", all.join(", "))
    }

    fn value_type(&self, value: &Value) -> String {
        let one = match &value.kind {
            ValueKind::Guid => "xml::Guid".to_owned(),
            ValueKind::Enumeration(id) => self.path(*id),
            ValueKind::Builtin(builtin) => builtin_type(*builtin).to_owned(),
        };
        if value.list { format!("xml::value::List<{one}>") } else { one }
    }

    fn ty_name(&self, ty: &Ty) -> String {
        match ty {
            Ty::Value(value) => self.value_type(value),
            Ty::Complex(id) => self.path(*id),
            Ty::Raw => "xml::Raw".to_owned(),
        }
    }

    /// Type of one occurrence.
    fn one(&self, item: &Item) -> String {
        let one = match &item.kind {
            ItemKind::Element { ty, .. } => self.ty_name(ty),
            ItemKind::Content(id) => self.path(*id),
        };
        if item.boxed { format!("Box<{one}>") } else { one }
    }

    /// Type of the field that holds an item; `None` if a required fixed value needs none.
    fn holder(&self, item: &Item) -> Option<String> {
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
    fn reader(&self, item: &Item) -> String {
        match &item.kind {
            ItemKind::Element { fixed: Some(fixed), .. } => format!("|r| r.fixed({})", literal(fixed)),
            ItemKind::Element { ty: Ty::Value(value), .. } => {
                format!("xml::Reader::value::<{}>", self.value_type(value))
            }
            ItemKind::Element { ty: Ty::Complex(id), .. } if item.boxed => {
                format!("|r| {}::read(r).map(Box::new)", self.path(*id))
            }
            ItemKind::Element { ty: Ty::Complex(id), .. } => format!("{}::read", self.path(*id)),
            ItemKind::Element { ty: Ty::Raw, .. } => "xml::Reader::raw".to_owned(),
            ItemKind::Content(id) if item.boxed => format!("|r| {}::read_content(r).map(Box::new)", self.path(*id)),
            ItemKind::Content(id) => format!("{}::read_content", self.path(*id)),
        }
    }

    /// Expression that reads an item as its holder.
    fn read_item(&self, item: &Item) -> String {
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
    fn write_one(&self, item: &Item, v: &str) -> String {
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

    fn write_item(&self, item: &Item, place: &str, out: &mut Out) {
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
                out.line(format!("for v in &{field} {{"));
                out.line(self.write_one(item, "v"));
                out.line("}");
            }
        }
    }

    /// Statement that checks one occurrence; empty if there is nothing to check.
    fn check_one(&self, item: &Item, v: &str, at: &str) -> Option<String> {
        match &item.kind {
            ItemKind::Element { fixed: Some(_), .. } => None,
            ItemKind::Element { ty: Ty::Value(value), .. } => self.check_value(value, v, at),
            ItemKind::Element { ty: Ty::Complex(id), constraints, .. } => {
                let check = format!("{v}.check({at}, c);");
                if constraints.is_empty() {
                    return Some(check);
                }
                let mut block = Out { depth: 0, ..Out::default() };
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

    fn check_value(&self, value: &Value, v: &str, at: &str) -> Option<String> {
        if let ValueKind::Enumeration(_) = &value.kind {
            return Some(format!("c.listed({at}, {v});"));
        }
        value.facets.map(|index| format!("c.facets({at}, {v}, &{}::facets::F{index});", self.root))
    }

    fn check_item(&self, item: &Item, place: &str, out: &mut Out) {
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

    fn item_doc(&self, item: &Item) -> String {
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
        if let ItemKind::Element { ty: Ty::Value(value), fixed, .. } = &item.kind {
            if let Some(facets) = value.facets.filter(|_| fixed.is_none()) {
                let _ = write!(doc, " {}", describe(&self.plan.facets[facets]));
            }
        }
        doc
    }

    fn limits(&self, items: &[&Item], out: &mut Out) {
        for item in items {
            let (ItemKind::Element { name, .. }, Some(max)) = (&item.kind, item.max) else { continue };
            if max > 1 {
                out.doc(&format!("At most this many `{}` (`maxOccurs`).", name.local));
                let constant = crate::names::shout(&name.local);
                out.line(format!("pub const {constant}_MAX: usize = {max};"));
                out.line("");
            }
        }
    }

    fn structure(&self, ty: &TypePlan, body: &Struct, out: &mut Out) {
        let doc = if ty.doc.is_empty() { format!("`{}`.", ty.name) } else { ty.doc.clone() };
        out.doc(&doc);
        out.line("#[derive(Debug, Clone, PartialEq)]");
        out.line(format!("pub struct {} {{", ty.name));
        let mut required = Vec::new();
        let mut optional = Vec::new();
        for attribute in body.attributes.iter().filter(|attribute| attribute.constant.is_empty()) {
            let doc = if attribute.doc.is_empty() {
                format!("Attribute `{}`.", attribute.name.local)
            } else {
                attribute.doc.clone()
            };
            out.doc(&doc);
            let value = self.value_type(&attribute.value);
            if attribute.required {
                required.push((attribute.field.clone(), value.clone()));
                out.line(format!("pub {}: {value},", attribute.field));
            } else {
                optional.push((attribute.field.clone(), "None"));
                out.line(format!("pub {}: Option<{value}>,", attribute.field));
            }
        }
        if let Some(text) = &body.text {
            out.doc("The element's text.");
            let value = self.value_type(text);
            out.line(format!("pub value: {value},"));
            required.push(("value".to_owned(), value));
        }
        for item in &body.items {
            let Some(holder) = self.holder(item) else { continue };
            out.doc(&self.item_doc(item));
            out.line(format!("pub {}: {holder},", item.field));
            match holder.as_str() {
                "bool" if item.min == 0 && matches!(&item.kind, ItemKind::Element { fixed: Some(_), .. }) => {
                    optional.push((item.field.clone(), "false"));
                }
                _ if holder.starts_with("Option<") => optional.push((item.field.clone(), "None")),
                _ if holder.starts_with("Vec<") && item.min == 0 => optional.push((item.field.clone(), "Vec::new()")),
                _ => required.push((item.field.clone(), holder)),
            }
        }
        out.line("}");
        out.line("");
        out.line(format!("impl {} {{", ty.name));
        self.limits(&body.items.iter().collect::<Vec<_>>(), out);
        self.constructor(&required, &optional, out);
        out.line("");
        if body.element {
            self.element_io(ty, body, out);
        } else {
            out.line("pub(crate) fn read_content(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {");
            self.read_items(body, &[], out);
            out.line("}");
        }
        out.line("");
        out.line(format!(
            "pub(crate) fn write_content(&self, {}: &mut xml::Writer) {{",
            if body.items.is_empty() && body.text.is_none() { "_w" } else { "w" }
        ));
        if body.text.is_some() {
            out.line("w.text(&self.value);");
        }
        body.items.iter().for_each(|item| self.write_item(item, "self.", out));
        out.line("}");
        out.line("");
        let mut checks = Out { depth: out.depth + 1, ..Out::default() };
        for attribute in body.attributes.iter().filter(|attribute| attribute.constant.is_empty()) {
            let at = format!("&at.child({})", literal(&format!("@{}", attribute.name.local)));
            let v = if attribute.required { format!("&self.{}", attribute.field) } else { "v".to_owned() };
            if let Some(check) = self.check_value(&attribute.value, &v, &at) {
                if attribute.required {
                    checks.line(check);
                } else {
                    checks.line(format!("if let Some(v) = &self.{} {{", attribute.field));
                    checks.line(check);
                    checks.line("}");
                }
            }
        }
        if let Some(check) = body.text.as_ref().and_then(|text| self.check_value(text, "&self.value", "at")) {
            checks.line(check);
        }
        body.items.iter().for_each(|item| self.check_item(item, "self.", &mut checks));
        check_fn(&checks.into_text(), out);
        out.line("}");
    }

    fn constructor(&self, required: &[(String, String)], optional: &[(String, &str)], out: &mut Out) {
        out.doc("What is required, everything optional left out.");
        if required.len() > 7 {
            out.line("#[expect(clippy::too_many_arguments, reason = \"the contract requires as many values\")]");
        }
        let arguments: Vec<String> = required.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
        out.line(format!("pub fn new({}) -> Self {{", arguments.join(", ")));
        let fields: Vec<String> = required
            .iter()
            .map(|(name, _)| name.clone())
            .chain(optional.iter().map(|(name, value)| format!("{name}: {value}")))
            .collect();
        out.line(format!("Self {{ {} }}", fields.join(", ")));
        out.line("}");
    }

    fn read_items(&self, body: &Struct, before: &[String], out: &mut Out) {
        let mut fields: Vec<String> = before.to_vec();
        for item in &body.items {
            let read = self.read_item(item);
            if self.holder(item).is_some() {
                out.line(format!("let {} = {read};", item.field));
                fields.push(item.field.clone());
            } else {
                out.line(format!("{read};"));
            }
        }
        if body.element && body.text.is_none() {
            out.line("r.end()?;");
        }
        out.line(format!("Ok(Self {{ {} }})", fields.join(", ")));
    }

    fn element_io(&self, ty: &TypePlan, body: &Struct, out: &mut Out) {
        let mut known = Vec::new();
        self.plan.known(&body.items, &mut known);
        if body.text.is_none() {
            out.line(format!("const KNOWN: &'static [Name] = {};", self.names(&known)));
            out.line("");
        }
        out.line("pub(crate) fn read(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {");
        let mut fields = Vec::new();
        if body.attributes.is_empty() {
            out.line("r.no_attributes()?;");
        } else {
            self.read_attributes(&body.attributes, &mut fields, out);
        }
        if let Some(text) = &body.text {
            out.line(format!("let value = r.content::<{}>()?;", self.value_type(text)));
            fields.push("value".to_owned());
        } else {
            out.line("r.knows(Self::KNOWN);");
        }
        self.read_items(body, &fields, out);
        out.line("}");
        out.line("");
        if ty.substitute {
            out.line("pub(crate) fn write(&self, name: Name, w: &mut xml::Writer) {");
            out.line("self.write_as(name, None, w);");
            out.line("}");
            out.line("");
            out.line("pub(crate) fn write_as(&self, name: Name, xsi_type: Option<&str>, w: &mut xml::Writer) {");
        } else {
            out.line("pub(crate) fn write(&self, name: Name, w: &mut xml::Writer) {");
        }
        if body.attributes.is_empty() && !ty.substitute {
            out.line("w.open(name);");
        } else {
            self.write_attributes(&body.attributes, ty.substitute, out);
        }
        out.line("self.write_content(w);");
        out.line("w.close(name);");
        out.line("}");
    }

    fn attribute_ns(&self, attribute: &AttributePlan) -> String {
        if attribute.name.ns.is_empty() {
            "None".to_owned()
        } else {
            format!("Some(Ns({}))", self.plan.namespace(&attribute.name.ns))
        }
    }

    fn read_attributes(&self, attributes: &[AttributePlan], fields: &mut Vec<String>, out: &mut Out) {
        for attribute in attributes {
            let initial = if attribute.constant.is_empty() { "None" } else { "false" };
            if attribute.constant.is_empty() || attribute.required {
                out.line(format!("let mut {} = {initial};", attribute.field));
            }
        }
        out.line("r.attributes(|r, ns, local, text| {");
        out.line("match (ns, local) {");
        for attribute in attributes {
            let pattern = format!("({}, {})", self.attribute_ns(attribute), literal(&attribute.name.local));
            out.line(format!("{pattern} => {{"));
            if attribute.constant.is_empty() {
                let ty = self.value_type(&attribute.value);
                out.line(format!("{} = Some(r.attribute::<{ty}>(text)?);", attribute.field));
            } else {
                let allowed: Vec<String> = attribute.constant.iter().map(|value| literal(value)).collect();
                out.line(format!("r.one_of(&text, &[{}])?;", allowed.join(", ")));
                if attribute.required {
                    out.line(format!("{} = true;", attribute.field));
                }
            }
            out.line("}");
        }
        out.line("_ => return Ok(false),");
        out.line("}");
        out.line("Ok(true)");
        out.line("})?;");
        for attribute in attributes {
            let missing = format!("r.lacks({})", literal(&format!("@{}", attribute.name.local)));
            match (attribute.constant.is_empty(), attribute.required) {
                (true, true) => {
                    out.line(format!("let Some({0}) = {0} else {{ return Err({missing}) }};", attribute.field));
                }
                (false, true) => {
                    out.line(format!("if !{} {{", attribute.field));
                    out.line(format!("r.without({})?;", literal(&format!("@{}", attribute.name.local))));
                    out.line("}");
                }
                _ => {}
            }
            if attribute.constant.is_empty() {
                fields.push(attribute.field.clone());
            }
        }
    }

    fn write_attributes(&self, attributes: &[AttributePlan], substitute: bool, out: &mut Out) {
        let mut pushes = Vec::new();
        for attribute in attributes {
            let ns = self.attribute_ns(attribute);
            let local = literal(&attribute.name.local);
            let field = &attribute.field;
            let push = |value: &str| {
                format!("attributes.push(xml::Attribute {{ ns: {ns}, local: {local}, value: {value} }});")
            };
            match (attribute.constant.last(), attribute.required) {
                (Some(newest), _) if &*attribute.name.local == "version" => {
                    out.line(format!("let {field} = w.version(name.local, {});", literal(newest)));
                    pushes.push(push(&format!("&{field}")));
                }
                (Some(fixed), _) => pushes.push(push(&literal(fixed))),
                (None, true) => {
                    out.line(format!("let {field} = self.{field}.lexical();"));
                    pushes.push(push(&format!("&{field}")));
                }
                (None, false) => {
                    out.line(format!("let {field} = self.{field}.as_ref().map(xml::Value::lexical);"));
                    pushes.push(format!("if let Some(v) = &{field} {{ {} }}", push("v")));
                }
            }
        }
        out.line(format!("let mut attributes = Vec::with_capacity({});", attributes.len() + usize::from(substitute)));
        pushes.into_iter().for_each(|push| out.line(push));
        if substitute {
            let xsi = self.plan.namespace(gis_gkh_xsi());
            out.line("if let Some(v) = xsi_type {");
            out.line(format!("attributes.push(xml::Attribute {{ ns: Some(Ns({xsi})), local: \"type\", value: v }});"));
            out.line("}");
        }
        out.line("w.open_with(name, &attributes);");
    }

    fn choice(&self, ty: &TypePlan, variants: &[Variant], out: &mut Out) {
        let doc = if ty.doc.is_empty() { "One of these.".to_owned() } else { ty.doc.clone() };
        out.doc(&doc);
        out.line("#[derive(Debug, Clone, PartialEq)]");
        out.line(format!("pub enum {} {{", ty.name));
        for variant in variants {
            out.doc(&self.item_doc(&variant.item));
            match self.variant_holder(&variant.item) {
                None => out.line(format!("{},", variant.name)),
                Some(holder) => out.line(format!("{}({holder}),", variant.name)),
            }
        }
        out.line("}");
        out.line("");
        out.line(format!("impl {} {{", ty.name));
        self.limits(&variants.iter().map(|variant| &variant.item).collect::<Vec<_>>(), out);
        let mut first = std::collections::BTreeSet::new();
        variants.iter().for_each(|variant| first.extend(self.plan.first(&variant.item)));
        out.line("pub(crate) fn read_content(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {");
        for variant in variants {
            let mut item = variant.item.clone();
            // Inside a choice an optional branch that was chosen is there.
            if item.min == 0 && item.max == Some(1) {
                item.min = 1;
            }
            out.line(format!("if r.is_one_of({})? {{", self.names(&self.plan.first(&item))));
            let read = self.read_item(&item);
            match self.variant_holder(&variant.item) {
                None => {
                    out.line(format!("{read};"));
                    out.line(format!("return Ok(Self::{});", variant.name));
                }
                Some(_) => out.line(format!("return Ok(Self::{}({read}));", variant.name)),
            }
            out.line("}");
        }
        out.line(format!("Err(r.missing({}))", self.names(&first)));
        out.line("}");
        out.line("");
        out.line("pub(crate) fn write_content(&self, w: &mut xml::Writer) {");
        out.line("match self {");
        for variant in variants {
            let many = variant.item.max != Some(1);
            match self.variant_holder(&variant.item) {
                None => out.line(format!(
                    "Self::{} => {}",
                    variant.name,
                    self.write_one(&variant.item, "").replace(';', ",")
                )),
                Some(_) if many => {
                    out.line(format!("Self::{}(all) => {{", variant.name));
                    out.line("for v in all {");
                    out.line(self.write_one(&variant.item, "v"));
                    out.line("}");
                    out.line("}");
                }
                Some(_) => {
                    let write = self.write_one(&variant.item, "v");
                    out.line(format!("Self::{}(v) => {},", variant.name, write.trim_end_matches(';')));
                }
            }
        }
        out.line("}");
        out.line("}");
        out.line("");
        let mut checks = Out { depth: out.depth + 1, ..Out::default() };
        let mut arms = Vec::new();
        for variant in variants {
            let mut item = variant.item.clone();
            if item.max == Some(1) {
                item.min = 1;
            }
            item.field = "v".to_owned();
            let mut arm = Out { depth: out.depth + 3, ..Out::default() };
            if item.max == Some(1) {
                let child = match &item.kind {
                    ItemKind::Element { name, .. } => format!("&at.child({})", literal(&name.local)),
                    ItemKind::Content(_) => "at".to_owned(),
                };
                if let Some(check) = self.check_one(&item, "v", &child) {
                    arm.line(check);
                }
            } else {
                self.check_item(&item, "", &mut arm);
            }
            let text = arm.into_text();
            if !text.is_empty() {
                arms.push((variant.name.clone(), text));
            }
        }
        if !arms.is_empty() {
            let all = arms.len() == variants.len();
            checks.line("match self {");
            for (name, text) in arms {
                checks.line(format!("Self::{name}(v) => {{"));
                checks.text.push_str(&text);
                checks.line("}");
            }
            if !all {
                checks.line("_ => {}");
            }
            checks.line("}");
        }
        check_fn(&checks.into_text(), out);
        out.line("}");
    }

    fn variant_holder(&self, item: &Item) -> Option<String> {
        if matches!(&item.kind, ItemKind::Element { fixed: Some(_), .. }) {
            return None;
        }
        let one = self.one(item);
        Some(if item.max == Some(1) { one } else { format!("Vec<{one}>") })
    }

    fn substitution(&self, ty: &TypePlan, all: &[(QName, String, TypeId)], out: &mut Out) {
        let doc =
            if ty.doc.is_empty() { format!("`{}`: one of its kinds, by `xsi:type`.", ty.name) } else { ty.doc.clone() };
        out.doc(&doc);
        out.line("#[derive(Debug, Clone, PartialEq)]");
        out.line(format!("pub enum {} {{", ty.name));
        for (name, variant, id) in all {
            out.doc(&format!("`xsi:type` `{}`. {}", name.local, self.plan.types[*id].doc));
            out.line(format!("{variant}({}),", self.path(*id)));
        }
        out.doc("A kind the contract does not know: only ever read, in tolerant mode.");
        out.line("Other(xml::Raw),");
        out.line("}");
        out.line("");
        out.line(format!("impl {} {{", ty.name));
        out.line("pub(crate) fn read(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {");
        out.line("let (ns, local) = r.xsi_type()?;");
        out.line("match (ns, local.as_str()) {");
        for (name, variant, id) in all {
            let ns = self.plan.namespace(&name.ns);
            out.line(format!(
                "(Some(Ns({ns})), {}) => {}::read(r).map(Self::{variant}),",
                literal(&name.local),
                self.path(*id)
            ));
        }
        out.line("_ => {");
        out.line("r.unfit(xml::ErrorKind::UnknownType(local))?;");
        out.line("r.raw().map(Self::Other)");
        out.line("}");
        out.line("}");
        out.line("}");
        out.line("");
        out.line("pub(crate) fn write(&self, name: Name, w: &mut xml::Writer) {");
        out.line("match self {");
        for (name, variant, _) in all {
            let ns = self.plan.namespace(&name.ns);
            out.line(format!("Self::{variant}(v) => {{"));
            out.line(format!("let qualified = w.qualified(Ns({ns}), {});", literal(&name.local)));
            out.line("v.write_as(name, Some(&qualified), w);");
            out.line("}");
        }
        out.line("Self::Other(v) => w.raw(v),");
        out.line("}");
        out.line("}");
        out.line("");
        out.line("pub(crate) fn check(&self, at: &xml::check::Path<'_>, c: &mut xml::check::Checker) {");
        out.line("match self {");
        for (_, variant, _) in all {
            out.line(format!("Self::{variant}(v) => v.check(at, c),"));
        }
        out.line("Self::Other(_) => c.broken(at, xml::check::Rule::Enumeration),");
        out.line("}");
        out.line("}");
        out.line("}");
    }

    /// The shared facet sets.
    pub(crate) fn facets(&self) -> String {
        let mut out = Out::default();
        let mut patterns: Vec<&str> = Vec::new();
        for facets in &self.plan.facets {
            for pattern in facets.patterns.iter().flatten() {
                if !patterns.contains(&pattern.as_str()) {
                    patterns.push(pattern);
                }
            }
        }
        out.line("use ::gis_gkh_xml::check::{Facets, Pattern};");
        out.line("");
        for (index, pattern) in patterns.iter().enumerate() {
            out.line(format!("static P{index}: Pattern = Pattern::new({});", literal(pattern)));
        }
        for (index, facets) in self.plan.facets.iter().enumerate() {
            let mut parts = Vec::new();
            let numbers = [
                ("length", facets.length),
                ("min_length", facets.min_length),
                ("max_length", facets.max_length),
                ("total_digits", facets.total_digits),
                ("fraction_digits", facets.fraction_digits),
            ];
            for (name, value) in numbers {
                if let Some(value) = value {
                    parts.push(format!("{name}: Some({value})"));
                }
            }
            let bounds = [
                ("min_inclusive", &facets.min_inclusive),
                ("max_inclusive", &facets.max_inclusive),
                ("min_exclusive", &facets.min_exclusive),
                ("max_exclusive", &facets.max_exclusive),
            ];
            for (name, value) in bounds {
                if let Some(value) = value {
                    parts.push(format!("{name}: Some({})", literal(value)));
                }
            }
            if !facets.patterns.is_empty() {
                let steps: Vec<String> = facets
                    .patterns
                    .iter()
                    .map(|step| {
                        let all: Vec<String> = step
                            .iter()
                            .filter_map(|pattern| patterns.iter().position(|one| one == pattern))
                            .map(|at| format!("&P{at}"))
                            .collect();
                        format!("&[{}]", all.join(", "))
                    })
                    .collect();
                parts.push(format!("patterns: &[{}]", steps.join(", ")));
            }
            parts.push("..Facets::NONE".to_owned());
            out.line(format!("pub(crate) static F{index}: Facets = Facets {{ {} }};", parts.join(", ")));
        }
        out.into_text()
    }
}

fn check_fn(checks: &str, out: &mut Out) {
    let (at, c) = if checks.is_empty() { ("_at", "_c") } else { ("at", "c") };
    out.line(format!("pub(crate) fn check(&self, {at}: &xml::check::Path<'_>, {c}: &mut xml::check::Checker) {{"));
    out.text.push_str(checks);
    out.line("}");
}

fn enumeration(ty: &TypePlan, values: &[(String, String, String)], out: &mut Out) {
    let doc = if ty.doc.is_empty() { format!("`{}`.", ty.name) } else { ty.doc.clone() };
    out.doc(&doc);
    out.line("#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]");
    out.line(format!("pub enum {} {{", ty.name));
    for (value, name, doc) in values {
        out.doc(&if doc.is_empty() { format!("`{value}`") } else { format!("`{value}`: {doc}") });
        out.line(format!("{name},"));
    }
    out.doc("A value the contract does not list: only ever read, in tolerant mode.");
    out.line("Other(Box<str>),");
    out.line("}");
    out.line("");
    out.line(format!("impl xml::Value for {} {{", ty.name));
    let listed: Vec<&str> = values.iter().map(|(value, ..)| value.as_str()).take(12).collect();
    out.line(format!("const TYPE: &'static str = {};", literal(&format!("{} ({})", ty.name, listed.join(", ")))));
    out.line("");
    out.line("fn parse(text: std::borrow::Cow<'_, str>) -> Option<Self> {");
    out.line("Some(match xml::value::collapse(text) {");
    out.line("text => match &*text {");
    for (value, name, _) in values {
        out.line(format!("{} => Self::{name},", literal(value)));
    }
    out.line("_ => Self::Other(text.into()),");
    out.line("}");
    out.line("})");
    out.line("}");
    out.line("");
    out.line("fn write(&self, out: &mut String) {");
    out.line("xml::escape_text(&self.lexical(), out);");
    out.line("}");
    out.line("");
    out.line("fn lexical(&self) -> std::borrow::Cow<'_, str> {");
    out.line("std::borrow::Cow::Borrowed(match self {");
    for (value, name, _) in values {
        out.line(format!("Self::{name} => {},", literal(value)));
    }
    out.line("Self::Other(text) => text,");
    out.line("})");
    out.line("}");
    out.line("");
    out.line("fn is_listed(&self) -> bool {");
    out.line("!matches!(self, Self::Other(_))");
    out.line("}");
    out.line("}");
}

/// Facets in words, for documentation.
fn describe(facets: &Facets) -> String {
    let mut parts = Vec::new();
    if let Some(length) = facets.length {
        parts.push(format!("{length} characters"));
    }
    match (facets.min_length.filter(|min| *min > 0), facets.max_length) {
        (Some(min), Some(max)) if min == max => parts.push(format!("{min} characters")),
        (Some(min), Some(max)) => parts.push(format!("{min} to {max} characters")),
        (Some(min), None) => parts.push(format!("at least {min} characters")),
        (None, Some(max)) => parts.push(format!("at most {max} characters")),
        (None, None) => {}
    }
    if let Some(total) = facets.total_digits {
        parts.push(format!("at most {total} digits"));
    }
    if let Some(fraction) = facets.fraction_digits {
        parts.push(format!("{fraction} after the point"));
    }
    let bounds = [
        ("at least", &facets.min_inclusive),
        ("at most", &facets.max_inclusive),
        ("more than", &facets.min_exclusive),
        ("less than", &facets.max_exclusive),
    ];
    for (word, bound) in bounds {
        if let Some(bound) = bound {
            parts.push(format!("{word} {bound}"));
        }
    }
    for pattern in facets.patterns.iter().flatten() {
        parts.push(format!("matching `{}`", pattern.replace('`', "'")));
    }
    match parts.is_empty() {
        true => String::new(),
        false => format!("({})", parts.join(", ")),
    }
}

fn builtin_type(builtin: Builtin) -> &'static str {
    match builtin {
        Builtin::Any | Builtin::String => "String",
        Builtin::Token => "xml::Token",
        Builtin::Boolean => "bool",
        Builtin::Decimal => "xml::Decimal",
        Builtin::Integer | Builtin::Long => "i64",
        Builtin::NonNegative | Builtin::Positive => "u64",
        Builtin::Int => "i32",
        Builtin::Short => "i16",
        Builtin::Byte => "i8",
        Builtin::UnsignedInt => "u32",
        Builtin::UnsignedShort => "u16",
        Builtin::UnsignedByte => "u8",
        Builtin::Double => "f64",
        Builtin::Date => "xml::Date",
        Builtin::DateTime => "xml::DateTime",
        Builtin::Year => "xml::Year",
        Builtin::YearMonth => "xml::YearMonth",
        Builtin::Base64 => "xml::Base64",
    }
}

/// Namespace of `xsi:type`.
pub(crate) fn gis_gkh_xsi() -> &'static str {
    "http://www.w3.org/2001/XMLSchema-instance"
}

//! A complex type, or a sequence inside another's content, as a struct.

use super::{Emitter, Out, check_fn, literal, xsi};
use crate::plan::{AttributePlan, ItemKind, Struct, TypePlan};

/// What joins a part of a request with its result.
const TRANSPORT_GUID: &str = "TransportGUID";

impl Emitter<'_> {
    pub(super) fn structure(&self, ty: &TypePlan, body: &Struct, out: &mut Out) {
        let doc = if ty.doc.is_empty() { format!("`{}`.", ty.name) } else { ty.doc.clone() };
        out.doc(&doc);
        for note in &ty.notes {
            out.line("///");
            out.doc(note);
        }
        let nothing_required = body.text.is_none()
            && body.attributes.iter().all(|attribute| !attribute.has_field() || !attribute.required)
            && body.items.iter().all(|item| item.min == 0 || self.holder(item).is_none());
        out.line(format!("#[derive(Debug, Clone, PartialEq{})]", if nothing_required { ", Default" } else { "" }));
        out.line(format!("pub struct {} {{", ty.name));
        let mut required = Vec::new();
        let mut optional = Vec::new();
        for attribute in body.attributes.iter().filter(|attribute| attribute.has_field()) {
            let doc = if attribute.doc.is_empty() {
                format!("Attribute `{}`.", attribute.name.local)
            } else {
                attribute.doc.clone()
            };
            out.doc(&format!("{doc}{}", self.value_doc(&attribute.value)));
            let value = self.value_type(&attribute.value);
            if let Some(fixed) = attribute.constant.last() {
                out.doc(&format!("Given as `{fixed}` or not at all."));
                optional.push((attribute.field.clone(), "false"));
                out.line(format!("pub {}: bool,", attribute.field));
            } else if attribute.required {
                required.push((attribute.field.clone(), self.takes_value(&attribute.value)));
                out.line(format!("pub {}: {value},", attribute.field));
            } else {
                optional.push((attribute.field.clone(), "None"));
                out.line(format!("pub {}: Option<{value}>,", attribute.field));
            }
        }
        if let Some(text) = &body.text {
            out.doc(&format!("The element's text.{}", self.value_doc(text)));
            let value = self.value_type(text);
            out.line(format!("pub value: {value},"));
            required.push(("value".to_owned(), self.takes_value(text)));
        }
        for item in &body.items {
            let Some(holder) = self.holder(item) else { continue };
            let only = match &item.kind {
                ItemKind::Element { fixed: Some(fixed), .. } => format!(" Given as `{fixed}` or not at all."),
                _ => String::new(),
            };
            out.doc(&format!("{}{only}", self.item_doc(item)));
            out.line(format!("pub {}: {holder},", item.field));
            match holder.as_str() {
                "bool" if item.min == 0 && matches!(&item.kind, ItemKind::Element { fixed: Some(_), .. }) => {
                    optional.push((item.field.clone(), "false"));
                }
                _ if holder.starts_with("Option<") => optional.push((item.field.clone(), "None")),
                _ if holder.starts_with("Vec<") && item.min == 0 => optional.push((item.field.clone(), "Vec::new()")),
                _ => {
                    // A part's own identifier goes first wherever it stands on the wire: one rule to remember for
                    // constructors that take several identifiers.
                    let own = matches!(&item.kind, ItemKind::Element { name, .. } if &*name.local == TRANSPORT_GUID);
                    let at = if own { 0 } else { required.len() };
                    required.insert(at, (item.field.clone(), self.takes(item).unwrap_or(holder)));
                }
            }
        }
        out.line("}");
        out.line("");
        out.line(format!("impl {} {{", ty.name));
        self.limits(body.items.iter().map(|item| (item.field.as_str(), item)), out);
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
        let mut checks = out.deeper(1);
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
        let first = required.first().filter(|(name, _)| name == "transport_guid" && required.len() > 1);
        out.doc(match first {
            Some(_) => "What is required, the part's own identifier first, everything optional left out.",
            None => "What is required, everything optional left out.",
        });
        if required.len() > 7 {
            out.line("#[expect(clippy::too_many_arguments, reason = \"the contract requires as many values\")]");
        }
        let arguments: Vec<String> = required.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
        out.line(format!("pub fn new({}) -> Self {{", arguments.join(", ")));
        let fields: Vec<String> = required
            .iter()
            .map(|(name, ty)| match ty.starts_with("impl Into<") {
                true => format!("{name}: {name}.into()"),
                false => name.clone(),
            })
            .chain(optional.iter().map(|(name, value)| format!("{name}: {value}")))
            .collect();
        out.line(format!("Self {{ {} }}", fields.join(", ")));
        out.line("}");
    }

    fn read_items(&self, body: &Struct, before: &[String], out: &mut Out) {
        let mut fields: Vec<String> = before.to_vec();
        for (at, item) in body.items.iter().enumerate() {
            let read = self.read_late(body, at).unwrap_or_else(|| self.read_item(item));
            if self.holder(item).is_some() {
                out.line(format!("let {} = {read};", binding(&item.field)));
                fields.push(initial(&item.field));
            } else {
                out.line(format!("{read};"));
            }
        }
        if body.element && body.text.is_none() {
            out.line("r.end()?;");
        }
        out.line(format!("Ok(Self {{ {} }})", fields.join(", ")));
    }

    /// Expression that reads an optional content which, in tolerant mode, is known too by what follows the list that should
    /// begin it. `None` where nothing may be known so, or where it may be of what comes behind.
    fn read_late(&self, body: &Struct, at: usize) -> Option<String> {
        let item = &body.items[at];
        if !body.element || item.min != 0 || item.max != Some(1) {
            return None;
        }
        let mut behind = Vec::new();
        self.plan.known(&body.items[at + 1..], &mut behind);
        let mut late = self.plan.late(item);
        late.retain(|name| !behind.contains(name));
        let (first, read) = (self.names(&self.plan.first(item)), self.reader(item));
        (!late.is_empty()).then(|| format!("r.late_content({first}, {}, {read})?", self.names(&late)))
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
            out.line(format!("let mut {} = {initial};", binding(&attribute.field)));
        }
        out.line("r.attributes(|r, ns, local, text| {");
        out.line("match (ns, local) {");
        for attribute in attributes {
            let pattern = format!("({}, {})", self.attribute_ns(attribute), literal(&attribute.name.local));
            out.line(format!("{pattern} => {{"));
            if attribute.constant.is_empty() {
                let ty = self.value_type(&attribute.value);
                out.line(format!("{} = Some(r.attribute::<{ty}>(text)?);", binding(&attribute.field)));
            } else {
                let allowed: Vec<String> = attribute.constant.iter().map(|value| literal(value)).collect();
                out.line(format!("r.one_of(&text, &[{}])?;", allowed.join(", ")));
                out.line(format!("{} = true;", binding(&attribute.field)));
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
                    out.line(format!(
                        "let Some({0}) = {0} else {{ return Err({missing}) }};",
                        binding(&attribute.field)
                    ));
                }
                (false, true) => {
                    out.line(format!("if !{} {{", binding(&attribute.field)));
                    out.line(format!("r.without({})?;", literal(&format!("@{}", attribute.name.local))));
                    out.line("}");
                }
                _ => {}
            }
            if attribute.has_field() {
                fields.push(initial(&attribute.field));
            }
        }
    }

    fn write_attributes(&self, attributes: &[AttributePlan], substitute: bool, out: &mut Out) {
        let mut pushes = Vec::new();
        for attribute in attributes {
            let ns = self.attribute_ns(attribute);
            let local = literal(&attribute.name.local);
            let (field, bound) = (&attribute.field, binding(&attribute.field));
            let push = |value: &str| {
                format!("attributes.push(xml::Attribute {{ ns: {ns}, local: {local}, value: {value} }});")
            };
            match (attribute.constant.last(), attribute.required) {
                (Some(newest), true) if &*attribute.name.local == "version" => {
                    out.line(format!("let {bound} = w.version(name.local, {});", literal(newest)));
                    pushes.push(push(&format!("&{bound}")));
                }
                (Some(fixed), true) => pushes.push(push(&literal(fixed))),
                (Some(fixed), false) => pushes.push(format!("if self.{field} {{ {} }}", push(&literal(fixed)))),
                (None, true) => {
                    out.line(format!("let {bound} = xml::Value::lexical(&self.{field});"));
                    pushes.push(push(&format!("&{bound}")));
                }
                (None, false) => {
                    out.line(format!("let {bound} = self.{field}.as_ref().map(xml::Value::lexical);"));
                    pushes.push(format!("if let Some(v) = &{bound} {{ {} }}", push("v")));
                }
            }
        }
        out.line(format!("let mut attributes = Vec::with_capacity({});", attributes.len() + usize::from(substitute)));
        pushes.into_iter().for_each(|push| out.line(push));
        if substitute {
            let xsi = self.plan.namespace(xsi());
            out.line("if let Some(v) = xsi_type {");
            out.line(format!("attributes.push(xml::Attribute {{ ns: Some(Ns({xsi})), local: \"type\", value: v }});"));
            out.line("}");
        }
        out.line("w.open_with(name, &attributes);");
    }
}

/// Variable for a field inside the generated functions, whose own names must not be hidden.
fn binding(field: &str) -> String {
    match field {
        "attributes" | "local" | "name" | "ns" | "r" | "text" | "v" | "w" | "xsi_type" => format!("{field}_"),
        _ => field.to_owned(),
    }
}

/// The field in an initialiser.
fn initial(field: &str) -> String {
    let bound = binding(field);
    if bound == field { bound } else { format!("{field}: {bound}") }
}

//! A choice, or an abstract type with its kinds, as an enum.

use std::collections::BTreeSet;

use super::{Emitter, Out, check_fn, literal};
use crate::plan::{Item, ItemKind, TypeId, TypePlan, Variant};
use crate::schema::QName;

impl Emitter<'_> {
    pub(super) fn choice(&self, ty: &TypePlan, variants: &[Variant], out: &mut Out) {
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
        self.limits(variants.iter().map(|variant| (variant.name.as_str(), &variant.item)), out);
        let mut first = BTreeSet::new();
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
        if !variants.iter().any(|variant| self.plan.emptiable(&variant.item)) {
            self.late_variants(variants, &first, out);
        }
        out.line(format!("Err(r.missing({}))", self.names(&first)));
        out.line("}");
        out.line("");
        out.line("pub(crate) fn write_content(&self, w: &mut xml::Writer) {");
        out.line("match self {");
        for variant in variants {
            let many = variant.item.max != Some(1);
            match self.variant_holder(&variant.item) {
                None => {
                    let write = self.write_one(&variant.item, "");
                    out.line(format!("Self::{} => {},", variant.name, write.trim_end_matches(';')));
                }
                Some(_) if many => {
                    out.line(format!("Self::{}(all) => {{", variant.name));
                    out.line("w.repeat();");
                    out.line("for v in all {");
                    out.line(self.write_one(&variant.item, "v"));
                    out.line("}");
                    out.line("w.repeated();");
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
        let mut checks = out.deeper(1);
        let mut arms = Vec::new();
        for variant in variants {
            let mut item = variant.item.clone();
            if item.max == Some(1) {
                item.min = 1;
            }
            item.field = "v".to_owned();
            let mut arm = out.deeper(3);
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
                checks.append(&text);
                checks.line("}");
            }
            if !all {
                checks.line("_ => {}");
            }
            checks.line("}");
        }
        check_fn(&checks.into_text(), out);
        out.line("}");
        self.conversions(ty, variants, out);
    }

    /// In tolerant mode a branch is known, too, by what follows the list that should begin it.
    fn late_variants(&self, variants: &[Variant], first: &BTreeSet<QName>, out: &mut Out) {
        let mut known = first.clone();
        for variant in variants.iter().filter(|variant| variant.item.max == Some(1)) {
            let mut late = self.plan.late(&variant.item);
            late.retain(|name| known.insert(name.clone()));
            if late.is_empty() {
                continue;
            }
            let item = Item { min: 1, ..variant.item.clone() };
            out.line(format!("if r.is_late({})? {{", self.names(&late)));
            out.line(format!("return Ok(Self::{}({}));", variant.name, self.read_item(&item)));
            out.line("}");
        }
    }

    pub(crate) fn variant_holder(&self, item: &Item) -> Option<String> {
        if matches!(&item.kind, ItemKind::Element { fixed: Some(_), .. }) {
            return None;
        }
        let one = self.one(item);
        Some(if item.max == Some(1) { one } else { format!("Vec<{one}>") })
    }

    pub(super) fn substitution(&self, ty: &TypePlan, all: &[(QName, String, TypeId)], out: &mut Out) {
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
        self.kinds(ty, all.iter().map(|(_, variant, id)| (variant.clone(), *id)), out);
    }
}

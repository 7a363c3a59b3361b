//! What carries a `TransportGUID`: parts of requests, and results that name the part they answer.

use std::collections::BTreeMap;

use crate::emit::{Emitter, Out};
use crate::plan::{Body, Item, ItemKind, Plan, Ty, TypeId, ValueKind};

/// Writes the implementations of the traits that join results with what was sent.
pub(crate) fn emit(plan: &Plan, root: &str, out: &mut Out) {
    let emitter = Emitter { plan, root };
    let tracked = find(plan);
    for (id, how) in &tracked {
        out.line("");
        out.line(format!("impl Tracked for {} {{", emitter.path(*id)));
        out.line("fn transport_guid(&self) -> Option<::gis_gkh_xml::Guid> {");
        how.iter().for_each(|line| out.line(line));
        out.line("}");
        out.line("}");
    }
    let Some(outcome) = outcome(plan) else { return };
    for id in tracked.keys() {
        let Body::Struct(body) = &plan.types[*id].body else { continue };
        let guid = body.items.iter().find(|item| is_guid(item, "GUID") && item.max == Some(1));
        let of = body.items.iter().find(|item| {
            matches!(&item.kind, ItemKind::Content(content) if *content == outcome)
                && (item.min, item.max) == (1, Some(1))
        });
        let (Some(guid), Some(of)) = (guid, of) else { continue };
        out.line("");
        out.line(format!("impl ObjectResult for {} {{", emitter.path(*id)));
        out.line("fn guid(&self) -> Option<::gis_gkh_xml::Guid> {");
        out.line(optional(guid));
        out.line("}");
        out.line("");
        out.line(format!("fn outcome(&self) -> &{} {{", emitter.path(outcome)));
        out.line(format!("&self.{}", of.field));
        out.line("}");
        out.line("}");
    }
}

/// Types that carry one, with the lines that give it: those with the element, and choices whose every branch has it.
fn find(plan: &Plan) -> BTreeMap<TypeId, Vec<String>> {
    let mut tracked = BTreeMap::new();
    for (id, ty) in plan.types.iter().enumerate() {
        let Body::Struct(body) = &ty.body else { continue };
        let item = body.items.iter().find(|item| is_guid(item, "TransportGUID"));
        if let Some(item) = item.filter(|item| item.max == Some(1)) {
            tracked.insert(id, vec![optional(item)]);
        }
    }
    // A choice may be a branch of another.
    loop {
        let before = tracked.len();
        for (id, ty) in plan.types.iter().enumerate() {
            let Body::Choice(variants) = &ty.body else { continue };
            let carries = |item: &Item| match &item.kind {
                ItemKind::Element { ty: Ty::Complex(id), fixed: None, .. } | ItemKind::Content(id) => {
                    item.max == Some(1) && tracked.contains_key(id)
                }
                ItemKind::Element { .. } => false,
            };
            if !tracked.contains_key(&id) && variants.iter().all(|variant| carries(&variant.item)) {
                let mut lines = vec!["match self {".to_owned()];
                lines.extend(
                    variants.iter().map(|variant| format!("Self::{}(part) => part.transport_guid(),", variant.name)),
                );
                lines.push("}".to_owned());
                tracked.insert(id, lines);
            }
        }
        if tracked.len() == before {
            return tracked;
        }
    }
}

/// The choice in `base:CommonResultType`: done, or refused with reasons.
fn outcome(plan: &Plan) -> Option<TypeId> {
    let common = plan.types.iter().find(|ty| ty.module == ["base"] && ty.name == "CommonResult")?;
    let Body::Struct(body) = &common.body else { return None };
    body.items.iter().find_map(|item| match item.kind {
        ItemKind::Content(id) => Some(id),
        ItemKind::Element { .. } => None,
    })
}

fn is_guid(item: &Item, local: &str) -> bool {
    matches!(&item.kind, ItemKind::Element { name, ty: Ty::Value(value), .. }
        if &*name.local == local && value.kind == ValueKind::Guid && !value.list)
}

fn optional(item: &Item) -> String {
    if item.min == 1 { format!("Some(self.{})", item.field) } else { format!("self.{}", item.field) }
}

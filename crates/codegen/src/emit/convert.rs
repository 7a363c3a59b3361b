//! Conversions that spare a person naming what the types already say: content into the choice that holds it, and what a
//! constructor takes in place of a value.

use std::collections::BTreeMap;

use super::{Emitter, Out};
use crate::plan::{Body, Item, ItemKind, Ty, TypeId, TypePlan, Value, ValueKind, Variant};
use crate::schema::Builtin;

impl Emitter<'_> {
    /// `From` for every type of the contract that exactly one variant holds. Text, numbers and identifiers say nothing of
    /// what they are of, so they are never converted.
    pub(super) fn conversions(&self, ty: &TypePlan, variants: &[Variant], out: &mut Out) {
        let path = self.path_of(ty);
        for (variant, holder) in self.convertible(&path, variants) {
            let value = if variant.item.boxed && variant.item.max == Some(1) { "Box::new(value)" } else { "value" };
            self.conversion(&path, &variant.name, &holder, value, out);
        }
    }

    /// The same for the kinds of an abstract type.
    pub(super) fn kinds(&self, ty: &TypePlan, kinds: impl Iterator<Item = (String, TypeId)>, out: &mut Out) {
        for (variant, id) in kinds {
            self.conversion(&self.path_of(ty), &variant, &self.path(id), "value", out);
        }
    }

    fn conversion(&self, path: &str, variant: &str, holder: &str, value: &str, out: &mut Out) {
        out.line("");
        out.line(format!("impl From<{holder}> for {path} {{"));
        out.line(format!("fn from(value: {holder}) -> Self {{"));
        out.line(format!("Self::{variant}({value})"));
        out.line("}");
        out.line("}");
    }

    fn convertible<'v>(&self, path: &str, variants: &'v [Variant]) -> Vec<(&'v Variant, String)> {
        let mut held: BTreeMap<String, usize> = BTreeMap::new();
        let mut candidates = Vec::new();
        for variant in variants {
            // A box is given away with what is in it.
            let item = Item { boxed: variant.item.boxed && variant.item.max != Some(1), ..variant.item.clone() };
            let Some(holder) = self.variant_holder(&item) else { continue };
            *held.entry(holder.clone()).or_default() += 1;
            if holder != path && is_of_the_contract(&item) {
                candidates.push((variant, holder));
            }
        }
        candidates.retain(|(_, holder)| held.get(holder) == Some(&1));
        candidates
    }

    /// What a constructor takes for a required item, if that is more than the item's own type.
    pub(super) fn takes(&self, item: &Item) -> Option<String> {
        if (item.min, item.max) != (1, Some(1)) {
            return None;
        }
        let converts = match &item.kind {
            _ if item.boxed => true,
            ItemKind::Element { ty: Ty::Value(value), .. } => is_eased(value),
            ItemKind::Element { ty: Ty::Complex(id), .. } | ItemKind::Content(id) => {
                let ty = &self.plan.types[*id];
                match &ty.body {
                    Body::Choice(variants) => !self.convertible(&self.path_of(ty), variants).is_empty(),
                    Body::Abstract(kinds) => !kinds.is_empty(),
                    _ => false,
                }
            }
            ItemKind::Element { ty: Ty::Raw, .. } => false,
        };
        converts.then(|| format!("impl Into<{}>", self.one(item)))
    }

    /// What a constructor takes for a value.
    pub(super) fn takes_value(&self, value: &Value) -> String {
        let ty = self.value_type(value);
        if is_eased(value) { format!("impl Into<{ty}>") } else { ty }
    }

    fn path_of(&self, ty: &TypePlan) -> String {
        format!("{}::{}::{}", self.root, ty.module.join("::"), ty.name)
    }
}

/// Whether what a variant holds is a type the contract gives a meaning.
fn is_of_the_contract(item: &Item) -> bool {
    match &item.kind {
        ItemKind::Element { ty: Ty::Complex(_), .. } | ItemKind::Content(_) => true,
        ItemKind::Element { ty: Ty::Value(value), .. } => {
            !value.list && matches!(value.kind, ValueKind::Enumeration(_))
        }
        ItemKind::Element { ty: Ty::Raw, .. } => false,
    }
}

/// Values that the runtime makes of what programs usually hold: `&str`, `time::Date`, `Vec`. A decimal is not among them:
/// `"1.5".parse()` could no longer tell what it is to become.
fn is_eased(value: &Value) -> bool {
    let eased = matches!(
        value.kind,
        ValueKind::Builtin(
            Builtin::Any | Builtin::String | Builtin::Token | Builtin::Date | Builtin::DateTime | Builtin::Base64
        )
    );
    value.list || eased
}

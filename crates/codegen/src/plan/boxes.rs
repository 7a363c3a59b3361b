//! Which fields need a box.

use std::collections::BTreeSet;

use super::{Body, Item, ItemKind, Plan, Ty, TypeId};

impl Plan {
    /// A type that contains itself without a list in between needs a box to have a size.
    pub(super) fn box_cycles(&mut self) {
        let edges: Vec<BTreeSet<TypeId>> = (0..self.types.len()).map(|id| self.direct(id)).collect();
        let reaches = |from: TypeId, to: TypeId| {
            let mut seen = BTreeSet::new();
            let mut open = vec![from];
            while let Some(id) = open.pop() {
                if id == to {
                    return true;
                }
                if seen.insert(id) {
                    open.extend(&edges[id]);
                }
            }
            false
        };
        let mut boxed = Vec::new();
        for (id, targets) in edges.iter().enumerate() {
            boxed.extend(targets.iter().filter(|target| reaches(**target, id)).map(|target| (id, *target)));
        }
        for (id, target) in boxed {
            let mark = |item: &mut Item| {
                let holds = match &item.kind {
                    ItemKind::Element { ty: Ty::Complex(id), .. } | ItemKind::Content(id) => *id == target,
                    ItemKind::Element { .. } => false,
                };
                if holds && item.max == Some(1) {
                    item.boxed = true;
                }
            };
            match &mut self.types[id].body {
                Body::Struct(body) => body.items.iter_mut().for_each(mark),
                Body::Choice(variants) => variants.iter_mut().map(|variant| &mut variant.item).for_each(mark),
                _ => {}
            }
        }
    }

    /// Whether a value of a type may hold another one, lists included.
    pub(crate) fn contains_itself(&self, id: TypeId) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = self.parts(id);
        while let Some(part) = open.pop() {
            if part == id {
                return true;
            }
            if seen.insert(part) {
                open.extend(self.parts(part));
            }
        }
        false
    }

    /// Types of what a type holds.
    fn parts(&self, id: TypeId) -> Vec<TypeId> {
        let of = |item: &Item| match &item.kind {
            ItemKind::Element { ty: Ty::Complex(id), .. } | ItemKind::Content(id) => Some(*id),
            ItemKind::Element { .. } => None,
        };
        match &self.types[id].body {
            Body::Struct(body) => body.items.iter().filter_map(of).collect(),
            Body::Choice(variants) => variants.iter().filter_map(|variant| of(&variant.item)).collect(),
            Body::Abstract(all) => all.iter().map(|(_, _, id)| *id).collect(),
            _ => Vec::new(),
        }
    }

    fn direct(&self, id: TypeId) -> BTreeSet<TypeId> {
        let of = |item: &Item| match &item.kind {
            _ if item.max != Some(1) => None,
            ItemKind::Element { ty: Ty::Complex(id), .. } | ItemKind::Content(id) => Some(*id),
            ItemKind::Element { .. } => None,
        };
        match &self.types[id].body {
            Body::Struct(body) => body.items.iter().filter_map(of).collect(),
            Body::Choice(variants) => variants.iter().filter_map(|variant| of(&variant.item)).collect(),
            Body::Abstract(all) => all.iter().map(|(_, _, id)| *id).collect(),
            _ => BTreeSet::new(),
        }
    }
}

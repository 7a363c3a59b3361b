//! The plan: types, fields and names, all decided.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::schema::{Builtin, Constraint, Facets, QName};

/// Index of a type in [`Plan::types`].
pub(crate) type TypeId = usize;

/// Everything to write.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) namespaces: Vec<Namespace>,
    pub(crate) types: Vec<TypePlan>,
    /// Facet sets used, without doubles.
    pub(crate) facets: Vec<Facets>,
    pub(crate) roots: Vec<Root>,
}

#[derive(Debug)]
pub(crate) struct Namespace {
    pub(crate) uri: Rc<str>,
    pub(crate) prefix: String,
    pub(crate) module: String,
}

/// A global element that may be a document of its own.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) name: QName,
    pub(crate) ty: TypeId,
    pub(crate) constraints: Vec<Constraint>,
}

#[derive(Debug)]
pub(crate) struct TypePlan {
    /// Modules below the contract's root.
    pub(crate) module: Vec<String>,
    pub(crate) name: String,
    pub(crate) doc: String,
    /// Further paragraphs of its documentation.
    pub(crate) notes: Vec<String>,
    pub(crate) body: Body,
    /// Stands for an abstract type somewhere: written with `xsi:type`.
    pub(crate) substitute: bool,
}

#[derive(Debug)]
pub(crate) enum Body {
    /// Reserved while its content is being planned.
    Pending,
    Struct(Struct),
    Choice(Vec<Variant>),
    Enumeration {
        base: Builtin,
        values: Vec<(String, String, String)>,
    },
    Abstract(Vec<(QName, String, TypeId)>),
}

#[derive(Debug, Default)]
pub(crate) struct Struct {
    /// A complex type, with attributes and an end; otherwise a sequence inside another's content.
    pub(crate) element: bool,
    pub(crate) attributes: Vec<AttributePlan>,
    /// Text content with attributes.
    pub(crate) text: Option<Value>,
    pub(crate) items: Vec<Item>,
}

#[derive(Debug, Clone)]
pub(crate) struct AttributePlan {
    pub(crate) name: QName,
    pub(crate) field: String,
    pub(crate) value: Value,
    pub(crate) required: bool,
    pub(crate) doc: String,
    /// Versions the contract names (the newest last), or the fixed value: if required it is written by itself.
    pub(crate) constant: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) field: String,
    pub(crate) kind: ItemKind,
    pub(crate) min: u32,
    pub(crate) max: Option<u32>,
    pub(crate) doc: String,
    pub(crate) boxed: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum ItemKind {
    Element { name: QName, ty: Ty, fixed: Option<String>, default: Option<String>, constraints: Vec<Constraint> },
    Content(TypeId),
}

#[derive(Debug, Clone)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) item: Item,
}

#[derive(Debug, Clone)]
pub(crate) enum Ty {
    Value(Value),
    Complex(TypeId),
    Raw,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) kind: ValueKind,
    /// A list of such values; [`Value::facets`] are those of one item.
    pub(crate) list: bool,
    /// Index in [`Plan::facets`] of what the list as a whole must be: how many items.
    pub(crate) list_facets: Option<usize>,
    /// Index in [`Plan::facets`].
    pub(crate) facets: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Builtin(Builtin),
    Guid,
    Enumeration(TypeId),
}

impl AttributePlan {
    /// Whether the struct has a field for it: what is always the same needs none.
    pub(crate) fn has_field(&self) -> bool {
        self.constant.is_empty() || !self.required
    }
}

impl Plan {
    /// Names that may stand first in an item's content.
    pub(crate) fn first(&self, item: &Item) -> BTreeSet<QName> {
        match &item.kind {
            ItemKind::Element { name, .. } => BTreeSet::from([name.clone()]),
            ItemKind::Content(id) => self.first_of(*id),
        }
    }

    pub(crate) fn first_of(&self, id: TypeId) -> BTreeSet<QName> {
        match &self.types[id].body {
            Body::Choice(variants) => variants.iter().flat_map(|variant| self.first(&variant.item)).collect(),
            Body::Struct(body) => {
                let mut names = BTreeSet::new();
                for item in &body.items {
                    names.extend(self.first(item));
                    if !self.emptiable(item) {
                        break;
                    }
                }
                names
            }
            _ => BTreeSet::new(),
        }
    }

    /// Names that stand first in an item's content if a list that should stand before them is left out: what is left of
    /// the last page of an export, which may be empty.
    pub(crate) fn late(&self, item: &Item) -> BTreeSet<QName> {
        let ItemKind::Content(id) = &item.kind else { return BTreeSet::new() };
        let mut names = BTreeSet::new();
        match &self.types[*id].body {
            Body::Choice(variants) => variants.iter().for_each(|variant| names.extend(self.late(&variant.item))),
            Body::Struct(body) => {
                for item in &body.items {
                    names.extend(self.first(item));
                    if item.max == Some(1) && !self.emptiable(item) {
                        break;
                    }
                }
            }
            _ => {}
        }
        let first = self.first(item);
        names.retain(|name| !first.contains(name));
        names
    }

    pub(crate) fn emptiable(&self, item: &Item) -> bool {
        item.min == 0
            || match &item.kind {
                ItemKind::Element { .. } => false,
                ItemKind::Content(id) => self.emptiable_type(*id),
            }
    }

    pub(crate) fn emptiable_type(&self, id: TypeId) -> bool {
        match &self.types[id].body {
            Body::Choice(variants) => variants.iter().any(|variant| self.emptiable(&variant.item)),
            Body::Struct(body) => body.items.iter().all(|item| self.emptiable(item)),
            _ => false,
        }
    }

    /// Every name that may stand in the content of a type, in order.
    pub(crate) fn known(&self, items: &[Item], out: &mut Vec<QName>) {
        for item in items {
            match &item.kind {
                ItemKind::Element { name, .. } => {
                    if !out.contains(name) {
                        out.push(name.clone());
                    }
                }
                ItemKind::Content(id) => match &self.types[*id].body {
                    Body::Struct(body) => self.known(&body.items, out),
                    Body::Choice(variants) => {
                        let items: Vec<Item> = variants.iter().map(|variant| variant.item.clone()).collect();
                        self.known(&items, out);
                    }
                    _ => {}
                },
            }
        }
    }

    pub(crate) fn namespace(&self, uri: &str) -> usize {
        self.namespaces.iter().position(|namespace| &*namespace.uri == uri).unwrap_or_default()
    }
}

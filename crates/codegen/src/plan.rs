//! The Rust to write, decided: types, fields, names. Nothing here writes text.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use crate::Error;
use crate::language::inherit;
use crate::names::{Overrides, camel, field, of_namespace, snake};
use crate::schema::{
    AttributeRef, Builtin, ComplexType, Constraint, Derivation, Element, Facets, Particle, ParticleKind, QName,
    SchemaSet, SimpleType, Type, XMLDSIG,
};

/// The pattern of `base:GUIDType`; a text restricted to it becomes a GUID.
const GUID_PATTERN: &str = "([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}";

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
    /// Versions the contract names (the newest last), or the fixed value: no field, written by itself.
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
    Element { name: QName, ty: Ty, fixed: Option<String>, constraints: Vec<Constraint> },
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
    pub(crate) list: bool,
    /// Index in [`Plan::facets`].
    pub(crate) facets: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Builtin(Builtin),
    Guid,
    Enumeration(TypeId),
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

/// Plans the types reachable from some global elements.
pub(crate) struct Planner<'s> {
    set: &'s SchemaSet,
    overrides: &'s Overrides,
    plan: Plan,
    named: BTreeMap<QName, TypeId>,
    enumerations: BTreeMap<QName, TypeId>,
    /// Anonymous types and inner particles by their address: each is planned once, where it is declared.
    anonymous: HashMap<(Kind, usize), TypeId>,
    taken: BTreeSet<(Vec<String>, String)>,
}

/// What an address belongs to: a type's content may lie at the type's own address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Complex,
    Simple,
    Particle,
}

/// Where a nested type goes.
#[derive(Clone)]
struct Place {
    module: Vec<String>,
}

impl<'s> Planner<'s> {
    pub(crate) fn new(set: &'s SchemaSet, overrides: &'s Overrides) -> Self {
        let plan = Plan { namespaces: Vec::new(), types: Vec::new(), facets: Vec::new(), roots: Vec::new() };
        Self {
            set,
            overrides,
            plan,
            named: BTreeMap::new(),
            enumerations: BTreeMap::new(),
            anonymous: HashMap::new(),
            taken: BTreeSet::new(),
        }
    }

    /// Plans the given global elements and everything they reach.
    pub(crate) fn plan(mut self, roots: &[QName]) -> Result<Plan, Error> {
        for name in roots {
            let element = self.set.elements.get(name).cloned().ok_or_else(|| Error::Dangling {
                origin: crate::schema::Origin { file: Rc::default(), line: 0 },
                what: "element",
                name: name.clone(),
            })?;
            let module = self.module(&name.ns);
            let place = Place { module: vec![module] };
            let ty = match &element.ty {
                Type::Complex(ty) => self.complex(ty, &place, &camel(&name.local), &element.doc)?,
                Type::Named(of) if of.ns == name.ns && self.type_name(of) == camel(&name.local) => {
                    self.named_complex(of, &element.origin)?
                }
                Type::Named(of) if self.set.complex_types.contains_key(of) => {
                    let ty = self.set.complex_types[of].clone();
                    self.fresh(&ty, &place, &camel(&name.local), &element.doc)?
                }
                _ => {
                    return Err(Error::Invalid {
                        origin: element.origin.clone(),
                        what: format!("`{}` is used as a message but has no structure", name.local),
                    });
                }
            };
            self.plan.roots.push(Root { name: name.clone(), ty, constraints: element.constraints.clone() });
        }
        self.box_cycles();
        Ok(self.plan)
    }

    fn module(&mut self, uri: &str) -> String {
        if let Some(known) = self.plan.namespaces.iter().find(|namespace| &*namespace.uri == uri) {
            return known.module.clone();
        }
        let name = of_namespace(uri);
        let prefix = if uri == XMLDSIG { "ds".to_owned() } else { name.clone() };
        let module = snake(&name.replace('-', "_"));
        self.plan.namespaces.push(Namespace { uri: uri.into(), prefix, module: module.clone() });
        module
    }

    /// Reserves a type's place and name.
    fn reserve(&mut self, place: &Place, name: &str, doc: &str) -> TypeId {
        let key = format!("{}::{name}", place.module.join("::"));
        let mut chosen = self.overrides.get(&key).unwrap_or(name).to_owned();
        let base = chosen.clone();
        let mut number = 2;
        while !self.taken.insert((place.module.clone(), chosen.clone())) {
            chosen = format!("{base}{number}");
            number += 1;
        }
        self.plan.types.push(TypePlan {
            module: place.module.clone(),
            name: chosen,
            doc: doc.to_owned(),
            body: Body::Pending,
            substitute: false,
        });
        self.plan.types.len() - 1
    }

    /// Gives a field, variant or value of a type the name chosen for it by hand, if one was.
    fn rename_part(&self, id: TypeId, part: &mut String) {
        let ty = &self.plan.types[id];
        let key = format!("{}::{}.{part}", ty.module.join("::"), ty.name);
        if let Some(chosen) = self.overrides.get(&key) {
            chosen.clone_into(part);
        }
    }

    /// Place of the types declared inside a type.
    fn inside(&self, id: TypeId) -> Place {
        let ty = &self.plan.types[id];
        let mut module = ty.module.clone();
        module.push(snake(&ty.name));
        Place { module }
    }

    fn named_complex(&mut self, name: &QName, user: &crate::schema::Origin) -> Result<TypeId, Error> {
        if let Some(id) = self.named.get(name) {
            return Ok(*id);
        }
        let ty = self.set.complex_types.get(name).cloned().ok_or_else(|| Error::Dangling {
            origin: user.clone(),
            what: "type",
            name: name.clone(),
        })?;
        let module = self.module(&name.ns);
        let place = Place { module: vec![module] };
        let id = self.reserve(&place, &self.type_name(name), &ty.doc);
        self.named.insert(name.clone(), id);
        self.fill(id, &ty)?;
        Ok(id)
    }

    /// Name of a named type: without `Type` unless something else has that name.
    fn type_name(&self, name: &QName) -> String {
        let full = camel(&name.local);
        let Some(short) = full.strip_suffix("Type").filter(|short| !short.is_empty()) else { return full };
        let clash = |local: &str| camel(local) == short;
        // An element gives its name to a type only if its type has none.
        let anonymous = |element: &Element| matches!(element.ty, Type::Complex(_) | Type::Simple(_));
        let elements = self.set.elements.values().filter(|element| anonymous(element));
        let clashes = elements.map(|element| &element.name).any(|one| one.ns == name.ns && clash(&one.local))
            || self.set.complex_types.keys().any(|one| one.ns == name.ns && clash(&one.local))
            || self.set.simple_types.keys().any(|one| one.ns == name.ns && clash(&one.local));
        if clashes { full } else { short.to_owned() }
    }

    fn complex(&mut self, ty: &Rc<ComplexType>, place: &Place, name: &str, doc: &str) -> Result<TypeId, Error> {
        let address = (Kind::Complex, Rc::as_ptr(ty).addr());
        if let Some(id) = self.anonymous.get(&address) {
            return Ok(*id);
        }
        let doc = if ty.doc.is_empty() { doc } else { &ty.doc };
        let id = self.reserve(place, name, doc);
        self.anonymous.insert(address, id);
        self.fill(id, ty)?;
        Ok(id)
    }

    /// A type planned anew under another name: a message whose type is named.
    fn fresh(&mut self, ty: &Rc<ComplexType>, place: &Place, name: &str, doc: &str) -> Result<TypeId, Error> {
        let id = self.reserve(place, name, doc);
        self.fill(id, ty)?;
        Ok(id)
    }

    fn fill(&mut self, id: TypeId, ty: &Rc<ComplexType>) -> Result<(), Error> {
        if ty.abstract_ {
            let base = ty.name.clone().ok_or_else(|| Error::Unknown {
                origin: ty.origin.clone(),
                construct: "anonymous abstract type".into(),
            })?;
            self.plan.types[id].body = Body::Abstract(self.substitutes(&base)?);
            return Ok(());
        }
        let mut chain = vec![ty.clone()];
        let mut text = None;
        while let Some(derivation) = chain.last().and_then(|ty| ty.base.clone()) {
            match derivation {
                Derivation::Extension(base) => {
                    let found = self.set.complex_types.get(&base).cloned().ok_or_else(|| Error::Dangling {
                        origin: ty.origin.clone(),
                        what: "type",
                        name: base.clone(),
                    })?;
                    if chain.len() > 64 {
                        return Err(Error::Cycle { origin: ty.origin.clone(), name: base });
                    }
                    chain.push(found);
                }
                Derivation::Restriction(_) => break,
                Derivation::Text(of) => {
                    text = Some(of);
                    break;
                }
            }
        }
        let own = self.inside(id);
        let mut body = Struct { element: true, ..Struct::default() };
        for part in chain.iter().rev() {
            // What a named base declares inside itself is planned in the base's own place.
            let place = match &part.name {
                Some(name) if !Rc::ptr_eq(part, ty) => {
                    let mut module = vec![self.module(&name.ns)];
                    module.push(snake(&self.type_name(name)));
                    Place { module }
                }
                _ => own.clone(),
            };
            if let Some(content) = &part.content {
                self.items(content, &place, &mut body.items)?;
            }
            for attribute in &part.attributes {
                let planned = self.attribute(attribute, &place)?;
                body.attributes.push(planned);
            }
        }
        if let Some(of) = text {
            body.text = Some(self.value(&of, &own, "Value", "", &ty.origin)?);
        }
        // Canonical order: without namespace first, then by namespace and name.
        body.attributes.sort_by(|left, right| left.name.cmp(&right.name));
        let mut fields = BTreeSet::new();
        for name in
            body.items.iter_mut().map(|item| &mut item.field).chain(body.attributes.iter_mut().map(|a| &mut a.field))
        {
            self.rename_part(id, name);
            distinct(name, &mut fields);
        }
        self.plan.types[id].body = Body::Struct(body);
        Ok(())
    }

    fn substitutes(&mut self, base: &QName) -> Result<Vec<(QName, String, TypeId)>, Error> {
        let mut names = Vec::new();
        for (name, ty) in &self.set.complex_types {
            let mut current = ty.clone();
            for _ in 0..64 {
                let Some(Derivation::Extension(parent)) = &current.base else { break };
                if parent == base && !ty.abstract_ {
                    names.push(name.clone());
                }
                let Some(parent) = self.set.complex_types.get(parent) else { break };
                current = parent.clone();
            }
        }
        let locals: Vec<String> = names.iter().map(|name| camel(&name.local)).collect();
        let mut out = Vec::new();
        for (name, local) in names.iter().zip(&locals) {
            let origin = self.set.complex_types[name].origin.clone();
            let id = self.named_complex(name, &origin)?;
            self.plan.types[id].substitute = true;
            out.push((name.clone(), shorten(local, &locals), id));
        }
        Ok(out)
    }

    fn attribute(&mut self, used: &crate::schema::AttributeUse, place: &Place) -> Result<AttributePlan, Error> {
        let declared = match &used.attribute {
            AttributeRef::Local(attribute) => attribute.clone(),
            AttributeRef::Ref(name) => self.set.attributes.get(name).cloned().ok_or_else(|| Error::Dangling {
                origin: used.origin.clone(),
                what: "attribute",
                name: name.clone(),
            })?,
        };
        if !declared.name.ns.is_empty() {
            self.module(&declared.name.ns);
        }
        let value = self.value(&declared.ty, place, &camel(&declared.name.local), &declared.doc, &used.origin)?;
        let constant = match &used.fixed {
            Some(fixed) => vec![fixed.clone()],
            None => used.versions.clone(),
        };
        Ok(AttributePlan {
            field: field(&declared.name.local),
            name: declared.name.clone(),
            value,
            required: used.required,
            doc: declared.doc.clone(),
            constant,
        })
    }

    /// Adds a particle's items to a sequence.
    fn items(&mut self, particle: &Particle, place: &Place, out: &mut Vec<Item>) -> Result<(), Error> {
        if particle.max == Some(0) {
            return Ok(());
        }
        match &particle.kind {
            ParticleKind::Element(_) | ParticleKind::Ref(_) => out.push(self.element_item(particle, place)?),
            ParticleKind::Sequence(all) => {
                if (particle.min, particle.max) == (1, Some(1)) {
                    return all.iter().try_for_each(|one| self.items(one, place, out));
                }
                self.sequence(particle, all, place, out)?;
            }
            ParticleKind::Choice(all) => {
                if let [only] = all.as_slice() {
                    if (particle.min, particle.max) == (1, Some(1)) {
                        return self.items(only, place, out);
                    }
                }
                let id = self.choice(particle, all, place, None)?;
                out.push(self.content_item(particle, id));
            }
            ParticleKind::Group(name) => {
                let group = self.group(name, particle)?;
                let inner = &group.content;
                match (&inner.kind, particle.min, particle.max, inner.min, inner.max) {
                    (ParticleKind::Sequence(all), 1, Some(1), 1, Some(1)) => {
                        let place = self.group_place(name);
                        return all.iter().try_for_each(|one| self.items(one, &place, out));
                    }
                    _ => {
                        let id = self.group_type(name, particle)?;
                        out.push(self.content_item(particle, id));
                    }
                }
            }
            ParticleKind::Any => {
                return Err(Error::Unknown { origin: particle.origin.clone(), construct: "xs:any".into() });
            }
        }
        Ok(())
    }

    /// A sequence that is optional or repeated.
    fn sequence(
        &mut self,
        particle: &Particle,
        all: &[Particle],
        place: &Place,
        out: &mut Vec<Item>,
    ) -> Result<(), Error> {
        let mut items = Vec::new();
        for one in all {
            self.items(one, place, &mut items)?;
        }
        let optional = particle.min == 0 && particle.max == Some(1);
        // An optional sequence of optional things, or of one thing, says no more than its things made optional.
        let every_optional = items.iter().all(|item| self.plan.emptiable(item));
        if optional && (every_optional || (items.len() == 1 && items[0].min <= 1)) {
            for mut item in items {
                item.min = 0;
                out.push(item);
            }
            return Ok(());
        }
        let id = self.sequence_type(particle, items, place, None);
        out.push(self.content_item(particle, id));
        Ok(())
    }

    fn sequence_type(&mut self, particle: &Particle, items: Vec<Item>, place: &Place, name: Option<&str>) -> TypeId {
        let address = (Kind::Particle, std::ptr::from_ref(particle).addr());
        if let Some(id) = self.anonymous.get(&address) {
            return *id;
        }
        let name = name.map_or_else(|| format!("{}Group", self.first_name(&items)), str::to_owned);
        let id = self.reserve(place, &name, &particle.doc);
        self.anonymous.insert(address, id);
        let mut items = items;
        let mut fields = BTreeSet::new();
        for item in &mut items {
            self.rename_part(id, &mut item.field);
            distinct(&mut item.field, &mut fields);
        }
        self.plan.types[id].body = Body::Struct(Struct { items, ..Struct::default() });
        id
    }

    /// Name of the first thing that must be there, else of the first thing.
    fn first_name(&self, items: &[Item]) -> String {
        let chosen = items.iter().find(|item| item.min > 0).or_else(|| items.first());
        match chosen.map(|item| &item.kind) {
            Some(ItemKind::Element { name, .. }) => camel(&name.local),
            Some(ItemKind::Content(id)) => self.plan.types[*id].name.clone(),
            None => "Empty".to_owned(),
        }
    }

    fn group(&self, name: &QName, user: &Particle) -> Result<Rc<crate::schema::Group>, Error> {
        self.set.groups.get(name).cloned().ok_or_else(|| Error::Dangling {
            origin: user.origin.clone(),
            what: "group",
            name: name.clone(),
        })
    }

    fn group_place(&mut self, name: &QName) -> Place {
        let module = self.module(&name.ns);
        Place { module: vec![module, snake(&name.local)] }
    }

    /// A group as a type of its own, named by the group.
    fn group_type(&mut self, name: &QName, user: &Particle) -> Result<TypeId, Error> {
        let group = self.group(name, user)?;
        let place = Place { module: vec![self.module(&name.ns)] };
        let inner = self.group_place(name);
        match &group.content.kind {
            ParticleKind::Choice(all) => {
                let address = (Kind::Particle, std::ptr::from_ref(&group.content).addr());
                if let Some(id) = self.anonymous.get(&address) {
                    return Ok(*id);
                }
                self.choice_at(&group.content, all, &place, &inner, &camel(&name.local), &group.doc)
            }
            ParticleKind::Sequence(all) => {
                let mut items = Vec::new();
                for one in all {
                    self.items(one, &inner, &mut items)?;
                }
                let id = self.sequence_type(&group.content, items, &place, Some(&camel(&name.local)));
                if self.plan.types[id].doc.is_empty() {
                    self.plan.types[id].doc.clone_from(&group.doc);
                }
                Ok(id)
            }
            _ => Err(Error::Unknown { origin: user.origin.clone(), construct: "group of one element".into() }),
        }
    }

    fn choice(
        &mut self,
        particle: &Particle,
        all: &[Particle],
        place: &Place,
        name: Option<&str>,
    ) -> Result<TypeId, Error> {
        let address = (Kind::Particle, std::ptr::from_ref(particle).addr());
        if let Some(id) = self.anonymous.get(&address) {
            return Ok(*id);
        }
        let name = match name {
            Some(name) => name.to_owned(),
            None => {
                let first = all.iter().find_map(first_element).map_or_else(String::new, |name| camel(&name));
                format!("{first}Choice")
            }
        };
        self.choice_at(particle, all, place, place, &name, &particle.doc)
    }

    fn choice_at(
        &mut self,
        particle: &Particle,
        all: &[Particle],
        place: &Place,
        inner: &Place,
        name: &str,
        doc: &str,
    ) -> Result<TypeId, Error> {
        let id = self.reserve(place, name, doc);
        self.anonymous.insert((Kind::Particle, std::ptr::from_ref(particle).addr()), id);
        let mut variants = Vec::new();
        for one in all {
            self.variants(one, inner, &mut variants)?;
        }
        let mut names = BTreeSet::new();
        for variant in &mut variants {
            self.rename_part(id, &mut variant.name);
            distinct(&mut variant.name, &mut names);
        }
        self.plan.types[id].body = Body::Choice(variants);
        Ok(id)
    }

    fn variants(&mut self, particle: &Particle, place: &Place, out: &mut Vec<Variant>) -> Result<(), Error> {
        if particle.max == Some(0) {
            return Ok(());
        }
        let once = (particle.min, particle.max) == (1, Some(1));
        match &particle.kind {
            ParticleKind::Element(_) | ParticleKind::Ref(_) => {
                let item = self.element_item(particle, place)?;
                let ItemKind::Element { name, .. } = &item.kind else { return Ok(()) };
                out.push(Variant { name: camel(&name.local), item });
            }
            ParticleKind::Choice(all) if once => {
                return all.iter().try_for_each(|one| self.variants(one, place, out));
            }
            ParticleKind::Choice(all) => {
                let id = self.choice(particle, all, place, None)?;
                let item = self.content_item(particle, id);
                out.push(Variant { name: self.plan.types[id].name.clone(), item });
            }
            ParticleKind::Sequence(all) => {
                let mut items = Vec::new();
                for one in all {
                    self.items(one, place, &mut items)?;
                }
                if let ([only], true) = (items.as_slice(), once) {
                    let name = match &only.kind {
                        ItemKind::Element { name, .. } => camel(&name.local),
                        ItemKind::Content(id) => self.plan.types[*id].name.clone(),
                    };
                    out.push(Variant { name, item: only.clone() });
                    return Ok(());
                }
                let id = self.sequence_type(particle, items, place, None);
                let item = self.content_item(particle, id);
                out.push(Variant { name: self.plan.types[id].name.clone(), item });
            }
            ParticleKind::Group(name) => {
                let group = self.group(name, particle)?;
                if let (ParticleKind::Choice(all), true) = (&group.content.kind, once) {
                    let inner = self.group_place(name);
                    return all.iter().try_for_each(|one| self.variants(one, &inner, out));
                }
                let id = self.group_type(name, particle)?;
                let item = self.content_item(particle, id);
                out.push(Variant { name: camel(&name.local), item });
            }
            ParticleKind::Any => {
                return Err(Error::Unknown { origin: particle.origin.clone(), construct: "xs:any".into() });
            }
        }
        Ok(())
    }

    fn content_item(&self, particle: &Particle, id: TypeId) -> Item {
        let ty = &self.plan.types[id];
        // A choice that may be empty is left out rather than written empty.
        let min = if self.plan.emptiable_type(id) { 0 } else { particle.min };
        let doc = if particle.doc.is_empty() { ty.doc.clone() } else { particle.doc.clone() };
        Item { field: field(&ty.name), kind: ItemKind::Content(id), min, max: particle.max, doc, boxed: false }
    }

    fn element_item(&mut self, particle: &Particle, place: &Place) -> Result<Item, Error> {
        let element = match &particle.kind {
            ParticleKind::Element(element) => element.clone(),
            ParticleKind::Ref(name) => self.set.elements.get(name).cloned().ok_or_else(|| Error::Dangling {
                origin: particle.origin.clone(),
                what: "element",
                name: name.clone(),
            })?,
            _ => return Err(Error::Unknown { origin: particle.origin.clone(), construct: "particle".into() }),
        };
        self.module(&element.name.ns);
        let doc = if particle.doc.is_empty() { element.doc.clone() } else { particle.doc.clone() };
        let global = matches!(particle.kind, ParticleKind::Ref(_));
        let place = if global { Place { module: vec![self.module(&element.name.ns)] } } else { place.clone() };
        let ty = self.ty(&element, &place)?;
        Ok(Item {
            field: field(&element.name.local),
            kind: ItemKind::Element {
                name: element.name.clone(),
                ty,
                fixed: element.fixed.clone(),
                constraints: element.constraints.clone(),
            },
            min: particle.min,
            max: particle.max,
            doc,
            boxed: false,
        })
    }

    fn ty(&mut self, element: &Element, place: &Place) -> Result<Ty, Error> {
        if &*element.name.ns == XMLDSIG {
            return Ok(Ty::Raw);
        }
        let name = camel(&element.name.local);
        Ok(match &element.ty {
            Type::Complex(ty) if ty.opaque => Ty::Raw,
            Type::Complex(ty) => {
                // An empty extension is its base: no second type for the same thing.
                if let (Some(Derivation::Extension(base)), None, true) =
                    (&ty.base, &ty.content, ty.attributes.is_empty())
                {
                    return self.named_complex(base, &element.origin).map(Ty::Complex);
                }
                Ty::Complex(self.complex(ty, place, &name, &element.doc)?)
            }
            Type::Named(of) if self.set.complex_types.contains_key(of) => {
                if self.set.complex_types[of].opaque {
                    return Ok(Ty::Raw);
                }
                Ty::Complex(self.named_complex(of, &element.origin)?)
            }
            ty => Ty::Value(self.value(ty, place, &name, &element.doc, &element.origin)?),
        })
    }

    fn value(
        &mut self,
        ty: &Type,
        place: &Place,
        name: &str,
        doc: &str,
        origin: &crate::schema::Origin,
    ) -> Result<Value, Error> {
        let (base, list, facets, owner) = self.resolve(ty, origin)?;
        if !facets.enumeration.is_empty() && !matches!(base, Builtin::Boolean) {
            let id = match &owner {
                // The type that enumerates has a name: one Rust type for all its users.
                Some((owner_name, owner_doc)) => match self.enumerations.get(owner_name) {
                    Some(id) => *id,
                    None => {
                        let place = Place { module: vec![self.module(&owner_name.ns)] };
                        let id = self.reserve(&place, &self.type_name(owner_name), owner_doc);
                        self.enumerations.insert(owner_name.clone(), id);
                        self.enumeration(id, &facets);
                        id
                    }
                },
                None => {
                    let address = match ty {
                        Type::Simple(ty) => (Kind::Simple, Rc::as_ptr(ty).addr()),
                        _ => (Kind::Simple, 0),
                    };
                    match self.anonymous.get(&address).filter(|_| address.1 != 0) {
                        Some(id) => *id,
                        None => {
                            let id = self.reserve(place, name, doc);
                            self.anonymous.insert(address, id);
                            self.enumeration(id, &facets);
                            id
                        }
                    }
                }
            };
            return Ok(Value { kind: ValueKind::Enumeration(id), list, facets: None });
        }
        let mut facets = facets;
        let mut kind = ValueKind::Builtin(base);
        if matches!(base, Builtin::String | Builtin::Token) {
            let guid = |step: &Vec<String>| step.len() == 1 && step[0] == GUID_PATTERN;
            if facets.patterns.iter().any(guid) {
                facets.patterns.retain(|step| !guid(step));
                kind = ValueKind::Guid;
            }
        }
        for (_, doc) in &mut facets.enumeration {
            doc.clear();
        }
        let facets =
            (facets != Facets::default()).then(|| match self.plan.facets.iter().position(|one| *one == facets) {
                Some(index) => index,
                None => {
                    self.plan.facets.push(facets);
                    self.plan.facets.len() - 1
                }
            });
        Ok(Value { kind, list, facets })
    }

    /// Primitive, list, all facets, and the named type that enumerates.
    #[expect(clippy::type_complexity, reason = "four facts of one walk, taken apart at once by the only caller")]
    fn resolve(
        &self,
        ty: &Type,
        origin: &crate::schema::Origin,
    ) -> Result<(Builtin, bool, Facets, Option<(QName, String)>), Error> {
        let mut facets = Facets::default();
        let mut list = false;
        let mut owner = None;
        let mut current = ty.clone();
        for _ in 0..64 {
            let simple: Rc<SimpleType> = match &current {
                Type::Builtin(base) => {
                    let base = if *base == Builtin::Any { Builtin::String } else { *base };
                    return Ok((base, list, facets, owner));
                }
                Type::Simple(ty) => ty.clone(),
                Type::Named(name) => self.set.simple_types.get(name).cloned().ok_or_else(|| Error::Dangling {
                    origin: origin.clone(),
                    what: "type",
                    name: name.clone(),
                })?,
                Type::Complex(_) => {
                    return Err(Error::Unknown { origin: origin.clone(), construct: "complex type as a value".into() });
                }
            };
            list |= simple.list;
            if facets.enumeration.is_empty() && !simple.facets.enumeration.is_empty() {
                owner = simple.name.clone().map(|name| (name, simple.doc.clone()));
            }
            facets = inherit(facets, &simple.facets);
            current = simple.base.clone();
        }
        Err(Error::Invalid { origin: origin.clone(), what: "a simple type derives from itself".into() })
    }

    fn enumeration(&mut self, id: TypeId, facets: &Facets) {
        let path = format!("{}::{}", self.plan.types[id].module.join("::"), self.plan.types[id].name);
        let mut names = BTreeSet::from(["Other".to_owned()]);
        let values = facets.enumeration.iter().map(|(value, doc)| {
            let mut name = match self.overrides.get(&format!("{path}.{value}")) {
                Some(chosen) => chosen.to_owned(),
                None => camel(value),
            };
            distinct(&mut name, &mut names);
            (value.clone(), name, doc.clone())
        });
        let values = values.collect();
        self.plan.types[id].body = Body::Enumeration { values };
    }

    /// A type that contains itself without a list in between needs a box to have a size.
    fn box_cycles(&mut self) {
        let edges: Vec<BTreeSet<TypeId>> = (0..self.plan.types.len()).map(|id| self.direct(id)).collect();
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
        for id in 0..self.plan.types.len() {
            for target in edges[id].iter().filter(|target| reaches(**target, id)) {
                boxed.push((id, *target));
            }
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
            match &mut self.plan.types[id].body {
                Body::Struct(body) => body.items.iter_mut().for_each(mark),
                Body::Choice(variants) => variants.iter_mut().map(|variant| &mut variant.item).for_each(mark),
                _ => {}
            }
        }
    }

    fn direct(&self, id: TypeId) -> BTreeSet<TypeId> {
        let of = |item: &Item| match &item.kind {
            _ if item.max != Some(1) => None,
            ItemKind::Element { ty: Ty::Complex(id), .. } | ItemKind::Content(id) => Some(*id),
            ItemKind::Element { .. } => None,
        };
        match &self.plan.types[id].body {
            Body::Struct(body) => body.items.iter().filter_map(of).collect(),
            Body::Choice(variants) => variants.iter().filter_map(|variant| of(&variant.item)).collect(),
            Body::Abstract(all) => all.iter().map(|(_, _, id)| *id).collect(),
            _ => BTreeSet::new(),
        }
    }
}

/// Makes a name different from those before it by a number.
fn distinct(name: &mut String, taken: &mut BTreeSet<String>) {
    let base = name.clone();
    let mut number = 2;
    while !taken.insert(name.clone()) {
        *name = format!("{base}_{number}");
        number += 1;
    }
}

fn first_element(particle: &Particle) -> Option<String> {
    match &particle.kind {
        ParticleKind::Element(element) => Some(element.name.local.to_string()),
        ParticleKind::Ref(name) | ParticleKind::Group(name) => Some(name.local.to_string()),
        ParticleKind::Sequence(all) | ParticleKind::Choice(all) => all.iter().find_map(first_element),
        ParticleKind::Any => None,
    }
}

/// A name without the words it shares, at both ends, with all its siblings.
fn shorten(name: &str, all: &[String]) -> String {
    let bounds = |name: &str| -> Vec<usize> {
        name.char_indices().filter(|(_, c)| c.is_uppercase()).map(|(at, _)| at).chain([name.len()]).collect()
    };
    if all.len() < 2 {
        return name.to_owned();
    }
    let prefix =
        bounds(name).into_iter().rev().find(|at| all.iter().all(|one| one.starts_with(&name[..*at]))).unwrap_or(0);
    let suffix = bounds(name)
        .into_iter()
        .find(|at| *at > prefix && all.iter().all(|one| one.ends_with(&name[*at..])))
        .unwrap_or(name.len());
    let short = &name[prefix..suffix];
    if short.is_empty() { name.to_owned() } else { short.to_owned() }
}

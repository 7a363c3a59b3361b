//! The Rust to write, decided: types, fields, names. Nothing here writes text.

mod boxes;
mod content;
mod model;
mod value;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

pub(crate) use self::model::*;
use crate::Error;
use crate::names::{Overrides, camel, field, of_namespace, snake, unhidden};
use crate::schema::{AttributeRef, ComplexType, Derivation, Element, QName, SchemaSet, Type, XMLDSIG};

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

    /// Names of all named types by this set alone.
    pub(crate) fn names(&self) -> BTreeMap<QName, String> {
        let all = self.set.complex_types.keys().chain(self.set.simple_types.keys());
        all.map(|name| (name.clone(), self.type_name(name))).collect()
    }

    /// Plans the given global elements and named complex types, and everything they reach.
    pub(crate) fn plan(mut self, roots: &[QName], types: &[QName]) -> Result<Plan, Error> {
        for name in roots {
            let element =
                self.set.elements.get(name).cloned().ok_or_else(|| Error::NoElement { name: name.clone() })?;
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
        for name in types {
            if let Some(ty) = self.set.complex_types.get(name) {
                self.named_complex(name, &ty.origin.clone())?;
            }
        }
        self.plan.box_cycles();
        Ok(self.plan)
    }

    /// Module of a namespace; two namespaces of one name are told apart by a number.
    fn module(&mut self, uri: &str) -> String {
        if let Some(known) = self.plan.namespaces.iter().find(|namespace| &*namespace.uri == uri) {
            return known.module.clone();
        }
        let name = of_namespace(uri);
        let mut prefix = if uri == XMLDSIG { "ds".to_owned() } else { name.clone() };
        let mut module = snake(&name.replace('-', "_"));
        if matches!(module.as_str(), "contract" | "facets" | "operations") || field(&module) != module {
            module.push('_');
        }
        let mut number = 2;
        while self.plan.namespaces.iter().any(|namespace| namespace.module == module || namespace.prefix == prefix) {
            prefix = format!("{name}{number}");
            module = format!("{}_{number}", snake(&name.replace('-', "_")));
            number += 1;
        }
        self.plan.namespaces.push(Namespace { uri: uri.into(), prefix, module: module.clone() });
        module
    }

    /// Reserves a type's place and name.
    fn reserve(&mut self, place: &Place, name: &str, doc: &str) -> TypeId {
        let key = format!("{}::{name}", place.module.join("::"));
        let mut chosen = unhidden(self.overrides.get(&key).unwrap_or(name));
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
            notes: Vec::new(),
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

    /// The same, told apart from the parts before it; the name that results may have been chosen too.
    fn name_part(&self, id: TypeId, part: &mut String, joint: &str, taken: &mut BTreeSet<String>) {
        self.rename_part(id, part);
        let before = part.clone();
        distinct(part, joint, taken);
        if *part != before {
            taken.remove(part);
            self.rename_part(id, part);
            distinct(part, joint, taken);
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
        if let Some(chosen) = self.set.chosen.get(name) {
            return chosen.clone();
        }
        let own = self.own_name(name);
        let taken = |(one, chosen): (&QName, &String)| one.ns == name.ns && *chosen == own;
        if self.set.chosen.iter().any(taken) { format!("{own}Type") } else { own }
    }

    fn own_name(&self, name: &QName) -> String {
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
                    chain.push(found);
                }
                // A restriction gives its content anew; attributes it would inherit, which nothing yet has.
                Derivation::Restriction(base) => {
                    if self.has_attributes(&base) {
                        let construct = "restriction of a type with attributes".to_owned();
                        return Err(Error::Unknown { origin: ty.origin.clone(), construct });
                    }
                    break;
                }
                // Text with attributes may extend text with attributes.
                Derivation::Text(Type::Named(base)) if self.set.complex_types.contains_key(&base) => {
                    chain.push(self.set.complex_types[&base].clone());
                }
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
        if body.text.is_some() {
            fields.insert("value".to_owned());
        }
        for name in
            body.items.iter_mut().map(|item| &mut item.field).chain(body.attributes.iter_mut().map(|a| &mut a.field))
        {
            self.name_part(id, name, "_", &mut fields);
        }
        self.plan.types[id].body = Body::Struct(body);
        Ok(())
    }

    /// Whether a type or one of its bases declares attributes.
    fn has_attributes(&self, name: &QName) -> bool {
        self.set.complex_types.get(name).is_some_and(|ty| {
            let inherited = match &ty.base {
                Some(Derivation::Extension(base) | Derivation::Restriction(base)) => self.has_attributes(base),
                _ => false,
            };
            inherited || !ty.attributes.is_empty()
        })
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
}

/// Makes a name different from those before it by a number: `a_2` for a field, `A2` for a variant.
fn distinct(name: &mut String, joint: &str, taken: &mut BTreeSet<String>) {
    let base = name.clone();
    let mut number = 2;
    while !taken.insert(name.clone()) {
        *name = format!("{}{joint}{number}", base.trim_end_matches('_'));
        number += 1;
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

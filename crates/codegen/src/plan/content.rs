//! Content models: sequences flattened, choices as enums, groups where they are used.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::{Body, Item, ItemKind, Kind, Place, Planner, Struct, Ty, TypeId, Variant};
use crate::Error;
use crate::names::{camel, field, snake};
use crate::schema::{Derivation, Element, Particle, ParticleKind, QName, Type, XMLDSIG};

impl Planner<'_> {
    /// Adds a particle's items to a sequence.
    pub(super) fn items(&mut self, particle: &Particle, place: &Place, out: &mut Vec<Item>) -> Result<(), Error> {
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
                if let ([only], 1, Some(1)) = (all.as_slice(), particle.min, particle.max) {
                    return self.items(only, place, out);
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
            self.name_part(id, &mut item.field, "_", &mut fields);
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
            self.name_part(id, &mut variant.name, "", &mut names);
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
        if element.fixed.is_some() && particle.max != Some(1) {
            return Err(Error::Unknown {
                origin: element.origin.clone(),
                construct: "fixed element that repeats".into(),
            });
        }
        let doc = if particle.doc.is_empty() { element.doc.clone() } else { particle.doc.clone() };
        let global = matches!(particle.kind, ParticleKind::Ref(_));
        let place = if global { Place { module: vec![self.module(&element.name.ns)] } } else { place.clone() };
        let ty = self.ty(&element, &place)?;
        if element.default.is_some() && !matches!(ty, Ty::Value(_)) {
            return Err(Error::Unknown {
                origin: element.origin.clone(),
                construct: "default of an element with structure".into(),
            });
        }
        Ok(Item {
            field: field(&element.name.local),
            kind: ItemKind::Element {
                name: element.name.clone(),
                ty,
                fixed: element.fixed.clone(),
                default: element.default.clone(),
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
}

fn first_element(particle: &Particle) -> Option<String> {
    match &particle.kind {
        ParticleKind::Element(element) => Some(element.name.local.to_string()),
        ParticleKind::Ref(name) | ParticleKind::Group(name) => Some(name.local.to_string()),
        ParticleKind::Sequence(all) | ParticleKind::Choice(all) => all.iter().find_map(first_element),
        ParticleKind::Any => None,
    }
}

//! From schemas to the grammar of one namespace's messages.

use std::collections::HashMap;
use std::rc::Rc;

use gis_gkh_codegen::schema::{
    self, AttributeRef, Builtin, ComplexType, Derivation, Element, Origin, ParticleKind, QName, SchemaSet, Type,
    XMLDSIG,
};

use crate::grammar::{
    Attribute, Declared, ElementId, Goal, GoalId, Grammar, Kind, Owner, Particle, ParticleId, Structure, Subject, Ty,
    TypeId, ValueId,
};
use crate::value::Simple;

/// Lists are filled up to this length.
const FILLED: usize = 50;
/// Elements that a filled list may take.
const FILLED_ELEMENTS: usize = 1500;

pub(crate) struct Builder<'s> {
    set: &'s SchemaSet,
    out: Grammar,
    elements: HashMap<usize, ElementId>,
    types: HashMap<usize, TypeId>,
    values: HashMap<usize, ValueId>,
    builtins: HashMap<Builtin, ValueId>,
    groups: HashMap<QName, ParticleId>,
}

/// The grammar of these messages. Where the schemas neither fix nor list the versions of one, `versions` does.
pub(crate) fn grammar(set: &SchemaSet, messages: &[QName], versions: impl Fn(&QName) -> Vec<String>) -> Grammar {
    let mut builder = Builder {
        set,
        out: Grammar::default(),
        elements: HashMap::new(),
        types: HashMap::new(),
        values: HashMap::new(),
        builtins: HashMap::new(),
        groups: HashMap::new(),
    };
    for name in messages {
        let id = builder.element(&set.elements[name]);
        builder.out.messages.push((name.clone(), id));
        if let Ty::Structure(ty) = builder.out.elements[id].ty {
            let all = builder.out.types[ty].attributes.iter_mut();
            let open =
                all.filter(|one| &*one.name.local == "version" && one.fixed.is_none() && one.versions.is_empty());
            open.for_each(|one| one.versions = versions(name));
        }
    }
    let mut grammar = builder.out;
    grammar.weigh();
    for id in 0..grammar.particles.len() {
        let particle = &grammar.particles[id];
        if let (Some(goal), Some(max)) = (particle.full, particle.max) {
            grammar.goals[goal].hopeless = particle.weight.saturating_mul(max) > FILLED_ELEMENTS;
        }
    }
    grammar
}

/// `xsd/bills/charge.xsd` line 12 as `bills/charge.xsd:12`.
fn place(origin: &Origin) -> String {
    let parts: Vec<&str> = origin.file.iter().filter_map(|part| part.to_str()).collect();
    format!("{}:{}", parts[parts.len().saturating_sub(2)..].join("/"), origin.line)
}

impl Builder<'_> {
    fn goal(&mut self, subject: Subject, owner: Owner, key: String) -> GoalId {
        self.out.goals.push(Goal { key, subject, owner, hopeless: false });
        self.out.goals.len() - 1
    }

    fn element(&mut self, element: &Rc<Element>) -> ElementId {
        let address = Rc::as_ptr(element).addr();
        if let Some(id) = self.elements.get(&address) {
            return *id;
        }
        let id = self.out.elements.len();
        self.elements.insert(address, id);
        self.out.elements.push(Declared {
            name: element.name.clone(),
            ty: Ty::Anything,
            fixed: element.fixed.clone(),
            default: element.default.clone(),
            constraints: element.constraints.clone(),
        });
        self.out.elements[id].ty = match self.complex(&element.ty) {
            Some(ty) => Ty::Structure(self.structure(&ty)),
            None if matches!(element.ty, Type::Builtin(Builtin::Any)) => Ty::Anything,
            None => Ty::Value(self.value(&element.ty)),
        };
        id
    }

    fn complex(&self, ty: &Type) -> Option<Rc<ComplexType>> {
        match ty {
            Type::Complex(ty) => Some(ty.clone()),
            Type::Named(name) => self.set.complex_types.get(name).cloned(),
            Type::Builtin(_) | Type::Simple(_) => None,
        }
    }

    fn structure(&mut self, ty: &Rc<ComplexType>) -> TypeId {
        let address = Rc::as_ptr(ty).addr();
        if let Some(id) = self.types.get(&address) {
            return *id;
        }
        assert!(!ty.opaque, "{}: content that is not modelled", ty.origin);
        let id = self.out.types.len();
        self.types.insert(address, id);
        let name = ty.name.as_ref().map_or("", |name| &name.local);
        let place = place(&ty.origin);
        self.out.types.push(Structure::default());
        if ty.abstract_ {
            let base = ty.name.clone().expect("an abstract type has a name");
            for (name, kind) in self.kinds(&base) {
                let kind = self.structure(&kind);
                self.out.types[id].kinds.push((name, kind));
            }
            return id;
        }
        self.out.types[id].goal = Some(self.goal(Subject::Type, Owner::Type(id), format!("{place} type {name}")));
        let chain = self.chain(ty);
        for ty in &chain {
            if let Some(Derivation::Text(of)) = &ty.base
                && self.complex(of).is_none()
            {
                let value = self.value(of);
                self.out.types[id].text = Some(value);
            }
            if let Some(content) = &ty.content {
                let content = self.particle(content);
                self.out.types[id].content.push(content);
            }
            for used in &ty.attributes {
                let attribute = self.attribute(id, used);
                self.out.types[id].attributes.push(attribute);
            }
        }
        id
    }

    /// A type and what it extends, the base first. A restriction gives its content anew.
    fn chain(&self, ty: &Rc<ComplexType>) -> Vec<Rc<ComplexType>> {
        let mut chain = vec![ty.clone()];
        loop {
            let base = match &chain[chain.len() - 1].base {
                Some(Derivation::Extension(base)) => self.set.complex_types[base].clone(),
                Some(Derivation::Text(base)) => match self.complex(base) {
                    Some(base) => base,
                    None => break,
                },
                Some(Derivation::Restriction(_)) | None => break,
            };
            chain.push(base);
        }
        chain.reverse();
        chain
    }

    /// Concrete types that extend an abstract one.
    fn kinds(&self, base: &QName) -> Vec<(QName, Rc<ComplexType>)> {
        let extends = |ty: &ComplexType| {
            let mut current = ty.base.clone();
            while let Some(Derivation::Extension(parent)) = current {
                if parent == *base {
                    return true;
                }
                current = self.set.complex_types[&parent].base.clone();
            }
            false
        };
        let all = self.set.complex_types.iter().filter(|(_, ty)| !ty.abstract_ && extends(ty));
        all.map(|(name, ty)| (name.clone(), ty.clone())).collect()
    }

    fn attribute(&mut self, owner: TypeId, used: &schema::AttributeUse) -> Attribute {
        let (name, ty, referred) = match &used.attribute {
            AttributeRef::Local(attribute) => (attribute.name.clone(), attribute.ty.clone(), false),
            AttributeRef::Ref(name) => (name.clone(), self.set.attributes[name].ty.clone(), true),
        };
        let value = self.value(&ty);
        let key = format!("{} attribute {}", place(&used.origin), name.local);
        let goal = (!used.required).then(|| self.goal(Subject::Attribute, Owner::Type(owner), key));
        let (fixed, versions, required) = (used.fixed.clone(), used.versions.clone(), used.required);
        Attribute { name, value, required, fixed, versions, referred, goal }
    }

    fn particle(&mut self, particle: &schema::Particle) -> ParticleId {
        let at = place(&particle.origin);
        let (kind, name) = match &particle.kind {
            ParticleKind::Ref(name) if &*name.ns == XMLDSIG => (Kind::Signature, name.local.to_string()),
            ParticleKind::Ref(name) => {
                let element = self.set.elements[name].clone();
                (Kind::Element(self.element(&element)), name.local.to_string())
            }
            ParticleKind::Element(element) => (Kind::Element(self.element(element)), element.name.local.to_string()),
            ParticleKind::Sequence(all) => {
                (Kind::Sequence(all.iter().map(|one| self.particle(one)).collect()), "sequence".to_owned())
            }
            ParticleKind::Choice(all) => {
                let branches: Vec<ParticleId> = all.iter().map(|one| self.particle(one)).collect();
                // The goals belong to the choice, which is numbered once its branches are.
                let owner = Owner::Particle(self.out.particles.len());
                let goal = |(index, branch): (usize, ParticleId)| {
                    (branch, self.goal(Subject::Branch, owner, format!("{at} branch {}", index + 1)))
                };
                (Kind::Choice(branches.into_iter().enumerate().map(goal).collect()), "choice".to_owned())
            }
            ParticleKind::Group(name) => {
                let content = match self.groups.get(name) {
                    Some(id) => *id,
                    None => {
                        let id = self.particle(&self.set.groups[name].clone().content);
                        self.groups.insert(name.clone(), id);
                        id
                    }
                };
                (Kind::Sequence(vec![content]), name.local.to_string())
            }
            ParticleKind::Any => panic!("{}: content that is not modelled", particle.origin),
        };
        let id = self.out.particles.len();
        let owner = Owner::Particle(id);
        let (min, max) = (particle.min as usize, particle.max.map(|max| max as usize));
        let optional =
            (min == 0 && max != Some(0)).then(|| self.goal(Subject::Optional, owner, format!("{at} optional {name}")));
        let full = max
            .filter(|max| (2..=FILLED).contains(max))
            .map(|max| self.goal(Subject::Full, owner, format!("{at} {max} of {name}")));
        self.out.particles.push(Particle { kind, min, max, optional, full, weight: 0 });
        id
    }

    fn value(&mut self, ty: &Type) -> ValueId {
        let address = match ty {
            Type::Builtin(base) => {
                if let Some(id) = self.builtins.get(base) {
                    return *id;
                }
                let id = self.new_value(ty, "");
                self.builtins.insert(*base, id);
                return id;
            }
            Type::Named(name) => &self.set.simple_types[name],
            Type::Simple(ty) => ty,
            Type::Complex(ty) => panic!("{}: a simple type is wanted", ty.origin),
        };
        let key = Rc::as_ptr(address).addr();
        if let Some(id) = self.values.get(&key) {
            return *id;
        }
        let at = place(&address.origin);
        let id = self.new_value(ty, &at);
        self.values.insert(key, id);
        id
    }

    fn new_value(&mut self, ty: &Type, at: &str) -> ValueId {
        let id = self.out.values.len();
        let mut value = Simple::new(self.set, ty, at);
        for listed in &mut value.listed {
            listed.goal =
                Some(self.goal(Subject::Enumeration, Owner::Value(id), format!("{at} value {}", listed.text)));
        }
        for bound in &mut value.bounds {
            let goal = self.goal(Subject::Facet, Owner::Value(id), format!("{at} facet {}", bound.facet));
            self.out.goals[goal].hopeless = bound.at.is_none();
            bound.goal = Some(goal);
            let broken = self.goal(Subject::Broken, Owner::Value(id), format!("{at} broken {}", bound.facet));
            self.out.goals[broken].hopeless = bound.beyond.is_empty();
            bound.broken = Some(broken);
        }
        self.out.values.push(value);
        id
    }
}

//! One small change of a contract, as a release may bring it.

use std::path::PathBuf;
use std::rc::Rc;

use gis_gkh_codegen::schema::{
    AttributeRef, AttributeUse, Attribute, Builtin, ComplexType, Derivation, Element, Origin, Particle, ParticleKind, QName, SchemaSet,
    SimpleType, Type,
};
use gis_gkh_codegen::wsdl::Contract;

/// A thing of a contract that may change.
pub(crate) enum Part<'p> {
    Particle(&'p mut Particle),
    Element(&'p mut Element),
    Complex(&'p mut ComplexType),
    Simple(&'p mut SimpleType),
}

/// A kind of change.
pub(crate) struct Change {
    pub(crate) name: &'static str,
    /// Changes the thing if it is of the right kind; says whether it is.
    pub(crate) make: fn(&mut Part<'_>) -> bool,
}

impl Change {
    /// How many places of a contract it may change.
    pub(crate) fn sites(&self, contract: &Contract) -> usize {
        let mut sites = 0;
        walk(contract, &mut |mut part| sites += usize::from((self.make)(&mut part)));
        sites
    }

    /// The contract with the change in one place, and where that is.
    pub(crate) fn apply(&self, contract: &Contract, site: usize) -> (Contract, String) {
        let mut at = 0;
        let mut place = String::new();
        let changed = walk(contract, &mut |part| {
            let (mut trial, origin) = match &part {
                Part::Particle(one) => (Copy::Particle((**one).clone()), one.origin.clone()),
                Part::Element(one) => (Copy::Element((**one).clone()), one.origin.clone()),
                Part::Complex(one) => (Copy::Complex((**one).clone()), one.origin.clone()),
                Part::Simple(one) => (Copy::Simple((**one).clone()), one.origin.clone()),
            };
            if !(self.make)(&mut trial.part()) {
                return;
            }
            if at == site {
                place = origin.to_string();
                match (part, trial) {
                    (Part::Particle(one), Copy::Particle(new)) => *one = new,
                    (Part::Element(one), Copy::Element(new)) => *one = new,
                    (Part::Complex(one), Copy::Complex(new)) => *one = new,
                    (Part::Simple(one), Copy::Simple(new)) => *one = new,
                    _ => {}
                }
            }
            at += 1;
        });
        (changed, place)
    }
}

enum Copy {
    Particle(Particle),
    Element(Element),
    Complex(ComplexType),
    Simple(SimpleType),
}

impl Copy {
    fn part(&mut self) -> Part<'_> {
        match self {
            Self::Particle(one) => Part::Particle(one),
            Self::Element(one) => Part::Element(one),
            Self::Complex(one) => Part::Complex(one),
            Self::Simple(one) => Part::Simple(one),
        }
    }
}

/// A copy of a contract, each part of which was shown.
fn walk(contract: &Contract, f: &mut impl FnMut(Part<'_>)) -> Contract {
    let old = &contract.schemas;
    let mut set = SchemaSet {
        elements: old.elements.clone(),
        complex_types: old.complex_types.clone(),
        simple_types: old.simple_types.clone(),
        groups: old.groups.clone(),
        attributes: old.attributes.clone(),
        ..SchemaSet::default()
    };
    for element in set.elements.values_mut() {
        self::element(element, f);
    }
    for ty in set.complex_types.values_mut() {
        complex(ty, f);
    }
    for ty in set.simple_types.values_mut() {
        simple(ty, f);
    }
    for group in set.groups.values_mut() {
        let mut new = (**group).clone();
        particle(&mut new.content, f);
        *group = Rc::new(new);
    }
    Contract { services: contract.services.clone(), schemas: set, files: Vec::new() }
}

fn element(element: &mut Rc<Element>, f: &mut impl FnMut(Part<'_>)) {
    let mut new = (**element).clone();
    f(Part::Element(&mut new));
    ty(&mut new.ty, f);
    *element = Rc::new(new);
}

fn ty(ty: &mut Type, f: &mut impl FnMut(Part<'_>)) {
    match ty {
        Type::Complex(inner) => complex(inner, f),
        Type::Simple(inner) => simple(inner, f),
        Type::Builtin(_) | Type::Named(_) => {}
    }
}

fn complex(ty: &mut Rc<ComplexType>, f: &mut impl FnMut(Part<'_>)) {
    let mut new = (**ty).clone();
    f(Part::Complex(&mut new));
    if let Some(content) = &mut new.content {
        particle(content, f);
    }
    *ty = Rc::new(new);
}

fn simple(ty: &mut Rc<SimpleType>, f: &mut impl FnMut(Part<'_>)) {
    let mut new = (**ty).clone();
    f(Part::Simple(&mut new));
    *ty = Rc::new(new);
}

fn particle(particle: &mut Particle, f: &mut impl FnMut(Part<'_>)) {
    f(Part::Particle(particle));
    match &mut particle.kind {
        ParticleKind::Element(inner) => element(inner, f),
        ParticleKind::Sequence(all) | ParticleKind::Choice(all) => all.iter_mut().for_each(|one| self::particle(one, f)),
        ParticleKind::Ref(_) | ParticleKind::Group(_) | ParticleKind::Any => {}
    }
}

fn origin() -> Origin {
    Origin { file: Rc::new(PathBuf::from("next.xsd")), line: 1 }
}

/// A new element in the namespace of another.
fn added(ns: &str, min: u32) -> Particle {
    let element = Element {
        name: QName::new(ns, "AddedByRelease"),
        ty: Type::Builtin(Builtin::String),
        fixed: None,
        default: None,
        doc: String::new(),
        constraints: Vec::new(),
        left_out: Vec::new(),
        origin: origin(),
    };
    Particle {
        kind: ParticleKind::Element(Rc::new(element)),
        min,
        max: Some(1),
        doc: String::new(),
        origin: origin(),
    }
}

/// The namespace of the first element in a particle.
fn namespace(all: &[Particle]) -> Option<String> {
    all.iter().find_map(|one| match &one.kind {
        ParticleKind::Element(element) => Some(element.name.ns.to_string()),
        ParticleKind::Ref(name) | ParticleKind::Group(name) => Some(name.ns.to_string()),
        ParticleKind::Sequence(all) | ParticleKind::Choice(all) => namespace(all),
        ParticleKind::Any => None,
    })
}

fn insert(part: &mut Part<'_>, min: u32, at: fn(usize) -> usize) -> bool {
    let Part::Particle(Particle { kind: ParticleKind::Sequence(all), .. }) = part else { return false };
    let Some(ns) = namespace(all) else { return false };
    all.insert(at(all.len()), added(&ns, min));
    true
}

/// Every kind of change.
pub(crate) fn changes() -> Vec<Change> {
    let change = |name, make| Change { name, make };
    vec![
        change("optional element first", |part| insert(part, 0, |_| 0)),
        change("optional element last", |part| insert(part, 0, |len| len)),
        change("element in the middle", |part| insert(part, 1, |len| len / 2)),
        change("variant added", |part| {
            let Part::Particle(Particle { kind: ParticleKind::Choice(all), .. }) = part else { return false };
            let Some(ns) = namespace(all) else { return false };
            all.push(added(&ns, 1));
            true
        }),
        change("variant added first", |part| {
            let Part::Particle(Particle { kind: ParticleKind::Choice(all), .. }) = part else { return false };
            let Some(ns) = namespace(all) else { return false };
            all.insert(0, added(&ns, 1));
            true
        }),
        change("variant removed", |part| {
            let Part::Particle(Particle { kind: ParticleKind::Choice(all), .. }) = part else { return false };
            all.len() > 2 && { all.remove(1); true }
        }),
        change("element removed", |part| {
            let Part::Particle(Particle { kind: ParticleKind::Sequence(all), .. }) = part else { return false };
            all.len() > 2 && { all.remove(1); true }
        }),
        change("order changed", |part| {
            let Part::Particle(Particle { kind: ParticleKind::Sequence(all), .. }) = part else { return false };
            all.len() > 1 && { all.swap(0, 1); true }
        }),
        change("optional", |part| {
            let Part::Particle(one @ Particle { kind: ParticleKind::Element(_) | ParticleKind::Ref(_), min: 1, .. }) = part else { return false };
            one.min = 0;
            true
        }),
        change("required", |part| {
            let Part::Particle(one @ Particle { kind: ParticleKind::Element(_) | ParticleKind::Ref(_), min: 0, .. }) = part else { return false };
            one.min = 1;
            true
        }),
        change("repeated", |part| {
            let Part::Particle(one @ Particle { kind: ParticleKind::Element(_) | ParticleKind::Ref(_), max: Some(1), .. }) = part else { return false };
            if let ParticleKind::Element(element) = &one.kind { if element.fixed.is_some() { return false; } }
            one.max = None;
            true
        }),
        change("limit", |part| {
            let Part::Particle(one @ Particle { max: Some(2..), .. }) = part else { return false };
            one.max = one.max.map(|max| max + 1);
            true
        }),
        change("choice optional", |part| {
            let Part::Particle(one @ Particle { kind: ParticleKind::Choice(_), min: 1, .. }) = part else { return false };
            one.min = 0;
            true
        }),
        change("value added", |part| {
            let Part::Simple(ty) = part else { return false };
            !ty.facets.enumeration.is_empty() && { ty.facets.enumeration.push(("9999".into(), String::new())); true }
        }),
        change("value removed", |part| {
            let Part::Simple(ty) = part else { return false };
            ty.facets.enumeration.len() > 1 && { ty.facets.enumeration.remove(0); true }
        }),
        change("length", |part| {
            let Part::Simple(ty) = part else { return false };
            ty.facets.max_length.is_some() && { ty.facets.max_length = Some(777); true }
        }),
        change("fixed", |part| {
            let Part::Element(element) = part else { return false };
            let boolean = matches!(element.ty, Type::Builtin(Builtin::Boolean));
            boolean && element.fixed.is_none() && { element.fixed = Some("true".into()); true }
        }),
        change("value becomes structure", |part| {
            let Part::Element(element) = part else { return false };
            matches!(element.ty, Type::Builtin(Builtin::Date)) && {
                let ns = element.name.ns.to_string();
                element.ty = Type::Complex(Rc::new(ComplexType { name: None, abstract_: false, base: None, content: Some(Particle { kind: ParticleKind::Sequence(vec![added(&ns, 1)]), min: 1, max: Some(1), doc: String::new(), origin: origin() }), attributes: Vec::new(), opaque: false, doc: String::new(), origin: origin() }));
                true
            }
        }),
        change("attribute", |part| {
            let Part::Complex(ty) = part else { return false };
            if matches!(ty.base, Some(Derivation::Restriction(_))) || ty.abstract_ || ty.opaque { return false; }
            let attribute = Attribute { name: QName::new("", "added"), ty: Type::Builtin(Builtin::String), doc: String::new() };
            ty.attributes.push(AttributeUse { attribute: AttributeRef::Local(Rc::new(attribute)), required: false, fixed: None, versions: Vec::new(), origin: origin() });
            true
        }),
    ]
}

//! Valid documents from the schema model.

use gis_gkh_codegen::schema::{
    AttributeRef, Builtin, ComplexType, Derivation, Element, Particle, ParticleKind, QName, SchemaSet, Type, XMLDSIG,
};

use crate::{Dice, value};

/// Depth from which on only what is required is made.
const DEEP: usize = 9;

/// A document.
pub(crate) struct Instance {
    pub(crate) text: String,
    /// Where the elements start that the schemas give no type.
    pub(crate) untyped: Vec<usize>,
}

struct Maker<'s> {
    set: &'s SchemaSet,
    dice: Dice,
    out: String,
    untyped: Vec<usize>,
    /// Local names of the open elements.
    open: Vec<String>,
    /// What keys will be asked for: the first payment information's GUID.
    recipient: Option<String>,
    /// The next month, so that the months of a year differ.
    month: usize,
    /// The next purpose of a volume, so that those of one consumption differ.
    purpose: usize,
    /// A request has room for one year of capital repair: its months must differ.
    year_made: bool,
}

/// A valid document of a message.
pub(crate) fn make(set: &SchemaSet, name: &QName, dice: Dice) -> Instance {
    let mut maker = Maker {
        set,
        dice,
        out: String::new(),
        untyped: Vec::new(),
        open: Vec::new(),
        recipient: None,
        month: 0,
        purpose: 0,
        year_made: false,
    };
    maker.element(&set.elements[name].clone());
    Instance { text: maker.out, untyped: maker.untyped }
}

impl Maker<'_> {
    fn element(&mut self, element: &Element) {
        let local = element.name.local.to_string();
        self.open.push(local.clone());
        if matches!(element.ty, Type::Builtin(Builtin::Any)) {
            self.untyped.push(self.out.len());
        }
        self.out.push_str(&format!("<{local} xmlns=\"{}\"", element.name.ns));
        match (&element.fixed, self.complex(&element.ty)) {
            (Some(fixed), _) => self.out.push_str(&format!(">{fixed}")),
            (None, Some(ty)) => self.structure(&ty),
            (None, None) => {
                let text = self.text(&element.ty);
                self.out.push_str(&format!(">{}", escape(&text)));
            }
        }
        self.out.push_str(&format!("</{local}>"));
        self.open.pop();
    }

    fn complex(&self, ty: &Type) -> Option<std::rc::Rc<ComplexType>> {
        match ty {
            Type::Complex(ty) => Some(ty.clone()),
            Type::Named(name) => self.set.complex_types.get(name).cloned(),
            _ => None,
        }
    }

    /// The rest of the start tag, and the content.
    fn structure(&mut self, ty: &ComplexType) {
        if ty.abstract_ {
            let name = ty.name.clone().expect("an abstract type has a name");
            let kinds: Vec<QName> = self
                .set
                .complex_types
                .iter()
                .filter(|(_, one)| {
                    !one.abstract_ && matches!(&one.base, Some(Derivation::Extension(base)) if *base == name)
                })
                .map(|(name, _)| name.clone())
                .collect();
            let kind = self.dice.one_of(&kinds).clone();
            self.out.push_str(&format!(
                " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:kind=\"{}\" xsi:type=\"kind:{}\"",
                kind.ns, kind.local
            ));
            let ty = self.set.complex_types[&kind].clone();
            return self.structure(&ty);
        }
        let mut chain = vec![ty];
        let mut text = None;
        while let Some(base) = &chain[chain.len() - 1].base {
            match base {
                Derivation::Extension(base) | Derivation::Restriction(base) => {
                    chain.push(&*self.set.complex_types[base]);
                }
                Derivation::Text(Type::Named(base)) if self.set.complex_types.contains_key(base) => {
                    chain.push(&*self.set.complex_types[base]);
                }
                Derivation::Text(base) => {
                    text = Some(base.clone());
                    break;
                }
            }
        }
        chain.reverse();
        for used in chain.iter().flat_map(|ty| &ty.attributes) {
            if !used.required && self.dice.below(2) == 0 {
                continue;
            }
            let (name, ty) = match &used.attribute {
                AttributeRef::Local(attribute) => (attribute.name.clone(), attribute.ty.clone()),
                AttributeRef::Ref(name) => (name.clone(), self.set.attributes[name].ty.clone()),
            };
            let value = match (&used.fixed, used.versions.as_slice()) {
                (Some(fixed), _) => fixed.clone(),
                (None, []) if &*name.local == "Id" => "an-id".to_owned(),
                (None, []) if &*name.local == "type" && self.open.last().is_some_and(|last| last == "Volume") => {
                    self.purpose += 1;
                    value::nth(self.set, &ty, self.purpose)
                }
                (None, []) => self.text(&ty),
                (None, versions) => self.dice.one_of(versions).clone(),
            };
            let value = escape(&value);
            self.out.push_str(&match name.ns.is_empty() {
                true => format!(" {}=\"{value}\"", name.local),
                false => format!(" xmlns:a=\"{}\" a:{}=\"{value}\"", name.ns, name.local),
            });
        }
        self.out.push('>');
        if let Some(text) = text {
            let text = self.text(&text);
            self.out.push_str(&escape(&text));
        }
        let content: Vec<Particle> = chain.iter().filter_map(|ty| ty.content.clone()).collect();
        content.iter().for_each(|content| self.particle(content));
    }

    fn particle(&mut self, particle: &Particle) {
        // Signatures are the business of XML Signature.
        if matches!(&particle.kind, ParticleKind::Ref(name) if &*name.ns == XMLDSIG) {
            return;
        }
        let is_year =
            matches!(&particle.kind, ParticleKind::Element(one) if &*one.name.local == "CapitalRepairYearCharge");
        if is_year && self.open[0].starts_with("import") && std::mem::replace(&mut self.year_made, true) {
            return;
        }
        let min = usize::try_from(particle.min).expect("a count");
        let max = particle.max.map_or(usize::MAX, |max| usize::try_from(max).expect("a count"));
        let more = if self.open.len() > DEEP { 0 } else { self.dice.below((max - min).min(2) + 1) };
        for _ in 0..min + more {
            match &particle.kind {
                ParticleKind::Element(element) => self.element(element),
                ParticleKind::Ref(name) => self.element(&self.set.elements[name].clone()),
                ParticleKind::Sequence(all) => all.iter().for_each(|one| self.particle(one)),
                ParticleKind::Choice(all) => {
                    let chosen = self.dice.below(all.len());
                    self.particle(&all[chosen]);
                }
                ParticleKind::Group(name) => self.particle(&self.set.groups[name].clone().content),
                ParticleKind::Any => {}
            }
        }
    }

    fn text(&mut self, ty: &Type) -> String {
        let names: Vec<&str> = self.open.iter().rev().map(String::as_str).collect();
        match names.as_slice() {
            // References to what stands before them.
            ["PaymentInformationKey", ..] => return self.recipient.clone().unwrap_or_else(|| self.dice.guid()),
            ["TransportGUID", "PaymentInformation", ..] => {
                let guid = self.dice.guid();
                self.recipient.get_or_insert_with(|| guid.clone());
                return guid;
            }
            // Months of one year differ.
            ["Month", ..] => {
                self.month += 1;
                return ((self.month - 1) % 12 + 1).to_string();
            }
            _ => {}
        }
        value::make(self.set, ty, &mut self.dice)
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

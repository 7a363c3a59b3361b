//! Valid documents from the grammar, on the way to what is not yet made.

use crate::dice::Dice;
use crate::document::{Content, Given, Node};
use crate::grammar::{ElementId, GoalId, Grammar, Kind, ParticleId, Ty, TypeId, ValueId};
use crate::hunger::Hunger;

/// Elements of a document that are not required; many times as many where that is not enough.
pub(crate) const SPARE: i64 = 70;
/// Open elements from which on nothing is made that need not be.
const DEEP: usize = 24;
/// How often a type may stand inside itself.
const NESTED: usize = 2;

/// An XML signature as its schema wants one; what is in it is not this contract's business.
const SIGNATURE: &str = "<d:Signature xmlns:d=\"http://www.w3.org/2000/09/xmldsig#\"><d:SignedInfo>\
<d:CanonicalizationMethod Algorithm=\"urn:c\"/><d:SignatureMethod Algorithm=\"urn:s\"/><d:Reference URI=\"\">\
<d:DigestMethod Algorithm=\"urn:d\"/><d:DigestValue>AA==</d:DigestValue></d:Reference></d:SignedInfo>\
<d:SignatureValue>AA==</d:SignatureValue></d:Signature>";

pub(crate) struct Maker<'m> {
    grammar: &'m Grammar,
    hunger: &'m mut Hunger,
    dice: &'m mut Dice,
    spare: i64,
    /// Of a hundred optional parts that nothing is wanted of, so many are made all the same.
    generous: usize,
    open: Vec<TypeId>,
}

impl<'m> Maker<'m> {
    /// A document of a message that goes for what is wanted, with so many elements that need not be, and so many of a
    /// hundred optional parts that nothing is wanted of.
    pub(crate) fn document(
        grammar: &'m Grammar,
        hunger: &'m mut Hunger,
        dice: &'m mut Dice,
        root: ElementId,
        spare: i64,
        generous: usize,
    ) -> Node {
        let mut maker = Self { grammar, hunger, dice, spare, generous, open: Vec::new() };
        maker.element(root, None)
    }

    /// The smallest content of a particle, once.
    pub(crate) fn smallest(
        grammar: &'m Grammar,
        hunger: &'m mut Hunger,
        dice: &'m mut Dice,
        particle: ParticleId,
    ) -> Vec<Node> {
        let mut maker = Self { grammar, hunger, dice, spare: -1, generous: 0, open: Vec::new() };
        let mut out = Vec::new();
        maker.once(particle, &mut out);
        out
    }

    fn rich(&self) -> bool {
        self.spare > 0 && self.open.len() < DEEP
    }

    fn sate(&mut self, goal: GoalId, goals: &mut Vec<GoalId>) {
        self.hunger.sate(goal);
        goals.push(goal);
    }

    fn element(&mut self, id: ElementId, particle: Option<ParticleId>) -> Node {
        let grammar = self.grammar;
        let declared = &grammar.elements[id];
        self.spare -= 1;
        let mut node = Node {
            name: declared.name.clone(),
            declared: id,
            particle,
            ty: None,
            xsi_type: None,
            attributes: Vec::new(),
            content: Content::Children(Vec::new()),
            removable: false,
            branches: Vec::new(),
            goals: Vec::new(),
        };
        match (declared.ty, &declared.fixed) {
            (Ty::Structure(ty), _) => self.structure(ty, &mut node),
            (Ty::Value(value), Some(fixed)) => node.content = Content::Value(fixed.clone(), value),
            (Ty::Value(value), None) => {
                let empty = declared.default.is_some() && self.dice.chance(30);
                let text = if empty { String::new() } else { self.value(value) };
                node.content = Content::Value(text, value);
            }
            (Ty::Anything, _) => node.content = Content::Untyped("text & <more>".to_owned()),
        }
        node
    }

    fn structure(&mut self, id: TypeId, node: &mut Node) {
        let grammar = self.grammar;
        let ty = &grammar.types[id];
        if ty.is_abstract() {
            let wanted: Vec<_> = ty.kinds.iter().filter(|(_, kind)| self.hunger.structure(*kind)).collect();
            let (name, kind) = match wanted.is_empty() || !self.rich() {
                true if self.rich() => self.dice.one_of(&ty.kinds).clone(),
                true => ty.kinds.iter().min_by_key(|(_, kind)| grammar.types[*kind].weight).expect("a kind").clone(),
                false => (*self.dice.one_of(&wanted)).clone(),
            };
            node.xsi_type = Some(name);
            return self.structure(kind, node);
        }
        node.ty = Some(id);
        if let Some(goal) = ty.goal {
            self.sate(goal, &mut node.goals);
        }
        for (index, attribute) in ty.attributes.iter().enumerate() {
            let wanted = attribute.goal.is_some_and(|goal| self.hunger.wants(goal))
                || (self.rich() && self.hunger.ty(Ty::Value(attribute.value)));
            if !attribute.required && !wanted && !self.dice.chance(20) {
                continue;
            }
            attribute.goal.into_iter().for_each(|goal| self.hunger.sate(goal));
            let text = match (&attribute.fixed, attribute.versions.as_slice()) {
                (Some(fixed), _) => fixed.clone(),
                (None, []) => self.value(attribute.value),
                (None, versions) => self.dice.one_of(versions).clone(),
            };
            node.attributes.push(Given { name: attribute.name.clone(), text, index });
        }
        if let Some(value) = ty.text {
            node.content = Content::Value(self.value(value), value);
            return;
        }
        self.open.push(id);
        let mut children = Vec::new();
        ty.content.iter().for_each(|particle| self.particle(*particle, &mut children));
        self.open.pop();
        node.content = Content::Children(children);
    }

    /// All occurrences of a particle.
    fn particle(&mut self, id: ParticleId, out: &mut Vec<Node>) {
        let grammar = self.grammar;
        let particle = &grammar.particles[id];
        let max = particle.max.unwrap_or(usize::MAX);
        let fill = particle.full.is_some_and(|goal| self.hunger.wants(goal) && self.spare > SPARE / 2);
        let nested = match &particle.kind {
            Kind::Element(element) => match grammar.elements[*element].ty {
                Ty::Structure(ty) => self.open.iter().filter(|one| **one == ty).count() >= NESTED,
                _ => false,
            },
            _ => false,
        };
        let wanted = self.hunger.particle(id) && !nested;
        let count = match () {
            () if fill => max,
            () if !self.rich() => particle.min,
            () if wanted => particle.min.max(1) + if self.dice.chance(25) { self.dice.below(3) } else { 0 },
            () if !nested && self.dice.chance(self.generous) => particle.min + self.dice.below(3),
            () => particle.min,
        };
        let spare = self.spare;
        for number in 0..count.min(max) {
            let start = out.len();
            self.once(id, out);
            let made = &mut out[start..];
            if let ([only], true) = (&mut *made, number >= particle.min) {
                only.removable = true;
            }
            if let (Some(first), Some(goal), 0) = (made.first_mut(), particle.optional, number) {
                first.goals.push(goal);
                self.hunger.sate(goal);
            }
            // One rich member and many plain ones make a list as long.
            if fill {
                self.spare = 0;
            }
        }
        if fill {
            self.spare = spare / 2;
            if let (Some(goal), Some(last)) = (particle.full, out.last_mut()) {
                last.goals.push(goal);
                self.hunger.sate(goal);
            }
        }
    }

    /// One occurrence of a particle.
    fn once(&mut self, id: ParticleId, out: &mut Vec<Node>) {
        let grammar = self.grammar;
        match &grammar.particles[id].kind {
            Kind::Element(element) => {
                let node = self.element(*element, Some(id));
                out.push(node);
            }
            Kind::Sequence(all) => all.iter().for_each(|one| self.particle(*one, out)),
            Kind::Choice(all) => {
                let chosen = self.branch(all);
                let (branch, goal) = all[chosen];
                let start = out.len();
                self.particle(branch, out);
                // What is optional may be left out inside a choice as well; a branch that is there is more to see.
                if out.len() == start && self.rich() && grammar.particles[branch].max != Some(0) {
                    self.once(branch, out);
                    if let [only] = &mut out[start..] {
                        only.removable = true;
                    }
                    if let (Some(first), Some(goal)) = (out.get_mut(start), grammar.particles[branch].optional) {
                        first.goals.push(goal);
                        self.hunger.sate(goal);
                    }
                }
                if let Some(first) = out.get_mut(start) {
                    first.goals.push(goal);
                    first.branches.push((id, chosen));
                    self.hunger.sate(goal);
                }
            }
            Kind::Signature => {
                let node = Node {
                    name: gis_gkh_codegen::schema::QName::new(gis_gkh_codegen::schema::XMLDSIG, "Signature"),
                    declared: 0,
                    particle: Some(id),
                    ty: None,
                    xsi_type: None,
                    attributes: Vec::new(),
                    content: Content::Raw(SIGNATURE.to_owned()),
                    removable: false,
                    branches: Vec::new(),
                    goals: Vec::new(),
                };
                out.push(node);
            }
        }
    }

    /// Which branch: one not yet taken, one with something wanted in it, any; the lightest if there is no room.
    fn branch(&mut self, all: &[(ParticleId, GoalId)]) -> usize {
        let some = |dice: &mut Dice, wanted: &dyn Fn(ParticleId, GoalId) -> bool| {
            let fitting: Vec<usize> = (0..all.len()).filter(|at| wanted(all[*at].0, all[*at].1)).collect();
            (!fitting.is_empty()).then(|| *dice.one_of(&fitting))
        };
        let hunger = &self.hunger;
        if self.spare > 0 && self.open.len() < DEEP {
            let found = some(self.dice, &|_, goal| hunger.wants(goal))
                .or_else(|| some(self.dice, &|branch, _| hunger.particle(branch)))
                .unwrap_or_else(|| self.dice.below(all.len()));
            return found;
        }
        let weight = |at: &usize| {
            let particle = &self.grammar.particles[all[*at].0];
            particle.weight.saturating_mul(particle.min)
        };
        (0..all.len()).min_by_key(weight).unwrap_or(0)
    }

    fn value(&mut self, id: ValueId) -> String {
        let value = &self.grammar.values[id];
        let wanted = value.goals().find(|goal| self.hunger.wants(*goal));
        let text = match wanted.and_then(|goal| value.wanted(goal)) {
            Some(text) => text,
            None => value.draw(self.dice),
        };
        value.reached(&text).into_iter().for_each(|goal| self.hunger.sate(goal));
        wanted.into_iter().for_each(|goal| self.hunger.sate(goal));
        text
    }
}

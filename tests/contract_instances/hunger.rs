//! What is still to be made, and where to go for it.

use crate::grammar::{GoalId, Grammar, Kind, Owner, ParticleId, Ty, TypeId};

/// Goals not yet made, and for every part of the grammar whether one of them lies within.
pub(crate) struct Hunger {
    open: Vec<bool>,
    /// Open goals of a node itself and hungry nodes directly below it.
    counts: Vec<u32>,
    parents: Vec<Vec<usize>>,
    /// Node that a goal belongs to.
    owners: Vec<usize>,
    types: usize,
    values: usize,
}

impl Hunger {
    pub(crate) fn new(grammar: &Grammar) -> Self {
        // Nodes: particles, then types, then values.
        let types = grammar.particles.len();
        let values = types + grammar.types.len();
        let mut parents = vec![Vec::new(); values + grammar.values.len()];
        let node = |ty: Ty| match ty {
            Ty::Structure(id) => Some(types + id),
            Ty::Value(id) => Some(values + id),
            Ty::Anything => None,
        };
        for (id, particle) in grammar.particles.iter().enumerate() {
            match &particle.kind {
                Kind::Element(element) => {
                    let element = &grammar.elements[*element];
                    // A fixed value is the same every time.
                    if let Some(child) = node(element.ty).filter(|_| element.fixed.is_none()) {
                        parents[child].push(id);
                    }
                }
                Kind::Sequence(all) => all.iter().for_each(|child| parents[*child].push(id)),
                Kind::Choice(all) => all.iter().for_each(|(child, _)| parents[*child].push(id)),
                Kind::Signature => {}
            }
        }
        for (id, ty) in grammar.types.iter().enumerate() {
            ty.content.iter().for_each(|child| parents[*child].push(types + id));
            ty.kinds.iter().for_each(|(_, kind)| parents[types + kind].push(types + id));
            let given = ty.attributes.iter().filter(|one| one.fixed.is_none() && one.versions.is_empty());
            given.map(|one| one.value).chain(ty.text).for_each(|value| parents[values + value].push(types + id));
        }
        let owners = grammar.goals.iter().map(|goal| match goal.owner {
            Owner::Particle(id) => id,
            Owner::Type(id) => types + id,
            Owner::Value(id) => values + id,
        });
        let owners = owners.collect();
        let mut hunger = Self { open: Vec::new(), counts: Vec::new(), parents, owners, types, values };
        hunger.reset(&grammar.goals.iter().map(|goal| !goal.hopeless).collect::<Vec<_>>());
        hunger
    }

    /// Starts again with these goals open.
    pub(crate) fn reset(&mut self, open: &[bool]) {
        self.open = open.to_vec();
        self.refresh();
    }

    /// Finds anew where goals lie: what contains itself would stay hungry for itself.
    pub(crate) fn refresh(&mut self) {
        self.counts = vec![0; self.parents.len()];
        let mut fresh = Vec::new();
        for (goal, _) in self.open.iter().enumerate().filter(|(_, open)| **open) {
            let owner = self.owners[goal];
            self.counts[owner] += 1;
            if self.counts[owner] == 1 {
                fresh.push(owner);
            }
        }
        while let Some(node) = fresh.pop() {
            for parent in &self.parents[node] {
                self.counts[*parent] += 1;
                if self.counts[*parent] == 1 {
                    fresh.push(*parent);
                }
            }
        }
    }

    /// A goal was made.
    pub(crate) fn sate(&mut self, goal: GoalId) {
        if !std::mem::replace(&mut self.open[goal], false) {
            return;
        }
        let mut fed = vec![self.owners[goal]];
        while let Some(node) = fed.pop() {
            self.counts[node] = self.counts[node].saturating_sub(1);
            if self.counts[node] == 0 {
                fed.extend(&self.parents[node]);
            }
        }
    }

    /// How many goals are open.
    pub(crate) fn left(&self) -> usize {
        self.open.iter().filter(|open| **open).count()
    }

    pub(crate) fn wants(&self, goal: GoalId) -> bool {
        self.open[goal]
    }

    pub(crate) fn particle(&self, id: ParticleId) -> bool {
        self.counts[id] > 0
    }

    pub(crate) fn ty(&self, ty: Ty) -> bool {
        match ty {
            Ty::Structure(id) => self.structure(id),
            Ty::Value(id) => self.counts[self.values + id] > 0,
            Ty::Anything => false,
        }
    }

    pub(crate) fn structure(&self, id: TypeId) -> bool {
        self.counts[self.types + id] > 0
    }
}

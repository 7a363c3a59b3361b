//! `xs:key`, `xs:unique`, `xs:keyref` as straight loops over fields: the paths are known when the code is generated, so
//! nothing is searched at run time.

mod field;

use crate::emit::{Emitter, Out, literal};
use crate::plan::{Body, Item, ItemKind, Root, Ty, TypeId};
use crate::schema::{Constraint, ConstraintKind, QName, Step, Steps};

/// Writes `impl Element` of a message.
pub(crate) fn element(emitter: &Emitter<'_>, root: &Root, out: &mut Out) {
    let ty = &emitter.plan.types[root.ty];
    out.line(format!("impl xml::Element for {} {{", ty.name));
    out.line(format!("const NAME: Name = {};", emitter.name(&root.name)));
    out.line("");
    out.line("fn read_element(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {");
    out.line("r.req(Self::NAME, Self::read)");
    out.line("}");
    out.line("");
    out.line("fn write_element(&self, w: &mut xml::Writer) {");
    out.line("self.write(Self::NAME, w);");
    out.line("}");
    out.line("");
    out.line("fn check_element(&self, c: &mut xml::check::Checker) {");
    out.line(format!("let at = &xml::check::Path::root({});", literal(&root.name.local)));
    out.line("self.check(at, c);");
    constraints(emitter, root.ty, "self", &root.constraints, out);
    out.line("}");
    out.line("}");
}

/// Writes the constraints of one element: its value is the expression `value`, a reference, its path the variable `at`.
pub(crate) fn constraints(emitter: &Emitter<'_>, ty: TypeId, value: &str, all: &[Constraint], out: &mut Out) {
    // Keys first: references are looked up in them.
    let (references, keys): (Vec<_>, Vec<_>) =
        all.iter().partition(|one| matches!(one.kind, ConstraintKind::KeyRef(_)));
    let mut walks = Out::default();
    let mut searches = 0;
    for constraint in keys.iter().chain(&references) {
        for steps in &constraint.selector {
            let mut walk = Out::default();
            let mut writer = Writer {
                emitter,
                constraint,
                steps,
                searches: Vec::new(),
                first: searches,
                inside: false,
                depth: 0,
                out: &mut walk,
            };
            writer.walk(ty, &Place::reference(value), "at", 0);
            searches += writer.functions();
            let text = walk.into_text();
            // What is selected may have none of the fields: nothing to compare, nothing to write.
            if text.contains("c, ") || text.contains("c.broken(") {
                walks.append(&text);
            }
        }
    }
    let walks = walks.into_text();
    for key in &keys {
        let name = variable(&key.name);
        if walks.contains(&format!("{name}.unique(")) {
            out.line(format!("let mut {name} = xml::check::Keys::default();"));
        } else if walks.contains(&format!("{name}.refers(")) {
            out.line(format!("let {name} = xml::check::Keys::default();"));
        }
    }
    out.append(&walks);
}

/// An expression for a part of the message.
#[derive(Clone)]
struct Place {
    text: String,
    /// It is a reference already.
    reference: bool,
}

impl Place {
    fn reference(text: &str) -> Self {
        Self { text: text.to_owned(), reference: true }
    }

    fn field(&self, name: &str) -> Self {
        Self { text: format!("{}.{name}", self.text), reference: false }
    }

    fn borrowed(&self) -> String {
        if self.reference { self.text.clone() } else { format!("&{}", self.text) }
    }
}

fn variable(name: &QName) -> String {
    format!("{}_values", crate::names::snake(&name.local))
}

/// The walk of one selector down the types.
struct Writer<'w, 'p> {
    emitter: &'w Emitter<'p>,
    constraint: &'w Constraint,
    steps: &'w Steps,
    /// Types that contain themselves, with the step they are searched from: each has a function that calls itself.
    searches: Vec<(TypeId, usize)>,
    /// Number of the first of them.
    first: usize,
    /// One of them is being written.
    inside: bool,
    /// Makes variables of nested blocks distinct.
    depth: usize,
    out: &'w mut Out,
}

impl Writer<'_, '_> {
    fn matches(&self, name: &QName, at: usize) -> bool {
        match self.steps.children.get(at) {
            Some(Step::Child(step)) => step == name,
            Some(Step::Any) => true,
            Some(Step::Attribute(_)) | None => false,
        }
    }

    fn is_last(&self, at: usize) -> bool {
        at + 1 == self.steps.children.len()
    }

    /// Whether anything selected can be found in an item.
    fn reaches(&self, item: &Item, at: usize, open: &mut Vec<TypeId>) -> bool {
        let (id, from) = match &item.kind {
            ItemKind::Content(id) => (*id, vec![at]),
            ItemKind::Element { name, ty, .. } => {
                let matches = self.matches(name, at);
                if matches && self.is_last(at) {
                    return true;
                }
                let Ty::Complex(id) = ty else { return false };
                let mut from = Vec::new();
                if matches {
                    from.push(at + 1);
                }
                if self.steps.anywhere {
                    from.push(0);
                }
                (*id, from)
            }
        };
        if open.contains(&id) {
            return false;
        }
        open.push(id);
        let found = from.into_iter().any(|at| match &self.emitter.plan.types[id].body {
            Body::Struct(body) => body.items.iter().any(|item| self.reaches(item, at, open)),
            Body::Choice(variants) => variants.iter().any(|variant| self.reaches(&variant.item, at, open)),
            _ => false,
        });
        open.pop();
        found
    }

    /// Writes the functions that search types which contain themselves; how many there are.
    fn functions(&mut self) -> usize {
        let mut written = 0;
        self.inside = true;
        // Writing one may ask for another.
        while let Some((id, at)) = self.searches.get(written).copied() {
            let name = variable(self.keys());
            self.out.line(format!(
                "fn search{}<'v>(v: &'v {}, at: &xml::check::Path<'_>, c: &mut xml::check::Checker, {name}: {}xml::check::Keys<'v>) {{",
                self.first + written,
                self.emitter.path(id),
                self.reference(),
            ));
            self.walk(id, &Place::reference("v"), "at", at);
            self.out.line("}");
            written += 1;
        }
        written
    }

    /// Name of the constraint whose values are collected or looked up.
    fn keys(&self) -> &QName {
        match &self.constraint.kind {
            ConstraintKind::KeyRef(key) => key,
            _ => &self.constraint.name,
        }
    }

    /// How those values are borrowed.
    fn reference(&self) -> &'static str {
        match &self.constraint.kind {
            ConstraintKind::KeyRef(_) => "&",
            _ => "&mut ",
        }
    }

    /// Searches an element's type: in place, or, if it may stand inside itself, by a function.
    fn enter(&mut self, id: TypeId, value: &Place, path: &str, at: usize) {
        if !(self.steps.anywhere && self.emitter.plan.contains_itself(id)) {
            return self.walk(id, value, path, at);
        }
        let search = (id, at);
        let number = self.searches.iter().position(|one| *one == search).unwrap_or_else(|| {
            self.searches.push(search);
            self.searches.len() - 1
        });
        let (number, keys) = (self.first + number, variable(self.keys()));
        // Inside such a function the values are borrowed already.
        let reference = if self.inside { "" } else { self.reference() };
        self.out.line(format!("search{number}({}, {path}, c, {reference}{keys});", value.borrowed()));
    }

    /// Searches a type's content.
    fn walk(&mut self, id: TypeId, value: &Place, path: &str, at: usize) {
        let emitter = self.emitter;
        match &emitter.plan.types[id].body {
            Body::Struct(body) => {
                for item in &body.items {
                    if self.reaches(item, at, &mut Vec::new()) {
                        self.item(item, &value.field(&item.field), path, at);
                    }
                }
            }
            Body::Choice(variants) => {
                for variant in variants {
                    if !self.reaches(&variant.item, at, &mut Vec::new()) {
                        continue;
                    }
                    self.depth += 1;
                    let held = Place::reference(&format!("v{}", self.depth));
                    let pattern = format!("{}::{}({})", emitter.path(id), variant.name, held.text);
                    self.out.line(format!("if let {pattern} = {} {{", value.borrowed()));
                    self.item(&variant.item, &held, path, at);
                    self.out.line("}");
                }
            }
            _ => {}
        }
    }

    /// Loops over the occurrences of an item.
    fn item(&mut self, item: &Item, field: &Place, path: &str, at: usize) {
        self.depth += 1;
        let depth = self.depth;
        // What a variant holds is there, be it optional elsewhere.
        let single = item.max == Some(1) && (field.reference || item.min == 1);
        let one = if single { field.clone() } else { Place::reference(&format!("v{depth}")) };
        let one = if item.boxed { Place::reference(&format!("(&**{})", one.borrowed())) } else { one };
        let label = match &item.kind {
            ItemKind::Element { name, .. } => Some(literal(&name.local)),
            ItemKind::Content(_) => None,
        };
        let path = match (&label, item.max) {
            (None, _) => path.to_owned(),
            (Some(label), Some(1)) => format!("{path}.child({label})"),
            (Some(label), _) => format!("{path}.item({label}, i{depth})"),
        };
        match (single, item.max, &label) {
            (true, ..) => {}
            (false, Some(1), _) => self.out.line(format!("if let Some(v{depth}) = {} {{", field.borrowed())),
            (false, _, None) => self.out.line(format!("for v{depth} in {} {{", field.borrowed())),
            (false, _, Some(_)) => {
                self.out.line(format!("for (i{depth}, v{depth}) in {}.iter().enumerate() {{", field.text));
            }
        }
        match &item.kind {
            ItemKind::Content(id) => self.walk(*id, &one, &path, at),
            ItemKind::Element { name, ty, .. } => {
                let matches = self.matches(name, at);
                if matches && self.is_last(at) {
                    self.take(ty, &one.borrowed(), &format!("&{path}"));
                } else if let Ty::Complex(id) = ty {
                    self.out.line(format!("let p{depth} = &{path};"));
                    self.enter(*id, &one, &format!("p{depth}"), if matches { at + 1 } else { 0 });
                }
            }
        }
        if !single {
            self.out.line("}");
        }
    }

    /// Hands the fields of a selected element to the constraint.
    fn take(&mut self, ty: &Ty, v: &str, p: &str) {
        let constraint = self.constraint;
        let name = literal(&constraint.name.local);
        let incomplete = format!("c.broken({p}, xml::check::Rule::Incomplete {{ constraint: {name} }});");
        let is_key = constraint.kind == ConstraintKind::Key;
        let mut values = Vec::new();
        for field in &constraint.fields {
            match self.field(ty, v, &field.children) {
                Some(value) => values.push(value),
                // A field without a place in this type never has a value: only a key insists on one.
                None if is_key => return self.out.line(incomplete),
                None => return,
            }
        }
        let call = |list: &str| match &constraint.kind {
            ConstraintKind::KeyRef(key) => format!("{}.refers(c, {p}, {name}, &[{list}]);", variable(key)),
            _ => format!("{}.unique(c, {p}, {name}, vec![{list}]);", variable(&constraint.name)),
        };
        let always: Option<Vec<&str>> =
            values.iter().map(|value| value.strip_prefix("Some(").and_then(|inner| inner.strip_suffix(')'))).collect();
        if let Some(always) = always {
            return self.out.line(call(&always.join(", ")));
        }
        let bound: Vec<String> = (0..values.len()).map(|index| format!("Some(f{index})")).collect();
        let list: Vec<String> = (0..values.len()).map(|index| format!("f{index}")).collect();
        match (bound.as_slice(), values.as_slice()) {
            ([bound], [value]) => self.out.line(format!("if let {bound} = {value} {{")),
            _ => self.out.line(format!("if let ({}) = ({}) {{", bound.join(", "), values.join(", "))),
        }
        self.out.line(call(&list.join(", ")));
        if is_key {
            self.out.line("} else {");
            self.out.line(incomplete);
        }
        self.out.line("}");
    }
}

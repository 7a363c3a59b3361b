//! `xs:key`, `xs:unique`, `xs:keyref` as straight loops over fields: the paths are known when the code is generated, so
//! nothing is searched at run time.

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
    for key in &keys {
        out.line(format!("let mut {} = xml::check::Keys::default();", variable(&key.name)));
    }
    for constraint in keys.into_iter().chain(references) {
        for steps in &constraint.selector {
            let mut writer = Writer { emitter, constraint, steps, open: vec![ty], depth: 0, out };
            writer.walk(ty, &Place::reference(value), "at", 0);
        }
    }
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
    /// Types being walked: a type inside itself is not searched again.
    open: Vec<TypeId>,
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

    /// Searches a type's content.
    fn walk(&mut self, id: TypeId, value: &Place, path: &str, at: usize) {
        let emitter = self.emitter;
        match &emitter.plan.types[id].body {
            Body::Struct(body) => {
                for item in &body.items {
                    if self.reaches(item, at, &mut self.open.clone()) {
                        self.item(item, &value.field(&item.field), path, at);
                    }
                }
            }
            Body::Choice(variants) => {
                for variant in variants {
                    if !self.reaches(&variant.item, at, &mut self.open.clone()) {
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
            (false, Some(1), _) => self.out.line(format!("if let Some({}) = {} {{", one.text, field.borrowed())),
            (false, _, None) => self.out.line(format!("for {} in {} {{", one.text, field.borrowed())),
            (false, _, Some(_)) => {
                self.out.line(format!("for (i{depth}, {}) in {}.iter().enumerate() {{", one.text, field.text));
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
                    self.open.push(*id);
                    self.walk(*id, &one, &format!("p{depth}"), if matches { at + 1 } else { 0 });
                    self.open.pop();
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

    /// Expression of type `Option<Cow<str>>` for a field of a selected element; it starts with `Some(` if it always has
    /// a value.
    fn field(&self, ty: &Ty, v: &str, steps: &[Step]) -> Option<String> {
        let text = |value: &str| format!("std::borrow::Cow::Borrowed({})", literal(value));
        match (ty, steps.split_first()) {
            (Ty::Value(_), None) => Some(format!("Some(xml::Value::lexical({v}))")),
            (Ty::Complex(id), None) => {
                let Body::Struct(body) = &self.emitter.plan.types[*id].body else { return None };
                body.text.is_some().then(|| format!("Some(xml::Value::lexical(&{}.value))", v.trim_start_matches('&')))
            }
            (Ty::Complex(id), Some((step, rest))) => {
                let v = v.trim_start_matches('&');
                let Body::Struct(body) = &self.emitter.plan.types[*id].body else { return None };
                let name = match step {
                    Step::Child(name) => name,
                    Step::Attribute(name) => {
                        let attribute = body.attributes.iter().find(|attribute| attribute.name == *name)?;
                        return Some(match (attribute.constant.as_slice(), attribute.required) {
                            ([only], true) => format!("Some({})", text(only)),
                            ([only], false) => format!("{v}.{}.then_some({})", attribute.field, text(only)),
                            // One of several versions: which one is not kept.
                            ([_, ..], _) => return None,
                            ([], true) => format!("Some(xml::Value::lexical(&{v}.{}))", attribute.field),
                            ([], false) => format!("{v}.{}.as_ref().map(xml::Value::lexical)", attribute.field),
                        });
                    }
                    Step::Any => return None,
                };
                let named = |item: &&Item| matches!(&item.kind, ItemKind::Element { name: one, .. } if one == name);
                let item = body.items.iter().find(named)?;
                let ItemKind::Element { ty, fixed, .. } = &item.kind else { return None };
                match (fixed, item.min, item.max) {
                    (Some(fixed), 1, _) => Some(format!("Some({})", text(fixed))),
                    (Some(fixed), ..) => Some(format!("{v}.{}.then_some({})", item.field, text(fixed))),
                    (None, 1, Some(1)) => self.field(ty, &format!("&{v}.{}", item.field), rest),
                    (None, 0, Some(1)) => {
                        let inner = self.field(ty, "x", rest)?;
                        Some(match inner.strip_prefix("Some(").and_then(|inner| inner.strip_suffix(')')) {
                            Some("xml::Value::lexical(x)") => {
                                format!("{v}.{}.as_ref().map(xml::Value::lexical)", item.field)
                            }
                            Some(inner) => format!("{v}.{}.as_ref().map(|x| {inner})", item.field),
                            None => format!("{v}.{}.as_ref().and_then(|x| {inner})", item.field),
                        })
                    }
                    _ => None,
                }
            }
            (Ty::Value(_) | Ty::Raw, _) => None,
        }
    }
}

//! Writes the planned types as Rust.

mod choice;
mod item;
mod structure;
mod text;
mod value;

use std::collections::BTreeMap;

pub(crate) use self::text::{Out, literal};
use self::value::{builtin_type, enumeration};
use crate::identity;
use crate::plan::{Body, Plan, Ty, TypeId, TypePlan, Value, ValueKind};
use crate::schema::QName;

pub(crate) struct Emitter<'p> {
    pub(crate) plan: &'p Plan,
    /// Path of the contract's module: `crate::contract`.
    pub(crate) root: &'p str,
}

impl Emitter<'_> {
    /// All files: one a namespace, with its nested modules.
    pub(crate) fn modules(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        for (index, namespace) in self.plan.namespaces.iter().enumerate() {
            let mut out = Out::default();
            out.doc(&format!("Number of the namespace `{}`.", namespace.uri));
            out.line(format!("pub const NS: Ns = Ns({index});"));
            let module = vec![namespace.module.clone()];
            self.types_in(&module, &mut out);
            for root in self.plan.roots.iter().filter(|root| *root.name.ns == *namespace.uri) {
                out.line("");
                identity::element(self, root, &mut out);
            }
            let text = out.into_text();
            files.insert(namespace.module.clone(), imports(&text).into_iter().collect::<String>() + &text);
        }
        files
    }

    /// Types declared in one module, then its nested modules.
    fn types_in(&self, module: &[String], out: &mut Out) {
        let mut here: Vec<&TypePlan> = self.plan.types.iter().filter(|ty| ty.module == module).collect();
        here.sort_by(|left, right| left.name.cmp(&right.name));
        for ty in here {
            out.line("");
            self.ty(ty, out);
        }
        let mut nested: Vec<&String> = self
            .plan
            .types
            .iter()
            .filter(|ty| ty.module.len() > module.len() && ty.module.starts_with(module))
            .map(|ty| &ty.module[module.len()])
            .collect();
        nested.sort();
        nested.dedup();
        for name in nested {
            let owner = crate::names::camel(name);
            out.line("");
            out.doc(&format!("Types declared inside `{owner}`."));
            out.line(format!("pub mod {name} {{"));
            let mut path = module.to_vec();
            path.push(name.clone());
            let mut inner = out.inside();
            self.types_in(&path, &mut inner);
            let text = inner.into_text();
            imports(&text).into_iter().for_each(|line| out.line(line.trim_end()));
            out.append(&text);
            out.line("}");
        }
    }

    fn ty(&self, ty: &TypePlan, out: &mut Out) {
        match &ty.body {
            Body::Struct(body) => self.structure(ty, body, out),
            Body::Choice(variants) => self.choice(ty, variants, out),
            Body::Enumeration { base, values } => enumeration(ty, *base, values, out),
            Body::Abstract(all) => self.substitution(ty, all, out),
            Body::Pending => {}
        }
    }

    pub(crate) fn path(&self, id: TypeId) -> String {
        let ty = &self.plan.types[id];
        format!("{}::{}::{}", self.root, ty.module.join("::"), ty.name)
    }

    pub(crate) fn name(&self, name: &QName) -> String {
        format!("Name::new(Ns({}), {})", self.plan.namespace(&name.ns), literal(&name.local))
    }

    fn names<'n>(&self, names: impl IntoIterator<Item = &'n QName>) -> String {
        let all: Vec<String> = names.into_iter().map(|name| self.name(name)).collect();
        format!("&[{}]", all.join(", "))
    }

    fn value_type(&self, value: &Value) -> String {
        let one = match &value.kind {
            ValueKind::Guid => "xml::Guid".to_owned(),
            ValueKind::Enumeration(id) => self.path(*id),
            ValueKind::Builtin(builtin) => builtin_type(*builtin).to_owned(),
        };
        if value.list { format!("xml::value::List<{one}>") } else { one }
    }

    fn ty_name(&self, ty: &Ty) -> String {
        match ty {
            Ty::Value(value) => self.value_type(value),
            Ty::Complex(id) => self.path(*id),
            Ty::Raw => "xml::Raw".to_owned(),
        }
    }
}

/// The import of what a module's text uses of the runtime.
fn imports(text: &str) -> Option<String> {
    let names = [("self as xml", ["xml::", "xml::"]), ("Name", ["Name::new(", ": Name,"]), ("Ns", ["Ns(", ": Ns"])];
    let used = names.iter().filter(|(_, marks)| marks.iter().any(|mark| text.contains(mark)));
    let used: Vec<&str> = used.map(|(name, _)| *name).collect();
    (!used.is_empty()).then(|| format!("use ::gis_gkh_xml::{{{}}};\n", used.join(", ")))
}

fn check_fn(checks: &str, out: &mut Out) {
    let (at, c) = if checks.is_empty() { ("_at", "_c") } else { ("at", "c") };
    out.line(format!("pub(crate) fn check(&self, {at}: &xml::check::Path<'_>, {c}: &mut xml::check::Checker) {{"));
    out.append(checks);
    out.line("}");
}

/// Namespace of `xsi:type`.
pub(crate) fn xsi() -> &'static str {
    "http://www.w3.org/2001/XMLSchema-instance"
}

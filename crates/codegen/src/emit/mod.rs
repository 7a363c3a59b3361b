//! Writes the planned types as Rust.

mod choice;
mod convert;
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
    /// All files by name: one a namespace, which includes what would make it too long to read.
    pub(crate) fn modules(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        let mut modules: BTreeMap<&[String], Vec<&TypePlan>> = BTreeMap::new();
        for ty in &self.plan.types {
            // Every module above one with types is there too, with or without types of its own.
            for depth in 1..=ty.module.len() {
                modules.entry(&ty.module[..depth]).or_default();
            }
            modules.entry(&ty.module).or_default().push(ty);
        }
        for types in modules.values_mut() {
            types.sort_by(|left, right| left.name.cmp(&right.name));
        }
        for (index, namespace) in self.plan.namespaces.iter().enumerate() {
            let mut out = Out::default();
            out.doc(&format!("Number of the namespace `{}`.", namespace.uri));
            out.line(format!("pub const NS: Ns = Ns({index});"));
            let module = vec![namespace.module.clone()];
            self.types_in(&module, &modules, &mut files, &mut out);
            for root in self.plan.roots.iter().filter(|root| *root.name.ns == *namespace.uri) {
                out.line("");
                identity::element(self, root, &mut out);
            }
            let text = out.into_text();
            files.insert(format!("{}.rs", namespace.module), text);
        }
        files
    }

    /// Types declared in one module, then its nested modules; what is long goes to files of its own.
    fn types_in(
        &self,
        module: &[String],
        modules: &BTreeMap<&[String], Vec<&TypePlan>>,
        files: &mut BTreeMap<String, String>,
        out: &mut Out,
    ) {
        let types = modules.get(module).map(Vec::as_slice).unwrap_or_default();
        let mut body = out.inside();
        for ty in types {
            body.line("");
            self.ty(ty, &mut body);
            if body.lines() > FILE_LINES {
                let number =
                    files.keys().filter(|name| name.starts_with(&format!("{}.part", module.join(".")))).count();
                let name = format!("{}.part{}.rs", module.join("."), number + 1);
                out.line(format!("include!({});", literal(&name)));
                files.insert(name, std::mem::replace(&mut body, out.inside()).into_text());
            }
        }
        out.append(&body.into_text());
        let nested = modules.keys().filter(|one| one.len() == module.len() + 1 && one.starts_with(module));
        for path in nested {
            let name = &path[module.len()];
            let owner = crate::names::camel(name);
            out.line("");
            out.doc(&format!("Types declared inside `{owner}`."));
            out.line(format!("pub mod {name} {{"));
            out.line(IMPORTS);
            let mut inner = out.inside();
            self.types_in(path, modules, files, &mut inner);
            if inner.lines() > FILE_LINES / 4 {
                let file = format!("{}.rs", path.join("."));
                out.line(format!("include!({});", literal(&file)));
                files.insert(file, inner.into_text());
            } else {
                out.append(&inner.into_text());
            }
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

/// Lines from which on a part of a module becomes a file of its own.
const FILE_LINES: usize = 4000;

/// What a module's text may use of the runtime; not every module uses all of it.
pub(crate) const IMPORTS: &str = "use ::gis_gkh_xml::{self as xml, Name, Ns};";

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

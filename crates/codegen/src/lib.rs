//! Generator of typed ГИС ЖКХ clients: WSDL and XSD to a model, the model to Rust.
//!
//! Called by the build script of `gis-gkh`; also what `gkh schema` and the conformance test stand on. The code it writes
//! is thin: one line a field, over the runtime in `gis-gkh-xml`.
mod emit;
mod error;
pub mod graft;
mod identity;
pub mod language;
pub mod limits;
pub mod names;
mod notes;
mod operations;
mod plan;
pub mod release;
pub mod results;
pub mod schema;
mod spelling;
mod tracked;
pub mod wsdl;

use std::collections::BTreeMap;

pub use error::Error;
use names::Overrides;
use schema::{QName, SchemaSet};
use wsdl::Contract;

/// Namespace of the SOAP 1.1 envelope.
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// Generated files by name, `contract.rs` being the one to include.
pub type Files = BTreeMap<String, String>;

/// Generates types for some global elements of a set of schemas, without operations.
///
/// # Errors
/// A reference to nothing, an unknown construct: with file and line.
pub fn types(set: &SchemaSet, roots: &[QName], overrides: &Overrides, module: &str) -> Result<Files, Error> {
    let mut plan = plan::Planner::new(set, overrides).plan(roots, &[])?;
    overrides.all_used()?;
    finish(&mut plan)?;
    Ok(files(&plan, module, String::new()))
}

/// Generates types and operations of a contract. `module` is the path of the module that includes `contract.rs`;
/// the operations refer to the runtime beside it in the same crate.
///
/// # Errors
/// As [`types`].
pub fn client(contract: &Contract, overrides: &Overrides, module: &str) -> Result<Files, Error> {
    let roots = operations::roots(contract);
    let mut plan = plan::Planner::new(&contract.schemas, overrides).plan(&roots, &operations::types())?;
    overrides.all_used()?;
    // Messages travel in an envelope, which one reader reads together with what is inside.
    plan.namespaces.push(plan::Namespace { uri: SOAP.into(), prefix: "soap".into(), module: "soap".into() });
    finish(&mut plan)?;
    notes::annotate(contract, &mut plan, module);
    let operations = operations::emit(contract, &plan, module);
    Ok(files(&plan, module, operations))
}

/// `xsi:type` is written where a type is abstract, so its namespace is part of every contract.
///
/// # Errors
/// More namespaces than the writer can keep apart.
fn finish(plan: &mut plan::Plan) -> Result<(), Error> {
    if !plan.namespaces.iter().any(|namespace| &*namespace.uri == emit::xsi()) {
        plan.namespaces.push(plan::Namespace { uri: emit::xsi().into(), prefix: "xsi".into(), module: "xsi".into() });
    }
    // Numbers by name, not by the order of discovery: a new message does not renumber what it does not touch.
    plan.namespaces.sort_by(|left, right| left.uri.cmp(&right.uri));
    // The writer keeps the prefixes in scope as the bits of one word.
    match plan.namespaces.len() {
        0..=64 => Ok(()),
        count => Err(Error::TooManyNamespaces { count }),
    }
}

fn files(plan: &plan::Plan, module: &str, operations: String) -> Files {
    let emitter = emit::Emitter { plan, root: module };
    let mut files = Files::new();
    let mut root = emit::Out::default();
    root.doc("All namespaces of the contract, in the order of their numbers.");
    root.line("pub static NAMESPACES: ::gis_gkh_xml::Namespaces = &[");
    for namespace in &plan.namespaces {
        root.line(format!(
            "::gis_gkh_xml::Namespace {{ uri: {}, prefix: {} }},",
            emit::literal(&namespace.uri),
            emit::literal(&namespace.prefix)
        ));
    }
    root.line("];");
    root.line("mod facets {");
    root.line("include!(\"facets.rs\");");
    root.line("}");
    files.insert("facets.rs".into(), emitter.facets());
    let mut namespaces: Vec<_> = plan.namespaces.iter().collect();
    namespaces.sort_by(|left, right| left.module.cmp(&right.module));
    for namespace in namespaces {
        root.doc(&format!("Types of the namespace `{}`.", namespace.uri));
        root.line(format!("pub mod {} {{", namespace.module));
        root.line(emit::IMPORTS);
        root.line(format!("include!(\"{}.rs\");", namespace.module));
        root.line("}");
    }
    files.extend(emitter.modules());
    if !operations.is_empty() {
        root.doc("Services and operations.");
        root.line("pub mod operations {");
        root.line("include!(\"operations.rs\");");
        root.line("}");
        files.insert("operations.rs".into(), operations);
    }
    files.insert("contract.rs".into(), root.into_text());
    files
}

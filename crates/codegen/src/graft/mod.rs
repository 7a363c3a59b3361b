//! A release of the official package, in the names and shapes of our own contract.
//!
//! Code is written against the types generated from `wsdl/` and `xsd/`. A package says the same, and more, in other words:
//! other type names, other cuts. Here the two are laid over each other, message by message. Where they mean the same, our
//! type stands for theirs. Where a release means something else, its content is taken under our name and cut as ours is,
//! so that code which does not touch what changed still compiles. What we did not write comes as it is.
//!
//! Whatever was decided, the result is compared with the package before it is given away.

mod align;
mod build;
mod content;
mod decide;
mod foreign;
mod groups;
mod values;

use std::collections::BTreeMap;

use self::build::{Builder, Cut};
use self::decide::Decisions;
use self::groups::Names;
use crate::Error;
use crate::language::Comparison;
use crate::names::Overrides;
use crate::plan::Planner;
use crate::results::Results;
use crate::schema::SchemaSet;
use crate::wsdl::Contract;

/// Lays a package over our contract. The table says what answers the operations that ours does not have.
///
/// # Errors
/// A reference to nothing in one of them; a result that does not mean what the package means.
pub fn graft(ours: &Contract, package: &Contract, results: &Results) -> Result<Contract, Error> {
    let mut schemas = lay(&ours.schemas, &package.schemas)?;
    schemas.chosen = Planner::new(&ours.schemas, &Overrides::default()).names();
    let mut services = package.services.clone();
    let known: BTreeMap<(&str, &str), _> = ours
        .services
        .iter()
        .flat_map(|service| service.operations.iter().map(move |one| ((&*service.name, &*one.name), one)))
        .collect();
    for service in &mut services {
        for operation in &mut service.operations {
            if let Some(ours) = known.get(&(&*service.name, &*operation.name)) {
                operation.branches.clone_from(&ours.branches);
                operation.doc.clone_from(&ours.doc);
            } else if let Some(row) = results.get(&service.name, &operation.name) {
                operation.branches.clone_from(&row.branches);
            }
        }
    }
    Ok(Contract { services, schemas, files: package.files.clone() })
}

fn lay(ours: &SchemaSet, theirs: &SchemaSet) -> Result<SchemaSet, Error> {
    let mut comparison = Comparison::new(ours, theirs);
    for name in ours.elements.keys().filter(|name| theirs.elements.contains_key(name)) {
        comparison.element(name)?;
    }
    decide::adopt(&mut comparison, ours, theirs)?;
    let decisions = Decisions::new(ours, theirs, &comparison)?;
    let mut wrong = None;
    // Where our cut cannot be had rightly, theirs can.
    for cut in [Cut::Ours, Cut::Theirs] {
        // Once to see what becomes of our groups in all places, once more with their names decided by that.
        let (_, uses) = Builder::new(ours, theirs, &decisions, cut, Names::default()).build()?;
        let (set, _) = Builder::new(ours, theirs, &decisions, cut, uses.decide()).build()?;
        let mut check = Comparison::new(&set, theirs);
        for name in theirs.elements.keys() {
            check.element(name)?;
        }
        match check.differences().first() {
            None => return Ok(set),
            Some(first) => wrong = Some(first.clone()),
        }
    }
    let (path, what) = wrong.map_or_else(Default::default, |wrong| (wrong.path, wrong.what));
    Err(Error::Overlay { path, what })
}

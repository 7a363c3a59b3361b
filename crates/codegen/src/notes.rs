//! What the documentation of a message says of the operation it belongs to and the versions it is sent with.

use crate::names::{camel, field, snake};
use crate::plan::{Body, Plan, TypePlan};
use crate::schema::QName;
use crate::wsdl::{Contract, Operation, Service};

/// Writes the notes into the plan. `root` is the path of the contract's module.
pub(crate) fn annotate(contract: &Contract, plan: &mut Plan, root: &str) {
    for service in &contract.services {
        for operation in service.operations.iter().filter(|operation| operation.name != crate::operations::GET_STATE) {
            let method = link(service, operation, root);
            if let Some(request) = message(plan, &operation.request) {
                request.notes.push(format!("Request of the operation {method}."));
            }
            if let Some(answer) = message(plan, &operation.answer).filter(|_| !operation.is_submission()) {
                answer.notes.push(format!("Answer of the operation {method}."));
            }
        }
    }
    for root in &plan.roots {
        let Some(ty) = plan.types.get_mut(root.ty) else { continue };
        ty.notes.extend(versions(ty));
    }
}

/// The type of a message; types that many operations share get no note of each.
fn message<'p>(plan: &'p mut Plan, name: &QName) -> Option<&'p mut TypePlan> {
    let id = plan.roots.iter().find(|root| root.name == *name)?.ty;
    plan.types.get_mut(id)
}

fn link(service: &Service, operation: &Operation, root: &str) -> String {
    let module = snake(&service.name.replace('-', "_"));
    let ty = camel(&service.name);
    format!("[`{}`]({root}::operations::{module}::{ty}::{})", operation.name, field(&operation.name))
}

fn versions(ty: &TypePlan) -> Option<String> {
    let Body::Struct(body) = &ty.body else { return None };
    let version = body.attributes.iter().find(|attribute| &*attribute.name.local == "version" && attribute.required)?;
    let (newest, older) = version.constant.split_last()?;
    let mut note = format!("Written with version `{newest}`, unless another is configured.");
    if !older.is_empty() {
        let older: Vec<String> = older.iter().map(|version| format!("`{version}`")).collect();
        note += &format!(" The contract also names {}.", older.join(", "));
    }
    Some(note)
}

//! Operations as a table, and one typed method each.

use crate::emit::{Out, literal};
use crate::names::{camel, field, shout, snake};
use crate::plan::{Body, ItemKind, Plan, Ty};
use crate::schema::QName;
use crate::wsdl::{Contract, Operation, Service};

/// Local name of the operation that fetches a result, in every service.
const GET_STATE: &str = "getState";

/// Messages of a contract: requests, answers, headers, faults.
pub(crate) fn roots(contract: &Contract) -> Vec<QName> {
    let mut names = Vec::new();
    for operation in contract.services.iter().flat_map(|service| &service.operations) {
        let all = [
            Some(&operation.request),
            Some(&operation.answer),
            Some(&operation.header),
            operation.answer_header.as_ref(),
        ];
        for name in all.into_iter().chain([operation.fault.as_ref()]).flatten() {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names.sort();
    names
}

/// Path of a message's type.
fn path(plan: &Plan, root: &str, name: &QName) -> String {
    let ty = plan.roots.iter().find(|one| one.name == *name).map(|one| &plan.types[one.ty]);
    ty.map_or_else(String::new, |ty| format!("{root}::{}::{}", ty.module.join("::"), ty.name))
}

fn name(plan: &Plan, name: &QName) -> String {
    format!("::gis_gkh_xml::Name::new(::gis_gkh_xml::Ns({}), {})", plan.namespace(&name.ns), literal(&name.local))
}

pub(crate) fn emit(contract: &Contract, plan: &Plan, root: &str) -> String {
    let mut out = Out::default();
    out.line("use crate::operation::{Header, Kind, MessageKind, Operation, Query, StateAnswer, Submission, inspect};");
    out.line("");
    out.doc("Every operation of the contract, by service and name.");
    out.line("pub static OPERATIONS: &[&Operation] = &[");
    for service in &contract.services {
        let module = snake(&service.name.replace('-', "_"));
        for operation in &service.operations {
            out.line(format!("&{module}::{},", shout(&operation.name)));
        }
    }
    out.line("];");
    out.line("");
    out.doc("Every message of the contract: requests, answers, headers.");
    out.line("pub static MESSAGES: &[MessageKind] = &[");
    for message in &plan.roots {
        let ty = path(plan, root, &message.name);
        out.line(format!("MessageKind {{ name: {}, inspect: inspect::<{ty}> }},", name(plan, &message.name)));
    }
    out.line("];");
    let mut states: Vec<&QName> = Vec::new();
    for service in &contract.services {
        out.line("");
        emit_service(service, plan, root, &mut out);
        for operation in service.operations.iter().filter(|operation| operation.name == GET_STATE) {
            if !states.contains(&&operation.answer) {
                states.push(&operation.answer);
            }
        }
    }
    for state in states {
        out.line("");
        emit_state(plan, root, state, &mut out);
    }
    out.into_text()
}

fn emit_service(service: &Service, plan: &Plan, root: &str, out: &mut Out) {
    let module = snake(&service.name.replace('-', "_"));
    let ty = camel(&service.name);
    out.doc(&format!("Service `{}` at `{}`.", service.name, service.path));
    out.line(format!("pub mod {module} {{"));
    out.line("use super::*;");
    for operation in &service.operations {
        out.line("");
        table_entry(service, operation, plan, out);
    }
    let state = service.operations.iter().find(|operation| operation.name == GET_STATE);
    out.line("");
    out.doc(&format!("Typed calls of the service `{}`.", service.name));
    out.line("#[derive(Debug, Clone, Copy)]");
    out.line(format!("pub struct {ty}<'c>(pub(crate) &'c crate::Client);"));
    out.line("");
    out.line(format!("impl {ty}<'_> {{"));
    for operation in &service.operations {
        let request = path(plan, root, &operation.request);
        let answer = path(plan, root, &operation.answer);
        let method = field(&operation.name);
        let doc =
            if operation.doc.is_empty() { format!("Operation `{}`.", operation.name) } else { operation.doc.clone() };
        out.doc(&doc);
        out.doc("");
        out.doc("# Errors");
        if operation.name == GET_STATE {
            out.doc("The answer could not be had or read; asking again is always safe.");
            out.line(format!("pub async fn {method}(&self, ack: ::gis_gkh_xml::Guid) -> Result<crate::Answer<{answer}>, crate::CallError> {{"));
            out.line(format!("self.0.state(&{}, ack).await", shout(&operation.name)));
        } else if is_submission(operation) {
            out.doc("The request is wrong, was not sent, may have been sent, or was refused: the error says which.");
            out.line(format!(
                "pub async fn {method}(&self, request: {request}) -> Result<crate::Receipt, crate::CallError> {{"
            ));
            out.line("self.0.submit(request).await");
        } else {
            out.doc("The answer could not be had or read; asking again is always safe.");
            out.line(format!("pub async fn {method}(&self, request: {request}) -> Result<crate::Answer<{answer}>, crate::CallError> {{"));
            out.line("self.0.query(&request).await");
        }
        out.line("}");
        out.line("");
    }
    out.line("}");
    out.line("");
    out.line("impl crate::Client {");
    out.doc(&format!("Calls of the service `{}`.", service.name));
    out.line(format!("pub fn {module}(&self) -> {ty}<'_> {{"));
    out.line(format!("{ty}(self)"));
    out.line("}");
    out.line("}");
    for operation in &service.operations {
        if operation.name == GET_STATE {
            continue;
        }
        let request = path(plan, root, &operation.request);
        out.line("");
        if is_submission(operation) {
            let Some(state) = state else { continue };
            out.line(format!("impl Submission for {request} {{"));
            out.line(format!("const OPERATION: &'static Operation = &{};", shout(&operation.name)));
            out.line(format!("const STATE: &'static Operation = &{};", shout(&state.name)));
            out.line(format!("type State = {};", path(plan, root, &state.answer)));
            out.line("");
            out.line("fn identify(&mut self, id: &str) {");
            out.line("self.id = Some(id.to_owned());");
            out.line("}");
            out.line("}");
        } else {
            out.line(format!("impl Query for {request} {{"));
            out.line(format!("const OPERATION: &'static Operation = &{};", shout(&operation.name)));
            out.line(format!("type Answer = {};", path(plan, root, &operation.answer)));
            out.line("}");
        }
    }
    out.line("}");
}

fn is_submission(operation: &Operation) -> bool {
    &*operation.answer.local == "AckRequest"
}

fn table_entry(service: &Service, operation: &Operation, plan: &Plan, out: &mut Out) {
    out.doc(&format!("`{}`: `{}`, SOAPAction `{}`.", operation.name, operation.request.local, operation.action));
    out.line(format!("pub static {}: Operation = Operation {{", shout(&operation.name)));
    out.line(format!("service: {},", literal(&service.name)));
    out.line(format!("path: {},", literal(&service.path)));
    out.line(format!("name: {},", literal(&operation.name)));
    out.line(format!("action: {},", literal(&operation.action)));
    let header = if &*operation.header.local == "ISRequestHeader" { "InformationSystem" } else { "Organisation" };
    out.line(format!("header: Header::{header},"));
    let kind = match (is_submission(operation), operation.name == GET_STATE) {
        (true, _) => "Submission",
        (_, true) => "State",
        _ => "Query",
    };
    out.line(format!("kind: Kind::{kind},"));
    out.line(format!("request: {},", name(plan, &operation.request)));
    out.line(format!("answer: {},", name(plan, &operation.answer)));
    let versions: Vec<String> = plan
        .roots
        .iter()
        .find(|one| one.name == operation.request)
        .and_then(|one| match &plan.types[one.ty].body {
            Body::Struct(body) => body.attributes.iter().find(|attribute| &*attribute.name.local == "version"),
            _ => None,
        })
        .map(|attribute| attribute.constant.iter().map(|version| literal(version)).collect())
        .unwrap_or_default();
    out.line(format!("versions: &[{}],", versions.join(", ")));
    let branches: Vec<String> = operation.branches.iter().map(|branch| literal(branch)).collect();
    out.line(format!("branches: &[{}],", branches.join(", ")));
    out.line("};");
}

/// What every `getStateResult` has, whatever else it says.
fn emit_state(plan: &Plan, root: &str, state: &QName, out: &mut Out) {
    let Some(found) = plan.roots.iter().find(|one| one.name == *state) else { return };
    let Body::Struct(body) = &plan.types[found.ty].body else { return };
    let item = |local: &str| {
        body.items.iter().find(|item| matches!(&item.kind, ItemKind::Element { name, .. } if &*name.local == local))
    };
    let (Some(request_state), Some(message)) = (item("RequestState"), item("MessageGUID")) else { return };
    out.line(format!("impl StateAnswer for {} {{", path(plan, root, state)));
    let of = |item: &crate::plan::Item| match &item.kind {
        ItemKind::Element { ty: Ty::Value(value), .. } => match value.kind {
            crate::plan::ValueKind::Enumeration(_) => {
                format!("::gis_gkh_xml::Value::lexical(&self.{}).parse().unwrap_or(0)", item.field)
            }
            _ => format!("u8::try_from(self.{}).unwrap_or(0)", item.field),
        },
        _ => "0".to_owned(),
    };
    out.line("fn state(&self) -> u8 {");
    out.line(of(request_state));
    out.line("}");
    out.line("");
    out.line("fn message_guid(&self) -> ::gis_gkh_xml::Guid {");
    out.line(format!("self.{}", message.field));
    out.line("}");
    out.line("");
    out.line(format!("fn error(&self) -> Option<&{root}::base::ErrorMessage> {{"));
    let mut found = false;
    for item in &body.items {
        let ItemKind::Content(id) = &item.kind else { continue };
        let Body::Choice(variants) = &plan.types[*id].body else { continue };
        let error = variants.iter().find(
            |variant| matches!(&variant.item.kind, ItemKind::Element { name, .. } if &*name.local == "ErrorMessage"),
        );
        if let Some(variant) = error {
            let ty = &plan.types[*id];
            let full = format!("{root}::{}::{}", ty.module.join("::"), ty.name);
            let value = if item.min == 0 {
                format!("Some({full}::{}(error))", variant.name)
            } else {
                format!("{full}::{}(error)", variant.name)
            };
            out.line(format!("match &self.{} {{", item.field));
            out.line(format!("{value} => Some(error),"));
            out.line("_ => None,");
            out.line("}");
            found = true;
            break;
        }
    }
    if !found {
        out.line("None");
    }
    out.line("}");
    out.line("}");
}

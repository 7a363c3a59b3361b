//! Operations as a table, and one typed method each.

use crate::emit::{Emitter, Out, literal};
use crate::limits::limits;
use crate::names::{camel, field, shout, snake};
use crate::plan::{Body, Item, ItemKind, Plan, Ty};
use crate::release::message_versions;
use crate::schema::QName;
use crate::tracked;
use crate::wsdl::{Contract, Operation, Service};

/// Local name of the operation that fetches a result, in every service.
pub(crate) const GET_STATE: &str = "getState";

/// Namespace of what all services share.
const BASE: &str = "http://dom.gosuslugi.ru/schema/integration/base/";

/// Messages of a contract: requests, answers, headers, faults.
pub(crate) fn roots(contract: &Contract) -> Vec<QName> {
    // What every exchange needs, whichever services there are.
    let always = ["AckRequest", "Fault", "ISRequestHeader", "RequestHeader", "ResultHeader", "getStateRequest"];
    let mut names: Vec<QName> = always.iter().map(|local| QName::new(BASE, *local)).collect();
    names.retain(|name| contract.schemas.elements.contains_key(name));
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

/// Types that the runtime beside the contract speaks of, whichever services there are: outcomes and errors.
pub(crate) fn types() -> [QName; 2] {
    ["CommonResultType", "ErrorMessageType"].map(|local| QName::new(BASE, local))
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
    out.line("use crate::operation::{Header, Kind, Limit, MessageKind, ObjectResult, Operation, Query, StateAnswer, Submission, Tracked};");
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
        out.line(format!("MessageKind::of::<{ty}>(),"));
    }
    out.line("];");
    let mut states: Vec<&QName> = Vec::new();
    for service in &contract.services {
        out.line("");
        emit_service(contract, service, plan, root, &mut out);
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
    tracked::emit(plan, root, &mut out);
    out.into_text()
}

fn emit_service(contract: &Contract, service: &Service, plan: &Plan, root: &str, out: &mut Out) {
    let module = snake(&service.name.replace('-', "_"));
    let ty = camel(&service.name);
    out.doc(&format!("Service `{}` at `{}`.", service.name, service.path));
    out.line(format!("pub mod {module} {{"));
    out.line("use super::*;");
    for operation in &service.operations {
        out.line("");
        table_entry(contract, service, operation, plan, out);
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
        } else if operation.is_submission() {
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
        if operation.is_submission() {
            let Some(state) = state else { continue };
            out.line(format!("impl Submission for {request} {{"));
            out.line(format!("const OPERATION: &'static Operation = &{};", shout(&operation.name)));
            out.line(format!("const STATE: &'static Operation = &{};", shout(&state.name)));
            out.line(format!("type State = {};", path(plan, root, &state.answer)));
            out.line("");
            out.line("fn identify(&mut self, id: &str) {");
            out.line("self.id = Some(id.to_owned());");
            out.line("}");
            emit_result(plan, root, operation, state, out);
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

fn table_entry(contract: &Contract, service: &Service, operation: &Operation, plan: &Plan, out: &mut Out) {
    out.doc(&format!("`{}`: `{}`, SOAPAction `{}`.", operation.name, operation.request.local, operation.action));
    out.line(format!("pub static {}: Operation = Operation {{", shout(&operation.name)));
    out.line(format!("service: {},", literal(&service.name)));
    out.line(format!("path: {},", literal(&service.path)));
    out.line(format!("name: {},", literal(&operation.name)));
    out.line(format!("action: {},", literal(&operation.action)));
    let header = if &*operation.header.local == "ISRequestHeader" { "InformationSystem" } else { "Organisation" };
    out.line(format!("header: Header::{header},"));
    let kind = match (operation.is_submission(), operation.name == GET_STATE) {
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
    // The plan stands on the same schemas: what leads nowhere was refused with it.
    let named = message_versions(&contract.schemas, &operation.request).unwrap_or_default();
    out.line(format!("version_fixed: {},", named.fixed));
    let limits = limits(&contract.schemas, &operation.request).unwrap_or_default();
    out.line("limits: &[");
    for limit in limits {
        out.line(format!("Limit {{ path: {}, max: {} }},", literal(&limit.path), limit.max));
    }
    out.line("],");
    let branches: Vec<String> = operation.branches.iter().map(|branch| literal(branch)).collect();
    out.line(format!("branches: &[{}],", branches.join(", ")));
    out.line("};");
}

/// The part of a service's `getStateResult` that answers one submission, which the WSDL does not tell.
fn emit_result(plan: &Plan, root: &str, operation: &Operation, state: &Operation, out: &mut Out) {
    let whole = path(plan, root, &state.answer);
    let answers = |item: &Item| {
        let mut names = Vec::new();
        plan.known(std::slice::from_ref(item), &mut names);
        operation.branches.iter().any(|branch| names.iter().any(|name| *name.local == **branch))
    };
    let items = plan.roots.iter().find(|one| one.name == state.answer).map(|one| &plan.types[one.ty].body);
    let Some(Body::Struct(body)) = items else { return };
    let found: Vec<&Item> = body.items.iter().filter(|item| answers(item)).collect();
    let (ty, lines) = match found.as_slice() {
        [item] => {
            let emitter = Emitter { plan, root };
            match &item.kind {
                ItemKind::Content(id) => {
                    let Body::Choice(variants) = &plan.types[*id].body else {
                        return whole_result(&whole, out);
                    };
                    let chosen: Vec<_> = variants.iter().filter(|variant| answers(&variant.item)).collect();
                    // Several branches answer it: the caller has to tell them apart.
                    let [variant] = chosen.as_slice() else {
                        return whole_result(&whole, out);
                    };
                    let Some(holder) = emitter.variant_holder(&variant.item) else {
                        return whole_result(&whole, out);
                    };
                    let pattern = format!("{}::{}(result)", emitter.path(*id), variant.name);
                    let pattern = if item.min == 0 { format!("Some({pattern})") } else { pattern };
                    (
                        holder,
                        vec![
                            format!("match state.{} {{", item.field),
                            format!("{pattern} => Some(result),"),
                            "_ => None,".to_owned(),
                            "}".to_owned(),
                        ],
                    )
                }
                ItemKind::Element { .. } => {
                    let Some(holder) = emitter.holder(item) else { return whole_result(&whole, out) };
                    match holder.strip_prefix("Option<").and_then(|inner| inner.strip_suffix('>')) {
                        Some(inner) => (inner.to_owned(), vec![format!("state.{}", item.field)]),
                        None if holder.starts_with("Vec<") => {
                            (holder, vec![format!("(!state.{0}.is_empty()).then_some(state.{0})", item.field)])
                        }
                        None => (holder, vec![format!("Some(state.{})", item.field)]),
                    }
                }
            }
        }
        _ => return whole_result(&whole, out),
    };
    out.line(format!("type Result = {ty};"));
    out.line("");
    out.line("fn result(state: Self::State) -> Option<Self::Result> {");
    lines.into_iter().for_each(|line| out.line(line));
    out.line("}");
}

/// The whole answer, where no single part of it is the operation's.
fn whole_result(state: &str, out: &mut Out) {
    out.line(format!("type Result = {state};"));
    out.line("");
    out.line("fn result(state: Self::State) -> Option<Self::Result> {");
    out.line("Some(state)");
    out.line("}");
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
            // One service gives several; the first says why.
            let error = if variant.item.max == Some(1) { "Some(error)" } else { "error.first()" };
            out.line(format!("{value} => {error},"));
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

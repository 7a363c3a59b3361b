//! `gkh schema list`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use gis_gkh::contract::operations::OPERATIONS;
use gis_gkh::operation::{Header, Kind};
use gis_gkh_codegen::limits::limits;
use gis_gkh_codegen::release::message_versions;
use serde::Serialize;

use super::package;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::Tongue;
use crate::{Context, output};

/// Services and operations, their versions and limits, and which are built in.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// A package of formats to list instead of what is built in.
    #[arg(long, value_name = "DIR")]
    schemas: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Listing {
    release: Option<String>,
    services: Vec<Service>,
}

#[derive(Debug, Serialize)]
struct Service {
    service: String,
    path: String,
    operations: Vec<Operation>,
}

#[derive(Debug, Serialize)]
struct Operation {
    operation: String,
    action: String,
    request: String,
    header: String,
    kind: &'static str,
    versions: Vec<String>,
    version_fixed: bool,
    limits: BTreeMap<String, u32>,
    embedded: bool,
}

/// How many limits of one operation people are shown.
const SHOWN: usize = 6;

impl List {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let tongue = context.tongue();
        let listing = match &self.schemas {
            Some(folder) => of_package(&package(folder, None, tongue)?)?,
            None => built_in(),
        };
        let written = if context.json { output::json(&listing) } else { people(tongue, &listing) };
        written.map(|()| Exit::Ok)
    }
}

fn built_in() -> Listing {
    let mut services: Vec<Service> = Vec::new();
    for operation in OPERATIONS {
        let row = Operation {
            operation: operation.name.to_owned(),
            action: operation.action.to_owned(),
            request: operation.request.local.to_owned(),
            header: match operation.header {
                Header::Organisation => "RequestHeader",
                Header::InformationSystem => "ISRequestHeader",
            }
            .to_owned(),
            kind: match operation.kind {
                Kind::Submission => "submission",
                Kind::State => "state",
                Kind::Query => "query",
            },
            versions: operation.versions.iter().map(|&version| version.to_owned()).collect(),
            version_fixed: operation.version_fixed,
            limits: operation.limits.iter().map(|limit| (limit.path.to_owned(), limit.max)).collect(),
            embedded: true,
        };
        match services.last_mut().filter(|service| service.service == operation.service) {
            Some(service) => service.operations.push(row),
            None => services.push(Service {
                service: operation.service.to_owned(),
                path: operation.path.to_owned(),
                operations: vec![row],
            }),
        }
    }
    Listing { release: None, services }
}

fn of_package(package: &super::Package) -> Result<Listing, Failure> {
    let wrong = |error: gis_gkh_codegen::Error| Failure::of(Exit::BadData, &error);
    let set = &package.contract.schemas;
    let mut services = Vec::new();
    for service in &package.contract.services {
        let mut operations = Vec::new();
        for operation in &service.operations {
            let versions = message_versions(set, &operation.request).map_err(wrong)?;
            let limits = limits(set, &operation.request).map_err(wrong)?;
            operations.push(Operation {
                operation: operation.name.clone(),
                action: operation.action.clone(),
                request: operation.request.local.to_string(),
                header: operation.header.local.to_string(),
                kind: match (operation.is_submission(), &*operation.name) {
                    (true, _) => "submission",
                    (false, "getState") => "state",
                    (false, _) => "query",
                },
                versions: versions.values,
                version_fixed: versions.fixed,
                limits: limits.into_iter().map(|limit| (limit.path, limit.max)).collect(),
                embedded: OPERATIONS.iter().any(|one| one.service == service.name && one.name == operation.name),
            });
        }
        services.push(Service { service: service.name.clone(), path: service.path.clone(), operations });
    }
    Ok(Listing { release: package.release.as_ref().map(ToString::to_string), services })
}

fn people(tongue: Tongue, listing: &Listing) -> Result<(), Failure> {
    for service in &listing.services {
        output::line(&format!("{} ({})", service.service, service.path))?;
        for operation in &service.operations {
            let mut parts = vec![operation.request.clone()];
            if operation.header != "RequestHeader" {
                parts.push(operation.header.clone());
            }
            if !operation.versions.is_empty() {
                let fixed = tongue.of("version", "версия");
                let listed = tongue.of("one of the versions", "одна из версий");
                let word = if operation.version_fixed { fixed } else { listed };
                parts.push(format!("{word} {}", operation.versions.join(", ")));
            }
            if !operation.embedded {
                parts.push(tongue.of("not built in", "не встроена").to_owned());
            }
            output::line(&format!("  {}: {}", operation.operation, parts.join("; ")))?;
            if !operation.limits.is_empty() {
                let mut shown: Vec<(&String, &u32)> = operation.limits.iter().collect();
                // The higher up an element stands, the more it matters how often it may.
                shown.sort_by_key(|(path, _)| (path.matches('/').count(), (*path).clone()));
                let more = shown.len().saturating_sub(SHOWN);
                shown.truncate(SHOWN);
                let mut text: Vec<String> = shown.iter().map(|(path, max)| format!("{path} ≤ {max}")).collect();
                if more > 0 {
                    text.push(format!("{} {more}", tongue.of("and more:", "и ещё:")));
                }
                output::line(&format!("      {}", text.join(", ")))?;
            }
        }
    }
    let operations = || listing.services.iter().flat_map(|service| &service.operations);
    output::line(&format!(
        "{}: {}, {}: {}, {}: {}",
        tongue.of("services", "сервисов"),
        listing.services.len(),
        tongue.of("operations", "операций"),
        operations().count(),
        tongue.of("built in", "встроено"),
        operations().filter(|operation| operation.embedded).count(),
    ))
}

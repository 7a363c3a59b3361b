//! `gkh schema used [FILE…]`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use gis_gkh::paths::{Call, Calls, PathsError, paths};
use gis_gkh_delivery::BodyRole;
use gis_gkh_gateway::gateway::Overview;
use serde_json::json;

use super::package;
use crate::exit::Exit;
use crate::failure::{Failure, read};
use crate::language::Tongue;
use crate::{Context, engine, output};

/// Largest message file read.
const LIMIT: u64 = 64 << 20;

/// Paths of the elements that messages use, for `schema diff --used`. Names only, never values.
#[derive(Debug, Args)]
pub(crate) struct Used {
    /// Messages: envelopes or bare elements, requests and answers; of a folder all `*.xml`; `-` is standard input. Without
    /// any, what the store of the configuration keeps.
    files: Vec<PathBuf>,
    /// The package of formats that tells whose a message is, where it is not built in.
    #[arg(long, value_name = "DIR")]
    schemas: Option<PathBuf>,
}

impl Used {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let tongue = context.tongue();
        let calls = match &self.schemas {
            None => Calls::embedded(),
            Some(folder) => of_package(folder, tongue)?,
        };
        let (found, skipped) =
            if self.files.is_empty() { of_store(context, &calls)? } else { of_files(&self.files, &calls)? };
        if skipped > 0 {
            let text = tongue.of("not messages, passed over:", "не сообщения, пропущено:");
            output::note(&format!("{text} {skipped}"));
        }
        if context.json {
            output::json(&json!({ "paths": found }))?;
        } else {
            found.iter().try_for_each(|path| output::line(path))?;
        }
        Ok(Exit::Ok)
    }
}

fn of_package(folder: &Path, tongue: Tongue) -> Result<Calls, Failure> {
    let contract = package(folder, None, tongue)?.contract;
    let name = |name: &gis_gkh_codegen::schema::QName| (name.ns.to_string(), name.local.to_string());
    let calls = contract.services.iter().flat_map(|service| {
        service.operations.iter().map(|operation| Call {
            service: service.name.clone(),
            operation: operation.name.clone(),
            request: name(&operation.request),
            answer: name(&operation.answer),
        })
    });
    Ok(calls.collect())
}

/// Paths in files; of those found in folders, how many were no messages.
fn of_files(files: &[PathBuf], calls: &Calls) -> Result<(BTreeSet<String>, usize), Failure> {
    let (mut found, mut skipped) = (BTreeSet::new(), 0);
    for file in files {
        if !file.is_dir() {
            let names = paths(&read(file, LIMIT)?, calls, None);
            found.extend(names.map_err(|error| Failure::file(Exit::BadData, file, &error))?);
            continue;
        }
        for inner in documents(file)? {
            match paths(&read(&inner, LIMIT)?, calls, None) {
                Ok(names) => found.extend(names),
                Err(_) => skipped += 1,
            }
        }
    }
    Ok((found, skipped))
}

/// Every `*.xml` in a folder and below it.
fn documents(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let fail = |error: std::io::Error| Failure::file(Exit::BadData, &folder, &error);
        for entry in std::fs::read_dir(&folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            // Links are not followed: they may lead in a circle.
            if entry.file_type().map_err(fail)?.is_dir() {
                open.push(entry.path());
            } else if entry.path().extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xml")) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Paths in what went over the wire, and how many answers were no messages: pages of proxies and their like.
fn of_store(context: &Context, calls: &Calls) -> Result<(BTreeSet<String>, usize), Failure> {
    let config = engine::config(context)?;
    let runtime = engine::runtime()?;
    let overview = Overview::open(&config).map_err(engine::failure)?;
    let (mut found, mut skipped) = (BTreeSet::new(), 0);
    for message in runtime.block_on(overview.messages()).map_err(engine::failure)? {
        // A receipt alone does not say what it is for: the request before it does.
        let mut sent: Option<(String, String)> = None;
        let evidence = runtime.block_on(overview.evidence(message)).map_err(engine::failure)?;
        for evidence in evidence.into_iter().filter(|evidence| evidence.role != BodyRole::Decision) {
            let known = sent.as_ref().and_then(|(service, operation)| match evidence.role {
                BodyRole::Request | BodyRole::Ack => Some((&**service, &**operation)),
                BodyRole::Answer | BodyRole::LookupAnswer => Some((&**service, "getState")),
                BodyRole::LookupRequest | BodyRole::LookupAck | BodyRole::Decision => None,
            });
            match paths(&evidence.bytes, calls, known) {
                Ok(names) => {
                    if evidence.role == BodyRole::Request {
                        sent = names.iter().next().and_then(|path| of_call(path));
                    }
                    found.extend(names);
                }
                Err(PathsError::Xml(_) | PathsError::Unknown { .. }) => skipped += 1,
                Err(error) => return Err(Failure::of(Exit::BadData, &error)),
            }
        }
    }
    Ok((found, skipped))
}

/// Service and operation of a path.
fn of_call(path: &str) -> Option<(String, String)> {
    let (service, operation) = path.split_once(": ")?.0.split_once('/')?;
    Some((service.to_owned(), operation.to_owned()))
}

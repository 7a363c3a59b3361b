//! Documents made from our schemas, valid and spoiled, judged by the official schemas and by the generated types.
//!
//! Every message of every covered operation is made many times from the schema model: which optional parts, how many
//! repetitions, which branch, which value is decided by a seed. libxml2 with the *official* schemas says whether a
//! document is valid; strict reading together with `check()` must say the same, and what is valid must come back from
//! reading and writing with the same elements, attributes and values. Without the official package (beside the
//! repository, or where `GKH_OFFICIAL` says) or without `xmllint` nothing is proved: loudly, and in continuous
//! integration (`CI=true`) as a failure.
#![expect(clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a test that fails says why")]

mod instance;
mod spoil;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use gis_gkh::contract::{NAMESPACES, base, bills, nsi_common, organizations_registry_common as registry};
use gis_gkh_codegen::schema::QName;
use gis_gkh_codegen::wsdl::Contract;
use gis_gkh_xml::{Element, Versions};

/// Numbers that look random and are the same on every run (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below a bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound.max(1)).expect("64 bits")).expect("below a usize")
    }

    pub(crate) fn one_of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.below(all.len())]
    }

    pub(crate) fn guid(&mut self) -> String {
        let hex = format!("{:016x}{:016x}", self.next(), self.next());
        format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

/// What was written again, or why the document is refused.
type Judge = fn(&str) -> Result<String, String>;

fn judge<T: Element + PartialEq + std::fmt::Debug>(document: &str) -> Result<String, String> {
    let read = T::from_xml(document.as_bytes(), NAMESPACES).map_err(|error| error.to_string())?;
    let violations = read.check();
    if let Some(first) = violations.first() {
        return Err(first.to_string());
    }
    let written = read.to_xml(NAMESPACES, &versions(document));
    let again = T::from_xml(written.as_bytes(), NAMESPACES).expect("what was written can be read");
    assert_eq!(read, again, "{document} changes by a round trip");
    Ok(written)
}

/// The version of the document: which of several to write is not a matter of the message.
fn versions(document: &str) -> Versions {
    let document = roxmltree::Document::parse(document).expect("a document that was read");
    let root = document.root_element();
    let version = root.attributes().find(|one| one.name() == "version");
    version.map(|one| (root.tag_name().name().to_owned(), one.value().to_owned())).into_iter().collect()
}

/// Judges by the name of the message.
fn judges() -> BTreeMap<String, Judge> {
    fn of<T: Element + PartialEq + std::fmt::Debug>() -> (String, Judge) {
        let name = T::NAME;
        (format!("{{{}}}{}", NAMESPACES[usize::from(name.ns.0)].uri, name.local), judge::<T>)
    }
    BTreeMap::from([
        of::<base::AckRequest>(),
        of::<base::Fault>(),
        of::<base::GetRequestsStateRequest>(),
        of::<base::GetRequestsStateResult>(),
        of::<base::GetStateRequest>(),
        of::<base::IsRequestHeader>(),
        of::<base::RequestHeader>(),
        of::<base::ResultHeader>(),
        of::<bills::ExportPaymentDocumentRequest>(),
        of::<bills::GetStateResult>(),
        of::<bills::ImportPaymentDocumentRequest>(),
        of::<nsi_common::ExportNsiItemRequest>(),
        of::<nsi_common::ExportNsiListRequest>(),
        of::<nsi_common::ExportNsiPagingItemRequest>(),
        of::<nsi_common::GetStateResult>(),
        of::<registry::ExportDataProviderRequest>(),
        of::<registry::ExportDelegatedAccessRequest>(),
        of::<registry::ExportObjectsDelegatedAccessRequest>(),
        of::<registry::ExportOrgRegistryRequest>(),
        of::<registry::ExportTerritoryDelegatedAccessRequest>(),
        of::<registry::GetStateResult>(),
    ])
}

fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn skip(reason: &str) {
    let text = format!("SKIPPED: no document was judged: {reason}");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{text}");
    eprintln!("{text}");
}

/// The official schema that declares a message.
fn official(name: &QName) -> Option<PathBuf> {
    let folder = std::env::var_os("GKH_OFFICIAL").map_or_else(|| home().join("../shared/hcs/16.3.0.0"), PathBuf::from);
    if !folder.is_dir() {
        skip(&format!("the official package is not at {}; set GKH_OFFICIAL", folder.display()));
        return None;
    }
    let module = name.ns.trim_end_matches('/').rsplit('/').next().expect("a last part").to_owned();
    Some(match module.as_str() {
        "base" => folder.join("lib/hcs-base.xsd"),
        service => folder.join(format!("{service}/hcs-{service}-types.xsd")),
    })
}

/// What libxml2 says of each document, its complaint if invalid; `None` without libxml2.
fn libxml2(schema: &Path, documents: &[String]) -> Option<Vec<Result<(), String>>> {
    let folder = tempfile::tempdir().expect("a folder");
    let paths: Vec<PathBuf> = (0..documents.len()).map(|index| folder.path().join(format!("{index}.xml"))).collect();
    for (path, document) in paths.iter().zip(documents) {
        std::fs::write(path, document).expect("a document");
    }
    let mut verdicts = Vec::new();
    for paths in paths.chunks(500) {
        let run = Command::new("xmllint").args(["--nonet", "--noout", "--schema"]).arg(schema).args(paths).output();
        let output = match run {
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => {
                skip(&format!("xmllint: {error}"));
                return None;
            }
        };
        let mut complaints: BTreeMap<&str, &str> = BTreeMap::new();
        let mut ends: BTreeMap<&str, bool> = BTreeMap::new();
        for line in output.lines() {
            if let Some(path) = line.strip_suffix(" validates") {
                ends.insert(path, true);
            } else if let Some(path) = line.strip_suffix(" fails to validate") {
                ends.insert(path, false);
            } else if let Some((path, _)) = line.split_once(".xml:") {
                complaints.entry(&line[..path.len() + 4]).or_insert(line);
            }
        }
        verdicts.extend(paths.iter().map(|path| {
            let path = path.to_str().expect("UTF-8");
            match ends.get(path) {
                Some(true) => Ok(()),
                Some(false) => Err((*complaints.get(path).unwrap_or(&"")).to_owned()),
                None => panic!("no verdict on {path}: {output}"),
            }
        }));
    }
    Some(verdicts)
}

/// Elements, attributes and values of a document, prefixes resolved.
fn infoset(document: &str) -> String {
    fn walk(node: roxmltree::Node<'_, '_>, out: &mut String) {
        let name = node.tag_name();
        out.push_str(&format!("<{{{}}}{}", name.namespace().unwrap_or_default(), name.name()));
        let mut attributes: Vec<String> = node
            .attributes()
            .map(|one| {
                let value = match one.value().split_once(':') {
                    Some((prefix, local)) if one.name() == "type" => {
                        format!("{{{}}}{local}", node.lookup_namespace_uri(Some(prefix)).unwrap_or_default())
                    }
                    _ => one.value().to_owned(),
                };
                format!(" {{{}}}{}={value}", one.namespace().unwrap_or_default(), one.name())
            })
            .collect();
        attributes.sort();
        out.extend(attributes);
        out.push('>');
        for child in node.children() {
            if child.is_element() {
                walk(child, out);
            } else {
                out.push_str(child.text().unwrap_or_default());
            }
        }
        out.push_str("</>");
    }
    let document = roxmltree::Document::parse(document).expect("a document");
    let mut out = String::new();
    walk(document.root_element(), &mut out);
    out
}

/// Every message of every operation.
fn messages(contract: &Contract) -> BTreeSet<QName> {
    let operations = contract.services.iter().flat_map(|service| &service.operations);
    let all = operations.flat_map(|one| {
        let rest = [one.answer_header.as_ref(), one.fault.as_ref()];
        [Some(&one.request), Some(&one.answer), Some(&one.header)].into_iter().chain(rest)
    });
    all.flatten().cloned().collect()
}

fn tries(default: u64) -> u64 {
    std::env::var("GKH_INSTANCES").ok().and_then(|tries| tries.parse().ok()).unwrap_or(default)
}

#[test]
fn what_we_make_is_valid_officially_and_is_read_whole() {
    let contract = Contract::load(&Contract::find(&home().join("wsdl")).expect("WSDLs")).expect("our contract");
    let judges = judges();
    let mut judged = 0;
    let mut faults = Vec::new();
    for name in messages(&contract) {
        let Some(schema) = official(&name) else { return };
        let judge = judges.get(&name.to_string()).unwrap_or_else(|| panic!("{name} has no judge"));
        let documents: Vec<String> =
            (0..tries(25)).map(|seed| instance::make(&contract.schemas, &name, Dice::new(seed)).text).collect();
        let Some(verdicts) = libxml2(&schema, &documents) else { return };
        for (document, verdict) in documents.iter().zip(verdicts) {
            judged += 1;
            if let Err(error) = verdict {
                faults.push(format!("{name}: officially invalid: {error}\n  {document}"));
            }
            match judge(document) {
                Err(error) => faults.push(format!("{name}: refused: {error}\n  {document}")),
                Ok(written) if infoset(document) != infoset(&written) => {
                    faults.push(format!("{name}: not the same when written:\n  {document}\n  {written}"));
                }
                Ok(_) => {}
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults of {judged}; the first:\n{}",
        faults.len(),
        faults[..faults.len().min(5)].join("\n")
    );
    assert!(judged >= 21, "{judged}");
    eprintln!("{judged} valid documents judged");
}

#[test]
fn what_is_spoiled_is_refused_when_and_only_when_the_official_schema_refuses_it() {
    let contract = Contract::load(&Contract::find(&home().join("wsdl")).expect("WSDLs")).expect("our contract");
    let judges = judges();
    let (mut refused, mut accepted) = (0, 0);
    let mut faults = Vec::new();
    for name in messages(&contract) {
        let Some(schema) = official(&name) else { return };
        let judge = judges.get(&name.to_string()).unwrap_or_else(|| panic!("{name} has no judge"));
        let mut documents = Vec::new();
        for seed in 0..tries(12) {
            let mut dice = Dice::new(seed.wrapping_mul(1009));
            let document = instance::make(&contract.schemas, &name, Dice::new(seed));
            documents.extend((0..12).map(|_| spoil::spoil(&document, &mut dice)));
        }
        let Some(verdicts) = libxml2(&schema, &documents) else { return };
        for (document, verdict) in documents.iter().zip(verdicts) {
            match (judge(document), verdict) {
                (Ok(_), Ok(())) => accepted += 1,
                (Err(_), Err(_)) => refused += 1,
                (Ok(_), Err(error)) => faults.push(format!("{name}: accepted, but {error}\n  {document}")),
                (Err(error), Ok(())) => faults.push(format!("{name}: valid, but refused: {error}\n  {document}")),
            }
        }
    }
    let total = refused + accepted + faults.len();
    assert!(
        faults.is_empty(),
        "{} faults of {total}; the first:\n{}",
        faults.len(),
        faults[..faults.len().min(8)].join("\n")
    );
    assert!(refused >= 1000 && accepted >= 100, "{refused} refused, {accepted} accepted");
    eprintln!("{refused} spoiled documents refused, {accepted} found to be still valid");
}

//! libxml2 with the official schemas.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// Documents of one run: the command line has room for so many names.
const RUN: usize = 4000;

/// What is said of a document: nothing, or the complaint.
pub(crate) type Verdict = Result<(), String>;

/// The schemas of a package by the namespace they declare.
pub(crate) fn schemas(package: &Path) -> BTreeMap<String, PathBuf> {
    let mut out = BTreeMap::new();
    let mut open = vec![package.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "xsd") {
                let text = std::fs::read_to_string(&path).expect("a schema");
                let document = roxmltree::Document::parse(text.trim_start_matches('\u{feff}')).expect("a schema");
                if let Some(ns) = document.root_element().attribute("targetNamespace") {
                    out.insert(ns.to_owned(), path);
                }
            }
        }
    }
    out
}

/// Documents under judgment, while we judge them too.
pub(crate) struct Session {
    folder: TempDir,
    count: usize,
    runs: Vec<Child>,
}

/// Hands documents over.
pub(crate) fn start(schema: &Path, documents: &[String]) -> std::io::Result<Session> {
    let folder = tempfile::tempdir()?;
    for (index, document) in documents.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{index}.xml")), document)?;
    }
    let schema = schema.canonicalize()?;
    let mut session = Session { folder, count: documents.len(), runs: Vec::new() };
    for (number, first) in (0..documents.len()).step_by(RUN).enumerate() {
        // Into a file: a full pipe would hold the judge up.
        let said = File::create(session.folder.path().join(format!("said{number}")))?;
        let names = (first..documents.len().min(first + RUN)).map(|index| format!("{index}.xml"));
        let run = Command::new("xmllint")
            .args(["--nonet", "--noout", "--schema"])
            .arg(&schema)
            .args(names)
            .current_dir(session.folder.path())
            .stdout(Stdio::null())
            .stderr(said)
            .spawn()?;
        session.runs.push(run);
    }
    Ok(session)
}

impl Session {
    /// What was said, in the order of the documents.
    pub(crate) fn verdicts(mut self) -> Vec<Verdict> {
        let mut complaints: BTreeMap<usize, String> = BTreeMap::new();
        let mut valid = vec![None; self.count];
        for (number, run) in self.runs.iter_mut().enumerate() {
            run.wait().expect("xmllint ends");
            let said = std::fs::read(self.folder.path().join(format!("said{number}"))).expect("what was said");
            let said = String::from_utf8_lossy(&said);
            for line in said.lines() {
                let Some((name, rest)) = line.split_once(".xml") else { continue };
                let Ok(index) = name.parse::<usize>() else { continue };
                match rest {
                    " validates" => valid[index] = Some(true),
                    " fails to validate" => valid[index] = Some(false),
                    rest => {
                        complaints.entry(index).or_insert_with(|| rest.to_owned());
                    }
                }
            }
        }
        let verdict = |(index, valid): (usize, Option<bool>)| match valid {
            Some(true) => Ok(()),
            Some(false) => Err(complaints.remove(&index).unwrap_or_default()),
            None => panic!("no verdict: {}", complaints.remove(&index).unwrap_or_default()),
        };
        valid.into_iter().enumerate().map(verdict).collect()
    }
}

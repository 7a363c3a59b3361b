//! The verifier that shares no code with us.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Sample;

/// What the independent verifier says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It accepts all messages of the folder; how many there are.
    Accepted(usize),
    /// It refuses one, and what it says.
    Refused(String),
    /// It is not there: what to set or install. In CI that is a failure.
    Missing(String),
}

/// Lets the independent verifier (`GKH_VERIFIER`, `../shared/tools/verify_signature.py` beside the repository otherwise) read
/// every message in `folder`.
pub fn judge(folder: &Path) -> Judgement {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let verifier = std::env::var_os("GKH_VERIFIER")
        .map_or_else(|| root.join("../shared/tools/verify_signature.py"), PathBuf::from);
    let python = "/usr/bin/python3";
    let able = Command::new(python).args(["-c", "import lxml"]).output().is_ok_and(|output| output.status.success());
    if !able || !verifier.is_file() {
        return Judgement::Missing(format!("{} (set GKH_VERIFIER), python3 with lxml", verifier.display()));
    }
    let mut files: Vec<PathBuf> = match std::fs::read_dir(folder) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(error) => return Judgement::Refused(format!("{}: {error}", folder.display())),
    };
    files.retain(|path| path.extension().is_some_and(|extension| extension == "xml"));
    for file in &files {
        let output =
            Command::new(python).arg(&verifier).arg("--ca").arg(Sample::folder().join("ca.crt")).arg(file).output();
        let said = match &output {
            Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
            Err(error) => error.to_string(),
        };
        if !said.lines().any(|line| line == "RESULT: OK") {
            return Judgement::Refused(format!("{}: {said}", file.display()));
        }
    }
    Judgement::Accepted(files.len())
}

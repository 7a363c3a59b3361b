//! Where the official packages are: beside the repository, or beside the one that `GKH_OFFICIAL` names.
//!
//! They are not part of the repository. Without them a test says loudly that it proved nothing; in continuous integration
//! (`CI=true`) that is a failure.
#![expect(clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "a test that fails says why")]

use std::path::{Path, PathBuf};

use gis_gkh_codegen::results::Results;
use gis_gkh_codegen::wsdl::Contract;

/// A release of the official package.
pub(crate) struct Package {
    /// `16.3.0.0`.
    pub(crate) release: String,
    pub(crate) folder: PathBuf,
}

impl Package {
    /// All of it.
    pub(crate) fn contract(&self) -> Contract {
        load(&Contract::find(&self.folder).expect("the package can be listed"))
    }
}

pub(crate) fn load(wsdls: &[PathBuf]) -> Contract {
    Contract::load(wsdls).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Our own contract.
pub(crate) fn ours() -> Contract {
    load(&Contract::find(&home().join("wsdl")).expect("our WSDLs"))
}

/// Our table of results.
pub(crate) fn results() -> Results {
    Results::load(&home().join("wsdl/results.txt")).expect("our table of results")
}

/// Every release at hand, the oldest first; none, said loudly, where there is none.
pub(crate) fn packages(what: &str) -> Vec<Package> {
    let official = std::env::var_os("GKH_OFFICIAL").map(PathBuf::from);
    let folder = match official.as_deref().and_then(Path::parent) {
        Some(parent) => parent.to_owned(),
        None => home().join("../shared/hcs"),
    };
    let mut found: Vec<(Vec<u32>, PathBuf)> = std::fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let parts: Option<Vec<u32>> =
                path.file_name()?.to_str()?.split('.').map(|part| part.parse().ok()).collect();
            Some((parts?, path))
        })
        .collect();
    found.sort();
    if found.is_empty() {
        let text = format!("SKIPPED: {what}: no official package in {}; set GKH_OFFICIAL", folder.display());
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{text}");
        eprintln!("{text}");
    }
    found
        .into_iter()
        .map(|(release, folder)| Package {
            release: release.iter().map(u32::to_string).collect::<Vec<_>>().join("."),
            folder,
        })
        .collect()
}

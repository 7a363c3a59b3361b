//! `gkh schema`: the formats of the system, one release beside another.

mod diff;
mod list;
mod report;
mod used;

use std::path::Path;

use clap::{Args, Subcommand};
use gis_gkh_codegen::release::{Changelog, Release};
use gis_gkh_codegen::wsdl::Contract;

use crate::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::Tongue;

/// Operations of the system, what a release of the formats changes, and what messages use of them.
#[derive(Debug, Args)]
pub(crate) struct Schema {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Services and operations, their versions and limits, and which are built in.
    List(list::List),
    /// What a release of the formats changes, whether it breaks what is sent or read, and whom it touches.
    Diff(diff::Diff),
    /// Paths of the elements that messages use, for `schema diff --used`.
    Used(used::Used),
}

impl Schema {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.what {
            What::List(list) => list.run(context),
            What::Diff(diff) => diff.run(context),
            What::Used(used) => used.run(context),
        }
    }
}

/// A package of formats.
struct Package {
    contract: Contract,
    changelog: Changelog,
    /// The release it says it is.
    release: Option<Release>,
}

/// Reads a package from its folder; its changelog from elsewhere, if that is named.
fn package(folder: &Path, changelog: Option<&Path>, tongue: Tongue) -> Result<Package, Failure> {
    let wrong = |error: &gis_gkh_codegen::Error| Failure::of(Exit::BadData, error);
    let wsdls = Contract::find(folder).map_err(|error| wrong(&error))?;
    if wsdls.is_empty() {
        let text = tongue.of(
            "no WSDL in this folder or below it; name the folder of a package of formats",
            "ни здесь, ни глубже нет WSDL; укажите каталог пакета форматов",
        );
        return Err(Failure::new(Exit::BadData, format!("{}: {text}", folder.display())));
    }
    let contract = Contract::load(&wsdls).map_err(|error| wrong(&error))?;
    let read = |path: &Path| std::fs::read_to_string(path).map_err(|error| Failure::file(Exit::BadData, path, &error));
    let text = match changelog {
        Some(path) => read(path)?,
        // Not every package has one; our own contract has none.
        None => match folder.join("changelog.txt") {
            path if path.is_file() => read(&path)?,
            _ => String::new(),
        },
    };
    let mut changelog = Changelog::parse(&text);
    let release = Release::of_package(folder, Some(&changelog));
    if let Some(release) = &release {
        changelog.date(release);
    }
    Ok(Package { contract, changelog, release })
}

//! `gkh schema diff A B`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use gis_gkh_codegen::release::{Change, Entry, Names, Place, Release, Used, Verdict, compare};
use gis_gkh_gateway::desk::PATHS;

use super::{Package, package, report};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{Context, output};

/// What a release of the formats changes, whether it breaks what is sent or read, and whom it touches.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// Folder of the older package.
    before: PathBuf,
    /// Folder of the newer package.
    after: PathBuf,
    /// Element paths you use, as `gkh schema used` writes them.
    #[arg(long, value_name = "FILE")]
    used: Option<PathBuf>,
    /// The operator's changelog; else `changelog.txt` of the newer package.
    #[arg(long, value_name = "FILE")]
    changelog: Option<PathBuf>,
}

/// A change and whom it touches.
pub(super) struct Touched {
    pub(super) change: Change,
    /// Paths of our desks, by the desk's name; desks not touched are left out.
    pub(super) desks: BTreeMap<&'static str, Vec<Place>>,
    /// The user's own paths.
    pub(super) used: Vec<Place>,
    /// Tasks of the changelog that name it.
    pub(super) tickets: BTreeSet<String>,
}

impl Touched {
    /// Whether it breaks something that is used.
    pub(super) fn breaks_used(&self) -> bool {
        self.change.verdict.breaks() && !(self.desks.is_empty() && self.used.is_empty())
    }
}

/// A task of the changelog and the changes it names, by number.
pub(super) struct Told<'p> {
    pub(super) release: Option<&'p Release>,
    pub(super) entry: &'p Entry,
    pub(super) services: Vec<String>,
    pub(super) changes: Vec<usize>,
}

/// All there is to say.
pub(super) struct Comparison<'p> {
    pub(super) before: &'p Package,
    pub(super) after: &'p Package,
    pub(super) changes: Vec<Touched>,
    pub(super) told: Vec<Told<'p>>,
}

impl Comparison<'_> {
    pub(super) fn count(&self, verdict: Verdict) -> usize {
        self.changes.iter().filter(|one| one.change.verdict == verdict).count()
    }

    pub(super) fn breaks_used(&self) -> usize {
        self.changes.iter().filter(|one| one.breaks_used()).count()
    }
}

impl Diff {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let tongue = context.tongue();
        let used = match &self.used {
            None => Used::default(),
            Some(path) => {
                let fail = |error: &(dyn std::error::Error + 'static)| Failure::file(Exit::BadData, path, error);
                let text = std::fs::read_to_string(path).map_err(|error| fail(&error))?;
                Used::parse(&text).map_err(|error| fail(&error))?
            }
        };
        let mut desks = Vec::new();
        for (name, text) in PATHS {
            desks.push((*name, Used::parse(text).map_err(|error| Failure::of(Exit::Fault, &error))?));
        }
        let before = package(&self.before, None, tongue)?;
        let after = package(&self.after, self.changelog.as_deref(), tongue)?;
        let changes = compare(&before.contract, &after.contract).map_err(|error| Failure::of(Exit::BadData, &error))?;
        let mut changes: Vec<Touched> = changes
            .into_iter()
            .map(|change| {
                let touched = desks.iter().map(|(name, paths)| (*name, paths.touched(&change)));
                let desks = touched.filter(|(_, places)| !places.is_empty()).collect();
                Touched { desks, used: used.touched(&change), tickets: BTreeSet::new(), change }
            })
            .collect();
        let told = told(&before, &after, &mut changes);
        let comparison = Comparison { before: &before, after: &after, changes, told };
        if context.json {
            output::json(&report::json(&comparison, tongue))?;
        } else {
            report::people(&comparison, tongue)?;
        }
        Ok(if comparison.breaks_used() == 0 { Exit::Ok } else { Exit::Negative })
    }
}

/// What the operator wrote of the releases after the one, up to the other, each task joined with the changes it names.
fn told<'p>(before: &Package, after: &'p Package, changes: &mut [Touched]) -> Vec<Told<'p>> {
    let Some(release) = &after.release else { return Vec::new() };
    let names = Names::new(&[&before.contract, &after.contract]);
    let mut told = Vec::new();
    for section in after.changelog.between(before.release.as_ref(), release) {
        for entry in &section.entries {
            let services = entry.services(&names);
            let mut numbers = Vec::new();
            for (number, touched) in changes.iter_mut().enumerate() {
                let concerns = touched.change.places.iter().any(|place| services.contains(&place.service));
                if concerns && subjects(&touched.change).iter().any(|name| entry.mentions(name)) {
                    numbers.push(number);
                    touched.tickets.extend(entry.tickets.iter().cloned());
                }
            }
            told.push(Told { release: section.to.as_ref(), entry, services, changes: numbers });
        }
    }
    told
}

/// The names a text would call a change by: what changed; of an attribute, the element that has it; of an operation, it
/// and its request.
fn subjects(change: &Change) -> BTreeSet<&str> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for place in &change.places {
        let mut steps = place.path.rsplit('/').filter(|step| !step.is_empty() && !step.starts_with('@'));
        names.insert(steps.next().unwrap_or(&place.operation));
    }
    if change.places.iter().any(|place| place.path.is_empty()) {
        names.extend([&change.before, &change.after].into_iter().flatten().map(String::as_str));
    }
    names
}

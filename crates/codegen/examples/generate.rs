//! How long the generator takes over a whole package, as `build.rs` runs it under `GKH_SCHEMAS`, and how much it writes.
//!
//! ```text
//! cargo run --release -p gis-gkh-codegen --example generate -- ../shared/hcs/16.3.0.0 [OUT]
//! ```
//!
//! With `OUT` the code is written there, to be looked at.
#![expect(clippy::print_stdout, reason = "what it is for")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gis_gkh_codegen::client;
use gis_gkh_codegen::graft::graft;
use gis_gkh_codegen::names::Overrides;
use gis_gkh_codegen::results::Results;
use gis_gkh_codegen::wsdl::Contract;

type Failure = Box<dyn std::error::Error>;

/// Runs over which the best is told: a figure of the generator, not of what else the machine does.
const RUNS: u32 = 5;

#[expect(clippy::disallowed_methods, reason = "a figure is what this program is for")]
fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let package = arguments.next().ok_or("give the folder of an official package")?;
    let out = arguments.next();
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");

    let mut best: Option<[Duration; 3]> = None;
    let mut files = gis_gkh_codegen::Files::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        let ours = Contract::load(&Contract::find(&home.join("wsdl"))?)?;
        let overrides = Overrides::load(&home.join("xsd/names"))?.partial();
        let results = Results::load(&home.join("wsdl/results.txt"))?;
        let package = Contract::load(&Contract::find(&package)?)?;
        let loaded = start.elapsed();
        let contract = graft(&ours, &package, &results)?;
        let grafted = start.elapsed();
        files = client(&contract, &overrides, "crate::contract")?;
        let written = start.elapsed();
        let run = [loaded, grafted - loaded, written - grafted];
        if best.is_none_or(|best| run.iter().sum::<Duration>() < best.iter().sum()) {
            best = Some(run);
        }
    }
    if let Some(out) = out {
        std::fs::create_dir_all(&out)?;
        for (name, text) in &files {
            std::fs::write(out.join(name), text)?;
        }
    }
    let [load, graft, write] = best.unwrap_or_default();
    let lines = files.values().map(|text| text.lines().count());
    println!("{} files, {} lines, the longest {}", files.len(), lines.clone().sum::<usize>(), lines.max().unwrap_or(0));
    println!(
        "load {load:.2?}, graft {graft:.2?}, write {write:.2?}; {:.2?} in all, the best of {RUNS}",
        load + graft + write
    );
    Ok(())
}

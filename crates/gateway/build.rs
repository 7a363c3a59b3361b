//! With `GKH_SCHEMAS=DIR`, refuses a release of the formats that lacks what our desks send or read, before anything is
//! compiled against it, and names every path it lacks.

use std::path::{Path, PathBuf};

use gis_gkh_codegen::release::{Used, missing};
use gis_gkh_codegen::wsdl::Contract;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-env-changed=GKH_SCHEMAS");
    println!("cargo::rerun-if-changed=desks");
    let Some(folder) = std::env::var_os("GKH_SCHEMAS").filter(|folder| !folder.is_empty()).map(PathBuf::from) else {
        return Ok(());
    };
    println!("cargo::rerun-if-changed={}", folder.display());
    let package = Contract::load(&Contract::find(&folder)?)?;
    let desks = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("desks");
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(&desks)? {
        let path = entry?.path();
        println!("cargo::rerun-if-changed={}", path.display());
        let text = std::fs::read_to_string(&path)?;
        let used = Used::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let desk = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        lines.extend(missing(&package, &used)?.iter().map(|place| format!("  {desk}: {place}")));
    }
    if lines.is_empty() {
        return Ok(());
    }
    lines.sort();
    let folder = folder.display();
    Err(format!(
        "the release in {folder} lacks what our desks need; build from another release, or mend the desks first:\n{}",
        lines.join("\n")
    )
    .into())
}

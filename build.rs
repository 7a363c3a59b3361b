//! Generates the typed contract into `OUT_DIR`: from `wsdl/` and `xsd/`, or, with `GKH_SCHEMAS=DIR`, from a release of the
//! official package in our names. Only the services whose features are on are generated.

use std::path::PathBuf;

use gis_gkh_codegen::{graft::graft, names::Overrides, results::Results, wsdl::Contract};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let home = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    println!("cargo::rerun-if-env-changed=GKH_SCHEMAS");

    // A folder is watched itself too, so that a new file is noticed.
    watch(&[home.join("wsdl"), home.join("xsd/names")]);
    let ours = Contract::load(&Contract::find(&home.join("wsdl"))?)?;
    watch(&ours.files);
    watch(&ours.schemas.files);
    let mut overrides = Overrides::load(&home.join("xsd/names"))?;
    watch(overrides.files());
    let all = ours.services.len();

    let mut contract = match std::env::var_os("GKH_SCHEMAS").filter(|folder| !folder.is_empty()) {
        None => ours,
        Some(folder) => {
            let package = Contract::load(&Contract::find(&PathBuf::from(folder))?)?;
            watch(&package.files);
            watch(&package.schemas.files);
            overrides = overrides.partial();
            graft(&ours, &package, &Results::load(&home.join("wsdl/results.txt"))?)?
        }
    };
    contract.services.retain(|service| {
        let feature = service.name.to_uppercase().replace('-', "_");
        std::env::var_os(format!("CARGO_FEATURE_{feature}")).is_some()
    });
    // Without some of the services some names are not needed.
    if contract.services.len() < all {
        overrides = overrides.partial();
    }
    for (name, text) in gis_gkh_codegen::client(&contract, &overrides, "crate::contract")? {
        std::fs::write(out.join(name), text)?;
    }
    Ok(())
}

fn watch(paths: &[PathBuf]) {
    for path in paths {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

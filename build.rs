//! Generates the typed contract from `wsdl/` and `xsd/` into `OUT_DIR/contract.rs`.

use std::path::PathBuf;

use gis_gkh_codegen::{names::Overrides, wsdl::Contract};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let home = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let names = home.join("xsd/names.txt");

    let contract = Contract::load(&Contract::find(&home.join("wsdl"))?)?;
    let overrides = Overrides::parse(&names, &std::fs::read_to_string(&names)?)?;
    for (name, text) in gis_gkh_codegen::client(&contract, &overrides, "crate::contract")? {
        std::fs::write(out.join(name), text)?;
    }

    println!("cargo::rerun-if-changed={}", names.display());
    // The folder itself is watched too, so that a new service is noticed.
    println!("cargo::rerun-if-changed={}", home.join("wsdl").display());
    for file in contract.files.iter().chain(&contract.schemas.files) {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    Ok(())
}

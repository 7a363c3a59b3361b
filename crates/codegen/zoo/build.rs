//! Generates types for every message of the one-construct schemas.

use std::path::PathBuf;

use gis_gkh_codegen::names::Overrides;
use gis_gkh_codegen::schema::{QName, Type};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("schemas");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files = std::fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.sort();
    let set = gis_gkh_codegen::schema::load(&files)?;
    let structured = |ty: &Type| match ty {
        Type::Complex(_) => true,
        Type::Named(name) => set.complex_types.contains_key(name),
        _ => false,
    };
    let roots: Vec<QName> =
        set.elements.values().filter(|element| structured(&element.ty)).map(|element| element.name.clone()).collect();
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    for (name, text) in gis_gkh_codegen::types(&set, &roots, &Overrides::default(), "crate::contract")? {
        std::fs::write(out.join(name), text)?;
    }
    Ok(())
}

//! A zoo of schemas: each cage holds one construct of XML Schema, so that what the generator does with it can be seen
//! alone. The tests read and write documents of each, and compare every verdict with libxml2's.

#[expect(
    dead_code,
    unused_imports,
    clippy::all,
    reason = "generated: a type has its whole interface whether or not this crate uses all of it"
)]
pub mod contract {
    //! The generated types, a module a schema.
    include!(concat!(env!("OUT_DIR"), "/contract.rs"));
}

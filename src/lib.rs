//! Typed client for ГИС ЖКХ.
#[allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::all,
    reason = "generated: a type has its whole interface whether or not this crate uses all of it"
)]
pub mod contract {
    //! The wire contract, generated from `wsdl/` and `xsd/` when the crate is built.
    include!(concat!(env!("OUT_DIR"), "/contract.rs"));
}
pub mod operation;

pub use gis_gkh_xml::Guid;
/// scratch
#[derive(Debug)] pub struct Client; 
/// scratch
#[derive(Debug)] pub struct Receipt; 
/// scratch
#[derive(Debug)] pub struct CallError; 
/// scratch
#[derive(Debug)] pub struct Answer<T>(T); 
impl Client { async fn submit<T: operation::Submission>(&self, _: T) -> Result<Receipt, CallError> { Err(CallError) }
 async fn query<T: operation::Query>(&self, _: &T) -> Result<Answer<T::Answer>, CallError> { Err(CallError) }
 async fn state<T>(&self, _: &'static operation::Operation, _: Guid) -> Result<Answer<T>, CallError> { Err(CallError) } }

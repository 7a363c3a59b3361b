//! The file store: files taken at once or in parts, given out in ranges, judged as the real one judges them (`protocol` §6).
//!
//! Errors are told by `X-Upload-Error`; which HTTP status comes with them is not known, here it is always 400. Who asks is
//! told from the organisation's identifier alone, for over plain HTTP nobody shows a certificate.

mod held;
mod request;
mod rules;
mod shelf;

pub use held::HeldFile;
pub(crate) use request::counts;
pub use request::{FileRequest, FileResponse};
pub use rules::FileRules;
pub(crate) use shelf::Shelf;

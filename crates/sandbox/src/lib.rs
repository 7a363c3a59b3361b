//! A ГИС ЖКХ of one's own for development and tests: same contract, own rules, faults on demand.
//!
//! [`Sandbox::handle`] is the whole system as a function: a request's path, action and bytes go in at a moment, an answer
//! comes out; [`Sandbox::handle_file`] is its file store. [`Sandbox::serve`] puts both behind a listener on loopback. Requests are read strictly, their signatures,
//! certificates and rights judged, and what they ask is done later, by the clock, as the real system does. All state is in
//! memory and starts from a [`Seed`].
//!
//! What the real system refuses is refused with its own codes. Where no real code is known the code begins with `SBX`.
//! [`Faults`] make it misbehave on demand, always the same way for the same requests.

mod admission;
mod answer;
mod appeals;
mod bills;
mod faults;
mod files;
mod forgery;
mod messages;
mod meters;
mod nsi;
mod organizations;
mod powers;
mod receive;
mod refusal;
mod sandbox;
mod seed;
mod server;
mod settings;

pub use appeals::{AnswerEffect, AppealApplicant, AppealFile, AppealState, IncomingAppeal, SentAnswer};
pub use bills::{DocumentKey, Effect};
pub use faults::{FaultError, Faults};
pub use files::{FileRequest, FileResponse, FileRules, HeldFile};
pub use forgery::{AnswerKeys, AnswerKeysError, Forgery, UnknownForgery};
pub use meters::{Meter, MeterSort, Reading, ReadingEffect, ReadingKey, ReadingKind};
pub use receive::ReceiveError;
pub use sandbox::{Response, Sandbox};
pub use seed::{Seed, SeedError};
pub use server::ServeError;
pub use settings::{Access, Bounds, Pace, Settings};

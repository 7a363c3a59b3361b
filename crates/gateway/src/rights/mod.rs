//! What an information system may do for an organisation on a stand: asked of the stand, and judged by the rules.
//!
//! [`ask`] puts three questions of `organizations-registry-common`: who an organisation is here (`exportOrgRegistry`), whom this
//! information system acts for (`exportDataProvider`: the system knows it by its certificate) and what was delegated to it
//! (`exportDelegatedAccess`). They change nothing and need no store. [`judge`] then holds the answers, [`Rights`], against what is
//! wanted, [`Asked`], and says of each [`Rule`] whether it is kept; what is not kept says what to do in the cabinet of ГИС ЖКХ.
//!
//! The rules, as the ministry told them: a power goes to one recipient at a time, and is not passed on; an organisation's own
//! information system acts for its owner alone; an operator's acts by delegated kinds of information, says so in every request
//! (`IsOperatorSignature`) and names the organisation the data are of by its orgPPAGUID; a power ends with its term, by
//! withdrawal, refusal or loss of its ground.

mod ask;
mod facts;
mod finding;
mod judge;
mod kinds;
mod link;
mod organisation;
mod powers;
mod read;

pub use ask::{Patience, Question, RightsError, ask};
pub use facts::{
    Application, Delegation, Entry, NotAnswered, Power, Provider, Recipient, Registered, Rights, Status, What,
};
pub use finding::{Finding, Grade, Rule};
pub use judge::{Asked, judge};
pub use kinds::Kind;

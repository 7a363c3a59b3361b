//! Records: what callers hand over and what they get back, in their own words.
//!
//! Five CSV files or one JSON document become [`Bill`]s, one table becomes [`Reading`]s or [`Answer`]s; every fault is a
//! [`Problem`] with file, line and column; results mirror the rows. The formats are described in `docs/specs/records.md`.
//!
//! ```
//! use gis_gkh_gateway::records::{Lang, Month, Options, Source, Sources};
//! use time::macros::date;
//!
//! let document = r#"{"schema":"bills/1","bank":[],"services":[],"accounts":[],"charges":[]}"#;
//! let sources = Sources::Json(Source::new("october.json", document));
//! let month = Month::read(&sources, &Options { today: date!(2026 - 11 - 02), period: None, lenient: false });
//! assert!(month.bills.is_empty());
//! assert_eq!(
//!     month.problems[0].text(Lang::En),
//!     "october.json, line 1, column bank: the file has no rows; export it again"
//! );
//! ```

mod answers;
mod attached;
pub(crate) mod bank;
mod bills;
mod check;
mod csv;
mod directory;
mod fields;
mod month;
pub mod problem;
mod problem_text;
mod readings;
mod results;
mod rows;
mod sheet;
mod source;
mod table;
mod value;

pub use answers::{Answer, AnswerAction, AppealName};
pub use attached::{ATTACHED_LIMIT, ATTACHED_TOTAL, AttachedFile};
pub(crate) use attached::{Attachments, Content};
pub use bills::{Account, Bank, Bill, Line, Method, Registry, Service, UnknownRegistry};
pub use directory::{Directory, Missing};
pub(crate) use fields::parse_date;
pub use month::{Faulty, Month, Options};
pub use problem::{Code, Lang, Problem};
pub use readings::{Reading, ReadingKind, Resource};
pub use results::{GisIds, ResultError, ResultRow, Status, WhoFixes, write_csv, write_json};
pub use sheet::{Record, Sheet};
pub use source::{FILE_LIMIT, Input, Source, Sources};
pub(crate) use table::distance;
pub use value::{Decimal, NotAPeriod, Period};

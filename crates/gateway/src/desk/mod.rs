//! Desks: the areas of business. Each knows how its records become requests, and answers results.

pub mod appeals;
pub mod billing;
mod failure;
pub(crate) mod files;
mod line;
pub mod meters;
pub mod notice;
mod operation;
pub mod pulls;
mod upload;
pub mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use gis_gkh::clock::Clock;
use gis_gkh::files::FileTransport;
use gis_gkh::transport::Transport;
use gis_gkh::{AnswerCheck, Client, Identity};
use gis_gkh_delivery::{Exchange, Failure, Looked, ObjectRow, Polled, Prepared, Scope, Submitted, Work};
use gis_gkh_sign::gost::Entropy;

use failure::local;
use line::Line;
use notice::{Notices, Strange, Watcher};
use operation::{Entry, Wire};
use upload::Carrier;
use words::OPERATION;

/// The paths of elements each desk uses: its name, and lines `service/operation: element/element`. Made from what goes over
/// the wire when the desk works; a release of the formats is held against them.
pub const PATHS: &[(&str, &str)] = &[
    ("appeals", include_str!("../../desks/appeals.txt")),
    ("billing", include_str!("../../desks/billing.txt")),
    ("meters", include_str!("../../desks/meters.txt")),
];

/// Every operation the desks use.
static OPERATIONS: &[Entry] = &[
    Entry::import::<appeals::Answers>(),
    Entry::import::<billing::Bills>(),
    Entry::import::<meters::Readings>(),
    Entry::export::<pulls::Appeals>(),
    Entry::export::<pulls::History>(),
];

/// The most objects one lookup of any desk asks for: the contract names at most 100 meters
/// (`device-metering.exportMeteringDeviceHistory`).
pub const LOOKUP_LIMIT: usize = 100;

/// All desks at work: what delivery builds, signs, sends and asks goes through here, each operation by its own desk.
#[derive(Debug)]
pub struct Desks {
    line: Line,
}

impl Desks {
    /// Desks that send in this identity over this transport. `entropy` makes the ids of questions; ids of what is placed come
    /// from delivery.
    pub fn new(
        identity: Identity,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { line: Line::new(identity, transport, clock, entropy) }
    }

    /// The desks that check answers so. Without this they are believed as they come.
    #[must_use]
    pub fn checking(mut self, check: AnswerCheck) -> Self {
        self.line.check = check;
        self
    }

    /// The desks that tell of what is strange about answers, once a day for each operation.
    #[must_use]
    pub fn watched(mut self, watcher: Watcher) -> Self {
        self.line.notices = Notices::new(Some(watcher));
        self
    }

    /// How many answers were strange, by operation and in what, since these desks began.
    #[must_use]
    pub fn strange(&self) -> BTreeMap<(String, Strange), u64> {
        self.line.notices.counts()
    }

    /// Sends files over this transport, each try within `patience`, which is no longer than the request timeout of delivery;
    /// without one, no object that has files can be sent.
    #[must_use]
    pub fn with_files(mut self, transport: Arc<dyn FileTransport>, patience: Duration) -> Self {
        self.line.files = Some(Carrier::new(transport, patience));
        self
    }

    /// A MessageGUID nobody has used.
    pub(crate) fn fresh_guid(&self) -> Result<String, Failure> {
        self.line.fresh().map(|guid| guid.to_string()).map_err(|error| failure::of_compose(&error))
    }

    /// A client that goes the same way in the same identity, for what is asked beside the desks.
    pub(crate) fn client(&self) -> Client {
        self.line.client()
    }

    fn desk(operation: &str) -> Result<&'static dyn Wire, Failure> {
        let entry = OPERATIONS.iter().find(|entry| entry.is(operation));
        entry.map(Entry::wire).ok_or_else(|| local(OPERATION, format!("operation {operation} is not known")))
    }
}

#[async_trait]
impl Exchange for Desks {
    fn ages(&self, work: &Work) -> bool {
        // Nothing in an upload is signed or dated.
        work.operation != files::OPERATION
    }

    async fn prepare(&self, work: &Work, objects: &[ObjectRow]) -> Result<Prepared, Failure> {
        if work.operation == files::OPERATION {
            return files::prepare(objects);
        }
        self.line.may_sign()?;
        Self::desk(&work.operation)?.prepare(&self.line, work, objects).await
    }

    async fn submit(&self, work: &Work, bytes: &[u8]) -> Submitted {
        if work.operation == files::OPERATION {
            return match self.line.file_store(work) {
                Ok((carrier, store)) => files::submit(carrier, store, work, bytes).await,
                Err(failure) => Submitted::Rejected { raw: failure.text.clone().into_bytes(), failure },
            };
        }
        match Self::desk(&work.operation) {
            Ok(desk) => self.line.submit(desk.operation(), work, bytes).await,
            Err(failure) => Submitted::NotSent { failure },
        }
    }

    async fn poll(&self, work: &Work, ack: &str) -> Polled {
        if work.operation == files::OPERATION {
            return files::poll(ack);
        }
        match Self::desk(&work.operation) {
            Ok(desk) => desk.poll(&self.line, work, ack).await,
            Err(failure) => Polled::Failed { failure },
        }
    }

    async fn processed(&self, scope: &Scope, acks: &[String]) -> Result<BTreeSet<String>, Failure> {
        match scope.service.as_deref() {
            Some("bills") => self.line.processed(acks).await,
            // The other services are asked message by message.
            _ => Ok(acks.iter().cloned().collect()),
        }
    }

    async fn question(&self, work: &Work, part: &[ObjectRow]) -> Result<Prepared, Failure> {
        self.line.may_sign()?;
        Self::desk(&work.operation)?.question(&self.line, part).await
    }

    async fn ask(&self, work: &Work, bytes: &[u8]) -> Submitted {
        match Self::desk(&work.operation) {
            Ok(desk) => desk.ask(&self.line, bytes).await,
            Err(failure) => Submitted::NotSent { failure },
        }
    }

    async fn read(&self, work: &Work, part: &[ObjectRow], ack: &str) -> Looked {
        match Self::desk(&work.operation) {
            Ok(desk) => desk.read(&self.line, part, ack).await,
            Err(failure) => Looked::Failed { failure, raw: None },
        }
    }
}

//! The sandbox as a function from requests to answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gis_gkh::Element;
use gis_gkh::Guid;
use gis_gkh::clock::Clock;
use gis_gkh::contract::base::{
    GetRequestsStateRequest, GetRequestsStateResult, GetStateRequest, IsRequestHeader, RequestHeader,
};
use gis_gkh::contract::operations::OPERATIONS;
use gis_gkh::contract::{appeals, bills, device_metering, nsi_common, organizations_registry_common as organizations};
use gis_gkh::files::Verb;
use gis_gkh::operation::{Header, Kind, Operation};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::signer::Signer;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::admission::{Admitted, Gate, Head};
use crate::answer::{self, Signers, State};
use crate::appeals::{AnswerEffect, Desk};
use crate::bills::{DocumentKey, Effect, Ledger};

use crate::faults::{Counted, FileStrike, Instead, Strike};
use crate::files::{FileRequest, FileResponse, HeldFile, Shelf, counts};
use crate::forgery::{AnswerKeys, Forgery};
use crate::messages::{Message, Messages, Outcome, Work};
use crate::meters::{ReadingEffect, ReadingKey, Register};
use crate::nsi::Books;
use crate::organizations as registry;
use crate::powers;
use crate::refusal::{self, Refusal};
use crate::seed::{Entry, Organisation};
use crate::settings::{Access, Bounds, Settings};

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Content type.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// How much later it comes; whoever carries it waits.
    pub delay: Duration,
    /// It does not come at all: the connection is cut instead.
    pub cut: bool,
}

impl Response {
    pub(crate) fn new(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self { status, content_type, body, delay: Duration::ZERO, cut: false }
    }
}

/// A ГИС ЖКХ of one's own.
pub struct Sandbox {
    organisations: Vec<Organisation>,
    /// Kinds of information: entries of НСИ 291.
    kinds: Vec<Entry>,
    ca: Vec<Certificate>,
    access: Access,
    signer: Arc<dyn Signer>,
    keys: Option<AnswerKeys>,
    forgery: Mutex<Option<Forgery>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) bounds: Bounds,
    books: Books,
    state: Mutex<Inner>,
}

struct Inner {
    stores: Stores,
    messages: Messages,
    faults: Counted,
    guids: Guids,
}

/// What is kept, by services.
pub(crate) struct Stores {
    pub(crate) ledger: Ledger,
    pub(crate) meters: Register,
    pub(crate) appeals: Desk,
    pub(crate) files: Shelf,
}

/// Makes the system's own identifiers: never the same twice, not even after a restart, and no chance in it.
pub(crate) struct Guids {
    space: Uuid,
    made: u64,
}

impl Guids {
    pub(crate) fn next(&mut self) -> Guid {
        self.made += 1;
        Guid::new(Uuid::new_v5(&self.space, &self.made.to_be_bytes()))
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("organisations", &self.organisations.len()).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// A sandbox in the state of its seed.
    pub fn new(settings: Settings) -> Arc<Self> {
        let Settings { seed, ca, access, signer, keys, forgery, clock, faults, pace, bounds, files } = settings;
        let started = clock.now();
        let space = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"https://github.com/gis-gkh/gis-gkh/sandbox");
        let space = Uuid::new_v5(&space, &started.unix_timestamp_nanos().to_be_bytes());
        let page = (bounds.page, bounds.answer);
        let organisations: Vec<Guid> = seed.organisations.iter().map(|row| row.org_ppa_guid).collect();
        let mut shelf = Shelf::new(files, organisations.clone());
        for appeal in &seed.appeals {
            shelf.hold(appeal, organisations.first().copied(), started);
        }
        let stores = Stores {
            files: shelf,
            appeals: Desk::new(&seed, bounds.answer),
            meters: Register::new(seed.meters, &seed.accounts, &seed.nsi, page, started),
            ledger: Ledger::new(seed.accounts, &seed.nsi, seed.documents, bounds.answer),
        };
        let inner = Inner {
            stores,
            messages: Messages::new(pace),
            faults: Counted::new(faults),
            guids: Guids { space, made: 0 },
        };
        Arc::new(Self {
            organisations: seed.organisations,
            kinds: seed.nsi.iter().filter(|entry| entry.registry == powers::KINDS).cloned().collect(),
            ca,
            access,
            signer,
            keys,
            forgery: Mutex::new(forgery),
            clock,
            bounds,
            books: Books::new(seed.nsi, started),
            state: Mutex::new(inner),
        })
    }

    /// Answers a request: its path, its SOAPAction (quoted or not) and its bytes, at a moment.
    ///
    /// Everything that is due by then is done first. Moments must not go backwards.
    pub fn handle(&self, path: &str, action: &str, body: &[u8], now: OffsetDateTime) -> Response {
        let action = action.trim().trim_matches('"');
        let mut service = OPERATIONS.iter().filter(|operation| operation.path == path).peekable();
        if service.peek().is_none() {
            return answer::html(404, "404 Not Found");
        }
        let operation = service.find(|operation| operation.action == action).copied();
        let strike = self.strike(operation, now);
        let mut response = match strike.instead {
            Some(Instead::Fault) => answer::fault(&Refusal::internal()),
            Some(Instead::Html) => answer::html(200, "Сервис временно недоступен"),
            Some(Instead::Unavailable) => answer::html(503, "503 Service Temporarily Unavailable"),
            Some(Instead::Nothing) => Response { cut: true, ..answer::html(503, "") },
            None => self.judge(operation, action, body, now, strike),
        };
        response.delay = strike.delay;
        response.cut |= strike.cut;
        response
    }

    /// Answers a request to the file store at a moment.
    pub fn handle_file(&self, request: &FileRequest, now: OffsetDateTime) -> FileResponse {
        self.answer_file(request, &self.strike_file(request.verb), now)
    }

    /// Counts a request to the file store for the faults, before its bytes are read.
    pub(crate) fn strike_file(&self, verb: Verb) -> FileStrike {
        self.state().faults.strike_file(counts(verb))
    }

    pub(crate) fn answer_file(&self, request: &FileRequest, strike: &FileStrike, now: OffsetDateTime) -> FileResponse {
        let mut state = self.state();
        state.advance(self, now);
        let Inner { stores, guids, .. } = &mut *state;
        stores.files.answer(request, strike, now, || guids.next())
    }

    /// What the file store holds, by identifiers; sessions too.
    pub fn files(&self) -> Vec<HeldFile> {
        self.state().stores.files.all()
    }

    /// Payment documents by account, month and number: how often each was placed, refused and withdrawn, up to now.
    pub fn effects(&self) -> BTreeMap<DocumentKey, Effect> {
        self.state().stores.ledger.effects().clone()
    }

    /// Readings by meter, day and kind: how often each was placed and refused, up to now. Those of the portal do not count.
    pub fn readings(&self) -> BTreeMap<ReadingKey, ReadingEffect> {
        self.state().stores.meters.effects().clone()
    }

    /// By the GUID of the appeal, how often each step was applied to its answers, up to now. What named an appeal by a
    /// number nobody knows is not counted.
    pub fn answers(&self) -> BTreeMap<Guid, AnswerEffect> {
        self.state().stores.appeals.effects().clone()
    }

    /// From now on its answers are forged so, or honest again.
    pub fn forge(&self, forgery: Option<Forgery>) {
        *self.forgery.lock().unwrap_or_else(PoisonError::into_inner) = forgery;
    }

    /// How often each fault of the settings has struck, by its name: made a difference beside the others that hit the same
    /// request.
    pub fn struck(&self) -> BTreeMap<&'static str, u64> {
        self.state().faults.struck().clone()
    }

    /// Matches payments to a placed document, after which it cannot be withdrawn. `false` if there is no such document.
    pub fn acknowledge(&self, payment_document_id: &str) -> bool {
        self.state().stores.ledger.acknowledge(payment_document_id)
    }

    /// Does what is due by a moment, as any request at that moment would.
    pub fn advance(&self, now: OffsetDateTime) {
        self.state().advance(self, now);
    }

    /// Changes what is kept as things outside of the exchange do, after all that is due by now.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Stores, &mut Guids, OffsetDateTime) -> T) -> T {
        let now = self.clock.now();
        let mut state = self.state();
        state.advance(self, now);
        let Inner { stores, guids, .. } = &mut *state;
        change(stores, guids, now)
    }

    fn state(&self) -> MutexGuard<'_, Inner> {
        // A panic elsewhere leaves nothing half done that matters to a stand of one's own.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what is due and counts the request for the faults.
    fn strike(&self, operation: Option<&Operation>, now: OffsetDateTime) -> Strike {
        let mut state = self.state();
        state.advance(self, now);
        state.faults.strike(operation.is_some_and(|operation| operation.kind == Kind::Submission))
    }

    fn judge(
        &self,
        operation: Option<&'static Operation>,
        action: &str,
        body: &[u8],
        now: OffsetDateTime,
        strike: Strike,
    ) -> Response {
        if body.len() > self.bounds.request {
            return answer::html(413, "413 Request Entity Too Large");
        }
        let Some(operation) = operation else {
            let shown: String = action.chars().take(100).collect();
            let why = format!("Операция сервиса не определена: SOAPAction «{shown}»");
            return answer::fault(&Refusal::new(refusal::FORMAT, why));
        };
        let answered = match operation.kind {
            Kind::Submission => self.submission(operation, body, now, strike),
            Kind::State => self.question(operation, body, now),
            Kind::Query => self.processed(body, now),
        };
        answered.unwrap_or_else(|refusal| answer::fault(&refusal))
    }

    fn gate(&self, now: OffsetDateTime) -> Gate<'_> {
        Gate { organisations: &self.organisations, ca: &self.ca, access: &self.access, now }
    }

    /// Reads what a submission asks, by its operation.
    fn submission(
        &self,
        operation: &'static Operation,
        body: &[u8],
        now: OffsetDateTime,
        strike: Strike,
    ) -> Result<Response, Refusal> {
        let gate = self.gate(now);
        let admitted = match (operation.service, operation.name) {
            ("bills", "importPaymentDocumentData") => {
                take::<RequestHeader, _>(&gate, body, |request: bills::ImportPaymentDocumentRequest| {
                    Work::Bills(request.content)
                })
            }
            ("bills", "exportPaymentDocumentData") => {
                take::<RequestHeader, _>(&gate, body, |request: bills::ExportPaymentDocumentRequest| {
                    Work::ExportBills(request.criteria)
                })
            }
            ("device-metering", "importMeteringDeviceValues") => {
                take::<RequestHeader, device_metering::ImportMeteringDeviceValuesRequest>(&gate, body, Work::Readings)
            }
            ("device-metering", "exportMeteringDeviceHistory") => take::<
                RequestHeader,
                device_metering::ExportMeteringDeviceHistoryRequest,
            >(&gate, body, Work::ExportReadings),
            ("appeals", "importAnswer") => {
                take::<RequestHeader, appeals::ImportAnswerRequest>(&gate, body, Work::Answers)
            }
            ("appeals", "exportAppeal") => {
                take::<RequestHeader, appeals::ExportAppealRequest>(&gate, body, Work::ExportAppeals)
            }
            ("nsi-common", "exportNsiList") => {
                take::<IsRequestHeader, nsi_common::ExportNsiListRequest>(&gate, body, Work::NsiList)
            }
            ("nsi-common", "exportNsiItem") => {
                take::<IsRequestHeader, nsi_common::ExportNsiItemRequest>(&gate, body, Work::NsiItem)
            }
            ("nsi-common", "exportNsiPagingItem") => {
                take::<IsRequestHeader, nsi_common::ExportNsiPagingItemRequest>(&gate, body, Work::NsiPage)
            }
            (_, "exportOrgRegistry") => {
                take::<IsRequestHeader, organizations::ExportOrgRegistryRequest>(&gate, body, Work::Organisations)
            }
            (_, "exportDataProvider") => {
                take::<IsRequestHeader, organizations::ExportDataProviderRequest>(&gate, body, Work::DataProviders)
            }
            (_, "exportDelegatedAccess") => {
                take::<IsRequestHeader, organizations::ExportDelegatedAccessRequest>(&gate, body, Work::Delegated)
            }
            (_, "exportObjectsDelegatedAccess") => take::<
                IsRequestHeader,
                organizations::ExportObjectsDelegatedAccessRequest,
            >(&gate, body, |_| Work::Limits),
            (_, "exportTerritoryDelegatedAccess") => take::<
                IsRequestHeader,
                organizations::ExportTerritoryDelegatedAccessRequest,
            >(&gate, body, |_| Work::Limits),
            (service, name) => {
                let why = format!("Песочница не выполняет операцию {service}.{name}");
                Err(Refusal::new(refusal::FORMAT, why))
            }
        }?;
        let Admitted { guid, owner, signer, body: work } = admitted;
        let (twist, work) = (strike.twist, Some(work));
        let message = Message { operation, guid, owner, signer, accepted: now, twist, work, outcome: None };
        let mut state = self.state();
        let ack = state.guids.next();
        state.messages.accept(ack, message, strike.later);
        state.advance(self, now);
        Ok(answer::receipt(guid, ack, now))
    }

    /// `getState`.
    fn question(&self, operation: &'static Operation, body: &[u8], now: OffsetDateTime) -> Result<Response, Refusal> {
        let gate = self.gate(now);
        let admitted = match operation.header {
            Header::Organisation => gate.unsigned::<RequestHeader, GetStateRequest>(body),
            Header::InformationSystem => gate.unsigned::<IsRequestHeader, GetStateRequest>(body),
        }?;
        let ack = admitted.body.message_guid;
        let mut state = self.state();
        let signature = state.guids.next();
        let message = state.messages.find(ack, operation.service, admitted.owner).ok_or_else(|| {
            Refusal::new(refusal::NO_MESSAGE, format!("Сообщение с идентификатором {ack} не найдено"))
        })?;
        // Copied out: signing takes its time, and others need not wait for it.
        let outcome = message.outcome.clone();
        let progress = state.messages.progress(message, now);
        let (guid, unknown) = (message.guid, message.twist.unknown && outcome.is_some());
        drop(state);
        let forgery = *self.forgery.lock().unwrap_or_else(PoisonError::into_inner);
        let state =
            State { service: operation.service, guid, ack, progress, outcome, unknown, now, signature, forgery };
        Ok(state.answer(Signers { signer: &*self.signer, keys: self.keys.as_ref() }))
    }

    /// `getRequestsState`.
    fn processed(&self, body: &[u8], now: OffsetDateTime) -> Result<Response, Refusal> {
        let asked = self.gate(now).unsigned::<RequestHeader, GetRequestsStateRequest>(body)?;
        let mut done = asked.body.message_guid_list;
        let state = self.state();
        let messages = &state.messages;
        done.retain(|ack| messages.find(*ack, "bills", asked.owner).is_some_and(|message| message.outcome.is_some()));
        drop(state);
        if done.is_empty() {
            // The answer cannot be written without a message in it.
            return Err(Refusal::nothing_found());
        }
        Ok(answer::body(asked.guid, &GetRequestsStateResult::new(done), now))
    }

    /// Does what a message asks.
    fn perform(&self, stores: &mut Stores, message: &Message, work: Work, at: OffsetDateTime) -> Outcome {
        let refused = |refusal| Outcome::refused(message.operation.service, &refusal);
        if message.twist.error {
            return refused(Refusal::internal());
        }
        // The header of the service names one, or the request would not have been let in.
        let owner = message.owner.ok_or_else(Refusal::internal);
        let Stores { ledger, meters, appeals, files } = stores;
        let done = match work {
            Work::Bills(content) => owner.map(|owner| Outcome::Bills(Some(ledger.import(owner, content, at)))),
            Work::ExportBills(criteria) => {
                owner.and_then(|owner| ledger.export(owner, &criteria)).map(|outcome| Outcome::Bills(Some(outcome)))
            }
            Work::Readings(request) => owner.map(|owner| Outcome::Readings(Some(meters.import(owner, request, at)))),
            Work::ExportReadings(request) => owner
                .and_then(|owner| meters.export(owner, &request, at))
                .map(|outcome| Outcome::Readings(Some(outcome))),
            Work::Answers(request) => {
                owner.map(|owner| Outcome::Appeals(Some(appeals.import(owner, request, files, at))))
            }
            Work::ExportAppeals(request) => {
                owner.and_then(|owner| appeals.export(owner, &request)).map(|outcome| Outcome::Appeals(Some(outcome)))
            }
            Work::NsiList(request) => self.books.list(&request, at).map(|outcome| Outcome::Nsi(Some(outcome))),
            Work::NsiItem(request) => self.books.item(&request, at).map(|outcome| Outcome::Nsi(Some(outcome))),
            Work::NsiPage(request) => self.books.page(&request, at).map(|outcome| Outcome::Nsi(Some(outcome))),
            Work::Organisations(request) => {
                registry::find(&self.organisations, &request).map(|outcome| Outcome::Organisations(Some(outcome)))
            }
            Work::DataProviders(request) => {
                registry::providers(&self.organisations, &self.access, &message.signer, &request, at)
                    .map(|outcome| Outcome::Organisations(Some(outcome)))
            }
            Work::Delegated(request) => powers::delegated(&self.organisations, &self.kinds, &message.signer, &request)
                .map(|outcome| Outcome::Organisations(Some(outcome))),
            Work::Limits => Err(Refusal::nothing_found()),
        };
        done.unwrap_or_else(refused).twisted(message.twist)
    }
}

/// Lets a submission in and takes out what it asks.
fn take<H: Head, B: Element>(
    gate: &Gate<'_>,
    body: &[u8],
    work: impl FnOnce(B) -> Work,
) -> Result<Admitted<Work>, Refusal> {
    let Admitted { guid, owner, signer, body } = gate.signed::<H, B>(body)?;
    Ok(Admitted { guid, owner, signer, body: work(body) })
}

impl Inner {
    /// Does everything that is due.
    fn advance(&mut self, sandbox: &Sandbox, now: OffsetDateTime) {
        while let Some((ack, at)) = self.messages.next_due(now) {
            let Some(message) = self.messages.get_mut(ack) else { continue };
            if let Some(work) = message.work.take() {
                let outcome = sandbox.perform(&mut self.stores, message, work, at);
                message.outcome = Some(outcome);
            }
        }
    }
}

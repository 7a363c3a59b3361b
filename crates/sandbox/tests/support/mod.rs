//! What the tests share: the sample keys and seed, a clock that stands still, documents that add up, meters and appeals.
#![allow(dead_code, reason = "each test file uses its own part")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as loudly as the tests themselves")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gis_gkh::clock::Clock;
use gis_gkh::contract::base;
use gis_gkh::contract::bills::import_payment_document_request::Content;
use gis_gkh::contract::bills::*;
use gis_gkh::contract::nsi_base::NsiRef;
use gis_gkh::files::{AttachmentHash, Context, FileName};
use gis_gkh::operation::{Operation, StateAnswer, Submission};
use gis_gkh::transport::Reply;
use gis_gkh::{Answer, CallError, Decimal, Guid, Identity, Message, SystemError, body, receipt};
use gis_gkh_sandbox::{Faults, Response, Sandbox, Seed, Settings};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::signer::BuiltinSigner;
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

pub(crate) const START: OffsetDateTime = datetime!(2026-11-03 09:00:00 UTC);
pub(crate) const BILLS: &str = "/ext-bus-bills-service/services/BillsAsync";

/// A clock that goes when told.
pub(crate) struct Hand(Mutex<OffsetDateTime>);

impl Hand {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(START)))
    }

    pub(crate) fn forward(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for Hand {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn key(name: &str) -> String {
    std::fs::read_to_string(root().join("fixtures/keys").join(name)).unwrap()
}

pub(crate) fn signer(name: &str) -> Arc<BuiltinSigner> {
    Arc::new(BuiltinSigner::from_pem(&key(&format!("{name}.crt")), &key(&format!("{name}.key"))).unwrap())
}

/// The organisation of the sample certificates, another one, houses and accounts of both, one of them closed.
pub(crate) fn seed() -> Seed {
    Seed::from_json(&seed_json(6)).unwrap()
}

/// GUIDs of the seed.
pub(crate) fn guid(name: &str) -> Guid {
    Guid::new(Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()))
}

pub(crate) fn account(number: usize) -> Guid {
    guid(&format!("account/{number}"))
}

/// Accounts 1 to `accounts` are ours, and after them come one that is closed and one of the other organisation.
pub(crate) fn seed_json(accounts: usize) -> String {
    let (house, other_house) = (guid("house"), guid("house/other"));
    let row = |number: usize, house: Guid, more: &str| {
        let guid = account(number);
        let els = format!("00АА{number:06}");
        format!(
            r#"{{"number":"{number:07}","guid":"{guid}","els":"{els}","service_id":"{els}-01","house":"{house}"{more}}}"#
        )
    };
    let mut all: Vec<String> = (1..=accounts).map(|number| row(number, house, "")).collect();
    all.push(row(accounts + 1, house, r#","closed":true"#));
    all.push(row(accounts + 2, other_house, &format!(r#","organisation":"{}""#, guid("other"))));
    let entry = |registry: u64, code: &str, name: &str| {
        let guid = guid(&format!("nsi/{registry}/{code}"));
        format!(r#"{{"registry":{registry},"code":"{code}","guid":"{guid}","name":"{name}"}}"#)
    };
    let nsi = [
        entry(50, "1", "Содержание"),
        entry(51, "1", "Холодная вода"),
        entry(2, "2", "Холодная вода на общие нужды"),
        entry(1, "1", "Домофон"),
        entry(329, "1", "Пени"),
        entry(337, "1", "Холодная вода на общие нужды"),
        entry(3, "1", "Водоснабжение"),
    ];
    format!(
        r#"{{"schema":"sandbox/1",
"organisation":{{"org_ppa_guid":"{}","ogrn":"1000000000002","name":"УК Образцовая"}},
"organisations":[{{"org_ppa_guid":"{}","ogrn":"1000000000003","name":"ТСЖ Примерное"}}],
"houses":[{{"ref":"h-1","guid":"{house}"}},{{"ref":"h-2","guid":"{other_house}"}}],
"accounts":[{}],"nsi":[{}],
"documents":[{{"account":"{}","year":2026,"month":9,"number":"matched","total":"10.00","acknowledged":true}}]}}"#,
        guid("ours"),
        guid("other"),
        all.join(","),
        nsi.join(","),
        account(1),
    )
}

/// The seed with meters and appeals, ours and not ours, and the books of НСИ they need.
pub(crate) fn furnished() -> Seed {
    Seed::from_json(&furnished_json()).unwrap()
}

/// Meters of every sort in the order of their names' GUIDs, which is by chance; appeals 1 to 6.
pub(crate) fn furnished_json() -> String {
    let meter = |name: &str, number: usize, more: &str| {
        format!(r#"{{"guid":"{}","account":"{}",{more}}}"#, guid(&format!("meter/{name}")), account(number))
    };
    let meters = [
        meter(
            "cold",
            1,
            r#""sort":"one-rate","resources":["2"],"commissioned":"2021-05-01","readings":[
{"date":"2026-09-23","values":["100"]},{"date":"2026-10-23","values":["105.250"]}]"#,
        ),
        meter("heat", 2, r#""sort":"one-rate","resources":["2","5"],"type":"2""#),
        meter("power", 1, r#""sort":"electricity","tariffs":2,"resources":["3"]"#),
        meter("volume", 2, r#""sort":"volume","resources":["2"]"#),
        meter(
            "archived",
            3,
            r#""sort":"one-rate","resources":["2"],"archived":"2026-10-15","readings":[{"date":"2026-10-14","values":["7"]}]"#,
        ),
        meter("foreign", 8, r#""sort":"one-rate","resources":["2"]"#),
    ];
    let person = r#""applicant":{"surname":"Примеров","first_name":"Образец","email":"primer@example.invalid"}"#;
    let appeal = |number: usize, day: &str, more: &str| {
        format!(
            r#"{{"number":"00-2026-{number:06}","created":"2026-10-{day}","text":"Текст образца {number}.",{more}}}"#
        )
    };
    let file = |name: &str| {
        format!(r#"{{"name":"{name}.jpg","description":"Снимок","guid":"{}"}}"#, guid(&format!("file/{name}")))
    };
    let files = format!(r#""files":[{},{}]"#, file("one"), file("two"));
    let appeals = [
        appeal(
            1,
            "20",
            &format!(
                r#""topic":"Отопление","due":"2026-11-19","house":"{}","premises":"12",{person},{files}"#,
                guid("house")
            ),
        ),
        appeal(2, "25", &format!(r#""theme":"1","state":"in-work",{person}"#)),
        appeal(
            3,
            "21",
            &format!(
                r#""topic":"Уборка","state":"executed",{person},"answer":{{"date":"2026-10-28","text":"Убрали."}}"#
            ),
        ),
        appeal(4, "22", &format!(r#""topic":"Домофон","state":"withdrawn",{person}"#)),
        appeal(5, "23", r#""topic":"Поверка""#),
        appeal(6, "24", &format!(r#""topic":"Двор",{person},"organisation":"{}""#, guid("other"))),
    ];
    let entry = |registry: u64, code: &str| {
        let guid = guid(&format!("nsi/{registry}/{code}"));
        format!(r#"{{"registry":{registry},"code":"{code}","guid":"{guid}","name":"Запись {registry}/{code}"}}"#)
    };
    let nsi = [
        entry(2, "3"),
        entry(2, "5"),
        entry(21, "1"),
        entry(27, "1"),
        entry(27, "2"),
        entry(220, "1"),
        entry(224, "1"),
    ];
    let text = seed_json(6).replacen("\"nsi\":[", &format!("\"nsi\":[{},", nsi.join(",")), 1);
    let end = text.strip_suffix('}').unwrap();
    format!("{end},\n\"meters\":[{}],\n\"appeals\":[{}]}}", meters.join(",\n"), appeals.join(",\n"))
}

/// GUID of a meter of the furnished seed.
pub(crate) fn meter(name: &str) -> Guid {
    guid(&format!("meter/{name}"))
}

/// A sandbox, a clock, and somebody who talks to it.
pub(crate) struct Stand {
    pub(crate) clock: Arc<Hand>,
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) identity: Identity,
    guids: AtomicU64,
}

impl Stand {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with_faults(faults: &str) -> Self {
        let faults = Faults::parse(faults).unwrap();
        Self::with(|settings| settings.faults = faults)
    }

    /// With meters and appeals.
    pub(crate) fn furnished() -> Self {
        Self::furnished_with(|_| {})
    }

    pub(crate) fn furnished_with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::with(|settings| {
            settings.seed = furnished();
            change(settings);
        })
    }

    pub(crate) fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let clock = Hand::new();
        let mut settings = settings(Arc::clone(&clock));
        change(&mut settings);
        let identity = Identity::new(guid("ours"), signer("org-256"));
        Self { clock, sandbox: Sandbox::new(settings), identity, guids: AtomicU64::new(0) }
    }

    pub(crate) fn forward(&self, by: Duration) {
        self.clock.forward(by);
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    pub(crate) fn next_guid(&self) -> Guid {
        guid(&format!("message/{}", self.guids.fetch_add(1, Ordering::Relaxed)))
    }

    pub(crate) fn message<S: Submission>(&self, request: S) -> Message {
        self.identity.submission(request, self.next_guid(), self.now()).unwrap()
    }

    pub(crate) fn send(&self, message: &Message) -> Response {
        self.post(message.operation, &message.bytes)
    }

    pub(crate) fn post(&self, operation: &Operation, bytes: &[u8]) -> Response {
        let action = format!("\"{}\"", operation.action);
        self.sandbox.handle(operation.path, &action, bytes, self.now())
    }

    /// Submits and gives the system's identifier of the message.
    pub(crate) fn submit<S: Submission>(&self, request: S) -> Result<Guid, CallError> {
        let message = self.message(request);
        receipt(message.guid, reply(self.send(&message))).map(|receipt| receipt.ack)
    }

    pub(crate) fn state<S: Submission>(&self, ack: Guid) -> Result<Answer<S::State>, CallError> {
        let message = self.identity.state(S::STATE, ack, self.next_guid(), self.now());
        body(reply(self.send(&message)))
    }

    /// Submits, and asks for the result at once.
    pub(crate) fn ask<S: Submission>(&self, request: S) -> Result<S::State, SystemError> {
        let ack = self.submit(request).map_err(refused)?;
        let answer = self.state::<S>(ack).map_err(refused)?;
        assert_eq!(answer.drift, []);
        assert_eq!((answer.body.state(), answer.body.message_guid()), (3, ack));
        match answer.error() {
            Some(error) => Err(error),
            None => Ok(answer.body),
        }
    }

    /// A file of ours in the file store, as a message refers to it.
    pub(crate) fn attached(&self, name: &str) -> base::AttachedFile {
        let (context, name) = (Context::named("appeals").unwrap(), FileName::new(name).unwrap());
        let bytes = format!("{} {}", name.as_str(), self.next_guid());
        let id = self.sandbox.receive_file(guid("ours"), context, &name, bytes.clone().into_bytes()).unwrap();
        let hash = AttachmentHash::of(bytes.as_bytes());
        base::AttachedFile {
            attachment_hash: Some(hash),
            ..base::AttachedFile::new(name.as_str(), "Акт", base::Attachment::new(id))
        }
    }

    /// Places documents: identifiers given, or codes.
    pub(crate) fn place(&self, documents: Vec<PaymentDocument>) -> Vec<Result<String, String>> {
        results(&self.ask(month(documents)).unwrap())
    }

    pub(crate) fn place_one(&self, document: PaymentDocument) -> Result<String, String> {
        self.place(vec![document]).remove(0)
    }

    pub(crate) fn withdraw(&self, id: &str) -> Result<String, String> {
        let withdrawal = Withdrawal::new(guid("withdrawal"), id.to_owned());
        let content = Content::WithdrawPaymentDocument(vec![withdrawal]);
        results(&self.ask(ImportPaymentDocumentRequest::new(content)).unwrap()).remove(0)
    }

    pub(crate) fn export(
        &self,
        criteria: export_payment_document_request::Criteria,
    ) -> Result<Vec<ExportedPaymentDocument>, SystemError> {
        let answer = self.ask(ExportPaymentDocumentRequest::new(criteria))?;
        let Some(get_state_result::Outcome::PaymentDocuments(all)) = answer.outcome else { panic!("{answer:?}") };
        let documents = all.into_iter().map(|item| match item.outcome {
            payment_document_result::Outcome::PaymentDocument(document) => document,
            payment_document_result::Outcome::ErrorMessage(error) => panic!("{error:?}"),
        });
        Ok(documents.collect())
    }
}

pub(crate) fn settings(clock: Arc<Hand>) -> Settings {
    let ca = vec![Certificate::from_pem(&key("ca.crt")).unwrap()];
    Settings::new(seed(), ca, signer("sandbox-256"), clock)
}

pub(crate) fn reply(response: Response) -> Reply {
    assert!(!response.cut, "the connection was cut");
    Reply { status: response.status, body: response.body, ..Reply::default() }
}

pub(crate) fn refused(error: CallError) -> SystemError {
    match error {
        CallError::Refused { error, .. } => error,
        other => panic!("{other}"),
    }
}

/// The code a call was refused with.
pub(crate) fn code<T: std::fmt::Debug>(answer: Result<T, CallError>) -> String {
    refused(answer.unwrap_err()).code.unwrap()
}

pub(crate) fn results(answer: &GetStateResult) -> Vec<Result<String, String>> {
    let Some(get_state_result::Outcome::ImportResult(results)) = &answer.outcome else { panic!("{answer:?}") };
    let result = |result: &base::CommonResult| match &result.outcome {
        base::common_result::Outcome::Done(done) => Ok(done.unique_number.clone().unwrap()),
        base::common_result::Outcome::Error(errors) => Err(errors[0].error_code.clone()),
    };
    results.iter().map(result).collect()
}

/// Identifiers given, or codes, by what the objects were sent as.
pub(crate) fn objects(results: &[base::CommonResult]) -> Vec<(Guid, Result<Guid, String>)> {
    let object = |result: &base::CommonResult| match &result.outcome {
        base::common_result::Outcome::Done(_) => (result.transport_guid, Ok(result.guid.unwrap())),
        base::common_result::Outcome::Error(errors) => (result.transport_guid, Err(errors[0].error_code.clone())),
    };
    results.iter().map(object).collect()
}

pub(crate) fn roubles(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn entry(registry: u64, code: &str) -> NsiRef {
    NsiRef::new(code.to_owned(), guid(&format!("nsi/{registry}/{code}")))
}

/// A document that adds up: 1200.00 for housing with 30.50 for a common resource in it, 301.01 for water, 60.00 for the
/// intercom, 5.00 of penalties.
pub(crate) fn document(account_number: usize, number: &str) -> PaymentDocument {
    let mut housing = HousingServiceCharge::new(entry(50, "1"), roubles("24.00"), roubles("1200.00"));
    let mut resource = MunicipalResource::new(entry(2, "2"));
    resource.rate = Some(roubles("48.55"));
    resource.total_payable = Some(roubles("30.50"));
    housing.municipal_resource.push(resource);
    housing.penalties = Some(roubles("5.00"));
    let mut water = MunicipalServiceCharge::new(entry(51, "1"), roubles("48.55"), roubles("301.01"));
    water.accounting_period_total = Some(roubles("301.01"));
    water.consumption = Some(MunicipalConsumption::new(vec![DeterminedVolume::new(roubles("6.2"))]));
    let intercom = AdditionalServiceCharge::new(entry(1, "1"), roubles("60"), roubles("60.00"));
    let mut charges = CurrentCharges::new();
    charges.charge_info = vec![
        Charge::new(charge::Service::HousingService(housing)),
        Charge::new(charge::Service::MunicipalService(water)),
        Charge::new(charge::Service::AdditionalService(intercom)),
    ];
    let recipient = payment_document::Recipient::SingleRecipient(SingleRecipient::new(guid("bank")));
    let transport = guid(&format!("transport/{account_number}/{number}"));
    let mut document = PaymentDocument::new(transport, account(account_number), recipient);
    document.payment_document_number = Some(number.to_owned());
    document.charges = Some(payment_document::Charges::CurrentCharges(charges));
    document.total_payable_by_charge_info = Some(roubles("1591.51"));
    document.total_payable_by_pd = Some(roubles("1596.51"));
    document.debt_previous_periods = Some(roubles("100"));
    document.total_payable_by_pd_with_debt_and_advance = Some(roubles("1696.51"));
    document
}

/// Documents of October 2026.
pub(crate) fn month(documents: Vec<PaymentDocument>) -> ImportPaymentDocumentRequest {
    let bank = PaymentInformation::new(guid("bank"), "040000999", "40702810600000000001");
    let month = MonthOfDocuments::new(10, 2026, vec![bank], documents);
    ImportPaymentDocumentRequest::new(Content::MonthOfDocuments(month))
}

/// The current charges of a document.
pub(crate) fn current(document: &mut PaymentDocument) -> &mut CurrentCharges {
    let Some(payment_document::Charges::CurrentCharges(current)) = &mut document.charges else { panic!() };
    current
}

/// A sandbox, and one message with this many documents of six lines each.
pub(crate) fn largest(documents: usize) -> (Stand, Message) {
    let stand = Stand::with(|settings| settings.seed = Seed::from_json(&seed_json(600)).unwrap());
    let many = (1..=documents).map(|number| {
        let mut document = document(number, &format!("n-{number}"));
        let lines = current(&mut document);
        let water = lines.charge_info[1].clone();
        lines.charge_info.extend(std::iter::repeat_n(water, 4));
        document.total_payable_by_charge_info = Some(roubles("2795.55"));
        document.total_payable_by_pd = Some(roubles("2800.55"));
        document.total_payable_by_pd_with_debt_and_advance = Some(roubles("2900.55"));
        document
    });
    let message = stand.message(month(many.collect()));
    (stand, message)
}

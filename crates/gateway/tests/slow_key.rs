//! A key that takes its time holds up its own message and nothing else.

#![expect(clippy::unwrap_used, reason = "what tests call asserts as tests do")]

mod desk;

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use desk::{Counting, Running, fixtures, month, settings, today};
use gis_gkh::transport::{Boxed, Post, Reply, Transport, TransportError};
use gis_gkh_delivery::archive::HeadSigner as _;
use gis_gkh_delivery::{
    Engine, Namespace, NewBatch, NewMessage, NewObject, Plain, Plan, Policy, Priority, Resend, Sha256, SqliteOptions,
    SqliteStore, Store as _, Timestamp,
};
use gis_gkh_gateway::desk::Desks;
use gis_gkh_gateway::desk::billing::{KIND, OPERATION, key};
use gis_gkh_gateway::evidence::DayKey;
use gis_gkh_gateway::gateway::Wall;
use gis_gkh_gateway::opening;
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::signer::{BuiltinSigner, ProviderError, SignError, Signer};
use tokio::sync::Notify;

/// So long it waits to be told; only a test that fails takes it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A key whose first signature comes when it is told to, as that of a token somebody must touch.
struct Slow {
    key: BuiltinSigner,
    told: Mutex<Option<Receiver<()>>>,
}

impl Slow {
    fn new() -> (Arc<Self>, Sender<()>) {
        let read = |name: &str| std::fs::read_to_string(fixtures().join("keys").join(name)).unwrap();
        let key = BuiltinSigner::from_pem(&read("org-256.crt"), &read("org-256.key")).unwrap();
        let (tell, told) = mpsc::channel();
        (Arc::new(Self { key, told: Mutex::new(Some(told)) }), tell)
    }
}

impl Signer for Slow {
    fn certificate(&self) -> &Certificate {
        self.key.certificate()
    }

    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SignError> {
        let told = self.told.lock().unwrap().take();
        if let Some(told) = told {
            told.recv_timeout(PATIENCE).map_err(|error| ProviderError::passing("the slow key", error))?;
        }
        self.key.sign(data)
    }
}

/// Takes nothing, and tells that something came.
#[derive(Default)]
struct Shut(Notify);

impl Transport for Shut {
    fn post<'a>(&'a self, _: Post<'a>) -> Boxed<'a, Result<Reply, TransportError>> {
        self.0.notify_one();
        Box::pin(async { Ok(Reply { status: 503, body: Vec::new(), date: None }) })
    }
}

/// Two bills, each in a message of its own.
fn batch(organisation: &str) -> NewBatch {
    let object = |(row, bill): (u32, &gis_gkh_gateway::records::Bill)| NewObject {
        row,
        reference: bill.reference.clone(),
        key: key(bill),
        period: bill.period.to_string(),
        payload: serde_json::to_vec(bill).unwrap(),
        content: Sha256::of(bill.reference.as_bytes()),
        plan: Plan::Send,
        follows: None,
    };
    let message = |row| NewMessage {
        operation: OPERATION.to_owned(),
        lanes: Vec::new(),
        priority: Priority::Normal,
        resend: Resend::AfterAbsent,
        bulk: true,
        rows: vec![row],
    };
    let objects: Vec<NewObject> = (1..).zip(&month(2).bills).map(object).collect();
    NewBatch {
        organisation: organisation.to_owned(),
        stand: "sandbox".to_owned(),
        kind: KIND.to_owned(),
        source: "bills.csv".to_owned(),
        content: b"bills".to_vec(),
        idempotency_key: "bills".to_owned(),
        accepted_at: Timestamp(today().unix_timestamp() * 1000),
        messages: objects.iter().map(|object| message(object.row)).collect(),
        objects,
    }
}

// One thread for everything: whoever blocks it blocks all messages.
#[tokio::test]
async fn while_a_key_signs_one_message_another_is_signed_and_sent() {
    let directory = tempfile::tempdir().unwrap();
    let config = settings(directory.path(), "127.0.0.1:9", "");
    let (key, tell) = Slow::new();
    let mut identity = opening::identity(&config, today()).unwrap();
    identity.signer = key;
    let (clock, transport) = (Running::new(), Arc::new(Shut::default()));
    let desks = Desks::new(identity, transport.clone(), clock.clone(), Counting::new());
    let options = SqliteOptions { ballast: 0, ..SqliteOptions::new(Namespace([7; 16]), Arc::new(Plain)) };
    std::fs::create_dir(directory.path().join("store")).unwrap();
    let store = Arc::new(SqliteStore::open(&directory.path().join("store"), &options).unwrap());
    store.accept(batch(&config.organisation.org_ppa_guid.to_string())).await.unwrap();
    let policy = Policy { pace: Duration::ZERO, ..Policy::default() };
    let engine = Engine::new(store, Arc::new(desks), Arc::new(Wall::new(clock)), policy);
    let other = async {
        // One is signed and posted while the key, which waits to be told, holds the other; told, it lets that one follow.
        transport.0.notified().await;
        tell.send(()).unwrap();
        transport.0.notified().await;
    };
    engine.run(false, other).await.unwrap();
}

#[tokio::test]
async fn while_a_key_signs_a_day_everything_else_goes_on() {
    let (key, tell) = Slow::new();
    let day = DayKey::new(key);
    let digest = Sha256::of(b"a day");
    let (signed, ()) = tokio::join!(day.sign(&digest), async { tell.send(()).unwrap() });
    assert_eq!(signed.unwrap().bytes.len(), 64);
}

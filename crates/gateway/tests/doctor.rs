//! The page of `gkh doctor`: green where everything is there, and of whatever is broken the right thing red, and nothing else.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands; clippy knows only functions marked as tests")]

mod desk;

use std::ffi::OsString;
use std::future::pending;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use desk::{Counting, Running, connected, fixtures, sandbox, serve, settings, today};
use gis_gkh::clock::Clock;
use gis_gkh::transport::TransportReason;
use gis_gkh_gateway::Config;
use gis_gkh_gateway::desk::words::Words;
use gis_gkh_gateway::doctor::{Doctor, Grade, Handshake, Page, without_settings};
use gis_gkh_gateway::gateway::BillOptions;
use gis_gkh_gateway::records::Lang;
use gis_gkh_gateway::rights::Finding;
use gis_gkh_gateway::sample::Sample;
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A clock so many seconds ahead of another.
struct Ahead(Arc<dyn Clock>, AtomicI64);

impl Clock for Ahead {
    fn now(&self) -> OffsetDateTime {
        self.0.now() + time::Duration::seconds(self.1.load(Ordering::SeqCst))
    }
}

/// A sample organisation in a directory of its own, and a sandbox that goes by the same clock.
struct Ward {
    home: TempDir,
    clock: Arc<dyn Clock>,
    address: SocketAddr,
    sample: Sample,
}

impl Ward {
    async fn new() -> Self {
        let (sample, clock) = (Sample::new(3, 0), Running::new());
        let address = serve(&sandbox(&sample, clock.clone(), "")).await;
        Self { home: tempfile::tempdir().unwrap(), clock, address, sample }
    }

    fn config(&self) -> Config {
        settings(self.home.path(), &self.address.to_string(), "")
    }

    /// The same with other settings in the environment.
    fn config_with(&self, environment: &[(&str, &Path)]) -> Config {
        self.config();
        let environment = environment.iter().map(|(name, value)| (OsString::from(name), value.as_os_str().to_owned()));
        Config::load_with(&self.home.path().join("gkh.toml"), environment).unwrap()
    }

    fn doctor(&self) -> Doctor {
        Doctor::new(Arc::clone(&self.clock), Counting::new())
    }

    async fn page(&self) -> Page {
        let config = self.config();
        // Whoever serves other things beside it may give it to another thread.
        fn may_go<T: Send>(examining: T) -> T {
            examining
        }
        may_go(self.doctor().examine(&config)).await
    }

    /// Hands a month over and delivers it, by this clock.
    async fn deliver(&self, clock: Arc<dyn Clock>) {
        let gateway = connected(&self.home, self.address, clock, "");
        let intake = gateway.accept_bills(&self.sample.sources(), &BillOptions::default()).await.unwrap();
        assert!(intake.faults.is_empty(), "{:?}", intake.faults);
        gateway.run(true, pending(), None).await.unwrap();
    }
}

/// The checks of a grade; how much room the machine has that runs the tests is not their business.
fn of(page: &Page, grade: Grade) -> Vec<&'static str> {
    let checks = page.checks.iter().filter(|check| check.id != "disk");
    checks.filter(|check| check.grade == grade).map(|check| check.id).collect()
}

#[track_caller]
fn only_red(page: &Page, id: &str) -> String {
    assert_eq!(of(page, Grade::Red), [id], "{page:#?}");
    assert_eq!(page.grade(), Grade::Red);
    let check = page.check(id).unwrap();
    assert!(check.remedy.is_some(), "{check:?}");
    check.found.en.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_green_before_the_first_batch_and_after_it_was_delivered() {
    let ward = Ward::new().await;
    let page = ward.page().await;
    let ids: Vec<_> = page.checks.iter().map(|check| check.id).collect();
    let (first, second) = (
        ["config", "key", "certificate", "answer-signers", "clock", "engine", "tls"],
        ["stand", "rights", "disk", "store", "backlog", "encryption"],
    );
    assert_eq!(ids, [&first[..], &second].concat());
    let nothing = |page: &Page| {
        assert_eq!(of(page, Grade::Red), [""; 0], "{page:#?}");
        assert_eq!(of(page, Grade::Yellow), [""; 0], "{page:#?}");
        assert_eq!(of(page, Grade::Skipped), ["engine", "tls"], "{page:#?}");
    };
    nothing(&page);
    assert!(!ward.home.path().join("store").exists(), "looking makes nothing");
    ward.deliver(Arc::clone(&ward.clock)).await;
    let page = ward.page().await;
    nothing(&page);
    assert!(page.check("store").unwrap().found.en.contains("read through"), "{page:#?}");
    let told = serde_json::to_value(page.told(Lang::Ru)).unwrap();
    assert_eq!(told["checks"][7]["id"], "stand");
    assert!(told["checks"][7]["text"].as_str().unwrap().starts_with("стенд отвечает"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_the_certificates_is_red_and_nothing_else() {
    let ward = Ward::new().await;
    let key = fixtures().join("keys/other-256.key");
    let config = ward.config_with(&[("GKH_KEY_PRIVATE_KEY", &key)]);
    let said = only_red(&ward.doctor().examine(&config).await, "key");
    assert!(said.contains("does not belong to the certificate"), "{said}");
    let config = ward.config_with(&[("GKH_KEY_PRIVATE_KEY", Path::new("/no/such/key"))]);
    only_red(&ward.doctor().examine(&config).await, "key");
    let config = ward.config_with(&[("GKH_KEY_CERTIFICATE", Path::new("/no/such/certificate"))]);
    let page = ward.doctor().examine(&config).await;
    only_red(&page, "certificate");
    assert_eq!(page.check("key").unwrap().grade, Grade::Skipped, "it belongs to nothing that is known");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_red_and_its_key_is_still_judged_by_itself() {
    let ward = Ward::new().await;
    let (certificate, key) = (fixtures().join("keys/expired-256.crt"), fixtures().join("keys/expired-256.key"));
    let config = ward.config_with(&[("GKH_KEY_CERTIFICATE", &certificate), ("GKH_KEY_PRIVATE_KEY", &key)]);
    let page = ward.doctor().examine(&config).await;
    let said = only_red(&page, "certificate");
    assert!(said.contains("expired on 2021-01-01"), "{said}");
    assert_eq!(page.check("key").unwrap().grade, Grade::Green);
    // By another clock the same certificate has two weeks left.
    let then = time::macros::datetime!(2020-12-18 12:00 UTC) - today();
    let then = Arc::new(Ahead(Arc::clone(&ward.clock), AtomicI64::new(then.whole_seconds())));
    let page = Doctor::new(then, Counting::new()).examine(&config).await;
    assert_eq!(page.check("certificate").unwrap().grade, Grade::Yellow, "{page:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_ten_minutes_off_is_red_by_the_stands_date() {
    let ward = Ward::new().await;
    for (seconds, said) in [(600, "ahead of"), (-600, "behind")] {
        let clock = Arc::new(Ahead(Arc::clone(&ward.clock), AtomicI64::new(seconds)));
        let page = Doctor::new(clock, Counting::new()).examine(&ward.config()).await;
        let found = only_red(&page, "clock");
        assert!(found.contains(said), "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stand_that_is_down_is_red_and_the_clock_is_not_guessed_at() {
    let mut ward = Ward::new().await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    ward.address = nobody.local_addr().unwrap();
    drop(nobody);
    let page = ward.page().await;
    let said = only_red(&page, "stand");
    assert!(said.contains("no connection"), "{said}");
    let clock = page.check("clock").unwrap();
    assert!(clock.grade == Grade::Skipped && clock.found.en.starts_with("not checked, because"), "{clock:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_the_stands_place_is_red_whatever_time_it_claims() {
    let mut ward = Ward::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    ward.address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        // The whole request first: what is closed with bytes unread is reset.
        let mut read = Vec::new();
        while !read.ends_with(b"</soap:Envelope>") {
            let mut some = [0; 4096];
            let count = stream.read(&mut some).await.unwrap();
            assert_ne!(count, 0, "cut short");
            read.extend_from_slice(&some[..count]);
        }
        let page = "<html><title>Please log in</title></html>";
        let length = page.len();
        let head = "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/html";
        let answer = format!("{head}\r\nContent-Length: {length}\r\n\r\n{page}");
        stream.write_all(answer.as_bytes()).await.unwrap();
        pending::<()>().await;
    });
    let page = ward.page().await;
    let said = only_red(&page, "stand");
    assert!(said.contains("Please log in"), "{said}");
    assert_eq!(page.check("clock").unwrap().grade, Grade::Skipped);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stand_that_says_nothing_is_not_waited_for() {
    let mut ward = Ward::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    ward.address = listener.local_addr().unwrap();
    let nobody = async { pending::<Result<Handshake, TransportReason>>().await };
    let rights = async { pending::<Result<Vec<Finding>, Words>>().await };
    let doctor = ward.doctor().patience(Duration::from_millis(200));
    let page = doctor.handshake(Box::pin(nobody)).rights(Box::pin(rights)).examine(&ward.config()).await;
    assert_eq!(of(&page, Grade::Red), ["stand"], "{page:#?}");
    for id in ["tls", "rights", "clock"] {
        assert_eq!(page.check(id).unwrap().grade, Grade::Skipped, "{id}");
    }
    drop(listener);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_of_the_store_is_red_and_so_are_lost_keys() {
    let ward = Ward::new().await;
    ward.deliver(Arc::clone(&ward.clock)).await;
    let keys = ward.home.path().join("store-keys");
    let aside = ward.home.path().join("aside");
    std::fs::rename(&keys, &aside).unwrap();
    let said = only_red(&ward.page().await, "encryption");
    assert!(said.contains("no keyring"), "{said}");
    std::fs::rename(&aside, &keys).unwrap();

    let file = ward.home.path().join("store/delivery.sqlite");
    let mut bytes = std::fs::read(&file).unwrap();
    let size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    // The kind of the first page after the catalogue's that is the leaf of a table.
    let page = (1..bytes.len() / size).map(|page| page * size).find(|at| bytes[*at] == 0x0d).unwrap();
    bytes[page] ^= 0x10;
    std::fs::write(&file, bytes).unwrap();
    let page = ward.page().await;
    let said = only_red(&page, "store");
    assert!(said.contains("damaged"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_person_is_yellow_and_names_the_list() {
    let ward = Ward::new().await;
    // What is signed in the future is refused, and waits for somebody who sets the clock right.
    let clock = Arc::new(Ahead(Arc::clone(&ward.clock), AtomicI64::new(26 * 3600)));
    ward.deliver(clock).await;
    let page = ward.page().await;
    assert_eq!((of(&page, Grade::Red), of(&page, Grade::Yellow)), (vec![], vec!["backlog"]), "{page:#?}");
    let backlog = page.check("backlog").unwrap();
    assert!(backlog.found.en.ends_with("waiting for a person: 1"), "{backlog:?}");
    assert!(backlog.remedy.as_ref().unwrap().ru.contains("gkh queue list"), "{backlog:?}");
}

#[test]
fn settings_that_cannot_be_read_are_told_and_everything_else_was_not_looked_at() {
    let error = Config::load_with(Path::new("/no/such/gkh.toml"), []).unwrap_err();
    let page = without_settings(&error);
    let said = only_red(&page, "config");
    assert!(said.contains("/no/such/gkh.toml") && said.contains(&error.to_string()), "{said}");
    let rest = page.checks.iter().filter(|check| check.id != "config");
    assert_eq!(rest.filter(|check| check.grade == Grade::Skipped).count(), 12);
}

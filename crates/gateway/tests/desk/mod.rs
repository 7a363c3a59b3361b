//! A gateway of the sample organisation in a directory of its own, and a sandbox for it to talk to.
#![expect(dead_code, reason = "every test file uses its own part of the support")]
#![expect(clippy::unwrap_used, reason = "support of tests; clippy knows only test functions")]

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gis_gkh::clock::{Clock, SystemClock};
use gis_gkh_gateway::records::{Month, Options};
use gis_gkh_gateway::sample::Sample;
use gis_gkh_gateway::{Config, Gateway};
use gis_gkh_sandbox::{Faults, Sandbox, Seed, Settings};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::gost::{Entropy, EntropyError, OsEntropy};
use gis_gkh_sign::signer::BuiltinSigner;
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};
use tokio::net::TcpListener;

pub(crate) fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// A day in the month after the sample's.
pub(crate) fn today() -> OffsetDateTime {
    time::macros::datetime!(2026-11-02 12:00 UTC)
}

/// A clock that begins at [`today`] and goes as the machine's does.
pub(crate) struct Running(OffsetDateTime);

impl Running {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(SystemClock.now()))
    }
}

impl Clock for Running {
    fn now(&self) -> OffsetDateTime {
        today() + (SystemClock.now() - self.0)
    }
}

/// A clock that stands at [`today`] until it is moved.
#[derive(Default)]
pub(crate) struct Standing(AtomicI64);

impl Standing {
    pub(crate) fn advance(&self, by: Duration) {
        self.0.fetch_add(by.whole_seconds(), Ordering::SeqCst);
    }
}

impl Clock for Standing {
    fn now(&self) -> OffsetDateTime {
        today() + Duration::seconds(self.0.load(Ordering::SeqCst))
    }
}

/// Bytes that are the same in every run.
pub(crate) struct Counting(std::sync::Mutex<u8>);

impl Counting {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(std::sync::Mutex::new(0)))
    }
}

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        let mut last = self.0.lock().unwrap();
        bytes.iter_mut().for_each(|byte| {
            *last = last.wrapping_add(1);
            *byte = *last;
        });
        Ok(())
    }
}

/// The sample month as bills.
pub(crate) fn month(accounts: usize) -> Month {
    let options = Options { today: today().date(), period: None, lenient: false };
    Month::read(&Sample::new(accounts, 0).sources(), &options)
}

/// Settings of the sample organisation, its store in `directory`, its stand at `address`.
pub(crate) fn settings(directory: &Path, address: &str, more: &str) -> Config {
    let keys = fixtures().join("keys");
    let text = format!(
        "data_dir = \"store\"\n[stand]\nname = \"sandbox\"\naddress = \"{address}\"\n\
         [organisation]\norg_ppa_guid = \"{}\"\nogrn = \"{}\"\n\
         [key]\ncertificate = \"{}\"\nprivate_key = \"{}\"\n{more}",
        gis_gkh_gateway::sample::org_ppa_guid(),
        gis_gkh_gateway::sample::OGRN,
        keys.join("org-256.crt").display(),
        keys.join("org-256.key").display(),
    );
    let path = directory.join("gkh.toml");
    fs::write(&path, text).unwrap();
    Config::load_with(&path, []).unwrap()
}

/// A gateway with an empty store, a clock that stands, and nobody to talk to.
pub(crate) fn gateway(directory: &TempDir) -> Gateway {
    let config = settings(directory.path(), "127.0.0.1:9", "");
    Gateway::open(config, Arc::new(Standing::default()), Counting::new()).unwrap()
}

/// A sandbox that knows a sample month.
pub(crate) fn sandbox(sample: &Sample, clock: Arc<dyn Clock>, faults: &str) -> Arc<Sandbox> {
    sandbox_of(Seed::from_json(&sample.sandbox).unwrap(), clock, faults)
}

/// A sandbox that knows what a seed says.
pub(crate) fn sandbox_of(seed: Seed, clock: Arc<dyn Clock>, faults: &str) -> Arc<Sandbox> {
    let keys = fixtures().join("keys");
    let read = |name: &str| fs::read_to_string(keys.join(name)).unwrap();
    let signer = BuiltinSigner::from_pem(&read("sandbox-256.crt"), &read("sandbox-256.key")).unwrap();
    let ca = vec![Certificate::from_pem(&read("ca.crt")).unwrap()];
    let mut settings = Settings::new(seed, ca, Arc::new(signer), clock);
    settings.faults = Faults::parse(faults).unwrap();
    Sandbox::new(settings)
}

/// Serves a sandbox on loopback for as long as the runtime lives.
pub(crate) async fn serve(sandbox: &Arc<Sandbox>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(Arc::clone(sandbox).serve(listener, std::future::pending()));
    address
}

/// A gateway that talks to a sandbox.
pub(crate) fn connected(directory: &TempDir, address: SocketAddr, clock: Arc<dyn Clock>, more: &str) -> Gateway {
    let config = settings(directory.path(), &address.to_string(), more);
    Gateway::open(config, clock, Arc::new(OsEntropy)).unwrap()
}

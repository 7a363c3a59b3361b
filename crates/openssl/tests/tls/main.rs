//! GOST TLS against servers of other make on loopback: `openssl s_server`, nginx, stunnel, all with the engine.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests may fail and speak as loudly as the tests themselves"
)]

mod authority;
mod configuration;
mod credentials;
mod exchange;
mod handshakes;
mod impostors;
mod proxy;
#[path = "../../../sandbox/tests/support/mod.rs"]
mod sandbox;
mod servers;
mod trust;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use gis_gkh::clock::Clock;
use gis_gkh::handshake::HandshakeFailure;
use gis_gkh::transport::{Post, Reply, Transport, TransportError, TransportReason};
use gis_gkh::{Http, HttpLimits};
use gis_gkh_openssl::{Credentials, Engine, EngineSpec, Floor, GostTls, Peer, Settings, Suite};
use time::OffsetDateTime;
use time::macros::datetime;

use authority::{Algorithm, Authority, NAME, Pair, Place, Wish};
use servers::{SServer, nginx, stunnel};

/// The time at which all this happens.
const NOW: OffsetDateTime = datetime!(2026-11-03 09:00:00 UTC);

struct Still(OffsetDateTime);

impl Clock for Still {
    fn now(&self) -> OffsetDateTime {
        self.0
    }
}

/// Whether the parts are there. In CI a part that is not is a failure; elsewhere it is said that nobody has checked.
fn there(programs: &[&str]) -> bool {
    let missing = programs.iter().find(|program| {
        let version = if **program == "openssl" { "version" } else { "-v" };
        let mut tried = Command::new(program);
        tried.arg(version).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        tried.status().is_err()
    });
    let why = match (missing, Engine::load(&EngineSpec::gost())) {
        (Some(program), _) => format!("no {program}"),
        (None, Err(error)) => error.to_string(),
        (None, Ok(_)) => return true,
    };
    let text = format!("SKIPPED: {why}; GOST TLS was not tried, run scripts/system-packages test");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{text}");
    eprintln!("{text}");
    false
}

fn engine() -> Engine {
    Engine::load(&EngineSpec::gost()).unwrap()
}

fn credentials(pair: &Pair) -> Credentials {
    let (certificate, key) = (std::fs::read(&pair.certificate).unwrap(), std::fs::read(&pair.key).unwrap());
    Credentials::from_pem(engine(), &certificate, &key, None).unwrap()
}

/// To a server on loopback that says it is the stand.
fn settings(address: &str, trusted: &Path) -> Settings {
    Settings {
        address: address.to_owned(),
        name: NAME.to_owned(),
        trusted: trusted.to_owned(),
        credentials: None,
        floor: Floor::Tls12,
        suites: Suite::ALL.to_vec(),
        proxy: None,
    }
}

fn tls(settings: Settings) -> GostTls {
    GostTls::new(engine(), settings, Arc::new(Still(NOW))).unwrap()
}

async fn probe(settings: Settings) -> Peer {
    tls(settings).probe().await.unwrap()
}

const SECRET: &str = "personal data of an invented person";

async fn post(transport: &dyn Transport) -> Result<Reply, TransportError> {
    transport
        .post(Post { path: "/services/BillsAsync", action: "urn:x", body: SECRET.as_bytes(), may_leave: &|| true })
        .await
}

/// Why a request was not sent for want of TLS.
async fn refused(settings: Settings) -> HandshakeFailure {
    let to = settings.address.clone();
    let transport = Http::over(tls(settings), NAME, HttpLimits::default()).unwrap();
    refusal(post(&transport).await, &to)
}

fn refusal(posted: Result<Reply, TransportError>, to: &str) -> HandshakeFailure {
    let error = posted.expect_err("TLS was not to be agreed upon");
    assert!(!error.left, "{error}");
    match error.reason {
        TransportReason::Handshake { to: named, why } => {
            assert_eq!(named, to);
            why
        }
        other => panic!("{other}"),
    }
}

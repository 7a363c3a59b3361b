//! `gkh sandbox`: a ГИС ЖКХ of one's own, on loopback.

#[cfg(feature = "gost-tls")]
pub(crate) mod front;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use gis_gkh::clock::{Clock as _, SystemClock};
use gis_gkh_sandbox::{AnswerKeys, Faults, Forgery, Pace, Sandbox, Seed, Settings};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::gost::OsEntropy;
use gis_gkh_sign::signer::BuiltinSigner;
use serde_json::json;
use tokio::net::TcpListener;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::{Context, engine, output};

/// The sandbox's own key and the certification centre it trusts: public, marked, refused by every other stand.
const CERTIFICATE: &str = include_str!("../../../fixtures/keys/sandbox-256.crt");
const KEY: &str = include_str!("../../../fixtures/keys/sandbox-256.key");
pub(crate) const CENTRE: &str = include_str!("../../../fixtures/keys/ca.crt");

/// A ГИС ЖКХ of one's own, on loopback: same contract, own rules, faults on demand. All state is in memory.
#[derive(Debug, Args)]
pub(crate) struct SandboxVerb {
    /// Where to listen; else the address of the configuration's stand, else any free port.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// What it knows (JSON); else `sandbox.json` beside the configuration.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// What goes wrong, as a list; `help` says what there is.
    #[arg(long, value_name = "LIST", default_value = "")]
    faults: String,
    /// What is wrong with the signatures of its answers; `help` says what there is.
    #[arg(long, value_name = "NAME")]
    forge: Option<String>,
    /// Makes keys for its answers at the start instead of the sample ones, and writes the certificate of their centre here:
    /// name it in `stand.answer_signers`.
    #[arg(long, value_name = "FILE")]
    answer_signers: Option<PathBuf>,
    /// Over GOST TLS: an nginx with the engine stands before it and asks for a client certificate; its own certificate is
    /// written here: name it in `tls.trusted`.
    #[arg(long, value_name = "FILE")]
    gost_tls: Option<PathBuf>,
    /// How long a request stays received, and then in processing, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 50)]
    pace: u64,
}

impl SandboxVerb {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        if self.faults == "help" {
            return output::line(&Faults::help()).map(|()| Exit::Ok);
        }
        if self.forge.as_deref() == Some("help") {
            return output::line(&Forgery::help()).map(|()| Exit::Ok);
        }
        let forgery = self.forge.as_deref().map(str::parse::<Forgery>).transpose();
        let forgery = forgery.map_err(|error| Failure::of(Exit::BadData, &error))?;
        let faults = Faults::parse(&self.faults).map_err(|error| Failure::of(Exit::BadData, &error))?;
        let configured = context.config.as_ref().map(|_| engine::config(context)).transpose()?;
        let seed = match (&self.seed, &context.config) {
            (Some(seed), _) => seed.clone(),
            (None, Some(config)) => config.with_file_name("sandbox.json"),
            (None, None) => {
                return Err(Failure::new(
                    Exit::BadData,
                    "what shall the sandbox know? give --seed FILE or --config FILE",
                ));
            }
        };
        let text = std::fs::read_to_string(&seed).map_err(|error| Failure::file(Exit::BadData, &seed, &error))?;
        let address = match (self.listen, &configured) {
            (Some(address), _) => address.to_string(),
            (None, Some(config)) => config.stand.address.clone(),
            (None, None) => "127.0.0.1:0".to_owned(),
        };
        let pace = Duration::from_millis(self.pace);
        let mut settings = settings(&text, faults, Pace { received: pace, processing: pace })?;
        settings.forgery = forgery;
        if forgery.is_some() || self.answer_signers.is_some() {
            let keys = AnswerKeys::generate(&OsEntropy, &|| Box::new(OsEntropy), settings.clock.now());
            let keys = keys.map_err(|error| Failure::of(Exit::Fault, &error))?;
            match &self.answer_signers {
                Some(path) => {
                    std::fs::write(path, keys.centre.to_pem())
                        .map_err(|error| Failure::file(Exit::BadData, path, &error))?;
                    settings = settings.with_keys(keys);
                }
                // The sample key signs what is signed honestly; the others are for forging.
                None => settings.keys = Some(keys),
            }
        }
        let sandbox = Sandbox::new(settings);
        engine::runtime()?.block_on(async move {
            // Behind a front the sandbox is wherever there is room.
            let own = if self.gost_tls.is_some() { "127.0.0.1:0" } else { &address };
            let listener = TcpListener::bind(own)
                .await
                .map_err(|error| Failure::new(Exit::BadConfig, format!("{own}: {error}")))?;
            let local = listener.local_addr().map_err(|error| Failure::of(Exit::Fault, &error))?.to_string();
            let front = match &self.gost_tls {
                Some(certificate) => Some(Secure::start(&local, &address, certificate).await?),
                None => None,
            };
            let (scheme, shown) = match &front {
                Some(front) => ("https", front.address()),
                None => ("http", &*local),
            };
            if context.json {
                output::line(&json!({ "address": shown }).to_string())?;
            } else {
                output::line(&format!("{scheme}://{shown}"))?;
            }
            sandbox.serve(listener, engine::stop()).await.map_err(|error| Failure::of(Exit::Fault, &error))?;
            Ok(Exit::Ok)
        })
    }
}

/// A sandbox with the sample keys.
pub(crate) fn build(seed: &str, faults: Faults, pace: Pace) -> Result<Arc<Sandbox>, Failure> {
    settings(seed, faults, pace).map(Sandbox::new)
}

fn settings(seed: &str, faults: Faults, pace: Pace) -> Result<Settings, Failure> {
    let fault = |error: &(dyn std::error::Error + 'static)| Failure::of(Exit::Fault, error);
    let seed = Seed::from_json(seed).map_err(|error| Failure::of(Exit::BadData, &error))?;
    // Meters and appeals nobody made, so that there is something to read.
    let seed = seed.with_examples(SystemClock.now());
    let signer = BuiltinSigner::from_pem(CERTIFICATE, KEY).map_err(|error| fault(&error))?;
    let ca = Certificate::all_from_pem(CENTRE).map_err(|error| fault(&error))?;
    let mut settings = Settings::new(seed, ca, Arc::new(signer), Arc::new(SystemClock));
    settings.faults = faults;
    settings.pace = pace;
    Ok(settings)
}

/// What a program without OpenSSL says.
#[cfg(not(feature = "gost-tls"))]
pub(crate) fn without_gost() -> Failure {
    let why = "this gkh was built without GOST TLS (the feature `gost-tls`): it reaches a stand through a tunnel only, such as \
               stunnel with the engine";
    Failure::new(Exit::BadConfig, why)
}

/// GOST TLS before the sandbox; it ends with this.
#[cfg(feature = "gost-tls")]
struct Secure {
    front: front::Front,
    _home: tempfile::TempDir,
}

#[cfg(feature = "gost-tls")]
impl Secure {
    async fn start(behind: &str, wanted: &str, certificate: &Path) -> Result<Self, Failure> {
        let home = tempfile::tempdir().map_err(|error| Failure::of(Exit::Fault, &error))?;
        let front = front::Front::start(home.path(), behind, Some(wanted)).await?;
        std::fs::copy(home.path().join(front::CERTIFICATE), certificate)
            .map_err(|error| Failure::file(Exit::BadData, certificate, &error))?;
        Ok(Self { front, _home: home })
    }

    fn address(&self) -> &str {
        &self.front.address
    }
}

#[cfg(not(feature = "gost-tls"))]
struct Secure;

#[cfg(not(feature = "gost-tls"))]
impl Secure {
    #[expect(clippy::unused_async, reason = "with GOST TLS there is something to wait for")]
    async fn start(_behind: &str, _wanted: &str, _certificate: &Path) -> Result<Self, Failure> {
        Err(without_gost())
    }

    #[expect(clippy::unused_self, reason = "with GOST TLS it has an address")]
    fn address(&self) -> &str {
        ""
    }
}

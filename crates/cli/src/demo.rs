//! `gkh demo`: a sandbox and a gateway in one process, a month of bills from a file to an accepted answer.

use std::path::Path;
#[cfg(feature = "gost-tls")]
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use gis_gkh::clock::{Clock, SystemClock};
use gis_gkh_gateway::gateway::BillOptions;
#[cfg(feature = "gost-tls")]
use gis_gkh_gateway::opening;
use gis_gkh_gateway::records::Input;
use gis_gkh_gateway::sample::{OGRN, PERIOD, Sample, org_ppa_guid};
use gis_gkh_gateway::{Config, Gateway};
use gis_gkh_sandbox::{Faults, Pace};
use serde_json::json;
use tokio::net::TcpListener;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::report::{self, Counts};
#[cfg(feature = "gost-tls")]
use crate::sandbox::front;
use crate::{Context, engine, output, progress, sandbox};

const CERTIFICATE: &str = include_str!("../../../fixtures/keys/org-256.crt");
const KEY: &str = include_str!("../../../fixtures/keys/org-256.key");

/// Accounts of the sample month in `fixtures/month`.
const ACCOUNTS: usize = 200;

/// A sandbox and a gateway in one process: a month of bills of a sample company, from files to answers.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// This many bills that will be accepted, instead of the sample month of 200. One more has its account closed in the
    /// sandbox.
    #[arg(long, value_name = "N")]
    accounts: Option<usize>,
    /// What goes wrong in the sandbox; `gkh sandbox --faults help` says what there is.
    #[arg(long, value_name = "LIST", default_value = "")]
    faults: String,
    /// Over GOST TLS: an nginx with the engine stands before the sandbox, and asks for a client certificate.
    #[arg(long)]
    gost_tls: bool,
}

impl Demo {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let tongue = context.tongue();
        let faults = Faults::parse(&self.faults).map_err(|error| Failure::of(Exit::BadData, &error))?;
        let sample = Sample::new(self.accounts.map_or(ACCOUNTS, |accounts| accounts.saturating_add(1)), 1);
        let home = tempfile::tempdir().map_err(|error| Failure::of(Exit::Fault, &error))?;
        // The sample month is the one of fixtures/month, byte for byte; a test holds the two together.
        sample.write_to(home.path()).map_err(|error| Failure::of(Exit::Fault, &error))?;
        let pace = Pace { received: Duration::from_millis(20), processing: Duration::from_millis(20) };
        let sandbox = sandbox::build(&sample.sandbox, faults, pace)?;
        let started = SystemClock.now();

        let runtime = engine::runtime()?;
        let (done, stopped) = tokio::sync::oneshot::channel::<()>();
        let (rows, messages, suite) = runtime.block_on(async {
            let fault = |error: std::io::Error| Failure::of(Exit::Fault, &error);
            let listener = TcpListener::bind("127.0.0.1:0").await.map_err(fault)?;
            let address = listener.local_addr().map_err(fault)?.to_string();
            let stand = tokio::spawn(sandbox.serve(listener, async {
                // An error means that the sender is gone, which is a reason to stop as well.
                let _ = stopped.await;
            }));
            if !context.json {
                output::note(&format!("{} http://{address}", tongue.of("sandbox at", "песочница:")));
            }
            let (gateway, secure) = self.gateway(home.path(), address).await?;
            let sources = Input::beside(&home.path().join("charges.csv"))
                .load()
                .map_err(|_| Failure::new(Exit::Fault, "the sample month cannot be read"))?;
            let options = BillOptions { period: Some(PERIOD), lang: tongue.into(), ..BillOptions::default() };
            let intake = gateway.accept_bills(&sources, &options).await.map_err(engine::failure)?;
            let Some(accepted) = intake.accepted else {
                return Err(Failure::new(Exit::Fault, "the sample month was not taken"));
            };
            let (observer, bar) = progress::bar(tongue, context.json);
            gateway.run(true, engine::stop(), observer).await.map_err(engine::failure)?;
            drop(bar);
            let rows = gateway.results(accepted.batch, tongue.into()).await.map_err(engine::failure)?;
            drop(done);
            if let Ok(Err(error)) = stand.await {
                return Err(Failure::of(Exit::Fault, &error));
            }
            Ok((rows, accepted.messages, secure.suite()))
        })?;

        let seconds = (SystemClock.now() - started).as_seconds_f64();
        let counts = Counts::of(&rows);
        if context.json {
            let mut told = json!({
                "accepted": counts.accepted,
                "rejected": counts.rejected,
                "uncertain": counts.uncertain + counts.waiting,
                "messages": messages,
                "seconds": (seconds * 1000.0).round() / 1000.0,
            });
            if let Some(suite) = suite {
                told["tls"] = suite.into();
            }
            output::json(&told)?;
        } else {
            report::people(tongue, &rows)?;
            let (sent, took) = (tongue.of("messages", "сообщений"), tongue.of("seconds", "секунд"));
            output::line(&format!("{sent}: {messages}, {took}: {seconds:.1}"))?;
            if let Some(suite) = suite {
                output::line(&format!("TLS: {suite}"))?;
            }
        }
        Ok(if counts.uncertain + counts.waiting == 0 { Exit::Ok } else { Exit::Unfinished })
    }
}

impl Demo {
    /// The gateway, and what stands between it and the sandbox.
    #[cfg(feature = "gost-tls")]
    async fn gateway(&self, home: &Path, sandbox: String) -> Result<(Gateway, Secure), Failure> {
        if !self.gost_tls {
            return Ok((engine::gateway(config(home, &sandbox, "")?)?, Secure(None)));
        }
        let front = front::Front::start(home, &sandbox, None).await?;
        let config = config(home, &front.address, front::SETTINGS)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let opened = opening::way(&config, &clock).map_err(|error| Failure::of(Exit::BadConfig, &error))?;
        let gateway = engine::gateway(config)?.over(opened.way());
        Ok((gateway, Secure(Some((front, opened)))))
    }

    #[cfg(not(feature = "gost-tls"))]
    #[expect(clippy::unused_async, reason = "with GOST TLS there is something to wait for")]
    async fn gateway(&self, home: &Path, sandbox: String) -> Result<(Gateway, Secure), Failure> {
        if self.gost_tls {
            return Err(sandbox::without_gost());
        }
        Ok((engine::gateway(config(home, &sandbox, "")?)?, Secure))
    }
}

/// GOST TLS between the gateway and the sandbox, if there is any; it ends with this.
#[cfg(feature = "gost-tls")]
struct Secure(Option<(front::Front, opening::Opened)>);

#[cfg(feature = "gost-tls")]
impl Secure {
    /// The suite that was agreed upon.
    fn suite(&self) -> Option<&'static str> {
        match &self.0.as_ref()?.1 {
            opening::Opened::Gost(http) => http.connector().last_peer().map(|peer| peer.suite.name()),
            _ => None,
        }
    }
}

#[cfg(not(feature = "gost-tls"))]
struct Secure;

#[cfg(not(feature = "gost-tls"))]
impl Secure {
    fn suite(&self) -> Option<&'static str> {
        None
    }
}

/// Settings of the demo, through the same file as everybody's.
fn config(home: &Path, address: &str, connection: &str) -> Result<Config, Failure> {
    let path = home.join("gkh.toml");
    let text = format!(
        "data_dir = \"data\"\n\
         [stand]\nname = \"sandbox\"\naddress = \"{address}\"\n{connection}\
         [organisation]\norg_ppa_guid = \"{}\"\nogrn = \"{OGRN}\"\nrole = \"uo\"\nmode = \"own\"\n\
         [key]\ncertificate = \"org.crt\"\nprivate_key = \"org.key\"\n",
        org_ppa_guid(),
    );
    for (name, text) in [("org.crt", CERTIFICATE), ("org.key", KEY), ("gkh.toml", &text)] {
        let path = home.join(name);
        std::fs::write(&path, text).map_err(|error| Failure::file(Exit::Fault, &path, &error))?;
    }
    Config::load(&path).map_err(|error| Failure::of(Exit::Fault, &error))
}

//! `gkh doctor`: is everything there that delivery stands on? One page, a grade for each thing, a remedy for whatever is not
//! green.
//!
//! Gathering and judging are apart: what is gathered may wait for disks, tokens and the network and is bounded in time, what
//! judges is a pure function of facts and the moment. Nothing here writes: the stand is asked about a message nobody has, and
//! about rights. What cannot be asked is told as not checked, with the reason.

mod backlog;
mod certificate;
mod clock;
mod disk;
mod encryption;
mod engine;
mod key;
mod look;
mod page;
mod rights;
mod signers;
mod stand;
mod store;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use gis_gkh::clock::Clock;
use gis_gkh::transport::{Boxed, Transport, TransportReason};
use gis_gkh_sign::gost::Entropy;

pub use page::{Check, Grade, Page, Told, ToldCheck};
pub use tls::{Handshake, HandshakeCertificate};

use crate::config::{Config, ConfigError};
use crate::desk::words::Words;
use crate::opening;
use crate::rights::Finding;
use look::Look;

const CONFIG: &str = "config";

/// How long one check may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Every check, in the order of the page.
const ORDER: [&str; 13] = [
    CONFIG,
    key::ID,
    certificate::ID,
    signers::ID,
    clock::ID,
    engine::ID,
    tls::ID,
    stand::ID,
    rights::ID,
    disk::ID,
    store::ID,
    backlog::ID,
    encryption::ID,
];

/// What is asked of a stand and answered later.
type Asked<T> = Boxed<'static, T>;

/// Whoever looks whether everything is there.
pub struct Doctor {
    look: Look,
    handshake: Option<Asked<Result<Handshake, TransportReason>>>,
    rights: Option<Asked<Result<Vec<Finding>, Words>>>,
}

impl std::fmt::Debug for Doctor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Doctor").field("patience", &self.look.patience).finish_non_exhaustive()
    }
}

impl Doctor {
    /// Judges by this clock; `entropy` makes the number of the message nobody has.
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        let look = Look { clock, entropy, patience: PATIENCE, way: None };
        Self { look, handshake: None, rights: None }
    }

    /// Gives each check so long, instead of ten seconds.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.look.patience = patience;
        self
    }

    /// Goes this way to the stand instead of the one of the settings.
    #[must_use]
    pub fn over(mut self, way: Arc<dyn Transport>) -> Self {
        self.look.way = Some(way);
        self
    }

    /// Another handshake than the one of the settings, made when the page is.
    #[must_use]
    pub fn handshake(mut self, handshake: Asked<Result<Handshake, TransportReason>>) -> Self {
        self.handshake = Some(handshake);
        self
    }

    /// What the organisation may do, in place of what the stand says of it; or why it cannot be told.
    #[must_use]
    pub fn rights(mut self, rights: Asked<Result<Vec<Finding>, Words>>) -> Self {
        self.rights = Some(rights);
        self
    }

    /// Looks at everything, whatever may be looked at together at the same time.
    pub async fn examine(self, config: &Config) -> Page {
        let Self { look, handshake, rights } = self;
        let now = look.clock.now();
        // Everything OpenSSL does comes after its engine.
        let engine = opening::engine(config);
        let opened = look.open(config).await;
        let own = async {
            let (checks, signer) = look.own(config, now).await;
            (checks, look.rights(config, rights, signer, &opened).await)
        };
        let ([stand, clock], tls, own, space, [store, backlog, encryption]) = tokio::join!(
            look.stand(config, &opened),
            look.tls(config, handshake, &opened, now),
            own,
            look.space(config),
            look.kept(config, now),
        );
        let ([key, certificate, signers], rights) = own;
        let rights = rights::unless_the_clock_is_off(rights, &clock);
        let engine = engine::judge(engine.as_ref());
        let checks = vec![
            settings(config),
            key,
            certificate,
            signers,
            clock,
            engine,
            tls,
            stand,
            rights,
            space,
            store,
            backlog,
            encryption,
        ];
        Page { checks }
    }
}

/// The page when the settings cannot be read: that alone, and what therefore nobody could look at.
#[must_use]
pub fn without_settings(error: &ConfigError) -> Page {
    let found = Words::both(format!("настройки не читаются: {error}"), format!("the settings cannot be read: {error}"));
    let remedy = Words::both(
        "исправьте названное и проверьте ещё раз: gkh doctor; другой файл называет --config",
        "correct what is named and look again: gkh doctor; --config names another file",
    );
    let why = Words::both("настройки не читаются (config)", "the settings cannot be read (config)");
    let rest = ORDER.into_iter().filter(|id| *id != CONFIG).map(|id| Check::skipped(id, &why));
    Page { checks: std::iter::once(Check::red(CONFIG, found, remedy)).chain(rest).collect() }
}

fn settings(config: &Config) -> Check {
    let (stand, address) = (&config.stand.name, &config.stand.address);
    let (org, ogrn) = (config.organisation.org_ppa_guid, &config.organisation.ogrn);
    let found = Words::both(
        format!("стенд {stand} ({address}), организация {org}, ОГРН {ogrn}"),
        format!("stand {stand} ({address}), organisation {org}, ОГРН {ogrn}"),
    );
    Check::green(CONFIG, found)
}

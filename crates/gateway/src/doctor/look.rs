//! Gathering: each check bounded in time, and all of them at once.

use std::sync::Arc;
use std::time::Duration;

use gis_gkh::Guids;
use gis_gkh::clock::Clock;
use gis_gkh::transport::{Transport, TransportReason};
use gis_gkh_delivery::StoreError;
use gis_gkh_sign::gost::Entropy;
use gis_gkh_sign::signer::Signer;
use time::OffsetDateTime;
use tokio::time::timeout;

use super::page::Check;
use super::stand::{Answered, Heard};
use super::tls::Handshake;
use super::{Asked, backlog, certificate, clock, disk, encryption, key, rights, signers, stand, store, tls};
use crate::config::Config;
use crate::desk::words::Words;
use crate::opening;
use crate::rights::Finding;

/// What everything is looked at with.
pub(super) struct Look {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    /// How long one check may take.
    pub(super) patience: Duration,
    pub(super) way: Option<Arc<dyn Transport>>,
}

/// The way to the stand as the settings have it, or why there is none.
pub(super) type Opened = Result<opening::Opened, Words>;

impl Look {
    /// Opens the way to the stand; nothing is connected.
    pub(super) async fn open(&self, config: &Config) -> Opened {
        let (config, clock) = (config.clone(), Arc::clone(&self.clock));
        let opened = self.blocking(tls::ID, move || opening::way(&config, &clock).map_err(Some)).await;
        let told = |error: crate::config::ConfigError| Words::both(error.to_string(), error.to_string());
        let late =
            || Words::both("ключ соединения не открылся вовремя", "the key of the connection was not opened in time");
        opened.unwrap_or_else(|_| Err(None)).map_err(|error| error.map_or_else(late, told))
    }

    /// The stand, and this machine's clock against its.
    pub(super) async fn stand(&self, config: &Config, opened: &Opened) -> [Check; 2] {
        let place = &config.stand.address;
        let guids = Guids::new(Arc::clone(&self.entropy));
        let (Ok(own), Ok(nobodys)) = (guids.fresh(), guids.fresh()) else {
            let why = Words::both("нет случайных чисел", "there is no randomness");
            return [stand::ID, clock::ID].map(|id| Check::skipped(id, &why));
        };
        let way: Arc<dyn Transport> = match (&self.way, opened) {
            (Some(way), _) => Arc::clone(way),
            (None, Ok(opened)) => opened.way(),
            (None, Err(why)) => return [stand::ID, clock::ID].map(|id| Check::skipped(id, why)),
        };
        let asked = timeout(self.patience, stand::ask(config, &*way, &*self.clock, (own, nobodys))).await;
        let Ok(Answered { asked, heard }) = asked else {
            let heard = Heard::Silence(TransportReason::Timeout(self.patience));
            return [stand::judge(&heard, place), without_stand()];
        };
        let clock = match &heard {
            Heard::System(_, Some(date)) => clock::judge(clock::ahead(&asked, *date)),
            Heard::System(_, None) => {
                let why = Words::both("стенд не назвал своего времени", "the stand did not say its time");
                Check::skipped(clock::ID, &why)
            }
            _ => without_stand(),
        };
        [stand::judge(&heard, place), clock]
    }

    pub(super) async fn tls(
        &self,
        config: &Config,
        handshake: Option<Asked<Result<Handshake, TransportReason>>>,
        opened: &Opened,
        now: OffsetDateTime,
    ) -> Check {
        let handshake = match (handshake, opened) {
            (Some(handshake), _) => handshake,
            #[cfg(feature = "gost-tls")]
            (None, Ok(opening::Opened::Gost(http))) => tls::shake(Arc::clone(http)),
            (None, Err(why)) if config.tls.is_some() => return tls::impossible(why),
            _ => return tls::not_ours(&config.stand.address),
        };
        let shaken = timeout(self.patience, handshake).await;
        tls::judge(&shaken.unwrap_or(Err(TransportReason::Timeout(self.patience))), now)
    }

    /// What the organisation may do: asked with the key that was opened, for a token is asked for its PIN once.
    pub(super) async fn rights(
        &self,
        config: &Config,
        asked: Option<Asked<Result<Vec<Finding>, Words>>>,
        signer: Option<Arc<dyn Signer>>,
        opened: &Opened,
    ) -> Check {
        let asked: Asked<Result<Vec<Finding>, Words>> = match (asked, signer, opened) {
            (Some(asked), ..) => asked,
            (None, Some(signer), Ok(opened)) => {
                let (config, clock, entropy) = (config.clone(), Arc::clone(&self.clock), Arc::clone(&self.entropy));
                let way = opened.way();
                Box::pin(async move { rights::ask(&config, clock, entropy, signer, way).await })
            }
            (None, None, _) => {
                let why = Words::both("без ключа спросить нельзя (key)", "nothing can be asked without the key (key)");
                return Check::skipped(rights::ID, &why);
            }
            (None, _, Err(why)) => return Check::skipped(rights::ID, why),
        };
        match timeout(self.patience, asked).await {
            Ok(found) => rights::judge(&found),
            Err(_) => late(rights::ID, self.patience),
        }
    }

    /// Key, certificate and the signers of answers; and the key itself, where it signs.
    pub(super) async fn own(&self, config: &Config, now: OffsetDateTime) -> ([Check; 3], Option<Arc<dyn Signer>>) {
        let certified = {
            let config = config.clone();
            self.blocking(certificate::ID, move || opening::any_certificate(&config))
        };
        let signers = {
            let config = config.clone();
            self.blocking(signers::ID, move || signers::judge(&config.answers.check(&config.stand), now))
        };
        let (certified, signers) = tokio::join!(certified, signers);
        let signers = signers.unwrap_or_else(|late| late);
        let certificate = match certified {
            Ok(Ok(certificate)) => certificate,
            Ok(Err(error)) => return ([key::without_certificate(), certificate::unreadable(&error), signers], None),
            Err(late) => return ([key::without_certificate(), late, signers], None),
        };
        let judged = certificate::judge(&certificate, &config.organisation, &config.stand, now);
        let settings = config.clone();
        let (key, signer) = match self.blocking(key::ID, move || key::check(&settings)).await {
            Ok(checked) => checked,
            Err(late) => (late, None),
        };
        ([key::with_permissions(key, config, signer.as_ref()), judged, signers], signer)
    }

    pub(super) async fn space(&self, config: &Config) -> Check {
        let directory = config.data_dir.clone();
        let space = self.blocking(disk::ID, move || disk::space(&directory)).await;
        match space {
            Ok(Ok(Some(space))) => disk::judge(&space),
            Ok(Ok(None)) => {
                let why = Words::both("эта система места не сообщает", "this system does not tell the space");
                Check::skipped(disk::ID, &why)
            }
            Ok(Err(error)) => {
                let why = Words::both(
                    format!("система не сообщает места: {error}"),
                    format!("the system does not tell the space: {error}"),
                );
                Check::skipped(disk::ID, &why)
            }
            Err(late) => late,
        }
    }

    /// The store, what waits in it, and the keys of what it keeps.
    pub(super) async fn kept(&self, config: &Config, now: OffsetDateTime) -> [Check; 3] {
        let keys = {
            let config = config.clone();
            self.blocking(encryption::ID, move || encryption::look(&config))
        };
        let (found, backlog, keys) = tokio::join!(store::look(config, self.patience), self.backlog(config, now), keys);
        let there = !matches!(found, Ok(store::Found::None));
        let encryption = match keys {
            Ok(keys) => encryption::judge(keys, there),
            Err(late) => late,
        };
        [store::judge(found, self.patience), backlog, encryption]
    }

    async fn backlog(&self, config: &Config, now: OffsetDateTime) -> Check {
        let count = async {
            let config = config.clone();
            let opened = tokio::task::spawn_blocking(move || crate::gateway::unsealed(&config)).await;
            backlog::count(&*opened.map_err(|_| StoreError::Closed)??).await
        };
        match timeout(self.patience, count).await {
            Ok(Ok(backlog)) => backlog::judge(backlog, now),
            Ok(Err(StoreError::Missing { .. })) => backlog::judge(backlog::Backlog::NOTHING, now),
            Ok(Err(error)) => backlog::unreadable(&error),
            Err(_) => late(backlog::ID, self.patience),
        }
    }

    /// What waits for the machine goes on by itself when its time is over; nobody waits for it then.
    async fn blocking<T: Send + 'static>(
        &self,
        id: &'static str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Check> {
        match timeout(self.patience, tokio::task::spawn_blocking(work)).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => {
                let why = Words::both(format!("проверка прервалась: {error}"), format!("the check broke off: {error}"));
                Err(Check::skipped(id, &why))
            }
            Err(_) => Err(late(id, self.patience)),
        }
    }
}

fn without_stand() -> Check {
    let why = Words::both(
        "стенд не ответил, сверить не с чем (stand)",
        "the stand did not answer, so there is nothing to compare with (stand)",
    );
    Check::skipped(clock::ID, &why)
}

fn late(id: &'static str, patience: Duration) -> Check {
    let why = Words::both(
        format!("за {patience:?} ответа нет; дольше: gkh doctor --timeout 60s"),
        format!("nothing was heard within {patience:?}; longer: gkh doctor --timeout 60s"),
    );
    Check::skipped(id, &why)
}

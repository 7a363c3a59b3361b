//! Many organisations in one process, each by itself: a store, a key, a queue and a control socket of its own.
//!
//! What stops one stops no other: a key that is refused, a damaged store, rights that were withdrawn. What they share is what
//! cannot be told apart from outside: one way to one stand under one certificate, and the number of requests that are under
//! way on it at a time.

use std::sync::Arc;
use std::time::Duration;

use gis_gkh::clock::Clock;
use gis_gkh::files::{FileCall, FileReply, FileTransport, Way};
use gis_gkh::stand::Stand;
use gis_gkh::transport::{Boxed, Post, Reply, Transport, TransportError};
use gis_gkh_sign::gost::Entropy;
use gis_gkh_sign::signer::Signer;
use tokio::sync::{OnceCell, Semaphore, watch};
use tokio::task::JoinSet;

use crate::config::{Access, Config, ConfigError, Key, Member, TlsSettings};
use crate::desk::notice::Watcher;
use crate::gateway::{Gateway, GatewayError};
use crate::opening;

/// How long an organisation that stopped waits before it is taken up again.
const PAUSE: Duration = Duration::from_secs(60);

/// What became of one of several organisations.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// Its settings or its key cannot be used: it does not work until they are mended and the process is started anew.
    Refused(Vec<ConfigError>),
    /// It stopped, and is taken up again after a pause.
    Stopped(GatewayError),
    /// It stopped, and the process was to end when nothing was left to do.
    GaveUp(GatewayError),
    /// It has nothing left to do, or was told to end.
    Ended,
}

/// Is told what becomes of each organisation, by its short name.
pub type Told = Arc<dyn Fn(&str, &Event) + Send + Sync>;

/// Several organisations at work.
pub struct Together {
    members: Vec<(String, Result<Config, Vec<ConfigError>>)>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    watcher: Option<Watcher>,
    told: Told,
}

impl std::fmt::Debug for Together {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.members.iter().map(|(id, _)| id.as_str()).collect();
        f.debug_struct("Together").field("members", &names).finish_non_exhaustive()
    }
}

impl Together {
    /// These organisations. Opens nothing yet.
    #[must_use]
    pub fn new(members: Vec<Member>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, told: Told) -> Self {
        let members = members.into_iter().map(|member| (member.id.unwrap_or_default(), member.config)).collect();
        Self { members, clock, entropy, watcher: None, told }
    }

    /// Tells of what is strange about answers.
    #[must_use]
    pub fn watched(mut self, watcher: Watcher) -> Self {
        self.watcher = Some(watcher);
        self
    }

    /// Delivers for all of them until `shutdown` resolves or, with `until_empty`, until none has anything left to do by itself.
    /// Says whether every one of them worked to its end.
    pub async fn run(self, until_empty: bool, shutdown: impl Future<Output = ()> + Send) -> bool {
        let (stop, stopped) = watch::channel(false);
        let mut shares = Shares::default();
        let mut working = JoinSet::new();
        let mut whole = true;
        for (id, config) in self.members {
            let config = match config {
                Ok(config) => config,
                Err(faults) => {
                    (self.told)(&id, &Event::Refused(faults));
                    whole = false;
                    continue;
                }
            };
            let way = match shares.way(&config, &self.clock) {
                Ok(way) => way,
                Err(error) => {
                    (self.told)(&id, &Event::Refused(vec![error]));
                    whole = false;
                    continue;
                }
            };
            let work = Work {
                way,
                signer: shares.of_key(&config).signer,
                id,
                config,
                clock: Arc::clone(&self.clock),
                entropy: Arc::clone(&self.entropy),
                watcher: self.watcher.clone(),
                told: Arc::clone(&self.told),
            };
            working.spawn(work.run(until_empty, stopped.clone()));
        }
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown, if !*stop.borrow() => {
                    // Whoever has ended already hears nothing, which is as well.
                    let _ = stop.send(true);
                }
                ended = working.join_next() => match ended {
                    None => return whole,
                    Some(ended) => whole &= ended.unwrap_or(false),
                },
            }
        }
    }
}

/// One of them.
struct Work {
    id: String,
    config: Config,
    way: Arc<dyn Way>,
    signer: Arc<OnceCell<Opened>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    watcher: Option<Watcher>,
    told: Told,
}

impl Work {
    /// Works to the end; says whether it did.
    async fn run(self, until_empty: bool, stop: watch::Receiver<bool>) -> bool {
        let tell = |event: Event| (self.told)(&self.id, &event);
        loop {
            let gateway = match self.open().await {
                Ok(gateway) => gateway.over(Arc::clone(&self.way)),
                Err(error) => {
                    tell(Event::Refused(vec![error]));
                    return false;
                }
            };
            let gateway = match &self.watcher {
                Some(watcher) => gateway.watched(Arc::clone(watcher)),
                None => gateway,
            };
            match gateway.run(until_empty, told_to_stop(stop.clone()), None).await {
                Ok(()) => {
                    tell(Event::Ended);
                    return true;
                }
                Err(error) if until_empty || *stop.borrow() => {
                    tell(Event::GaveUp(error));
                    return false;
                }
                Err(error) => tell(Event::Stopped(error)),
            }
            drop(gateway);
            tokio::select! {
                () = told_to_stop(stop.clone()) => return false,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// Its gateway, with the key that others may have opened already.
    async fn open(&self) -> Result<Gateway, ConfigError> {
        let settings = self.config.clone();
        let opened = self.signer.get_or_init(|| async move {
            // A token or a signing service may take its time.
            let opening = tokio::task::spawn_blocking(move || opening::waiting_signer(&settings).map_err(Arc::new));
            opening.await.unwrap_or_else(|error| Err(Arc::new(ConfigError::Opening(error.to_string()))))
        });
        let signer = opened.await.clone().map_err(ConfigError::Shared)?;
        let identity = opening::identity_of(&self.config, signer, self.clock.now())?;
        let (clock, entropy) = (Arc::clone(&self.clock), Arc::clone(&self.entropy));
        Gateway::signing(self.config.clone(), clock, entropy, identity)
    }
}

async fn told_to_stop(mut stop: watch::Receiver<bool>) {
    // When the sender is gone, so is everybody else.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// What organisations share.
#[derive(Default)]
struct Shares {
    ways: Vec<(Stand, Access, Option<TlsSettings>, opening::Opened)>,
    keys: Vec<(Stand, Key, OfKey)>,
}

/// A key that was opened once for all who sign by it, or why it cannot be: nobody tries a wrong PIN again.
type Opened = Result<Arc<dyn Signer>, Arc<ConfigError>>;

/// What those share who sign by one key.
#[derive(Clone)]
struct OfKey {
    permits: Arc<Semaphore>,
    signer: Arc<OnceCell<Opened>>,
}

impl Shares {
    /// The way of an organisation, one with those that go the same, within the number of requests that are under way at a time
    /// under its certificate.
    fn way(&mut self, config: &Config, clock: &Arc<dyn Clock>) -> Result<Arc<dyn Way>, ConfigError> {
        let same = |(stand, access, tls, _): &&(Stand, Access, Option<TlsSettings>, opening::Opened)| {
            *stand == config.stand && *access == config.access && *tls == config.tls
        };
        let way = match self.ways.iter().find(same) {
            Some((.., opened)) => opened.way(),
            None => {
                let opened = opening::way(config, clock)?;
                let way = opened.way();
                self.ways.push((config.stand.clone(), config.access.clone(), config.tls.clone(), opened));
                way
            }
        };
        let permits = self.of_key(config).permits;
        Ok(Arc::new(Limited { way, permits }))
    }

    fn of_key(&mut self, config: &Config) -> OfKey {
        let same = |(stand, key, _): &&(Stand, Key, OfKey)| *stand == config.stand && *key == config.key;
        if let Some((.., shared)) = self.keys.iter().find(same) {
            return shared.clone();
        }
        let permits = Arc::new(Semaphore::new(config.policy.per_certificate.max(1)));
        let shared = OfKey { permits, signer: Arc::default() };
        self.keys.push((config.stand.clone(), config.key.clone(), shared.clone()));
        shared
    }
}

/// A way on which so many requests are under way at a time. A message that waits here past its time to leave does not leave.
struct Limited {
    way: Arc<dyn Way>,
    permits: Arc<Semaphore>,
}

impl Transport for Limited {
    fn post<'a>(&'a self, post: Post<'a>) -> Boxed<'a, Result<Reply, TransportError>> {
        Box::pin(async move {
            // Nobody closes the semaphore.
            let _permit = self.permits.acquire().await;
            self.way.post(post).await
        })
    }
}

impl FileTransport for Limited {
    fn call(&self, call: FileCall) -> Boxed<'_, Result<FileReply, TransportError>> {
        Box::pin(async move {
            let _permit = self.permits.acquire().await;
            self.way.call(call).await
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A way that counts how many go it at a time.
    #[derive(Default)]
    struct Narrow {
        now: AtomicUsize,
        most: AtomicUsize,
    }

    impl Transport for Narrow {
        fn post<'a>(&'a self, _: Post<'a>) -> Boxed<'a, Result<Reply, TransportError>> {
            Box::pin(async move {
                let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
                self.most.fetch_max(now, Ordering::SeqCst);
                // Whoever may go meanwhile does.
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
                self.now.fetch_sub(1, Ordering::SeqCst);
                Ok(Reply::default())
            })
        }
    }

    impl FileTransport for Narrow {
        fn call(&self, _: FileCall) -> Boxed<'_, Result<FileReply, TransportError>> {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test]
    async fn those_who_share_a_certificate_share_its_limit() {
        let (way, permits) = (Arc::new(Narrow::default()), Arc::new(Semaphore::new(2)));
        let one = || Limited { way: way.clone(), permits: Arc::clone(&permits) };
        let (first, second) = (one(), one());
        let post = || Post { path: "/", action: "urn:x", body: b"", may_leave: &|| true };
        let all = tokio::join!(first.post(post()), first.post(post()), second.post(post()), second.post(post()));
        assert!(all.0.is_ok() && all.1.is_ok() && all.2.is_ok() && all.3.is_ok());
        assert_eq!(way.most.load(Ordering::SeqCst), 2);
    }
}

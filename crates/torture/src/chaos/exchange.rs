//! An exchange that fails on purpose, and a transport that says when an answer has come.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use gis_gkh::transport::{Boxed, Post, Reply, Transport, TransportError};
use gis_gkh_delivery::{
    Exchange, Failure, Fixer, Level, Looked, ObjectRow, Polled, Prepared, RetryClass, Scope, Submitted, Work,
};

use super::{Chance, Failing, Points, Rates};
use crate::dice::Dice;
use crate::points::Point;

/// An exchange around another.
pub struct ChaosExchange {
    inner: Arc<dyn Exchange>,
    points: Arc<dyn Points>,
    chance: Chance,
}

impl fmt::Debug for ChaosExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChaosExchange").field("chance", &self.chance).finish_non_exhaustive()
    }
}

impl ChaosExchange {
    /// An exchange that fails at these rates by these dice and passes these points.
    pub fn new(inner: Arc<dyn Exchange>, points: Arc<dyn Points>, dice: Dice, rates: Rates) -> Self {
        Self { inner, points, chance: Chance::new(dice, rates) }
    }

    /// How many calls have failed on purpose.
    pub fn failures(&self) -> u64 {
        self.chance.failures()
    }
}

fn failure() -> Failure {
    Failure {
        code: None,
        text: "made to fail".to_owned(),
        class: RetryClass::Retry,
        level: Level::Transport,
        fixer: Fixer::System,
        cause: None,
    }
}

#[async_trait]
impl Exchange for ChaosExchange {
    fn certificate(&self, stand: &str, organisation: &str) -> String {
        self.inner.certificate(stand, organisation)
    }

    async fn prepare(&self, work: &Work, objects: &[ObjectRow]) -> Result<Prepared, Failure> {
        if self.chance.of("prepare").is_some() {
            return Err(Failure { level: Level::Local, ..failure() });
        }
        self.inner.prepare(work, objects).await
    }

    async fn submit(&self, work: &Work, bytes: &[u8]) -> Submitted {
        let submitted = match self.chance.of("submit") {
            Some(Failing::Before) => Submitted::NotSent { failure: failure() },
            Some(Failing::After) => {
                self.inner.submit(work, bytes).await;
                Submitted::MaybeSent { failure: failure(), raw: None }
            }
            None => self.inner.submit(work, bytes).await,
        };
        if matches!(submitted, Submitted::Accepted { .. }) {
            self.points.pass(Point::AfterAck).await;
        }
        submitted
    }

    async fn poll(&self, work: &Work, ack: &str) -> Polled {
        if self.chance.of("poll").is_some() {
            return Polled::Failed { failure: failure() };
        }
        self.inner.poll(work, ack).await
    }

    async fn processed(&self, scope: &Scope, acks: &[String]) -> Result<BTreeSet<String>, Failure> {
        if self.chance.of("processed").is_some() {
            return Err(failure());
        }
        self.inner.processed(scope, acks).await
    }

    async fn question(&self, work: &Work, part: &[ObjectRow]) -> Result<Prepared, Failure> {
        if self.chance.of("question").is_some() {
            return Err(Failure { level: Level::Local, ..failure() });
        }
        self.inner.question(work, part).await
    }

    async fn ask(&self, work: &Work, bytes: &[u8]) -> Submitted {
        if self.chance.of("ask").is_some() {
            return Submitted::NotSent { failure: failure() };
        }
        self.inner.ask(work, bytes).await
    }

    async fn read(&self, work: &Work, part: &[ObjectRow], ack: &str) -> Looked {
        if self.chance.of("read").is_some() {
            return Looked::Failed { failure: failure(), raw: None };
        }
        self.inner.read(work, part, ack).await
    }
}

/// A transport around another: an answer that has come is a point, for reading it comes next.
pub struct ChaosTransport {
    inner: Arc<dyn Transport>,
    points: Arc<dyn Points>,
}

impl fmt::Debug for ChaosTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChaosTransport").finish_non_exhaustive()
    }
}

impl ChaosTransport {
    /// A transport that passes these points.
    pub fn new(inner: Arc<dyn Transport>, points: Arc<dyn Points>) -> Self {
        Self { inner, points }
    }
}

impl Transport for ChaosTransport {
    fn post<'a>(&'a self, post: Post<'a>) -> Boxed<'a, Result<Reply, TransportError>> {
        Box::pin(async move {
            let reply = self.inner.post(post).await?;
            self.points.pass(Point::MidParse).await;
            Ok(reply)
        })
    }
}

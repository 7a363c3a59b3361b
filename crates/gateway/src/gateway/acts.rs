//! What a person does by hand: decide, pause, resume, acknowledge, hold, release, erase; in this process, or in the one that has the store.

use std::time::Duration;

use gis_gkh_delivery::{Pause, Window};

use super::{Gateway, GatewayError, Wall, overview, timestamp};
use crate::control::{self, Answer, Request};
use crate::desk::pulls::{Meters, Topic, direct};

/// An object as the system has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// What it is known by.
    pub key: String,
    /// The object, JSON.
    pub body: Vec<u8>,
}

impl Gateway {
    /// Does what a person asks: through the control socket when another process has the store, else with the store itself.
    ///
    /// # Errors
    /// The store; there is no such message; the other process said no.
    pub async fn act(&self, request: Request) -> Result<Answer, GatewayError> {
        if !self.has_store()
            && let Some(answer) = control::ask(&self.config.data_dir, &request).await?
        {
            return match answer {
                Answer::Refused(refusal) => Err(GatewayError::Refused(refusal)),
                answer => Ok(answer),
            };
        }
        self.carry_out(request).await
    }

    /// The answer to another process.
    pub(super) async fn answer(&self, request: Request) -> Answer {
        match self.carry_out(request).await {
            Ok(answer) => answer,
            Err(error) => Answer::refused(&error),
        }
    }

    async fn carry_out(&self, request: Request) -> Result<Answer, GatewayError> {
        let store = self.store().await?;
        let now = timestamp(self.clock.now());
        Ok(match request {
            Request::Accept { batch, options } => {
                let (handed, mut files) = batch.into_handed();
                let (_, batch) = handed.read(self, &mut files, &options)?;
                match batch {
                    Some(batch) => Answer::Accepted(self.store_batch(batch).await?),
                    None => Answer::Done { changed: false },
                }
            }
            Request::Decide { message, decision } => {
                Answer::Decided(self.decider().await?.decide(message, &decision).await?)
            }
            Request::DecideMany { which, after, decision } => {
                Answer::DecidedMany(self.decider().await?.decide_many(&which, after, &decision).await?)
            }
            Request::CountParked { which } => Answer::Count(overview::count_parked(&*store, &which).await?),
            Request::Custody(custody) => self.keep(custody, now).await?,
            Request::Pause { scope, reason, seconds } => {
                let until = seconds.map(|seconds| now.after(Duration::from_secs(seconds)));
                store.pause(Pause { scope, reason, at: now, until }).await?;
                Answer::Done { changed: true }
            }
            Request::Resume { scope } => {
                let changed = store.resume(scope).await?;
                self.wake();
                Answer::Done { changed }
            }
            Request::Pauses => Answer::Pauses(store.pauses().await?),
            Request::Acknowledge { consumer, topic, upto } => {
                let consumer = gis_gkh_delivery::Consumer { name: consumer, topic };
                store.acknowledge(&consumer, upto, now).await?;
                Answer::Done { changed: true }
            }
        })
    }

    /// The engine that decides about parked messages: the one that runs, or one that only decides.
    async fn decider(&self) -> Result<std::sync::Arc<gis_gkh_delivery::Engine>, GatewayError> {
        let running = self.running().upgrade();
        match running {
            Some(engine) => Ok(engine),
            None => self.engine(None).await,
        }
    }

    /// Reads from the system at once, beside the store: what lies within `back` of now, as the topic's `[[pull]]` asks for it.
    ///
    /// # Errors
    /// [`GatewayError::NoPull`] for readings without a `[[pull]]`; the system, or the way to it.
    pub async fn export(&self, topic: Topic, back: Option<Duration>) -> Result<Vec<Exported>, GatewayError> {
        let settings = self.config.pulls.iter().find(|pull| pull.topic == topic);
        let meters = match (settings, topic) {
            (Some(settings), _) => settings.meters.clone(),
            (None, Topic::Appeals) => Meters::default(),
            (None, Topic::Readings) => return Err(GatewayError::NoPull(topic)),
        };
        let back = back.or(settings.map(|pull| pull.overlap)).unwrap_or(topic.overlap());
        let now = timestamp(self.clock.now());
        let back = i64::try_from(back.as_millis()).unwrap_or(i64::MAX);
        let window = Window {
            name: topic.name().to_owned(),
            topic: topic.name().to_owned(),
            parameters: meters.write(),
            since: gis_gkh_delivery::Timestamp(now.0.saturating_sub(back)),
            until: Some(now),
            cursor: None,
        };
        let wall = Wall::new(std::sync::Arc::clone(&self.clock));
        let desks = self.desks()?;
        let items = direct(&desks, &wall, &self.config.policy, self.principal(), topic.operation(), window).await?;
        Ok(items.into_iter().map(|item| Exported { key: item.key, body: item.body }).collect())
    }
}

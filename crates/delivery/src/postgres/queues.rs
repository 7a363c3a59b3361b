//! Numbers of queues, remembered: there are few and they stay.

use super::session::{Session, column};
use super::trouble::Trouble;
use crate::store::StoreError;
use std::collections::{BTreeSet, HashMap};

const DOING: &str = "naming a queue";

pub(super) const ADD: &str = "INSERT INTO queue (stand, organisation, service) \
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING";

pub(super) const FIND: &str = "SELECT queue.stand, queue.organisation, queue.service, queue.id \
    FROM unnest($1::text[], $2::text[], $3::text[]) AS given (stand, organisation, service) \
    JOIN queue ON queue.stand = given.stand AND queue.organisation = given.organisation AND queue.service = given.service";

/// Queues by stand, organisation and service. To be forgotten when the transaction that named them fails.
#[derive(Debug, Default)]
pub(super) struct Queues {
    known: HashMap<(String, String, String), i64>,
}

impl Queues {
    pub(super) async fn learn<'a>(
        &mut self,
        session: &Session,
        wanted: impl Iterator<Item = (&'a str, &'a str, &'a str)>,
    ) -> Result<(), Trouble> {
        let new: BTreeSet<(&str, &str, &str)> = wanted.filter(|queue| self.id(*queue).is_err()).collect();
        if new.is_empty() {
            return Ok(());
        }
        let stands: Vec<&str> = new.iter().map(|queue| queue.0).collect();
        let organisations: Vec<&str> = new.iter().map(|queue| queue.1).collect();
        let services: Vec<&str> = new.iter().map(|queue| queue.2).collect();
        session.write(DOING, ADD, &[&stands, &organisations, &services]).await?;
        for row in session.rows(DOING, FIND, &[&stands, &organisations, &services]).await? {
            self.known.insert((column(&row, 0)?, column(&row, 1)?, column(&row, 2)?), column(&row, 3)?);
        }
        Ok(())
    }

    pub(super) fn id(&self, (stand, organisation, service): (&str, &str, &str)) -> Result<i64, StoreError> {
        let queue = (stand.to_owned(), organisation.to_owned(), service.to_owned());
        let known = self.known.get(&queue).copied();
        known.ok_or_else(|| StoreError::Damaged { what: "a queue that was just named is not there".into() })
    }

    pub(super) fn forget(&mut self) {
        self.known.clear();
    }
}

//! The operator's hand, the inbox's readers, and whoever keeps the archive.

use gis_gkh_delivery::archive::{Custody as _, EraseError, Expiry, Selection, close_days, erase};
use gis_gkh_delivery::{Consumer, Inbox as _, Month, Operate as _, Pause, Scope, Seq, StoreError, Timestamp};

use super::super::facts;
use super::super::home::{Notary, PowerError};
use super::{BEGINNING, DAY, KIND, NODE, PASSING, STAND, STAYING, Work};

impl Work<'_> {
    pub(super) async fn acknowledge(&mut self) -> Result<(), StoreError> {
        if self.seq == 0 {
            return Ok(());
        }
        let topic = self.dice.permille(500).then(|| "appeals".to_owned());
        let consumer = Consumer { name: format!("reader-{}", self.dice.between(1, 2)), topic };
        let upto = self.dice.between(1, self.seq.unsigned_abs()).cast_signed();
        self.home()?.store.acknowledge(&consumer, Seq(upto), self.now).await?;
        let known = facts::consumer(&consumer.name, consumer.topic.as_deref());
        let before = self.promises.get(&known).and_then(|before| before.parse::<i64>().ok()).unwrap_or_default();
        self.promise(known, upto.max(before).to_string());
        Ok(())
    }

    /// Of a service nothing else needs.
    fn scope(&self) -> Scope {
        Scope::queue(STAND, STAYING, if self.dice.permille(500) { "nsi" } else { "payment" })
    }

    /// A pause with a reason of its own; pausing again keeps the moment of the first.
    pub(super) fn paused(&self, scope: Scope) -> Pause {
        Pause { scope, reason: format!("invented at {}", self.now.0), at: BEGINNING, until: None }
    }

    pub(super) async fn pause(&mut self) -> Result<(), StoreError> {
        let pause = self.paused(self.scope());
        let (known, what) = (format!("pause {:?}", pause.scope), format!("{pause:?}"));
        self.home()?.store.pause(pause).await?;
        self.promise(known, what);
        Ok(())
    }

    pub(super) async fn resume(&mut self) -> Result<(), StoreError> {
        let scope = self.scope();
        self.promises.remove(&format!("pause {scope:?}"));
        self.home()?.store.resume(scope).await.map(drop)
    }

    /// Holds a part of the archive, or ends a hold.
    pub(super) async fn hold(&mut self) -> Result<(), StoreError> {
        let store = &self.home()?.store;
        let holds = store.holds().await?;
        if let Some(hold) = self.dice.one(&holds).filter(|_| self.dice.permille(500)) {
            let (id, known) = (hold.id, format!("hold {}", hold.id));
            store.release(id, self.now).await?;
            self.promises.remove(&known);
            return Ok(());
        }
        let scope = Selection::Period {
            stand: None,
            organisation: Some(STAYING.to_owned()),
            kind: Some(KIND.to_owned()),
            from: BEGINNING,
            until: Timestamp(BEGINNING.0 + DAY),
        };
        let hold = store.hold(scope, "invented", self.now).await?;
        self.promise(format!("hold {}", hold.id), format!("{hold:?}"));
        Ok(())
    }

    /// The day ends and is closed; its head is kept elsewhere.
    pub(super) async fn day(&mut self) -> Result<(), StoreError> {
        self.now = Timestamp((self.now.0.div_euclid(DAY) + 1) * DAY + 600_000);
        let closed = close_days(self.home()?.store.as_ref(), &Notary, NODE, self.now).await;
        let closed = closed.map_err(|error| match error {
            gis_gkh_delivery::archive::CloseError::Store(error) => error,
            other => StoreError::Damaged { what: other.to_string() },
        })?;
        for head in closed.heads {
            self.promise(format!("head {NODE}/{}", head.day), format!("{head:?}"));
            self.heads.push(head);
        }
        Ok(())
    }

    pub(super) async fn expire(&mut self) -> Result<(), StoreError> {
        let expiry = Expiry { kind: KIND.to_owned(), before: Timestamp(self.now.0 - DAY), limit: 8 };
        self.home()?.store.expire(&expiry).await.map(drop)
    }

    /// Shreds the keys of an organisation's first month, once it is over.
    pub(super) async fn erase(&mut self) -> Result<(), PowerError> {
        let month = Month::of(BEGINNING);
        if Month::of(self.now) == month {
            return Ok(());
        }
        let home = self.home().map_err(|source| PowerError::Store { doing: "erase", source })?;
        match erase(home.store.as_ref(), &home.keyring, PASSING, Some(month), self.now).await {
            Ok(_) | Err(EraseError::Held { .. }) => {}
            Err(EraseError::Keyring(error)) => return Err(error.into()),
            Err(EraseError::Store(source)) => return Err(PowerError::Store { doing: "erase", source }),
            Err(_) => return Err(PowerError::Task("erase".to_owned())),
        }
        // What was erased is promised to be gone.
        let facts = facts::of(&home.store).await.map_err(|source| PowerError::Store { doing: "erase", source })?;
        for (of, what) in &mut self.promises {
            if facts.get(of).is_some_and(|found| found == "erased") {
                "erased".clone_into(what);
            }
        }
        Ok(())
    }
}

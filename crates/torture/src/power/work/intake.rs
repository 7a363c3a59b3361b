//! Batches and claims.

use gis_gkh_delivery::state::MessageState;
use gis_gkh_delivery::{
    Claims, Fixer, NewBatch, NewMessage, NewObject, Plan, Priority, Refusal, Resend, Sha256, Store as _, StoreError,
    Views as _,
};

use super::super::facts;
use super::{KIND, LEASE, PASSING, STAND, STAYING, Work};

impl Work<'_> {
    /// A batch, or now and then the last one again.
    pub(super) async fn accept(&mut self) -> Result<(), StoreError> {
        let again = self.last.clone().filter(|_| self.dice.permille(100));
        let batch = again.unwrap_or_else(|| self.batch());
        self.last = Some(batch.clone());
        let content = facts::digest(&batch.content);
        let accepted = self.home()?.store.accept(batch).await?;
        let known = facts::content(accepted.batch.0);
        // Accepted again after its bytes were erased, it stays as it is.
        if !accepted.repeated {
            self.promise(known, content);
        }
        Ok(())
    }

    pub(super) fn batch(&mut self) -> NewBatch {
        self.batches += 1;
        let organisation = if self.dice.permille(600) { STAYING } else { PASSING };
        let count = u32::try_from(self.dice.between(1, 6)).unwrap_or(1);
        let objects: Vec<NewObject> = (1..=count).map(|row| self.object(row)).collect();
        let rows: Vec<u32> =
            objects.iter().filter(|object| object.plan == Plan::Send).map(|object| object.row).collect();
        let half = rows.len() / 2;
        let parts = if self.dice.permille(300) { vec![&rows[..half], &rows[half..]] } else { vec![&rows[..]] };
        let messages = parts.into_iter().filter(|rows| !rows.is_empty()).map(|rows| self.message(rows)).collect();
        NewBatch {
            organisation: organisation.to_owned(),
            stand: STAND.to_owned(),
            kind: KIND.to_owned(),
            source: format!("file-{}.csv", self.batches),
            content: self.bytes("batch"),
            idempotency_key: format!("key-{}", self.batches),
            accepted_at: self.now,
            objects,
            messages,
        }
    }

    fn object(&mut self, row: u32) -> NewObject {
        // Now and then one that has come before.
        let reference = if self.references > 0 && self.dice.permille(100) {
            self.dice.between(1, self.references)
        } else {
            self.references += 1;
            self.references
        };
        let plan = match self.dice.between(1, 20) {
            1 => Plan::Refuse(Refusal {
                code: "GKH1".to_owned(),
                text: "invented".to_owned(),
                who_fixes: Fixer::Operator,
            }),
            2 => Plan::Postpone("invented".to_owned()),
            _ => Plan::Send,
        };
        NewObject {
            row,
            reference: format!("row-{reference}-{row}"),
            key: format!("account-{reference}-{row}/2026-10"),
            period: "2026-10".to_owned(),
            payload: self.bytes("payload"),
            content: Sha256::of(format!("content of {reference}").as_bytes()),
            plan,
            follows: None,
        }
    }

    fn message(&self, rows: &[u32]) -> NewMessage {
        let lane = || format!("lane-{}", self.dice.between(1, 3));
        NewMessage {
            operation: "bills.importPaymentDocumentData".to_owned(),
            lanes: if self.dice.permille(300) { vec![lane()] } else { Vec::new() },
            priority: self.dice.one(&Priority::ALL).copied().unwrap_or_default(),
            resend: if self.dice.permille(200) { Resend::Never } else { Resend::AfterAbsent },
            bulk: self.dice.permille(200),
            rows: rows.to_vec(),
        }
    }

    pub(super) async fn claim(&mut self) -> Result<(), StoreError> {
        let limit = usize::try_from(self.dice.between(1, 4)).unwrap_or(1);
        let claims = Claims { now: self.now, lease: self.now.after(LEASE), limit, closed: Vec::new() };
        let claimed = self.home()?.store.claim_due(claims).await?;
        self.held.extend(claimed);
        Ok(())
    }

    pub(super) async fn claim_parked(&mut self) -> Result<(), StoreError> {
        let lease = self.now.after(LEASE);
        let held = |id| self.held.iter().any(|held| held.message.id == id);
        let queue = self.home()?.store.queue(usize::MAX).await?;
        let parked: Vec<_> =
            queue.iter().filter(|view| view.state == MessageState::Parked && !held(view.message)).collect();
        if let Some(view) = self.dice.one(&parked) {
            let claimed = self.home()?.store.claim_parked(view.message, lease).await?;
            self.held.extend(claimed);
        }
        Ok(())
    }

    /// What a question about many messages said.
    pub(super) async fn told(&mut self) -> Result<(), StoreError> {
        let now = self.now.after(LEASE);
        let awaiting = self.home()?.store.awaiting(now, &[], 100).await?;
        let messages: Vec<_> = awaiting.into_iter().flat_map(|awaiting| awaiting.messages).collect();
        if messages.is_empty() {
            return Ok(());
        }
        let (finished, unfinished): (Vec<_>, Vec<_>) =
            messages.into_iter().map(|(message, _, _)| message).partition(|_| self.dice.permille(700));
        let unfinished = unfinished.into_iter().map(|message| (message, self.now)).collect();
        self.home()?.store.told(finished, unfinished, self.now).await
    }
}

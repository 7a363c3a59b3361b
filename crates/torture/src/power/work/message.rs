//! Messages on their way, decided by the real state machine.

use std::collections::BTreeMap;
use std::time::Duration;

use gis_gkh_delivery::state::{Event, Message, MessageState, step};
use gis_gkh_delivery::{
    BodyRole, Claimed, Failure, Fixer, Level, NewBody, NewItem, ObjectId, Outcome, Page, Policy, Pull, Record,
    RetryClass, Sha256, Store as _, StoreError,
};

use super::super::facts;
use super::{BEGINNING, LEASE, STAND, STAYING, Work};

/// What comes next for a message.
pub(super) struct Next {
    event: Event,
    bodies: Vec<NewBody>,
    page: Option<Page>,
}

impl From<Event> for Next {
    fn from(event: Event) -> Self {
        Self { event, bodies: Vec::new(), page: None }
    }
}

const TOPIC: &str = "appeals";

fn failure(class: RetryClass, level: Level) -> Failure {
    Failure {
        code: Some("INVENTED".to_owned()),
        text: "invented".to_owned(),
        class,
        level,
        fixer: Fixer::System,
        cause: None,
    }
}

impl Work<'_> {
    pub(super) async fn pulls(&mut self) -> Result<(), super::PowerError> {
        let pull = |name: &str| Pull {
            organisation: STAYING.to_owned(),
            stand: STAND.to_owned(),
            name: name.to_owned(),
            topic: TOPIC.to_owned(),
            operation: "appeals.exportAppeal".to_owned(),
            parameters: "{}".to_owned(),
            interval: Duration::from_secs(120),
            overlap: Duration::from_secs(60),
            from: BEGINNING,
        };
        let pulls = vec![pull("every"), pull("new")];
        let set = match self.home() {
            Ok(home) => home.store.set_pulls(STAYING, STAND, pulls, self.now).await,
            Err(error) => Err(error),
        };
        set.map_err(|source| super::PowerError::Store { doing: "set pulls", source })
    }

    /// The next step of a message that is held.
    pub(super) async fn record(&mut self) -> Result<(), StoreError> {
        let count = self.held.len() as u64;
        if count == 0 {
            return self.claim().await;
        }
        let at = usize::try_from(self.dice.between(0, count - 1)).unwrap_or(0);
        let claimed = self.held.swap_remove(at);
        let Some(next) = self.next(&claimed.message) else { return Ok(()) };
        let record = self.decided(&claimed, next);
        self.home()?.store.record(record.clone()).await?;
        self.recorded(claimed, record);
        Ok(())
    }

    /// A step is acknowledged.
    pub(super) fn recorded(&mut self, mut claimed: Claimed, record: Record) {
        let promised = self.promised(&record);
        for body in &record.bodies {
            *self.pieces.entry((claimed.message.id.0, record.message.build, body.role.name())).or_default() += 1;
        }
        for (of, what) in promised {
            self.promise(of, what);
        }
        for item in record.page.iter().flat_map(|page| &page.items) {
            if self.latest.insert(item.key.clone(), item.content) != Some(item.content) {
                self.seq += 1;
                let message = record.message.id;
                let what = format!("{TOPIC} {} of message {message}: {}", item.key, facts::digest(&item.body));
                self.promise(facts::item(self.seq), what);
            }
        }
        if record.lease.is_some() {
            claimed.message = record.message;
            self.held.push(claimed);
        }
    }

    pub(super) fn decided(&self, claimed: &Claimed, next: Next) -> Record {
        let built = matches!(next.event, Event::Built) && claimed.message.recurring;
        let step = step(&claimed.message, next.event, self.now, &Policy::default());
        Record {
            fence: claimed.fence,
            from: claimed.message.state,
            lease: step.message.state.is_live().then(|| self.now.after(LEASE)),
            message: step.message,
            moved: step.moved,
            objects: step.objects,
            bodies: next.bodies,
            page: next.page,
            until: built.then_some(self.now),
            at: self.now,
        }
    }

    /// The pieces of evidence a record brings.
    fn promised(&self, record: &Record) -> Vec<(String, String)> {
        let message = record.message.id.0;
        let mut more: BTreeMap<&str, usize> = BTreeMap::new();
        let one = |body: &NewBody| {
            let role = body.role.name();
            let nth = more.entry(role).or_default();
            *nth += 1;
            let before = self.pieces.get(&(message, record.message.build, role)).copied().unwrap_or_default();
            (facts::body(message, record.message.build, role, before + *nth), facts::digest(&body.bytes))
        };
        record.bodies.iter().map(one).collect()
    }

    pub(super) fn next(&self, message: &Message) -> Option<Next> {
        use MessageState as S;
        Some(match message.state {
            S::Accepted if self.dice.permille(60) => {
                Event::Damaged(failure(RetryClass::Permanent, Level::Local)).into()
            }
            S::Accepted => self.with(Event::Built, BodyRole::Request),
            S::Prepared => Event::Intent.into(),
            S::Sending if self.dice.permille(200) => {
                Event::MaybeSent(failure(RetryClass::Retry, Level::Transport)).into()
            }
            S::Sending => self.with(Event::Acked(format!("ack-{}", message.id)), BodyRole::Ack),
            S::Acked | S::Processing if self.dice.permille(150) => Event::Pending.into(),
            S::Acked | S::Processing if message.recurring => {
                Next { page: Some(self.page()), ..self.with(Event::Exported, BodyRole::Answer) }
            }
            S::Acked | S::Processing => self.with(Event::Answered(self.outcomes(message)), BodyRole::Answer),
            S::Uncertain => self.looked(message),
            S::Parked if self.dice.permille(500) => Event::Retry.into(),
            S::Parked => Event::Discard(failure(RetryClass::Permanent, Level::Local)).into(),
            S::Done | S::Rejected => return None,
        })
    }

    fn looked(&self, message: &Message) -> Next {
        let asked = message.lookup.as_ref().is_some_and(|lookup| lookup.asked.is_some());
        if !asked {
            return if self.dice.permille(500) {
                self.with(Event::Questioned, BodyRole::LookupRequest)
            } else {
                self.with(Event::Asked(format!("look-{}", message.id), message.objects.len()), BodyRole::LookupAck)
            };
        }
        let found = message.objects.iter().filter(|_| self.dice.permille(800));
        let found = found.map(|object| (object.id, ids(object.id))).collect();
        self.with(Event::Found(found), BodyRole::LookupAnswer)
    }

    fn outcomes(&self, message: &Message) -> Vec<(ObjectId, Outcome)> {
        let outcome = |id| {
            if self.dice.permille(150) {
                Outcome::Refused(failure(RetryClass::Permanent, Level::Object))
            } else {
                Outcome::Accepted(ids(id))
            }
        };
        message.objects.iter().map(|object| (object.id, outcome(object.id))).collect()
    }

    fn page(&self) -> Page {
        let item = |_| {
            let body = self.bytes("appeal");
            NewItem { key: format!("appeal-{}", self.dice.between(1, 30)), content: Sha256::of(&body), body }
        };
        let items = (0..self.dice.between(0, 3)).map(item).collect();
        Page { items, next: self.dice.permille(300).then(|| format!("page-{}", self.dice.between(2, 9))) }
    }

    fn with(&self, event: Event, role: BodyRole) -> Next {
        let answer = !matches!(role, BodyRole::Request | BodyRole::LookupRequest);
        let body = NewBody {
            role,
            bytes: self.bytes(role.name()),
            sent: answer.then_some(self.now),
            answered: answer.then(|| self.now.after(Duration::from_secs(1))),
        };
        Next { event, bodies: vec![body], page: None }
    }
}

fn ids(object: ObjectId) -> BTreeMap<String, String> {
    BTreeMap::from([("guid".to_owned(), format!("invented-{object}"))])
}

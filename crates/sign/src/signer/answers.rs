//! What a person answered at the start, for a key that is opened later.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::secret::{Prompt, Secret};

/// Asks a person at the start, and answers from memory afterwards: nobody sits at the terminal of a service.
pub(super) struct Answers {
    person: Option<Arc<dyn Prompt>>,
    known: Mutex<BTreeMap<String, Secret>>,
    started: AtomicBool,
}

impl Answers {
    pub(super) fn of(person: Option<Arc<dyn Prompt>>) -> Self {
        Self { person, known: Mutex::default(), started: AtomicBool::new(false) }
    }

    /// The start is over: nobody is asked any more.
    pub(super) fn started(&self) {
        self.started.store(true, Ordering::Relaxed);
    }

    /// The key is open and has what it needs.
    pub(super) fn forget(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Prompt for Answers {
    fn ask(&self, question: &str) -> io::Result<Secret> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = known.get(question) {
            return Ok(answer.clone());
        }
        let nobody = |why| io::Error::new(io::ErrorKind::Unsupported, why);
        if self.started.load(Ordering::Relaxed) {
            return Err(nobody("a person is asked at the start only"));
        }
        let person = self.person.as_ref().ok_or_else(|| nobody("there is no terminal"))?;
        let answer = person.ask(question)?;
        known.insert(question.to_owned(), answer.clone());
        Ok(answer)
    }
}

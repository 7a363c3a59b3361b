//! A key whose provider is away when the program starts: a token that is not plugged in, a service that is down.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use super::answers::Answers;
use super::config::{OpenError, SignerConfig};
use super::openers::SharedOpeners;
use super::provider::ProviderError;
use super::{SignError, Signer};
use crate::certificate::Certificate;

/// How often a provider that is away is tried again, and by which clock.
#[derive(Clone)]
pub struct Again {
    /// From the end of one try to the beginning of the next. Tries are made by signatures that are asked for, never by themselves.
    pub pause: Duration,
    now: Arc<dyn Fn() -> Duration + Send + Sync>,
}

impl Again {
    /// After this pause, by the machine's own clock.
    #[expect(clippy::disallowed_methods, reason = "a pause alone is measured; no date and no deadline depends on it")]
    pub fn after(pause: Duration) -> Self {
        let begun = Instant::now();
        Self::by(pause, move || begun.elapsed())
    }

    /// After this pause, by this clock: the time since any moment, which never goes back.
    pub fn by(pause: Duration, now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self { pause, now: Arc::new(now) }
    }
}

impl fmt::Debug for Again {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Again").field("pause", &self.pause).finish_non_exhaustive()
    }
}

/// A key is not open yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// Its provider was away when it was last tried.
    #[error("not open yet: {why}. It is tried again by itself, at most every {pause:?}")]
    Away {
        /// What the last try came to.
        why: String,
        /// From one try to the next.
        pause: Duration,
    },
    /// The provider came back and refused. It is not tried again: a wrong PIN tried again locks a token.
    #[error("not opened, and not tried again before the program is started anew: {why}")]
    Refused {
        /// What the last try came to.
        why: String,
    },
}

/// What is known of a key that is not open.
enum State {
    Away { why: String, tried: Duration },
    Refused { why: String },
}

/// A signer that knows its certificate and opens its key when the provider is there.
struct Waiting {
    certificate: Certificate,
    config: SignerConfig,
    openers: SharedOpeners,
    answers: Arc<Answers>,
    again: Again,
    opened: OnceLock<Arc<dyn Signer>>,
    state: Mutex<State>,
}

impl SignerConfig {
    /// Opens the signer as [`open`](Self::open) does. When the provider is only away (a token that is not plugged in, a service
    /// that is down), gives a signer that has the certificate and waits: each signature that is asked for tries to open the key
    /// again, not more often than `again` says. Until then signing fails with an error that passes, a [`WaitError`].
    ///
    /// When the provider has come back and refuses for good, a wrong PIN among the reasons, it is never tried again. A person is
    /// asked now or not at all; the answer is kept until the key is open.
    ///
    /// # Errors
    /// See [`OpenError`]: whatever does not pass by itself.
    pub fn open_or_wait(&self, openers: &SharedOpeners, again: Again) -> Result<Arc<dyn Signer>, OpenError> {
        let certificate = self.certificate()?;
        if !certificate.may_sign() {
            let serial = certificate.serial_decimal().to_owned();
            return Err(SignError::KeyUsage { serial }.into());
        }
        let answers = Arc::new(Answers::of(openers.prompt.clone()));
        let openers = SharedOpeners { prompt: Some(Arc::clone(&answers) as _), ..openers.clone() };
        match self.open_under(certificate.clone(), &openers.borrowed()) {
            Ok(signer) => Ok(signer),
            Err(error) if error.is_passing() => {
                answers.started();
                let state = Mutex::new(State::Away { why: error.to_string(), tried: (again.now)() });
                let (config, opened) = (self.clone(), OnceLock::new());
                Ok(Arc::new(Waiting { certificate, config, openers, answers, again, opened, state }))
            }
            Err(error) => Err(error),
        }
    }
}

impl Waiting {
    /// The signer, if it can be had now.
    fn signer(&self) -> Result<&dyn Signer, SignError> {
        if let Some(signer) = self.opened.get() {
            return Ok(&**signer);
        }
        // Held while it is opened: of several signatures one tries, and the others have what came of it.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(signer) = self.opened.get() {
            return Ok(&**signer);
        }
        if let State::Away { tried, .. } = &*state
            && (self.again.now)().saturating_sub(*tried) >= self.again.pause
        {
            match self.config.open_under(self.certificate.clone(), &self.openers.borrowed()) {
                Ok(signer) => {
                    self.answers.forget();
                    return Ok(&**self.opened.get_or_init(|| signer));
                }
                Err(error) if error.is_passing() => {
                    *state = State::Away { why: error.to_string(), tried: (self.again.now)() };
                }
                Err(error) => {
                    self.answers.forget();
                    *state = State::Refused { why: error.to_string() };
                }
            }
        }
        Err(SignError::Provider(match &*state {
            State::Away { why, .. } => {
                let error = WaitError::Away { why: why.clone(), pause: self.again.pause };
                ProviderError::passing(NAME, error)
            }
            State::Refused { why } => ProviderError::lasting(NAME, WaitError::Refused { why: why.clone() }),
        }))
    }
}

const NAME: &str = "the signing key";

impl Signer for Waiting {
    fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    fn description(&self) -> String {
        if let Some(signer) = self.opened.get() {
            return signer.description();
        }
        let state = match self.state.try_lock() {
            Ok(state) => state,
            Err(TryLockError::Poisoned(state)) => state.into_inner(),
            Err(TryLockError::WouldBlock) => return "a key that is being opened".to_owned(),
        };
        match &*state {
            State::Away { why, .. } => format!("a key that is waited for ({why})"),
            State::Refused { why } => format!("a key that was waited for and refused ({why})"),
        }
    }

    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SignError> {
        self.signer()?.sign(data)
    }
}

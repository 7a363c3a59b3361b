//! The provider.

use std::fmt;
use std::sync::Arc;

use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::gost::KeySize;
use gis_gkh_sign::signer::{Input, Pkcs11Config, Prompt, ProviderError, RawSigner, SignError};

use crate::error::Pkcs11Error;
use crate::key::Key;
use crate::mechanism::{self, Choice};
use crate::pin::PinEntry;
use crate::session;
use crate::thread::ModuleThread;

/// A key on a token, as a provider. Signs one thing at a time, as tokens do, on the thread of its module.
pub struct Pkcs11Signer {
    /// There until it is dropped.
    key: Option<Arc<Key>>,
    thread: Arc<ModuleThread>,
    config: Arc<Pkcs11Config>,
    mechanism: Choice,
}

impl Pkcs11Signer {
    /// Opens the token and its key, and chooses the mechanism. `size` is that of the certificate's key. A person is asked for
    /// the PIN now, if at all; from a file or a variable it is read at each login.
    ///
    /// # Errors
    /// See [`Pkcs11Error`].
    pub fn open(config: &Pkcs11Config, size: KeySize, prompt: Option<&dyn Prompt>) -> Result<Self, Pkcs11Error> {
        let named = config.mechanism.as_ref().map(|name| mechanism::named(name, size)).transpose()?;
        // On this thread, where whoever asks is: a person may take longer than a module.
        let entry = PinEntry::of(config.pin.as_ref(), prompt)?;
        let thread = ModuleThread::of(&config.module)?;
        let config = Arc::new(config.clone());
        let its = Arc::clone(&config);
        let key = thread.ask(config.limit, move || Key::open(its, entry, named, size))??;
        Ok(Self { mechanism: key.mechanism, key: Some(Arc::new(key)), thread, config })
    }

    /// Number of the mechanism by which it signs.
    pub fn mechanism(&self) -> u64 {
        self.mechanism.id
    }

    fn attempt(&self, input: &[u8]) -> Result<Vec<u8>, Pkcs11Error> {
        let (key, input) = (self.key.clone(), input.to_vec());
        // Only a signer that is being dropped has no key.
        let gone = || Pkcs11Error::NoKey { wanted: "the private key".to_owned() };
        self.thread.ask(self.config.limit, move || key.ok_or_else(gone)?.sign(&input))?
    }
}

impl RawSigner for Pkcs11Signer {
    fn name(&self) -> String {
        name(&self.config)
    }

    fn input(&self) -> Input {
        self.mechanism.input
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, ProviderError> {
        self.attempt(input).map_err(|error| provider(&self.config, error))
    }
}

impl Drop for Pkcs11Signer {
    fn drop(&mut self) {
        let key = self.key.take();
        // Its session ends where all calls are made.
        self.thread.end(self.config.limit, move || drop(key));
    }
}

impl fmt::Debug for Pkcs11Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Signer")
            .field("module", &self.config.module)
            .field("token", &self.config.token)
            .field("mechanism", &self.mechanism)
            .finish_non_exhaustive()
    }
}

/// Opens a token as `Openers::pkcs11` of `gis_gkh_sign::signer` wants it.
///
/// # Errors
/// [`SignError::Provider`] with a [`Pkcs11Error`] in it.
pub fn open(
    config: &Pkcs11Config,
    certificate: &Certificate,
    prompt: Option<&dyn Prompt>,
) -> Result<Box<dyn RawSigner>, SignError> {
    match Pkcs11Signer::open(config, certificate.key_size(), prompt) {
        Ok(signer) => Ok(Box::new(signer)),
        Err(error) => Err(SignError::Provider(provider(config, error))),
    }
}

fn name(config: &Pkcs11Config) -> String {
    let module = config.module.file_name().unwrap_or(config.module.as_os_str());
    format!("{} by {}", session::wanted(&config.token), module.to_string_lossy())
}

fn provider(config: &Pkcs11Config, error: Pkcs11Error) -> ProviderError {
    if error.is_passing() {
        ProviderError::passing(name(config), error)
    } else {
        ProviderError::lasting(name(config), error)
    }
}

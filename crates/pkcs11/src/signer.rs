//! The provider.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::gost::KeySize;
use gis_gkh_sign::signer::{Input, Pkcs11Config, Prompt, ProviderError, RawSigner, SignError};

use crate::error::Pkcs11Error;
use crate::mechanism::{self, Choice};
use crate::module::Module;
use crate::pin::PinEntry;
use crate::session::{self, Session};

/// A key on a token, as a provider. Signs one thing at a time, as tokens do.
pub struct Pkcs11Signer {
    module: Module,
    config: Pkcs11Config,
    entry: PinEntry,
    mechanism: Choice,
    session: Mutex<Option<Session>>,
}

impl Pkcs11Signer {
    /// Opens the token and its key, and chooses the mechanism. `size` is that of the certificate's key. A person is asked for
    /// the PIN now, if at all; from a file or a variable it is read at each login.
    ///
    /// # Errors
    /// See [`Pkcs11Error`].
    pub fn open(config: &Pkcs11Config, size: KeySize, prompt: Option<&dyn Prompt>) -> Result<Self, Pkcs11Error> {
        let named = config.mechanism.as_ref().map(|name| mechanism::named(name, size)).transpose()?;
        let module = Module::open(&config.module)?;
        let entry = PinEntry::of(config.pin.as_ref(), prompt)?;
        let session = Session::open(&module, config, &entry)?;
        let chosen = match named {
            Some(named) => Ok(named),
            None => module
                .signing_mechanisms(session.slot)
                .map_err(|code| session::call("listing the mechanisms", code, config))
                .and_then(|listed| mechanism::offered(size, &listed.into_iter().map(u64::from).collect::<Vec<_>>())),
        };
        match chosen {
            Ok(mechanism) => {
                Ok(Self { module, config: config.clone(), entry, mechanism, session: Mutex::new(Some(session)) })
            }
            Err(error) => {
                session.close(&module);
                Err(error)
            }
        }
    }

    /// Number of the mechanism by which it signs.
    pub fn mechanism(&self) -> u64 {
        self.mechanism.id
    }

    fn attempt(&self, input: &[u8]) -> Result<Vec<u8>, Pkcs11Error> {
        let mut kept = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        // A lost session is replaced once; a fresh one that is lost at once is not.
        let mut fresh = kept.is_none();
        loop {
            let session = match kept.take() {
                Some(session) => session,
                None => Session::open(&self.module, &self.config, &self.entry)?,
            };
            match session.sign(&self.module, self.mechanism.id, input) {
                Ok(value) => {
                    *kept = Some(session);
                    return Ok(value);
                }
                Err(code) => {
                    // What failed may have left an operation open in it.
                    session.close(&self.module);
                    if fresh || !code.is_lost() {
                        return Err(session::call("signing", code, &self.config));
                    }
                    fresh = true;
                }
            }
        }
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
        if let Some(session) = self.session.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            session.close(&self.module);
        }
    }
}

impl fmt::Debug for Pkcs11Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Signer")
            .field("module", &self.module)
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

//! Openers that are kept: for a signer that opens its key later.

use std::fmt;
use std::sync::Arc;

use super::config::{Openers, OpensslConfig, Pkcs11Config};
#[cfg(feature = "http")]
use super::http::Connect;
use super::secret::Prompt;
use super::{RawSigner, SignError};
use crate::certificate::Certificate;

/// As [`Opener`](super::Opener), to be kept.
pub type SharedOpener<C> =
    Arc<dyn Fn(&C, &Certificate, Option<&dyn Prompt>) -> Result<Box<dyn RawSigner>, SignError> + Send + Sync>;

/// As [`Openers`], to be kept.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct SharedOpeners {
    /// Asks a person; without it secrets come from files and variables alone.
    pub prompt: Option<Arc<dyn Prompt>>,
    /// Makes the provider over OpenSSL; without it that provider is refused as not built in.
    pub openssl: Option<SharedOpener<OpensslConfig>>,
    /// Makes the provider over tokens; likewise.
    pub pkcs11: Option<SharedOpener<Pkcs11Config>>,
    /// Connects to signing services by TLS; without it they are spoken to on loopback, or plainly when that is allowed.
    #[cfg(feature = "http")]
    pub tls: Option<Arc<dyn Connect>>,
}

impl fmt::Debug for SharedOpeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedOpeners").finish_non_exhaustive()
    }
}

impl SharedOpeners {
    /// The same for one opening.
    pub fn borrowed(&self) -> Openers<'_> {
        Openers {
            prompt: self.prompt.as_deref().map(|prompt| prompt as &dyn Prompt),
            openssl: self.openssl.as_deref().map(|open| open as _),
            pkcs11: self.pkcs11.as_deref().map(|open| open as _),
            #[cfg(feature = "http")]
            tls: self.tls.clone(),
        }
    }
}

//! A key on a token, as the thread of its module has it.

use std::sync::{Arc, Mutex, PoisonError};

use gis_gkh_sign::gost::KeySize;
use gis_gkh_sign::signer::Pkcs11Config;

use crate::error::Pkcs11Error;
use crate::mechanism::{self, Choice};
use crate::module::Module;
use crate::pin::PinEntry;
use crate::session::{self, Session};

/// An open key. Every use of it, its end included, is calls into the module.
pub(crate) struct Key {
    module: Module,
    config: Arc<Pkcs11Config>,
    entry: PinEntry,
    pub(crate) mechanism: Choice,
    session: Mutex<Option<Session>>,
}

impl Key {
    pub(crate) fn open(
        config: Arc<Pkcs11Config>,
        entry: PinEntry,
        named: Option<Choice>,
        size: KeySize,
    ) -> Result<Self, Pkcs11Error> {
        let module = Module::open(&config.module)?;
        let session = Session::open(&module, &config, &entry)?;
        let chosen = match named {
            Some(named) => Ok(named),
            None => module
                .signing_mechanisms(session.slot)
                .map_err(|code| session::call("listing the mechanisms", code, &config))
                .and_then(|listed| mechanism::offered(size, &listed.into_iter().map(u64::from).collect::<Vec<_>>())),
        };
        match chosen {
            Ok(mechanism) => Ok(Self { module, config, entry, mechanism, session: Mutex::new(Some(session)) }),
            Err(error) => {
                session.close(&module);
                Err(error)
            }
        }
    }

    pub(crate) fn sign(&self, input: &[u8]) -> Result<Vec<u8>, Pkcs11Error> {
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

impl Drop for Key {
    fn drop(&mut self) {
        if let Some(session) = self.session.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            session.close(&self.module);
        }
    }
}

//! PINs, and that a wrong one is never tried twice: a token locks itself after a few.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use gis_gkh_sign::gost::{self, KeySize};
use gis_gkh_sign::signer::{Prompt, Secret, SecretSource};

use crate::code::Code;
use crate::error::Pkcs11Error;
use crate::library::TokenInfo;

/// Digests of the PINs that tokens refused, by module and serial number. Shared by all signers of the process: the tries
/// are the token's, not the signer's.
static REFUSED: Mutex<BTreeMap<(PathBuf, String), Vec<u8>>> = Mutex::new(BTreeMap::new());

fn refused() -> MutexGuard<'static, BTreeMap<(PathBuf, String), Vec<u8>>> {
    REFUSED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the PIN comes from.
#[derive(Debug)]
pub(crate) enum PinEntry {
    /// The token's own keypad.
    Keypad,
    /// A source that is read anew at each login, so that a corrected PIN is seen.
    Source(SecretSource),
    /// A person, asked once.
    Asked(Secret),
}

impl PinEntry {
    pub(crate) fn of(source: Option<&SecretSource>, prompt: Option<&dyn Prompt>) -> Result<Self, Pkcs11Error> {
        Ok(match source {
            None => Self::Keypad,
            Some(source) if source.is_prompt() => Self::Asked(source.read(prompt)?),
            Some(source) => Self::Source(source.clone()),
        })
    }

    fn read(&self, token: &TokenInfo) -> Result<Option<Secret>, Pkcs11Error> {
        match self {
            Self::Keypad if token.has(cryptoki_sys::CKF_PROTECTED_AUTHENTICATION_PATH) => Ok(None),
            Self::Keypad => Err(Pkcs11Error::NoPin),
            Self::Source(source) => Ok(Some(source.read(None)?)),
            Self::Asked(pin) => Ok(Some(pin.clone())),
        }
    }
}

/// Logs in by `login`, unless that could cost the token a try it cannot spare.
pub(crate) fn guarded(
    module: &Path,
    token: &TokenInfo,
    entry: &PinEntry,
    retry: bool,
    login: impl FnOnce(Option<&str>) -> Result<(), Code>,
) -> Result<(), Pkcs11Error> {
    if token.has(cryptoki_sys::CKF_USER_PIN_LOCKED) {
        return Err(Pkcs11Error::PinLocked);
    }
    if token.has(cryptoki_sys::CKF_USER_PIN_FINAL_TRY) {
        return Err(Pkcs11Error::PinFinalTry);
    }
    let pin = entry.read(token)?;
    let of = (module.to_owned(), token.serial.clone());
    let digest = pin.as_ref().map(|pin| gost::digest(KeySize::Bits512, pin.reveal().as_bytes()));
    // Held during the call: of two signers only one may try.
    let mut all = refused();
    if let (Some(before), Some(now)) = (all.get(&of), &digest) {
        if before == now {
            return Err(Pkcs11Error::PinRefused);
        }
    } else if token.has(cryptoki_sys::CKF_USER_PIN_COUNT_LOW) && !retry && matches!(entry, PinEntry::Source(_)) {
        // This process has not tried: another one has, perhaps this service before it was started anew. One that starts
        // again and again would use up all tries.
        return Err(Pkcs11Error::PinTriedBefore);
    }
    match login(pin.as_ref().map(Secret::reveal)) {
        Ok(()) => {
            all.remove(&of);
            Ok(())
        }
        Err(code) => Err(match code.0 {
            cryptoki_sys::CKR_PIN_INCORRECT | cryptoki_sys::CKR_PIN_INVALID | cryptoki_sys::CKR_PIN_LEN_RANGE => {
                if let Some(digest) = digest {
                    all.insert(of, digest);
                }
                Pkcs11Error::PinIncorrect { code }
            }
            cryptoki_sys::CKR_PIN_LOCKED => Pkcs11Error::PinLocked,
            cryptoki_sys::CKR_PIN_EXPIRED | cryptoki_sys::CKR_USER_PIN_NOT_INITIALIZED => {
                Pkcs11Error::PinToChange(code)
            }
            _ => Pkcs11Error::Call { doing: "logging in", code },
        }),
    }
}

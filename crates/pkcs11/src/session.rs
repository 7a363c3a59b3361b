//! A session with a token in which its key was found.

use cryptoki_sys::{CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CK_SLOT_ID, CK_ULONG};
use gis_gkh_sign::signer::{Pkcs11Config, TokenChoice};

use crate::code::Code;
use crate::error::Pkcs11Error;
use crate::library::TokenInfo;
use crate::module::Module;
use crate::pin::{self, PinEntry};

/// An open session. Closed by [`Session::close`]: it does not hold the module.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) slot: CK_SLOT_ID,
    handle: CK_SESSION_HANDLE,
    key: CK_OBJECT_HANDLE,
}

impl Session {
    /// Finds the token, logs in, finds the key.
    pub(crate) fn open(module: &Module, config: &Pkcs11Config, entry: &PinEntry) -> Result<Self, Pkcs11Error> {
        let (slot, token) = choose(module, &config.token)?;
        let handle = module.open_session(slot).map_err(|code| call("opening a session", code, config))?;
        let opened = || {
            if token.has(cryptoki_sys::CKF_LOGIN_REQUIRED) {
                pin::guarded(module.path(), &token, entry, config.pin_retry, |pin| module.login(handle, pin)).map_err(
                    |error| match error {
                        Pkcs11Error::Call { doing, code } => call(doing, code, config),
                        other => other,
                    },
                )?;
            }
            private_key(module, handle, config)
        };
        match opened() {
            Ok(key) => Ok(Self { slot, handle, key }),
            Err(error) => {
                // It is of no use to anybody.
                let _ = module.close_session(handle);
                Err(error)
            }
        }
    }

    pub(crate) fn sign(&self, module: &Module, mechanism: u64, input: &[u8]) -> Result<Vec<u8>, Code> {
        let mechanism = CK_ULONG::try_from(mechanism).map_err(|_| Code(cryptoki_sys::CKR_MECHANISM_INVALID))?;
        module.sign(self.handle, mechanism, self.key, input)
    }

    /// Ends it; a session that is lost already has nothing to end.
    pub(crate) fn close(self, module: &Module) {
        let _ = module.close_session(self.handle);
    }
}

/// A failed call; of a token that is gone it is said so.
pub(crate) fn call(doing: &'static str, code: Code, config: &Pkcs11Config) -> Pkcs11Error {
    if code.is_absent() {
        return Pkcs11Error::Absent { wanted: wanted(&config.token), present: "not this one".to_owned() };
    }
    Pkcs11Error::Call { doing, code }
}

/// The token in words.
pub(crate) fn wanted(choice: &TokenChoice) -> String {
    match choice {
        TokenChoice::Slot(slot) => format!("the token in slot {slot}"),
        TokenChoice::Label(label) => format!("the token `{label}`"),
        TokenChoice::Serial(serial) => format!("the token with the serial number {serial}"),
        _ => "the token".to_owned(),
    }
}

fn choose(module: &Module, choice: &TokenChoice) -> Result<(CK_SLOT_ID, TokenInfo), Pkcs11Error> {
    let slots = module.slots().map_err(|code| Pkcs11Error::Call { doing: "listing the tokens", code })?;
    // One that is just being unplugged or is not set up gives no information, and is not there for us.
    let tokens: Vec<_> = slots.into_iter().filter_map(|slot| Some((slot, module.token(slot).ok()?))).collect();
    let present = || {
        let named: Vec<String> =
            tokens.iter().map(|(slot, token)| format!("`{}` ({}, slot {slot})", token.label, token.serial)).collect();
        if named.is_empty() { "none".to_owned() } else { named.join(", ") }
    };
    let fitting: Vec<_> = tokens
        .iter()
        .filter(|(slot, token)| match choice {
            TokenChoice::Slot(wanted) => u64::from(*slot) == *wanted,
            TokenChoice::Label(label) => token.label == *label,
            TokenChoice::Serial(serial) => token.serial == *serial,
            _ => true,
        })
        .collect();
    match fitting.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(Pkcs11Error::Absent { wanted: wanted(choice), present: present() }),
        _ => Err(Pkcs11Error::SeveralTokens { present: present() }),
    }
}

fn private_key(
    module: &Module,
    session: CK_SESSION_HANDLE,
    config: &Pkcs11Config,
) -> Result<CK_OBJECT_HANDLE, Pkcs11Error> {
    let class = cryptoki_sys::CKO_PRIVATE_KEY.to_ne_bytes().to_vec();
    let mut template = vec![(cryptoki_sys::CKA_CLASS, class)];
    let mut named = Vec::new();
    if let Some(label) = &config.key_label {
        template.push((cryptoki_sys::CKA_LABEL, label.as_bytes().to_vec()));
        named.push(format!("the label `{label}`"));
    }
    if let Some(id) = &config.key_id {
        template.push((cryptoki_sys::CKA_ID, id.clone()));
        named.push(format!("the id {}", id.iter().map(|byte| format!("{byte:02x}")).collect::<String>()));
    }
    let wanted = || match named.as_slice() {
        [] => "a private key".to_owned(),
        named => format!("a private key with {}", named.join(" and ")),
    };
    let found = module.find(session, &template).map_err(|code| call("looking for the key", code, config))?;
    match found.as_slice() {
        [one] => Ok(*one),
        [] => Err(Pkcs11Error::NoKey { wanted: wanted() }),
        several => Err(Pkcs11Error::SeveralKeys { wanted: wanted(), found: several.len() }),
    }
}

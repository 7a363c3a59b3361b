//! Why a token did not sign.

use std::path::PathBuf;
use std::time::Duration;

use gis_gkh_sign::signer::SecretError;

use crate::code::Code;

/// A token did not sign, or cannot be used. No error shows a PIN.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs11Error {
    /// The module cannot be loaded.
    #[error(
        "the module {} cannot be loaded ({reason}); install the driver of the token's maker and give the path of its \
         PKCS#11 library",
        path.display()
    )]
    Module {
        /// The library.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The module refuses to work.
    #[error("the module {} does not start: {code}; see whether the service of smart cards (pcscd) runs", path.display())]
    Start {
        /// The library.
        path: PathBuf,
        /// What it answered.
        code: Code,
    },
    /// A call took too long; it may still be going on.
    #[error(
        "the module {} did not answer within {limit:?}; plug the token in anew and see whether the service of smart cards \
         (pcscd) runs, or raise the limit where a person must act at the token. Signing goes on by itself when it answers",
        path.display()
    )]
    Slow {
        /// The library.
        path: PathBuf,
        /// The limit.
        limit: Duration,
    },
    /// An earlier call has not returned; none was made.
    #[error(
        "the module {} still hangs in a call that was given up; plug the token in anew. Signing goes on by itself when the \
         call returns; if it never does, start the program anew",
        path.display()
    )]
    Hangs {
        /// The library.
        path: PathBuf,
    },
    /// There is no room for the thread on which the module is called.
    #[error("no thread for the module could be started: {reason}; see the limits of processes and memory")]
    Thread {
        /// What the operating system said.
        reason: std::io::Error,
    },
    /// A fault of this crate.
    #[error("a call into the module failed within this program ({said}); tell its makers")]
    Panic {
        /// What it said.
        said: String,
    },
    /// No token, or not the one that is named. It may be plugged in again.
    #[error("{wanted} is not plugged in; plug it in, signing goes on by itself. Plugged in: {present}")]
    Absent {
        /// The token.
        wanted: String,
        /// Labels of those there are.
        present: String,
    },
    /// Several tokens, and none is named.
    #[error("several tokens are plugged in ({present}); name one by its label or serial number")]
    SeveralTokens {
        /// Their labels and serial numbers.
        present: String,
    },
    /// A token with a PIN, and none is given.
    #[error("the token wants a PIN; give one in a file, in an environment variable, or have a person asked")]
    NoPin,
    /// The PIN cannot be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The PIN is wrong. This was the only try.
    #[error(
        "the PIN is wrong ({code}). It is not tried again until it is another one, for the token locks itself after a few \
         wrong ones; correct it where it is kept"
    )]
    PinIncorrect {
        /// What the token answered.
        code: Code,
    },
    /// The PIN was wrong before and has not been changed; it was not tried.
    #[error("the PIN is still the one the token refused, and was not tried again; correct it where it is kept")]
    PinRefused,
    /// A wrong PIN was entered since the token was last used; ours was not tried.
    #[error(
        "the token says that a wrong PIN was entered since it was last used, so the PIN was not tried, lest the token locks \
         itself while a service restarts. Check the PIN and enter it once by hand (pkcs11-tool --login --list-objects), or \
         set pin_retry"
    )]
    PinTriedBefore,
    /// One more wrong PIN locks the token; ours was not tried.
    #[error(
        "the token has one try left, which is not used by itself; enter the right PIN by hand with the maker's program"
    )]
    PinFinalTry,
    /// The token is locked.
    #[error("the token is locked after too many wrong PINs; unlock it with the administrator's PIN")]
    PinLocked,
    /// The PIN must be changed.
    #[error("the PIN must be changed before the token signs ({0}); change it with the maker's program")]
    PinToChange(Code),
    /// No such key.
    #[error("{wanted} is not on the token; see what is with: pkcs11-tool --login --list-objects --type privkey")]
    NoKey {
        /// The key.
        wanted: String,
    },
    /// The label or id fits several keys.
    #[error("{wanted} is on the token {found} times; name it by its id (CKA_ID)")]
    SeveralKeys {
        /// The key.
        wanted: String,
        /// How many there are.
        found: usize,
    },
    /// No mechanism for keys of this size.
    #[error("the token has no mechanism for signatures of {size} by GOST R 34.10-2012; it has: {present}")]
    NoMechanism {
        /// The size.
        size: String,
        /// Numbers of those it has.
        present: String,
    },
    /// The mechanism of the settings is none.
    #[error(
        "`{name}` is no mechanism: {reason}; known are {known}, others are written `0xD4321008 data` or `0x1201 digest`"
    )]
    Mechanism {
        /// What the settings say.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
        /// Those in the table.
        known: String,
    },
    /// A call failed.
    #[error("{doing} failed: {code}; see the log of the driver, and plug the token in anew")]
    Call {
        /// What was being done.
        doing: &'static str,
        /// What the module answered.
        code: Code,
    },
}

impl Pkcs11Error {
    /// May it pass without anybody changing the settings?
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Absent { .. } | Self::Start { .. } | Self::Slow { .. } | Self::Hangs { .. } | Self::Thread { .. } => {
                true
            }
            // What the key or its mechanism cannot do at all it will not do later.
            Self::Call { code, .. } => !matches!(
                code.0,
                cryptoki_sys::CKR_KEY_TYPE_INCONSISTENT
                    | cryptoki_sys::CKR_KEY_FUNCTION_NOT_PERMITTED
                    | cryptoki_sys::CKR_MECHANISM_INVALID
                    | cryptoki_sys::CKR_MECHANISM_PARAM_INVALID
                    | cryptoki_sys::CKR_DATA_LEN_RANGE
                    | cryptoki_sys::CKR_DATA_INVALID
                    | cryptoki_sys::CKR_FUNCTION_NOT_SUPPORTED
            ),
            _ => false,
        }
    }
}

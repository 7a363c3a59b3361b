//! What a module answers.

use std::fmt;

use cryptoki_sys::CK_RV;

/// A return value of a module other than CKR_OK.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code(pub(crate) CK_RV);

impl Code {
    /// The value itself.
    pub fn value(self) -> u64 {
        u64::from(self.0)
    }

    /// Its name in the standard.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(value, _)| *value == self.0).map_or("a code of the maker's own", |(_, name)| name)
    }

    /// The token is not there.
    pub(crate) fn is_absent(self) -> bool {
        matches!(self.0, cryptoki_sys::CKR_DEVICE_REMOVED | cryptoki_sys::CKR_TOKEN_NOT_PRESENT)
    }

    /// The session, or what was known in it, is worth nothing any more; a new one may work.
    pub(crate) fn is_lost(self) -> bool {
        self.is_absent()
            || matches!(
                self.0,
                cryptoki_sys::CKR_SESSION_CLOSED
                    | cryptoki_sys::CKR_SESSION_HANDLE_INVALID
                    | cryptoki_sys::CKR_KEY_HANDLE_INVALID
                    | cryptoki_sys::CKR_OBJECT_HANDLE_INVALID
                    | cryptoki_sys::CKR_USER_NOT_LOGGED_IN
                    | cryptoki_sys::CKR_DEVICE_ERROR
                    | cryptoki_sys::CKR_CRYPTOKI_NOT_INITIALIZED
            )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:#x})", self.name(), self.0)
    }
}

macro_rules! names {
    ($($name:ident)*) => { [$((cryptoki_sys::$name, stringify!($name))),*] };
}

/// Those that happen.
const NAMES: [(CK_RV, &str); 36] = names! {
    CKR_HOST_MEMORY CKR_SLOT_ID_INVALID CKR_GENERAL_ERROR CKR_FUNCTION_FAILED CKR_ARGUMENTS_BAD CKR_CANT_LOCK
    CKR_ATTRIBUTE_SENSITIVE CKR_ATTRIBUTE_TYPE_INVALID CKR_DATA_INVALID CKR_DATA_LEN_RANGE CKR_DEVICE_ERROR
    CKR_DEVICE_MEMORY CKR_DEVICE_REMOVED CKR_FUNCTION_CANCELED CKR_FUNCTION_NOT_SUPPORTED CKR_KEY_HANDLE_INVALID
    CKR_KEY_TYPE_INCONSISTENT CKR_KEY_FUNCTION_NOT_PERMITTED CKR_MECHANISM_INVALID CKR_MECHANISM_PARAM_INVALID
    CKR_OBJECT_HANDLE_INVALID CKR_OPERATION_ACTIVE CKR_PIN_INCORRECT CKR_PIN_INVALID CKR_PIN_LEN_RANGE CKR_PIN_EXPIRED
    CKR_PIN_LOCKED CKR_SESSION_CLOSED CKR_SESSION_COUNT CKR_SESSION_HANDLE_INVALID CKR_TOKEN_NOT_PRESENT
    CKR_TOKEN_NOT_RECOGNIZED CKR_USER_NOT_LOGGED_IN CKR_USER_PIN_NOT_INITIALIZED CKR_BUFFER_TOO_SMALL
    CKR_CRYPTOKI_NOT_INITIALIZED
};

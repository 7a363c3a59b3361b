//! The calls into a module. Everything unsafe of this crate is here: each function takes and gives ordinary values.

#![expect(unsafe_code, reason = "a PKCS#11 module is a C library")]

use std::ffi::c_void;
use std::path::Path;
use std::ptr;

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_ATTRIBUTE_TYPE, CK_C_INITIALIZE_ARGS, CK_FUNCTION_LIST, CK_MECHANISM, CK_MECHANISM_INFO,
    CK_MECHANISM_TYPE, CK_OBJECT_HANDLE, CK_RV, CK_SESSION_HANDLE, CK_SLOT_ID, CK_TOKEN_INFO, CK_ULONG,
};
use zeroize::Zeroizing;

use crate::code::Code;

/// More slots, mechanisms or objects than any module has.
const MOST: usize = 1 << 12;
/// Twice the longest signature.
const SIGNATURE: usize = 256;

/// What is known of a token.
#[derive(Debug, Clone)]
pub(crate) struct TokenInfo {
    pub(crate) label: String,
    pub(crate) serial: String,
    flags: CK_ULONG,
}

impl TokenInfo {
    pub(crate) fn has(&self, flag: CK_ULONG) -> bool {
        self.flags & flag != 0
    }
}

/// A loaded module.
pub(crate) struct Library {
    functions: CK_FUNCTION_LIST,
    /// Behind the functions that it holds: dropped after them.
    _library: cryptoki_sys::Pkcs11,
}

/// Turns the answer of a call into a result.
fn done(code: CK_RV) -> Result<(), Code> {
    if code == cryptoki_sys::CKR_OK { Ok(()) } else { Err(Code(code)) }
}

/// Calls a function of the list; one that the module does not have says so.
macro_rules! call {
    ($library:expr, $function:ident($($argument:expr),* $(,)?)) => {
        match $library.functions.$function {
            // SAFETY: the pointer comes from the module's own list, which the library that is kept loaded holds; the
            // arguments are pointers to live values of the types the standard demands, or lengths of what they point to.
            Some(function) => done(unsafe { function($($argument),*) }),
            None => Err(Code(cryptoki_sys::CKR_FUNCTION_NOT_SUPPORTED)),
        }
    };
}

fn length(bytes: usize) -> Result<CK_ULONG, Code> {
    CK_ULONG::try_from(bytes).map_err(|_| Code(cryptoki_sys::CKR_DATA_LEN_RANGE))
}

impl Library {
    /// Loads a module. Loading runs the library's own code: the settings' word is taken for it that this is one.
    pub(crate) fn load(path: &Path) -> Result<Self, String> {
        // SAFETY: loading a library runs its initialisers; that the path names a PKCS#11 module is the operator's claim,
        // as with every module of this standard.
        let library = unsafe { cryptoki_sys::Pkcs11::new(path) }.map_err(|error| error.to_string())?;
        let get = *library.C_GetFunctionList.as_ref().map_err(|_| "it is no PKCS#11 module".to_owned())?;
        let mut list: *mut CK_FUNCTION_LIST = ptr::null_mut();
        // SAFETY: the function is the library's, with the signature of the standard; it writes one pointer.
        done(unsafe { get(&raw mut list) }).map_err(|code| code.to_string())?;
        if list.is_null() {
            return Err("it gives no list of functions".to_owned());
        }
        // SAFETY: the module gave a pointer to its list, which lives as long as the library is loaded.
        let functions = unsafe { *list };
        Ok(Self { functions, _library: library })
    }

    /// Starts the module; says whether it was this call that did.
    pub(crate) fn initialize(&self) -> Result<bool, Code> {
        let mut arguments = CK_C_INITIALIZE_ARGS {
            CreateMutex: None,
            DestroyMutex: None,
            LockMutex: None,
            UnlockMutex: None,
            flags: cryptoki_sys::CKF_OS_LOCKING_OK,
            pReserved: ptr::null_mut(),
        };
        match call!(self, C_Initialize((&raw mut arguments).cast::<c_void>())) {
            Ok(()) => Ok(true),
            Err(Code(cryptoki_sys::CKR_CRYPTOKI_ALREADY_INITIALIZED)) => Ok(false),
            Err(code) => Err(code),
        }
    }

    pub(crate) fn finalize(&self) -> Result<(), Code> {
        call!(self, C_Finalize(ptr::null_mut()))
    }

    /// Slots with a token in them.
    pub(crate) fn slots(&self) -> Result<Vec<CK_SLOT_ID>, Code> {
        counted(|list, count| call!(self, C_GetSlotList(cryptoki_sys::CK_TRUE, list, count)))
    }

    pub(crate) fn token(&self, slot: CK_SLOT_ID) -> Result<TokenInfo, Code> {
        let mut info = CK_TOKEN_INFO::default();
        call!(self, C_GetTokenInfo(slot, &raw mut info))?;
        Ok(TokenInfo { label: padded(&info.label), serial: padded(&info.serialNumber), flags: info.flags })
    }

    /// Mechanisms by which the token signs.
    pub(crate) fn signing_mechanisms(&self, slot: CK_SLOT_ID) -> Result<Vec<CK_MECHANISM_TYPE>, Code> {
        let mut all = counted(|list, count| call!(self, C_GetMechanismList(slot, list, count)))?;
        all.retain(|mechanism| {
            let mut info = CK_MECHANISM_INFO::default();
            call!(self, C_GetMechanismInfo(slot, *mechanism, &raw mut info)).is_ok()
                && info.flags & cryptoki_sys::CKF_SIGN != 0
        });
        Ok(all)
    }

    pub(crate) fn open_session(&self, slot: CK_SLOT_ID) -> Result<CK_SESSION_HANDLE, Code> {
        let mut session: CK_SESSION_HANDLE = 0;
        call!(self, C_OpenSession(slot, cryptoki_sys::CKF_SERIAL_SESSION, ptr::null_mut(), None, &raw mut session))?;
        Ok(session)
    }

    pub(crate) fn close_session(&self, session: CK_SESSION_HANDLE) -> Result<(), Code> {
        call!(self, C_CloseSession(session))
    }

    /// Logs the user in, by the token's own keypad without a PIN.
    pub(crate) fn login(&self, session: CK_SESSION_HANDLE, pin: Option<&str>) -> Result<(), Code> {
        // The standard gives the module a pointer through which it could write, so it gets a copy.
        let mut pin = pin.map(|pin| Zeroizing::new(pin.as_bytes().to_vec()));
        let (start, bytes) = match &mut pin {
            Some(pin) => (pin.as_mut_ptr(), length(pin.len())?),
            None => (ptr::null_mut(), 0),
        };
        match call!(self, C_Login(session, cryptoki_sys::CKU_USER, start, bytes)) {
            Err(Code(cryptoki_sys::CKR_USER_ALREADY_LOGGED_IN)) => Ok(()),
            other => other,
        }
    }

    /// Objects with these attributes.
    pub(crate) fn find(
        &self,
        session: CK_SESSION_HANDLE,
        wanted: &[(CK_ATTRIBUTE_TYPE, Vec<u8>)],
    ) -> Result<Vec<CK_OBJECT_HANDLE>, Code> {
        let mut values: Vec<Vec<u8>> = wanted.iter().map(|(_, value)| value.clone()).collect();
        let template = wanted.iter().zip(&mut values).map(|((kind, _), value)| {
            Ok(CK_ATTRIBUTE { type_: *kind, ulValueLen: length(value.len())?, pValue: value.as_mut_ptr().cast() })
        });
        let mut template = template.collect::<Result<Vec<_>, Code>>()?;
        call!(self, C_FindObjectsInit(session, template.as_mut_ptr(), length(template.len())?))?;
        let mut found = Vec::new();
        let searched = loop {
            let mut page: [CK_OBJECT_HANDLE; 16] = [0; 16];
            let mut count: CK_ULONG = 0;
            if let Err(code) = call!(self, C_FindObjects(session, page.as_mut_ptr(), 16, &raw mut count)) {
                break Err(code);
            }
            let count = usize::try_from(count).unwrap_or(usize::MAX).min(page.len());
            found.extend_from_slice(&page[..count]);
            if count == 0 || found.len() >= MOST {
                break Ok(());
            }
        };
        // Ended in any case, else the session could do nothing more.
        let ended = call!(self, C_FindObjectsFinal(session));
        searched.and(ended).map(|()| found)
    }

    /// Signs by a mechanism without parameters.
    pub(crate) fn sign(
        &self,
        session: CK_SESSION_HANDLE,
        mechanism: CK_MECHANISM_TYPE,
        key: CK_OBJECT_HANDLE,
        input: &[u8],
    ) -> Result<Vec<u8>, Code> {
        let mut input = input.to_vec();
        let bytes = length(input.len())?;
        let mut mechanism = CK_MECHANISM { mechanism, pParameter: ptr::null_mut(), ulParameterLen: 0 };
        call!(self, C_SignInit(session, &raw mut mechanism, key))?;
        let mut value = vec![0; SIGNATURE];
        let mut count = length(value.len())?;
        call!(self, C_Sign(session, input.as_mut_ptr(), bytes, value.as_mut_ptr(), &raw mut count))?;
        value.truncate(usize::try_from(count).unwrap_or(usize::MAX));
        Ok(value)
    }
}

/// A list whose length is asked for first. It may grow in between: then it is asked for again.
fn counted<T: Copy + Default>(ask: impl Fn(*mut T, *mut CK_ULONG) -> Result<(), Code>) -> Result<Vec<T>, Code> {
    for _ in 0..3 {
        let mut count: CK_ULONG = 0;
        ask(ptr::null_mut(), &raw mut count)?;
        let room = usize::try_from(count).unwrap_or(usize::MAX).min(MOST);
        let mut list = vec![T::default(); room];
        count = length(room)?;
        if room == 0 {
            return Ok(list);
        }
        match ask(list.as_mut_ptr(), &raw mut count) {
            Err(Code(cryptoki_sys::CKR_BUFFER_TOO_SMALL)) => {}
            Err(code) => return Err(code),
            Ok(()) => {
                list.truncate(usize::try_from(count).unwrap_or(usize::MAX));
                return Ok(list);
            }
        }
    }
    Err(Code(cryptoki_sys::CKR_BUFFER_TOO_SMALL))
}

/// Text padded with spaces, as the standard keeps it; some modules pad with zeros.
fn padded(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches([' ', '\0']).to_owned()
}

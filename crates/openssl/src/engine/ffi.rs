//! Calls into libcrypto and libssl that the `openssl` crate does not have.

#![expect(unsafe_code, reason = "engines and the callback for client certificates exist in C only")]

use std::ffi::{CString, c_char, c_int, c_uint, c_void};
use std::ptr::{self, NonNull};

use foreign_types::{ForeignType, ForeignTypeRef};
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{Ssl, SslContextBuilder, SslRef, SslSession};

use super::{EngineError, EngineSpec};

#[repr(C)]
struct RawEngine {
    _opaque: [u8; 0],
}

unsafe extern "C" {
    fn OPENSSL_init_crypto(options: u64, settings: *const c_void) -> c_int;
    fn ENGINE_by_id(id: *const c_char) -> *mut RawEngine;
    fn ENGINE_init(engine: *mut RawEngine) -> c_int;
    fn ENGINE_free(engine: *mut RawEngine) -> c_int;
    fn ENGINE_set_default(engine: *mut RawEngine, flags: c_uint) -> c_int;
    fn ENGINE_ctrl_cmd_string(
        engine: *mut RawEngine,
        name: *const c_char,
        value: *const c_char,
        optional: c_int,
    ) -> c_int;
    fn ENGINE_load_private_key(
        engine: *mut RawEngine,
        id: *const c_char,
        ui: *mut c_void,
        data: *mut c_void,
    ) -> *mut c_void;
    fn SSL_CTX_set_cert_cb(
        context: *mut c_void,
        callback: Option<extern "C" fn(*mut c_void, *mut c_void) -> c_int>,
        argument: *mut c_void,
    );
}

const LOAD_CRYPTO_STRINGS: u64 = 0x2;
const NO_LOAD_CONFIG: u64 = 0x80;
const ENGINE_DYNAMIC: u64 = 0x400;
const NO_ATEXIT: u64 = 0x0008_0000;
const ALL_METHODS: c_uint = 0xFFFF;

/// An engine with a functional reference that is never given back.
#[derive(Clone, Copy)]
pub(crate) struct Loaded(NonNull<RawEngine>);

// SAFETY: the structure belongs to libcrypto, which locks it itself; it is never freed, and we never look into it.
unsafe impl Send for Loaded {}
// SAFETY: as above; every call that takes it may be made from several threads.
unsafe impl Sync for Loaded {}

/// Begins libcrypto without `OPENSSL_CONF`: its configuration is read once at most, and this was it.
pub(crate) fn initialise() {
    let options = LOAD_CRYPTO_STRINGS | ENGINE_DYNAMIC | NO_LOAD_CONFIG | NO_ATEXIT;
    // SAFETY: no settings are passed, and the call may be made at any time from any thread.
    let _ = unsafe { OPENSSL_init_crypto(options, ptr::null()) };
}

/// Frees an engine that did not come to be used.
struct Found(NonNull<RawEngine>);

impl Drop for Found {
    fn drop(&mut self) {
        // SAFETY: the structural reference that `ENGINE_by_id` gave, given back once.
        let _ = unsafe { ENGINE_free(self.0.as_ptr()) };
    }
}

pub(crate) fn load(spec: &EngineSpec) -> Result<Loaded, EngineError> {
    let missing = || EngineError::Missing { id: spec.id.clone(), path: spec.path.clone(), why: reason() };
    let found = match &spec.path {
        None => by_id(&spec.id)?.ok_or_else(missing)?,
        Some(path) => {
            let found = by_id("dynamic")?.ok_or_else(missing)?;
            let path = path.to_str().and_then(|path| CString::new(path).ok()).ok_or(EngineError::Text)?;
            let id = CString::new(spec.id.as_str()).map_err(|_| EngineError::Text)?;
            // It is not put on libcrypto's list (`LIST_ADD`): what is there is not loaded again, after a corrected PIN say.
            for (name, value) in [(c"SO_PATH", Some(&path)), (c"ID", Some(&id)), (c"LOAD", None)] {
                if !command(&found, name, value) {
                    return Err(missing());
                }
            }
            found
        }
    };
    for (name, value) in &spec.commands {
        let (text, value) = (CString::new(name.as_str()), CString::new(value.as_str()));
        let (Ok(text), Ok(value)) = (text, value) else { return Err(EngineError::Text) };
        if !command(&found, &text, Some(&value)) {
            let id = spec.id.clone();
            // The library's own error may repeat the value.
            reason();
            let why = "OpenSSL gives no reason that may be shown".to_owned();
            return Err(EngineError::Command { id, command: name.clone(), why });
        }
    }
    let start = || EngineError::Start { id: spec.id.clone(), why: reason(), openssl: openssl::version::version() };
    // SAFETY: the engine is alive; on success it gets a functional reference, which is kept for good.
    if unsafe { ENGINE_init(found.0.as_ptr()) } != 1 {
        return Err(start());
    }
    // SAFETY: the engine is initialised.
    if unsafe { ENGINE_set_default(found.0.as_ptr(), ALL_METHODS) } != 1 {
        return Err(start());
    }
    // The functional reference that `ENGINE_init` took keeps it alive.
    Ok(Loaded(found.0))
}

fn by_id(id: &str) -> Result<Option<Found>, EngineError> {
    let id = CString::new(id).map_err(|_| EngineError::Text)?;
    // SAFETY: a string that ends in zero and outlives the call.
    Ok(NonNull::new(unsafe { ENGINE_by_id(id.as_ptr()) }).map(Found))
}

fn command(engine: &Found, name: &std::ffi::CStr, value: Option<&CString>) -> bool {
    let value = value.map_or(ptr::null(), |value| value.as_ptr());
    // SAFETY: the engine is alive, and the strings end in zero and outlive the call.
    unsafe { ENGINE_ctrl_cmd_string(engine.0.as_ptr(), name.as_ptr(), value, 0) == 1 }
}

/// Takes what libcrypto has put down about its last failure.
fn reason() -> String {
    let errors = ErrorStack::get();
    let said = errors.errors().iter().rev().find_map(|error| error.reason().map(str::to_owned));
    said.unwrap_or_else(|| "OpenSSL gives no reason".to_owned())
}

pub(crate) fn private_key(engine: Loaded, id: &str) -> Result<PKey<Private>, String> {
    let id = CString::new(id).map_err(|_| "its identifier has a zero byte in it".to_owned())?;
    // SAFETY: the engine is alive and the string outlives the call; no method of asking is given, so nobody is asked.
    let key = unsafe { ENGINE_load_private_key(engine.0.as_ptr(), id.as_ptr(), ptr::null_mut(), ptr::null_mut()) };
    if key.is_null() {
        return Err(reason());
    }
    // SAFETY: a key that is ours alone from now on.
    Ok(unsafe { PKey::from_ptr(key.cast()) })
}

/// Has [`connector::asked`](crate::connector::asked) called for each connection whose server asks for a client certificate.
pub(crate) fn note_when_certificate_is_asked(context: &mut SslContextBuilder) {
    extern "C" fn callback(ssl: *mut c_void, _: *mut c_void) -> c_int {
        // SAFETY: libssl passes the connection it is working on, alive for the time of the call, and we only read it.
        let ssl: &SslRef = unsafe { SslRef::from_ptr(ssl.cast()) };
        crate::connector::asked(ssl);
        // Go on, with the configured certificate or without.
        1
    }
    // SAFETY: the context is alive, and the callback is a plain function that needs no argument.
    unsafe { SSL_CTX_set_cert_cb(context.as_ptr().cast(), Some(callback), ptr::null_mut()) };
}

/// Proposes to go on with a session that was agreed upon before.
///
/// The session must come from a connection of the same context as `ssl`; otherwise it is not used.
pub(crate) fn resume(ssl: &mut Ssl, session: &SslSession) {
    // SAFETY: the caller keeps sessions beside the context they come from (`connector::Agreed`), so their method is the same.
    let _ = unsafe { ssl.set_session(session) };
}

//! What the token does: sessions, PIN, keys, signatures.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use cryptoki_sys::{CK_FLAGS, CK_RV};
use gis_gkh_sign::gost::{self, KeySize, OsEntropy, PrivateKey};
use gis_gkh_sign::signer::ByteOrder;

use crate::folder::MockToken;

/// A session.
#[derive(Default)]
pub(crate) struct Session {
    pub(crate) found: Vec<u64>,
    signing: Option<(u64, u64)>,
}

/// The module's memory.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) started: bool,
    logged_in: bool,
    generation: String,
    next: u64,
    sessions: BTreeMap<u64, Session>,
}

impl MockToken {
    fn has(&self, name: &str) -> bool {
        self.get(name).trim() == "1"
    }

    /// Hangs, where the token is told to, until the other side of the connection is closed.
    pub(crate) fn hang(&self) {
        let address = self.get("hang");
        if let Ok(mut stream) = TcpStream::connect(address.trim()) {
            let _ = stream.read_to_end(&mut Vec::new());
        }
    }

    fn log(&self, call: &str) {
        let file = File::options().create(true).append(true).open(self.folder().join("calls"));
        // Who counts the calls notices a missing one.
        let _ = file.and_then(|mut file| writeln!(file, "{call}"));
    }

    fn tries(&self) -> u64 {
        self.get("tries").trim().parse().unwrap_or(0)
    }

    pub(crate) fn plugged(&self) -> bool {
        !self.folder().join("removed").exists()
    }

    pub(crate) fn flags(&self) -> CK_FLAGS {
        let base = cryptoki_sys::CKF_LOGIN_REQUIRED
            | cryptoki_sys::CKF_TOKEN_INITIALIZED
            | cryptoki_sys::CKF_USER_PIN_INITIALIZED;
        let pin = match self.tries() {
            0 => cryptoki_sys::CKF_USER_PIN_LOCKED,
            1 => cryptoki_sys::CKF_USER_PIN_FINAL_TRY | cryptoki_sys::CKF_USER_PIN_COUNT_LOW,
            2..10 => cryptoki_sys::CKF_USER_PIN_COUNT_LOW,
            _ => 0,
        };
        let keypad = if self.has("keypad") { cryptoki_sys::CKF_PROTECTED_AUTHENTICATION_PATH } else { 0 };
        base | pin | keypad
    }

    pub(crate) fn mechanisms(&self) -> Vec<u64> {
        self.get("mechanisms").split_whitespace().filter_map(|word| u64::from_str_radix(word, 16).ok()).collect()
    }

    /// Labels of the keys, in order; a key's handle is its place from 1.
    pub(crate) fn labels(&self) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.folder().join("keys")) else { return Vec::new() };
        let mut labels: Vec<String> = files
            .flatten()
            .filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(".pem")?.to_owned()))
            .collect();
        labels.sort();
        labels
    }

    fn key(&self, handle: u64) -> Option<PrivateKey> {
        let labels = self.labels();
        let label = labels.get(usize::try_from(handle.checked_sub(1)?).ok()?)?;
        PrivateKey::from_pem(&fs::read_to_string(self.folder().join("keys").join(format!("{label}.pem"))).ok()?).ok()
    }
}

impl Memory {
    /// Forgets what the token has forgotten.
    pub(crate) fn refresh(&mut self, token: &MockToken) {
        let generation = token.get("generation");
        if generation != self.generation {
            self.sessions.clear();
            self.logged_in = false;
            self.generation = generation;
        }
    }

    pub(crate) fn open(&mut self, token: &MockToken) -> u64 {
        token.log("open");
        self.next += 1;
        self.sessions.insert(self.next, Session::default());
        self.next
    }

    pub(crate) fn close(&mut self, handle: u64) -> Result<(), CK_RV> {
        self.sessions.remove(&handle).ok_or(cryptoki_sys::CKR_SESSION_HANDLE_INVALID)?;
        if self.sessions.is_empty() {
            self.logged_in = false;
        }
        Ok(())
    }

    pub(crate) fn session(&mut self, token: &MockToken, handle: u64) -> Result<&mut Session, CK_RV> {
        if !token.plugged() {
            return Err(cryptoki_sys::CKR_DEVICE_REMOVED);
        }
        self.sessions.get_mut(&handle).ok_or(cryptoki_sys::CKR_SESSION_HANDLE_INVALID)
    }

    pub(crate) fn login(&mut self, token: &MockToken, handle: u64, pin: Option<&[u8]>) -> Result<(), CK_RV> {
        self.session(token, handle)?;
        if self.logged_in {
            return Err(cryptoki_sys::CKR_USER_ALREADY_LOGGED_IN);
        }
        token.log("login");
        let tries = token.tries();
        if tries == 0 {
            return Err(cryptoki_sys::CKR_PIN_LOCKED);
        }
        let right = pin.map_or_else(|| token.has("keypad"), |pin| pin == token.get("pin").as_bytes());
        let left = if right { 10 } else { tries - 1 };
        token.set("tries", &left.to_string()).map_err(|_| cryptoki_sys::CKR_DEVICE_ERROR)?;
        self.logged_in = right;
        match (right, left) {
            (true, _) => Ok(()),
            (false, 0) => Err(cryptoki_sys::CKR_PIN_LOCKED),
            (false, _) => Err(cryptoki_sys::CKR_PIN_INCORRECT),
        }
    }

    /// Keys with this label and id; none are seen before the login.
    pub(crate) fn find(&mut self, token: &MockToken, handle: u64, wanted: &[(u64, Vec<u8>)]) -> Result<(), CK_RV> {
        let seen = self.logged_in;
        let session = self.session(token, handle)?;
        let fits = |label: &str| {
            wanted.iter().all(|(kind, value)| match *kind {
                cryptoki_sys::CKA_CLASS => *value == cryptoki_sys::CKO_PRIVATE_KEY.to_ne_bytes(),
                cryptoki_sys::CKA_LABEL | cryptoki_sys::CKA_ID => value == label.as_bytes(),
                _ => false,
            })
        };
        let labels = token.labels();
        let found = labels.iter().zip(1..).filter(|(label, _)| seen && fits(label)).map(|(_, handle)| handle);
        session.found = found.collect();
        Ok(())
    }

    pub(crate) fn sign_init(&mut self, token: &MockToken, handle: u64, mechanism: u64, key: u64) -> Result<(), CK_RV> {
        let logged_in = self.logged_in;
        let session = self.session(token, handle)?;
        if !logged_in {
            return Err(cryptoki_sys::CKR_USER_NOT_LOGGED_IN);
        }
        if session.signing.is_some() {
            return Err(cryptoki_sys::CKR_OPERATION_ACTIVE);
        }
        let size = token.key(key).ok_or(cryptoki_sys::CKR_KEY_HANDLE_INVALID)?.key_size();
        if !token.mechanisms().contains(&mechanism) {
            return Err(cryptoki_sys::CKR_MECHANISM_INVALID);
        }
        let fitting = match size {
            KeySize::Bits256 => [0x1201, 0xD432_1008],
            KeySize::Bits512 => [0xD432_1006, 0xD432_1009],
        };
        if !fitting.contains(&mechanism) {
            return Err(cryptoki_sys::CKR_KEY_TYPE_INCONSISTENT);
        }
        session.signing = Some((mechanism, key));
        Ok(())
    }

    pub(crate) fn sign(&mut self, token: &MockToken, handle: u64, input: &[u8]) -> Result<Vec<u8>, CK_RV> {
        let session = self.session(token, handle)?;
        let (mechanism, key) = session.signing.take().ok_or(cryptoki_sys::CKR_OPERATION_NOT_INITIALIZED)?;
        token.log("sign");
        let key = token.key(key).ok_or(cryptoki_sys::CKR_KEY_HANDLE_INVALID)?;
        let mut digest = if matches!(mechanism, 0x1201 | 0xD432_1006) {
            input.to_vec()
        } else {
            gost::digest(key.key_size(), input)
        };
        if digest.len() != key.key_size().bytes() {
            return Err(cryptoki_sys::CKR_DATA_LEN_RANGE);
        }
        if token.has("backwards") {
            digest.reverse();
        }
        let mut value = key.sign_digest(&digest, &OsEntropy).map_err(|_| cryptoki_sys::CKR_FUNCTION_FAILED)?;
        if token.has("spoil") {
            value[0] ^= 1;
        }
        let order =
            token.get("order").trim().parse().ok().and_then(|number: usize| ByteOrder::ALL.get(number).copied());
        Ok(order.unwrap_or(ByteOrder::SrBigEndian).normalize(value))
    }
}

//! The engine that teaches OpenSSL GOST, loaded into this process once.

pub(crate) mod ffi;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use openssl::pkey::{PKey, Private};

/// Which engine, and where it lies.
#[derive(Clone, PartialEq, Eq)]
pub struct EngineSpec {
    /// Its identifier: `gost` for gost-engine, `gostengy` for CryptoPro's.
    pub id: String,
    /// Its shared object; without one OpenSSL looks into its own folder of engines.
    pub path: Option<PathBuf>,
    /// Commands it is given before it is initialised, name and value, as its own documentation has them. A value may be a
    /// PIN, so values are never shown.
    pub commands: Vec<(String, String)>,
}

impl EngineSpec {
    /// gost-engine where the distribution puts it.
    pub fn gost() -> Self {
        Self { id: "gost".to_owned(), path: None, commands: Vec::new() }
    }
}

impl fmt::Debug for EngineSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let commands: Vec<_> = self.commands.iter().map(|(name, _)| name).collect();
        let mut shown = f.debug_struct("EngineSpec");
        shown.field("id", &self.id).field("path", &self.path).field("commands", &commands).finish()
    }
}

/// Why there is no engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// It was not found, or is no engine.
    #[error(
        "OpenSSL has no engine `{id}`{at}: {why}; for gost-engine install the package libengine-gost-openssl (Debian), \
         for another one name its file, or connect through a tunnel",
        at = path.as_ref().map(|path| format!(" in {}", path.display())).unwrap_or_default()
    )]
    Missing {
        /// Its identifier.
        id: String,
        /// The file that was named.
        path: Option<PathBuf>,
        /// OpenSSL's reason.
        why: String,
    },
    /// It refused a command.
    #[error(
        "the engine `{id}` refused the command `{command}`: {why}; see its documentation for the commands it takes"
    )]
    Command {
        /// Its identifier.
        id: String,
        /// Name of the command.
        command: String,
        /// OpenSSL's reason.
        why: String,
    },
    /// It does not start.
    #[error("the engine `{id}` does not start: {why}; check that it was built for {openssl}")]
    Start {
        /// Its identifier.
        id: String,
        /// OpenSSL's reason.
        why: String,
        /// The OpenSSL of this process.
        openssl: &'static str,
    },
    /// Another one was loaded before, and its algorithms are in use.
    #[error(
        "the engine `{loaded}` is loaded in this process already; one process takes one engine, not `{wanted}` besides"
    )]
    Another {
        /// What is loaded.
        loaded: String,
        /// What was wanted.
        wanted: String,
    },
    /// A name or path that C cannot be given.
    #[error("the identifier, path or a command of the engine has a zero byte or is no text; check the configuration")]
    Text,
}

/// The engine, loaded. It stays for the life of the process.
#[derive(Clone, Copy)]
pub struct Engine(ffi::Loaded);

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}

/// What was loaded, under one lock with the loading.
static LOADED: Mutex<Option<(EngineSpec, Engine)>> = Mutex::new(None);

impl Engine {
    /// Loads an engine and makes its algorithms OpenSSL's own. The second time it is simply given again.
    ///
    /// Must come before anything else that uses OpenSSL in this process, for whoever is first decides whether `OPENSSL_CONF`
    /// is read: here it is not. Whoever sets `OPENSSL_ENGINES` still says where engines without a path lie.
    ///
    /// # Errors
    /// See [`EngineError`]; another attempt may be made later.
    pub fn load(spec: &EngineSpec) -> Result<Self, EngineError> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((before, engine)) = &*loaded {
            if before == spec {
                return Ok(*engine);
            }
            return Err(EngineError::Another { loaded: before.id.clone(), wanted: spec.id.clone() });
        }
        ffi::initialise();
        let engine = Self(ffi::load(spec)?);
        *loaded = Some((spec.clone(), engine));
        Ok(engine)
    }

    /// A key that the engine itself keeps or finds: a container, a slot of a token.
    pub(crate) fn private_key(self, id: &str) -> Result<PKey<Private>, String> {
        ffi::private_key(self.0, id)
    }
}

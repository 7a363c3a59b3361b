//! How the answers of the stand are checked: what becomes of one whose signature proves nothing, and whose signatures prove.

use std::path::{Path, PathBuf};

use gis_gkh::stand::{Stand, StandKind};
use gis_gkh::{AnswerCheck, AnswerPolicy};
use gis_gkh_sign::trust::Trust;

use super::error::ConfigError;
use super::given::Given;
use super::key_file;

const SIGNERS: &str = "stand.answer_signers";

/// The centre of the sandbox's sample signer. Its key is public, which is why no other stand believes it.
const SANDBOX: &str = include_str!("../../../../fixtures/keys/ca.crt");

/// How the answers of the stand are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerSettings {
    /// What becomes of an answer that is not proven.
    pub policy: AnswerPolicy,
    /// Certificates of the signers or of their centres (PEM). Without them the sandbox has its own, and other stands none.
    pub signers: Option<PathBuf>,
}

/// The policy, if it is not set: of the sandbox every answer is signed and by whom is known. Of the real stands one signed
/// answer has been seen, and others come unsigned (`protocol` §2.5): who would wait for signatures there might wait for ever.
fn usual(kind: StandKind) -> AnswerPolicy {
    match kind {
        StandKind::Sandbox => AnswerPolicy::Require,
        StandKind::Production | StandKind::Test => AnswerPolicy::Warn,
    }
}

pub(super) fn read(given: &Given, kind: StandKind) -> Result<AnswerSettings, ConfigError> {
    let words = [("require", AnswerPolicy::Require), ("warn", AnswerPolicy::Warn), ("off", AnswerPolicy::Off)];
    let policy = given.word("stand.answers", &words)?.unwrap_or_else(|| usual(kind));
    let signers = given.path(SIGNERS);
    if policy == AnswerPolicy::Require && signers.is_none() && kind != StandKind::Sandbox {
        return Err(ConfigError::Missing { key: SIGNERS });
    }
    Ok(AnswerSettings { policy, signers })
}

impl AnswerSettings {
    /// Reads the certificates.
    ///
    /// # Errors
    /// [`ConfigError::Key`] or [`ConfigError::KeyFile`].
    pub fn check(&self, stand: &Stand) -> Result<AnswerCheck, ConfigError> {
        let sandbox = stand.kind == StandKind::Sandbox;
        let fault = |path: &Path, reason: String| ConfigError::Key { key: SIGNERS, path: path.to_owned(), reason };
        let trust = match (&self.signers, self.policy) {
            (_, AnswerPolicy::Off) => Trust::default(),
            (None, _) if sandbox => {
                Trust::from_pem(SANDBOX).map_err(|error| fault(Path::new("(built in)"), error.to_string()))?
            }
            (None, _) => Trust::default(),
            (Some(path), _) => {
                let text = key_file(SIGNERS, path)?;
                let trust = Trust::from_pem(&text).map_err(|error| fault(path, error.to_string()))?;
                for certificate in trust.certificates() {
                    stand.check_certificate(certificate).map_err(|error| fault(path, error.to_string()))?;
                }
                trust
            }
        };
        Ok(AnswerCheck::new(self.policy, trust))
    }
}

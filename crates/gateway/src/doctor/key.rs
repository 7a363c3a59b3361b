//! The private key: can it be read, and does it belong to the certificate?

use std::sync::Arc;

use gis_gkh_sign::signer::Signer;

use super::page::{Check, Grade};
use crate::config::{Config, ConfigError, Loose};
use crate::desk::words::Words;
use crate::opening;

pub(super) const ID: &str = "key";

/// What is signed to see whether the key signs; no message begins so.
const TRIAL: &[u8] = b"gkh doctor";

/// Opens the key and lets it sign, once: a wrong PIN is not tried again. Whether it may sign today is the certificate's business.
/// May take as long as a token or a service does.
pub(super) fn check(config: &Config) -> (Check, Option<Arc<dyn Signer>>) {
    match opening::signer(config) {
        Ok(signer) => match signer.sign(TRIAL) {
            Ok(_) => {
                let who = signer.description();
                let words = Words::both(format!("ключ подписывает: {who}"), format!("the key signs: {who}"));
                (Check::green(ID, words), Some(signer))
            }
            Err(error) => (broken(&error), None),
        },
        // It was judged already, with its own remedy.
        Err(ConfigError::Key { key: "key.certificate", .. } | ConfigError::KeyFile { key: "key.certificate", .. }) => {
            (without_certificate(), None)
        }
        Err(error @ ConfigError::Loose { .. }) => (open_to_others(&error), None),
        Err(error) => (broken(&error), None),
    }
}

/// A key that works and that others may read: an error on a real stand, told of on the sandbox. The keys of sample certificates
/// are public, and nobody need hide them.
pub(super) fn with_permissions(check: Check, config: &Config, signer: Option<&Arc<dyn Signer>>) -> Check {
    let sample = signer.is_some_and(|signer| signer.certificate().is_sandbox_only());
    match (check.grade, config.loose().into_iter().next()) {
        (Grade::Green, Some(Loose { path, mode, .. })) if !sample => {
            let path = path.display();
            let found = Words::both(
                format!("ключ подписывает, но файл {path} доступен другим (права {mode:o})"),
                format!("the key signs, and others may read {path} (mode {mode:o})"),
            );
            Check::yellow(ID, found, chmod())
        }
        _ => check,
    }
}

fn open_to_others(error: &ConfigError) -> Check {
    Check::red(ID, Words::both(format!("ключ доступен другим: {error}"), error.to_string()), chmod())
}

fn chmod() -> Words {
    Words::both(
        "выполните chmod 600 для этого файла; на настоящем стенде шлюз с таким ключом не работает",
        "chmod 600 the file; on a real stand the gateway does not work with such a key",
    )
}

pub(super) fn without_certificate() -> Check {
    let why =
        Words::both("сертификатом пользоваться нельзя (certificate)", "the certificate cannot be used (certificate)");
    Check::skipped(ID, &why)
}

fn broken(error: &dyn std::error::Error) -> Check {
    let found = Words::both(format!("ключ не подписывает: {error}"), format!("the key does not sign: {error}"));
    let remedy = Words::both(
        "укажите в [key] закрытый ключ, созданный вместе с этим сертификатом, и проверьте, что этот пользователь может его читать",
        "name in [key] the private key that was made together with this certificate, and check that this user may read it",
    );
    Check::red(ID, found, remedy)
}

//! A token of a test's own.

use std::error::Error as _;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use gis_gkh_pkcs11::{Pkcs11Error, Pkcs11Signer};
use gis_gkh_pkcs11_mock::MockToken;
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::conformance::Sample;
use gis_gkh_sign::gost::KeySize;
use gis_gkh_sign::signer::{Pkcs11Config, ProviderError, SecretSource, SignError, TokenChoice, Verified};

pub(crate) const PIN: &str = "pin-47110815";

/// Longer than any machine is busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// A token in a folder of its own, with the settings to use it.
pub(crate) struct Bench {
    /// Removed with it.
    _folder: tempfile::TempDir,
    pub(crate) token: MockToken,
    pub(crate) config: Pkcs11Config,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut token = MockToken::new(&folder.path().join("token"), PIN).unwrap();
        token.put_key("org", &Sample::read("org-256").unwrap().private_key).unwrap();
        let pin = folder.path().join("pin");
        write_pin(&pin, PIN);
        let config = Pkcs11Config {
            module: token.module().unwrap(),
            token: TokenChoice::Only,
            key_label: Some("org".to_owned()),
            key_id: None,
            pin: Some(SecretSource::File(pin)),
            pin_retry: false,
            mechanism: None,
            limit: PATIENCE,
        };
        Self { _folder: folder, token, config }
    }

    pub(crate) fn open(&self) -> Result<Pkcs11Signer, Pkcs11Error> {
        Pkcs11Signer::open(&self.config, KeySize::Bits256, None)
    }

    pub(crate) fn verified(&self) -> Verified<Pkcs11Signer> {
        let certificate = Certificate::from_pem(&Sample::read("org-256").unwrap().certificate).unwrap();
        Verified::open(certificate, self.open().unwrap()).unwrap()
    }
}

pub(crate) fn write_pin(path: &std::path::Path, pin: &str) {
    std::fs::write(path, pin).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

pub(crate) fn cause(error: &SignError) -> (&Pkcs11Error, bool) {
    let SignError::Provider(error) = error else { panic!("{error}") };
    (pkcs11(error), error.is_passing())
}

fn pkcs11(error: &ProviderError) -> &Pkcs11Error {
    error.source().unwrap().downcast_ref().unwrap()
}

//! Keys under a password, made by OpenSSL 3 with the gost engine (`tests/encrypted/make.sh`).

use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::gost::{OsEntropy, PrivateKey};
use gis_gkh_sign::key::KeyError;
use gis_gkh_sign::signer::{BuiltinSigner, Secret, Signer as _};

macro_rules! key {
    ($name:literal) => {
        include_str!(concat!("encrypted/", $name, ".key"))
    };
}

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../fixtures/keys/", $name))
    };
}

fn opened(text: &str, password: &str) -> Result<PrivateKey, KeyError> {
    PrivateKey::from_encrypted_pem(text, &Secret::new(password))
}

#[test]
fn keys_encrypted_with_aes_are_opened_and_sign() {
    for (key, password, certificate) in [
        (key!("aes-256-pbkdf2"), "образцовый пароль", fixture!("org-256.crt")),
        (key!("aes-128-scrypt"), "sample", fixture!("org-512.crt")),
        (key!("aes-256-sha512"), "sample", fixture!("org-tc26a-256.crt")),
    ] {
        let certificate = Certificate::from_pem(certificate).unwrap();
        let signer = BuiltinSigner::new(certificate, opened(key, password).unwrap(), Box::new(OsEntropy)).unwrap();
        signer.sign(b"data").unwrap();
        assert!(matches!(PrivateKey::from_pem(key), Err(KeyError::Encrypted)));
    }
}

#[test]
fn a_wrong_password_is_named_and_nothing_of_it_is_shown() {
    // Once in 256 wrong passwords the padding fits; what comes out then is no key.
    for turn in 0..600 {
        let error = opened(key!("aes-256-pbkdf2"), &format!("guess-{turn}")).unwrap_err();
        assert!(matches!(error, KeyError::Password), "{turn}: {error}");
        assert!(!format!("{error} {error:?}").contains("guess"), "{error}");
    }
    let empty = opened(key!("aes-128-scrypt"), "").unwrap_err();
    assert!(matches!(empty, KeyError::Password), "{empty}");
}

#[test]
fn other_encryptions_are_named_with_the_remedy() {
    for key in [key!("gost89"), key!("des3"), key!("pbes1")] {
        let error = opened(key, "sample").unwrap_err();
        assert!(matches!(error, KeyError::Encryption(_)), "{error}");
        assert!(error.to_string().contains("-v2 aes-256-cbc"), "{error}");
    }
}

/// Twenty million rounds: half a minute of somebody's start.
#[test]
fn parameters_that_would_take_minutes_are_refused() {
    let error = opened(key!("slow"), "sample").unwrap_err();
    assert!(error.to_string().contains("too much time or memory"), "{error}");
}

#[test]
fn a_plain_key_needs_no_password_even_if_one_is_given() {
    let key = opened(fixture!("org-256.key"), "not needed").unwrap();
    assert_eq!(key.public_key(), PrivateKey::from_pem(fixture!("org-256.key")).unwrap().public_key());
    for text in ["", fixture!("org-256.crt")] {
        assert!(matches!(opened(text, "x"), Err(KeyError::Pem(_))));
    }
}

/// Damage in the middle of the number gives another number, which the guard refuses with the certificate; anywhere else it
/// is an error.
#[test]
fn no_damage_of_a_file_gives_the_key() {
    let good = key!("aes-256-pbkdf2");
    let own = opened(good, "образцовый пароль").unwrap();
    let body = good.find("-----\n").unwrap() + 6..good.find("-----END").unwrap();
    let mut errors = 0;
    for at in body.step_by(3).filter(|at| good.as_bytes()[*at] != b'\n') {
        let mut bad = good.as_bytes().to_vec();
        bad[at] = if bad[at] == b'A' { b'B' } else { b'A' };
        match opened(std::str::from_utf8(&bad).unwrap(), "образцовый пароль") {
            Ok(other) => assert_ne!(other.public_key(), own.public_key(), "{at}"),
            Err(_) => errors += 1,
        }
    }
    assert!(errors > 30, "{errors}");
}

//! The built-in provider held to the suite of all providers, and the suite held to what it must find.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod support;

use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::conformance::{Sample, Subject, hold};
use gis_gkh_sign::gost::{OsEntropy, PrivateKey};
use gis_gkh_sign::signer::{BuiltinKey, Input, ProviderError, RawSigner, SignError, Signer as _, Verified};
use support::held;

fn builtin(sample: &Sample) -> BuiltinKey {
    BuiltinKey::new(PrivateKey::from_pem(&sample.private_key).unwrap(), Box::new(OsEntropy))
}

struct Builtin;

impl Subject for Builtin {
    fn provider(&self, sample: &Sample) -> Result<Box<dyn RawSigner>, SignError> {
        Ok(Box::new(builtin(sample)))
    }
}

#[test]
fn the_builtin_provider_conforms() {
    held(&Builtin);
}

/// A provider that reads digests backwards, as a library may that takes them for numbers.
#[derive(Debug)]
struct Backwards(BuiltinKey);

impl RawSigner for Backwards {
    fn name(&self) -> String {
        "a backward provider".to_owned()
    }

    fn input(&self) -> Input {
        Input::Digest
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, ProviderError> {
        self.0.sign(&input.iter().rev().copied().collect::<Vec<u8>>())
    }
}

impl Subject for Backwards {
    fn provider(&self, sample: &Sample) -> Result<Box<dyn RawSigner>, SignError> {
        Ok(Box::new(Self(builtin(sample))))
    }
}

#[test]
fn a_provider_that_reads_digests_backwards_conforms() {
    let sample = Sample::read("org-256").unwrap();
    held(&Backwards(builtin(&sample)));
    let certificate = Certificate::from_pem(&sample.certificate).unwrap();
    let backwards = Verified::open(certificate.clone(), Backwards(builtin(&sample))).unwrap();
    assert_eq!(backwards.description(), "a backward provider (s‖r, big-endian, digests backwards)");
    let straight = Verified::open(certificate, builtin(&sample)).unwrap();
    assert_eq!(straight.description(), "the built-in provider (s‖r, big-endian)");
}

/// Shows its key in `Debug`.
struct Leaking(BuiltinKey, String);

impl std::fmt::Debug for Leaking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.1)
    }
}

impl RawSigner for Leaking {
    fn name(&self) -> String {
        "a leaking provider".to_owned()
    }

    fn input(&self) -> Input {
        self.0.input()
    }

    fn sign(&self, input: &[u8]) -> Result<Vec<u8>, ProviderError> {
        self.0.sign(input)
    }
}

struct Leak(fn(&Sample) -> String);

impl Subject for Leak {
    fn provider(&self, sample: &Sample) -> Result<Box<dyn RawSigner>, SignError> {
        Ok(Box::new(Leaking(builtin(sample), (self.0)(sample))))
    }

    fn secrets(&self) -> Vec<String> {
        vec!["4711-pin".to_owned()]
    }
}

#[test]
fn the_suite_finds_secrets_that_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    hold(&Leak(|_| "nothing".to_owned()), folder.path()).unwrap();
    let leaks: [fn(&Sample) -> String; 2] = [|sample| sample.private_key.clone(), |_| "pin: 4711-PIN".to_owned()];
    for leak in leaks {
        let failure = hold(&Leak(leak), folder.path()).unwrap_err().to_string();
        assert!(failure.contains("Debug shows no secret"), "{failure}");
    }
}

/// A provider whose key is always the same.
struct OneKey;

impl Subject for OneKey {
    fn provider(&self, _: &Sample) -> Result<Box<dyn RawSigner>, SignError> {
        Ok(Box::new(builtin(&Sample::read("org-256").unwrap())))
    }
}

#[test]
fn the_suite_finds_a_provider_with_another_key() {
    let folder = tempfile::tempdir().unwrap();
    let failure = hold(&OneKey, folder.path()).unwrap_err().to_string();
    assert!(failure.contains("with the key org-512") && failure.contains("does not belong"), "{failure}");
}

//! PINs: a wrong one is tried once, by this process and by those after it.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod support;

use std::io;

use gis_gkh_pkcs11::{Pkcs11Error, Pkcs11Signer};
use gis_gkh_sign::gost::KeySize;
use gis_gkh_sign::signer::{Prompt, RawSigner as _, Secret, SecretSource, Signer as _};
use support::{Bench, PIN, cause, write_pin};

/// Another PIN in the file.
fn set_pin(bench: &Bench, pin: &str) {
    let Some(SecretSource::File(path)) = &bench.config.pin else { panic!("{:?}", bench.config) };
    write_pin(path, pin);
}

/// The same token in a process started anew.
fn restart(bench: &mut Bench) {
    bench.config.module = bench.token.module().unwrap();
}

#[test]
fn a_wrong_pin_is_tried_once_and_never_again_until_it_is_another() {
    let bench = Bench::new();
    set_pin(&bench, "wrong-1");
    let error = bench.open().unwrap_err();
    assert!(matches!(error, Pkcs11Error::PinIncorrect { .. }) && !error.is_passing(), "{error}");
    for _ in 0..20 {
        let error = bench.open().unwrap_err();
        assert!(matches!(error, Pkcs11Error::PinRefused) && !error.is_passing(), "{error}");
    }
    assert_eq!((bench.token.calls("login"), bench.token.get("tries").as_str()), (1, "9"));

    set_pin(&bench, "wrong-2");
    assert!(matches!(bench.open(), Err(Pkcs11Error::PinIncorrect { .. })));
    assert!(matches!(bench.open(), Err(Pkcs11Error::PinRefused)));
    assert_eq!(bench.token.calls("login"), 2);

    set_pin(&bench, PIN);
    bench.open().unwrap();
    assert_eq!(bench.token.get("tries"), "10");
}

#[test]
fn a_pin_changed_on_the_token_costs_one_try_however_many_messages_wait() {
    let bench = Bench::new();
    let signer = bench.verified();
    bench.token.set("pin", "changed").unwrap();
    bench.token.lose_sessions().unwrap();
    let first = signer.sign(b"1").unwrap_err();
    assert!(matches!(cause(&first).0, Pkcs11Error::PinIncorrect { .. }), "{first}");
    for _ in 0..20 {
        let error = signer.sign(b"2").unwrap_err();
        assert!(matches!(cause(&error), (Pkcs11Error::PinRefused, false)), "{error}");
    }
    assert_eq!(bench.token.get("tries"), "9");
    // The file is read anew: no restart is needed.
    set_pin(&bench, "changed");
    signer.sign(b"3").unwrap();
}

#[test]
fn a_service_that_starts_again_and_again_does_not_lock_the_token() {
    let mut bench = Bench::new();
    set_pin(&bench, "wrong");
    assert!(matches!(bench.open(), Err(Pkcs11Error::PinIncorrect { .. })));
    for _ in 0..20 {
        restart(&mut bench);
        let error = bench.open().unwrap_err();
        assert!(matches!(error, Pkcs11Error::PinTriedBefore), "{error}");
        assert!(error.to_string().contains("pin_retry"), "{error}");
    }
    assert_eq!(bench.token.get("tries"), "9");
    // Whoever has checked the PIN says so.
    set_pin(&bench, PIN);
    bench.config.pin_retry = true;
    restart(&mut bench);
    bench.open().unwrap();
    bench.config.pin_retry = false;
    restart(&mut bench);
    bench.open().unwrap();
}

#[test]
fn the_last_try_is_never_used_and_a_locked_token_is_named() {
    let mut bench = Bench::new();
    bench.config.pin_retry = true;
    bench.token.set("tries", "1").unwrap();
    assert!(matches!(bench.open(), Err(Pkcs11Error::PinFinalTry)));
    bench.token.set("tries", "0").unwrap();
    let error = bench.open().unwrap_err();
    assert!(matches!(error, Pkcs11Error::PinLocked) && error.to_string().contains("unlock"), "{error}");
    assert_eq!(bench.token.calls("login"), 0);
}

struct Person(&'static str);

impl Prompt for Person {
    fn ask(&self, question: &str) -> io::Result<Secret> {
        assert_eq!(question, "PIN of the token");
        Ok(Secret::new(self.0))
    }
}

#[test]
fn a_person_is_asked_once_and_may_try_again() {
    let mut bench = Bench::new();
    bench.config.pin = Some(SecretSource::Prompt("PIN of the token".to_owned()));
    let ask = |bench: &Bench, pin| Pkcs11Signer::open(&bench.config, KeySize::Bits256, Some(&Person(pin)));
    assert!(matches!(ask(&bench, "wrong"), Err(Pkcs11Error::PinIncorrect { .. })));
    restart(&mut bench);
    let signer = ask(&bench, PIN).unwrap();
    // The answer serves later sessions as well.
    bench.token.lose_sessions().unwrap();
    signer.sign(&[0; 32]).unwrap();
    assert!(!format!("{signer:?}").contains(PIN));
    assert!(matches!(bench.open(), Err(Pkcs11Error::Secret(_))), "nobody to ask");
}

#[test]
fn a_token_with_a_keypad_needs_no_pin_and_others_do() {
    let mut bench = Bench::new();
    bench.config.pin = None;
    assert!(matches!(bench.open(), Err(Pkcs11Error::NoPin)));
    bench.token.set("keypad", "1").unwrap();
    bench.open().unwrap();
}

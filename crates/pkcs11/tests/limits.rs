//! A module that hangs, and a token that is away when the program starts.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as loudly as the tests themselves")]
#![expect(dead_code, reason = "the support is that of all files of tests")]

mod support;

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gis_gkh_pkcs11::{Pkcs11Error, Pkcs11Signer};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::conformance::Sample;
use gis_gkh_sign::gost::KeySize;
use gis_gkh_sign::signer::{
    Again, ProviderConfig, RawSigner as _, SecretSource, SharedOpeners, Signer, SignerConfig, Verified,
};
use support::{Bench, cause, write_pin};

/// A signer with a limit that is short, and long enough to open it on this machine.
fn impatient(bench: &mut Bench) -> Verified<Pkcs11Signer> {
    let certificate = Certificate::from_pem(&Sample::read("org-256").unwrap().certificate).unwrap();
    for seconds in [1, 4, 16, 64] {
        bench.config.limit = Duration::from_secs(seconds);
        let opened = Pkcs11Signer::open(&bench.config, KeySize::Bits256, None);
        if let Some(signer) = opened.ok().and_then(|key| Verified::open(certificate.clone(), key).ok()) {
            return signer;
        }
    }
    panic!("a machine too busy to open anything");
}

#[test]
fn a_module_that_hangs_is_given_up_and_signs_again_when_it_has_returned() {
    let mut bench = Bench::new();
    let signer = impatient(&mut bench);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    bench.token.set("hang", &listener.local_addr().unwrap().to_string()).unwrap();
    let slow = signer.sign(b"waits").unwrap_err();
    assert!(matches!(cause(&slow), (Pkcs11Error::Slow { .. }, true)), "{slow}");
    assert!(slow.to_string().contains("did not answer within"), "{slow}");
    let (call, _) = listener.accept().unwrap();
    for _ in 0..20 {
        let error = signer.sign(b"fails at once").unwrap_err();
        assert!(matches!(cause(&error), (Pkcs11Error::Hangs { .. }, true)), "{error}");
    }
    // Nor does a signer opened anew call it.
    let another = bench.open().unwrap_err();
    assert!(matches!(another, Pkcs11Error::Hangs { .. }) && another.is_passing(), "{another}");
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "one call hangs, and no other was made");

    bench.token.set("hang", "").unwrap();
    drop(call);
    // That it has returned is noticed a moment later.
    loop {
        match signer.sign(b"goes on") {
            Ok(value) => break assert_eq!(value.len(), 64),
            Err(error) => assert!(error.is_passing(), "{error}"),
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_signer_can_be_dropped_while_its_module_hangs() {
    let mut bench = Bench::new();
    let (signer, other) = (impatient(&mut bench), impatient(&mut bench));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    bench.token.set("hang", &listener.local_addr().unwrap().to_string()).unwrap();
    assert!(signer.sign(b"hangs").is_err());
    let (call, _) = listener.accept().unwrap();
    drop(signer);
    drop(other);
    bench.token.set("hang", "").unwrap();
    drop(call);
    // Their sessions end when the call has returned; then the token is opened anew.
    loop {
        match bench.open() {
            Ok(signer) => break assert_eq!(signer.sign(&[0; 32]).unwrap().len(), 64),
            Err(error) => assert!(error.is_passing(), "{error}"),
        }
        std::thread::yield_now();
    }
}

const PAUSE: Duration = Duration::from_secs(10);

/// A signer whose token is not plugged in yet, and the clock it goes by.
fn waiting(bench: &Bench) -> (Arc<dyn Signer>, Arc<Mutex<Duration>>) {
    bench.token.plug(false).unwrap();
    let config = SignerConfig {
        certificate: Sample::folder().join("org-256.crt"),
        provider: ProviderConfig::Pkcs11(bench.config.clone()),
    };
    let clock = Arc::new(Mutex::new(Duration::ZERO));
    let its = Arc::clone(&clock);
    let mut openers = SharedOpeners::default();
    openers.pkcs11 = Some(Arc::new(gis_gkh_pkcs11::open));
    let signer = config
        .open_or_wait(&openers, Again::by(PAUSE, move || *its.lock().unwrap()))
        .unwrap_or_else(|error| panic!("{error}"));
    (signer, clock)
}

#[test]
fn a_token_that_is_plugged_in_after_the_start_signs() {
    let bench = Bench::new();
    let (signer, clock) = waiting(&bench);
    let error = signer.sign(b"waits").unwrap_err();
    assert!(error.is_passing() && error.to_string().contains("not plugged in"), "{error}");
    bench.token.plug(true).unwrap();
    *clock.lock().unwrap() += PAUSE;
    assert_eq!(signer.sign(b"goes on").unwrap().len(), 64);
    assert!(signer.description().contains("the token by module"), "{}", signer.description());
}

#[test]
fn a_token_that_comes_back_with_another_pin_costs_one_try() {
    let bench = Bench::new();
    let (signer, clock) = waiting(&bench);
    bench.token.set("pin", "changed").unwrap();
    bench.token.plug(true).unwrap();
    for _ in 0..20 {
        *clock.lock().unwrap() += PAUSE;
        let error = signer.sign(b"data").unwrap_err();
        assert!(!error.is_passing() && error.to_string().contains("the PIN is wrong"), "{error}");
    }
    let Some(SecretSource::File(file)) = &bench.config.pin else { panic!("{:?}", bench.config) };
    write_pin(file, "changed");
    *clock.lock().unwrap() += PAUSE;
    assert!(signer.sign(b"data").is_err(), "only a start tries it");
    assert_eq!((bench.token.calls("login"), bench.token.get("tries").as_str()), (1, "9"));
}

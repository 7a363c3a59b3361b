//! The provider over a mock module: held to the suite of all providers, sessions that are lost, tokens that are unplugged, and
//! what is chosen on a token.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests may fail and speak as loudly as the tests themselves"
)]

mod support;

use std::sync::Mutex;

use gis_gkh_pkcs11::Pkcs11Error;
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::conformance::{Judgement, Sample, Subject, hold, judge};
use gis_gkh_sign::signer::{
    ByteOrder, Openers, ProviderConfig, RawSigner, SignError, Signer as _, SignerConfig, TokenChoice, Verified,
};
use support::{Bench, PIN, cause};

// ---- the suite ---------------------------------------------------------------------------------------------------

/// Tokens with these habits.
struct Tokens {
    mechanisms: &'static str,
    order: ByteOrder,
    backwards: bool,
    /// Kept as long as their signers may use them.
    benches: Mutex<Vec<Bench>>,
}

impl Tokens {
    fn new(mechanisms: &'static str, order: ByteOrder, backwards: bool) -> Self {
        Self { mechanisms, order, backwards, benches: Mutex::default() }
    }
}

impl Subject for Tokens {
    fn provider(&self, sample: &Sample) -> Result<Box<dyn RawSigner>, SignError> {
        let bench = Bench::new();
        bench.token.put_key("org", &sample.private_key).unwrap();
        bench.token.set("mechanisms", self.mechanisms).unwrap();
        bench.token.set("backwards", if self.backwards { "1" } else { "0" }).unwrap();
        bench.token.order(self.order).unwrap();
        let certificate = Certificate::from_pem(&sample.certificate).unwrap();
        let opened = gis_gkh_pkcs11::open(&bench.config, &certificate, None);
        self.benches.lock().unwrap().push(bench);
        opened
    }

    fn secrets(&self) -> Vec<String> {
        vec![PIN.to_owned()]
    }
}

fn held(tokens: &Tokens) {
    let folder = tempfile::tempdir().unwrap();
    let checks = hold(tokens, folder.path()).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(checks, 27);
    match judge(folder.path()) {
        Judgement::Accepted(count) => assert_eq!(count, 12),
        Judgement::Refused(said) => panic!("{said}"),
        Judgement::Missing(what) => {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "no independent verifier: {what}");
            eprintln!("SKIPPED: no independent verifier: {what}");
        }
    }
}

#[test]
fn a_token_that_signs_digests_conforms() {
    held(&Tokens::new("1201 d4321006", ByteOrder::SrBigEndian, false));
}

#[test]
fn a_token_that_hashes_itself_and_gives_r_first_conforms() {
    held(&Tokens::new("1 d4321008 d4321009", ByteOrder::RsBigEndian, false));
}

#[test]
fn a_token_that_reverses_values_and_digests_conforms() {
    held(&Tokens::new("1201 d4321006", ByteOrder::RsLittleEndian, true));
}

// ---- sessions ----------------------------------------------------------------------------------------------------

#[test]
fn the_session_is_kept_open_and_logged_in_once() {
    let bench = Bench::new();
    let signer = bench.verified();
    for turn in 0..5u8 {
        signer.sign(&[turn]).unwrap();
    }
    assert_eq!((bench.token.calls("open"), bench.token.calls("login"), bench.token.calls("sign")), (1, 1, 6));
}

#[test]
fn a_lost_session_is_opened_anew_without_anybody_noticing() {
    let bench = Bench::new();
    let signer = bench.verified();
    bench.token.lose_sessions().unwrap();
    signer.sign(b"after a reset").unwrap();
    assert_eq!((bench.token.calls("open"), bench.token.calls("login")), (2, 2));
}

#[test]
fn an_unplugged_token_is_named_and_signing_goes_on_when_it_is_back() {
    let bench = Bench::new();
    let signer = bench.verified();
    bench.token.plug(false).unwrap();
    for _ in 0..2 {
        let error = signer.sign(b"waits").unwrap_err();
        let (cause, passing) = cause(&error);
        assert!(matches!(cause, Pkcs11Error::Absent { .. }) && passing && error.is_passing(), "{error}");
        assert!(error.to_string().contains("not plugged in"), "{error}");
    }
    bench.token.plug(true).unwrap();
    signer.sign(b"goes on").unwrap();
    assert_eq!(bench.token.calls("login"), 2, "no try was spent while it was away");
}

#[test]
fn a_session_that_is_lost_again_and_again_is_not_opened_forever() {
    let bench = Bench::new();
    let signer = bench.verified();
    // The key is gone: the handle is invalid in every session.
    std::fs::remove_file(bench.token.folder().join("keys/org.pem")).unwrap();
    let error = signer.sign(b"data").unwrap_err();
    assert!(matches!(cause(&error).0, Pkcs11Error::NoKey { .. }), "{error}");
    assert_eq!(bench.token.calls("open"), 2);
}

#[test]
fn signers_of_one_module_share_it_and_do_not_end_it_for_each_other() {
    let bench = Bench::new();
    let (first, second) = (bench.verified(), bench.verified());
    drop(first);
    second.sign(b"still there").unwrap();
    drop(second);
    bench.verified().sign(b"and anew").unwrap();
}

// ---- choice ------------------------------------------------------------------------------------------------------

#[test]
fn token_and_key_are_chosen_by_what_is_said_of_them() {
    let mut bench = Bench::new();
    for (choice, there) in [
        (TokenChoice::Slot(7), true),
        (TokenChoice::Label("mock".to_owned()), true),
        (TokenChoice::Serial("0123".to_owned()), true),
        (TokenChoice::Slot(1), false),
        (TokenChoice::Label("other".to_owned()), false),
        (TokenChoice::Serial("9".to_owned()), false),
    ] {
        bench.config.token = choice;
        match bench.open() {
            Ok(_) => assert!(there),
            Err(Pkcs11Error::Absent { present, .. }) if !there => assert_eq!(present, "`mock` (0123, slot 7)"),
            Err(error) => panic!("{:?}: {error}", bench.config.token),
        }
    }
    bench.config.token = TokenChoice::Only;
    bench.token.put_key("second", &Sample::read("other-256").unwrap().private_key).unwrap();
    for (label, id, expected) in [
        (Some("org"), None, Ok(())),
        (None, Some("second"), Ok(())),
        (Some("org"), Some("org"), Ok(())),
        (Some("org"), Some("second"), Err("a private key with the label `org` and the id 7365636f6e64 is not on")),
        (Some("third"), None, Err("a private key with the label `third` is not on the token")),
        (None, None, Err("a private key is on the token 2 times")),
    ] {
        bench.config.key_label = label.map(str::to_owned);
        bench.config.key_id = id.map(|id: &str| id.as_bytes().to_vec());
        match (bench.open(), expected) {
            (Ok(_), Ok(())) => {}
            (Err(error), Err(hint)) => assert!(error.to_string().starts_with(hint), "{error}"),
            (other, _) => panic!("{label:?} {id:?}: {other:?}"),
        }
    }
}

#[test]
fn a_key_of_another_certificate_is_refused_at_the_start() {
    let bench = Bench::new();
    bench.token.put_key("org", &Sample::read("other-256").unwrap().private_key).unwrap();
    let certificate = Certificate::from_pem(&Sample::read("org-256").unwrap().certificate).unwrap();
    let refused = Verified::open(certificate, bench.open().unwrap());
    assert!(matches!(refused, Err(SignError::NoFit { .. })), "{refused:?}");
}

#[test]
fn a_token_that_begins_to_sign_wrongly_releases_nothing() {
    let bench = Bench::new();
    let signer = bench.verified();
    bench.token.set("spoil", "1").unwrap();
    assert!(matches!(signer.sign(b"data"), Err(SignError::Unverified { .. })));
    bench.token.set("spoil", "0").unwrap();
    // The order was found out at the start; a value in another is no signature any more.
    bench.token.order(ByteOrder::RsBigEndian).unwrap();
    assert!(matches!(signer.sign(b"data"), Err(SignError::Unverified { .. })));
    bench.token.order(ByteOrder::SrBigEndian).unwrap();
    signer.sign(b"data").unwrap();
}

#[test]
fn mechanisms_are_asked_for_or_named() {
    let mut bench = Bench::new();
    assert_eq!(bench.open().unwrap().mechanism(), 0x1201);
    bench.config.mechanism = Some("CKM_GOSTR3410_WITH_GOSTR3411_12_256".to_owned());
    let signer = bench.verified();
    assert_eq!(signer.provider().mechanism(), 0xD432_1008);
    signer.sign(b"hashed by the token").unwrap();
    bench.config.mechanism = Some("0x1202".to_owned());
    assert!(matches!(bench.open(), Err(Pkcs11Error::Mechanism { .. })));
    bench.config.mechanism = None;
    bench.token.set("mechanisms", "1 1202").unwrap();
    assert!(matches!(bench.open(), Err(Pkcs11Error::NoMechanism { .. })));
    // Named, and not there after all.
    bench.config.mechanism = Some("CKM_GOSTR3410".to_owned());
    let error = bench.open().unwrap().sign(&[0; 32]).unwrap_err();
    assert!(error.to_string().contains("CKR_MECHANISM_INVALID (0x70)") && !error.is_passing(), "{error}");
}

#[test]
fn modules_that_are_none_are_named() {
    let mut bench = Bench::new();
    for (module, hint) in [
        ("/no/such/module.so", "No such file"),
        ("/etc/passwd", "cannot be loaded"),
        ("libc.so.6", "it is no PKCS#11 module"),
    ] {
        bench.config.module = module.into();
        let error = bench.open().unwrap_err();
        assert!(matches!(error, Pkcs11Error::Module { .. }) && error.to_string().contains(hint), "{error}");
    }
}

#[test]
fn a_token_is_opened_by_settings() {
    let bench = Bench::new();
    let config = SignerConfig {
        certificate: Sample::folder().join("org-256.crt"),
        provider: ProviderConfig::Pkcs11(bench.config),
    };
    let mut openers = Openers::default();
    openers.pkcs11 = Some(&gis_gkh_pkcs11::open);
    let signer = config.open(&openers).unwrap();
    assert_eq!(signer.sign(b"data").unwrap().len(), 64);
}

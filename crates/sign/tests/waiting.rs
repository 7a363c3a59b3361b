//! A key whose provider is away at the start, and what comes of it when it is back.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as loudly as the tests themselves")]

use std::error::Error as _;
use std::io;
use std::sync::{Arc, Barrier, Mutex};
use std::time::Duration;

use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::conformance::Sample;
use gis_gkh_sign::gost::{OsEntropy, PrivateKey};
use gis_gkh_sign::signer::{
    Again, BuiltinKey, OpenError, OpensslConfig, OpensslKeySource, Prompt, ProviderConfig, ProviderError, Secret,
    SecretSource, SharedOpeners, SignError, Signer, SignerConfig, WaitError,
};

const PAUSE: Duration = Duration::from_secs(10);

/// What a try to open the key comes to.
#[derive(Clone, Copy, PartialEq)]
enum Provider {
    Away,
    Back,
    WrongPin,
    OtherKey,
}

/// A provider that comes and goes, a person, and a clock.
struct Stage {
    provider: Mutex<Provider>,
    /// The PIN of each try.
    tries: Mutex<Vec<Option<String>>>,
    now: Mutex<Duration>,
    asked: Mutex<Vec<String>>,
}

struct Person(Arc<Stage>);

impl Prompt for Person {
    fn ask(&self, question: &str) -> io::Result<Secret> {
        self.0.asked.lock().unwrap().push(question.to_owned());
        Ok(Secret::new("4711"))
    }
}

impl Stage {
    fn new(provider: Provider) -> Arc<Self> {
        let now = Mutex::default();
        Arc::new(Self { provider: Mutex::new(provider), tries: Mutex::default(), now, asked: Mutex::default() })
    }

    fn becomes(&self, provider: Provider) {
        *self.provider.lock().unwrap() = provider;
    }

    fn passes(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
    }

    fn tries(&self) -> usize {
        self.tries.lock().unwrap().len()
    }

    fn config(password: Option<SecretSource>) -> SignerConfig {
        let key = OpensslKeySource::Engine("the fake".to_owned());
        let openssl = OpensslConfig { engine: None, engine_path: None, key, password };
        SignerConfig { certificate: Sample::folder().join("org-256.crt"), provider: ProviderConfig::Openssl(openssl) }
    }

    fn openers(self: &Arc<Self>) -> SharedOpeners {
        let stage = Arc::clone(self);
        let mut openers = SharedOpeners::default();
        openers.prompt = Some(Arc::new(Person(Arc::clone(self))));
        openers.openssl = Some(Arc::new(move |config: &OpensslConfig, _, prompt: Option<&dyn Prompt>| {
            let provider = *stage.provider.lock().unwrap();
            let pin = config.password.as_ref().map(|source| source.read(prompt).map(|pin| pin.reveal().to_owned()));
            let pin = pin.transpose().map_err(|error| ProviderError::lasting("the fake", error))?;
            stage.tries.lock().unwrap().push(pin);
            let key = |name: &str| PrivateKey::from_pem(&Sample::read(name).unwrap().private_key);
            match provider {
                Provider::Away => Err(ProviderError::passing("the fake", "it is not plugged in").into()),
                Provider::WrongPin => Err(ProviderError::lasting("the fake", "the PIN is wrong").into()),
                Provider::Back => Ok(Box::new(BuiltinKey::new(key("org-256")?, Box::new(OsEntropy)))),
                Provider::OtherKey => Ok(Box::new(BuiltinKey::new(key("other-256")?, Box::new(OsEntropy)))),
            }
        }));
        openers
    }

    fn open(self: &Arc<Self>, config: &SignerConfig) -> Result<Arc<dyn Signer>, OpenError> {
        let clock = Arc::clone(self);
        let again = Again::by(PAUSE, move || *clock.now.lock().unwrap());
        config.open_or_wait(&self.openers(), again)
    }

    fn waiting(self: &Arc<Self>) -> Arc<dyn Signer> {
        self.open(&Self::config(None)).unwrap_or_else(|error| panic!("{error}"))
    }
}

/// What is said while the key is not open, and whether it passes.
fn refused(signer: &dyn Signer) -> (WaitError, bool) {
    let error = signer.sign(b"data").unwrap_err();
    let SignError::Provider(provider) = &error else { panic!("{error}") };
    let cause: &WaitError = provider.source().unwrap().downcast_ref().unwrap();
    (cause.clone(), error.is_passing())
}

#[test]
fn a_provider_that_is_there_is_opened_as_ever() {
    let stage = Stage::new(Provider::Back);
    let signer = stage.waiting();
    assert_eq!(signer.description(), "the built-in provider (s‖r, big-endian)");
    assert_eq!((signer.sign(b"data").unwrap().len(), stage.tries()), (64, 1));
}

#[test]
fn a_key_that_is_away_is_waited_for_with_its_certificate_and_signs_when_it_is_back() {
    let stage = Stage::new(Provider::Away);
    let signer = stage.waiting();
    let certificate = Certificate::from_pem(&Sample::read("org-256").unwrap().certificate).unwrap();
    assert_eq!(signer.certificate().der(), certificate.der());
    assert!(signer.description().contains("waited for (the fake: it is not plugged in)"), "{}", signer.description());
    let (error, passing) = refused(&*signer);
    assert!(matches!(&error, WaitError::Away { pause: PAUSE, .. }) && passing, "{error}");
    stage.becomes(Provider::Back);
    stage.passes(PAUSE);
    assert_eq!(signer.sign(b"data").unwrap().len(), 64);
    assert_eq!(signer.description(), "the built-in provider (s‖r, big-endian)");
    signer.sign(b"more").unwrap();
    assert_eq!(stage.tries(), 2, "opened once");
}

#[test]
fn it_is_tried_again_no_more_often_than_the_pause() {
    let stage = Stage::new(Provider::Away);
    let signer = stage.waiting();
    for tries in 1..4 {
        for _ in 0..10 {
            assert!(refused(&*signer).1);
        }
        stage.passes(PAUSE - Duration::from_millis(1));
        refused(&*signer);
        assert_eq!(stage.tries(), tries);
        stage.passes(Duration::from_millis(1));
        refused(&*signer);
    }
    assert_eq!(stage.tries(), 4);
}

#[test]
fn of_many_messages_that_wait_one_tries_for_all() {
    let stage = Stage::new(Provider::Away);
    let signer = stage.waiting();
    stage.passes(PAUSE);
    let together = Barrier::new(8);
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                together.wait();
                assert!(refused(&*signer).1);
            });
        }
    });
    assert_eq!(stage.tries(), 2);
}

#[test]
fn a_wrong_pin_is_tried_once_and_never_again() {
    let stage = Stage::new(Provider::Away);
    let signer = stage.waiting();
    stage.becomes(Provider::WrongPin);
    stage.passes(PAUSE);
    // The right one comes too late: only a start with somebody looking tries it.
    for provider in [Provider::WrongPin, Provider::WrongPin, Provider::Back] {
        stage.becomes(provider);
        let (error, passing) = refused(&*signer);
        assert!(matches!(&error, WaitError::Refused { why } if why.contains("PIN is wrong")) && !passing, "{error}");
        stage.passes(PAUSE * 100);
    }
    assert_eq!(stage.tries(), 2);
    assert!(signer.description().contains("refused"), "{}", signer.description());
}

#[test]
fn what_does_not_pass_is_an_error_at_once() {
    for (provider, said) in [(Provider::WrongPin, "the PIN is wrong"), (Provider::OtherKey, "does not belong")] {
        let Err(error) = Stage::new(provider).open(&Stage::config(None)) else { panic!("{said}") };
        assert!(error.to_string().contains(said) && !error.is_passing(), "{error}");
    }
    let missing = SignerConfig { certificate: "/no/such/file".into(), ..Stage::config(None) };
    assert!(matches!(Stage::new(Provider::Away).open(&missing), Err(OpenError::File { .. })));
    let none = Stage::config(None).open_or_wait(&SharedOpeners::default(), Again::after(PAUSE));
    assert!(matches!(none, Err(OpenError::NotBuilt("openssl"))));
    // And a key of another certificate when the provider is back.
    let stage = Stage::new(Provider::Away);
    let signer = stage.waiting();
    stage.becomes(Provider::OtherKey);
    stage.passes(PAUSE);
    assert!(matches!(refused(&*signer), (WaitError::Refused { .. }, false)));
}

#[test]
fn a_person_is_asked_at_the_start_and_the_answer_is_kept_until_the_key_is_open() {
    let stage = Stage::new(Provider::Away);
    let password = Some(SecretSource::Prompt("PIN of the key".to_owned()));
    let signer = stage.open(&Stage::config(password)).unwrap_or_else(|error| panic!("{error}"));
    for _ in 0..2 {
        stage.passes(PAUSE);
        refused(&*signer);
    }
    stage.becomes(Provider::Back);
    stage.passes(PAUSE);
    signer.sign(b"data").unwrap();
    assert_eq!(*stage.asked.lock().unwrap(), ["PIN of the key"]);
    assert_eq!(*stage.tries.lock().unwrap(), vec![Some("4711".to_owned()); 4]);
}

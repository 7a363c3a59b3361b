//! Providers opened by their settings.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as loudly as the tests themselves")]

use std::path::PathBuf;
use std::time::Duration;

use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::conformance::Sample;
use gis_gkh_sign::gost::{OsEntropy, PrivateKey};
use gis_gkh_sign::key::KeyError;
use gis_gkh_sign::signer::{
    Answer, Body, BuiltinConfig, BuiltinKey, CommandConfig, Encoding, HttpConfig, Input, OpenError, Openers,
    OpensslConfig, OpensslKeySource, Pkcs11Config, Prompt, ProviderConfig, RawSigner, SecretSource, SignError,
    SignerConfig, TokenChoice,
};

fn file(name: &str) -> PathBuf {
    Sample::folder().join(name)
}

fn with(certificate: &str, provider: ProviderConfig) -> SignerConfig {
    SignerConfig { certificate: file(certificate), provider }
}

fn builtin(private_key: PathBuf, password: Option<SecretSource>) -> ProviderConfig {
    ProviderConfig::Builtin(BuiltinConfig { private_key, password })
}

fn error(config: &SignerConfig, openers: &Openers<'_>) -> OpenError {
    match config.open(openers) {
        Err(error) => error,
        Ok(signer) => panic!("opened with {:?}", signer.certificate()),
    }
}

fn secret_file(folder: &tempfile::TempDir, text: &str) -> SecretSource {
    let path = folder.path().join("secret");
    std::fs::write(&path, text).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    SecretSource::File(path)
}

#[test]
fn the_builtin_provider_is_opened_with_and_without_a_password() {
    let openers = Openers::default();
    let signer = with("org-512.crt", builtin(file("org-512.key"), None)).open(&openers).unwrap();
    assert_eq!(signer.sign(b"data").unwrap().len(), 128);

    let folder = tempfile::tempdir().unwrap();
    let encrypted = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/encrypted/aes-256-pbkdf2.key"));
    let password = secret_file(&folder, "образцовый пароль\n");
    with("org-256.crt", builtin(encrypted.clone(), Some(password))).open(&openers).unwrap();
    let wrong = error(&with("org-256.crt", builtin(encrypted.clone(), Some(secret_file(&folder, "wrong")))), &openers);
    assert!(matches!(wrong, OpenError::Sign(SignError::Key(KeyError::Password))), "{wrong}");
    let none = error(&with("org-256.crt", builtin(encrypted, None)), &openers);
    assert!(matches!(none, OpenError::Sign(SignError::Key(KeyError::Encrypted))), "{none}");
}

#[test]
fn files_and_keys_that_do_not_fit_are_named() {
    let openers = Openers::default();
    let missing = error(&with("none.crt", builtin(file("org-256.key"), None)), &openers);
    assert!(matches!(&missing, OpenError::File { path, .. } if path.ends_with("none.crt")), "{missing}");
    let swapped = error(&with("org-256.key", builtin(file("org-256.key"), None)), &openers);
    assert!(matches!(&swapped, OpenError::Certificate { path, .. } if path.ends_with("org-256.key")), "{swapped}");
    let other = error(&with("org-256.crt", builtin(file("other-256.key"), None)), &openers);
    assert!(matches!(other, OpenError::Sign(SignError::OtherKey { .. })), "{other}");
}

#[test]
fn programs_and_services_are_opened_and_probed() {
    let openers = Openers::default();
    let command = |key: &str| {
        ProviderConfig::Command(CommandConfig {
            program: env!("CARGO_BIN_EXE_sample-signer").into(),
            arguments: vec![file(key).to_str().unwrap().to_owned()],
            environment: Vec::new(),
            inherited: Vec::new(),
            input: Input::Data,
            output: Encoding::Raw,
            limit: Duration::from_secs(120),
        })
    };
    with("org-256.crt", command("org-256.key")).open(&openers).unwrap().sign(b"data").unwrap();
    let other = error(&with("org-256.crt", command("other-256.key")), &openers);
    assert!(matches!(other, OpenError::Sign(SignError::NoFit { .. })), "{other}");

    // Nobody listens there: the probe at the start says so.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let http = ProviderConfig::Http(HttpConfig {
        url: format!("http://{closed}/"),
        input: Input::Data,
        body: Body::Raw,
        headers: Vec::new(),
        secret: None,
        authorization: false,
        answer: Answer::Whole(Encoding::Raw),
        limit: Duration::from_secs(120),
        longest_answer: 4096,
        plain_anywhere: false,
    });
    let down = error(&with("org-256.crt", http), &openers);
    assert!(down.is_passing() && !other.is_passing(), "{down}");
}

#[test]
fn providers_of_other_crates_come_by_their_openers() {
    let openssl = OpensslConfig {
        engine: None,
        engine_path: None,
        key: OpensslKeySource::Pem(file("org-256.key")),
        password: None,
    };
    let pkcs11 = Pkcs11Config {
        module: "/no/such/module.so".into(),
        token: TokenChoice::Only,
        key_label: None,
        key_id: None,
        pin: None,
        pin_retry: false,
        mechanism: None,
        limit: Pkcs11Config::LIMIT,
    };
    let openers = Openers::default();
    for (provider, name) in
        [(ProviderConfig::Openssl(openssl.clone()), "openssl"), (ProviderConfig::Pkcs11(pkcs11), "pkcs11")]
    {
        let error = error(&with("org-256.crt", provider), &openers);
        assert!(matches!(error, OpenError::NotBuilt(named) if named == name), "{error}");
    }
    let open = |config: &OpensslConfig,
                certificate: &Certificate,
                prompt: Option<&dyn Prompt>|
     -> Result<Box<dyn RawSigner>, SignError> {
        assert!(prompt.is_none());
        assert_eq!(certificate.key_size().bits(), 256);
        let OpensslKeySource::Pem(path) = &config.key else { panic!("{config:?}") };
        let key = PrivateKey::from_pem(&std::fs::read_to_string(path).unwrap())?;
        Ok(Box::new(BuiltinKey::new(key, Box::new(OsEntropy))))
    };
    let mut openers = Openers::default();
    openers.openssl = Some(&open);
    with("org-256.crt", ProviderConfig::Openssl(openssl)).open(&openers).unwrap().sign(b"data").unwrap();
}

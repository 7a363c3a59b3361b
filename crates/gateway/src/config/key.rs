//! The key as settings: whose certificate, where the key is, who signs with it.

use std::path::PathBuf;
use std::time::Duration;

use gis_gkh_sign::signer::{
    Answer, Body, BuiltinConfig, CommandConfig, Encoding, HttpConfig, Input, OpensslConfig, OpensslKeySource,
    Pkcs11Config, ProviderConfig, SecretSource, SignerConfig, TokenChoice,
};
use gis_gkh_sign::xades::ByteProfile;

use super::error::ConfigError;
use super::given::Given;
use super::patience::{DURATION, duration};

/// The longest time for one signature of a program or a service, unless it is set.
const LIMIT: Duration = Duration::from_secs(30);

/// The longest answer of a service that signs: a signature has 128 bytes, whatever is written around it.
const LONGEST_ANSWER: usize = 64 * 1024;

/// The environment variable in which a signing program finds its secret.
pub const SECRET_VARIABLE: &str = "GKH_SIGNER_SECRET";

/// The key that signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The certificate registered for the information system, PEM.
    pub certificate: PathBuf,
    /// Where the key is and who signs with it.
    pub provider: ProviderConfig,
    /// Authorities of a signing service, PEM; without them those the machine believes.
    pub trusted: Option<PathBuf>,
    /// How signed parts become bytes.
    pub profile: ByteProfile,
}

impl Key {
    /// What a signer is opened by.
    #[must_use]
    pub fn signer(&self) -> SignerConfig {
        SignerConfig { certificate: self.certificate.clone(), provider: self.provider.clone() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Provider {
    Builtin,
    Openssl,
    Pkcs11,
    Command,
    Http,
}

use Provider::{Builtin, Command, Http, Openssl, Pkcs11};

const WORDS: [(&str, Provider); 5] =
    [("builtin", Builtin), ("openssl", Openssl), ("pkcs11", Pkcs11), ("command", Command), ("http", Http)];

/// Settings that mean something to some providers alone.
const OF: [(&str, &[Provider]); 28] = [
    ("key.private_key", &[Builtin, Openssl]),
    ("key.password_file", &[Builtin, Openssl, Command, Http]),
    ("key.password_variable", &[Builtin, Openssl, Command, Http]),
    ("key.password_prompt", &[Builtin, Openssl, Command, Http]),
    ("key.engine", &[Openssl]),
    ("key.engine_path", &[Openssl]),
    ("key.pkcs12", &[Openssl]),
    ("key.engine_key", &[Openssl]),
    ("key.module", &[Pkcs11]),
    ("key.slot", &[Pkcs11]),
    ("key.token_label", &[Pkcs11]),
    ("key.token_serial", &[Pkcs11]),
    ("key.key_label", &[Pkcs11]),
    ("key.key_id", &[Pkcs11]),
    ("key.pin_file", &[Pkcs11]),
    ("key.pin_variable", &[Pkcs11]),
    ("key.pin_prompt", &[Pkcs11]),
    ("key.pin_retry", &[Pkcs11]),
    ("key.mechanism", &[Pkcs11]),
    ("key.command", &[Command]),
    ("key.environment", &[Command]),
    ("key.url", &[Http]),
    ("key.trusted", &[Http]),
    ("key.input", &[Command, Http]),
    ("key.output", &[Command, Http]),
    ("key.body", &[Http]),
    ("key.pointer", &[Http]),
    ("key.plain_anywhere", &[Http]),
];

pub(super) fn read(given: &Given) -> Result<Key, ConfigError> {
    let profile = given
        .word("key.profile", &[("inclusive", ByteProfile::Inclusive), ("exclusive", ByteProfile::Exclusive)])?
        .unwrap_or_default();
    let certificate = given.needed_path("key.certificate")?;
    let provider = given.word("key.provider", &WORDS)?.unwrap_or(Builtin);
    // Whoever has written it believes that it is in use.
    if let Some((key, whose)) = OF.iter().find(|(key, whose)| given.has(key) && !whose.contains(&provider)) {
        let named = WORDS.iter().filter(|(_, provider)| whose.contains(provider)).map(|(word, _)| *word);
        let named = named.collect::<Vec<_>>().join(" or ");
        return Err(given.wrong(key, format!("left out unless `key.provider` is {named}")));
    }
    let password = || given.secret("key.password", "Password of the private key");
    let provider = match provider {
        Builtin => ProviderConfig::Builtin(BuiltinConfig {
            private_key: given.needed_path("key.private_key")?,
            password: password()?,
        }),
        Openssl => ProviderConfig::Openssl(OpensslConfig {
            engine: given.text("key.engine"),
            engine_path: given.path("key.engine_path"),
            key: openssl_key(given)?,
            password: password()?,
        }),
        Pkcs11 => ProviderConfig::Pkcs11(token(given)?),
        Command => ProviderConfig::Command(command(given, password()?)?),
        Http => ProviderConfig::Http(service(given, password()?)?),
    };
    Ok(Key { certificate, provider, trusted: given.path("key.trusted"), profile })
}

fn openssl_key(given: &Given) -> Result<OpensslKeySource, ConfigError> {
    let sources = [
        given.path("key.private_key").map(OpensslKeySource::Pem),
        given.path("key.pkcs12").map(OpensslKeySource::Pkcs12),
        given.text("key.engine_key").map(OpensslKeySource::Engine),
    ];
    let mut sources = sources.into_iter().flatten();
    match (sources.next(), sources.next()) {
        (Some(key), None) => Ok(key),
        _ => Err(given.wrong("key", "given exactly one of private_key, pkcs12 and engine_key")),
    }
}

fn token(given: &Given) -> Result<Pkcs11Config, ConfigError> {
    let choices = [
        given.optional("key.slot", "a whole number", |text| text.parse().ok())?.map(TokenChoice::Slot),
        given.text("key.token_label").map(TokenChoice::Label),
        given.text("key.token_serial").map(TokenChoice::Serial),
    ];
    let mut choices = choices.into_iter().flatten();
    let token = choices.next().unwrap_or_default();
    if choices.next().is_some() {
        return Err(given.wrong("key", "given at most one of slot, token_label and token_serial"));
    }
    Ok(Pkcs11Config {
        module: given.needed_path("key.module")?,
        token,
        key_label: given.text("key.key_label"),
        key_id: given
            .optional("key.key_id", "an even number of hex digits", |text| Encoding::Hex.decode(text.as_bytes()))?,
        pin: given.secret("key.pin", "PIN of the token")?,
        pin_retry: given.switch("key.pin_retry")?.unwrap_or(false),
        mechanism: given.text("key.mechanism"),
        limit: limit(given)?,
    })
}

fn command(given: &Given, secret: Option<SecretSource>) -> Result<CommandConfig, ConfigError> {
    // Words, with nothing between them and the program: no shell, no quotes.
    let words = given.texts("key.command", char::is_whitespace).ok_or(ConfigError::Missing { key: "key.command" })?;
    let mut words = words.into_iter();
    let program = words.next().ok_or_else(|| given.wrong("key.command", "a program and its arguments"))?;
    // A name is looked up in PATH; a path is relative to the file, as all paths are.
    let beside = |program: String| match program.contains('/') {
        true => given.beside("key.command", &program),
        false => program.into(),
    };
    Ok(CommandConfig {
        program: beside(program),
        arguments: words.collect(),
        environment: secret.map(|secret| (SECRET_VARIABLE.to_owned(), secret)).into_iter().collect(),
        inherited: given.texts("key.environment", |c| c == ',').unwrap_or_default(),
        input: input(given)?,
        output: output(given)?.unwrap_or(Encoding::Raw),
        limit: limit(given)?,
    })
}

fn service(given: &Given, secret: Option<SecretSource>) -> Result<HttpConfig, ConfigError> {
    let body = match (given.text("key.body"), given.text("key.content_type")) {
        (Some(text), media) => {
            Body::Template { content_type: media.unwrap_or_else(|| "application/json".to_owned()), text }
        }
        (None, None) => Body::Raw,
        (None, Some(_)) => return Err(given.wrong("key.content_type", "left out without `key.body`")),
    };
    let answer = match given.text("key.pointer") {
        Some(pointer) => Answer::Json { pointer, encoding: output(given)?.unwrap_or(Encoding::Base64) },
        None => Answer::Whole(output(given)?.unwrap_or(Encoding::Raw)),
    };
    Ok(HttpConfig {
        url: given.needed("key.url")?,
        input: input(given)?,
        body,
        headers: Vec::new(),
        authorization: given.switch("key.authorization")?.unwrap_or(secret.is_some()),
        secret,
        answer,
        limit: limit(given)?,
        longest_answer: LONGEST_ANSWER,
        plain_anywhere: given.switch("key.plain_anywhere")?.unwrap_or(false),
    })
}

fn input(given: &Given) -> Result<Input, ConfigError> {
    Ok(given.word("key.input", &[("data", Input::Data), ("digest", Input::Digest)])?.unwrap_or(Input::Data))
}

fn output(given: &Given) -> Result<Option<Encoding>, ConfigError> {
    given.word("key.output", &[("raw", Encoding::Raw), ("base64", Encoding::Base64), ("hex", Encoding::Hex)])
}

fn limit(given: &Given) -> Result<Duration, ConfigError> {
    Ok(given.optional("key.limit", DURATION, duration)?.unwrap_or(LIMIT))
}

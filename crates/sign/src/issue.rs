//! Certificates made here, for sandboxes and tests: on fresh keys, worth nothing anywhere else.
//!
//! Every one carries [`SANDBOX_POLICY`], so all stands but a sandbox refuse it.

use der::Encode as _;
use der::oid::ObjectIdentifier;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::certificate::{Certificate, CertificateError, SANDBOX_POLICY};
use crate::gost::{self, Curve, Entropy, EntropyError, KeySize, PrivateKey, PrivateKeyError, PublicKey};

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const KEY_PERIOD: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.16");
const POLICIES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32");

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const UTF8_STRING: u8 = 0x0c;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Candidates for a key before the source of randomness is called broken: each fits with a chance of a quarter at least.
const CANDIDATES: usize = 256;

/// Why no certificate was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The key did not sign.
    #[error("the certificate could not be signed: {0}")]
    Key(#[from] PrivateKeyError),
    /// A part that cannot be encoded.
    #[error("the certificate could not be encoded: {0}")]
    Encoding(#[from] der::Error),
    /// What was made cannot be read.
    #[error("the certificate made cannot be read back: {0}")]
    Certificate(#[from] CertificateError),
    /// The source gives the same bytes again and again.
    #[error("no key was found in {CANDIDATES} candidates: the source of randomness does not work")]
    NoKey,
}

/// What a certificate says.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Common name of the subject, its only attribute.
    pub subject: String,
    /// Serial number.
    pub serial: u64,
    /// First moment of validity.
    pub not_before: OffsetDateTime,
    /// Last moment of validity.
    pub not_after: OffsetDateTime,
    /// Its extensions beside the policy every one has.
    pub extensions: Vec<Extension>,
}

/// An extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Which.
    pub oid: ObjectIdentifier,
    /// Whether who does not know it must refuse the certificate.
    pub critical: bool,
    /// DER of its value.
    pub value: Vec<u8>,
}

impl Extension {
    /// A certification centre, with at most so many centres below it; or none.
    pub fn basic_constraints(centre: bool, path_length: Option<u8>) -> Self {
        let mut value = Vec::new();
        if centre {
            value.extend(tlv(BOOLEAN, &[0xff]));
        }
        value.extend(path_length.into_iter().flat_map(|length| tlv(INTEGER, &[length & 0x7f])));
        Self { oid: BASIC_CONSTRAINTS, critical: true, value: tlv(SEQUENCE, &value) }
    }

    /// For signing documents.
    pub fn signs_documents() -> Self {
        Self { oid: KEY_USAGE, critical: true, value: tlv(BIT_STRING, &[6, 0b1100_0000]) }
    }

    /// For signing certificates.
    pub fn signs_certificates() -> Self {
        Self { oid: KEY_USAGE, critical: true, value: tlv(BIT_STRING, &[1, 0b0000_0110]) }
    }

    /// For encipherment alone.
    pub fn enciphers() -> Self {
        Self { oid: KEY_USAGE, critical: true, value: tlv(BIT_STRING, &[5, 0b0010_0000]) }
    }

    /// When the private key may be used.
    pub fn key_period(from: OffsetDateTime, until: OffsetDateTime) -> Self {
        let mut value = tlv(0x80, generalized(from).as_bytes());
        value.extend(tlv(0x81, generalized(until).as_bytes()));
        Self { oid: KEY_PERIOD, critical: false, value: tlv(SEQUENCE, &value) }
    }

    fn encode(&self) -> Result<Vec<u8>, der::Error> {
        let mut content = self.oid.to_der()?;
        if self.critical {
            content.extend(tlv(BOOLEAN, &[0xff]));
        }
        content.extend(tlv(OCTET_STRING, &self.value));
        Ok(tlv(SEQUENCE, &content))
    }
}

impl Draft {
    /// A certification centre, with at most so many centres below it.
    pub fn centre(subject: &str, from: OffsetDateTime, until: OffsetDateTime, path_length: Option<u8>) -> Self {
        let extensions = vec![Extension::basic_constraints(true, path_length), Extension::signs_certificates()];
        Self { subject: subject.to_owned(), serial: 1, not_before: from, not_after: until, extensions }
    }

    /// A signer of documents.
    pub fn signer(subject: &str, from: OffsetDateTime, until: OffsetDateTime) -> Self {
        let extensions = vec![Extension::signs_documents()];
        Self { subject: subject.to_owned(), serial: 2, not_before: from, not_after: until, extensions }
    }

    /// The certificate of `key`, signed by `issuer_key` in the name of `issuer`.
    ///
    /// # Errors
    /// No randomness.
    pub fn issue(
        &self,
        key: &PublicKey,
        issuer: &str,
        issuer_key: &PrivateKey,
        entropy: &dyn Entropy,
    ) -> Result<Certificate, IssueError> {
        let policy = Extension {
            oid: POLICIES,
            critical: false,
            value: tlv(SEQUENCE, &tlv(SEQUENCE, &SANDBOX_POLICY.to_der()?)),
        };
        let extensions =
            self.extensions.iter().chain([&policy]).map(Extension::encode).collect::<Result<Vec<_>, _>>()?;
        let algorithm = tlv(SEQUENCE, &signature_algorithm(issuer_key.key_size()).to_der()?);
        let validity = [time(self.not_before), time(self.not_after)].concat();
        let content = [
            tlv(0xa0, &tlv(INTEGER, &[2])),
            tlv(INTEGER, &positive(self.serial)),
            algorithm.clone(),
            name(issuer)?,
            tlv(SEQUENCE, &validity),
            name(&self.subject)?,
            public_key(key)?,
            tlv(0xa3, &tlv(SEQUENCE, &extensions.concat())),
        ];
        let signed = tlv(SEQUENCE, &content.concat());
        let signature = issuer_key.sign_digest(&gost::digest(issuer_key.key_size(), &signed), entropy)?;
        let signature = tlv(BIT_STRING, &[&[0], &signature[..]].concat());
        Ok(Certificate::from_der(&tlv(SEQUENCE, &[signed, algorithm, signature].concat()))?)
    }

    /// The certificate of a key signed by itself: a root.
    ///
    /// # Errors
    /// As [`issue`](Self::issue).
    pub fn issue_root(&self, key: &PrivateKey, entropy: &dyn Entropy) -> Result<Certificate, IssueError> {
        self.issue(key.public_key(), &self.subject, key, entropy)
    }
}

impl Certificate {
    /// The certificate as PEM.
    pub fn to_pem(&self) -> String {
        use base64::Engine as _;
        let digits = base64::engine::general_purpose::STANDARD.encode(self.der());
        let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && place % 64 == 0 {
                text.push('\n');
            }
            text.push(digit);
        }
        text.push_str("\n-----END CERTIFICATE-----\n");
        text
    }
}

/// A fresh private key.
///
/// # Errors
/// No randomness.
pub fn private_key(curve: Curve, entropy: &dyn Entropy) -> Result<PrivateKey, IssueError> {
    let mut scalar = Zeroizing::new(vec![0; curve.key_size().bytes()]);
    for _ in 0..CANDIDATES {
        entropy.fill(&mut scalar)?;
        if let Ok(key) = PrivateKey::from_scalar(curve, &scalar) {
            return Ok(key);
        }
    }
    Err(IssueError::NoKey)
}

fn signature_algorithm(size: KeySize) -> ObjectIdentifier {
    match size {
        KeySize::Bits256 => ObjectIdentifier::new_unwrap("1.2.643.7.1.1.3.2"),
        KeySize::Bits512 => ObjectIdentifier::new_unwrap("1.2.643.7.1.1.3.3"),
    }
}

/// SubjectPublicKeyInfo (RFC 9215 §4.3).
fn public_key(key: &PublicKey) -> Result<Vec<u8>, der::Error> {
    let (algorithm, digest) = match key.key_size() {
        KeySize::Bits256 => ("1.2.643.7.1.1.1.1", "1.2.643.7.1.1.2.2"),
        KeySize::Bits512 => ("1.2.643.7.1.1.1.2", "1.2.643.7.1.1.2.3"),
    };
    let curve = match key.curve() {
        Curve::CryptoProA => "1.2.643.2.2.36.0",
        Curve::CryptoProB => "1.2.643.2.2.35.2",
        Curve::CryptoProC => "1.2.643.2.2.35.3",
        Curve::Tc26A256 => "1.2.643.7.1.2.1.1.1",
        Curve::Tc26A512 => "1.2.643.7.1.2.1.2.1",
        Curve::Tc26B512 => "1.2.643.7.1.2.1.2.2",
        Curve::Tc26C512 => "1.2.643.7.1.2.1.2.3",
    };
    let oid = |text: &str| ObjectIdentifier::new(text).map_err(der::Error::from).and_then(|oid| oid.to_der());
    let mut parameters = oid(curve)?;
    parameters.extend(oid(digest)?);
    let algorithm = [oid(algorithm)?, tlv(SEQUENCE, &parameters)].concat();
    let bits = [&[0], &tlv(OCTET_STRING, key.coordinates())[..]].concat();
    Ok(tlv(SEQUENCE, &[tlv(SEQUENCE, &algorithm), tlv(BIT_STRING, &bits)].concat()))
}

fn name(common_name: &str) -> Result<Vec<u8>, der::Error> {
    let attribute = [COMMON_NAME.to_der()?, tlv(UTF8_STRING, common_name.as_bytes())].concat();
    Ok(tlv(SEQUENCE, &tlv(SET, &tlv(SEQUENCE, &attribute))))
}

/// A moment as RFC 5280 writes it: the short form until 2049.
fn time(at: OffsetDateTime) -> Vec<u8> {
    let long = generalized(at);
    if at.to_offset(time::UtcOffset::UTC).year() < 2050 {
        tlv(UTC_TIME, long.get(2..).unwrap_or_default().as_bytes())
    } else {
        tlv(GENERALIZED_TIME, long.as_bytes())
    }
}

fn generalized(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    let (date, time) = (at.date(), at.time());
    let month = u8::from(date.month());
    format!("{:04}{month:02}{:02}{:02}{:02}{:02}Z", date.year(), date.day(), time.hour(), time.minute(), time.second())
}

/// Big-endian, as short as may be, and not negative.
fn positive(number: u64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1);
    let mut short = bytes[first..].to_vec();
    if short[0] & 0x80 != 0 {
        short.insert(0, 0);
    }
    short
}

/// Tag, length, content.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(length) if length < 0x80 => out.push(length),
        _ => {
            let length = content.len().to_be_bytes();
            let first = length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1);
            // A usize has 8 bytes at most.
            out.push(0x80 | (length.len() - first) as u8);
            out.extend_from_slice(&length[first..]);
        }
    }
    out.extend_from_slice(content);
    out
}

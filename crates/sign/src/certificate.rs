//! Certificates on GOST R 34.10-2012 keys (RFC 5280, RFC 9215).

use std::fmt;

use der::oid::ObjectIdentifier;
use der::{Decode, Encode, Header, Reader, SliceReader, Tag};
use time::OffsetDateTime;
use x509_cert::ext::pkix::{BasicConstraints, CertificatePolicies, KeyUsage as KeyUsageBits, PrivateKeyUsagePeriod};

use crate::gost::{self, KeySize, PublicKey, PublicKeyError, SignatureError};
use crate::{issuer, pem};

/// Policy every certificate of the sandbox's sample certification centre carries, from the arc RFC 5612 keeps for
/// examples. The keys are public, so any other stand must refuse them: [`Certificate::is_sandbox_only`].
pub const SANDBOX_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.7.1");

const OGRN: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.643.100.1");
const SIGNATURE_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.643.7.1.1.3.2");
const SIGNATURE_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.643.7.1.1.3.3");

/// Why a certificate cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The text holds no certificate, or is not PEM.
    #[error("no certificate: {0}; expected PEM, one block BEGIN CERTIFICATE")]
    Pem(String),
    /// Not an X.509 certificate.
    #[error("the file is not an X.509 certificate: {0}; expected DER, or PEM with BEGIN CERTIFICATE")]
    Der(#[from] der::Error),
    /// The key in it cannot be used.
    #[error("the certificate's public key: {0}")]
    PublicKey(#[from] PublicKeyError),
    /// An attribute of the issuer's name has no text form, so the signature could not name the certificate.
    #[error("attribute {0} of the issuer's name is no text; such a certificate cannot be named in a signature")]
    IssuerNotText(ObjectIdentifier),
    /// An extension this crate relies on is damaged or given twice.
    #[error("extension {oid} of the certificate cannot be read: {source}")]
    Extension {
        /// Which one.
        oid: ObjectIdentifier,
        /// What is wrong with it.
        source: der::Error,
    },
    /// A date outside of what calendars here can hold.
    #[error("a date of the certificate is out of range")]
    Date,
}

/// Why one certificate was not issued by another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// The issuer's name is not the subject of the other certificate.
    #[error("the certificate names another issuer: {0}")]
    OtherIssuer(String),
    /// The other certificate may not issue any.
    #[error("the issuer's certificate is not one of a certification centre (basicConstraints)")]
    NotCa,
    /// Signed by another algorithm than the issuer's key has.
    #[error("the certificate is signed with algorithm {0}, which does not fit the issuer's key")]
    Algorithm(ObjectIdentifier),
    /// The signature does not fit.
    #[error("the issuer's signature on the certificate does not fit: {0}")]
    Signature(#[from] SignatureError),
}

/// Why a certificate may not sign at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValidityError {
    /// Before notBefore.
    #[error("the certificate is valid only from {0}; check the clock of this machine")]
    NotYetValid(OffsetDateTime),
    /// After notAfter.
    #[error("the certificate expired at {0}; obtain a new one and register it in the information system's account")]
    Expired(OffsetDateTime),
    /// Before the private key's own period.
    #[error("the private key may be used only from {0}")]
    KeyPeriodNotStarted(OffsetDateTime),
    /// After the private key's own period, which may end before the certificate does.
    #[error("the private key's period of use ended at {0}, before the certificate's; obtain a new key and certificate")]
    KeyPeriodEnded(OffsetDateTime),
}

/// What the keyUsage extension says about signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyUsage {
    /// Bit digitalSignature.
    pub digital_signature: bool,
    /// Bit nonRepudiation (contentCommitment).
    pub non_repudiation: bool,
    /// Bit keyCertSign.
    pub certificate_signing: bool,
}

/// Period of use of the private key (extension 2.5.29.16), UTC; either end may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyPeriod {
    /// First moment.
    pub not_before: Option<OffsetDateTime>,
    /// Last moment.
    pub not_after: Option<OffsetDateTime>,
}

/// A certificate with a GOST R 34.10-2012 key, read and checked for form; its trust is [`Certificate::issued_by`]'s
/// business, its dates [`Certificate::check_validity`]'s. `Debug` shows the serial number alone: names may be personal data.
#[derive(Clone)]
pub struct Certificate {
    der: Vec<u8>,
    /// Length of the outer header and of the signed part behind it.
    tbs: std::ops::Range<usize>,
    parsed: x509_cert::Certificate,
    public_key: PublicKey,
    serial_decimal: String,
    issuer_name: String,
    subject_name: String,
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
    key_period: Option<KeyPeriod>,
    key_usage: Option<KeyUsage>,
    is_ca: bool,
    sandbox_only: bool,
}

impl Certificate {
    /// Certificate from its DER, nothing behind it.
    ///
    /// # Errors
    /// See [`CertificateError`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, CertificateError> {
        let parsed = x509_cert::Certificate::from_der(bytes)?;
        let tbs = tbs_range(bytes)?;
        let fields = parsed.tbs_certificate();
        let public_key = PublicKey::from_spki(fields.subject_public_key_info())?;
        let issuer_name = issuer::format(fields.issuer()).map_err(CertificateError::IssuerNotText)?;
        // Nobody compares the subject's text; a strange attribute is no reason to refuse the certificate.
        let subject_name = issuer::format(fields.subject()).unwrap_or_else(|_| fields.subject().to_string());
        let validity = fields.validity();
        let not_before = moment(validity.not_before.to_unix_duration())?;
        let not_after = moment(validity.not_after.to_unix_duration())?;
        let key_period = match extension::<PrivateKeyUsagePeriod>(fields)? {
            Some(period) => Some(KeyPeriod {
                not_before: period.not_before.map(|at| moment(at.to_unix_duration())).transpose()?,
                not_after: period.not_after.map(|at| moment(at.to_unix_duration())).transpose()?,
            }),
            None => None,
        };
        let key_usage = extension::<KeyUsageBits>(fields)?.map(|bits| KeyUsage {
            digital_signature: bits.digital_signature(),
            non_repudiation: bits.non_repudiation(),
            certificate_signing: bits.key_cert_sign(),
        });
        let is_ca = extension::<BasicConstraints>(fields)?.is_some_and(|constraints| constraints.ca);
        let sandbox_only = extension::<CertificatePolicies>(fields)?
            .is_some_and(|policies| policies.0.iter().any(|policy| policy.policy_identifier == SANDBOX_POLICY));
        let serial_decimal = decimal(fields.serial_number().as_bytes());
        let der = bytes.to_vec();
        Ok(Self {
            der,
            tbs,
            public_key,
            serial_decimal,
            issuer_name,
            subject_name,
            not_before,
            not_after,
            key_period,
            key_usage,
            is_ca,
            sandbox_only,
            parsed,
        })
    }

    /// The only certificate of a PEM text.
    ///
    /// # Errors
    /// None or several in the text; see [`CertificateError`].
    pub fn from_pem(text: &str) -> Result<Self, CertificateError> {
        let mut all = Self::all_from_pem(text)?;
        match (all.pop(), all.len()) {
            (Some(certificate), 0) => Ok(certificate),
            (_, others) => Err(CertificateError::Pem(format!(
                "the text holds {} certificates, leave the one that signs",
                others + 1
            ))),
        }
    }

    /// Every certificate of a PEM text, at least one, e.g. a list of trusted certification centres.
    ///
    /// # Errors
    /// See [`CertificateError`].
    pub fn all_from_pem(text: &str) -> Result<Vec<Self>, CertificateError> {
        let blocks = pem::blocks(text).map_err(CertificateError::Pem)?;
        let certificates = blocks
            .iter()
            .filter(|block| block.label == "CERTIFICATE")
            .map(|block| Self::from_der(&block.der))
            .collect::<Result<Vec<_>, _>>()?;
        if certificates.is_empty() {
            return Err(CertificateError::Pem("the text has no such block".to_owned()));
        }
        Ok(certificates)
    }

    /// The bytes as they were read: what `X509Certificate` carries and `CertDigest` hashes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Serial number in decimal, of any length: the form of `X509SerialNumber`.
    pub fn serial_decimal(&self) -> &str {
        &self.serial_decimal
    }

    /// Issuer in the form of `X509IssuerName` that ГИС ЖКХ was seen to accept: order of the certificate, `, `
    /// between, words for C, ST, L, STREET, O, CN only, dotted identifiers for the rest, `,` and `"` escaped.
    pub fn issuer_name(&self) -> &str {
        &self.issuer_name
    }

    /// Subject in the same form, for people.
    pub fn subject_name(&self) -> &str {
        &self.subject_name
    }

    /// ОГРН of the subject (1.2.643.100.1), the number by which ГИС ЖКХ knows the organisation.
    pub fn ogrn(&self) -> Option<String> {
        issuer::attribute(self.parsed.tbs_certificate().subject(), OGRN)
    }

    /// First moment of validity, UTC.
    pub fn not_before(&self) -> OffsetDateTime {
        self.not_before
    }

    /// Last moment of validity, UTC.
    pub fn not_after(&self) -> OffsetDateTime {
        self.not_after
    }

    /// The private key's own period, if the certificate limits it.
    pub fn private_key_period(&self) -> Option<KeyPeriod> {
        self.key_period
    }

    /// Last moment at which the key may sign: the earlier one of the two ends. The one to warn about in time.
    pub fn signing_until(&self) -> OffsetDateTime {
        let key_end = self.key_period.and_then(|period| period.not_after);
        key_end.map_or(self.not_after, |end| end.min(self.not_after))
    }

    /// May the key sign at this moment?
    ///
    /// # Errors
    /// Which bound was passed, and when.
    pub fn check_validity(&self, at: OffsetDateTime) -> Result<(), ValidityError> {
        if at < self.not_before {
            return Err(ValidityError::NotYetValid(self.not_before));
        }
        if at > self.not_after {
            return Err(ValidityError::Expired(self.not_after));
        }
        match self.key_period {
            Some(KeyPeriod { not_before: Some(from), .. }) if at < from => {
                Err(ValidityError::KeyPeriodNotStarted(from))
            }
            Some(KeyPeriod { not_after: Some(until), .. }) if at > until => Err(ValidityError::KeyPeriodEnded(until)),
            _ => Ok(()),
        }
    }

    /// What keyUsage allows; none when the certificate does not limit it.
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.key_usage
    }

    /// May the key sign documents by its keyUsage?
    pub fn may_sign(&self) -> bool {
        self.key_usage.is_none_or(|usage| usage.digital_signature || usage.non_repudiation)
    }

    /// A certification centre's certificate?
    pub fn is_ca(&self) -> bool {
        self.is_ca
    }

    /// Issued by the sandbox's sample certification centre ([`SANDBOX_POLICY`])? Such keys are public.
    pub fn is_sandbox_only(&self) -> bool {
        self.sandbox_only
    }

    /// The subject's key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Size of the subject's key.
    pub fn key_size(&self) -> KeySize {
        self.public_key.key_size()
    }

    /// Was this certificate issued by `ca`? Compares names and checks the signature over the very bytes signed;
    /// dates and revocation are not looked at. A self-signed certificate is issued by itself.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub fn issued_by(&self, ca: &Self) -> Result<(), ChainError> {
        if self.parsed.tbs_certificate().issuer() != ca.parsed.tbs_certificate().subject() {
            return Err(ChainError::OtherIssuer(self.issuer_name.clone()));
        }
        if !ca.is_ca || ca.key_usage.is_some_and(|usage| !usage.certificate_signing) {
            return Err(ChainError::NotCa);
        }
        let algorithm = self.parsed.signature_algorithm();
        let expected = match ca.key_size() {
            KeySize::Bits256 => SIGNATURE_256,
            KeySize::Bits512 => SIGNATURE_512,
        };
        if algorithm.oid != expected || self.parsed.tbs_certificate().signature() != algorithm {
            return Err(ChainError::Algorithm(algorithm.oid));
        }
        let tbs = self.der.get(self.tbs.clone()).unwrap_or_default();
        // RFC 9215 §3: s‖r big-endian straight in the BIT STRING, the layout used everywhere here.
        let signature = self.parsed.signature().as_bytes().unwrap_or_default();
        Ok(ca.public_key.verify(&gost::digest(ca.key_size(), tbs), signature)?)
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("serial", &self.serial_decimal).finish_non_exhaustive()
    }
}

/// Where the signed bytes lie: the first element of the outer SEQUENCE.
fn tbs_range(bytes: &[u8]) -> Result<std::ops::Range<usize>, der::Error> {
    let mut reader = SliceReader::new(bytes)?;
    let outer = Header::decode(&mut reader)?;
    outer.tag().assert_eq(Tag::Sequence)?;
    let start = usize::try_from(outer.encoded_len()?)?;
    Ok(start..start + reader.tlv_bytes()?.len())
}

/// The extension of this type, if there is one.
fn extension<'a, T>(fields: &'a x509_cert::TbsCertificate) -> Result<Option<T>, CertificateError>
where
    T: Decode<'a, Error = der::Error> + der::oid::AssociatedOid,
{
    match fields.get_extension::<T>() {
        Ok(found) => Ok(found.map(|(_, value)| value)),
        Err(source) => Err(CertificateError::Extension { oid: T::OID, source }),
    }
}

fn moment(since_1970: std::time::Duration) -> Result<OffsetDateTime, CertificateError> {
    i64::try_from(since_1970.as_secs())
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .ok_or(CertificateError::Date)
}

/// Decimal digits of an ASN.1 INTEGER; negative ones, which faulty centres made, keep their sign.
fn decimal(bytes: &[u8]) -> String {
    let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    let mut magnitude = bytes.to_vec();
    if negative {
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
        }
    }
    // Little-endian decimal digits, multiplied by 256 for each byte: 21 bytes at most, so simple is fast enough.
    let mut digits = vec![0u8];
    for byte in magnitude {
        let mut carry = u16::from(byte);
        for digit in &mut digits {
            let value = u16::from(*digit) * 256 + carry;
            *digit = (value % 10) as u8;
            carry = value / 10;
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
    }
    let text = digits.iter().rev().map(|digit| char::from(b'0' + digit));
    if negative { std::iter::once('-').chain(text).collect() } else { text.collect() }
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn serial_numbers_of_any_length_and_sign_are_written_in_decimal() {
        assert_eq!(decimal(&[0]), "0");
        assert_eq!(decimal(&[0x00, 0xff]), "255");
        assert_eq!(decimal(&[0xff]), "-1");
        assert_eq!(decimal(&[0x80]), "-128");
        assert_eq!(decimal(&[0xff, 0x00]), "-256");
        let twenty = [0x7f; 20];
        assert_eq!(decimal(&twenty), "727885129180488904360266563744972327436484050815");
    }
}

//! Building the signature.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use gis_gkh_xml::Limits;
use time::OffsetDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

use super::error::VerifyError;
use super::profile::{DS, ENVELOPED, SIGNED_PROPERTIES, XADES, digest_method, signature_method};
use super::report::VerifyOptions;
use super::unsigned::is_name;
use super::{ByteProfile, Report, Unsigned, verify};
use crate::c14n::{self, Method};
use crate::certificate::ValidityError;
use crate::gost::{self, Hasher, KeySize};
use crate::signer::{SignError, Signer};

/// `SigningTime` as seen in accepted requests: the zone's offset, milliseconds.
const SIGNING_TIME: StaticFormatDescription = format_description!(
    "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3][offset_hour sign:mandatory]:[offset_minute]"
);

/// Why there is no signed message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The places named in [`Unsigned`] are not where they must be.
    #[error("the places of the element and of its signature do not fit the message: {0}")]
    Places(&'static str),
    /// The name of the signature, or the element's `Id`, is no name of XML.
    #[error("`{0}` may not be part of an Id; use letters, digits, `-`, `_` and `.`")]
    Id(String),
    /// The time cannot be written.
    #[error("the signing time cannot be written: {0}")]
    Time(#[from] time::error::Format),
    /// What stands before the signature cannot be read.
    #[error("the message cannot be read: {0}")]
    Xml(#[from] gis_gkh_xml::Error),
    /// The signer did not sign.
    #[error(transparent)]
    Signer(#[from] SignError),
    /// The key may not sign at this time.
    #[error("nothing was signed: {0}")]
    Dates(#[from] ValidityError),
    /// The signed message did not stand its own verification; it is not released.
    #[error("the signed message does not verify and was not released; report this fault: {0}")]
    SelfCheck(#[source] Box<VerifyError>),
    /// The signature is intact but covers something else than what was to be signed; the message is not released.
    #[error("the signature would not cover what was to be signed, and was not released; report this fault: {0}")]
    Covers(&'static str),
}

/// How to sign.
#[derive(Debug, Clone, Copy)]
pub struct Signing<'a> {
    /// The byte profile.
    pub profile: ByteProfile,
    /// The signing time, written with its offset, to the millisecond.
    pub time: OffsetDateTime,
    /// What makes this signature's `Id`s its own: a UUID. They become `xmldsig-<id>` and the like.
    pub id: &'a str,
}

/// Signs a message: gives its bytes with the signature put in, and otherwise unchanged.
///
/// Neither the message nor the result is checked, nor the certificate's dates: that is [`sign_checked`], which is the one
/// to use for messages that go out.
///
/// # Errors
/// See [`BuildError`].
pub fn sign(
    unsigned: &Unsigned<'_>,
    signer: &dyn Signer,
    signing: &Signing<'_>,
    limits: &Limits,
) -> Result<Vec<u8>, BuildError> {
    let Parts { before, behind, element } = parts(unsigned)?;
    for id in [unsigned.id, &format!("xmldsig-{}", signing.id)] {
        if !is_name(id) {
            return Err(BuildError::Id(id.chars().take(64).collect()));
        }
    }
    let size = signer.key_size();
    let element_digest = if unsigned.canonical {
        gost::digest(size, element)
    } else {
        let mut hasher = Hasher::new(size);
        let start = unsigned.element.start;
        c14n::element(unsigned.bytes, start, None, Method::Exclusive, limits, |octets| hasher.update(octets))?;
        hasher.finish()
    };
    let writer = SignatureWriter { id: signing.id, element_id: unsigned.id, profile: signing.profile, size };
    let open = writer.open();
    let object = writer.object(signer, signing.time)?;

    // Canonicalised where they will stand: behind the real ancestors. Siblings have no influence and are left out.
    let in_place = |wrapped: &str, start: &str| -> Result<Vec<u8>, BuildError> {
        let mut document = Vec::with_capacity(before.len() + open.len() + wrapped.len());
        document.extend_from_slice(before);
        document.extend_from_slice(open.as_bytes());
        document.extend_from_slice(wrapped.as_bytes());
        let offset = before.len() + open.len() + wrapped.find(start).unwrap_or(0);
        let method = signing.profile.method();
        Ok(c14n::collect(|sink| c14n::element(&document, offset, None, method, limits, sink))?)
    };
    let properties_digest = gost::digest(size, &in_place(&object, "<xades:SignedProperties")?);
    let info = writer.info(&element_digest, &properties_digest);
    let value = signer.sign(&in_place(&info, "<ds:SignedInfo")?)?;

    let tail = writer.value_and_key(&value, signer);
    let signature = [open.as_str(), &info, &tail, &object, "</ds:Signature>"].concat();
    Ok([before, signature.as_bytes(), behind].concat())
}

/// Signs a message, then reads the bytes it has written back and verifies them before it releases them.
///
/// # Errors
/// See [`BuildError`]: also a certificate or key out of its dates at [`Signing::time`], and any fault verification finds.
pub fn sign_checked(
    unsigned: &Unsigned<'_>,
    signer: &dyn Signer,
    signing: &Signing<'_>,
    limits: &Limits,
) -> Result<(Vec<u8>, Report), BuildError> {
    signer.certificate().check_validity(signing.time)?;
    let signed = sign(unsigned, signer, signing, limits)?;
    let options = VerifyOptions { limits: *limits, ..VerifyOptions::at(signing.time) };
    let report = verify(&signed, &options).map_err(|error| BuildError::SelfCheck(Box::new(error)))?;
    let added = signed.len() - unsigned.bytes.len();
    if report.element != (unsigned.element.start..unsigned.element.end + added)
        || report.signature != (unsigned.slot..unsigned.slot + added)
    {
        return Err(BuildError::Covers("another element is signed"));
    }
    if report.certificate != *signer.certificate() {
        return Err(BuildError::Covers("another certificate is named"));
    }
    Ok((signed, report))
}

/// Pieces of the message.
struct Parts<'a> {
    /// What stands before the signature.
    before: &'a [u8],
    /// What stands behind it.
    behind: &'a [u8],
    /// The request element.
    element: &'a [u8],
}

fn parts<'a>(unsigned: &Unsigned<'a>) -> Result<Parts<'a>, BuildError> {
    let element = unsigned.bytes.get(unsigned.element.clone());
    let element = element.ok_or(BuildError::Places("the element ends outside of it"))?;
    if !(unsigned.element.start < unsigned.slot && unsigned.slot < unsigned.element.end) {
        return Err(BuildError::Places("the signature's place is outside of the element"));
    }
    let (before, behind) = unsigned.bytes.split_at(unsigned.slot);
    if !before.ends_with(b">") || before.ends_with(b"/>") || !element.starts_with(b"<") {
        return Err(BuildError::Places("the signature's place is not right behind a start tag"));
    }
    Ok(Parts { before, behind, element })
}

/// Writes the parts of a signature. All in one line: not a byte is there that does not say something.
struct SignatureWriter<'a> {
    id: &'a str,
    element_id: &'a str,
    profile: ByteProfile,
    size: KeySize,
}

impl SignatureWriter<'_> {
    fn open(&self) -> String {
        format!(r#"<ds:Signature xmlns:ds="{DS}" Id="xmldsig-{}">"#, self.id)
    }

    fn info(&self, element_digest: &[u8], properties_digest: &[u8]) -> String {
        let Self { id, element_id, profile, size } = self;
        let digest = digest_method(*size);
        let transforms = |uris: &[&str]| match uris {
            [] => String::new(),
            uris => {
                let each: String = uris.iter().map(|uri| empty("ds:Transform", uri)).collect();
                format!("<ds:Transforms>{each}</ds:Transforms>")
            }
        };
        [
            "<ds:SignedInfo>",
            &empty("ds:CanonicalizationMethod", profile.method().uri()),
            &empty("ds:SignatureMethod", signature_method(*size)),
            &format!(r##"<ds:Reference Id="xmldsig-{id}-ref0" URI="#{element_id}">"##),
            &transforms(&[ENVELOPED, Method::Exclusive.uri()]),
            &empty("ds:DigestMethod", digest),
            &format!("<ds:DigestValue>{}</ds:DigestValue></ds:Reference>", BASE64.encode(element_digest)),
            &format!(r##"<ds:Reference Type="{SIGNED_PROPERTIES}" URI="#xmldsig-{id}-signedprops">"##),
            &transforms(profile.properties_transforms()),
            &empty("ds:DigestMethod", digest),
            &format!("<ds:DigestValue>{}</ds:DigestValue></ds:Reference>", BASE64.encode(properties_digest)),
            "</ds:SignedInfo>",
        ]
        .concat()
    }

    fn value_and_key(&self, value: &[u8], signer: &dyn Signer) -> String {
        format!(
            r#"<ds:SignatureValue Id="xmldsig-{}-sigvalue">{}</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"#,
            self.id,
            BASE64.encode(value),
            BASE64.encode(signer.certificate().der())
        )
    }

    fn object(&self, signer: &dyn Signer, time: OffsetDateTime) -> Result<String, BuildError> {
        let (id, certificate) = (self.id, signer.certificate());
        let mut out = format!(
            r##"<ds:Object><xades:QualifyingProperties xmlns:xades="{XADES}" Target="#xmldsig-{id}"><xades:SignedProperties Id="xmldsig-{id}-signedprops"><xades:SignedSignatureProperties><xades:SigningTime>{}</xades:SigningTime>"##,
            time.format(SIGNING_TIME)?
        );
        // Writing into a string cannot fail.
        let _ = write!(
            out,
            "<xades:SigningCertificate><xades:Cert><xades:CertDigest>{}<ds:DigestValue>{}</ds:DigestValue></xades:CertDigest><xades:IssuerSerial><ds:X509IssuerName>",
            empty("ds:DigestMethod", digest_method(self.size)),
            BASE64.encode(gost::digest(self.size, certificate.der()))
        );
        c14n::escape_into(certificate.issuer_name(), &mut out);
        let _ = write!(
            out,
            "</ds:X509IssuerName><ds:X509SerialNumber>{}</ds:X509SerialNumber></xades:IssuerSerial></xades:Cert></xades:SigningCertificate></xades:SignedSignatureProperties></xades:SignedProperties></xades:QualifyingProperties></ds:Object>",
            certificate.serial_decimal()
        );
        Ok(out)
    }
}

/// An element with nothing but its `Algorithm`, written canonically.
fn empty(name: &str, algorithm: &str) -> String {
    format!(r#"<{name} Algorithm="{algorithm}"></{name}>"#)
}

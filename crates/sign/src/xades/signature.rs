//! Everything about a signature that can be checked without the signed element.

use gis_gkh_xml::Limits;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::ByteProfile;
use super::error::VerifyError;
use super::issuer;
use super::profile::{ENVELOPED, SIGNED_PROPERTIES, digest_method, is_legacy, signature_method};
use super::report::{Profile, VerifyOptions};
use super::tree::{Node, Space};
use crate::c14n::{self, Method};
use crate::certificate::Certificate;
use crate::gost::{Hasher, KeySize};

const DATA: &str = "reference 1 (the element)";
const PROPERTIES: &str = "reference 2 (SignedProperties)";

/// A signature whose value and properties are right; the digest of the element is still to be compared.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) byte_profile: ByteProfile,
    pub(super) key_size: KeySize,
    pub(super) certificate: Certificate,
    pub(super) signing_time: OffsetDateTime,
    /// What the digest of the element has to be.
    pub(super) element_digest: Vec<u8>,
}

/// Checks the signature of the element with this `Id`. `document` holds the message at least to the signature's end.
pub(super) fn check(
    signature: &Node,
    document: &[u8],
    id: &str,
    options: &VerifyOptions<'_>,
) -> Result<Checked, VerifyError> {
    let client = options.profile == Profile::Client;
    if client {
        signature.exactly(Space::Ds, &["SignedInfo", "SignatureValue", "KeyInfo", "Object"])?;
    }
    let info = signature.only(Space::Ds, "SignedInfo")?;
    let references: Vec<_> = info.named(Space::Ds, "Reference").collect();
    let mut names = vec!["CanonicalizationMethod", "SignatureMethod"];
    names.resize(2 + references.len(), "Reference");
    info.exactly(Space::Ds, &names)?;

    let method = canonicalization(info.only(Space::Ds, "CanonicalizationMethod")?)?;
    let byte_profile = ByteProfile::of(method);
    if !client && byte_profile != ByteProfile::Exclusive {
        return Err(VerifyError::ServerByteProfile);
    }
    let size = signature_size(info.only(Space::Ds, "SignatureMethod")?)?;
    let certificate = certificate(signature, client)?;
    if certificate.key_size() != size {
        return Err(VerifyError::MixedSizes { place: "the key of the certificate" });
    }

    let [data, properties] = references[..] else {
        return Err(VerifyError::References { found: references.len() });
    };
    for reference in [data, properties] {
        let with_transforms: &[_] = &["Transforms", "DigestMethod", "DigestValue"];
        let transforms = reference.named(Space::Ds, "Transforms").next().is_some();
        reference.exactly(Space::Ds, if transforms { with_transforms } else { &with_transforms[1..] })?;
    }
    if data.attribute("Type").is_some() || properties.attribute("Type") != Some(SIGNED_PROPERTIES) {
        return Err(VerifyError::structure("Reference", "the Types must be none, then SignedProperties"));
    }
    let uri = data.attribute("URI").unwrap_or_default();
    if uri.strip_prefix('#') != Some(id) {
        return Err(VerifyError::OtherElement { uri: uri.to_owned() });
    }
    expect_transforms(data, DATA, &[ENVELOPED, Method::Exclusive.uri()])?;
    expect_size(data, DATA, size)?;
    let element_digest = data.only(Space::Ds, "DigestValue")?.base64()?;

    let signed_properties = signed_properties(signature, client)?;
    let expected = format!("#{}", signed_properties.attribute("Id").unwrap_or_default());
    let found = properties.attribute("URI").unwrap_or_default();
    if found != expected || expected.len() < 2 {
        return Err(VerifyError::Target { what: PROPERTIES, found: found.to_owned(), expected });
    }
    expect_transforms(properties, PROPERTIES, byte_profile.properties_transforms())?;
    expect_size(properties, PROPERTIES, size)?;
    let digest = digest_in_place(document, signed_properties, method, size, &options.limits)?;
    if properties.only(Space::Ds, "DigestValue")?.base64()? != digest {
        return Err(VerifyError::PropertiesDigest);
    }
    let signing_time = check_properties(signed_properties, &certificate, client, options)?;

    let value = signature.only(Space::Ds, "SignatureValue")?.base64()?;
    let signed = digest_in_place(document, info, method, size, &options.limits)?;
    certificate.public_key().verify(&signed, &value)?;
    Ok(Checked { byte_profile, key_size: size, certificate, signing_time, element_digest })
}

fn canonicalization(node: &Node) -> Result<Method, VerifyError> {
    node.exactly(Space::Ds, &[])?;
    Method::from_uri(node.algorithm())
        .map_err(|source| VerifyError::Canonicalization { place: "CanonicalizationMethod", source })
}

fn signature_size(node: &Node) -> Result<KeySize, VerifyError> {
    node.exactly(Space::Ds, &[])?;
    let sizes = [KeySize::Bits256, KeySize::Bits512];
    let found = sizes.into_iter().find(|size| signature_method(*size) == node.algorithm());
    found.ok_or_else(|| unknown("SignatureMethod", node.algorithm()))
}

fn expect_size(node: &Node, place: &'static str, size: KeySize) -> Result<(), VerifyError> {
    let method = node.only(Space::Ds, "DigestMethod")?;
    method.exactly(Space::Ds, &[])?;
    match method.algorithm() {
        algorithm if algorithm == digest_method(size) => Ok(()),
        algorithm if [KeySize::Bits256, KeySize::Bits512].into_iter().any(|size| digest_method(size) == algorithm) => {
            Err(VerifyError::MixedSizes { place })
        }
        algorithm => Err(unknown(place, algorithm)),
    }
}

fn unknown(place: &'static str, algorithm: &str) -> VerifyError {
    let shown: String = algorithm.chars().take(128).collect();
    if is_legacy(algorithm) {
        VerifyError::LegacyAlgorithm { place, algorithm: shown }
    } else {
        VerifyError::UnknownAlgorithm { place, algorithm: shown }
    }
}

fn expect_transforms(node: &Node, reference: &'static str, expected: &[&str]) -> Result<(), VerifyError> {
    let mut found = Vec::new();
    if let Some(transforms) = node.named(Space::Ds, "Transforms").next() {
        transforms.exactly(Space::Ds, &vec!["Transform"; transforms.children.len()])?;
        for transform in &transforms.children {
            if !transform.children.is_empty() {
                let problem = "a transform has parameters (InclusiveNamespaces, XPath …), which are refused";
                return Err(VerifyError::structure("Transform", problem));
            }
            found.push(transform.algorithm());
        }
        if found.is_empty() {
            return Err(VerifyError::structure("Transforms", "it is empty"));
        }
    }
    if found == expected {
        return Ok(());
    }
    let shown: String = found.join(", ").chars().take(512).collect();
    Err(VerifyError::Transforms { reference, found: shown, expected: expected.join(", ") })
}

fn certificate(signature: &Node, client: bool) -> Result<Certificate, VerifyError> {
    let key_info = signature.only(Space::Ds, "KeyInfo")?;
    let data = key_info.only(Space::Ds, "X509Data")?;
    if client {
        key_info.exactly(Space::Ds, &["X509Data"])?;
        data.exactly(Space::Ds, &["X509Certificate"])?;
    }
    let certificate = Certificate::from_der(&data.only(Space::Ds, "X509Certificate")?.base64()?)?;
    if !certificate.may_sign() {
        return Err(VerifyError::KeyUsage);
    }
    Ok(certificate)
}

/// `SignedProperties` of the only `QualifyingProperties`, which must belong to this signature.
fn signed_properties(signature: &Node, client: bool) -> Result<&Node, VerifyError> {
    let objects = signature.named(Space::Ds, "Object");
    let qualifying: Vec<_> = objects.flat_map(|object| object.named(Space::Xades, "QualifyingProperties")).collect();
    let [qualifying] = qualifying[..] else {
        let problem = format!("{} QualifyingProperties of XAdES 1.3.2 instead of one", qualifying.len());
        return Err(VerifyError::structure("Object", problem));
    };
    let id = signature.attribute("Id").unwrap_or_default();
    let target = qualifying.attribute("Target").unwrap_or_default();
    if id.is_empty() || target.strip_prefix('#') != Some(id) {
        let what = "Target of QualifyingProperties";
        return Err(VerifyError::Target { what, found: target.to_owned(), expected: format!("#{id}") });
    }
    if client {
        signature.only(Space::Ds, "Object")?.exactly(Space::Xades, &["QualifyingProperties"])?;
        qualifying.exactly(Space::Xades, &["SignedProperties"])?;
    }
    qualifying.only(Space::Xades, "SignedProperties")
}

/// Signing time and identity of the certificate.
fn check_properties(
    signed_properties: &Node,
    certificate: &Certificate,
    client: bool,
    options: &VerifyOptions<'_>,
) -> Result<OffsetDateTime, VerifyError> {
    let properties = signed_properties.only(Space::Xades, "SignedSignatureProperties")?;
    if client {
        signed_properties.exactly(Space::Xades, &["SignedSignatureProperties"])?;
        properties.exactly(Space::Xades, &["SigningTime", "SigningCertificate"])?;
    }
    let time = properties.only(Space::Xades, "SigningTime")?.trimmed();
    let time = OffsetDateTime::parse(time, &Rfc3339)
        .map_err(|_| VerifyError::SigningTime("it is not a date and time with a zone offset"))?;
    if time > options.at + time::Duration::minutes(5) {
        return Err(VerifyError::SigningTime("it lies in the future; check the clocks"));
    }
    let named = properties.only(Space::Xades, "SigningCertificate")?.only(Space::Xades, "Cert")?;
    let digest = named.only(Space::Xades, "CertDigest")?;
    let method = digest.only(Space::Ds, "DigestMethod")?.algorithm();
    let sizes = [KeySize::Bits256, KeySize::Bits512];
    let Some(size) = sizes.into_iter().find(|size| digest_method(*size) == method) else {
        return Err(unknown("CertDigest", method));
    };
    if digest.only(Space::Ds, "DigestValue")?.base64()? != crate::gost::digest(size, certificate.der()) {
        return Err(VerifyError::CertificateDigest);
    }
    let issuer_serial = named.only(Space::Xades, "IssuerSerial")?;
    let issuer = issuer_serial.only(Space::Ds, "X509IssuerName")?.trimmed();
    issuer::compare(issuer, certificate.issuer_name()).map_err(VerifyError::IssuerName)?;
    let serial = issuer_serial.only(Space::Ds, "X509SerialNumber")?.trimmed();
    if serial != certificate.serial_decimal() {
        let found = serial.chars().take(64).collect();
        return Err(VerifyError::SerialNumber { found, expected: certificate.serial_decimal().to_owned() });
    }
    Ok(time)
}

fn digest_in_place(
    document: &[u8],
    node: &Node,
    method: Method,
    size: KeySize,
    limits: &Limits,
) -> Result<Vec<u8>, VerifyError> {
    let mut hasher = Hasher::new(size);
    c14n::element(document, node.start, None, method, limits, |octets| hasher.update(octets))?;
    Ok(hasher.finish())
}

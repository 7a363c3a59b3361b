//! The two byte profiles and the names of algorithms.

use crate::c14n::Method;
use crate::gost::KeySize;

/// SOAP 1.1 envelopes.
pub(super) const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// XML signatures.
pub(super) const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
/// XAdES 1.3.2.
pub(super) const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";
/// The transform that leaves the signature out of what it signs.
pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
/// `Type` of the reference to `SignedProperties`.
pub(super) const SIGNED_PROPERTIES: &str = "http://uri.etsi.org/01903#SignedProperties";

/// How `SignedInfo` and `SignedProperties` become bytes. Never mixed in one message.
///
/// The request element itself is canonicalised exclusively in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ByteProfile {
    /// Inclusive C14N 1.0; the reference to `SignedProperties` has no transforms. Proven: ГИС ЖКХ has accepted it from a
    /// client.
    #[default]
    Inclusive,
    /// Exclusive C14N, named in an explicit transform of the reference to `SignedProperties`. What ГИС ЖКХ itself writes.
    Exclusive,
}

impl ByteProfile {
    /// The canonicalisation method of the profile.
    pub fn method(self) -> Method {
        match self {
            Self::Inclusive => Method::Inclusive,
            Self::Exclusive => Method::Exclusive,
        }
    }

    /// The profile `CanonicalizationMethod` stands for.
    pub(super) fn of(method: Method) -> Self {
        match method {
            Method::Inclusive => Self::Inclusive,
            Method::Exclusive => Self::Exclusive,
        }
    }

    /// Transforms of the reference to `SignedProperties`.
    pub(super) fn properties_transforms(self) -> &'static [&'static str] {
        match self {
            Self::Inclusive => &[],
            Self::Exclusive => &["http://www.w3.org/2001/10/xml-exc-c14n#"],
        }
    }
}

/// `Algorithm` of `SignatureMethod` for a key.
pub(super) fn signature_method(size: KeySize) -> &'static str {
    match size {
        KeySize::Bits256 => "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256",
        KeySize::Bits512 => "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-512",
    }
}

/// `Algorithm` of `DigestMethod` for a key.
pub(super) fn digest_method(size: KeySize) -> &'static str {
    match size {
        KeySize::Bits256 => "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256",
        KeySize::Bits512 => "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-512",
    }
}

/// Whether the algorithm is of the generation before: GOST R 34.11-94 or GOST R 34.10-2001.
pub(super) fn is_legacy(algorithm: &str) -> bool {
    matches!(
        algorithm,
        "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr3411"
            | "http://www.w3.org/2001/04/xmldsig-more#gostr3411"
            | "urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102001-gostr3411"
            | "http://www.w3.org/2001/04/xmldsig-more#gostr34102001-gostr3411"
    )
}

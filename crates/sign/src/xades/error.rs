//! Why a signature is not believed.

use crate::c14n::MethodError;
use crate::certificate::{CertificateError, ValidityError};
use crate::gost::SignatureError;

use super::report::Untrusted;

/// The check that failed. The message is worth nothing then, whatever it says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The document cannot be read.
    #[error("the message cannot be read: {0}")]
    Xml(#[from] gis_gkh_xml::Error),
    /// A request begins with a byte order mark.
    #[error("the message begins with a byte order mark; save it as UTF-8 without one")]
    ByteOrderMark,
    /// Not a SOAP 1.1 envelope with a header, a body and one element in it.
    #[error("the envelope is not Envelope, [Header], Body with one element: {0}")]
    Envelope(&'static str),
    /// An `Id` stands twice, so a reference to it says nothing.
    #[error("the Id `{0}` stands twice in the message; give every element its own")]
    DuplicateId(String),
    /// More `Id`s than any message has.
    #[error("more than {0} Ids in the message")]
    TooManyIds(usize),
    /// The element to be signed has no `Id`.
    #[error("the element in the Body has no Id attribute, so no signature can cover it")]
    NoId,
    /// Nothing is signed.
    #[error("the message is not signed: there is no ds:Signature in it")]
    NoSignature,
    /// Further signatures.
    #[error("the message has {0} ds:Signature elements; exactly one is allowed")]
    SeveralSignatures(usize),
    /// A signature at another place.
    #[error("ds:Signature is not the first child of the element in the Body")]
    SignatureNotFirst,
    /// The signature is not built as the profile says.
    #[error("the signature is not built as it must be, in {element}: {problem}")]
    Structure {
        /// The element.
        element: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Canonicalisation by an algorithm that is refused or not known.
    #[error("{place}: {source}")]
    Canonicalization {
        /// Where it is named.
        place: &'static str,
        /// Which, and what to do.
        source: MethodError,
    },
    /// ГИС ЖКХ answers by the exclusive profile only.
    #[error("an answer of ГИС ЖКХ is canonicalised exclusively; this one is not")]
    ServerByteProfile,
    /// An algorithm of the generation of 1994 and 2001.
    #[error(
        "{place}: `{algorithm}` is GOST R 34.11-94 or 34.10-2001, which is refused; sign by the algorithms of 2012"
    )]
    LegacyAlgorithm {
        /// Where it is named.
        place: &'static str,
        /// Its identifier.
        algorithm: String,
    },
    /// Some other algorithm.
    #[error("{place}: the algorithm `{algorithm}` is not known here; sign by GOST R 34.10-2012 and 34.11-2012")]
    UnknownAlgorithm {
        /// Where it is named.
        place: &'static str,
        /// Its identifier.
        algorithm: String,
    },
    /// 256 and 512 bits in one signature.
    #[error("{place} has another size than the signature method; use one size throughout")]
    MixedSizes {
        /// Where the other size is.
        place: &'static str,
    },
    /// Not exactly the two references.
    #[error("the signature has {found} references; exactly two are allowed, the element and then SignedProperties")]
    References {
        /// How many there are.
        found: usize,
    },
    /// Reference 1 covers something else than the element in the Body: the signed element was moved, or another put in
    /// its place.
    #[error("the signature covers `{uri}`, not the element in the Body; the message was rearranged after signing")]
    OtherElement {
        /// Where the reference leads.
        uri: String,
    },
    /// Transforms other than the profile's.
    #[error("{reference} has the transforms [{found}], it must have [{expected}]")]
    Transforms {
        /// Which reference.
        reference: &'static str,
        /// What it has.
        found: String,
        /// What it must have.
        expected: String,
    },
    /// `Target`, or reference 2, leads elsewhere.
    #[error("{what} leads to `{found}`, it must lead to `{expected}`")]
    Target {
        /// What leads.
        what: &'static str,
        /// Where to.
        found: String,
        /// Where it must.
        expected: String,
    },
    /// The signed element was changed.
    #[error("the signed element was changed after signing: its digest is another one")]
    ElementDigest,
    /// The signed properties were changed.
    #[error("SignedProperties were changed after signing, or canonicalised out of place: their digest is another one")]
    PropertiesDigest,
    /// The value does not fit.
    #[error("SignatureValue: {0}")]
    Value(#[from] SignatureError),
    /// The certificate in the signature cannot be used.
    #[error("the certificate in the signature: {0}")]
    Certificate(#[from] CertificateError),
    /// keyUsage forbids signatures.
    #[error("the certificate in the signature may not sign by its keyUsage")]
    KeyUsage,
    /// `SigningCertificate` is another certificate, by its digest.
    #[error("CertDigest is not the digest of the certificate in the signature")]
    CertificateDigest,
    /// `SigningCertificate` is another certificate, by its issuer.
    #[error("X509IssuerName does not name the issuer of the certificate in the signature: {0}")]
    IssuerName(String),
    /// `SigningCertificate` is another certificate, by its number.
    #[error("X509SerialNumber is `{found}`, the certificate in the signature has {expected}")]
    SerialNumber {
        /// What stands there.
        found: String,
        /// The certificate's.
        expected: String,
    },
    /// No usable signing time.
    #[error("SigningTime: {0}")]
    SigningTime(&'static str),
    /// Strict only: no anchors were given.
    #[error("the chain of the certificate was not checked: give the certificates of trusted centres")]
    ChainNotChecked,
    /// Strict only: the chain is not trusted.
    #[error("the certificate in the signature is not trusted: {0}")]
    Untrusted(Untrusted),
    /// Strict only: out of dates.
    #[error("the certificate in the signature was out of its dates: {0}")]
    Dates(ValidityError),
}

impl VerifyError {
    pub(super) fn structure(element: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Structure { element: element.into(), problem: problem.into() }
    }
}

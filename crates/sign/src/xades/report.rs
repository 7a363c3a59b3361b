//! What verification was asked and what it found.

use std::ops::Range;

use gis_gkh_xml::Limits;
use time::OffsetDateTime;

use super::ByteProfile;
use crate::certificate::{Certificate, ChainError, ValidityError};
use crate::gost::KeySize;

/// Whose message is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// A request of an information system: either byte profile, nothing in the signature beyond what is needed.
    #[default]
    Client,
    /// A signed answer of ГИС ЖКХ (`getStateResult`): the exclusive byte profile, further properties tolerated.
    Server,
}

/// What to verify against.
#[derive(Debug, Clone, Copy)]
pub struct VerifyOptions<'a> {
    /// Whose message it is.
    pub profile: Profile,
    /// Certificates of trusted certification centres; each is an anchor. With none the chain is not checked.
    pub ca: &'a [Certificate],
    /// The moment at which the certificates' dates are judged.
    pub at: OffsetDateTime,
    /// Whether an untrusted or unchecked chain, or a certificate out of its dates, fails the verification instead of being
    /// reported.
    pub strict: bool,
    /// Bounds of the document.
    pub limits: Limits,
}

impl VerifyOptions<'_> {
    /// A client's request judged at the given moment, no anchors, not strict, limits of a message.
    pub fn at(at: OffsetDateTime) -> Self {
        Self { profile: Profile::Client, ca: &[], at, strict: false, limits: Limits::MESSAGE }
    }
}

/// A signature that is intact: structure, digests and value are right.
#[derive(Debug, Clone)]
pub struct Report {
    /// Bytes of the signed element, the only part of the message that is covered. Parse these and nothing else.
    pub element: Range<usize>,
    /// Bytes of the `Signature` in it, which the digest leaves out.
    pub signature: Range<usize>,
    /// `Id` of the signed element.
    pub id: String,
    /// The byte profile used.
    pub byte_profile: ByteProfile,
    /// Size of the key.
    pub key_size: KeySize,
    /// The signer's certificate; its subject is the signer.
    pub certificate: Certificate,
    /// What the signer says the time was. Nobody vouches for it.
    pub signing_time: OffsetDateTime,
    /// Whether a trusted centre issued the certificate.
    pub chain: Chain,
    /// Whether the certificate and its key were within their dates at [`VerifyOptions::at`].
    pub validity: Result<(), ValidityError>,
}

/// State of the certificate's chain. Revocation is not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chain {
    /// No anchors were given.
    NotChecked,
    /// Issued by one of the anchors, which was valid at the time.
    Trusted,
    /// Not so, and why.
    Untrusted(Untrusted),
}

/// Why a certificate is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Untrusted {
    /// No anchor has the issuer's name.
    #[error("no trusted certificate has the name of the issuer, {issuer}")]
    UnknownIssuer {
        /// The issuer the certificate names.
        issuer: String,
    },
    /// An anchor has the name but did not issue the certificate.
    #[error(transparent)]
    NotIssued(ChainError),
    /// The anchor itself was out of its dates.
    #[error("the certification centre's certificate: {0}")]
    AnchorDates(ValidityError),
}

impl Chain {
    /// Judges a certificate against anchors at a moment.
    pub(super) fn of(certificate: &Certificate, anchors: &[Certificate], at: OffsetDateTime) -> Self {
        let mut found = None;
        for anchor in anchors {
            let reason = match certificate.issued_by(anchor) {
                Ok(()) => match anchor.check_validity(at) {
                    Ok(()) => return Self::Trusted,
                    Err(dates) => Untrusted::AnchorDates(dates),
                },
                Err(ChainError::OtherIssuer(_)) => continue,
                Err(reason) => Untrusted::NotIssued(reason),
            };
            found.get_or_insert(reason);
        }
        match (anchors, found) {
            ([], _) => Self::NotChecked,
            (_, Some(reason)) => Self::Untrusted(reason),
            (_, None) => Self::Untrusted(Untrusted::UnknownIssuer { issuer: certificate.issuer_name().to_owned() }),
        }
    }
}

//! Whose signatures are believed: chains of GOST certificates to configured roots, or signers named one by one.
//!
//! Revocation is not looked at: that needs the network of the certification centres, and nothing here has a network.

use std::collections::HashSet;
use std::fmt;

use der::Decode as _;
use der::oid::ObjectIdentifier;
use time::OffsetDateTime;
use x509_cert::ext::pkix::BasicConstraints;

use crate::certificate::{Certificate, CertificateError, ChainError, KeyPeriod, ValidityError};

/// Centres between a signer and its root at most.
const LONGEST: usize = 8;

/// Extensions whose meaning is applied here or changes nothing about trust; any other that is critical is a reason to refuse.
const KNOWN: [ObjectIdentifier; 9] = [
    ObjectIdentifier::new_unwrap("2.5.29.14"), // subjectKeyIdentifier
    ObjectIdentifier::new_unwrap("2.5.29.15"), // keyUsage
    ObjectIdentifier::new_unwrap("2.5.29.16"), // privateKeyUsagePeriod
    ObjectIdentifier::new_unwrap("2.5.29.17"), // subjectAltName
    ObjectIdentifier::new_unwrap("2.5.29.18"), // issuerAltName
    ObjectIdentifier::new_unwrap("2.5.29.19"), // basicConstraints
    ObjectIdentifier::new_unwrap("2.5.29.32"), // certificatePolicies
    ObjectIdentifier::new_unwrap("2.5.29.35"), // authorityKeyIdentifier
    // Which tool made the key (приказ ФСБ № 795): nothing to apply.
    ObjectIdentifier::new_unwrap("1.2.643.100.111"),
];

/// Why a list of trusted certificates cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// A certificate cannot be read.
    #[error("{0}")]
    Certificate(#[from] CertificateError),
    /// A centre that leads nowhere.
    #[error(
        "the certificate with serial number {serial} is of a certification centre below another, and the list has no root it \
         leads to ({reason}); add its root"
    )]
    NoRoot {
        /// Decimal serial number.
        serial: String,
        /// Why.
        reason: NotTrusted,
    },
    /// A certificate that can neither issue nor sign.
    #[error("the certificate with serial number {serial} may sign neither certificates nor documents; leave it out")]
    Useless {
        /// Decimal serial number.
        serial: String,
    },
    /// A root whose signature on itself does not fit.
    #[error("the root with serial number {serial} is not signed by its own key: {reason}")]
    Root {
        /// Decimal serial number.
        serial: String,
        /// What is wrong.
        reason: ChainError,
    },
}

/// Why a signer is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotTrusted {
    /// keyUsage forbids signatures, or basicConstraints says that it is a centre.
    #[error("the certificate with serial number {serial} is not one for signing documents")]
    NotASigner {
        /// Decimal serial number.
        serial: String,
    },
    /// Out of its dates at the moment of signing.
    #[error("the certificate with serial number {serial} at the moment of signing: {reason}")]
    Dates {
        /// Decimal serial number.
        serial: String,
        /// Which bound was passed.
        reason: ValidityError,
    },
    /// The issuer's key was not to be used any more, or not yet, when the certificate was issued.
    #[error("the certificate with serial number {serial} was issued outside the period of its issuer's key")]
    IssuedOutOfPeriod {
        /// Decimal serial number.
        serial: String,
    },
    /// No trusted certificate has the issuer's name.
    #[error(
        "nobody trusted has issued the certificate with serial number {serial}; it names as its issuer: {issuer}. If it is the \
         system's own, add its centre to the trusted ones"
    )]
    UnknownIssuer {
        /// Decimal serial number.
        serial: String,
        /// The issuer it names.
        issuer: String,
    },
    /// A centre has the issuer's name and did not issue it.
    #[error("the certificate with serial number {serial} was not issued by the centre it names: {reason}")]
    NotIssued {
        /// Decimal serial number.
        serial: String,
        /// Why.
        reason: ChainError,
    },
    /// More centres below one than it allows.
    #[error("the centre with serial number {serial} allows {allowed} centres below it, the chain has {found}")]
    PathLength {
        /// Decimal serial number.
        serial: String,
        /// basicConstraints' pathLen.
        allowed: u8,
        /// How many there are.
        found: usize,
    },
    /// A critical extension that is not known here, so what it forbids cannot be told.
    #[error("the certificate with serial number {serial} has the critical extension {oid}, which is not known here")]
    CriticalExtension {
        /// Decimal serial number.
        serial: String,
        /// The extension.
        oid: ObjectIdentifier,
    },
    /// An extension twice, or damaged.
    #[error("the extensions of the certificate with serial number {serial} cannot be read or stand twice")]
    Extensions {
        /// Decimal serial number.
        serial: String,
    },
    /// Too many centres.
    #[error("the chain has more than {LONGEST} centres")]
    TooLong,
}

/// How a signer is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trusted {
    /// It is one of the configured signers itself.
    Pinned,
    /// A chain leads from it to a configured root, by so many centres, the root included.
    Chain(usize),
}

/// Whose signatures are believed. Of a list of certificates a root (a centre issued by itself) is an anchor, any other centre
/// a link that must lead to one, and anything else a signer that is believed as it is, whoever issued it.
#[derive(Clone, Default)]
pub struct Trust {
    roots: Vec<Certificate>,
    links: Vec<Certificate>,
    pinned: Vec<Certificate>,
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("roots", &self.roots.len())
            .field("links", &self.links.len())
            .field("pinned", &self.pinned.len())
            .finish()
    }
}

impl Trust {
    /// Trust from a PEM text with one certificate at least.
    ///
    /// # Errors
    /// See [`TrustError`].
    pub fn from_pem(text: &str) -> Result<Self, TrustError> {
        Self::new(Certificate::all_from_pem(text)?)
    }

    /// Trust in these certificates. Dates are judged later, at the moment of each signature.
    ///
    /// # Errors
    /// See [`TrustError`].
    pub fn new(certificates: Vec<Certificate>) -> Result<Self, TrustError> {
        let mut trust = Self::default();
        for certificate in certificates {
            let serial = || certificate.serial_decimal().to_owned();
            if certificate.is_ca() {
                match certificate.issued_by(&certificate) {
                    Ok(()) => trust.roots.push(certificate),
                    Err(ChainError::OtherIssuer(_)) => trust.links.push(certificate),
                    Err(reason) => return Err(TrustError::Root { serial: serial(), reason }),
                }
            } else if certificate.may_sign() {
                trust.pinned.push(certificate);
            } else {
                return Err(TrustError::Useless { serial: serial() });
            }
        }
        for link in &trust.links {
            // Judged at a moment it was valid at itself: what counts here is where it leads.
            trust
                .climb(link, link.not_before(), 1, &mut Vec::new())
                .map_err(|reason| TrustError::NoRoot { serial: link.serial_decimal().to_owned(), reason })?;
        }
        Ok(trust)
    }

    /// Every certificate of the list.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.roots.iter().chain(&self.links).chain(&self.pinned)
    }

    /// Judges the certificate of a signature made at `at`: it is for signing documents, it and every centre above it are
    /// within their dates then, and it is pinned or leads to a root.
    ///
    /// # Errors
    /// The nearest reason; of several ways up, that of the first.
    pub fn judge(&self, signer: &Certificate, at: OffsetDateTime) -> Result<Trusted, NotTrusted> {
        if signer.is_ca() || !signer.may_sign() {
            return Err(NotTrusted::NotASigner { serial: signer.serial_decimal().to_owned() });
        }
        let pinned = self.pinned.contains(signer);
        read_extensions(signer)?;
        signer
            .check_validity(at)
            .map_err(|reason| NotTrusted::Dates { serial: signer.serial_decimal().to_owned(), reason })?;
        if pinned {
            return Ok(Trusted::Pinned);
        }
        self.climb(signer, at, 0, &mut Vec::new()).map(Trusted::Chain)
    }

    /// Looks for a way from a certificate up to a root. `below` centres lie beneath the issuer looked for; self-issued ones,
    /// by which a centre changes its key, do not count (RFC 5280 §4.2.1.9).
    fn climb<'a>(
        &'a self,
        certificate: &'a Certificate,
        at: OffsetDateTime,
        below: usize,
        path: &mut Vec<&'a Certificate>,
    ) -> Result<usize, NotTrusted> {
        if path.len() >= LONGEST {
            return Err(NotTrusted::TooLong);
        }
        let serial = || certificate.serial_decimal().to_owned();
        let mut first = None;
        for (issuer, root) in
            self.roots.iter().map(|root| (root, true)).chain(self.links.iter().map(|link| (link, false)))
        {
            if path.contains(&issuer) || issuer == certificate {
                continue;
            }
            match certificate.issued_by(issuer) {
                Ok(()) => {}
                Err(ChainError::OtherIssuer(_)) => continue,
                Err(reason) => {
                    first.get_or_insert(NotTrusted::NotIssued { serial: serial(), reason });
                    continue;
                }
            }
            path.push(issuer);
            let found = stands_above(certificate, issuer, at, below).and_then(|()| match root {
                true => Ok(path.len()),
                false => self.climb(issuer, at, below + usize::from(!is_self_issued(issuer)), path),
            });
            match found {
                Ok(centres) => return Ok(centres),
                Err(reason) => {
                    path.pop();
                    first.get_or_insert(reason);
                }
            }
        }
        Err(first.unwrap_or_else(|| NotTrusted::UnknownIssuer {
            serial: serial(),
            issuer: certificate.issuer_name().to_owned(),
        }))
    }
}

/// What a centre must be to stand above a certificate, beside having issued it.
fn stands_above(
    certificate: &Certificate,
    centre: &Certificate,
    at: OffsetDateTime,
    below: usize,
) -> Result<(), NotTrusted> {
    let serial = || centre.serial_decimal().to_owned();
    let path_length = read_extensions(centre)?;
    // The period of a centre's key limits when it issues, not how long what it issued is believed.
    let reason = if at < centre.not_before() {
        Some(ValidityError::NotYetValid(centre.not_before()))
    } else if at > centre.not_after() {
        Some(ValidityError::Expired(centre.not_after()))
    } else {
        None
    };
    if let Some(reason) = reason {
        return Err(NotTrusted::Dates { serial: serial(), reason });
    }
    let issued = certificate.not_before();
    if let Some(KeyPeriod { not_before, not_after }) = centre.private_key_period()
        && (not_before.is_some_and(|from| issued < from) || not_after.is_some_and(|until| issued > until))
    {
        return Err(NotTrusted::IssuedOutOfPeriod { serial: certificate.serial_decimal().to_owned() });
    }
    match path_length {
        Some(allowed) if below > usize::from(allowed) => {
            Err(NotTrusted::PathLength { serial: serial(), allowed, found: below })
        }
        _ => Ok(()),
    }
}

fn is_self_issued(certificate: &Certificate) -> bool {
    certificate.issuer_name() == certificate.subject_name()
}

/// Refuses what is critical and not known, or stands twice; gives the length of the path basicConstraints allows.
fn read_extensions(certificate: &Certificate) -> Result<Option<u8>, NotTrusted> {
    let serial = || certificate.serial_decimal().to_owned();
    let broken = || NotTrusted::Extensions { serial: serial() };
    let parsed = x509_cert::Certificate::from_der(certificate.der()).map_err(|_| broken())?;
    let fields = parsed.tbs_certificate();
    let mut met = HashSet::new();
    for extension in fields.extensions().into_iter().flatten() {
        if !met.insert(extension.extn_id) {
            return Err(broken());
        }
        if extension.critical && !KNOWN.contains(&extension.extn_id) {
            return Err(NotTrusted::CriticalExtension { serial: serial(), oid: extension.extn_id });
        }
    }
    let constraints = fields.get_extension::<BasicConstraints>().map_err(|_| broken())?;
    Ok(constraints.and_then(|(_, constraints)| constraints.path_len_constraint))
}

//! Algorithm identifiers of keys (RFC 9215 §4.2).

use der::Sequence;
use der::asn1::AnyRef;
use der::oid::ObjectIdentifier;

use super::curve::Curve;
use super::digest::KeySize;

const GOST_2012_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.643.7.1.1.1.1");
const GOST_2012_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.643.7.1.1.1.2");
const STREEBOG_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.643.7.1.1.2.2");
const STREEBOG_512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.643.7.1.1.2.3");
const GOST_2001: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.643.2.2.19");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// Why an algorithm identifier does not name a usable GOST R 34.10-2012 key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AlgorithmError {
    /// RSA, ECDSA and the like.
    #[error(
        "this is a {0} key; ГИС ЖКХ takes GOST R 34.10-2012 signatures only, obtain a key and a certificate of that \
         kind from an accredited certification centre"
    )]
    NotGost(String),
    /// GOST R 34.10-2001, out of use since 2019.
    #[error(
        "this is a GOST R 34.10-2001 key, which may no longer sign; obtain a GOST R 34.10-2012 key and certificate"
    )]
    Outdated,
    /// The parameters are missing or are not the sequence of RFC 9215.
    #[error("the parameters of the GOST key are not those of RFC 9215 §4.2 (curve, optional digest): {0}")]
    Malformed(String),
    /// A curve outside of the list in [`Curve`].
    #[error("the key lies on an unknown curve {0}; use one of the CryptoPro or TC26 parameter sets")]
    UnknownCurve(ObjectIdentifier),
    /// Key size by algorithm and by curve differ, or the digest is of another size or kind.
    #[error(
        "the algorithm says {size}, but the key's parameters name {oid}: the file is damaged or made by a faulty tool"
    )]
    Mismatch {
        /// Size by the algorithm identifier.
        size: KeySize,
        /// The parameter that does not fit.
        oid: ObjectIdentifier,
    },
}

#[derive(Sequence)]
struct KeyParameters {
    curve: ObjectIdentifier,
    digest: Option<ObjectIdentifier>,
}

/// The curve of a key by its algorithm identifier. The digest is optional: producers leave it out for tc26-256-A and
/// the 512-bit sets or write it everywhere; when given it must be Streebog of the key's size.
pub(crate) fn curve_of(oid: &ObjectIdentifier, parameters: Option<AnyRef<'_>>) -> Result<Curve, AlgorithmError> {
    let (size, digest) = match *oid {
        GOST_2012_256 => (KeySize::Bits256, STREEBOG_256),
        GOST_2012_512 => (KeySize::Bits512, STREEBOG_512),
        GOST_2001 => return Err(AlgorithmError::Outdated),
        RSA => return Err(AlgorithmError::NotGost("RSA".to_owned())),
        EC => return Err(AlgorithmError::NotGost("ECDSA".to_owned())),
        other => return Err(AlgorithmError::NotGost(format!("foreign ({other})"))),
    };
    let parameters = parameters
        .ok_or_else(|| AlgorithmError::Malformed("no parameters".to_owned()))?
        .decode_as::<KeyParameters>()
        .map_err(|error| AlgorithmError::Malformed(error.to_string()))?;
    let curve = Curve::from_oid(&parameters.curve).ok_or(AlgorithmError::UnknownCurve(parameters.curve))?;
    if curve.key_size() != size {
        return Err(AlgorithmError::Mismatch { size, oid: parameters.curve });
    }
    match parameters.digest {
        Some(oid) if oid != digest => Err(AlgorithmError::Mismatch { size, oid }),
        _ => Ok(curve),
    }
}

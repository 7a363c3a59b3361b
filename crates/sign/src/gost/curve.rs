//! The closed list of curves and their object identifiers.

use der::oid::ObjectIdentifier;

use super::digest::KeySize;
use super::parameters::{self, NARROW, Parameters, WIDE};

/// A parameter set of GOST R 34.10-2012 found in certificates.
///
/// Several object identifiers name the same curve ([`Curve::from_oid`]). Test parameter sets are left out on
/// purpose: a certificate on them proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// CryptoPro-A = CryptoPro-XchA = tc26-256-B, the usual one.
    CryptoProA,
    /// CryptoPro-B = tc26-256-C.
    CryptoProB,
    /// CryptoPro-C = CryptoPro-XchB = tc26-256-D.
    CryptoProC,
    /// tc26-256-A, cofactor 4.
    Tc26A256,
    /// tc26-512-A.
    Tc26A512,
    /// tc26-512-B.
    Tc26B512,
    /// tc26-512-C, cofactor 4.
    Tc26C512,
}

/// Numbers of a curve by width.
#[derive(Clone, Copy)]
pub(super) enum Width {
    Narrow(&'static Parameters<NARROW>),
    Wide(&'static Parameters<WIDE>),
}

/// Runs the same expression over the numbers of a curve, whatever their width.
macro_rules! with_parameters {
    ($curve:expr, $parameters:ident => $body:expr) => {
        match $curve.width() {
            $crate::gost::curve::Width::Narrow($parameters) => $body,
            $crate::gost::curve::Width::Wide($parameters) => $body,
        }
    };
}
pub(super) use with_parameters;

const OIDS: [(&str, Curve); 12] = [
    ("1.2.643.2.2.35.1", Curve::CryptoProA),
    ("1.2.643.2.2.36.0", Curve::CryptoProA),
    ("1.2.643.7.1.2.1.1.2", Curve::CryptoProA),
    ("1.2.643.2.2.35.2", Curve::CryptoProB),
    ("1.2.643.7.1.2.1.1.3", Curve::CryptoProB),
    ("1.2.643.2.2.35.3", Curve::CryptoProC),
    ("1.2.643.2.2.36.1", Curve::CryptoProC),
    ("1.2.643.7.1.2.1.1.4", Curve::CryptoProC),
    ("1.2.643.7.1.2.1.1.1", Curve::Tc26A256),
    ("1.2.643.7.1.2.1.2.1", Curve::Tc26A512),
    ("1.2.643.7.1.2.1.2.2", Curve::Tc26B512),
    ("1.2.643.7.1.2.1.2.3", Curve::Tc26C512),
];

impl Curve {
    /// Every curve, for tests and listings.
    pub const ALL: [Self; 7] = [
        Self::CryptoProA,
        Self::CryptoProB,
        Self::CryptoProC,
        Self::Tc26A256,
        Self::Tc26A512,
        Self::Tc26B512,
        Self::Tc26C512,
    ];

    /// The curve an object identifier names (RFC 4357 §8.4, RFC 7836 appendix A, RFC 9215 §4.2), if it is known.
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        OIDS.iter().find(|(text, _)| ObjectIdentifier::new(text).is_ok_and(|known| known == *oid)).map(|found| found.1)
    }

    /// Size of the keys on this curve.
    pub const fn key_size(self) -> KeySize {
        match self {
            Self::CryptoProA | Self::CryptoProB | Self::CryptoProC | Self::Tc26A256 => KeySize::Bits256,
            Self::Tc26A512 | Self::Tc26B512 | Self::Tc26C512 => KeySize::Bits512,
        }
    }

    pub(super) fn width(self) -> Width {
        match self {
            Self::CryptoProA => Width::Narrow(&parameters::CRYPTOPRO_A),
            Self::CryptoProB => Width::Narrow(&parameters::CRYPTOPRO_B),
            Self::CryptoProC => Width::Narrow(&parameters::CRYPTOPRO_C),
            Self::Tc26A256 => Width::Narrow(&parameters::TC26_256_A),
            Self::Tc26A512 => Width::Wide(&parameters::TC26_512_A),
            Self::Tc26B512 => Width::Wide(&parameters::TC26_512_B),
            Self::Tc26C512 => Width::Wide(&parameters::TC26_512_C),
        }
    }
}

//! GOST R 34.11-2012 (Streebog) and GOST R 34.10-2012 signatures, in pure Rust.
//!
//! Everything a ГИС ЖКХ signature needs and nothing else: both digest sizes, the parameter sets found in
//! Russian certificates ([`Curve`]), public keys as RFC 9215 encodes them ([`PublicKey`]) and private keys that
//! sign in constant time with hedged nonces ([`PrivateKey`]).
//!
//! A signature is always `s‖r`, both numbers big-endian, 64 or 128 bytes, the layout of RFC 9215 certificates and
//! of XML signatures. This is not a certified cryptographic tool (СКЗИ); whether that matters is the operator's
//! legal decision.

mod algorithm;
mod curve;
mod digest;
mod entropy;
mod nonce;
mod parameters;
mod point;
mod private_key;
mod public_key;
mod signature;

pub use algorithm::AlgorithmError;
pub(crate) use algorithm::curve_of;
pub use curve::Curve;
pub use digest::{Hasher, KeySize, digest};
pub use entropy::{Entropy, EntropyError, OsEntropy};
pub use private_key::{PrivateKey, PrivateKeyError};
pub use public_key::{PublicKey, PublicKeyError, SignatureError};

#[cfg(test)]
mod tests;

//! In which order the bytes of a signature come.

use std::fmt;

/// Order of the two numbers of a signature and of their bytes. RFC 9215, XML signatures, gost-engine and BouncyCastle use
/// the first; many libraries the second; CryptoAPI reverses the whole value, which gives the third.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// `s‖r`, each big-endian: what goes into a signature.
    SrBigEndian,
    /// `r‖s`, each big-endian.
    RsBigEndian,
    /// `r‖s`, each little-endian: the first as a whole backwards.
    RsLittleEndian,
    /// `s‖r`, each little-endian: the second as a whole backwards.
    SrLittleEndian,
}

impl ByteOrder {
    /// All there are, the usual first.
    pub const ALL: [Self; 4] = [Self::SrBigEndian, Self::RsBigEndian, Self::RsLittleEndian, Self::SrLittleEndian];

    /// Turns a value of this order into `s‖r`, big-endian. Each order is its own inverse: the same call turns
    /// `s‖r` into this order.
    pub fn normalize(self, mut value: Vec<u8>) -> Vec<u8> {
        let half = value.len() / 2;
        match self {
            Self::SrBigEndian => {}
            Self::RsBigEndian => value.rotate_left(half),
            Self::RsLittleEndian => value.reverse(),
            Self::SrLittleEndian => {
                value.reverse();
                value.rotate_left(half);
            }
        }
        value
    }
}

impl fmt::Display for ByteOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SrBigEndian => "s‖r, big-endian",
            Self::RsBigEndian => "r‖s, big-endian",
            Self::RsLittleEndian => "r‖s, little-endian",
            Self::SrLittleEndian => "s‖r, little-endian",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ByteOrder;

    #[test]
    fn every_order_becomes_the_usual_one_and_is_its_own_inverse() {
        // s = 1 2, r = 3 4.
        let written = [vec![1, 2, 3, 4], vec![3, 4, 1, 2], vec![4, 3, 2, 1], vec![2, 1, 4, 3]];
        for (order, value) in ByteOrder::ALL.into_iter().zip(written) {
            assert_eq!(order.normalize(value.clone()), [1, 2, 3, 4], "{order}");
            assert_eq!(order.normalize(vec![1, 2, 3, 4]), value, "{order}");
        }
    }
}

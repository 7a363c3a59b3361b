//! Mechanisms of signing by GOST R 34.10-2012, as data.
//!
//! The numbers are those of the Russian working group on PKCS#11 (0xD4321000 and up), shared by the makers; the raw 256-bit
//! one is that of the standard, whose key is of 2001 or 2012 alike. None has been tried by us on a device: how a maker stands
//! to each is said with where it was read.

use gis_gkh_sign::gost::KeySize;
use gis_gkh_sign::signer::Input;

use crate::error::Pkcs11Error;

/// How tokens of a maker stand to a mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// A device was seen to list it; where that was read. Not tried by us.
    Listed(&'static str),
    /// The list that was read has it not; where that is.
    NotListed(&'static str),
}

/// A mechanism of signing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mechanism {
    /// Its name in the makers' headers.
    pub name: &'static str,
    /// Its number.
    pub id: u64,
    /// Size of its keys.
    pub size: KeySize,
    /// What it is given.
    pub input: Input,
    /// Rutoken ЭЦП 2.0 and 3.0.
    pub rutoken: Standing,
    /// JaCarta-2 ГОСТ (applet Криптотокен 2).
    pub jacarta: Standing,
}

const RUTOKEN: Standing =
    Standing::Listed("mechanism lists of Rutoken ЭЦП 2.0 in OpenSC issue 1015 and PyKCS11 issue 28");
const JACARTA: &str = "table of applets in the maker's published CAPI tests (Aladdin.CAPI.PKCS11.JaCarta)";

/// Those there are, the preferred first: hashing here sends the token 32 or 64 bytes instead of the data.
pub const MECHANISMS: [Mechanism; 4] = [
    Mechanism {
        name: "CKM_GOSTR3410",
        id: 0x1201,
        size: KeySize::Bits256,
        input: Input::Digest,
        rutoken: RUTOKEN,
        jacarta: Standing::Listed(JACARTA),
    },
    Mechanism {
        name: "CKM_GOSTR3410_512",
        id: 0xD432_1006,
        size: KeySize::Bits512,
        input: Input::Digest,
        rutoken: RUTOKEN,
        jacarta: Standing::NotListed(JACARTA),
    },
    Mechanism {
        name: "CKM_GOSTR3410_WITH_GOSTR3411_12_256",
        id: 0xD432_1008,
        size: KeySize::Bits256,
        input: Input::Data,
        rutoken: RUTOKEN,
        jacarta: Standing::Listed(JACARTA),
    },
    Mechanism {
        name: "CKM_GOSTR3410_WITH_GOSTR3411_12_512",
        id: 0xD432_1009,
        size: KeySize::Bits512,
        input: Input::Data,
        rutoken: RUTOKEN,
        jacarta: Standing::NotListed(JACARTA),
    },
];

/// Hashes by GOST R 34.11-94, which no signature of ours may.
const OUTDATED: (&str, u64) = ("CKM_GOSTR3410_WITH_GOSTR3411", 0x1202);

/// What is asked of the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) id: u64,
    pub(crate) input: Input,
}

/// The mechanism of the settings: a name or a number of the table, or any number with `data` or `digest` behind it.
pub(crate) fn named(name: &str, size: KeySize) -> Result<Choice, Pkcs11Error> {
    let wrong = |reason| {
        let fitting = MECHANISMS.iter().filter(|known| known.size == size).map(|known| known.name);
        Pkcs11Error::Mechanism { name: name.to_owned(), reason, known: fitting.collect::<Vec<_>>().join(", ") }
    };
    let mut words = name.split_whitespace();
    let (word, input) = (words.next().unwrap_or_default(), words.next());
    if words.next().is_some() {
        return Err(wrong("it has more than two words"));
    }
    let digits = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
    let number = digits.map(|digits| u64::from_str_radix(digits, 16));
    let number = number.transpose().map_err(|_| wrong("its number is none"))?;
    if word == OUTDATED.0 || number == Some(OUTDATED.1) {
        return Err(wrong("it hashes by GOST R 34.11-94, which is refused everywhere"));
    }
    let known = MECHANISMS.iter().find(|known| known.name == word || Some(known.id) == number);
    match (known, number, input) {
        (Some(known), _, None) if known.size == size => Ok(Choice { id: known.id, input: known.input }),
        (Some(_), _, None) => Err(wrong("its keys have another size than the certificate's")),
        (_, Some(id), Some("data")) => Ok(Choice { id, input: Input::Data }),
        (_, Some(id), Some("digest")) => Ok(Choice { id, input: Input::Digest }),
        _ => Err(wrong("it is not in the table")),
    }
}

/// The first that the token has.
pub(crate) fn offered(size: KeySize, listed: &[u64]) -> Result<Choice, Pkcs11Error> {
    let fitting = MECHANISMS.iter().filter(|known| known.size == size);
    fitting.clone().find(|known| listed.contains(&known.id)).map_or_else(
        || {
            let present: Vec<String> = listed.iter().map(|id| format!("{id:#x}")).collect();
            Err(Pkcs11Error::NoMechanism { size: size.to_string(), present: present.join(", ") })
        },
        |known| Ok(Choice { id: known.id, input: known.input }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mechanisms_are_named_numbered_or_described() {
        let of = |name: &str, size| named(name, size).map(|choice| (choice.id, choice.input));
        let (small, large) = (KeySize::Bits256, KeySize::Bits512);
        assert_eq!(of("CKM_GOSTR3410", small).unwrap(), (0x1201, Input::Digest));
        assert_eq!(of("0xd4321009", large).unwrap(), (0xD432_1009, Input::Data));
        assert_eq!(of("0x1201 data", small).unwrap(), (0x1201, Input::Data));
        assert_eq!(of("0x80000042 digest", large).unwrap(), (0x8000_0042, Input::Digest));
        for (name, size, hint) in [
            ("CKM_GOSTR3410", large, "another size"),
            ("0x1202", small, "34.11-94"),
            ("CKM_GOSTR3410_WITH_GOSTR3411", small, "34.11-94"),
            ("0x80000042", small, "not in the table"),
            ("CKM_ECDSA", small, "not in the table"),
            ("0xzz", small, "number is none"),
            ("0x1 data more", small, "two words"),
            ("", small, "not in the table"),
        ] {
            let error = named(name, size).unwrap_err().to_string();
            assert!(error.contains(hint), "{name}: {error}");
        }
    }

    #[test]
    fn hashing_here_is_preferred_and_what_the_token_lacks_is_named() {
        let all: Vec<u64> = MECHANISMS.iter().map(|known| known.id).rev().collect();
        assert_eq!(offered(KeySize::Bits256, &all).unwrap().id, 0x1201);
        assert_eq!(offered(KeySize::Bits512, &all).unwrap().id, 0xD432_1006);
        assert_eq!(offered(KeySize::Bits256, &[0x1202, 0xD432_1008]).unwrap().input, Input::Data);
        let error = offered(KeySize::Bits512, &[0x1201, 0x1]).unwrap_err().to_string();
        assert!(error.contains("512 bits") && error.contains("0x1201, 0x1"), "{error}");
    }
}

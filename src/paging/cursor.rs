//! Where a page begins, in the services that do not say it by one GUID.

use std::fmt;
use std::str::FromStr;

use gis_gkh_xml::Guid;

/// Text that is no cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {0}")]
pub struct NotCursor(&'static str);

/// Number of a page, the first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PageNumber(i32);

impl PageNumber {
    /// The first page.
    pub const FIRST: Self = Self(1);

    /// A number of a page; `None` if it is less than 1.
    pub fn new(number: i32) -> Option<Self> {
        (number >= 1).then_some(Self(number))
    }

    /// The number, at least 1.
    pub fn get(self) -> i32 {
        self.0
    }

    /// The page behind this one; `None` behind the last number the system has.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

impl fmt::Display for PageNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for PageNumber {
    type Err = NotCursor;

    fn from_str(text: &str) -> Result<Self, NotCursor> {
        // `parse` would also read a sign.
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.then(|| text.parse().ok()).flatten();
        number.and_then(Self::new).ok_or(NotCursor("a number of a page, from 1"))
    }
}

/// Where a page of supply contracts in brief begins: at a contract, or amid a contract's objects.
///
/// Its text is the GUID of the contract, or both GUIDs with `+` between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContractCursor {
    /// The contract (`NextPageContractRootGUID`).
    pub contract: Guid,
    /// The object of that contract, if the page before ended amid its objects (`NextPageObjectGUID`).
    pub object: Option<Guid>,
}

impl fmt::Display for ContractCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.object {
            None => fmt::Display::fmt(&self.contract, f),
            Some(object) => write!(f, "{}+{object}", self.contract),
        }
    }
}

impl FromStr for ContractCursor {
    type Err = NotCursor;

    fn from_str(text: &str) -> Result<Self, NotCursor> {
        let guid = |text: &str| text.parse().map_err(|_| NotCursor("a GUID, or two with `+` between them"));
        Ok(match text.split_once('+') {
            None => Self { contract: guid(text)?, object: None },
            Some((contract, object)) => Self { contract: guid(contract)?, object: Some(guid(object)?) },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!("12".parse(), Ok(PageNumber(12)));
        for text in ["0", "-1", "+1", "", " 1", "1.0", "2147483648", "x"] {
            assert!(text.parse::<PageNumber>().is_err(), "{text}");
        }
        assert_eq!(PageNumber::FIRST.next(), PageNumber::new(2));
        assert_eq!(PageNumber(i32::MAX).next(), None);
    }

    #[test]
    fn a_contract_and_perhaps_an_object() {
        let one = "0f3c2a6e-91d4-4b57-8e2d-000000000001";
        let two = format!("{one}+0f3c2a6e-91d4-4b57-8e2d-000000000002");
        for text in [one, &two] {
            assert_eq!(text.parse::<ContractCursor>().unwrap().to_string(), text);
        }
        for text in ["", "+", &format!("{one}+"), &format!("+{one}"), &format!("{two}+{one}"), "x"] {
            assert!(text.parse::<ContractCursor>().is_err(), "{text}");
        }
    }
}

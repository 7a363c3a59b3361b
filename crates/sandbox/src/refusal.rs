//! Why something was refused.

use gis_gkh::contract::base;

/// The message does not follow the contract.
pub(crate) const FORMAT: &str = "FMT001300";
/// The certificate is not trusted, out of its dates, or may not sign.
pub(crate) const CERTIFICATE: &str = "AUT011000";
/// The organisation is not known.
pub(crate) const NO_ORGANISATION: &str = "AUT011002";
/// The certificate, or the organisation, has no right to this.
pub(crate) const NO_ACCESS: &str = "AUT011003";
/// The signature is broken or missing.
pub(crate) const SIGNATURE: &str = "AUT011005";
/// Something named is not in the registry.
pub(crate) const NOT_IN_REGISTRY: &str = "INT002000";
/// Nothing to give out.
pub(crate) const NOTHING_FOUND: &str = "INT002012";
/// No message with this identifier.
pub(crate) const NO_MESSAGE: &str = "INT002013";
/// Sums differ from those the system computed.
pub(crate) const SUMS: &str = "INT008165";
/// Such a book is given out by another service.
pub(crate) const OTHER_BOOK: &str = "INT016001";
/// The book is too large for one piece.
pub(crate) const LARGE_BOOK: &str = "INT016041";
/// An entry of НСИ that this stand does not know.
pub(crate) const NO_ENTRY: &str = "SRV007079";
/// Withdrawn before.
pub(crate) const WITHDRAWN: &str = "SRV008070";
/// Payments are matched to the document.
pub(crate) const ACKNOWLEDGED: &str = "SRV008071";
/// The internal error of the system.
pub(crate) const INTERNAL: &str = "EXP001000";

/// An attached file is missing, of another organisation, of another hash, infected, or attached elsewhere.
pub(crate) const ATTACHED_FILE: &str = "FIL001001";

/// The account has a document with this number for the month. The real code is not known.
pub(crate) const REPEATED_NUMBER: &str = "SBX000001";
/// The account is closed. The real code is not known.
pub(crate) const CLOSED_ACCOUNT: &str = "SBX000002";
/// The account has had all the documents of the month that identifiers suffice for. The real limit is not known.
pub(crate) const NO_MORE_DOCUMENTS: &str = "SBX000003";
/// The answer would be larger than the system gives. The real code is not known.
pub(crate) const LARGE_ANSWER: &str = "SBX000004";

/// The meter's reading of that day stands, and says the same. The real code is not known.
pub(crate) const REPEATED_READING: &str = "SBX000005";
/// The meter has another reading of that day. The real code is not known.
pub(crate) const OTHER_READING: &str = "SBX000006";
/// The meter is out of use. The real code is not known.
pub(crate) const ARCHIVED_METER: &str = "SBX000007";
/// The reading is of a meter of another sort, resource or number of tariffs. The real code is not known.
pub(crate) const OTHER_METER: &str = "SBX000008";
/// The days asked about are not in two neighbouring months. The real code is not known.
pub(crate) const LONG_PERIOD: &str = "SBX000009";
/// An answer to the appeal was sent before. The real code is not known.
pub(crate) const ANSWERED: &str = "SBX000010";
/// The answer was sent and stays as it is. The real code is not known.
pub(crate) const SENT_ANSWER: &str = "SBX000011";
/// The appeal was withdrawn, handed on or needs no answer. The real code is not known.
pub(crate) const CLOSED_APPEAL: &str = "SBX000012";

/// A code and the system's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) text: String,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    pub(crate) fn nothing_found() -> Self {
        Self::new(NOTHING_FOUND, "Нет объектов для экспорта")
    }

    /// More was asked for than fits into an answer of so many bytes.
    pub(crate) fn large_answer(largest: usize) -> Self {
        Self::new(LARGE_ANSWER, format!("Ответ превышает {largest} байт, уменьшите число запрашиваемых объектов"))
    }

    /// What the real system says when it is overloaded.
    pub(crate) fn internal() -> Self {
        Self::new(INTERNAL, "Произошла ошибка при передаче данных. Попробуйте осуществить передачу данных повторно")
    }

    pub(crate) fn message(&self) -> base::ErrorMessage {
        base::ErrorMessage::new(self.code.to_owned(), self.text.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_by_the_catalogue() {
        for code in [
            FORMAT,
            CERTIFICATE,
            NO_ORGANISATION,
            NO_ACCESS,
            SIGNATURE,
            NOT_IN_REGISTRY,
            NOTHING_FOUND,
            NO_MESSAGE,
            SUMS,
            OTHER_BOOK,
            LARGE_BOOK,
            NO_ENTRY,
            WITHDRAWN,
            ACKNOWLEDGED,
            INTERNAL,
            ATTACHED_FILE,
            REPEATED_NUMBER,
            CLOSED_ACCOUNT,
            NO_MORE_DOCUMENTS,
            LARGE_ANSWER,
            REPEATED_READING,
            OTHER_READING,
            ARCHIVED_METER,
            OTHER_METER,
            LONG_PERIOD,
            ANSWERED,
            SENT_ANSWER,
            CLOSED_APPEAL,
        ] {
            assert_eq!(gis_gkh::codes::find(code).map(|entry| entry.code), Some(code));
        }
    }
}

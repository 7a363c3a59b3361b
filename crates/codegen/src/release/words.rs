//! What people read, in both languages.

/// One text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// English.
    pub en: &'static str,
    /// Russian.
    pub ru: &'static str,
}

/// A text in both languages: English first.
pub(super) const fn words(en: &'static str, ru: &'static str) -> Words {
    Words { en, ru }
}

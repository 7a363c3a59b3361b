//! The suites that may be agreed upon, and no others.

/// A GOST suite of TLS 1.2 and before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Suite {
    /// Kuznyechik in CTR-ACPKM with OMAC (RFC 9189).
    Kuznyechik,
    /// Magma in CTR-ACPKM with OMAC (RFC 9189).
    Magma,
    /// ГОСТ 28147-89 in CNT with IMIT, by its number at IANA.
    IanaGost89,
    /// The same by the number it had before.
    LegacyGost89,
}

impl Suite {
    /// All, the best first.
    pub const ALL: [Self; 4] = [Self::Kuznyechik, Self::Magma, Self::IanaGost89, Self::LegacyGost89];

    /// What OpenSSL calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kuznyechik => "GOST2012-KUZNYECHIK-KUZNYECHIKOMAC",
            Self::Magma => "GOST2012-MAGMA-MAGMAOMAC",
            Self::IanaGost89 => "IANA-GOST2012-GOST8912-GOST8912",
            Self::LegacyGost89 => "LEGACY-GOST2012-GOST8912-GOST8912",
        }
    }

    /// The suite OpenSSL calls so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.name() == name)
    }
}

impl std::fmt::Display for Suite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What OpenSSL is told to offer.
pub(crate) fn list(suites: &[Suite]) -> String {
    suites.iter().map(|suite| suite.name()).collect::<Vec<_>>().join(":")
}

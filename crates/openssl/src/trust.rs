//! Who is trusted: the certificates of one file, read again for every connection.

use std::path::{Path, PathBuf};

use openssl::x509::X509;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyFlags;

/// Why nobody can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The file cannot be read.
    #[error("{path}: {why}; put the certificates of the stand's authorities there, in PEM", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Reason of the operating system.
        why: String,
    },
    /// What is in it is not certificates.
    #[error("{path} has {what}; it must hold the certificates of the stand's authorities, each whole, in PEM", path = path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

/// The file as it is now.
///
/// Files of this kind have a few kilobytes and connections are kept, so it is read for each connection and compared as a
/// whole: no clock and no date of a file has a say in whom we trust.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, TrustError> {
    std::fs::read(path).map_err(|error| TrustError::File { path: path.to_owned(), why: error.to_string() })
}

/// The certificates as OpenSSL wants them. Each may stand for itself: a stand whose operator publishes its certificate but
/// not its authority's can be trusted too.
pub(crate) fn store(path: &Path, bundle: &[u8]) -> Result<X509Store, TrustError> {
    let content = |what: String| TrustError::Content { path: path.to_owned(), what };
    let begun = count(bundle, b"-----BEGIN CERTIFICATE-----");
    if begun == 0 || begun != count(bundle, b"-----END CERTIFICATE-----") {
        return Err(content(if begun == 0 { "no certificate in it" } else { "a certificate that is cut" }.to_owned()));
    }
    let certificates = X509::stack_from_pem(bundle).map_err(|error| {
        content(format!("a certificate that cannot be read ({})", crate::credentials::reason(&error)))
    })?;
    let build = || {
        let mut store = X509StoreBuilder::new()?;
        for certificate in certificates {
            store.add_cert(certificate)?;
        }
        store.set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
        Ok(store.build())
    };
    build()
        .map_err(|error| content(format!("a certificate that cannot be used ({})", crate::credentials::reason(&error))))
}

fn count(bytes: &[u8], mark: &[u8]) -> usize {
    bytes.windows(mark.len()).filter(|window| *window == mark).count()
}

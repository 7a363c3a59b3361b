//! Ordinary TLS to a service that signs: it is no stand of ГИС ЖКХ, and whom it is believed by is its own business.

use std::io;
use std::path::Path;
use std::pin::Pin;

use gis_gkh_sign::signer::{Connect, Connecting, Stream};
use openssl::error::ErrorStack;
use openssl::ssl::{SslConnector, SslMethod, SslVersion};
use tokio::net::TcpStream;
use tokio_openssl::SslStream;

use crate::trust::{self, TrustError};

/// Makes encrypted connections to a signing service: TLS 1.2 or newer, its certificate for the name it is called by.
pub struct ServiceTls {
    connector: SslConnector,
}

impl std::fmt::Debug for ServiceTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceTls").finish_non_exhaustive()
    }
}

/// Why there can be no connections to a signing service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceTlsError {
    /// The trusted certificates cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// OpenSSL does not start.
    #[error("OpenSSL does not take the settings of TLS: {0}; check how it was installed")]
    Settings(String),
}

impl ServiceTls {
    /// Believes the authorities in this file (PEM), or those the machine believes.
    ///
    /// # Errors
    /// See [`ServiceTlsError`].
    pub fn new(trusted: Option<&Path>) -> Result<Self, ServiceTlsError> {
        let refused = |error: ErrorStack| ServiceTlsError::Settings(crate::credentials::reason(&error));
        // The builder believes what the machine believes, and asks for the name.
        let mut builder = SslConnector::builder(SslMethod::tls_client()).map_err(refused)?;
        builder.set_min_proto_version(Some(SslVersion::TLS1_2)).map_err(refused)?;
        if let Some(path) = trusted {
            builder.set_cert_store(trust::store(path, &trust::read(path)?)?);
        }
        Ok(Self { connector: builder.build() })
    }
}

impl Connect for ServiceTls {
    fn connect<'a>(&'a self, host: &'a str, port: u16) -> Connecting<'a> {
        Box::pin(async move {
            let ssl = self.connector.configure().and_then(|ssl| ssl.into_ssl(host));
            let stream = TcpStream::connect((host, port)).await?;
            let mut stream = SslStream::new(ssl.map_err(|error| own(&error))?, stream).map_err(|error| own(&error))?;
            Pin::new(&mut stream).connect().await.map_err(|error| {
                let why = error.ssl_error().map_or_else(|| error.to_string(), crate::credentials::reason);
                io::Error::other(format!("no TLS with it: {why}"))
            })?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }
}

fn own(error: &ErrorStack) -> io::Error {
    io::Error::other(crate::credentials::reason(error))
}

#[cfg(test)]
mod tests {
    use openssl::asn1::Asn1Time;
    use openssl::ec::{EcGroup, EcKey};
    use openssl::hash::MessageDigest;
    use openssl::nid::Nid;
    use openssl::pkey::{PKey, Private};
    use openssl::ssl::{Ssl, SslAcceptor};
    use openssl::x509::extension::SubjectAlternativeName;
    use openssl::x509::{X509, X509NameBuilder};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    fn certificate() -> (X509, PKey<Private>) {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
        let mut name = X509NameBuilder::new().unwrap();
        name.append_entry_by_nid(Nid::COMMONNAME, "a signing service").unwrap();
        let name = name.build();
        let mut builder = X509::builder().unwrap();
        builder.set_version(2).unwrap();
        builder.set_subject_name(&name).unwrap();
        builder.set_issuer_name(&name).unwrap();
        builder.set_pubkey(&key).unwrap();
        builder.set_not_before(&Asn1Time::days_from_now(0).unwrap()).unwrap();
        builder.set_not_after(&Asn1Time::days_from_now(2).unwrap()).unwrap();
        let names = SubjectAlternativeName::new().dns("localhost").build(&builder.x509v3_context(None, None)).unwrap();
        builder.append_extension(names).unwrap();
        builder.sign(&key, MessageDigest::sha256()).unwrap();
        (builder.build(), key)
    }

    /// A service that says its word once; its port.
    async fn service(certificate: &X509, key: &PKey<Private>) -> u16 {
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
        acceptor.set_certificate(certificate).unwrap();
        acceptor.set_private_key(key).unwrap();
        let acceptor = acceptor.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = SslStream::new(Ssl::new(acceptor.context()).unwrap(), stream).unwrap();
            if Pin::new(&mut stream).accept().await.is_ok() {
                stream.write_all(b"word").await.unwrap();
                let _ = stream.shutdown().await;
            }
        });
        port
    }

    #[tokio::test]
    async fn a_service_is_believed_by_its_certificate_and_its_name() {
        let (certificate, key) = certificate();
        let folder = tempfile::tempdir().unwrap();
        let trusted = folder.path().join("service.pem");
        std::fs::write(&trusted, certificate.to_pem().unwrap()).unwrap();
        let tls = ServiceTls::new(Some(&trusted)).unwrap();

        let mut stream = tls.connect("localhost", service(&certificate, &key).await).await.unwrap();
        let mut word = String::new();
        stream.read_to_string(&mut word).await.unwrap();
        assert_eq!(word, "word");

        let told = tls.connect("127.0.0.1", service(&certificate, &key).await).await.err().unwrap().to_string();
        assert!(told.contains("certificate verify failed"), "{told}");
        let machine = ServiceTls::new(None).unwrap();
        let told = machine.connect("localhost", service(&certificate, &key).await).await.err().unwrap().to_string();
        assert!(told.contains("certificate verify failed"), "{told}");
        let missing = ServiceTls::new(Some(&folder.path().join("nobody.pem")));
        assert!(matches!(missing, Err(ServiceTlsError::Trust(TrustError::File { .. }))));
    }
}

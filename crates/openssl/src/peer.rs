//! Whom we speak with, and how: what `gkh doctor` shows.

use std::time::Duration;

use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::ssl::SslRef;
use openssl::x509::X509Ref;
use time::OffsetDateTime;

use crate::suite::Suite;

/// A connection that was agreed upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The suite.
    pub suite: Suite,
    /// The version of TLS, as OpenSSL calls it: `TLSv1.2`.
    pub version: &'static str,
    /// TLS before 1.2, which only the express switch of a stand allows. To be shown in red.
    pub outdated: bool,
    /// Whether a session agreed upon before was gone on with.
    pub resumed: bool,
    /// Whether the server asked for a client certificate. Nothing is asked when a session is resumed.
    pub certificate_asked: bool,
    /// Its certificates, its own first.
    pub chain: Vec<PeerCertificate>,
    /// What TCP and the handshake took together.
    pub took: Duration,
}

/// A certificate of the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerCertificate {
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Its last moment; none if it has no date that a calendar knows.
    pub not_after: Option<OffsetDateTime>,
}

pub(crate) fn chain(ssl: &SslRef) -> Vec<PeerCertificate> {
    let certificate = |x509: &X509Ref| PeerCertificate {
        subject: line(x509.subject_name()),
        issuer: line(x509.issuer_name()),
        not_after: moment(x509.not_after()),
    };
    ssl.peer_cert_chain().into_iter().flatten().map(certificate).collect()
}

pub(crate) fn subject(certificate: &X509Ref) -> String {
    line(certificate.subject_name())
}

/// A name on one line, for people: `CN=…, O=…`.
fn line(name: &openssl::x509::X509NameRef) -> String {
    let parts = name.entries().map(|entry| {
        let key = entry.object().nid().short_name().map_or_else(|_| entry.object().to_string(), str::to_owned);
        let value = entry.data().to_string().unwrap_or_default();
        let value: String = value.chars().filter(|c| !c.is_control()).take(200).collect();
        format!("{key}={value}")
    });
    parts.collect::<Vec<_>>().join(", ")
}

pub(crate) fn moment(at: &Asn1TimeRef) -> Option<OffsetDateTime> {
    let since = Asn1Time::from_unix(0).ok()?.diff(at).ok()?;
    let seconds = i64::from(since.days) * 86_400 + i64::from(since.secs);
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

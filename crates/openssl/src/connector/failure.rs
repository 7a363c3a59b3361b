//! Why a handshake failed, from OpenSSL's numbers to causes that a person can act upon.

use gis_gkh::handshake::HandshakeFailure;
use openssl::asn1::Asn1TimeRef;
use openssl::ssl::ErrorCode;
use openssl::x509::X509StoreContextRef;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tokio_openssl::SslStream;

use super::heard::Heard;
use super::{GostTls, was_asked};
use crate::peer;

/// The first thing found wrong with the server's certificates.
pub(super) struct Verdict {
    code: i32,
    why: String,
    subject: String,
    not_before: String,
    not_after: String,
}

impl Verdict {
    pub(super) fn of(context: &X509StoreContextRef) -> Self {
        let error = context.error();
        let (mut subject, mut not_before, mut not_after) =
            (String::from("without a name"), String::new(), String::new());
        if let Some(certificate) = context.current_cert() {
            subject = peer::subject(certificate);
            not_before = day(certificate.not_before());
            not_after = day(certificate.not_after());
        }
        Self { code: error.as_raw(), why: error.error_string().to_owned(), subject, not_before, not_after }
    }

    /// By the numbers of `x509_vfy.h`.
    fn failure(self, tls: &GostTls) -> HandshakeFailure {
        let subject = self.subject;
        match self.code {
            // No issuer found locally or at all, self-signed alone or at the end, first certificate not verifiable.
            2 | 18..=21 => {
                let trusted = tls.settings.trusted.display().to_string();
                HandshakeFailure::UnknownAuthority { subject, trusted }
            }
            9 => HandshakeFailure::NotYetValid { subject, from: self.not_before },
            10 => HandshakeFailure::Expired { subject, until: self.not_after },
            // Host name or IP address.
            62 | 64 => HandshakeFailure::OtherName { subject, expected: tls.settings.name.clone() },
            _ => HandshakeFailure::Certificate { subject, why: self.why },
        }
    }
}

fn day(at: &Asn1TimeRef) -> String {
    let written = peer::moment(at).and_then(|at| at.format(DAY).ok());
    written.unwrap_or_else(|| at.to_string())
}

const DAY: &[BorrowedFormatItem<'static>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");

/// Reason codes of `sslerr.h`; those from 1000 are alerts of the other side.
mod code {
    pub(super) const HTTPS_PROXY_REQUEST: i32 = 155;
    pub(super) const HTTP_REQUEST: i32 = 156;
    pub(super) const UNSUPPORTED_PROTOCOL: i32 = 258;
    pub(super) const WRONG_VERSION: i32 = 266;
    pub(super) const WRONG_VERSION_NUMBER: i32 = 267;
    pub(super) const UNEXPECTED_EOF: i32 = 294;
    pub(super) const ALERT_HANDSHAKE_FAILURE: i32 = 1040;
    pub(super) const ALERT_NO_CERTIFICATE: i32 = 1041;
    pub(super) const ALERT_CERTIFICATE_UNKNOWN: i32 = 1046;
    pub(super) const ALERT_UNKNOWN_CA: i32 = 1048;
    pub(super) const ALERT_ACCESS_DENIED: i32 = 1049;
    pub(super) const ALERT_DECRYPT_ERROR: i32 = 1051;
    pub(super) const ALERT_PROTOCOL_VERSION: i32 = 1070;
    pub(super) const ALERT_INSUFFICIENT_SECURITY: i32 = 1071;
    pub(super) const ALERT_CERTIFICATE_REQUIRED: i32 = 1116;
}

impl GostTls {
    pub(super) fn failure(
        &self,
        error: &openssl::ssl::Error,
        verdict: Option<Verdict>,
        stream: &SslStream<Heard>,
    ) -> HandshakeFailure {
        if let Some(verdict) = verdict {
            return verdict.failure(self);
        }
        let heard = stream.get_ref();
        if let Some(title) = heard.page() {
            return HandshakeFailure::PlainHttp { title };
        }
        // Every record of TLS begins with its type: 20 to 23.
        if heard.first().first().is_some_and(|byte| !(20..=23).contains(byte)) {
            return HandshakeFailure::NotTls;
        }
        let Some(stack) = error.ssl_error() else {
            return match (error.code(), error.io_error()) {
                (ErrorCode::ZERO_RETURN, _) | (_, None) => HandshakeFailure::Closed,
                (_, Some(error)) if closed(error.kind()) => HandshakeFailure::Closed,
                (_, Some(error)) => HandshakeFailure::Other(error.to_string()),
            };
        };
        let (asked, configured) = (was_asked(stream.ssl()), self.settings.credentials.is_some());
        let first = stack.errors().first();
        let why = first.and_then(|error| error.reason()).unwrap_or("OpenSSL gives no reason").to_owned();
        let suites = || HandshakeFailure::NoCommonSuite { offered: self.offered.clone() };
        let refused = |alert| match (asked, configured) {
            (true, true) => HandshakeFailure::CertificateRefused { alert },
            (true, false) => HandshakeFailure::CertificateDemanded,
            (false, _) => HandshakeFailure::Other(alert),
        };
        match first.map_or(0, |error| error.reason_code()) {
            code::HTTPS_PROXY_REQUEST | code::HTTP_REQUEST => HandshakeFailure::NotTls,
            code::UNSUPPORTED_PROTOCOL
            | code::WRONG_VERSION
            | code::WRONG_VERSION_NUMBER
            | code::ALERT_PROTOCOL_VERSION => {
                HandshakeFailure::NoCommonVersion { allowed: self.settings.floor.allowed().to_owned() }
            }
            code::UNEXPECTED_EOF => HandshakeFailure::Closed,
            // Before a certificate was asked for it is about suites; after it, about the certificate.
            code::ALERT_HANDSHAKE_FAILURE if asked => refused(why),
            code::ALERT_HANDSHAKE_FAILURE | code::ALERT_INSUFFICIENT_SECURITY => suites(),
            code::ALERT_NO_CERTIFICATE..=code::ALERT_CERTIFICATE_UNKNOWN
            | code::ALERT_UNKNOWN_CA
            | code::ALERT_ACCESS_DENIED
            | code::ALERT_DECRYPT_ERROR
            | code::ALERT_CERTIFICATE_REQUIRED => refused(why),
            _ => HandshakeFailure::Other(why),
        }
    }
}

fn closed(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(kind, BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

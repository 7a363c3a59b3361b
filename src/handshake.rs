//! What can go wrong in a TLS handshake, as data: whichever library speaks TLS, the causes and their remedies are these.

/// Why the two sides of a TLS connection did not come to terms. Nothing of a request has left then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeFailure {
    /// No authority that is trusted has signed the server's certificate.
    #[error(
        "none of the authorities in {trusted} has signed its certificate ({subject}); if the stand has changed its \
         certificate, take the new one from its operator's publication, compare the fingerprint and add it there"
    )]
    UnknownAuthority {
        /// Subject of the certificate that nobody trusted has signed.
        subject: String,
        /// Where the trusted authorities are.
        trusted: String,
    },
    /// A certificate of the server is past its time.
    #[error(
        "its certificate ({subject}) expired on {until}; check this machine's clock, and if that is right wait for the \
         stand's operator"
    )]
    Expired {
        /// Its subject.
        subject: String,
        /// Its last moment.
        until: String,
    },
    /// A certificate of the server is before its time.
    #[error("its certificate ({subject}) is valid from {from} only; check this machine's clock")]
    NotYetValid {
        /// Its subject.
        subject: String,
        /// Its first moment.
        from: String,
    },
    /// The server's certificate is made out to another name.
    #[error(
        "its certificate ({subject}) is not for {expected}; check the stand's address, something else may be answering there"
    )]
    OtherName {
        /// Its subject.
        subject: String,
        /// The name it should have.
        expected: String,
    },
    /// The server's certificate fails in some further way.
    #[error("its certificate ({subject}) does not hold: {why}")]
    Certificate {
        /// Its subject.
        subject: String,
        /// What the library says.
        why: String,
    },
    /// The server asks for a client certificate and none is configured.
    #[error(
        "the server asks for a client certificate and none is configured; name the one registered in ГИС ЖКХ and its key"
    )]
    CertificateDemanded,
    /// The server does not take the client's certificate.
    #[error(
        "the server refused our certificate ({alert}); check that it is the one registered for the information system in \
         ГИС ЖКХ, that it has not expired, and that the stand is the right one"
    )]
    CertificateRefused {
        /// The server's word for it.
        alert: String,
    },
    /// The server takes none of the cipher suites that are offered.
    #[error(
        "the server takes none of the suites that are offered ({offered}); it may be a server without GOST, and nothing \
         weaker is agreed to"
    )]
    NoCommonSuite {
        /// What was offered.
        offered: String,
    },
    /// The server speaks none of the versions that are allowed.
    #[error(
        "the server speaks no version of TLS that is allowed here ({allowed}); a server with TLS 1.0 only needs the \
         express switch of its stand, one with TLS 1.3 only does not speak GOST"
    )]
    NoCommonVersion {
        /// What was allowed.
        allowed: String,
    },
    /// Something was agreed that is not GOST: the connection was dropped.
    #[error("{suite} under {version} was agreed instead of a GOST suite; the connection was dropped, nothing was sent")]
    NotGost {
        /// The suite.
        suite: String,
        /// The version.
        version: String,
    },
    /// What answers speaks HTTP in the open: a proxy, a captive page, a plain port.
    #[error(
        "what answers there speaks plain HTTP instead of TLS ({title}); check the port, and whether a proxy stands between"
    )]
    PlainHttp {
        /// Title of its page, or its status line.
        title: String,
    },
    /// What answers does not speak TLS.
    #[error("what answers there does not speak TLS; check the address and the port")]
    NotTls,
    /// The connection ended in the middle.
    #[error(
        "the connection was closed in the middle of the handshake; a filter on the way or a server without GOST does that"
    )]
    Closed,
    /// The trusted authorities cannot be read, so nobody can be trusted.
    #[error("the trusted authorities cannot be read: {0}")]
    Trust(String),
    /// Anything else, in the library's words.
    #[error("{0}")]
    Other(String),
}

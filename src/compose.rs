//! Builds messages: header, body, signature, self-check. No network.

use std::sync::Arc;

use gis_gkh_sign::gost::EntropyError;
use gis_gkh_sign::signer::Signer;
use gis_gkh_sign::xades::{self, BuildError, ByteProfile, Signing, Unsigned};
use gis_gkh_xml::check::Violation;
use gis_gkh_xml::{DateTime, Element, Guid, Limits, Versions};
use time::{OffsetDateTime, UtcOffset};

use crate::clock::MOSCOW;
use crate::contract::base::{GetStateRequest, IsRequestHeader, Principal, RequestHeader};
use crate::envelope::{self, Envelope};
use crate::operation::{Header, Operation, Query, Submission};

/// `Id` of every request element: the value seen in accepted requests (`protocol` §2.4).
const ELEMENT_ID: &str = "signed-data-container";

/// On whose behalf and how messages are built.
#[derive(Clone)]
pub struct Identity {
    /// The organisation acted for (orgPPAGUID), which headers name.
    pub organisation: Guid,
    /// The signing key is the operator's of the information system, not the organisation's own (`IsOperatorSignature`).
    pub operator_signature: bool,
    /// Zone of the dates in headers and signatures.
    pub zone: UtcOffset,
    /// Byte profile of the signature.
    pub profile: ByteProfile,
    /// Versions to use instead of the contract's own, by request element.
    pub versions: Versions,
    /// The key.
    pub signer: Arc<dyn Signer>,
}

impl Identity {
    /// An organisation that signs with its own key, in the proven byte profile, Moscow time.
    pub fn new(organisation: Guid, signer: Arc<dyn Signer>) -> Self {
        Self {
            organisation,
            operator_signature: false,
            zone: MOSCOW,
            profile: ByteProfile::default(),
            versions: Versions::new(),
            signer,
        }
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("organisation", &self.organisation).finish_non_exhaustive()
    }
}

/// A message ready to leave: these exact bytes. `Debug` does not give them: they hold personal data.
#[derive(Clone)]
pub struct Message {
    /// The operation.
    pub operation: &'static Operation,
    /// Our MessageGUID.
    pub guid: Guid,
    /// The bytes; not one may change.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("operation", &self.operation.name)
            .field("guid", &self.guid)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

/// Why a message was not built. Nothing has left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// Values that the contract does not allow; at most 1000 are listed.
    #[error("values break the contract ({} found); correct them, first {}", .0.len(), .0.first().map_or_else(String::new, ToString::to_string))]
    Invalid(Vec<Violation>),
    /// A version configured for the request is none.
    #[error("`{version}` is no version of {element}; correct the configured one, such as 11.2.0.16, or leave it out")]
    Version {
        /// Request element.
        element: &'static str,
        /// What was configured.
        version: String,
    },
    /// It could not be signed, or the signed bytes did not stand their own verification.
    #[error(transparent)]
    Sign(#[from] BuildError),
    /// The program was being stopped before it could be signed.
    #[error("the message was not signed: the program is being stopped; it is built anew after the next start")]
    BrokenOff,
    /// No randomness for a MessageGUID.
    #[error("no MessageGUID could be made: {0}")]
    Entropy(#[from] EntropyError),
}

impl Identity {
    /// Builds, checks, signs and re-reads a submission.
    ///
    /// # Errors
    /// See [`ComposeError`].
    pub fn submission<S: Submission>(
        &self,
        mut request: S,
        guid: Guid,
        now: OffsetDateTime,
    ) -> Result<Message, ComposeError> {
        request.identify(ELEMENT_ID);
        self.check(&request)?;
        let envelope = self.envelope(S::OPERATION, &request, guid, now);
        let unsigned = Unsigned {
            bytes: envelope.text.as_bytes(),
            element: envelope.element.clone(),
            slot: envelope.slot,
            id: ELEMENT_ID,
            canonical: true,
        };
        let id = guid.to_string();
        let signing = Signing { profile: self.profile, time: now.to_offset(self.zone), id: &id };
        let (bytes, _) = xades::sign_checked(&unsigned, &*self.signer, &signing, &Limits::MESSAGE)?;
        Ok(Message { operation: S::OPERATION, guid, bytes })
    }

    /// [`submission`](Self::submission) where blocking is allowed: a signer may take as long as its provider's time limit, and
    /// neither other requests nor their answers wait for it meanwhile. Outside a Tokio runtime nobody else waits on the thread,
    /// so it is built there.
    ///
    /// Dropping the future abandons the message; a signature that was begun is made to its end and thrown away.
    ///
    /// # Errors
    /// See [`ComposeError`].
    pub async fn compose<S: Submission + Send + 'static>(
        &self,
        request: S,
        guid: Guid,
        now: OffsetDateTime,
    ) -> Result<Message, ComposeError> {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return self.submission(request, guid, now) };
        let identity = self.clone();
        match runtime.spawn_blocking(move || identity.submission(request, guid, now)).await {
            Ok(built) => built,
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(ComposeError::BrokenOff),
            },
        }
    }

    /// Builds a request for the result of a submission.
    pub fn state(&self, operation: &'static Operation, ack: Guid, guid: Guid, now: OffsetDateTime) -> Message {
        let envelope = self.envelope(operation, &GetStateRequest::new(ack), guid, now);
        Message { operation, guid, bytes: envelope.text.into_bytes() }
    }

    /// Builds a request that is answered at once.
    ///
    /// # Errors
    /// [`ComposeError::Invalid`], [`ComposeError::Version`].
    pub fn query<Q: Query>(&self, request: &Q, guid: Guid, now: OffsetDateTime) -> Result<Message, ComposeError> {
        self.check(request)?;
        let envelope = self.envelope(Q::OPERATION, request, guid, now);
        Ok(Message { operation: Q::OPERATION, guid, bytes: envelope.text.into_bytes() })
    }

    fn check<B: Element>(&self, body: &B) -> Result<(), ComposeError> {
        let version = self.versions.get(B::NAME.local);
        let is_version = |version: &&String| {
            version.len() <= 32
                && version.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        };
        if let Some(version) = version.filter(|version| !is_version(version)) {
            let version = version.chars().take(40).collect();
            return Err(ComposeError::Version { element: B::NAME.local, version });
        }
        let violations = body.check();
        if violations.is_empty() { Ok(()) } else { Err(ComposeError::Invalid(violations)) }
    }

    fn envelope<B: Element>(&self, operation: &Operation, body: &B, guid: Guid, now: OffsetDateTime) -> Envelope {
        // Milliseconds, as in accepted requests.
        let now = now.to_offset(self.zone);
        let now = now.replace_millisecond(now.millisecond()).unwrap_or(now);
        let date = DateTime::new(now);
        match operation.header {
            Header::Organisation => {
                let mut header = RequestHeader::new(date, guid, Principal::OrgPpaGuid(self.organisation));
                header.is_operator_signature = self.operator_signature;
                envelope::write(&header, body, &self.versions)
            }
            Header::InformationSystem => envelope::write(&IsRequestHeader::new(date, guid), body, &self.versions),
        }
    }
}

//! Signatures of the evidence archive: what the organisation's key signs, and how records and days are checked.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use gis_gkh_delivery::archive::{Entry, Head, HeadSignature, HeadSigner, Signatures, Verdict};
use gis_gkh_delivery::{BodyRole, Failure, Fixer, Level, RetryClass, Sha256};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::gost;
use gis_gkh_sign::signer::Signer;
use gis_gkh_sign::xades::{self, Profile, VerifyError, VerifyOptions};
use time::OffsetDateTime;

use crate::desk::files::is_upload;
use crate::desk::words::KEY;
use crate::gateway::moment;

/// Signs the heads of days with the organisation's key: GOST R 34.10-2012 over the 32 bytes of a head's hash, value `s‖r`; the signer is
/// named by the certificate, PEM.
pub struct DayKey(Arc<dyn Signer>);

impl std::fmt::Debug for DayKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("DayKey").field(self.0.certificate()).finish()
    }
}

impl DayKey {
    /// Signs with this key.
    pub fn new(signer: Arc<dyn Signer>) -> Self {
        Self(signer)
    }
}

#[async_trait]
impl HeadSigner for DayKey {
    async fn sign(&self, hash: &Sha256) -> Result<HeadSignature, Failure> {
        let failure = |text| Failure {
            code: Some(KEY.to_owned()),
            text,
            class: RetryClass::Retry,
            level: Level::Local,
            fixer: Fixer::Operator,
            cause: None,
        };
        let (key, hash) = (Arc::clone(&self.0), hash.0);
        // The key may take its time; messages are delivered on this thread meanwhile.
        let signed = tokio::task::spawn_blocking(move || key.sign(&hash)).await;
        let signed = signed.map_err(|error| failure(format!("the day was not signed: {error}")))?;
        let bytes = signed.map_err(|error| failure(error.to_string()))?;
        Ok(HeadSignature { signer: pem(self.0.certificate()), bytes })
    }
}

/// A certificate as text, lines of 64.
fn pem(certificate: &Certificate) -> String {
    let base64 = BASE64_STANDARD.encode(certificate.der());
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}

/// Checks the signatures of an archive. Chains are held against the anchors given; with none, only that bytes and signature fit.
#[derive(Debug, Default)]
pub struct Proofs {
    /// Certificates of trusted certification centres.
    pub ca: Vec<Certificate>,
}

impl Signatures for Proofs {
    fn record(&self, entry: &Entry, plain: &[u8]) -> Verdict {
        if is_upload(plain) {
            // Files are not signed; their hashes are in the signed messages that refer to them.
            return Verdict::Unsigned;
        }
        let profile = match entry.role {
            BodyRole::Request | BodyRole::LookupRequest => Profile::Client,
            // Receipts are never signed by the system.
            BodyRole::Ack | BodyRole::LookupAck => return Verdict::Unsigned,
            BodyRole::Answer | BodyRole::LookupAnswer => Profile::Server,
            // Never on the wire; what holds it is the chain.
            BodyRole::Decision => return Verdict::Unsigned,
        };
        let at = moment(entry.recorded).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let options = VerifyOptions { profile, ca: &self.ca, strict: !self.ca.is_empty(), ..VerifyOptions::at(at) };
        match (xades::verify(plain, &options), profile) {
            (Ok(_), _) => Verdict::Valid,
            // A fault, or an answer of a stand that does not sign, has nothing to check; what was signed and changed fails its digest.
            (
                Err(VerifyError::NoSignature | VerifyError::NoId | VerifyError::Envelope(_) | VerifyError::Xml(_)),
                Profile::Server,
            ) => Verdict::Unsigned,
            (Err(error), _) => Verdict::Invalid(error.to_string()),
        }
    }

    fn head(&self, head: &Head) -> Verdict {
        let certificate = match Certificate::from_pem(&head.signer) {
            Ok(certificate) => certificate,
            Err(error) => return Verdict::Invalid(format!("the signer's certificate: {error}")),
        };
        let digest = gost::digest(certificate.key_size(), &head.hash.0);
        if certificate.public_key().verify(&digest, &head.signature).is_err() {
            return Verdict::Invalid("the signature is not of this hash and certificate".to_owned());
        }
        if !self.ca.is_empty() && !self.ca.iter().any(|anchor| certificate.issued_by(anchor).is_ok()) {
            return Verdict::Invalid("no trusted certificate issued the signer's".to_owned());
        }
        Verdict::Valid
    }
}

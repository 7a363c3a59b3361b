//! Answers that must not be believed: each forgery of the sandbox is refused by the client for its own reason, and would have
//! been read by one that does not look.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod support;

use gis_gkh::contract::bills::{GetStateResult, ImportPaymentDocumentRequest};
use gis_gkh::contract::nsi_common::ExportNsiListRequest;
use gis_gkh::operation::{StateAnswer as _, Submission};
use gis_gkh::{Answer, AnswerCheck, AnswerPolicy, CallError, Guid, Proof, Unproven, checked_state};
use gis_gkh_sandbox::{AnswerKeys, Forgery};
use gis_gkh_sign::certificate::{ChainError, ValidityError};
use gis_gkh_sign::gost::OsEntropy;
use gis_gkh_sign::trust::{NotTrusted, Trust, Trusted};
use gis_gkh_sign::xades::VerifyError;
use support::*;

struct Checked {
    stand: Stand,
    trust: Trust,
}

impl Checked {
    fn new(change: impl FnOnce(&mut gis_gkh_sandbox::Settings)) -> Self {
        let keys = AnswerKeys::generate(&OsEntropy, &|| Box::new(OsEntropy), START).unwrap();
        let trust = Trust::new(vec![keys.centre.clone()]).unwrap();
        let stand = Stand::with(|settings| {
            *settings = settings.clone().with_keys(keys);
            change(settings);
        });
        Self { stand, trust }
    }

    fn placed(&self) -> Guid {
        self.stand.submit(month(vec![document(1, "n-1"), document(2, "n-2")])).unwrap()
    }

    fn ask<S: Submission>(&self, ack: Guid, policy: AnswerPolicy) -> Result<(Answer<S::State>, Proof), CallError> {
        let message = self.stand.identity.state(S::STATE, ack, self.stand.next_guid(), self.stand.now());
        let check = AnswerCheck::new(policy, self.trust.clone());
        checked_state(ack, reply(self.stand.send(&message)), &check, self.stand.now())
    }

    fn bills(&self, ack: Guid, policy: AnswerPolicy) -> Result<(Answer<GetStateResult>, Proof), CallError> {
        self.ask::<ImportPaymentDocumentRequest>(ack, policy)
    }
}

#[test]
fn an_honest_answer_is_verified_and_read_from_what_was_signed() {
    let checked = Checked::new(|settings| settings.faults = "unknown-element=1/2".parse().unwrap());
    let ack = checked.placed();
    let (answer, proof) = checked.bills(ack, AnswerPolicy::Require).unwrap();
    let Proof::Verified(signed) = proof else { panic!("{proof:?}") };
    assert_eq!((signed.trusted, signed.time), (Trusted::Chain(1), START));
    assert!(signed.subject.contains("Подпись ответов песочницы"));
    let (plain, proof) = checked.bills(ack, AnswerPolicy::Off).unwrap();
    assert!(matches!(proof, Proof::NotAsked));
    assert_eq!((&answer.body.outcome, answer.body.state()), (&plain.body.outcome, 3));
    assert_eq!(results(&answer.body).len(), 2);
    // What the contract does not know is found in the signed octets as well.
    let drifting = checked.placed();
    assert_eq!(checked.bills(drifting, AnswerPolicy::Require).unwrap().0.drift.len(), 2);
    let list = checked.stand.submit(ExportNsiListRequest::new()).unwrap();
    let (_, proof) = checked.ask::<ExportNsiListRequest>(list, AnswerPolicy::Require).unwrap();
    assert!(matches!(proof, Proof::Verified(_)), "{proof:?}");
    // Base64 comes in lines, as from the real system.
    let text = String::from_utf8(answer.raw).unwrap();
    let certificate = text.split("<ds:X509Certificate>").nth(1).unwrap().split('<').next().unwrap();
    assert!(certificate.lines().count() > 5 && certificate.lines().all(|line| line.len() <= 76), "{certificate}");
}

/// What the client says of a forged answer.
fn is_refused_for_its_reason(forgery: Forgery, error: &CallError) -> bool {
    use Forgery as F;
    let reason = match error {
        CallError::Unproven { reason, raw } => {
            assert!(!raw.is_empty(), "the bytes are evidence");
            &**reason
        }
        // Not even read: a document type, two elements, an answer about something else.
        CallError::MaybeSent { cause, raw: Some(_) } => {
            let text = cause.to_string();
            return match forgery {
                F::Entity => text.contains("DOCTYPE") || text.contains("document type"),
                F::TwoElements => text.contains("unexpected element"),
                F::OtherMessage => text.contains("another message"),
                _ => false,
            };
        }
        _ => return false,
    };
    match (forgery, reason) {
        (F::Unsigned, Unproven::Unsigned) => true,
        (F::WrongSigner, Unproven::Signer(NotTrusted::NotIssued { reason: ChainError::Signature(_), .. })) => true,
        (F::ExpiredSigner, Unproven::Signer(NotTrusted::Dates { reason: ValidityError::Expired(_), .. })) => true,
        (_, Unproven::Signature(reason)) => match forgery {
            F::FromTheFuture => matches!(reason, VerifyError::SigningTime(_)),
            F::Altered | F::XmlBase => matches!(reason, VerifyError::ElementDigest),
            F::MovedToHeader | F::MovedInside => matches!(reason, VerifyError::SignatureNotFirst),
            F::HiddenInSignature | F::EmptyReference => matches!(reason, VerifyError::OtherElement { .. }),
            F::DuplicateId => matches!(reason, VerifyError::DuplicateId(_)),
            F::XPathTransform => matches!(reason, VerifyError::Transforms { .. } | VerifyError::Structure { .. }),
            F::PrefixList => matches!(reason, VerifyError::Structure { .. }),
            F::RsaSha1 | F::Hmac | F::Sha256 => matches!(reason, VerifyError::UnknownAlgorithm { .. }),
            F::LegacyDigest => matches!(reason, VerifyError::LegacyAlgorithm { .. }),
            F::WithComments => matches!(reason, VerifyError::Canonicalization { .. }),
            F::OtherCertificate => matches!(reason, VerifyError::CertificateDigest),
            _ => false,
        },
        _ => false,
    }
}

#[test]
fn every_forgery_is_refused_by_the_check_it_is_meant_for() {
    let checked = Checked::new(|_| {});
    let ack = checked.placed();
    let honest = checked.bills(ack, AnswerPolicy::Require).unwrap().0;
    let mut wrong = Vec::new();
    for forgery in Forgery::ALL {
        checked.stand.sandbox.forge(Some(forgery));
        let answered = checked.bills(ack, AnswerPolicy::Require);
        if forgery == Forgery::Comments {
            // The signature is right, for comments are not signed; and nothing that is not signed is read.
            let (answer, proof) = answered.unwrap();
            assert!(matches!(proof, Proof::Verified(_)), "{proof:?}");
            assert!(String::from_utf8(answer.raw).unwrap().contains("<!-- -->"));
            assert_eq!(answer.body.outcome, honest.body.outcome);
            continue;
        }
        match answered {
            Err(error) if is_refused_for_its_reason(forgery, &error) => {}
            Err(error) => wrong.push(format!("{forgery} for another reason: {error}")),
            Ok(_) => wrong.push(format!("{forgery} was believed")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    checked.stand.sandbox.forge(None);
    assert!(checked.bills(ack, AnswerPolicy::Require).is_ok());
}

/// The attacks are real: who does not check reads the forged state.
#[test]
fn a_client_that_does_not_check_is_deceived() {
    let checked = Checked::new(|_| {});
    let ack = checked.placed();
    for forgery in [Forgery::Altered, Forgery::MovedToHeader, Forgery::MovedInside, Forgery::HiddenInSignature] {
        checked.stand.sandbox.forge(Some(forgery));
        let (answer, _) = checked.bills(ack, AnswerPolicy::Off).unwrap();
        assert_eq!(answer.body.state(), 2, "{forgery}");
        // By a warning it is read as well, and told apart.
        let (answer, proof) = checked.bills(ack, AnswerPolicy::Warn).unwrap();
        assert_eq!(answer.body.state(), 2, "{forgery}");
        let Proof::Unproven(reason) = proof else { panic!("{forgery}: {proof:?}") };
        assert!(matches!(*reason, Unproven::Signature(_)), "{reason}");
    }
}

#[test]
fn without_trusted_signers_an_intact_signature_proves_nothing() {
    let checked = Checked { trust: Trust::default(), ..Checked::new(|_| {}) };
    let ack = checked.placed();
    let error = checked.bills(ack, AnswerPolicy::Require).unwrap_err();
    let CallError::Unproven { reason, .. } = error else { panic!("{error}") };
    assert!(matches!(*reason, Unproven::NoSigners), "{reason}");
    let (answer, proof) = checked.bills(ack, AnswerPolicy::Warn).unwrap();
    assert!(matches!(proof, Proof::Unproven(_)));
    assert_eq!(answer.body.state(), 3);
}

/// A fault is never signed; it stays what it is.
#[test]
fn a_fault_is_a_refusal_whatever_the_policy() {
    let checked = Checked::new(|_| {});
    for policy in [AnswerPolicy::Require, AnswerPolicy::Warn, AnswerPolicy::Off] {
        let error = checked.bills(guid("nothing"), policy).unwrap_err();
        assert_eq!(refused(error).code.as_deref(), Some("INT002013"));
    }
}

/// A sandbox without keys of its own cannot sign as a stranger, and says so instead of signing honestly.
#[test]
fn what_cannot_be_forged_is_no_answer() {
    let stand = Stand::with(|settings| settings.forgery = Some(Forgery::WrongSigner));
    let ack = stand.submit(month(vec![document(1, "n-1")])).unwrap();
    let error = refused(stand.state::<ImportPaymentDocumentRequest>(ack).unwrap_err());
    assert!(error.text.contains("wrong-signer"), "{}", error.text);
}

//! The way of a message: accepted, done by the clock, asked for; and what faults make of it.

mod support;

use std::time::Duration;

use gis_gkh::contract::base::GetRequestsStateRequest;
use gis_gkh::contract::bills::{ImportPaymentDocumentRequest, get_state_result::Outcome};
use gis_gkh::contract::nsi_common::ExportNsiListRequest;
use gis_gkh::operation::StateAnswer;
use gis_gkh::{CallError, Level, body, receipt};
use gis_gkh_sandbox::Pace;
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::signer::Signer;
use gis_gkh_sign::xades::{self, ByteProfile, Chain, Profile, VerifyOptions};
use support::*;

const SECOND: Duration = Duration::from_secs(1);

fn one() -> ImportPaymentDocumentRequest {
    month(vec![document(1, "n-1")])
}

fn placed(stand: &Stand) -> usize {
    stand.sandbox.effects().values().map(|effect| effect.placed).sum()
}

#[test]
fn a_message_is_received_then_processed_then_done_by_the_clock() {
    let pace = Pace { received: 5 * SECOND, processing: 20 * SECOND };
    let stand = Stand::with(|settings| settings.pace = pace);
    let ack = stand.submit(one()).unwrap();
    let state = || {
        let answer = stand.state::<ImportPaymentDocumentRequest>(ack).unwrap().body;
        (answer.state(), answer.outcome.is_some())
    };
    assert_eq!(state(), (1, false));
    stand.forward(5 * SECOND - Duration::from_millis(1));
    assert_eq!(state(), (1, false));
    stand.forward(Duration::from_millis(1));
    assert_eq!(state(), (2, false));
    stand.forward(20 * SECOND - Duration::from_millis(1));
    assert_eq!((state(), placed(&stand)), ((2, false), 0));
    stand.forward(Duration::from_millis(1));
    assert_eq!((state(), placed(&stand)), ((3, true), 1));
    // Asking again changes nothing.
    assert_eq!((state(), placed(&stand)), ((3, true), 1));
}

#[test]
fn what_is_due_is_done_at_its_time_whoever_asks_next() {
    let stand = Stand::with(|settings| settings.pace = Pace { received: SECOND, processing: SECOND });
    stand.submit(one()).unwrap();
    stand.sandbox.advance(stand.now() + SECOND);
    assert_eq!(placed(&stand), 0);
    stand.sandbox.advance(stand.now() + 2 * SECOND);
    assert_eq!(placed(&stand), 1);
}

#[test]
fn the_receipt_names_both_identifiers_and_the_result_the_senders() {
    let stand = Stand::new();
    let message = stand.message(one());
    let response = stand.send(&message);
    assert!(!String::from_utf8_lossy(&response.body).contains("Signature"), "a receipt is not signed");
    let first = receipt(message.guid, reply(response)).unwrap();
    assert_ne!(first.ack, message.guid);
    let state = stand.identity.state(
        &gis_gkh::contract::operations::bills::GET_STATE,
        first.ack,
        stand.next_guid(),
        stand.now(),
    );
    let text = String::from_utf8(stand.send(&state).body).unwrap();
    let header = &text[..text.find("<soap:Body>").unwrap()];
    assert!(header.contains(&message.guid.to_string()), "{header}");
    // The same bytes again are another message: the natural key is what stops them.
    let again = receipt(message.guid, reply(stand.send(&message))).unwrap();
    assert_ne!(again.ack, first.ack);
    let answer = stand.state::<ImportPaymentDocumentRequest>(again.ack).unwrap().body;
    assert_eq!(results(&answer), [Err("SBX000001".to_owned())]);
    // Another sandbox gives other identifiers.
    let other = Stand::new();
    other.forward(SECOND);
    let later = Stand::with(|settings| settings.clock = other.clock.clone());
    assert_ne!(later.submit(one()).unwrap(), first.ack);
}

#[test]
fn the_result_is_signed_as_the_system_signs() {
    let stand = Stand::new();
    let ack = stand.submit(one()).unwrap();
    let answer = stand.state::<ImportPaymentDocumentRequest>(ack).unwrap();
    let ca = std::fs::read_to_string(root().join("fixtures/keys/ca.crt")).unwrap();
    let ca = [Certificate::from_pem(&ca).unwrap()];
    let options = VerifyOptions { profile: Profile::Server, ca: &ca, strict: true, ..VerifyOptions::at(stand.now()) };
    let report = xades::verify(&answer.raw, &options).unwrap();
    assert_eq!((report.byte_profile, report.chain), (ByteProfile::Exclusive, Chain::Trusted));
    assert_eq!(&report.certificate, signer("sandbox-256").certificate());
    assert_eq!(report.signing_time, stand.now());
}

#[test]
fn a_message_is_told_of_only_to_its_sender_and_its_service() {
    let mut stand = Stand::new();
    let ack = stand.submit(one()).unwrap();
    let list = stand.submit(ExportNsiListRequest::new()).unwrap();
    assert_eq!(code(stand.state::<ImportPaymentDocumentRequest>(guid("nothing"))), "INT002013");
    assert_eq!(code(stand.state::<ExportNsiListRequest>(ack)), "INT002013");
    assert_eq!(code(stand.state::<ImportPaymentDocumentRequest>(list)), "INT002013");
    assert!(stand.state::<ExportNsiListRequest>(list).is_ok());
    stand.identity.organisation = guid("other");
    assert_eq!(code(stand.state::<ImportPaymentDocumentRequest>(ack)), "INT002013");
    stand.identity.organisation = guid("nobody");
    assert_eq!(code(stand.state::<ImportPaymentDocumentRequest>(ack)), "AUT011002");
    stand.identity.organisation = guid("ours");
    assert!(stand.state::<ImportPaymentDocumentRequest>(ack).is_ok());
}

#[test]
fn of_many_messages_the_processed_ones_are_named() {
    let mut stand = Stand::with(|settings| settings.pace = Pace { received: SECOND, processing: SECOND });
    let first = stand.submit(month(vec![document(1, "a")])).unwrap();
    stand.forward(SECOND);
    let second = stand.submit(month(vec![document(2, "b")])).unwrap();
    let ask = |stand: &Stand| {
        let request = GetRequestsStateRequest::new(vec![second, first, guid("nothing")]);
        let message = stand.identity.query(&request, stand.next_guid(), stand.now()).unwrap();
        body::<gis_gkh::contract::base::GetRequestsStateResult>(reply(stand.send(&message)))
            .map(|answer| answer.body.message_guid_list)
    };
    assert_eq!(code(ask(&stand)), "INT002012");
    stand.forward(SECOND);
    assert_eq!(ask(&stand).unwrap(), [first]);
    stand.forward(SECOND);
    assert_eq!(ask(&stand).unwrap(), [second, first]);
    stand.identity.organisation = guid("other");
    assert_eq!(code(ask(&stand)), "INT002012");
}

#[test]
fn an_answer_may_be_late() {
    let stand = Stand::with_faults("delay=2s:1/2");
    let message = stand.message(one());
    assert_eq!(stand.send(&message).delay, Duration::ZERO);
    let late = stand.send(&message);
    assert_eq!((late.status, late.delay, late.cut), (200, 2 * SECOND, false));
}

#[test]
fn the_system_may_fail_at_the_door() {
    for (faults, expected, level) in [
        ("exp001000=#1", "EXP001000", Some(Level::Fault)),
        ("503=#1", "HTTP503", Some(Level::Transport)),
        ("html=#1", "", None),
    ] {
        let stand = Stand::with_faults(faults);
        match stand.submit(one()).unwrap_err() {
            CallError::Refused { error, .. } => {
                assert_eq!((error.code.as_deref(), Some(error.level)), (Some(expected), level), "{faults}");
            }
            // A page with status 200 says nothing of what became of the request.
            CallError::MaybeSent { raw: Some(raw), .. } => {
                assert_eq!((faults, level), ("html=#1", None));
                assert!(String::from_utf8(raw).unwrap().contains("<title>"));
            }
            other => panic!("{faults}: {other}"),
        }
        assert_eq!(placed(&stand), 0, "{faults}");
        assert!(stand.submit(one()).is_ok(), "{faults}: only the first request was to fail");
    }
}

#[test]
fn a_cut_before_the_receipt_leaves_nothing_done() {
    let stand = Stand::with_faults("cut-before-ack=#1");
    assert!(stand.send(&stand.message(one())).cut);
    stand.sandbox.advance(stand.now() + Duration::from_secs(1_000_000));
    assert_eq!(placed(&stand), 0);
    assert!(stand.submit(one()).is_ok());
}

#[test]
fn a_cut_after_acceptance_leaves_it_done() {
    let stand = Stand::with_faults("cut-after-accept=#1");
    assert!(stand.send(&stand.message(one())).cut);
    assert_eq!(placed(&stand), 1);
    let again = stand.submit(one()).unwrap();
    let answer = stand.state::<ImportPaymentDocumentRequest>(again).unwrap().body;
    assert_eq!(results(&answer), [Err("SBX000001".to_owned())]);
}

#[test]
fn a_cut_request_may_be_done_much_later() {
    let stand = Stand::with_faults("cut-apply-later=10m:#1");
    assert!(stand.send(&stand.message(one())).cut);
    stand.forward(599 * SECOND);
    stand.sandbox.advance(stand.now());
    assert_eq!(placed(&stand), 0);
    stand.forward(SECOND);
    stand.sandbox.advance(stand.now());
    assert_eq!(placed(&stand), 1);
}

#[test]
fn a_cut_request_that_is_refused_stays_refused() {
    let stand = Stand::with_faults("cut-after-accept");
    let message = stand.message(one());
    let spoilt = String::from_utf8(message.bytes).unwrap().replace("<base:Year>2026<", "<base:Year>2025<");
    assert!(stand.post(message.operation, spoilt.as_bytes()).cut);
    assert_eq!(placed(&stand), 0);
}

#[test]
fn the_result_may_be_the_internal_error() {
    let stand = Stand::with_faults("exp001000-state=#1");
    let error = stand.ask(one()).unwrap_err();
    assert_eq!((error.level, error.code.as_deref()), (Level::Request, Some("EXP001000")));
    assert_eq!(placed(&stand), 0);
    assert!(stand.ask(one()).is_ok());
    // In the words of every service.
    let stand = Stand::with_faults("exp001000-state");
    let error = stand.ask(ExportNsiListRequest::new()).unwrap_err();
    assert_eq!(error.code.as_deref(), Some("EXP001000"));
}

#[test]
fn a_result_may_lack_an_object_or_have_each_twice() {
    let two = || month(vec![document(1, "a"), document(2, "b")]);
    let (first, second) = (Ok("00АА000001-01-6101".to_owned()), Ok("00АА000002-01-6101".to_owned()));
    let stand = Stand::with_faults("missing-object");
    assert_eq!(results(&stand.ask(two()).unwrap()), std::slice::from_ref(&first));
    assert_eq!(placed(&stand), 2);
    let stand = Stand::with_faults("duplicate");
    assert_eq!(results(&stand.ask(two()).unwrap()), [first.clone(), first, second.clone(), second]);
    assert_eq!(placed(&stand), 2);
    // Of a single object nothing remains: the result is there and says nothing.
    let stand = Stand::with_faults("missing-object");
    assert_eq!(stand.ask(one()).unwrap().outcome, None::<Outcome>);
}

#[test]
fn a_result_may_have_elements_nobody_knows() {
    let stand = Stand::with_faults("unknown-element");
    let ack = stand.submit(one()).unwrap();
    let answer = stand.state::<ImportPaymentDocumentRequest>(ack).unwrap();
    assert_eq!(results(&answer.body), [Ok("00АА000001-01-6101".to_owned())]);
    assert_eq!(answer.drift.len(), 2, "{:?}", answer.drift);
    // The signature covers them.
    let options = VerifyOptions { profile: Profile::Server, ..VerifyOptions::at(stand.now()) };
    assert!(xades::verify(&answer.raw, &options).is_ok());
}

#[test]
fn a_state_may_never_end() {
    let stand = Stand::with(|settings| {
        settings.faults = "stuck=#1".parse().unwrap();
        settings.pace = Pace { received: SECOND, processing: SECOND };
    });
    let ack = stand.submit(one()).unwrap();
    for _ in 0..3 {
        stand.forward(Duration::from_secs(100_000));
        assert_eq!(stand.state::<ImportPaymentDocumentRequest>(ack).unwrap().body.state(), 2);
    }
    assert_eq!(placed(&stand), 0);
    // Others are not held up by it.
    let next = stand.submit(one()).unwrap();
    stand.forward(2 * SECOND);
    assert_eq!(stand.state::<ImportPaymentDocumentRequest>(next).unwrap().body.state(), 3);
}

//! What the typed contract costs beside the parser under it, and a signed message beside the hash alone: the largest
//! request of payment documents there can be.
//!
//! Ratios of one interleaved run come first, for they hold on a noisy machine too; then criterion's own figures.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what goes wrong in a benchmark, or is measured by it, may be said so"
)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use gis_gkh::Guid;
use gis_gkh::contract::NAMESPACES;
use gis_gkh::contract::bills::charge::Service;
use gis_gkh::contract::bills::import_payment_document_request::Content;
use gis_gkh::contract::bills::payment_document::{Charges, Recipient};
use gis_gkh::contract::bills::{
    Adjustments, Charge, CurrentCharges, DeterminedVolume, DeterminingMethod, ImportPaymentDocumentRequest,
    MonthOfDocuments, MunicipalConsumption, MunicipalServiceCharge, PaymentDocument, PaymentInformation,
    SingleRecipient, VolumePurpose,
};
use gis_gkh::contract::nsi_base::NsiRef;
use gis_gkh_sign::gost::{self, KeySize};
use gis_gkh_sign::signer::BuiltinSigner;
use gis_gkh_sign::xades::{self, ByteProfile, Signing, Unsigned};
use gis_gkh_xml::{Decimal, Element, Limits, Versions};
use quick_xml::NsReader;
use quick_xml::events::Event;
use time::macros::datetime;

const DOCUMENTS: u32 = 500;
const LINES: u32 = 8;

fn guid(kind: u32, number: u32) -> Guid {
    format!("{kind:08x}-5c1b-4e6d-9f2a-{number:012x}").parse().unwrap()
}

fn roubles(kopecks: u32) -> Decimal {
    Decimal::from_kopecks(i64::from(kopecks))
}

fn line(document: u32, line: u32) -> Charge {
    let number = document * LINES + line;
    let total = 10_000 + number * 37 % 900_000;
    let code = format!("{}.{}", line + 1, number % 7);
    let mut charge = MunicipalServiceCharge::new(
        NsiRef::new(code, guid(2, line)),
        format!("{}.{:03}", 20 + line * 3, number % 1000).parse().unwrap(),
        roubles(total),
    );
    charge.accounting_period_total = Some(roubles(total));
    charge.penalties = Some(roubles(0));
    charge.total_payable_overall = Some(roubles(total + number % 5000));
    charge.service_charge = Some({
        let mut adjustments = Adjustments::new();
        adjustments.money_recalculation = Some(roubles(0));
        adjustments
    });
    charge.consumption = Some(MunicipalConsumption::new({
        let mut volume = DeterminedVolume::new(format!("{}.{:03}0", number % 40, number % 1000).parse().unwrap());
        volume.determining_method = Some(DeterminingMethod::Meter);
        volume.r#type = Some(VolumePurpose::Premises);
        vec![volume]
    }));
    Charge::new(Service::MunicipalService(charge))
}

/// A request of 500 documents with eight charge lines each.
fn request() -> ImportPaymentDocumentRequest {
    let bank = guid(9, 1);
    let documents = (0..DOCUMENTS).map(|number| {
        let recipient = Recipient::SingleRecipient(SingleRecipient::new(bank));
        let mut document = PaymentDocument::new(guid(3, number), guid(1, number), recipient);
        document.payment_document_number = Some(format!("ПД-2026-10/{number:06}"));
        document.charges = Some(Charges::CurrentCharges({
            let mut charges = CurrentCharges::new();
            charges.charge_info = (0..LINES).map(|at| line(number, at)).collect();
            charges
        }));
        document.payments_taken = Some(31);
        document.additional_information = Some("Передайте показания до 25 числа & позвоните нам".to_owned());
        document.total_payable_by_pd = Some(roubles(1_234_567 + number));
        document
    });
    let banks = vec![PaymentInformation::new(bank, "044525000", "40702810000000000001")];
    let month = MonthOfDocuments::new(10, 2026, banks, documents.collect());
    let mut request = ImportPaymentDocumentRequest::new(Content::MonthOfDocuments(month));
    request.id = Some("signed-data-container".to_owned());
    request
}

/// The parser alone, names resolved: what reading cannot do without.
fn events(document: &str) -> usize {
    let mut reader = NsReader::from_str(document);
    let mut count = 0;
    loop {
        let (namespace, event) = reader.read_resolved_event().unwrap();
        black_box(namespace);
        match event {
            Event::Eof => return count,
            Event::Start(_) | Event::Empty(_) => count += 1,
            other => {
                black_box(other);
            }
        }
    }
}

fn read(document: &str) -> ImportPaymentDocumentRequest {
    ImportPaymentDocumentRequest::from_xml(document.as_bytes(), NAMESPACES).unwrap()
}

fn write(request: &ImportPaymentDocumentRequest) -> String {
    request.to_xml(NAMESPACES, &Versions::new())
}

/// The whole message: envelope, request, signature; read again and verified if asked.
fn signed(request: &ImportPaymentDocumentRequest, signer: &BuiltinSigner, checked: bool) -> Vec<u8> {
    let mut text = String::from(
        "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Header></soap:Header><soap:Body>",
    );
    let body = write(request);
    let start = text.len();
    text.reserve_exact(body.len() + 32);
    text.push_str(&body);
    let element = start..text.len();
    text.push_str("</soap:Body></soap:Envelope>");
    let slot = start + body.find('>').unwrap() + 1;
    let id = "signed-data-container";
    let unsigned = Unsigned { bytes: text.as_bytes(), element, slot, id, canonical: true };
    let signing =
        Signing { profile: ByteProfile::Inclusive, time: datetime!(2026-11-21 10:00 +03:00), id: "benchmark" };
    match checked {
        true => xades::sign_checked(&unsigned, signer, &signing, &Limits::MESSAGE).unwrap().0,
        false => xades::sign(&unsigned, signer, &signing, &Limits::MESSAGE).unwrap(),
    }
}

/// The key of the sample organisation.
fn signer() -> BuiltinSigner {
    let key = include_str!("../fixtures/keys/org-256.key");
    BuiltinSigner::from_pem(include_str!("../fixtures/keys/org-256.crt"), key).unwrap()
}

/// Seconds of one run.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures by the wall clock")]
fn seconds<T>(work: impl FnOnce() -> T) -> f64 {
    let begun = std::time::Instant::now();
    black_box(work());
    begun.elapsed().as_secs_f64()
}

/// Best of many rounds, each kind of work once a round: whatever else the machine does hits all of them alike.
fn ratios(request: &ImportPaymentDocumentRequest, document: &str) {
    let signer = signer();
    let mut best = [f64::MAX; 7];
    for _ in 0..25 {
        let round = [
            seconds(|| events(document)),
            seconds(|| read(document)),
            seconds(|| write(request)),
            seconds(|| request.check()),
            seconds(|| gost::digest(KeySize::Bits256, document.as_bytes())),
            seconds(|| signed(request, &signer, false)),
            seconds(|| signed(request, &signer, true)),
        ];
        for (best, now) in best.iter_mut().zip(round) {
            *best = best.min(now);
        }
    }
    let [events_best, read_best, write_best, check_best, hash_best, sign_best, checked_best] = best;
    let bytes = document.len() as f64;
    let speed = |seconds: f64| bytes / seconds / 1e6;
    println!("request: {DOCUMENTS} documents of {LINES} lines, {bytes} bytes, {} elements", events(document));
    println!("NsReader events: {:.0} MB/s", speed(events_best));
    println!("read:  {:.2} of NsReader (bar 0.45), {:.0} MB/s", events_best / read_best, speed(read_best));
    println!("write: {:.0} MB/s (bar 600)", speed(write_best));
    println!("check: {:.2} ms (bar 5)", check_best * 1e3);
    println!("Streebog alone: {:.0} MB/s", speed(hash_best));
    println!("build and sign: {:.2} of Streebog alone (bar 1.3)", sign_best / hash_best);
    println!("with self-check: {:.2} of Streebog alone (bar 2.6)", checked_best / hash_best);
}

fn main() {
    let request = request();
    assert_eq!(request.check(), [], "the request must be right, or the figures are those of errors");
    let document = write(&request);
    assert_eq!(read(&document), request);
    ratios(&request, &document);

    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(4))
        .configure_from_args();
    let mut group = criterion.benchmark_group("import-payment-documents");
    group.throughput(Throughput::Bytes(document.len() as u64));
    group.bench_function("ns-reader-events", |bench| bench.iter(|| events(black_box(&document))));
    group.bench_function("read", |bench| bench.iter(|| read(black_box(&document))));
    group.bench_function("write", |bench| bench.iter(|| write(black_box(&request))));
    group.bench_function("check", |bench| bench.iter(|| black_box(&request).check()));
    group.finish();
    criterion.final_summary();
}

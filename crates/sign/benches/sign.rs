//! What signing costs beside the hash it cannot do without. The ratios are printed first, then criterion's figures.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "what goes wrong in a benchmark, or is measured by it, may be said so"
)]

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use gis_gkh_sign::c14n::{self, Method};
use gis_gkh_sign::gost::{self, KeySize};
use gis_gkh_sign::signer::BuiltinSigner;
use gis_gkh_sign::xades::{ByteProfile, Signing, Unsigned, VerifyOptions, sign, sign_checked, verify};
use gis_gkh_xml::Limits;
use time::macros::datetime;

/// A request of 500 payment documents of eight lines each, in exclusive canonical form: 3.6 MB. Types of the shared
/// libraries declare their prefix where they stand, as the canonical form demands.
fn request() -> String {
    const BASE: &str = r#"xmlns:base="http://dom.gosuslugi.ru/schema/integration/base/""#;
    const BILLS: &str = r#"xmlns:bills-base="http://dom.gosuslugi.ru/schema/integration/bills-base/""#;
    let mut out = format!(
        r#"<b:importPaymentDocumentRequest xmlns:b="http://dom.gosuslugi.ru/schema/integration/bills/" {BASE} Id="signed-data-container" base:version="11.2.0.16">"#
    );
    for document in 0..500 {
        out.push_str(&format!(
            "<b:PaymentDocument><base:TransportGUID>00000000-0000-4000-8000-{document:012}</base:TransportGUID>\
             <bills-base:PaymentDocumentNumber {BILLS}>ПД-2026-10/{document}</bills-base:PaymentDocumentNumber>"
        ));
        for line in 0..8 {
            out.push_str(&format!(
                "<b:ChargeInfo><b:MunicipalService><bills-base:ServiceType {BILLS}><nsi-base:Code \
                 xmlns:nsi-base=\"http://dom.gosuslugi.ru/schema/integration/nsi-base/\">{line}.1</nsi-base:Code><nsi-base:GUID \
                 xmlns:nsi-base=\"http://dom.gosuslugi.ru/schema/integration/nsi-base/\">\
                 11111111-2222-3333-4444-{document:012}</nsi-base:GUID></bills-base:ServiceType><b:Note>Отопление &amp; горячая вода, норматив \
                 потребления на человека, по показаниям общедомового прибора учёта</b:Note><b:Rate>{document}.{line}25</b:Rate><b:TotalPayable>1234.56</b:TotalPayable>\
                 <b:AccountingPeriodTotal>1234.56</b:AccountingPeriodTotal><b:Consumption><b:Volume \
                 determiningMethod=\"N\" type=\"I\">3.125</b:Volume></b:Consumption></b:MunicipalService></b:ChargeInfo>"
            ));
        }
        out.push_str("<b:Expose>true</b:Expose></b:PaymentDocument>");
    }
    out.push_str("</b:importPaymentDocumentRequest>");
    out
}

fn envelope() -> String {
    let head = r#"<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Header></soap:Header><soap:Body>"#;
    format!("{head}{}</soap:Body></soap:Envelope>", request())
}

/// Shortest of a few runs, in seconds.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures by the wall clock")]
fn best(mut work: impl FnMut()) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..9 {
        let begun = std::time::Instant::now();
        work();
        best = best.min(begun.elapsed().as_secs_f64());
    }
    best
}

fn main() {
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/keys");
    let read = |name: &str| std::fs::read_to_string(keys.join(name)).unwrap();
    let signer = BuiltinSigner::from_pem(&read("org-256.crt"), &read("org-256.key")).unwrap();
    let limits = Limits::default();
    let message = envelope();
    let bytes = message.as_bytes();
    let unsigned = Unsigned { canonical: true, ..Unsigned::locate(bytes, &limits).unwrap() };
    let element = &bytes[unsigned.element.clone()];
    let at = datetime!(2026-11-22 12:30 +3);
    let signing = Signing { profile: ByteProfile::Inclusive, time: at, id: "6f1c6f3e-3b6e-4a53-8c56-6f2b3f0a4d10" };
    let signed = sign(&unsigned, &signer, &signing, &limits).unwrap();
    // The same document with every tag to be rewritten: no fast way through.
    let untidy = request().replace("><", " ><");

    let canonicalize = |bytes: &[u8], method| {
        let mut octets = 0;
        c14n::document(bytes, method, &limits, |piece| octets += piece.len()).unwrap();
        black_box(octets);
    };
    let hash = || drop(black_box(gost::digest(KeySize::Bits256, element)));
    let one = || drop(black_box(sign(&unsigned, &signer, &signing, &limits).unwrap()));
    let checked = || drop(black_box(sign_checked(&unsigned, &signer, &signing, &limits).unwrap()));
    let again = || drop(black_box(verify(&signed, &VerifyOptions::at(at)).unwrap()));

    let megabytes = element.len() as f64 / 1e6;
    let bare = best(hash);
    println!("request element                 {megabytes:.2} MB; streebog {:.0} MB/s", megabytes / bare);
    println!("sign / streebog                 {:.2}   (bar 1.3)", best(one) / bare);
    println!("sign + self-check / streebog    {:.2}   (bar 2.6)", best(checked) / bare);
    println!("verify / streebog               {:.2}", best(again) / bare);
    for (name, bytes) in [("canonical", element), ("every tag rewritten", untidy.as_bytes())] {
        for method in [Method::Exclusive, Method::Inclusive] {
            let seconds = best(|| canonicalize(bytes, method));
            println!("c14n {name}, {method:?}: {:.0} MB/s   (bar 250)", bytes.len() as f64 / 1e6 / seconds);
        }
    }

    let events = best(|| {
        let mut events = gis_gkh_xml::events::Events::new(element, limits).unwrap();
        while !matches!(events.next().unwrap(), gis_gkh_xml::events::Event::Eof) {}
    });
    println!("for comparison, the events of gis-gkh-xml: {:.0} MB/s", megabytes / events);
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut group = criterion.benchmark_group("3.6 MB");
    group.throughput(Throughput::Bytes(element.len() as u64));
    group.bench_function("streebog", |bencher| bencher.iter(hash));
    group.bench_function("c14n exclusive", |bencher| bencher.iter(|| canonicalize(element, Method::Exclusive)));
    group.bench_function("c14n inclusive", |bencher| bencher.iter(|| canonicalize(element, Method::Inclusive)));
    group.bench_function("sign", |bencher| bencher.iter(one));
    group.bench_function("sign_checked", |bencher| bencher.iter(checked));
    group.bench_function("verify", |bencher| bencher.iter(again));
    group.finish();
    criterion.final_summary();
}

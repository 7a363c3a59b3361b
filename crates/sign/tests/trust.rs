//! Chains of GOST certificates: what leads to a root, and what is refused on the way, each for its own reason. The certificates
//! are made here; OpenSSL with its gost engine, which shares no code with us, is asked for its judgement too.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

use std::path::PathBuf;
use std::process::Command;

use der::oid::ObjectIdentifier;
use gis_gkh_sign::certificate::{Certificate, ChainError, ValidityError};
use gis_gkh_sign::gost::{Curve, Entropy, EntropyError, PrivateKey, SignatureError};
use gis_gkh_sign::issue::{Draft, Extension, private_key};
use gis_gkh_sign::trust::{NotTrusted, Trust, TrustError, Trusted};
use time::OffsetDateTime;
use time::macros::datetime;

const FROM: OffsetDateTime = datetime!(2026-01-01 0:00 UTC);
const UNTIL: OffsetDateTime = datetime!(2027-01-01 0:00 UTC);
const AT: OffsetDateTime = datetime!(2026-10-31 12:30:45 +3);

/// The same bytes in every run, other ones at every call.
struct Steady(std::sync::atomic::AtomicU8);

impl Entropy for Steady {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        let seed = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = seed.wrapping_mul(31).wrapping_add(place as u8).wrapping_mul(17) ^ seed;
        }
        // The number is little-endian: small enough for every curve.
        if let Some(last) = bytes.last_mut() {
            *last &= 0x1f;
        }
        Ok(())
    }
}

/// A party with a key.
struct Party {
    name: &'static str,
    key: PrivateKey,
}

/// A root, two centres below it, a signer; and a stranger.
struct Town {
    entropy: Steady,
    root: Party,
    upper: Party,
    lower: Party,
    signer: Party,
    stranger: Party,
}

impl Town {
    fn new(curve: Curve) -> Self {
        let entropy = Steady(1.into());
        let party = |name| Party { name, key: private_key(curve, &entropy).unwrap() };
        let root = party("Корневой центр (тест)");
        let upper = party("Верхний центр (тест)");
        let lower = party("Нижний центр (тест)");
        let signer = party("Подпись ответов (тест)");
        let stranger = party("Посторонний (тест)");
        Self { root, upper, lower, signer, stranger, entropy }
    }

    fn issue(&self, draft: &Draft, subject: &Party, issuer: &Party) -> Certificate {
        draft.issue(subject.key.public_key(), issuer.name, &issuer.key, &self.entropy).unwrap()
    }

    fn centre(&self, subject: &Party, issuer: &Party, length: Option<u8>) -> Certificate {
        self.issue(&Draft::centre(subject.name, FROM, UNTIL, length), subject, issuer)
    }

    fn leaf(&self, issuer: &Party) -> Certificate {
        self.issue(&Draft::signer(self.signer.name, FROM, UNTIL), &self.signer, issuer)
    }
}

fn with(draft: Draft, extension: Extension) -> Draft {
    let mut draft = draft;
    draft.extensions.retain(|known| known.oid != extension.oid);
    draft.extensions.push(extension);
    draft
}

fn pem(certificate: &Certificate) -> String {
    certificate.to_pem()
}

#[test]
fn chains_of_every_curve_lead_to_the_root() {
    for curve in Curve::ALL {
        let town = Town::new(curve);
        let root = town.centre(&town.root, &town.root, None);
        let upper = town.centre(&town.upper, &town.root, Some(1));
        let lower = town.centre(&town.lower, &town.upper, Some(0));
        let trust = Trust::from_pem(&[pem(&lower), pem(&root), pem(&upper)].concat()).unwrap();
        assert_eq!(trust.judge(&town.leaf(&town.lower), AT), Ok(Trusted::Chain(3)), "{curve:?}");
        assert_eq!(trust.judge(&town.leaf(&town.root), AT), Ok(Trusted::Chain(1)), "{curve:?}");
        assert_eq!(trust.certificates().count(), 3);
    }
}

/// Each town is wrong in one thing, and refused for it.
#[test]
fn what_does_not_lead_to_a_root_is_refused_by_name() {
    let town = Town::new(Curve::CryptoProA);
    let root = town.centre(&town.root, &town.root, None);
    let upper = town.centre(&town.upper, &town.root, None);
    let leaf = Draft::signer(town.signer.name, FROM, UNTIL);
    let judge = |trusted: &[&Certificate], draft: &Draft, issuer: &Party, at| {
        let trust = Trust::new(trusted.iter().map(|one| (*one).clone()).collect()).unwrap();
        trust.judge(&town.issue(draft, &town.signer, issuer), at).unwrap_err()
    };

    // Names and signatures.
    let unknown = judge(&[&root], &leaf, &town.stranger, AT);
    assert!(
        matches!(&unknown, NotTrusted::UnknownIssuer { issuer, .. } if issuer.contains("Посторонний")),
        "{unknown}"
    );
    let impostor = Party { name: town.root.name, key: private_key(Curve::CryptoProA, &town.entropy).unwrap() };
    let forged = judge(&[&root], &leaf, &impostor, AT);
    let wrong = ChainError::Signature(SignatureError::Wrong);
    assert!(matches!(&forged, NotTrusted::NotIssued { reason, .. } if *reason == wrong), "{forged}");
    let wide = Party { name: town.root.name, key: private_key(Curve::Tc26A512, &town.entropy).unwrap() };
    let other_size = judge(&[&root], &leaf, &wide, AT);
    assert!(matches!(other_size, NotTrusted::NotIssued { reason: ChainError::Algorithm(_), .. }), "{other_size}");

    // Dates, of the signer and of a centre, at the moment of signing.
    let dates = |found: NotTrusted| match found {
        NotTrusted::Dates { reason, .. } => reason,
        other => panic!("{other}"),
    };
    let before = FROM - time::Duration::seconds(1);
    let after = UNTIL + time::Duration::seconds(1);
    assert_eq!(dates(judge(&[&root], &leaf, &town.root, before)), ValidityError::NotYetValid(FROM));
    assert_eq!(dates(judge(&[&root], &leaf, &town.root, after)), ValidityError::Expired(UNTIL));
    let long = Draft::signer(town.signer.name, FROM, datetime!(2060-01-01 0:00 UTC));
    assert_eq!(dates(judge(&[&root], &long, &town.root, after)), ValidityError::Expired(UNTIL), "the centre's");
    let ended = datetime!(2026-06-01 0:00 UTC);
    let period = with(leaf.clone(), Extension::key_period(FROM, ended));
    assert_eq!(dates(judge(&[&root], &period, &town.root, AT)), ValidityError::KeyPeriodEnded(ended));
    let begins = datetime!(2026-12-01 0:00 UTC);
    let period = with(leaf.clone(), Extension::key_period(begins, UNTIL));
    assert_eq!(dates(judge(&[&root], &period, &town.root, AT)), ValidityError::KeyPeriodNotStarted(begins));
    let early = with(Draft::centre(town.root.name, FROM, UNTIL, None), Extension::key_period(FROM, ended));
    let early = early.issue_root(&town.root.key, &town.entropy).unwrap();
    let late = Draft::signer(town.signer.name, begins, UNTIL);
    let found = judge(&[&early], &late, &town.root, begins);
    assert!(matches!(found, NotTrusted::IssuedOutOfPeriod { .. }), "{found}");

    // What a certificate is for.
    let found = judge(&[&root], &with(leaf.clone(), Extension::enciphers()), &town.root, AT);
    assert!(matches!(found, NotTrusted::NotASigner { .. }), "{found}");
    let found = judge(&[&root], &Draft::centre(town.signer.name, FROM, UNTIL, None), &town.root, AT);
    assert!(matches!(found, NotTrusted::NotASigner { .. }), "a centre signs no answers: {found}");
    let mute = with(Draft::centre(town.upper.name, FROM, UNTIL, None), Extension::signs_documents());
    let mute = town.issue(&mute, &town.upper, &town.root);
    let found = judge(&[&root, &mute], &leaf, &town.upper, AT);
    assert!(matches!(found, NotTrusted::NotIssued { reason: ChainError::NotCa, .. }), "{found}");

    // The length of the path.
    let narrow = town.centre(&town.root, &town.root, Some(0));
    let error = Trust::new(vec![narrow, upper]).unwrap_err();
    let TrustError::NoRoot { reason: NotTrusted::PathLength { allowed: 0, found: 1, .. }, .. } = error else {
        panic!("{error}")
    };

    // Critical extensions nobody here knows, in the signer and above it.
    let strange =
        Extension { oid: ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.9"), critical: true, value: vec![0x05, 0x00] };
    let found = judge(&[&root], &with(leaf.clone(), strange.clone()), &town.root, AT);
    assert!(matches!(found, NotTrusted::CriticalExtension { oid, .. } if oid == strange.oid), "{found}");
    let strange_root = with(Draft::centre(town.root.name, FROM, UNTIL, None), strange.clone());
    let strange_root = strange_root.issue_root(&town.root.key, &town.entropy).unwrap();
    let found = judge(&[&strange_root], &leaf, &town.root, AT);
    assert!(matches!(found, NotTrusted::CriticalExtension { .. }), "{found}");
    let harmless = Extension { critical: false, ..strange };
    let leaf = town.issue(&with(leaf, harmless), &town.signer, &town.root);
    assert_eq!(Trust::new(vec![root]).unwrap().judge(&leaf, AT), Ok(Trusted::Chain(1)));
}

#[test]
fn a_signer_named_itself_is_believed_within_its_dates_and_nobody_else_is() {
    let town = Town::new(Curve::Tc26A256);
    let pinned = town.leaf(&town.stranger);
    let trust = Trust::from_pem(&pem(&pinned)).unwrap();
    assert_eq!(trust.judge(&pinned, AT), Ok(Trusted::Pinned));
    assert!(matches!(trust.judge(&pinned, UNTIL + time::Duration::DAY), Err(NotTrusted::Dates { .. })));
    // The same key and name in another certificate is another signer.
    let again = Draft { serial: 3, ..Draft::signer(town.signer.name, FROM, UNTIL) };
    let again = town.issue(&again, &town.signer, &town.stranger);
    assert!(matches!(trust.judge(&again, AT), Err(NotTrusted::UnknownIssuer { .. })));
}

#[test]
fn a_list_that_cannot_do_what_it_is_for_is_refused_at_once() {
    let town = Town::new(Curve::CryptoProA);
    let root = town.centre(&town.root, &town.root, None);
    let link = town.centre(&town.upper, &town.root, None);
    let error = Trust::new(vec![link.clone()]).unwrap_err();
    assert!(matches!(&error, TrustError::NoRoot { reason: NotTrusted::UnknownIssuer { .. }, .. }), "{error}");
    assert!(error.to_string().contains("add its root"), "{error}");
    assert!(Trust::new(vec![link, root]).is_ok());
    let useless = with(Draft::signer("x", FROM, UNTIL), Extension::enciphers());
    let useless = town.issue(&useless, &town.signer, &town.root);
    assert!(matches!(Trust::new(vec![useless]), Err(TrustError::Useless { .. })));
    let impostor = Draft::centre(town.root.name, FROM, UNTIL, None);
    let impostor =
        impostor.issue(town.root.key.public_key(), town.root.name, &town.stranger.key, &town.entropy).unwrap();
    assert!(matches!(Trust::new(vec![impostor]), Err(TrustError::Root { .. })));
    assert!(matches!(Trust::from_pem("no certificate"), Err(TrustError::Certificate(_))));
    // Two centres that issue each other lead nowhere, and the search for a way ends.
    let (one, two) = (town.centre(&town.upper, &town.lower, None), town.centre(&town.lower, &town.upper, None));
    assert!(matches!(Trust::new(vec![one, two]), Err(TrustError::NoRoot { .. })));
}

/// The sample keys were made by OpenSSL: its chain is ours.
#[test]
fn a_chain_made_by_openssl_is_believed() {
    let keys = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/keys");
    let read = |name: &str| std::fs::read_to_string(keys.join(name)).unwrap();
    let trust = Trust::from_pem(&read("ca.crt")).unwrap();
    let judge = |name: &str| trust.judge(&Certificate::from_pem(&read(name)).unwrap(), AT);
    for name in ["sandbox-256.crt", "org-256.crt", "org-512.crt", "org-tc26a-256.crt"] {
        assert_eq!(judge(name), Ok(Trusted::Chain(1)), "{name}");
    }
    assert!(matches!(judge("expired-256.crt"), Err(NotTrusted::Dates { reason: ValidityError::Expired(_), .. })));
}

/// What OpenSSL with the gost engine says of chains made here. Without the engine there is nobody to ask.
#[test]
fn openssl_judges_our_chains_as_we_do() {
    let engine = Command::new("openssl").args(["version", "-e"]).output();
    let engine = engine.ok().and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    let engine = engine.trim().trim_start_matches("ENGINESDIR: ").trim_matches('"').to_owned() + "/gost.so";
    if !std::path::Path::new(&engine).exists() {
        eprintln!("skipped: no gost engine at {engine}; install libengine-gost-openssl");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let settings = write(
        "openssl.cnf",
        &format!(
            "openssl_conf = start\n[start]\nengines = engines\n[engines]\ngost = gost\n[gost]\nengine_id = gost\n\
             dynamic_path = {engine}\ndefault_algorithms = ALL\n"
        ),
    );
    for curve in [Curve::CryptoProA, Curve::Tc26A256, Curve::Tc26A512] {
        let town = Town::new(curve);
        let root = town.centre(&town.root, &town.root, None);
        let narrow = town.centre(&town.root, &town.root, Some(0));
        let upper = town.centre(&town.upper, &town.root, None);
        let strange = Extension {
            oid: ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.9"),
            critical: true,
            value: vec![0x05, 0x00],
        };
        let good = Draft::signer(town.signer.name, FROM, UNTIL);
        let strange = with(good.clone(), strange);
        let cases = [
            ("good", &root, town.issue(&good, &town.signer, &town.upper), AT, true),
            ("path too long", &narrow, town.issue(&good, &town.signer, &town.upper), AT, false),
            ("expired", &root, town.issue(&good, &town.signer, &town.upper), UNTIL + time::Duration::DAY, false),
            ("stranger's", &root, town.issue(&good, &town.signer, &town.stranger), AT, false),
            ("critical", &root, town.issue(&strange, &town.signer, &town.upper), AT, false),
        ];
        for (what, root, leaf, at, believed) in cases {
            let ours = Trust::new(vec![root.clone(), upper.clone()]).is_ok_and(|trust| trust.judge(&leaf, at).is_ok());
            assert_eq!(ours, believed, "{curve:?}: {what}, ours");
            let output = Command::new("openssl")
                .env("OPENSSL_CONF", &settings)
                .args(["verify", "-attime", &at.unix_timestamp().to_string()])
                .arg("-CAfile")
                .arg(write("root.pem", &pem(root)))
                .arg("-untrusted")
                .arg(write("upper.pem", &pem(&upper)))
                .arg(write("leaf.pem", &pem(&leaf)))
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.success(), believed, "{curve:?}: {what}, OpenSSL: {said}");
        }
    }
}

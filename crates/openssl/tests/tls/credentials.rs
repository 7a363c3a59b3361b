//! Keys from PEM and PKCS#12, encrypted or not, of every curve: held to the suite of all providers, and refused by name.

use gis_gkh_openssl::{CredentialsError, OpensslKey};
use gis_gkh_sign::conformance::{Judgement, Sample, Subject, hold, judge};
use gis_gkh_sign::signer::{ByteOrder, RawSigner, SignError, Signer as _};

use super::*;

/// How a sample key comes to OpenSSL.
enum Way {
    Pem,
    /// PKCS#8 under AES.
    Encrypted,
    /// PKCS#12 with these options of the command.
    Pkcs12(&'static [&'static str]),
}

const PASSWORD: &str = "invented password";

const GOST_PBE: &[&str] = &["-keypbe", "gost89", "-certpbe", "gost89", "-macalg", "md_gost12_512"];

struct Provider<'a> {
    place: &'a Place,
    way: Way,
}

impl Provider<'_> {
    fn credentials(&self, sample: &Sample) -> Credentials {
        std::fs::write(self.place.file("sample.key"), &sample.private_key).unwrap();
        std::fs::write(self.place.file("sample.crt"), &sample.certificate).unwrap();
        let pass = format!("pass:{PASSWORD}");
        match self.way {
            Way::Pem => {
                Credentials::from_pem(engine(), sample.certificate.as_bytes(), sample.private_key.as_bytes(), None)
                    .unwrap()
            }
            Way::Encrypted => {
                let key =
                    self.place.openssl(&["pkcs8", "-topk8", "-v2", "aes256", "-in", "sample.key", "-passout", &pass]);
                let password = Some(PASSWORD.as_bytes());
                Credentials::from_pem(engine(), sample.certificate.as_bytes(), &key, password).unwrap()
            }
            Way::Pkcs12(options) => {
                let mut arguments = vec!["pkcs12", "-export", "-inkey", "sample.key", "-in", "sample.crt"];
                arguments.extend(["-passout", pass.as_str()]);
                arguments.extend(options);
                Credentials::from_pkcs12(engine(), &self.place.openssl(&arguments), PASSWORD).unwrap()
            }
        }
    }
}

impl Subject for Provider<'_> {
    fn provider(&self, sample: &Sample) -> Result<Box<dyn RawSigner>, SignError> {
        Ok(Box::new(self.credentials(sample).key().clone()))
    }

    fn secrets(&self) -> Vec<String> {
        vec![PASSWORD.to_owned()]
    }
}

fn held(way: Way) {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let folder = tempfile::tempdir().unwrap();
    let checks = hold(&Provider { place: &place, way }, folder.path()).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(checks, 27);
    match judge(folder.path()) {
        Judgement::Accepted(count) => assert_eq!(count, 12),
        Judgement::Refused(said) => panic!("{said}"),
        Judgement::Missing(what) => {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "no independent verifier: {what}");
            eprintln!("SKIPPED: no independent verifier: {what}");
        }
    }
}

#[test]
fn a_key_in_pem_conforms() {
    held(Way::Pem);
}

#[test]
fn an_encrypted_key_in_pem_conforms() {
    held(Way::Encrypted);
}

#[test]
fn a_key_in_pkcs12_conforms() {
    held(Way::Pkcs12(&[]));
}

#[test]
fn a_key_in_pkcs12_under_gost_conforms() {
    held(Way::Pkcs12(GOST_PBE));
}

#[test]
fn a_signer_of_credentials() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let sample = Sample::read("org-512").unwrap();
    let signer = Provider { place: &place, way: Way::Pem }.credentials(&sample).signer().unwrap();
    assert_eq!((signer.order(), signer.sign(b"x").unwrap().len()), (ByteOrder::SrBigEndian, 128));
}

#[test]
fn what_is_no_key_of_ours_is_refused_by_name() {
    if !there(&["openssl"]) {
        return;
    }
    let place = Place::new();
    let (sample, other) = (Sample::read("org-256").unwrap(), Sample::read("other-256").unwrap());
    let (certificate, key) = (sample.certificate.as_bytes(), sample.private_key.as_bytes());
    let from_pem = |certificate, key: &[u8], password| Credentials::from_pem(engine(), certificate, key, password);
    let refused = |opened: Result<Credentials, CredentialsError>| opened.map(drop).unwrap_err();

    let strange = refused(from_pem(other.certificate.as_bytes(), key, None));
    assert!(matches!(strange, CredentialsError::OtherKey { .. }), "{strange}");
    let nothing = refused(from_pem(certificate, b"nothing", None));
    assert!(matches!(nothing, CredentialsError::Key(_)), "{nothing}");
    let nothing = refused(from_pem(b"nothing", key, None));
    assert!(matches!(nothing, CredentialsError::Certificate(_)), "{nothing}");

    std::fs::write(place.file("sample.key"), &sample.private_key).unwrap();
    std::fs::write(place.file("sample.crt"), &sample.certificate).unwrap();
    let pass = format!("pass:{PASSWORD}");
    let key = place.openssl(&["pkcs8", "-topk8", "-v2", "aes256", "-in", "sample.key", "-passout", &pass]);
    assert_eq!(refused(from_pem(certificate, &key, None)), CredentialsError::NoPassword);
    assert_eq!(refused(from_pem(certificate, &key, Some(b"guess"))), CredentialsError::WrongPassword);
    for options in [&[][..], GOST_PBE] {
        let mut arguments = vec!["pkcs12", "-export", "-inkey", "sample.key", "-in", "sample.crt", "-passout", &pass];
        arguments.extend(options);
        let file = place.openssl(&arguments);
        assert_eq!(refused(Credentials::from_pkcs12(engine(), &file, "guess")), CredentialsError::WrongPassword);
    }
    let file = place.openssl(&["pkcs12", "-export", "-nokeys", "-in", "sample.crt", "-passout", &pass]);
    let keyless = refused(Credentials::from_pkcs12(engine(), &file, PASSWORD));
    assert!(matches!(keyless, CredentialsError::Incomplete(_)), "{keyless}");

    let rsa = std::fs::read(place.key("rsa", Algorithm::Rsa)).unwrap();
    assert_eq!(OpensslKey::from_pem(engine(), &rsa, None).map(drop).unwrap_err(), CredentialsError::NotGost);
    let kept = OpensslKey::from_engine(engine(), "c:invented").map(drop).unwrap_err();
    assert!(matches!(&kept, CredentialsError::EngineKey { id, .. } if id == "c:invented"), "{kept}");
}

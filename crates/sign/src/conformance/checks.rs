//! The checks, one function each.

use std::path::Path;
use std::sync::Arc;

use gis_gkh_xml::Limits;

use super::bend::{Bend, Bent};
use super::documents::{self, AT};
use super::{Failure, Sample, Subject};
use crate::certificate::Certificate;
use crate::gost;
use crate::key::private_number;
use crate::signer::{ByteOrder, RawSigner, SignError, Signer, Verified};
use crate::xades::{Chain, Unsigned, VerifyOptions, sign_checked, verify};

/// A check: fails, or says nothing.
type Check = fn(&dyn Subject, &Sample, &Path) -> Result<(), Failure>;

pub(super) const ALL: [Check; 9] = [
    signs_data_of_any_length,
    signs_messages,
    signs_from_several_threads,
    a_second_provider_signs_too,
    another_key_is_refused,
    a_certificate_without_the_right_to_sign_is_refused,
    every_byte_order_is_normalized,
    what_does_not_verify_is_not_released,
    debug_shows_no_secret,
];

type Opened = Verified<Box<dyn RawSigner>>;

fn open(check: &'static str, subject: &dyn Subject, sample: &Sample) -> Result<Opened, Failure> {
    let provider = subject.provider(sample).map_err(|error| Failure::new(check, sample, error))?;
    Verified::open(sample.certificate(check)?, provider).map_err(|error| Failure::new(check, sample, error))
}

fn fits(certificate: &Certificate, data: &[u8], value: &[u8]) -> Result<(), String> {
    let key = certificate.public_key();
    key.verify(&gost::digest(key.key_size(), data), value).map_err(|error| error.to_string())
}

fn signs_data_of_any_length(subject: &dyn Subject, sample: &Sample, _: &Path) -> Result<(), Failure> {
    const CHECK: &str = "data of any length is signed";
    let signer = open(CHECK, subject, sample)?;
    if *signer.certificate() != sample.certificate(CHECK)? {
        return Err(Failure::new(CHECK, sample, "the signer has another certificate"));
    }
    for length in [0, 1, 31, 32, 33, 63, 64, 65, 1000, 70_000] {
        let data: Vec<u8> = (0..length).map(|at: u32| (at % 251) as u8).collect();
        let value =
            signer.sign(&data).map_err(|error| Failure::new(CHECK, sample, format!("{length} bytes: {error}")))?;
        fits(signer.certificate(), &data, &value)
            .map_err(|error| Failure::new(CHECK, sample, format!("{length} bytes: {error}")))?;
    }
    Ok(())
}

fn signs_messages(subject: &dyn Subject, sample: &Sample, folder: &Path) -> Result<(), Failure> {
    const CHECK: &str = "messages are signed in both byte profiles";
    let fault = |error: &dyn std::fmt::Display| Failure::new(CHECK, sample, error);
    let signer = open(CHECK, subject, sample)?;
    let ca = [Sample::ca()?.certificate(CHECK)?];
    let limits = Limits::default();
    for profile in documents::PROFILES {
        for (name, text) in documents::ALL {
            let unsigned = Unsigned::locate(text.as_bytes(), &limits).map_err(|error| fault(&error))?;
            let (bytes, _) = sign_checked(&unsigned, &signer, &documents::signing(profile), &limits)
                .map_err(|error| fault(&format!("{name}, {profile:?}: {error}")))?;
            let options = VerifyOptions { ca: &ca, strict: true, ..VerifyOptions::at(AT) };
            let report = verify(&bytes, &options).map_err(|error| fault(&format!("{name}, {profile:?}: {error}")))?;
            if report.chain != Chain::Trusted || report.byte_profile != profile {
                return Err(fault(&format!("{name}, {profile:?}: chain {:?}", report.chain)));
            }
            let file = folder.join(format!("{}-{profile:?}-{name}.xml", sample.name));
            std::fs::write(&file, bytes).map_err(|error| fault(&format!("{}: {error}", file.display())))?;
        }
    }
    Ok(())
}

fn signs_from_several_threads(subject: &dyn Subject, sample: &Sample, _: &Path) -> Result<(), Failure> {
    const CHECK: &str = "several threads sign at once";
    let signer = Arc::new(open(CHECK, subject, sample)?);
    let threads: Vec<_> = (0..4u8)
        .map(|thread| {
            let signer = Arc::clone(&signer);
            std::thread::spawn(move || {
                (0..6u8).try_for_each(|turn| {
                    let data = [thread, turn];
                    let value = signer.sign(&data).map_err(|error| error.to_string())?;
                    fits(signer.certificate(), &data, &value)
                })
            })
        })
        .collect();
    for thread in threads {
        match thread.join() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(Failure::new(CHECK, sample, error)),
            Err(_) => return Err(Failure::new(CHECK, sample, "a thread panicked")),
        }
    }
    Ok(())
}

/// A provider may be opened while another one, or an older one of the same key, still stands.
fn a_second_provider_signs_too(subject: &dyn Subject, sample: &Sample, _: &Path) -> Result<(), Failure> {
    const CHECK: &str = "a second provider of the same key signs beside the first and after it";
    let first = open(CHECK, subject, sample)?;
    let second = open(CHECK, subject, sample)?;
    for signer in [&first, &second, &first] {
        signer.sign(b"beside").map_err(|error| Failure::new(CHECK, sample, error))?;
    }
    drop(first);
    second.sign(b"after").map(drop).map_err(|error| Failure::new(CHECK, sample, error))
}

fn another_key_is_refused(subject: &dyn Subject, sample: &Sample, _: &Path) -> Result<(), Failure> {
    const CHECK: &str = "a key of another certificate is refused at the start";
    let own = sample.certificate(CHECK)?.key_size();
    for other_size in [false, true] {
        let certificate = sample.stranger(other_size)?.certificate(CHECK)?;
        let other_size = certificate.key_size() != own;
        // Providers that know the certificate may refuse even earlier, when they are made.
        let opened = subject.provider(sample).and_then(|provider| Verified::open(certificate, provider));
        match opened {
            Err(SignError::OtherKey { .. } | SignError::NoFit { .. } | SignError::Length { .. }) => {}
            // What a key cannot take, such as a digest of the other size, its provider may refuse in its own words.
            Err(SignError::Provider(_)) if other_size => {}
            Err(error) => return Err(Failure::new(CHECK, sample, format!("refused for another reason: {error}"))),
            Ok(_) => return Err(Failure::new(CHECK, sample, "it was taken")),
        }
    }
    Ok(())
}

fn a_certificate_without_the_right_to_sign_is_refused(
    subject: &dyn Subject,
    sample: &Sample,
    _: &Path,
) -> Result<(), Failure> {
    const CHECK: &str = "a certificate that may not sign is refused";
    let certificate = Sample::ca()?.certificate(CHECK)?;
    let provider = subject.provider(sample).map_err(|error| Failure::new(CHECK, sample, error))?;
    match Verified::open(certificate, provider) {
        Err(SignError::KeyUsage { .. }) => Ok(()),
        Err(error) => Err(Failure::new(CHECK, sample, format!("refused for another reason: {error}"))),
        Ok(_) => Err(Failure::new(CHECK, sample, "it was taken")),
    }
}

fn every_byte_order_is_normalized(subject: &dyn Subject, sample: &Sample, _: &Path) -> Result<(), Failure> {
    const CHECK: &str = "every byte order is found out and put right";
    let own = open(CHECK, subject, sample)?.order();
    for order in ByteOrder::ALL {
        let raw = subject.provider(sample).map_err(|error| Failure::new(CHECK, sample, error))?;
        let bent = Bent::new(raw, Bend::Order(own, order));
        let signer = Verified::open(sample.certificate(CHECK)?, bent)
            .map_err(|error| Failure::new(CHECK, sample, format!("{order}: {error}")))?;
        if signer.order() != order {
            return Err(Failure::new(CHECK, sample, format!("{order} was taken for {}", signer.order())));
        }
        let value =
            signer.sign(b"in order").map_err(|error| Failure::new(CHECK, sample, format!("{order}: {error}")))?;
        fits(signer.certificate(), b"in order", &value)
            .map_err(|error| Failure::new(CHECK, sample, format!("{order}: {error}")))?;
    }
    Ok(())
}

fn what_does_not_verify_is_not_released(subject: &dyn Subject, sample: &Sample, _: &Path) -> Result<(), Failure> {
    const CHECK: &str = "a signature that does not verify is not released";
    for bend in [Bend::Spoiled, Bend::OtherData, Bend::Short] {
        let raw = subject.provider(sample).map_err(|error| Failure::new(CHECK, sample, error))?;
        let signer = Verified::open(sample.certificate(CHECK)?, Bent::new(raw, bend))
            .map_err(|error| Failure::new(CHECK, sample, error))?;
        match (signer.sign(b"never seen"), bend) {
            (Err(SignError::Length { .. }), Bend::Short) => {}
            (Err(SignError::Unverified { .. }), Bend::Spoiled | Bend::OtherData) => {}
            (Err(error), _) => return Err(Failure::new(CHECK, sample, format!("{bend:?}: another reason: {error}"))),
            (Ok(_), _) => return Err(Failure::new(CHECK, sample, format!("{bend:?}: it was released"))),
        }
    }
    Ok(())
}

fn debug_shows_no_secret(subject: &dyn Subject, sample: &Sample, _: &Path) -> Result<(), Failure> {
    const CHECK: &str = "Debug shows no secret";
    let signer = open(CHECK, subject, sample)?;
    signer.sign(b"used").map_err(|error| Failure::new(CHECK, sample, error))?;
    let number = private_number(&sample.private_key).map_err(|error| Failure::new(CHECK, sample, error))?;
    // Any four bytes of the key on end, in either order, written in hex or as a list of numbers.
    let mut words = subject.secrets();
    for part in number.chunks_exact(4) {
        let backwards: Vec<u8> = part.iter().rev().copied().collect();
        for bytes in [part, &backwards] {
            words.push(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
            words.push(bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", "));
        }
    }
    words.extend(
        sample.private_key.lines().filter(|line| line.len() > 16 && !line.starts_with("--")).map(str::to_owned),
    );
    let shown = [format!("{signer:?}"), format!("{signer:#?}"), signer.provider().name()].concat().to_lowercase();
    let words = words.iter().filter(|word| !word.is_empty());
    if words.clone().any(|word| shown.contains(&word.to_lowercase())) {
        return Err(Failure::new(CHECK, sample, "a part of the key, a PIN or a password is shown"));
    }
    Ok(())
}

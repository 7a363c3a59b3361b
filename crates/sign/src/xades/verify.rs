//! Verification of a message in one pass: structure, digests, value, certificate.

use super::error::VerifyError;
use super::message::{Seen, id_of};
use super::report::{Chain, Profile, Report, VerifyOptions};
use super::signature::{self, Checked};
use super::tree::Node;
use crate::c14n::{Canonicalizer, Method, Reader, Sink, Token};
use crate::gost::{Hasher, KeySize};

/// Verifies the signature of a message: an envelope, or the signed element alone.
///
/// The document is read once and strictly; what the digests cover is exactly [`Report::element`], without the signature in
/// it. Memory does not grow with the content of the element.
///
/// # Errors
/// The first check that failed.
pub fn verify(message: &[u8], options: &VerifyOptions<'_>) -> Result<Report, VerifyError> {
    let client = options.profile == Profile::Client;
    if client && message.starts_with(b"\xEF\xBB\xBF") {
        return Err(VerifyError::ByteOrderMark);
    }
    let mut reader = Reader::new(message, &options.limits)?;
    let mut seen = Seen::default();
    seen.find_element(&mut reader)?;
    let start = reader.span().start;
    if !client && reader.local() != b"getStateResult" {
        return Err(VerifyError::Envelope("a signed answer is a getStateResult"));
    }
    let id = id_of(&reader)?;
    let depth = reader.depth();
    let mut canonical = Canonicalizer::new(message, Method::Exclusive, ElementDigest::default());
    canonical.token(&reader, Token::Start);
    let mut found: Option<(Checked, std::ops::Range<usize>)> = None;
    let mut first = true;
    let end = loop {
        let token = reader.next()?;
        match token {
            Token::Start => {
                let before = seen.signatures;
                seen.note(&reader)?;
                if first && seen.signatures > before {
                    let start = reader.span().start;
                    let (node, end) = Node::read(&mut reader, &mut |reader| seen.note(reader))?;
                    if seen.signatures > 1 {
                        return Err(VerifyError::SeveralSignatures(seen.signatures));
                    }
                    let checked = signature::check(&node, &message[..end], &id, options)?;
                    canonical.sink().choose(checked.key_size);
                    found = Some((checked, start..end));
                    first = false;
                    continue;
                }
                first = false;
            }
            Token::Text => first = first && message[reader.span()].trim_ascii().is_empty(),
            Token::CData | Token::Instruction | Token::Comment => first = false,
            Token::End if reader.depth() < depth => {
                canonical.token(&reader, token);
                break reader.span().end;
            }
            Token::End | Token::Eof => {}
        }
        // Without a signature in its place the message is refused anyway; it is only read on to say why.
        if first || found.is_some() {
            canonical.token(&reader, token);
        }
    };
    seen.finish(&mut reader)?;
    let (checked, signature) = match (found, seen.signatures) {
        (Some(found), 1) => found,
        (None, 0) => return Err(VerifyError::NoSignature),
        (None, 1) => return Err(VerifyError::SignatureNotFirst),
        (_, several) => return Err(VerifyError::SeveralSignatures(several)),
    };
    canonical.finish();
    if canonical.into_sink().finish() != Some(checked.element_digest) {
        return Err(VerifyError::ElementDigest);
    }
    let report = Report {
        element: start..end,
        signature,
        id,
        byte_profile: checked.byte_profile,
        key_size: checked.key_size,
        signing_time: checked.signing_time,
        chain: Chain::of(&checked.certificate, options.ca, options.at),
        validity: checked.certificate.check_validity(options.at),
        certificate: checked.certificate,
    };
    if options.strict {
        require(&report)?;
    }
    Ok(report)
}

/// What `strict` demands beyond an intact signature.
fn require(report: &Report) -> Result<(), VerifyError> {
    report.validity.map_err(VerifyError::Dates)?;
    match &report.chain {
        Chain::Trusted => Ok(()),
        Chain::NotChecked => Err(VerifyError::ChainNotChecked),
        Chain::Untrusted(reason) => Err(VerifyError::Untrusted(reason.clone())),
    }
}

/// Digest of the element. The first octets come before the signature has told which digest it is.
#[derive(Default)]
struct ElementDigest {
    early: Vec<u8>,
    hasher: Option<Hasher>,
}

impl ElementDigest {
    fn choose(&mut self, size: KeySize) {
        let mut hasher = Hasher::new(size);
        hasher.update(&std::mem::take(&mut self.early));
        self.hasher = Some(hasher);
    }

    fn finish(self) -> Option<Vec<u8>> {
        self.hasher.map(Hasher::finish)
    }
}

impl Sink for ElementDigest {
    fn octets(&mut self, octets: &[u8]) {
        match &mut self.hasher {
            Some(hasher) => hasher.update(octets),
            None => self.early.extend_from_slice(octets),
        }
    }
}

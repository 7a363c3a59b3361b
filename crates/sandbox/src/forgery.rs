//! Answers that must not be believed, on demand, and the keys made for them.

use std::fmt;
use std::sync::Arc;

use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::gost::{Curve, Entropy};
use gis_gkh_sign::issue::{Draft, IssueError, private_key};
use gis_gkh_sign::signer::{BuiltinSigner, SignError, Signer};
use time::{Duration, OffsetDateTime};

/// What is wrong with the signatures of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Forgery {
    /// There is none.
    Unsigned,
    /// The certificate is of a centre nobody trusts.
    WrongSigner,
    /// The certificate had ended before it signed.
    ExpiredSigner,
    /// It was made tomorrow.
    FromTheFuture,
    /// The state was changed after signing.
    Altered,
    /// The signed element was moved into the header, another put in its place.
    MovedToHeader,
    /// The signed element was moved into another one.
    MovedInside,
    /// The signed element was hidden in its own signature, which stands in another one.
    HiddenInSignature,
    /// A second element stands beside the signed one.
    TwoElements,
    /// Another element has the signed one's `Id`.
    DuplicateId,
    /// The reference leads to the whole document.
    EmptyReference,
    /// An XPath transform chooses what is hashed.
    XPathTransform,
    /// The exclusive canonicalisation has a list of prefixes.
    PrefixList,
    /// Signed by RSA with SHA-1, it says.
    RsaSha1,
    /// A message authentication code, whose key could be the public one.
    Hmac,
    /// Hashed by SHA-256, it says.
    Sha256,
    /// Hashed by GOST R 34.11-94, it says.
    LegacyDigest,
    /// Canonicalised with comments, it says.
    WithComments,
    /// The certificate was replaced by another one.
    OtherCertificate,
    /// A document type with an entity for the state.
    Entity,
    /// Comments inside of values: who reads up to the first one reads something else.
    Comments,
    /// `xml:base` on the signed element.
    XmlBase,
    /// Rightly signed, and about another message.
    OtherMessage,
}

/// Each with its name and what it is.
const NAMES: [(Forgery, &str, &str); 23] = [
    (Forgery::Unsigned, "unsigned", "there is no signature"),
    (Forgery::WrongSigner, "wrong-signer", "the certificate is of a centre nobody trusts"),
    (Forgery::ExpiredSigner, "expired-signer", "the certificate had ended before it signed"),
    (Forgery::FromTheFuture, "future", "the signature was made tomorrow"),
    (Forgery::Altered, "altered", "the state was changed after signing"),
    (Forgery::MovedToHeader, "moved-to-header", "the signed element stands in the header, another in its place"),
    (Forgery::MovedInside, "moved-inside", "the signed element stands inside another one"),
    (Forgery::HiddenInSignature, "hidden-in-signature", "the signed element is hidden in its signature"),
    (Forgery::TwoElements, "two-elements", "a second element stands beside the signed one"),
    (Forgery::DuplicateId, "duplicate-id", "another element has the signed one's Id"),
    (Forgery::EmptyReference, "empty-reference", "the reference leads to the whole document"),
    (Forgery::XPathTransform, "xpath", "an XPath transform chooses what is hashed"),
    (Forgery::PrefixList, "prefix-list", "the canonicalisation has a list of prefixes"),
    (Forgery::RsaSha1, "rsa-sha1", "signed by RSA with SHA-1, it says"),
    (Forgery::Hmac, "hmac", "a message authentication code, it says"),
    (Forgery::Sha256, "sha256", "hashed by SHA-256, it says"),
    (Forgery::LegacyDigest, "gost94", "hashed by GOST R 34.11-94, it says"),
    (Forgery::WithComments, "with-comments", "canonicalised with comments, it says"),
    (Forgery::OtherCertificate, "other-certificate", "the certificate was replaced"),
    (Forgery::Entity, "entity", "a document type with an entity"),
    (Forgery::Comments, "comments", "comments inside of values; the signature is right"),
    (Forgery::XmlBase, "xml-base", "xml:base on the signed element"),
    (Forgery::OtherMessage, "other-message", "rightly signed, and about another message"),
];

/// No forgery has the name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no forgery `{0}`; there are: {names}", names = NAMES.map(|(_, name, _)| name).join(", "))]
pub struct UnknownForgery(String);

impl Forgery {
    /// Every one.
    pub const ALL: [Self; NAMES.len()] = {
        let mut all = [Self::Unsigned; NAMES.len()];
        let mut place = 0;
        while place < NAMES.len() {
            all[place] = NAMES[place].0;
            place += 1;
        }
        all
    };

    /// The names and what they are, for people.
    pub fn help() -> String {
        NAMES.map(|(_, name, what)| format!("  {name:<20} {what}\n")).concat()
    }
}

impl fmt::Display for Forgery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAMES.iter().find(|(known, ..)| known == self).map_or("", |(_, name, _)| name))
    }
}

impl std::str::FromStr for Forgery {
    type Err = UnknownForgery;

    fn from_str(text: &str) -> Result<Self, UnknownForgery> {
        let found = NAMES.iter().find(|(_, name, _)| *name == text.trim());
        found.map(|(forgery, ..)| *forgery).ok_or_else(|| UnknownForgery(text.chars().take(40).collect()))
    }
}

/// Why no keys were made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerKeysError {
    /// The certificates.
    #[error("the sandbox's keys could not be made: {0}")]
    Issue(#[from] IssueError),
    /// The signers.
    #[error("the sandbox's keys cannot sign: {0}")]
    Sign(#[from] SignError),
}

/// Keys of answers, made at the start of a sandbox and gone with it.
#[derive(Clone)]
pub struct AnswerKeys {
    /// The certification centre of the two signers: what a client has to trust.
    pub centre: Certificate,
    /// Signs answers.
    pub signer: Arc<dyn Signer>,
    /// Of the same centre, with a certificate that has ended.
    pub expired: Arc<dyn Signer>,
    /// Of a centre that has the name of the first one, and is not it.
    pub stranger: Arc<dyn Signer>,
}

impl fmt::Debug for AnswerKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerKeys").field("centre", &self.centre).finish_non_exhaustive()
    }
}

impl AnswerKeys {
    /// Fresh keys, with certificates for a year around this moment. `signing` is asked again for each signature.
    ///
    /// # Errors
    /// No randomness.
    pub fn generate(
        entropy: &dyn Entropy,
        signing: &dyn Fn() -> Box<dyn Entropy>,
        now: OffsetDateTime,
    ) -> Result<Self, AnswerKeysError> {
        const CENTRE: &str = "Удостоверяющий центр песочницы (тест)";
        const SIGNER: &str = "Подпись ответов песочницы (тест)";
        let (from, until) = (now - Duration::days(30), now + Duration::days(365));
        let ended = now - Duration::days(10);
        let centre_key = private_key(Curve::CryptoProA, entropy)?;
        let strange_key = private_key(Curve::CryptoProA, entropy)?;
        let centre = Draft::centre(CENTRE, from, until, Some(0)).issue_root(&centre_key, entropy)?;
        let signer = |issuer_key, until| -> Result<Arc<dyn Signer>, AnswerKeysError> {
            let key = private_key(Curve::CryptoProA, entropy)?;
            let certificate =
                Draft::signer(SIGNER, from, until).issue(key.public_key(), CENTRE, issuer_key, entropy)?;
            Ok(Arc::new(BuiltinSigner::new(certificate, key, signing())?))
        };
        Ok(Self {
            centre,
            signer: signer(&centre_key, until)?,
            expired: signer(&centre_key, ended)?,
            stranger: signer(&strange_key, until)?,
        })
    }
}

/// Breaks the base64 of the certificate and the value into lines, as the real system does (`protocol` §3.4). Neither is
/// covered by the signature in its own form.
pub(crate) fn in_lines(mut text: String) -> String {
    for (start, end) in
        [("<ds:X509Certificate>", "</ds:X509Certificate>"), ("<ds:SignatureValue ", "</ds:SignatureValue>")]
    {
        let Some(found) = text.find(start) else { continue };
        let Some(begin) = text[found..].find('>').map(|at| found + at + 1) else { continue };
        let Some(length) = text[begin..].find(end) else { continue };
        let mut broken = String::from("\n");
        for (place, digit) in text[begin..begin + length].chars().enumerate() {
            if place > 0 && place % 76 == 0 {
                broken.push('\n');
            }
            broken.push(digit);
        }
        broken.push('\n');
        text.replace_range(begin..begin + length, &broken);
    }
    text
}

/// Spoils a signed answer. What is made by another key or content is made before, and comes through as it is.
pub(crate) fn spoil(forgery: Forgery, text: String, stranger: Option<&dyn Signer>) -> String {
    use Forgery as F;
    const EXCLUSIVE: &str = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>";
    const ALGORITHMS: &str = "urn:ietf:params:xml:ns:cpxmlsec:algorithms:";
    const METHOD: &str = "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\">";
    let method = |by: &str| {
        let Some((before, behind)) = text.split_once("<ds:SignatureMethod Algorithm=\"") else { return text.clone() };
        let Some((_, behind)) = behind.split_once('"') else { return text.clone() };
        format!("{before}<ds:SignatureMethod Algorithm=\"{by}\"{behind}")
    };
    let digest = |by: &str| {
        let known = [format!("{ALGORITHMS}gostr34112012-256"), format!("{ALGORITHMS}gostr34112012-512")];
        known.iter().fold(text.clone(), |text, known| {
            text.replacen(&format!("Algorithm=\"{known}\""), &format!("Algorithm=\"{by}\""), 1)
        })
    };
    match forgery {
        F::Unsigned | F::WrongSigner | F::ExpiredSigner | F::FromTheFuture | F::OtherMessage => text,
        F::Altered => restated(&text),
        F::MovedToHeader | F::MovedInside | F::HiddenInSignature | F::TwoElements => moved(forgery, &text),
        F::DuplicateId => text.replacen("<soap:Header>", "<soap:Header Id=\"signed-data-container\">", 1),
        F::EmptyReference => text.replacen("URI=\"#signed-data-container\"", "URI=\"\"", 1),
        F::XPathTransform => {
            let xpath = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>true()</ds:XPath></ds:Transform>";
            text.replacen(EXCLUSIVE, &format!("{xpath}{EXCLUSIVE}"), 1)
        }
        F::PrefixList => {
            let listed = EXCLUSIVE.replace(
                "></",
                "><x:InclusiveNamespaces xmlns:x=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"base\"/></",
            );
            text.replacen(EXCLUSIVE, &listed, 1)
        }
        F::RsaSha1 => method("http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
        F::Hmac => method("http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
        F::Sha256 => digest("http://www.w3.org/2001/04/xmlenc#sha256"),
        F::LegacyDigest => digest("http://www.w3.org/2001/04/xmldsig-more#gostr3411"),
        F::WithComments => {
            let with = METHOD.replace("xml-exc-c14n#", "xml-exc-c14n#WithComments");
            text.replacen(METHOD, &with, 1)
        }
        F::OtherCertificate => {
            use base64::Engine as _;
            let certificate = stranger.map(|stranger| stranger.certificate().der()).unwrap_or_default();
            let certificate = base64::engine::general_purpose::STANDARD.encode(certificate);
            let Some((before, behind)) = text.split_once("<ds:X509Certificate>") else { return text };
            let Some((_, behind)) = behind.split_once('<') else { return text };
            format!("{before}<ds:X509Certificate>{certificate}<{behind}")
        }
        F::Entity => {
            let declared = "<!DOCTYPE soap:Envelope [<!ENTITY state \"3\">]>\n<soap:Envelope ";
            with_state(&text.replacen("<soap:Envelope ", declared, 1), "&state;")
        }
        F::Comments => {
            let Some((before, behind)) = text.split_once("TransportGUID>") else { return text };
            // In the middle of the value: both halves are text of one element.
            let (half, rest) = behind.split_at_checked(18).unwrap_or((behind, ""));
            format!("{before}TransportGUID>{half}<!-- -->{rest}")
        }
        F::XmlBase => text.replacen(
            "Id=\"signed-data-container\"",
            "Id=\"signed-data-container\" xml:base=\"http://example.invalid/\"",
            1,
        ),
    }
}

/// The state with another value.
fn with_state(text: &str, value: &str) -> String {
    let Some((before, behind)) = text.split_once("RequestState>") else { return text.to_owned() };
    let Some((_, behind)) = behind.split_once('<') else { return text.to_owned() };
    format!("{before}RequestState>{value}<{behind}")
}

/// The state turned into another one that a reader takes.
fn restated(text: &str) -> String {
    with_state(text, if text.contains("RequestState>3<") { "2" } else { "3" })
}

/// Signature wrapping: what is signed stays somewhere in the document, and something else is where it is read.
fn moved(forgery: Forgery, text: &str) -> String {
    const BODY: &str = "<soap:Body>";
    let parts = || {
        let start = text.find(BODY)? + BODY.len();
        let end = text.rfind("</soap:Body>")?;
        let signature = start + text[start..end].find("<ds:Signature ")?;
        let behind = start + text[start..end].find("</ds:Signature>")? + "</ds:Signature>".len();
        Some((start, signature, behind, end))
    };
    let Some((start, signature, behind, end)) = parts() else { return text.to_owned() };
    let element = &text[start..end];
    let sealed = &text[signature..behind];
    let unsigned = format!("{}{}", &text[start..signature], &text[behind..end]);
    let evil = restated(&unsigned.replacen("signed-data-container", "forged-data-container", 1));
    // Where the start tag of the element ends.
    let slot = signature - start;
    let body = match forgery {
        Forgery::MovedInside => format!("{}{element}{}", &evil[..slot], &evil[slot..]),
        Forgery::HiddenInSignature => {
            let hiding =
                sealed.replacen("</ds:Signature>", &format!("<ds:Object>{unsigned}</ds:Object></ds:Signature>"), 1);
            format!("{}{hiding}{}", &evil[..slot], &evil[slot..])
        }
        Forgery::TwoElements => format!("{evil}{element}"),
        _ => evil,
    };
    let header = if forgery == Forgery::MovedToHeader { element } else { "" };
    let front = text[..start].replacen("</soap:Header>", &format!("{header}</soap:Header>"), 1);
    format!("{front}{body}{}", &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_forgery_is_named_read_and_explained() {
        for forgery in Forgery::ALL {
            assert_eq!(forgery.to_string().parse(), Ok(forgery));
            assert!(Forgery::help().contains(&forgery.to_string()));
        }
        let error = "forged".parse::<Forgery>().unwrap_err();
        assert!(error.to_string().contains("wrong-signer"), "{error}");
    }

    #[test]
    fn base64_is_broken_into_lines() {
        let digits = "A".repeat(160);
        let text = in_lines(format!("<ds:SignatureValue Id=\"x\">{digits}</ds:SignatureValue>"));
        assert_eq!(text.lines().map(str::len).collect::<Vec<_>>(), [26, 76, 76, 8, 20]);
    }
}

//! What is judged of a request before it is taken: format, signature, certificate, rights.

use gis_gkh::Element;
use gis_gkh::Guid;
use gis_gkh::contract::base::{IsRequestHeader, Principal, RequestHeader};
use gis_gkh::envelope::read_request;
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::xades::{self, Chain, Profile, VerifyError, VerifyOptions};
use gis_gkh_xml::Limits;
use time::OffsetDateTime;

use crate::powers::{Tie, tie};
use crate::refusal::{self, Refusal};
use crate::seed::Organisation;
use crate::settings::Access;

/// What a header says.
pub(crate) struct Sender {
    /// The sender's MessageGUID.
    pub(crate) guid: Guid,
    /// Who is acted for, where the header names it.
    principal: Option<Principal>,
    operator_signature: bool,
}

/// A header of either kind.
pub(crate) trait Head: Element {
    fn sender(self) -> Sender;
}

impl Head for RequestHeader {
    fn sender(self) -> Sender {
        Sender {
            guid: self.message_guid,
            principal: Some(self.principal),
            operator_signature: self.is_operator_signature,
        }
    }
}

impl Head for IsRequestHeader {
    fn sender(self) -> Sender {
        Sender { guid: self.message_guid, principal: None, operator_signature: false }
    }
}

/// Who judges requests, and by what.
pub(crate) struct Gate<'s> {
    pub(crate) organisations: &'s [Organisation],
    pub(crate) ca: &'s [Certificate],
    pub(crate) access: &'s Access,
    pub(crate) now: OffsetDateTime,
}

/// A request that was let in.
pub(crate) struct Admitted<B> {
    pub(crate) guid: Guid,
    /// The organisation acted for, where the header names it.
    pub(crate) owner: Option<Guid>,
    /// ОГРН of the signer's certificate; empty when there is none, or the request is not signed.
    pub(crate) signer: String,
    pub(crate) body: B,
}

impl Gate<'_> {
    /// Lets a request in that must be signed.
    pub(crate) fn signed<H: Head, B: Element>(&self, document: &[u8]) -> Result<Admitted<B>, Refusal> {
        let (sender, body) = read::<H, B>(document)?;
        let certificate = self.certificate(document)?;
        let ogrn = certificate.ogrn().unwrap_or_default();
        let tie = |organisation: &Organisation| tie(organisation, self.access, &ogrn, self.now);
        let owner = self.owner(&sender)?;
        match owner {
            Some(owner) if tie(owner) != Some(Tie::Alive) => {
                return Err(Refusal::new(
                    refusal::NO_ACCESS,
                    "Доступ запрещён: владелец сертификата не вправе действовать от имени этой организации",
                ));
            }
            Some(owner) if owner.ogrn != ogrn && !sender.operator_signature => {
                return Err(Refusal::new(
                    refusal::NO_ACCESS,
                    "Доступ запрещён: подпись оператора информационной системы без признака IsOperatorSignature",
                ));
            }
            // Whoever was let in once may still ask what became of it.
            None if !self.organisations.iter().any(|organisation| tie(organisation).is_some()) => {
                return Err(Refusal::new(
                    refusal::NO_ACCESS,
                    "Доступ запрещён: сертификат не зарегистрирован ни за одной информационной системой",
                ));
            }
            _ => {}
        }
        Ok(Admitted { guid: sender.guid, owner: owner.map(|owner| owner.org_ppa_guid), signer: ogrn, body })
    }

    /// Lets a request in that has no place for a signature: a question about messages.
    pub(crate) fn unsigned<H: Head, B: Element>(&self, document: &[u8]) -> Result<Admitted<B>, Refusal> {
        let (sender, body) = read::<H, B>(document)?;
        let owner = self.owner(&sender)?.map(|owner| owner.org_ppa_guid);
        Ok(Admitted { guid: sender.guid, owner, signer: String::new(), body })
    }

    fn owner(&self, sender: &Sender) -> Result<Option<&Organisation>, Refusal> {
        let guid = match &sender.principal {
            None => return Ok(None),
            Some(Principal::OrgPpaGuid(guid)) => *guid,
            // SenderID was abolished with 10.0.0, and citizens have no business here.
            Some(_) => {
                return Err(Refusal::new(
                    refusal::NO_ORGANISATION,
                    "Организация не найдена: в заголовке нет orgPPAGUID",
                ));
            }
        };
        let found = self.organisations.iter().find(|one| one.org_ppa_guid == guid && one.registered);
        found.map(Some).ok_or_else(|| {
            Refusal::new(refusal::NO_ORGANISATION, format!("Организация с orgPPAGUID {guid} не найдена"))
        })
    }

    /// The certificate of an intact signature, if it is trusted and within its dates.
    fn certificate(&self, document: &[u8]) -> Result<Certificate, Refusal> {
        let limits = Limits::MESSAGE;
        let options = VerifyOptions { profile: Profile::Client, ca: self.ca, at: self.now, strict: false, limits };
        let report = xades::verify(document, &options).map_err(|error| {
            let code = match error {
                VerifyError::Certificate(_) | VerifyError::KeyUsage => refusal::CERTIFICATE,
                _ => refusal::SIGNATURE,
            };
            Refusal::new(code, format!("Ошибка проверки подписи: {error}"))
        })?;
        let refused = |why: String| Refusal::new(refusal::CERTIFICATE, format!("Сертификат подписи не принят: {why}"));
        match report.chain {
            Chain::Trusted => {}
            Chain::Untrusted(why) => return Err(refused(why.to_string())),
            Chain::NotChecked => return Err(refused("у песочницы нет сертификатов удостоверяющих центров".to_owned())),
        }
        report.validity.map_err(|why| refused(why.to_string()))?;
        Ok(report.certificate)
    }
}

/// Reads a request strictly and checks its values.
fn read<H: Head, B: Element>(document: &[u8]) -> Result<(Sender, B), Refusal> {
    let refused = |why: String| Refusal::new(refusal::FORMAT, format!("Запрос не соответствует схеме: {why}"));
    let (header, body) = read_request::<H, B>(document, Limits::MESSAGE).map_err(|error| refused(error.to_string()))?;
    let mut violations = header.check();
    violations.extend(body.check());
    if violations.is_empty() {
        return Ok((header.sender(), body));
    }
    // A request of 500 documents may be wrong everywhere in the same way: a few places tell it.
    let more = violations.len().saturating_sub(5);
    let mut places: Vec<String> = violations.iter().take(5).map(ToString::to_string).collect();
    if more > 0 {
        places.push(format!("и ещё {more}"));
    }
    Err(refused(places.join("; ")))
}

//! What a stand says of rights, held against what is wanted.

use std::collections::BTreeSet;

use gis_gkh::codes::{self, Language};
use uuid::Uuid;

use super::facts::{Registered, Rights, What};
use super::finding::{Finding, Grade, Rule};
use super::kinds::Kind;
use super::{link, organisation, powers};
use crate::config::{Config, Mode, Role};
use crate::desk::pulls::Topic;
use crate::desk::words::Words;

/// What is wanted of an information system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// orgPPAGUID requests name.
    pub org_ppa_guid: Uuid,
    /// ОГРН of the organisation, or ОГРНИП.
    pub ogrn: String,
    /// Whose key signs.
    pub mode: Mode,
    /// What the organisation is said to be.
    pub role: Role,
    /// Kinds of information that are placed and read.
    pub kinds: Vec<Kind>,
}

impl Asked {
    /// What settings want: bills, and what is read again and again.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let organisation = &config.organisation;
        let pulled = |topic: Topic| config.pulls.iter().any(|pull| pull.topic == topic);
        let mut kinds = vec![Kind::bills()];
        kinds.extend(pulled(Topic::Readings).then(Kind::readings));
        kinds.extend(pulled(Topic::Appeals).then(Kind::appeals));
        Self {
            org_ppa_guid: organisation.org_ppa_guid,
            ogrn: organisation.ogrn.clone(),
            mode: organisation.mode,
            role: organisation.role,
            kinds,
        }
    }
}

/// What is judged, and what the rules ask of it again and again.
pub(super) struct Case<'a> {
    pub(super) rights: &'a Rights,
    pub(super) asked: &'a Asked,
    /// The organisation and its divisions.
    pub(super) ours: Vec<&'a Registered>,
}

impl Case<'_> {
    /// Whether orgRootEntityGUID is of the organisation.
    pub(super) fn is_ours(&self, root: Uuid) -> bool {
        self.ours.iter().any(|one| one.root == root)
    }

    /// orgPPAGUIDs of the organisation and its divisions.
    pub(super) fn participants(&self) -> BTreeSet<Uuid> {
        self.ours.iter().filter_map(|one| one.org_ppa_guid).collect()
    }

    fn answered(&self, what: What) -> bool {
        !self.rights.not_answered.iter().any(|denied| denied.what == what)
    }
}

/// Holds what a stand says against what is wanted: a finding for every rule that can be told of, in the order in which things
/// are put right. What follows from a breach that is told already is not told again.
#[must_use]
pub fn judge(rights: &Rights, asked: &Asked) -> Vec<Finding> {
    let ours = rights.organisations.iter().filter(|one| one.ogrn == asked.ogrn).collect();
    let case = Case { rights, asked, ours };
    let mut found = recognised(&case);
    if !case.answered(What::Organisations) {
        return found;
    }
    found.extend(organisation::judge(&case));
    if case.participants().is_empty() {
        return found;
    }
    let signer = signer(&case, &found);
    let foreign_key = signer.as_ref().is_some_and(|finding| finding.grade == Grade::Red);
    found.extend(signer);
    let linked = if case.answered(What::Providers) && !foreign_key { link::judge(&case) } else { None };
    let powers = if case.answered(What::Delegations) && !foreign_key { powers::judge(&case) } else { Vec::new() };
    let broken = linked.as_ref().is_some_and(|finding| finding.grade == Grade::Red);
    match powers::has_any(&case) {
        // A link goes with the powers it was for; why they ended says what to do.
        true if broken && powers.iter().any(|finding| finding.grade == Grade::Red) => found.extend(powers),
        true => found.extend(linked.into_iter().chain(powers)),
        // Whom nobody linked, nobody delegated anything.
        false if broken => found.extend(linked),
        false => found.extend(linked.into_iter().chain(powers)),
    }
    found
}

/// Whether the stand recognises the information system.
fn recognised(case: &Case<'_>) -> Vec<Finding> {
    // Delegated rights are of no matter to an own system, whoever may ask for them.
    let denied = case.rights.not_answered.iter();
    let denied = denied.filter(|denied| denied.what != What::Delegations || case.asked.mode == Mode::Operator);
    let codes: BTreeSet<&str> = denied.map(|denied| denied.code.as_str()).collect();
    let subject = case.rights.certificate_ogrn.clone().unwrap_or_default();
    if codes.is_empty() {
        let text = Words::both(
            "Стенд признаёт информационную систему по её сертификату.",
            "The stand recognises the information system by its certificate.",
        );
        return vec![Finding::green(Rule::Recognised, subject, text)];
    }
    let refused = |code: &str| {
        let entry = codes::find(code);
        let told =
            |language, none: &str| entry.map_or_else(|| none.to_owned(), |entry| entry.title(language).to_owned());
        let text = Words::both(
            format!("Стенд не говорит о правах [{code}]: {}.", told(Language::Russian, "код неизвестен")),
            format!(
                "The stand does not tell of rights [{code}]: {}.",
                told(Language::English, "the code is not known")
            ),
        );
        let remedy = Words::both(
            "В личном кабинете ГИС ЖКХ этого стенда проверьте, что информационная система зарегистрирована и что у неё загружен \
             именно этот сертификат: после смены сертификата его загружают заново.",
            "In the cabinet of ГИС ЖКХ of this stand check that the information system is registered and that this very \
             certificate is uploaded for it: after a change of certificate it is uploaded anew.",
        );
        Finding::red(Rule::Recognised, subject.clone(), text, remedy)
    };
    codes.into_iter().map(refused).collect()
}

/// Whether the key fits the way of work.
fn signer(case: &Case<'_>, found: &[Finding]) -> Option<Finding> {
    let Case { asked, rights, .. } = case;
    let certificate = rights.certificate_ogrn.as_deref()?;
    let (ours, own) = (certificate == asked.ogrn, asked.mode == Mode::Own);
    let ogrn = &asked.ogrn;
    Some(match (own, ours) {
        (true, true) => Finding::green(
            Rule::OwnForOwner,
            ogrn,
            Words::both(
                format!("Собственная информационная система: сертификат самой организации (ОГРН {ogrn})."),
                format!("An own information system: the certificate is the organisation's (ОГРН {ogrn})."),
            ),
        ),
        (true, false) => Finding::red(
            Rule::OwnForOwner,
            certificate,
            Words::both(
                format!(
                    "Собственная информационная система действует только за своего владельца, а сертификат выдан не организации \
                     с ОГРН {ogrn}, а другой (ОГРН {certificate}). ГИС ЖКХ откажет (AUT011003)."
                ),
                format!(
                    "An own information system acts for its owner alone, and the certificate is not of the organisation with ОГРН \
                     {ogrn} but of another (ОГРН {certificate}). ГИС ЖКХ will refuse (AUT011003)."
                ),
            ),
            Words::both(
                "Подписывайте ключом самой организации ([key]). Если же система принадлежит оператору, организация даёт ему \
                 полномочия в личном кабинете ГИС ЖКХ («Предоставить доступ»), а в настройках пишется organisation.mode = \
                 \"operator\".",
                "Sign with the organisation's own key ([key]). If the system is an operator's, the organisation gives it powers in \
                 the cabinet of ГИС ЖКХ («Предоставить доступ»), and the settings say organisation.mode = \"operator\".",
            ),
        ),
        (false, true) => Finding::yellow(
            Rule::RealSupplier,
            certificate,
            Words::both(
                "Настроен режим оператора, а сертификат — самой организации: запросы будут подписаны как чужие \
                 (IsOperatorSignature).",
                "The mode is that of an operator, and the certificate is the organisation's own: requests will say that somebody \
                 else signs them (IsOperatorSignature).",
            ),
            Words::both(
                "Если система собственная, напишите organisation.mode = \"own\"; если работает оператор, подписывайте его ключом.",
                "If the system is its own, write organisation.mode = \"own\"; if an operator runs it, sign with the operator's key.",
            ),
        ),
        // That the operator names itself is told of the identifier.
        (false, false) if found.iter().any(|finding| finding.rule == Rule::RealSupplier) => return None,
        (false, false) => Finding::green(
            Rule::RealSupplier,
            certificate,
            Words::both(
                format!(
                    "Подписывает оператор (ОГРН {certificate}): запросы говорят об этом (IsOperatorSignature) и называют \
                     организацию, чьи это данные."
                ),
                format!(
                    "An operator signs (ОГРН {certificate}): requests say so (IsOperatorSignature) and name the organisation the \
                     data are of."
                ),
            ),
        ),
    })
}

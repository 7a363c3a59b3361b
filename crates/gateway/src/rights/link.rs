//! Whether the organisation has linked the information system.

use super::facts::Provider;
use super::finding::{Finding, Rule};
use super::judge::Case;
use crate::config::Mode;
use crate::desk::words::Words;

/// What is told of the link.
pub(super) fn judge(case: &Case<'_>) -> Option<Finding> {
    let participants = case.participants();
    // The link has an identifier of its own; older stands gave it that of the participant.
    let ours = |link: &&Provider| case.is_ours(link.root) || participants.contains(&link.data_provider_guid);
    let links: Vec<&Provider> = case.rights.providers.iter().filter(ours).collect();
    let ogrn = case.asked.ogrn.as_str();
    if links.iter().any(|link| link.actual) {
        let text = Words::both(
            "Информационная система может действовать за организацию: связь действует.",
            "The information system may act for the organisation: the link is alive.",
        );
        return Some(Finding::green(Rule::Linked, ogrn, text));
    }
    let text = match (links.is_empty(), case.rights.providers.len()) {
        (false, _) => Words::both(
            "Организация прекратила доступ информационной системы: связь есть, но не действует (AUT011003).",
            "The organisation has ended the access of the information system: the link is there but not alive (AUT011003).",
        ),
        (true, 0) => Words::both(
            "Ни одна организация не дала этой информационной системе доступ (AUT011003).",
            "No organisation has given this information system access (AUT011003).",
        ),
        (true, others) => Words::both(
            format!(
                "Организация не дала этой информационной системе доступ, его дали только другие: {others} (AUT011003)."
            ),
            format!(
                "The organisation has not given this information system access, only others have: {others} (AUT011003)."
            ),
        ),
    };
    let remedy = match case.asked.mode {
        Mode::Own => Words::both(
            "Руководитель организации в личном кабинете ГИС ЖКХ: «Предоставить доступ» → собственная информационная система, \
             затем «утвердить и отправить».",
            "The head of the organisation in the cabinet of ГИС ЖКХ: «Предоставить доступ» → own information system, then \
             «утвердить и отправить».",
        ),
        Mode::Operator => Words::both(
            "Полномочия даёт сама организация в своём личном кабинете ГИС ЖКХ («Предоставить доступ» → оператор информационной \
             системы), а оператор принимает заявку. Полученное от других передать дальше нельзя; если то же полномочие уже у \
             другого оператора, сначала его отзывают.",
            "The organisation itself gives powers in its own cabinet of ГИС ЖКХ («Предоставить доступ» → operator of an \
             information system), and the operator accepts the application. What was received from others cannot be passed on; \
             if another operator has the same power, it is withdrawn first.",
        ),
    };
    Some(Finding::red(Rule::Linked, ogrn, text, remedy))
}

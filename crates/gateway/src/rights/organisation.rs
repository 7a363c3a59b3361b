//! Who the organisation is on the stand, and whether requests name it rightly.

use uuid::Uuid;

use super::facts::Registered;
use super::finding::{Finding, Rule};
use super::judge::Case;
use crate::config::{Mode, Role};
use crate::desk::words::Words;

/// What the registry tells of the organisation.
pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let ogrn = case.asked.ogrn.as_str();
    if case.ours.is_empty() {
        return vec![unknown(ogrn)];
    }
    if case.participants().is_empty() {
        return vec![not_a_participant(ogrn)];
    }
    let matched = case.ours.iter().find(|one| one.org_ppa_guid == Some(case.asked.org_ppa_guid));
    // Where the identifier is of nobody, what is told of the organisation is told of the first that takes part.
    let shown = matched.or_else(|| case.ours.iter().find(|one| one.org_ppa_guid.is_some()));
    let mut found: Vec<Finding> = shown.iter().map(|one| standing(case, one)).collect();
    found.push(match matched {
        Some(_) => Finding::green(
            Rule::OrgPpaGuid,
            case.asked.org_ppa_guid.to_string(),
            Words::both(
                "orgPPAGUID в настройках — этой организации на этом стенде.",
                "The orgPPAGUID of the settings is this organisation's on this stand.",
            ),
        ),
        None => misnamed(case),
    });
    found.extend(shown.and_then(|one| other_role(case.asked.role, one)));
    found
}

fn unknown(ogrn: &str) -> Finding {
    Finding::red(
        Rule::Registered,
        ogrn,
        Words::both(
            format!("На этом стенде нет организации с ОГРН {ogrn} (AUT011002)."),
            format!("This stand has no organisation with ОГРН {ogrn} (AUT011002)."),
        ),
        Words::both(
            "Проверьте organisation.ogrn и [stand]: у тестовых и рабочего стендов свои реестры. Если они верны, руководитель \
             организации входит через Госуслуги в ГИС ЖКХ этого стенда и регистрирует её.",
            "Check organisation.ogrn and [stand]: the test and the working stands have registries of their own. If they are right, \
             the head of the organisation enters ГИС ЖКХ of this stand through Госуслуги and registers it.",
        ),
    )
}

fn not_a_participant(ogrn: &str) -> Finding {
    Finding::red(
        Rule::Registered,
        ogrn,
        Words::both(
            format!(
                "Организация с ОГРН {ogrn} есть в реестре, но не зарегистрирована в ГИС ЖКХ: у неё нет orgPPAGUID, и действовать \
                 за неё никто не может (AUT011002)."
            ),
            format!(
                "The organisation with ОГРН {ogrn} is in the registry but takes no part in ГИС ЖКХ: it has no orgPPAGUID, and \
                 nobody can act for it (AUT011002)."
            ),
        ),
        Words::both(
            "Руководитель организации входит через Госуслуги в ГИС ЖКХ этого стенда и завершает регистрацию; после этого узнайте \
             orgPPAGUID заново.",
            "The head of the organisation enters ГИС ЖКХ of this stand through Госуслуги and completes the registration; then ask \
             for the orgPPAGUID anew.",
        ),
    )
}

/// How the organisation stands in the registry.
fn standing(case: &Case<'_>, one: &Registered) -> Finding {
    let ogrn = case.asked.ogrn.as_str();
    if let Some(ended) = one.ended.filter(|ended| *ended <= case.rights.today) {
        return Finding::red(
            Rule::Registered,
            ogrn,
            Words::both(
                format!("Организация с ОГРН {ogrn} прекратила деятельность {ended}: основание её полномочий утрачено."),
                format!("The organisation with ОГРН {ogrn} was wound up on {ended}: the ground of its powers is lost."),
            ),
            Words::both(
                "Данные размещает правопреемник под своим orgPPAGUID: он регистрируется в ГИС ЖКХ и сам даёт доступ в личном \
                 кабинете; затем поправьте [organisation].",
                "The successor places the data under its own orgPPAGUID: it registers in ГИС ЖКХ and gives access in its own \
                 cabinet; then correct [organisation].",
            ),
        );
    }
    if !one.actual || !one.registered {
        return Finding::yellow(
            Rule::Registered,
            ogrn,
            Words::both(
                format!("Запись организации с ОГРН {ogrn} на этом стенде не актуальна или не подтверждена."),
                format!(
                    "The record of the organisation with ОГРН {ogrn} is not the latest on this stand, or not confirmed."
                ),
            ),
            Words::both(
                "В личном кабинете ГИС ЖКХ откройте сведения об организации и подтвердите или обновите их.",
                "In the cabinet of ГИС ЖКХ open the record of the organisation and confirm or renew it.",
            ),
        );
    }
    Finding::green(
        Rule::Registered,
        ogrn,
        Words::both(
            format!("Организация с ОГРН {ogrn} зарегистрирована в ГИС ЖКХ этого стенда."),
            format!("The organisation with ОГРН {ogrn} takes part in ГИС ЖКХ of this stand."),
        ),
    )
}

/// The identifier is not the organisation's orgPPAGUID: what is it?
fn misnamed(case: &Case<'_>) -> Finding {
    let wrong = case.asked.org_ppa_guid;
    let certificate = case.rights.certificate_ogrn.as_deref();
    let of_operator = |one: &&Registered| Some(one.ogrn.as_str()) == certificate && one.org_ppa_guid == Some(wrong);
    let operator = case.rights.organisations.iter().find(of_operator);
    if let Some(operator) = operator.filter(|_| case.asked.mode == Mode::Operator) {
        return Finding::red(
            Rule::RealSupplier,
            wrong.to_string(),
            Words::both(
                format!(
                    "{wrong} — orgPPAGUID самого оператора (ОГРН {}), а не организации, чьи это данные: они были бы размещены от \
                     имени оператора или отклонены (AUT011003).",
                    operator.ogrn
                ),
                format!(
                    "{wrong} is the orgPPAGUID of the operator itself (ОГРН {}), not of the organisation the data are of: they \
                     would be placed in the operator's name or refused (AUT011003).",
                    operator.ogrn
                ),
            ),
            right(case),
        );
    }
    let (ru, en) = mistaken(case, wrong).unwrap_or((
        "не принадлежит этой организации на этом стенде: он другой организации или другого стенда",
        "is not this organisation's on this stand: it is of another organisation or of another stand",
    ));
    Finding::red(
        Rule::OrgPpaGuid,
        wrong.to_string(),
        Words::both(
            format!(
                "organisation.org_ppa_guid = {wrong} {ru}. Запросы называют организацию по orgPPAGUID (AUT011002)."
            ),
            format!(
                "organisation.org_ppa_guid = {wrong} {en}. Requests name the organisation by its orgPPAGUID (AUT011002)."
            ),
        ),
        right(case),
    )
}

/// Which other identifier of the organisation it is.
fn mistaken(case: &Case<'_>, wrong: Uuid) -> Option<(&'static str, &'static str)> {
    if case.ours.iter().any(|one| one.root == wrong) {
        return Some((
            "— это orgRootEntityGUID, запись организации в реестре, а не orgPPAGUID",
            "is an orgRootEntityGUID, the organisation's record in the registry, not an orgPPAGUID",
        ));
    }
    if case.ours.iter().any(|one| one.version == wrong) {
        return Some((
            "— это orgVersionGUID, одна из редакций записи в реестре, а не orgPPAGUID",
            "is an orgVersionGUID, one edit of the record in the registry, not an orgPPAGUID",
        ));
    }
    let link = case.rights.providers.iter().find(|link| link.data_provider_guid == wrong && case.is_ours(link.root));
    link.map(|_| {
        (
            "— это DataProviderGUID, связь организации с информационной системой (прежний SenderID), а не orgPPAGUID",
            "is a DataProviderGUID, the link of the organisation with the information system (formerly SenderID), not an \
             orgPPAGUID",
        )
    })
}

/// What to write instead.
fn right(case: &Case<'_>) -> Words {
    let named = |one: &&Registered| {
        let guid = one.org_ppa_guid?;
        // Only divisions need telling apart.
        let kpp = one.kpp.as_ref().filter(|_| case.participants().len() > 1);
        Some(kpp.map_or_else(|| format!("\"{guid}\""), |kpp| format!("\"{guid}\" (КПП {kpp})")))
    };
    let all: Vec<String> = case.ours.iter().filter_map(named).collect();
    Words::both(
        format!("Напишите в настройках organisation.org_ppa_guid = {}.", all.join(" или ")),
        format!("Write organisation.org_ppa_guid = {} into the settings.", all.join(" or ")),
    )
}

/// The organisation is not in the system what the settings say; told only where every function has its wording.
fn other_role(role: Role, one: &Registered) -> Option<Finding> {
    let (word, stems): (&str, &[&str]) = match role {
        Role::ManagingCompany => ("uo", &["управля", "товарищ", "кооператив", "тсж", "тсн", "жск"]),
        Role::Supplier => ("rso", &["ресурсоснаб"]),
        Role::WasteOperator => ("tko", &["тверд", "тко", "отход"]),
    };
    let names: Vec<&str> = one.roles.iter().filter_map(|role| role.name.as_deref()).collect();
    let plain = |name: &str| name.to_lowercase().replace('ё', "е");
    let fits = names.iter().any(|name| stems.iter().any(|stem| plain(name).contains(stem)));
    if names.is_empty() || names.len() < one.roles.len() || fits {
        return None;
    }
    let all = names.join("», «");
    Some(Finding::yellow(
        Rule::Role,
        word,
        Words::both(
            format!("В настройках organisation.role = \"{word}\", а в ГИС ЖКХ функции организации: «{all}»."),
            format!(
                "The settings say organisation.role = \"{word}\", and ГИС ЖКХ has these functions of the organisation: «{all}»."
            ),
        ),
        Words::both(
            "Поправьте organisation.role или добавьте функцию организации в личном кабинете ГИС ЖКХ.",
            "Correct organisation.role, or add the function of the organisation in the cabinet of ГИС ЖКХ.",
        ),
    ))
}

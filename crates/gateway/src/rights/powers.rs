//! What was delegated: whether it is in force, until when, of which kinds, and how far it reaches.

use time::Date;

use super::facts::{Application, Power, Status};
use super::finding::{Finding, Rule};
use super::judge::Case;
use super::kinds::{Kind, Match};
use crate::config::Mode;
use crate::desk::words::Words;

/// So many days before its term ends a power wants looking at.
const SOON: i64 = 14;

/// Whether the organisation ever filed an application.
pub(super) fn has_any(case: &Case<'_>) -> bool {
    applications(case).next().is_some()
}

/// What is told of the powers.
pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let today = case.rights.today;
    let in_force: Vec<&Application> = applications(case).filter(|one| is_in_force(one, today)).collect();
    match (case.asked.mode, in_force.is_empty()) {
        (Mode::Own, true) => Vec::new(),
        (Mode::Own, false) => vec![delegated_to_an_own_system(case)],
        (Mode::Operator, true) => vec![not_in_force(case)],
        (Mode::Operator, false) => {
            let mut found = vec![term(case, &in_force)];
            found.extend(case.asked.kinds.iter().flat_map(|kind| of_kind(case, kind, &in_force)));
            found.extend(reach(case, &in_force));
            found
        }
    }
}

/// The applications of the organisation and its divisions.
fn applications<'c>(case: &'c Case<'_>) -> impl Iterator<Item = &'c Application> {
    let participants = case.participants();
    let delegations = case.rights.delegations.iter();
    let ours = delegations.filter(move |one| case.is_ours(one.root) || participants.contains(&one.org_ppa_guid));
    ours.flat_map(|one| &one.applications)
}

fn is_in_force(one: &Application, today: Date) -> bool {
    // Powers that are not listed are not known to be dead.
    let alive = one.powers.is_empty() || one.powers.iter().any(|power| power.actual);
    one.status == Status::Accepted && one.from <= today && one.until.is_none_or(|until| today <= until) && alive
}

/// The last day of the longest: nothing when one of them has no end.
fn end<'a>(all: impl IntoIterator<Item = &'a &'a Application>) -> Option<Date> {
    let ends: Option<Vec<Date>> = all.into_iter().map(|one| one.until).collect();
    ends?.into_iter().max()
}

/// The last day and how many are left, if it is near.
fn soon(end: Option<Date>, today: Date) -> Option<(Date, i64)> {
    let end = end?;
    let left = (end - today).whole_days();
    (left <= SOON).then_some((end, left))
}

fn renew() -> Words {
    Words::both(
        "Организация заранее подаёт в личном кабинете ГИС ЖКХ новую заявку («Предоставить доступ») со сроком после этого дня, а \
         оператор её принимает: иначе на следующий день ГИС ЖКХ начнёт отказывать.",
        "The organisation files a new application («Предоставить доступ») in the cabinet of ГИС ЖКХ in good time, with a term \
         beyond that day, and the operator accepts it: or ГИС ЖКХ begins to refuse on the next day.",
    )
}

/// The powers are in force: until when?
fn term(case: &Case<'_>, in_force: &[&Application]) -> Finding {
    let (ogrn, end) = (case.asked.ogrn.as_str(), end(in_force));
    if let Some((day, left)) = soon(end, case.rights.today) {
        let text = Words::both(
            format!("Срок полномочий кончается {day}: осталось дней — {left}."),
            format!("The term of the powers ends on {day}: days left: {left}."),
        );
        return Finding::yellow(Rule::InForce, ogrn, text, renew());
    }
    let text = match end {
        Some(day) => Words::both(
            format!("Полномочия действуют до {day} включительно."),
            format!("The powers are in force up to and including {day}."),
        ),
        None => Words::both("Полномочия действуют, срок не ограничен.", "The powers are in force without an end."),
    };
    Finding::green(Rule::InForce, ogrn, text)
}

/// Nothing is in force: why?
fn not_in_force(case: &Case<'_>) -> Finding {
    let ogrn = case.asked.ogrn.as_str();
    let latest = applications(case).max_by_key(|one| one.changed.max(one.until).unwrap_or(one.from));
    let Some(one) = latest else {
        let text = Words::both(
            "Организация не делегировала оператору этой информационной системы ни одного полномочия (AUT011003).",
            "The organisation has delegated no power to the operator of this information system (AUT011003).",
        );
        return Finding::red(Rule::InForce, ogrn, text, apply_anew());
    };
    let (ru, en) = ending(one, case.rights.today);
    let (why_ru, why_en) = one.reason.as_deref().map_or_else(Default::default, |reason| {
        (format!(" Причина: «{reason}»."), format!(" The reason: «{reason}»."))
    });
    let text = Words::both(
        format!("Полномочия оператора не действуют: {ru} (AUT011003).{why_ru}"),
        format!("The operator's powers are not in force: {en} (AUT011003).{why_en}"),
    );
    let remedy = match one.status {
        Status::Created => Words::both(
            "Организация в личном кабинете ГИС ЖКХ открывает заявку и нажимает «утвердить и отправить».",
            "The organisation opens the application in the cabinet of ГИС ЖКХ and presses «утвердить и отправить».",
        ),
        Status::Waiting => Words::both(
            "Оператор информационной системы принимает заявку в своём личном кабинете ГИС ЖКХ.",
            "The operator of the information system accepts the application in its own cabinet of ГИС ЖКХ.",
        ),
        Status::Accepted if case.rights.today < one.from => Words::both(
            "Дождитесь этого дня или подайте в личном кабинете ГИС ЖКХ заявку с более ранним началом.",
            "Wait for that day, or file an application with an earlier beginning in the cabinet of ГИС ЖКХ.",
        ),
        _ => apply_anew(),
    };
    Finding::red(Rule::InForce, ogrn, text, remedy)
}

fn apply_anew() -> Words {
    Words::both(
        "Организация сама подаёт в личном кабинете ГИС ЖКХ новую заявку («Предоставить доступ» → оператор информационной системы), \
         оператор её принимает. Одно полномочие бывает только у одного получателя: если его уже отдали другому, сначала отзывают \
         у него; передать полученное дальше нельзя.",
        "The organisation itself files a new application in the cabinet of ГИС ЖКХ («Предоставить доступ» → operator of an \
         information system), and the operator accepts it. A power has one recipient only: if it was given to another, it is \
         withdrawn from that one first; what was received cannot be passed on.",
    )
}

/// Why an application is not in force.
fn ending(one: &Application, today: Date) -> (String, String) {
    let since = one.changed.map(|day| format!(" {day}")).unwrap_or_default();
    let both = |ru: &str, en: &str| (format!("{ru}{since}"), format!("{en}{since}"));
    match one.status {
        Status::Created => both("заявка составлена, но не отправлена", "the application is written and not sent"),
        Status::Waiting => {
            both("заявка ещё не принята оператором", "the operator has not accepted the application yet")
        }
        Status::Declined => both("оператор отказался от заявки", "the operator refused the application"),
        Status::Revoked => both("организация отозвала полномочия", "the organisation withdrew the powers"),
        Status::Annulled => {
            both("заявка аннулирована, основание утрачено", "the application was annulled, its ground is lost")
        }
        Status::Closed => both("заявка закрыта", "the application is closed"),
        Status::Accepted => match one.until {
            Some(until) if until < today => (format!("срок истёк {until}"), format!("their term ended on {until}")),
            _ if today < one.from => (format!("они начнутся {}", one.from), format!("they begin on {}", one.from)),
            _ => both("ГИС ЖКХ помечает их неактуальными", "ГИС ЖКХ marks them as not actual"),
        },
        Status::Other => both("состояние заявки неизвестно", "the state of the application is not known"),
    }
}

/// Whether a kind of information is among the powers, and its term if that ends before the others.
fn of_kind(case: &Case<'_>, kind: &Kind, in_force: &[&Application]) -> Vec<Finding> {
    let today = case.rights.today;
    let of = |one: &Application| {
        let actual = one.powers.iter().filter(|power| power.actual);
        actual.map(|power| kind.is_of(power)).max().unwrap_or(Match::Unclear)
    };
    let (ru, en) = (&kind.title.ru, &kind.title.en);
    let having: Vec<&Application> = in_force.iter().copied().filter(|one| of(one) == Match::Yes).collect();
    if !having.is_empty() {
        let text = Words::both(
            format!("Вид информации делегирован: {ru}."),
            format!("The kind of information is delegated: {en}."),
        );
        let delegated = Finding::green(Rule::Kind, en, text);
        // The term of all is told already.
        let sooner = soon(end(&having), today).filter(|_| soon(end(in_force), today).is_none());
        let ends = sooner.map(|(day, left)| {
            let text = Words::both(
                format!("Срок полномочия «{ru}» кончается {day}: осталось дней — {left}."),
                format!("The term of the power «{en}» ends on {day}: days left: {left}."),
            );
            Finding::yellow(Rule::InForce, en, text, renew())
        });
        return std::iter::once(delegated).chain(ends).collect();
    }
    let missing = in_force.iter().all(|one| of(one) == Match::No);
    let (names_ru, names_en) = named(in_force);
    let remedy = Words::both(
        "Организация в личном кабинете ГИС ЖКХ подаёт заявку («Предоставить доступ») с этим видом информации, оператор её \
         принимает. Если этот вид уже отдан другому получателю, сначала его отзывают: у полномочия один получатель.",
        "The organisation files an application («Предоставить доступ») with this kind of information in the cabinet of ГИС ЖКХ, \
         and the operator accepts it. If the kind was given to another recipient, it is withdrawn first: a power has one \
         recipient.",
    );
    vec![match missing {
        true => Finding::red(
            Rule::Kind,
            en,
            Words::both(
                format!("Вид информации не делегирован: {ru} (AUT011009). Делегированы: {names_ru}."),
                format!("The kind of information is not delegated: {en} (AUT011009). Delegated are: {names_en}."),
            ),
            remedy,
        ),
        false => Finding::yellow(
            Rule::Kind,
            en,
            Words::both(
                format!("Среди делегированных видов информации не узнан нужный: {ru}. Делегированы: {names_ru}."),
                format!(
                    "The kind that is needed is not recognised among the delegated ones: {en}. Delegated are: {names_en}."
                ),
            ),
            Words::both(
                format!("Посмотрите, есть ли он под другим названием. Если нет: {}", lower(&remedy.ru)),
                format!("Look whether it is there under another wording. If not: {}", lower(&remedy.en)),
            ),
        ),
    }]
}

/// The text as the second half of a sentence.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// The delegated kinds, for people.
fn named(in_force: &[&Application]) -> (String, String) {
    let powers = in_force.iter().flat_map(|one| &one.powers).filter(|power| power.actual);
    let entry = |entry: &super::Entry| match &entry.name {
        Some(name) => format!("«{name}» ({})", entry.code),
        None => format!("({})", entry.code),
    };
    let mut all: Vec<String> = powers.flat_map(|power| &power.kinds).map(entry).collect();
    all.sort();
    all.dedup();
    match all.is_empty() {
        true => ("ничего не перечислено".to_owned(), "none are listed".to_owned()),
        false => (all.join(", "), all.join(", ")),
    }
}

/// Whether what is needed is delegated for listed objects or territories only.
fn reach(case: &Case<'_>, in_force: &[&Application]) -> Option<Finding> {
    let whole = |power: &&Power| power.everywhere && power.all_objects;
    let powers: Vec<&Power> = in_force.iter().flat_map(|one| &one.powers).filter(|power| power.actual).collect();
    let limited = |kind: &Kind| {
        let mut of = powers.iter().copied().filter(|power| kind.is_of(power) == Match::Yes).peekable();
        of.peek().is_some() && !of.any(|power| whole(&power))
    };
    let kinds: Vec<&Kind> = case.asked.kinds.iter().filter(|kind| limited(kind)).collect();
    let list = |of: fn(&Kind) -> &str| kinds.iter().map(|kind| of(kind)).collect::<Vec<_>>().join(", ");
    let (ru, en) = (list(|kind| &kind.title.ru), list(|kind| &kind.title.en));
    (!kinds.is_empty()).then(|| {
        Finding::yellow(
            Rule::Reach,
            case.asked.ogrn.as_str(),
            Words::both(
                format!("Делегировано только для перечисленных объектов или территорий: {ru}. По остальным ГИС ЖКХ откажет (AUT011003)."),
                format!("Delegated for listed objects or territories only: {en}. For others ГИС ЖКХ will refuse (AUT011003)."),
            ),
            Words::both(
                "Сверьте в личном кабинете ГИС ЖКХ перечень домов в заявке со своими; недостающие организация добавляет новой \
                 заявкой.",
                "Compare the houses listed in the application in the cabinet of ГИС ЖКХ with yours; the organisation adds missing \
                 ones by a new application.",
            ),
        )
    })
}

/// An own system to which the organisation has delegated powers as to an operator.
fn delegated_to_an_own_system(case: &Case<'_>) -> Finding {
    Finding::yellow(
        Rule::InForce,
        case.asked.ogrn.as_str(),
        Words::both(
            "Организация делегировала этой информационной системе полномочия как оператору, а настроен режим собственной системы. \
             Делегированное оператору сама организация больше не выполняет.",
            "The organisation has delegated powers to this information system as to an operator, and the mode is that of an own \
             system. What is delegated to an operator the organisation itself does no more.",
        ),
        Words::both(
            "Если система — оператора, напишите organisation.mode = \"operator\" и подписывайте его ключом; если собственная, \
             отзовите заявку в личном кабинете ГИС ЖКХ.",
            "If the system is an operator's, write organisation.mode = \"operator\" and sign with the operator's key; if it is its \
             own, withdraw the application in the cabinet of ГИС ЖКХ.",
        ),
    )
}

//! What people read about refusals and failures, in both languages, by code.
//!
//! Codes of the system have their texts in the catalogue of [`gis_gkh::codes`]; codes of delivery and of the desks have theirs
//! here; faults of records bring their own words.

mod explained;

use gis_gkh::codes::{self, Class, Language};
use gis_gkh_delivery::{Failure, Fixer, Refusal, RetryClass, local};
use serde::{Deserialize, Serialize};

pub use explained::{Explained, explained, own_codes};

use crate::records::{Lang, WhoFixes};

/// Name of the identifier PaymentDocumentID among those the system gives.
pub(crate) const PAYMENT_DOCUMENT_ID: &str = "payment_document_id";

/// Name of the GUID among the identifiers the system gives.
pub(crate) const GUID: &str = "guid";

/// The desk's own code: values the contract has no place for, although the records allow them.
pub const CONTRACT: &str = "desk.contract";

/// The desk's own code: what the store keeps of a bill cannot be read.
pub const PAYLOAD: &str = "desk.payload";

/// The desk's own code: the key may not sign now.
pub const KEY: &str = "desk.key";

/// The desk's own code: signing failed.
pub const SIGNING: &str = "desk.signing";

/// The desk's own code: an operation this version does not know.
pub const OPERATION: &str = "desk.operation";

/// The desk's own code: a recurring export asks for what cannot be asked for.
pub const PULL: &str = "desk.pull";

/// The desk's own code: an attached file cannot be sent as it is.
pub const FILE: &str = "desk.file";

/// The desk's own code: another system writes this, by the settings.
pub const WRITER: &str = "desk.writer";

/// The desk's own code: an answer without a signature, where one is required.
pub const ANSWER_UNSIGNED: &str = "desk.answer_unsigned";

/// The desk's own code: the signature of an answer is broken.
pub const ANSWER_FORGED: &str = "desk.answer_forged";

/// The desk's own code: the signer of an answer is not believed.
pub const ANSWER_SIGNER: &str = "desk.answer_signer";

/// Not known yet, and being found out; told in place of [`local::OUTCOME_UNKNOWN`] while the gateway is at it.
const DOUBTED: &str = "desk.doubted";

/// A text in both languages, as it is kept with a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl Words {
    pub(crate) fn both(ru: impl Into<String>, en: impl Into<String>) -> Self {
        Self { ru: ru.into(), en: en.into() }
    }

    /// The form in which it is kept.
    pub(crate) fn write(&self) -> String {
        // Two texts always serialise.
        serde_json::to_string(self).unwrap_or_else(|_| self.en.clone())
    }

    /// A kept text; one that is not in both languages is the same in each.
    pub(crate) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|_| Self::both(text, text))
    }

    /// The text in one language.
    #[must_use]
    pub fn in_language(&self, lang: Lang) -> &str {
        match lang {
            Lang::Ru => &self.ru,
            Lang::En => &self.en,
        }
    }
}

/// Codes decided here, each with what happened and what to do.
const OURS: &[(&str, Fixer, [&str; 2])] = &[
    (
        local::CORRECTION,
        Fixer::Caller,
        [
            "Запись с этим ref уже принята, а её содержание изменилось: это исправление. Исправление отправляется отдельным \
             действием; если менять ничего не нужно, верните прежние данные.",
            "The row with this ref was accepted before and its content has changed: this is a correction. A correction is sent by \
             an act of its own; if nothing was to change, restore the former data.",
        ],
    ),
    (
        local::ON_ITS_WAY,
        Fixer::Caller,
        [
            "Запись с этим ref ещё отправляется с другим содержанием. Дождитесь её исхода и передайте строку снова.",
            "The row with this ref is still on its way with other content. Wait for its outcome, then send the row again.",
        ],
    ),
    (
        local::KEY_TAKEN,
        Fixer::Caller,
        [
            "Такая же запись (документ с этим номером, счётом и периодом; показание этого прибора на эту дату) уже передана под \
             другим ref. Исправьте номер, дату или ref.",
            "The same record (a bill of this number, account and period; a reading of this meter and date) was handed over under \
             another ref. Correct the number, the date or the ref.",
        ],
    ),
    (
        local::NOT_DELIVERED,
        Fixer::Operator,
        [
            "Сообщение слишком долго не удавалось передать, и шлюз остановился. Устраните причину (связь, ключ, права), затем \
             повторите сообщение; если оно больше не нужно, откажитесь от него.",
            "The message could not be delivered for too long, and the gateway has stopped. Remove the cause (connection, key, \
             rights), then retry the message; if it is not wanted any more, give it up.",
        ],
    ),
    (
        local::OUTCOME_UNKNOWN,
        Fixer::Operator,
        [
            "Неизвестно, принято ли сообщение: связь прервалась, в ГИС ЖКХ его не нашли, а повтор она приняла бы вторым, поэтому \
             вслепую повторять нельзя. Посмотрите в личном кабинете ГИС ЖКХ: если записей нет, отправьте сообщение заново; если \
             они есть, повторите (retry) — шлюз поищет их ещё раз; если не нужны, откажитесь.",
            "It is not known whether the message was accepted: the connection broke, ГИС ЖКХ does not show it and would take a second \
             one, so it may not be repeated blindly. Look into the cabinet of ГИС ЖКХ: if the records are not there, send it anew \
             (replay); if they are, retry, and the gateway looks for them once more; if they are not wanted, give it up.",
        ],
    ),
    (
        local::LOOKUP_REFUSED,
        Fixer::Operator,
        [
            "Неизвестно, принято ли сообщение, а ГИС ЖКХ отказалась ответить на вопрос о нём. Устраните причину отказа (права, \
             ключ), затем повторите сообщение: шлюз спросит снова и ничего не отправит дважды.",
            "It is not known whether the message was accepted, and ГИС ЖКХ refuses to tell. Remove the cause of the refusal (rights, \
             key), then retry the message: the gateway asks again and sends nothing twice.",
        ],
    ),
    (
        local::DAMAGED,
        Fixer::Operator,
        [
            "Сохранённые данные повреждены. Остановите шлюз, проверьте диск и восстановите хранилище из резервной копии, затем \
             повторите сообщение.",
            "Stored data are damaged. Stop the gateway, check the disk and restore the store from a backup, then retry the message.",
        ],
    ),
    (
        local::LATE,
        Fixer::Operator,
        [
            "Не удалось начать отправку в срок; шлюз повторит сам. Если это частое явление, проверьте нагрузку на диск.",
            "Sending did not begin in time; the gateway tries again by itself. If it is frequent, check the load of the disk.",
        ],
    ),
    (
        local::INTERRUPTED,
        Fixer::System,
        [
            "Работа прервалась во время отправки. Шлюз выясняет, принято ли сообщение; делать ничего не нужно.",
            "Work was interrupted while sending. The gateway finds out whether the message was accepted; nothing is to be done.",
        ],
    ),
    (
        DOUBTED,
        Fixer::System,
        [
            "Ответ системы не говорит, что стало с каждой записью, или не пришёл в срок. Шлюз выясняет, принято ли сообщение; \
             делать ничего не нужно.",
            "The system's answer does not tell what became of every record, or did not come in time. The gateway finds out whether \
             the message was accepted; nothing is to be done.",
        ],
    ),
    (
        CONTRACT,
        Fixer::Caller,
        [
            "Значение не подходит под формат ГИС ЖКХ. Исправьте его в указанном месте документа.",
            "A value does not fit the format of ГИС ЖКХ. Correct it at the place named.",
        ],
    ),
    (
        PAYLOAD,
        Fixer::Gateway,
        [
            "Сохранённая запись не читается этой версией программы. Сообщите разработчикам шлюза.",
            "The stored record cannot be read by this version of the program. Tell the makers of the gateway.",
        ],
    ),
    (
        KEY,
        Fixer::Operator,
        [
            "Ключ не может подписывать: проверьте срок сертификата. Сообщения ждут; замените сертификат, и отправка продолжится.",
            "The key may not sign: check the dates of the certificate. Messages wait; renew it, and sending goes on.",
        ],
    ),
    (
        local::DISCARDED,
        Fixer::Operator,
        [
            "От передачи отказался человек (`gkh queue discard`). Если запись всё же нужна, передайте её снова с `--again`.",
            "A person gave it up (`gkh queue discard`). If it is wanted after all, hand it over again with `--again`.",
        ],
    ),
    (
        local::FORERUNNER,
        Fixer::Caller,
        [
            "То, что должно быть принято раньше (например, черновик ответа), не принято. Исправьте его и передайте снова.",
            "What had to be accepted first (a draft of the answer, for instance) was not. Correct it and hand it over again.",
        ],
    ),
    (
        OPERATION,
        Fixer::Gateway,
        [
            "Эта версия программы не знает такой операции. Возьмите более новую версию.",
            "This version of the program does not know the operation. Take a newer one.",
        ],
    ),
    (
        PULL,
        Fixer::Operator,
        [
            "Регулярная выгрузка настроена так, что её нельзя запросить. Исправьте [[pull]] в настройках.",
            "A recurring export is configured so that it cannot be asked for. Correct [[pull]] in the configuration.",
        ],
    ),
    (
        FILE,
        Fixer::Caller,
        [
            "Приложенный файл отправить нельзя. Исправьте его и отправьте строку снова.",
            "An attached file cannot be sent. Correct it and send the row again.",
        ],
    ),
    (
        WRITER,
        Fixer::Operator,
        [
            "По настройкам ([[writer]]) эти сведения размещает другая система, и вторая запись испортила бы первую. Строка не \
             отправлена. Если размещать должны вы, исправьте настройки и передайте строку снова.",
            "By the settings ([[writer]]) another system writes this, and a second record would spoil the first. The row was not \
             sent. If you are to write it, correct the settings and hand the row over again.",
        ],
    ),
    (
        ANSWER_UNSIGNED,
        Fixer::Operator,
        [
            "Ответ пришёл без подписи, а настройки её требуют (stand.answers = \"require\"): он ничего не решил и сохранён. Шлюз \
             спросит ещё раз. Если стенд подписывает не все ответы, задайте \"warn\".",
            "The answer came without a signature and the settings require one (stand.answers = \"require\"): it settled nothing and \
             is kept. The gateway asks again. If the stand does not sign all its answers, set \"warn\".",
        ],
    ),
    (
        ANSWER_FORGED,
        Fixer::Operator,
        [
            "Подпись ответа не сходится: ответ изменён по дороге или подделан. Он ничего не решил и сохранён; шлюз спросит ещё раз. \
             Проверьте туннель и сеть до стенда; если всё в порядке, передайте ответ разработчикам шлюза.",
            "The signature of the answer does not fit: it was changed on the way or forged. It settled nothing and is kept; the gateway \
             asks again. Check the tunnel and the network to the stand; if they are in order, show the answer to the gateway's makers.",
        ],
    ),
    (
        ANSWER_SIGNER,
        Fixer::Operator,
        [
            "Ответ подписан тем, кому настройки не доверяют, или вне срока сертификата. Он ничего не решил и сохранён; шлюз спросит ещё \
             раз. Если сертификат системы сменился, добавьте новый в файл stand.answer_signers.",
            "The answer is signed by someone the settings do not trust, or out of the certificate's dates. It settled nothing and is kept; \
             the gateway asks again. If the system has a new certificate, add it to the file stand.answer_signers.",
        ],
    ),
    (
        SIGNING,
        Fixer::Operator,
        [
            "Подписать не удалось. Сообщения ждут; проверьте ключ, шлюз повторит сам.",
            "Signing failed. Messages wait; check the key, the gateway tries again by itself.",
        ],
    ),
];

/// The refusal of a row that another system writes.
pub(crate) fn other_writer(system: &str) -> Refusal {
    let words = Words::both(
        format!("Эти сведения размещает другая система: {system} (настройка [[writer]]); строка не отправлена."),
        format!("Another system writes this: {system} (the setting [[writer]]); the row was not sent."),
    );
    Refusal { code: WRITER.to_owned(), text: words.write(), who_fixes: Fixer::Operator }
}

fn ours(code: &str) -> Option<&'static (&'static str, Fixer, [&'static str; 2])> {
    OURS.iter().find(|(known, _, _)| *known == code)
}

/// Whether a refusal was decided here and not by the system: the row was not sent. The system's codes have capitals.
pub(crate) fn is_ours(code: &str) -> bool {
    !code.is_empty() && !code.contains(|c: char| c.is_ascii_uppercase())
}

/// What a code means and what to do about it: of the system, of delivery, of the desks. Nothing for an unknown one.
#[must_use]
pub fn of_code(code: &str, lang: Lang) -> Option<String> {
    if let Some((.., texts)) = ours(code) {
        return Some(one_of(texts, lang).to_owned());
    }
    let entry = codes::find(code)?;
    let language = language(lang);
    Some(format!("{}. {}", entry.title(language), entry.action(language)))
}

fn one_of<'t>(texts: &[&'t str; 2], lang: Lang) -> &'t str {
    if lang == Lang::Ru { texts[0] } else { texts[1] }
}

/// Who can remove the cause of a code decided here; nothing for other codes.
#[must_use]
pub fn fixer(code: &str) -> Option<Fixer> {
    ours(code).map(|(_, fixer, _)| *fixer)
}

/// A refusal in words: what it means, the system's own explanation, what to do.
#[must_use]
pub fn refusal(refusal: &Refusal, lang: Lang) -> String {
    let told = Words::read(&refusal.text);
    let told = told.in_language(lang).trim();
    if let Some((.., texts)) = ours(&refusal.code) {
        let text = one_of(texts, lang);
        // Delivery's own texts are English and say no more than this.
        return if [CONTRACT, WRITER].contains(&&*refusal.code) { format!("{text} {told}") } else { text.to_owned() };
    }
    match codes::find(&refusal.code) {
        Some(entry) => {
            let language = language(lang);
            let (title, action) = (entry.title(language), entry.action(language));
            if told.is_empty() { format!("{title}. {action}") } else { format!("{title}: «{told}». {action}") }
        }
        None => told.to_owned(),
    }
}

/// A failure of a message in words, for whoever runs the gateway. The system's own explanation is left out: it may name people.
#[must_use]
pub fn failure(failure: &Failure, lang: Lang) -> String {
    let code = failure.code.as_deref().unwrap_or_default();
    // What cannot be found out yet is something else than what cannot be found out at all.
    let code = if code == local::OUTCOME_UNKNOWN && failure.class == RetryClass::Retry { DOUBTED } else { code };
    let text = of_code(code, lang).unwrap_or_else(|| match (lang, code.is_empty()) {
        (Lang::Ru, true) => "Нет связи со стендом; шлюз повторит сам. Проверьте адрес и туннель.".to_owned(),
        (Lang::En, true) => {
            "No connection to the stand; the gateway tries again by itself. Check address and tunnel.".to_owned()
        }
        (Lang::Ru, false) => format!("Система ответила кодом {code}, которого нет в справочнике."),
        (Lang::En, false) => format!("The system answered with code {code}, which the catalogue does not have."),
    });
    match failure.cause.as_deref() {
        Some(cause) => format!("{text} {}", because_of(cause, lang)),
        None => text,
    }
}

/// The cause behind a failure. What the gateway would do about it by itself it does no more.
fn because_of(cause: &str, lang: Lang) -> String {
    let word = if lang == Lang::Ru { "Последняя причина" } else { "The last cause" };
    if let Some(explained) = explained(cause, lang) {
        return format!("{word} [{cause}]: {}", explained.title);
    }
    let Some(entry) = codes::find(cause) else { return format!("{word}: {cause}.") };
    let title = entry.title(language(lang));
    match entry.class {
        Class::Permanent | Class::CallerFix | Class::SwitchOperation => {
            format!("{word} [{cause}]: {title}. {}", entry.action(language(lang)))
        }
        _ => format!("{word} [{cause}]: {title}."),
    }
}

/// Who has to act, in the words of results.
#[must_use]
pub fn who_fixes(fixer: Fixer) -> WhoFixes {
    match fixer {
        Fixer::Caller => WhoFixes::Billing,
        Fixer::Operator => WhoFixes::Operator,
        Fixer::Gateway => WhoFixes::Integrator,
        Fixer::System => WhoFixes::System,
    }
}

fn language(lang: Lang) -> Language {
    match lang {
        Lang::Ru => Language::Russian,
        Lang::En => Language::English,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_ours_is_told_in_both_languages() {
        for (code, by, [ru, en]) in OURS {
            assert!(is_ours(code), "{code}");
            assert_eq!(fixer(code), Some(*by));
            assert!(ru.contains(|c: char| ('а'..='я').contains(&c)) && !ru.contains("  "), "{ru}");
            assert!(en.is_ascii() || en.contains("ГИС ЖКХ"), "{en}");
            assert!(!en.contains("  "), "{en}");
        }
        assert!(is_ours("line_sum"), "a fault of records");
        assert!(!is_ours("INT008165") && !is_ours("FileNotFoundException") && !is_ours(""));
    }

    #[test]
    fn what_is_parked_tells_its_cause_and_what_the_gateway_does_no_more() {
        let parked = |code: &str, cause: Option<&str>| Failure {
            code: Some(code.into()),
            text: String::new(),
            class: RetryClass::Permanent,
            level: gis_gkh_delivery::Level::Local,
            fixer: Fixer::Operator,
            cause: cause.map(Into::into),
        };
        let text = failure(&parked(local::NOT_DELIVERED, Some("INT002029")), Lang::Ru);
        assert!(text.ends_with("Последняя причина [INT002029]: В системе идут регламентные работы."), "{text}");
        let text = failure(&parked(local::LOOKUP_REFUSED, Some("AUT011009")), Lang::Ru);
        assert!(
            text.contains("[AUT011009]: У информационной системы нет прав") && text.contains("В кабинете"),
            "{text}"
        );
        let text = failure(&parked(local::NOT_DELIVERED, Some(KEY)), Lang::En);
        assert!(
            text.ends_with("The last cause [desk.key]: The key may not sign: check the dates of the certificate."),
            "{text}"
        );
        // In doubt for good, or only for now: a person has something to do about the first alone.
        let doubt = parked(local::OUTCOME_UNKNOWN, None);
        assert!(failure(&doubt, Lang::Ru).contains("личном кабинете"));
        let text = failure(&Failure { class: RetryClass::Retry, ..doubt }, Lang::Ru);
        assert!(text.contains("делать ничего не нужно"), "{text}");
    }

    #[test]
    fn another_operation_that_is_to_be_used_is_named() {
        let mut seen = 0;
        for entry in codes::all().filter(|entry| entry.class == Class::SwitchOperation) {
            seen += 1;
            assert_eq!(entry.fixer, codes::Fixer::Integrator, "{}: no desk has the other operation", entry.code);
            for lang in [Lang::Ru, Lang::En] {
                let refused = Refusal { code: entry.code.into(), text: String::new(), who_fixes: Fixer::Gateway };
                let text = refusal(&refused, lang);
                let named = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.starts_with("export"));
                assert!(named.count() >= 1, "{}: {text}", entry.code);
            }
        }
        assert_eq!(seen, 2);
    }

    #[test]
    fn the_systems_explanation_stands_between_what_it_means_and_what_to_do() {
        let refused = |code: &str, text: &str| {
            let refusal_ = Refusal { code: code.into(), text: text.into(), who_fixes: Fixer::Caller };
            refusal(&refusal_, Lang::En)
        };
        let text = refused("INT008165", "5123,45 ≠ 5123,44");
        assert!(
            text.starts_with("The sums of the document differ") && text.contains("«5123,45 ≠ 5123,44». Check"),
            "{text}"
        );
        assert_eq!(refused("XYZ000001", "as the system says"), "as the system says");
        let words = Words::both("по-русски", "in English").write();
        assert_eq!(refused("line_sum", &words), "in English");
    }
}

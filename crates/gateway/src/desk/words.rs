//! What people read about refusals and failures, in both languages, by code.
//!
//! Codes of the system have their texts in the catalogue of [`gis_gkh::codes`]; codes of delivery and of the desks have theirs
//! here; faults of records bring their own words.

use gis_gkh::codes::{self, Language};
use gis_gkh_delivery::{Failure, Fixer, Refusal, local};
use serde::{Deserialize, Serialize};

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
            "Документ с этим ref уже принят, а его содержание изменилось: это исправление. Исправление отправляется отдельным \
             действием; если менять ничего не нужно, верните прежние данные.",
            "The bill with this ref was accepted before and its content has changed: this is a correction. A correction is sent by \
             an act of its own; if nothing was to change, restore the former data.",
        ],
    ),
    (
        local::ON_ITS_WAY,
        Fixer::Caller,
        [
            "Документ с этим ref ещё отправляется с другим содержанием. Дождитесь его исхода и отправьте строку снова.",
            "The bill with this ref is still on its way with other content. Wait for its outcome, then send the row again.",
        ],
    ),
    (
        local::KEY_TAKEN,
        Fixer::Caller,
        [
            "Документ с этим номером по этому счёту и периоду уже передан под другим ref. Исправьте номер или ref.",
            "A bill of this number, account and period was handed over under another ref. Correct the number or the ref.",
        ],
    ),
    (
        local::NOT_DELIVERED,
        Fixer::Operator,
        [
            "Сообщение слишком долго не удаётся передать; оно ждёт решения человека. Проверьте связь и ключ, затем повторите.",
            "The message could not be delivered for too long and waits for a person. Check connection and key, then retry it.",
        ],
    ),
    (
        local::OUTCOME_UNKNOWN,
        Fixer::Operator,
        [
            "Неизвестно, принято ли сообщение, и вслепую повторять его нельзя. Проверьте в ГИС ЖКХ и решите сами.",
            "It is not known whether the message was accepted, and it may not be repeated blindly. Look into ГИС ЖКХ and decide.",
        ],
    ),
    (
        local::LOOKUP_REFUSED,
        Fixer::Operator,
        [
            "Неизвестно, принято ли сообщение, а система отказывается об этом сообщить. Проверьте права и ключ, затем повторите.",
            "It is not known whether the message was accepted, and the system refuses to tell. Check rights and key, then retry.",
        ],
    ),
    (
        local::DAMAGED,
        Fixer::Operator,
        [
            "Сохранённые данные повреждены. Остановите шлюз, проверьте диск и восстановите хранилище из резервной копии.",
            "Stored data are damaged. Stop the gateway, check the disk and restore the store from a backup.",
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
            "Сохранённый документ не читается этой версией программы. Сообщите разработчикам шлюза.",
            "The stored bill cannot be read by this version of the program. Tell the makers of the gateway.",
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
        SIGNING,
        Fixer::Operator,
        [
            "Подписать не удалось. Сообщения ждут; проверьте ключ, шлюз повторит сам.",
            "Signing failed. Messages wait; check the key, the gateway tries again by itself.",
        ],
    ),
];

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
    if let Some((_, _, [ru, en])) = ours(code) {
        return Some(if lang == Lang::Ru { *ru } else { *en }.to_owned());
    }
    let entry = codes::find(code)?;
    let language = language(lang);
    Some(format!("{}. {}", entry.title(language), entry.action(language)))
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
    if let Some((_, _, [ru, en])) = ours(&refusal.code) {
        let text = if lang == Lang::Ru { *ru } else { *en };
        // Delivery's own texts are English and say no more than this.
        return if refusal.code == CONTRACT { format!("{text} {told}") } else { text.to_owned() };
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
    of_code(code, lang).unwrap_or_else(|| match (lang, code.is_empty()) {
        (Lang::Ru, true) => "Нет связи со стендом; шлюз повторит сам. Проверьте адрес и туннель.".to_owned(),
        (Lang::En, true) => {
            "No connection to the stand; the gateway tries again by itself. Check address and tunnel.".to_owned()
        }
        (Lang::Ru, false) => format!("Система ответила кодом {code}, которого нет в справочнике."),
        (Lang::En, false) => format!("The system answered with code {code}, which the catalogue does not have."),
    })
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

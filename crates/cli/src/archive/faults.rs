//! What is wrong with an archive, in the person's language.

use gis_gkh_delivery::archive::Fault;
use time::{Date, Duration};

use crate::language::Tongue;

/// What was found.
pub(super) fn text(fault: &Fault, tongue: Tongue) -> String {
    if tongue == Tongue::En {
        return fault.to_string();
    }
    match fault {
        Fault::BytesAltered { number } => format!("изменены байты записи {number}"),
        Fault::ContentAltered { number } => format!("под записью {number} лежит не то, что было записано"),
        Fault::RecordAltered { link, first, last } => {
            format!("изменены сведения о записи (звено {link}, {})", range("запись", "записи", *first, *last))
        }
        Fault::RecordsRemoved { first, last } => format!("удалено: {}", range("запись", "записи", *first, *last)),
        Fault::RecordsInserted { first, last } => format!("вставлено: {}", range("запись", "записи", *first, *last)),
        Fault::BytesRemoved { number } => format!("байты записи {number} удалены раньше срока"),
        Fault::Unreadable { number, why } => format!("запись {number} нельзя открыть: {why}"),
        Fault::BadSignature { number, why } => format!("подпись записи {number} не сходится: {why}"),
        Fault::LinkAltered { link } => format!("изменено звено {link}"),
        Fault::LinksRemoved { first, last } => format!("удалено: {}", range("звено", "звенья", *first, *last)),
        Fault::LinkInserted { link } => format!("звено {link} не продолжает предыдущее"),
        Fault::HeadAltered { day } => format!("изменён итог дня {}", date(*day)),
        Fault::BadHeadSignature { day, why } => format!("подпись итога дня {} не сходится: {why}", date(*day)),
        Fault::Rewritten { day, link } => {
            format!("итог дня {} подписан над другой цепочкой (до звена {link})", date(*day))
        }
        Fault::DaysRemoved { after, before } => {
            let day = |day: &Option<i64>, none: &str| day.map_or_else(|| none.to_owned(), date);
            format!("удалены итоги дней: после {}, до {}", day(after, "начала"), day(before, "конца"))
        }
        Fault::TailRemoved { first, last } => {
            format!("конец отрезан, удалено: {}", range("звено", "звенья", *first, *last))
        }
        Fault::ExportedHead { day, why } => format!("сохранённый итог дня {} не сходится: {why}", date(*day)),
        // Found by a newer library than this command knows.
        other => other.to_string(),
    }
}

/// What it means for a person.
pub(super) fn meaning(fault: &Fault, tongue: Tongue) -> &'static str {
    if tongue == Tongue::En {
        return fault.meaning();
    }
    match fault {
        Fault::BytesAltered { .. } | Fault::ContentAltered { .. } => {
            "хранится не то, что было передано: документ ничего не доказывает; восстановите его из резервной копии"
        }
        Fault::RecordAltered { .. } => {
            "хотя бы одна из этих записей изменена после того, как была сделана; какая — сказать нельзя; восстановите их из резервной копии"
        }
        Fault::RecordsRemoved { .. } => "чего-то, что было, теперь нет: сравните с резервной копией",
        Fault::RecordsInserted { .. } => "записи добавлены вручную: они ничего не доказывают",
        Fault::BytesRemoved { .. } => {
            "удалено вручную или по более короткому сроку хранения; остаток доказывает, что документ был, но не что в нём стояло"
        }
        Fault::Unreadable { .. } => {
            "ничего не изменено, но сейчас не читается: нужна связка ключей, с которой архив записан"
        }
        Fault::BadSignature { .. } => "документ таков, каким был записан, но подпись не доказывает, кто его подписал",
        Fault::LinkAltered { .. } | Fault::LinkInserted { .. } | Fault::LinksRemoved { .. } => {
            "порядок и полнота записей здесь не доказаны: сравните с резервной копией"
        }
        Fault::HeadAltered { .. } | Fault::BadHeadSignature { .. } => {
            "ничто не доказывает, какой цепочка была в тот день"
        }
        Fault::Rewritten { .. } => {
            "после подписи этого дня цепочку записали заново: то, что до него, ничего не доказывает"
        }
        Fault::DaysRemoved { .. } => {
            "подписанных дней не хватает: сравните с резервной копией и с итогами, сохранёнными тогда отдельно"
        }
        Fault::TailRemoved { .. } => "новейшие записи отрезаны: архив укорочен или восстановлена старая копия",
        Fault::ExportedHead { .. } => "файл ничего не доказывает: возьмите итог таким, каким он был сохранён",
        other => other.meaning(),
    }
}

fn range(one: &str, several: &str, first: i64, last: i64) -> String {
    if first == last { format!("{one} {first}") } else { format!("{several} {first}–{last}") }
}

/// A day counted from 1970-01-01.
fn date(day: i64) -> String {
    let epoch = time::OffsetDateTime::UNIX_EPOCH.date();
    let date: Option<Date> = epoch.checked_add(Duration::days(day));
    date.map_or_else(|| day.to_string(), |date| date.to_string())
}

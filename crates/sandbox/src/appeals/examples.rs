//! Appeals that nobody made: the same accounts and day give the same appeals everywhere.

use gis_gkh::Guid;
use time::{Date, Duration};
use uuid::Uuid;

use super::rows::{AppealApplicant, AppealFile, AppealState, IncomingAppeal, SentAnswer};
use crate::seed::Account;

/// Topic, text, how far, how many files.
const APPEALS: [(&str, &str, AppealState, usize); 12] = [
    ("Перерасчёт", "Прошу пересчитать плату за воду за время отъезда.", AppealState::Sent, 1),
    ("Отопление", "В квартире образца холодно с начала месяца.", AppealState::Sent, 0),
    ("Лифт", "Лифт образцового подъезда стоит второй день.", AppealState::InWork, 0),
    ("Уборка", "Подъезд не убирали на прошлой неделе.", AppealState::Executed, 0),
    ("Показания", "Показания за прошлый месяц учтены не полностью.", AppealState::Sent, 2),
    ("Кровля", "После дождя протекает потолок на последнем этаже.", AppealState::InWork, 3),
    ("Платёжный документ", "Не приходит платёжный документ за прошлый месяц.", AppealState::Sent, 0),
    ("Домофон", "Домофон отключён, а плата начислена.", AppealState::Withdrawn, 0),
    ("Двор", "Во дворе не горит фонарь у третьего подъезда.", AppealState::Sent, 1),
    ("Поверка", "Когда проверят общий прибор учёта тепла?", AppealState::Executed, 0),
    ("Сообщение системы", "Срок поверки прибора учёта истекает.", AppealState::Sent, 0),
    ("Тариф", "Прошу объяснить тариф на содержание жилья.", AppealState::Sent, 0),
];

/// Invented surnames and first names.
const NAMES: [(&str, &str); 4] =
    [("Примеров", "Образец"), ("Образцова", "Проба"), ("Пробный", "Пример"), ("Выдуманная", "Тестина")];

/// A dozen appeals to the organisation of the first account, made in the 24 days before a day, the newest last.
pub(crate) fn appeals(accounts: &[Account], today: Date) -> Vec<IncomingAppeal> {
    let Some(first) = accounts.first() else { return Vec::new() };
    let ours: Vec<&Account> = accounts.iter().filter(|account| account.organisation == first.organisation).collect();
    let appeal = |(index, (topic, text, state, files)): (usize, &(&str, &str, AppealState, usize))| {
        let back = i64::try_from(APPEALS.len() - index).unwrap_or_default() * 2;
        let created = today.checked_sub(Duration::days(back)).unwrap_or(today);
        let number = format!("00-{}-{:06}", created.year(), index + 1);
        let account = ours.get(index * 5 % ours.len().max(1)).unwrap_or(&first);
        let (surname, first_name) = NAMES[index % NAMES.len()];
        let applicant = AppealApplicant {
            surname: surname.to_owned(),
            first_name: first_name.to_owned(),
            email: (index % 3 == 0).then(|| format!("primer-{index}@example.invalid")),
        };
        let file = |file: usize| AppealFile {
            name: format!("снимок-{file}.jpg"),
            description: format!("Снимок {file} к обращению"),
            guid: Guid::new(Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{number}/{file}").as_bytes())),
        };
        IncomingAppeal {
            organisation: Some(account.organisation),
            created,
            due: created.checked_add(Duration::days(30)),
            state: *state,
            theme: None,
            topic: (*topic).to_owned(),
            house: Some(account.house),
            premises: Some((index + 1).to_string()),
            // One is the system's own.
            applicant: (*topic != "Сообщение системы").then_some(applicant),
            text: (*text).to_owned(),
            files: (1..=*files).map(file).collect(),
            answer: (*state == AppealState::Executed).then(|| SentAnswer {
                date: created.next_day().unwrap_or(created),
                text: "Сделано, спасибо за обращение.".to_owned(),
            }),
            number,
        }
    };
    APPEALS.iter().enumerate().map(appeal).collect()
}

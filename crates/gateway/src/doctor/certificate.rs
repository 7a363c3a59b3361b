//! The certificate of the information system: whose it is, and how long its key may still sign.

use gis_gkh::stand::Stand;
use gis_gkh_sign::certificate::{Certificate, ValidityError};
use time::{Date, Duration, OffsetDateTime};

use super::page::{Check, Grade};
use crate::config::{ConfigError, Mode, Organisation};
use crate::desk::words::Words;

pub(super) const ID: &str = "certificate";

/// A new certificate takes weeks: from here on it is time to order one.
const EARLY: Duration = Duration::days(30);

/// From here on it is urgent.
const LATE: Duration = Duration::days(14);

/// From here on everything may stop over a weekend.
const LAST: Duration = Duration::days(3);

pub(super) fn unreadable(error: &ConfigError) -> Check {
    let found =
        Words::both(format!("сертификат не читается: {error}"), format!("the certificate cannot be read: {error}"));
    let remedy = Words::both(
        "укажите в `key.certificate` сертификат, зарегистрированный в ГИС ЖКХ за информационной системой (PEM)",
        "name in `key.certificate` the certificate that is registered for the information system in ГИС ЖКХ (PEM)",
    );
    Check::red(ID, found, remedy)
}

pub(super) fn judge(
    certificate: &Certificate,
    organisation: &Organisation,
    stand: &Stand,
    now: OffsetDateTime,
) -> Check {
    if let Err(error) = stand.check_certificate(certificate) {
        let found = Words::both(
            format!("сертификат — образец для песочницы, его ключ известен всем; стенд {}", stand.name),
            error.to_string(),
        );
        let remedy = Words::both(
            "укажите в `key` сертификат и ключ, зарегистрированные за вашей информационной системой",
            "name in `key` the certificate and the key that are registered for your information system",
        );
        return Check::red(ID, found, remedy);
    }
    if let Err(error) = certificate.check_validity(now) {
        return invalid(error);
    }
    let until = certificate.signing_until();
    let of_key = until < certificate.not_after();
    let lasting = lasting(until, now, of_key);
    match (lasting.grade, of_another(certificate, organisation)) {
        (Grade::Green, Some(other)) => other,
        _ => lasting,
    }
}

/// The certificate of an organisation that does not act for itself must be declared as the operator's.
fn of_another(certificate: &Certificate, organisation: &Organisation) -> Option<Check> {
    let ogrn = certificate.ogrn().filter(|ogrn| *ogrn != organisation.ogrn)?;
    if organisation.mode == Mode::Operator {
        return None;
    }
    let own = &organisation.ogrn;
    let found = Words::both(
        format!("сертификат выдан организации с ОГРН {ogrn}, а в настройках ОГРН {own}"),
        format!("the certificate is of the organisation with ОГРН {ogrn}, and the settings say ОГРН {own}"),
    );
    let remedy = Words::both(
        "если подписывает оператор информационной системы, напишите `mode = \"operator\"` в [organisation]; иначе исправьте ОГРН",
        "if the operator of the information system signs, write `mode = \"operator\"` into [organisation]; else correct the ОГРН",
    );
    Some(Check::yellow(ID, found, remedy))
}

fn renewal() -> Words {
    Words::both(
        "получите новый сертификат и зарегистрируйте его за информационной системой в личном кабинете ГИС ЖКХ",
        "obtain a new certificate and register it for the information system in the cabinet of ГИС ЖКХ",
    )
}

fn clock() -> Words {
    Words::both("проверьте часы этой машины", "check this machine's clock")
}

fn invalid(error: ValidityError) -> Check {
    let (ru, en, remedy) = match error {
        ValidityError::Expired(at) => {
            let at = day(at);
            (format!("сертификат истёк {at}"), format!("the certificate expired on {at}"), renewal())
        }
        ValidityError::KeyPeriodEnded(at) => {
            let at = day(at);
            let ru = format!("срок закрытого ключа истёк {at}, раньше срока сертификата");
            (ru, format!("the private key's period ended on {at}, before the certificate's"), renewal())
        }
        ValidityError::NotYetValid(at) => {
            let at = day(at);
            (format!("сертификат действует только с {at}"), format!("the certificate is valid from {at} only"), clock())
        }
        ValidityError::KeyPeriodNotStarted(at) => {
            let at = day(at);
            (
                format!("закрытым ключом можно подписывать только с {at}"),
                format!("the private key may sign from {at} only"),
                clock(),
            )
        }
        other => (other.to_string(), other.to_string(), renewal()),
    };
    Check::red(ID, Words::both(ru, en), remedy)
}

/// What is left of the time in which the key may sign.
fn lasting(until: OffsetDateTime, now: OffsetDateTime, of_key: bool) -> Check {
    let left = until - now;
    let (days, date) = (left.whole_days(), day(until));
    let (what_ru, what_en) = match of_key {
        true => ("срок закрытого ключа", "the private key's period"),
        false => ("срок сертификата", "the certificate"),
    };
    let found = Words::both(
        format!("{what_ru} истекает {date}, осталось полных дней: {days}"),
        format!("{what_en} ends on {date}, whole days left: {days}"),
    );
    let with = |ru: &str, en: &str| {
        let Words { ru: how_ru, en: how_en } = renewal();
        Words::both(format!("{ru}{how_ru}"), format!("{en}{how_en}"))
    };
    if left <= LAST {
        Check::red(ID, found, with("через считаные дни отправка остановится: ", "sending stops within days: "))
    } else if left <= LATE {
        Check::yellow(ID, found, with("срочно: ", "urgent: "))
    } else if left <= EARLY {
        Check::yellow(ID, found, with("заранее: ", "in good time: "))
    } else {
        Check::green(ID, found)
    }
}

fn day(at: OffsetDateTime) -> Date {
    at.to_offset(gis_gkh::clock::MOSCOW).date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn thirty_days_before_the_end_it_is_yellow_at_fourteen_urgent_and_at_three_red() {
        let now = datetime!(2026-11-02 12:00 UTC);
        let left = |left: Duration| lasting(now + left, now, false);
        let second = Duration::SECOND;
        assert_eq!(left(EARLY + second).grade, Grade::Green);
        let early = left(EARLY);
        assert_eq!(early.grade, Grade::Yellow);
        assert!(early.remedy.unwrap().en.starts_with("in good time"));
        assert!(left(LATE + second).remedy.unwrap().en.starts_with("in good time"));
        let late = left(LATE);
        assert_eq!(late.grade, Grade::Yellow);
        assert!(late.remedy.unwrap().ru.starts_with("срочно"));
        assert_eq!(left(LAST + second).grade, Grade::Yellow);
        assert_eq!(left(LAST).grade, Grade::Red);
        assert_eq!(left(Duration::ZERO).grade, Grade::Red, "the last moment");
        let key = lasting(now + Duration::days(5), now, true);
        assert!(key.found.en.contains("private key's period ends on 2026-11-07, whole days left: 5"), "{key:?}");
    }

    #[test]
    fn what_may_not_sign_is_red_whichever_bound_was_passed() {
        let at = datetime!(2026-12-31 21:30 UTC);
        for (error, said, remedied) in [
            (ValidityError::Expired(at), "expired on 2027-01-01", "obtain"),
            (ValidityError::KeyPeriodEnded(at), "before the certificate's", "obtain"),
            (ValidityError::NotYetValid(at), "from 2027-01-01 only", "clock"),
            (ValidityError::KeyPeriodNotStarted(at), "from 2027-01-01 only", "clock"),
        ] {
            let check = invalid(error);
            assert_eq!(check.grade, Grade::Red);
            assert!(check.found.en.contains(said), "{check:?}");
            assert!(check.remedy.unwrap().en.contains(remedied));
        }
    }
}

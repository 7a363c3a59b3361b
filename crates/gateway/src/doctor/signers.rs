//! Whose signatures under answers are believed.

use gis_gkh::{AnswerCheck, AnswerPolicy};
use time::{Duration, OffsetDateTime};

use super::page::Check;
use crate::config::ConfigError;
use crate::desk::words::Words;

pub(super) const ID: &str = "answer-signers";

/// From here on it is time to ask the system's operator for the next one.
const EARLY: Duration = Duration::days(30);

pub(super) fn judge(check: &Result<AnswerCheck, ConfigError>, now: OffsetDateTime) -> Check {
    match check {
        Ok(check) => {
            let ends: Vec<OffsetDateTime> =
                check.trust().certificates().map(|certificate| certificate.not_after()).collect();
            of(check.policy(), &ends, now)
        }
        Err(error) => {
            let found = Words::both(
                format!("сертификаты подписантов ответов не читаются: {error}"),
                format!("the certificates of the answers' signers cannot be read: {error}"),
            );
            Check::red(ID, found, renew())
        }
    }
}

fn renew() -> Words {
    Words::both(
        "положите в файл `stand.answer_signers` действующие сертификаты подписантов системы или их удостоверяющих центров (PEM)",
        "put into the file `stand.answer_signers` certificates in force of the system's signers or of their centres (PEM)",
    )
}

/// By the policy and the last moments of the trusted certificates.
fn of(policy: AnswerPolicy, ends: &[OffsetDateTime], now: OffsetDateTime) -> Check {
    if policy == AnswerPolicy::Off {
        let found = Words::both(
            "подписи ответов не проверяются (`stand.answers = \"off\"`)",
            "signatures of answers are not looked at (`stand.answers = \"off\"`)",
        );
        let remedy = Words::both(
            "напишите `answers = \"warn\"` и укажите сертификаты в `answer_signers`",
            "write `answers = \"warn\"` and name certificates in `answer_signers`",
        );
        return Check::yellow(ID, found, remedy);
    }
    if ends.is_empty() {
        let found = Words::both(
            "не указано, чьим подписям верить: ответы принимаются без доказательства",
            "nobody is named whose signatures to believe: answers are taken without proof",
        );
        return Check::yellow(ID, found, renew());
    }
    let (all, passed) = (ends.len(), ends.iter().filter(|end| **end < now).count());
    if passed > 0 {
        let found = Words::both(
            format!("сертификатов подписантов ответов: {all}, из них истекло: {passed}"),
            format!("certificates of the answers' signers: {all}, expired of them: {passed}"),
        );
        // Nothing would be settled any more, or nothing proven.
        return if passed == all && policy == AnswerPolicy::Require {
            Check::red(ID, found, renew())
        } else {
            Check::yellow(ID, found, renew())
        };
    }
    let first = ends.iter().min().copied().unwrap_or(now).to_offset(gis_gkh::clock::MOSCOW);
    let found = Words::both(
        format!("сертификатов подписантов ответов: {all}, первый истекает {}", first.date()),
        format!("certificates of the answers' signers: {all}, the first ends on {}", first.date()),
    );
    if first - now <= EARLY { Check::yellow(ID, found, renew()) } else { Check::green(ID, found) }
}

#[cfg(test)]
mod tests {
    use super::super::page::Grade;
    use super::*;
    use time::macros::datetime;

    #[test]
    fn red_is_only_what_would_settle_nothing_any_more() {
        let now = datetime!(2026-11-02 12:00 UTC);
        let (passed, soon, later) = (now - Duration::SECOND, now + EARLY, now + EARLY + Duration::SECOND);
        let grade = |policy, ends: &[OffsetDateTime]| of(policy, ends, now).grade;
        assert_eq!(grade(AnswerPolicy::Require, &[later]), Grade::Green);
        assert_eq!(grade(AnswerPolicy::Require, &[later, soon]), Grade::Yellow);
        assert_eq!(grade(AnswerPolicy::Require, &[later, passed]), Grade::Yellow);
        assert_eq!(grade(AnswerPolicy::Require, &[passed, passed]), Grade::Red);
        assert_eq!(grade(AnswerPolicy::Warn, &[passed]), Grade::Yellow);
        assert_eq!(grade(AnswerPolicy::Warn, &[]), Grade::Yellow);
        assert_eq!(grade(AnswerPolicy::Off, &[later]), Grade::Yellow);
    }
}

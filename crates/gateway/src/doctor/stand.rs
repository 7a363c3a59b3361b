//! Is the stand there, and does it read us? Asked by the state of a message nobody has: unsigned, without effect, and answered
//! by the system itself (INT002013), not by whatever stands before it.

use std::ops::RangeInclusive;

use gis_gkh::clock::{Clock, MOSCOW};
use gis_gkh::codes::{Class, Language};
use gis_gkh::contract::base::{GetStateRequest, Principal, RequestHeader};
use gis_gkh::contract::bills::ImportPaymentDocumentRequest;
use gis_gkh::envelope;
use gis_gkh::operation::{StateAnswer as _, Submission};
use gis_gkh::transport::{Post, Reply, Transport, TransportError, TransportReason};
use gis_gkh::{CallError, DateTime, Guid, Level, SystemError, body};
use time::OffsetDateTime;

use super::page::Check;
use crate::config::{Config, Mode};
use crate::desk::words::Words;

pub(super) const ID: &str = "stand";

/// The answer of a system that has read us.
const NO_SUCH_MESSAGE: &str = "INT002013";

/// The message of bills, which every organisation may ask about.
type Asked = ImportPaymentDocumentRequest;

/// What came of asking.
pub(super) struct Answered {
    /// Between these moments of ours the other side answered.
    pub(super) asked: RangeInclusive<OffsetDateTime>,
    pub(super) heard: Heard,
}

/// What was heard.
#[derive(Debug)]
pub(super) enum Heard {
    /// The system answered at this moment of its own: it read us, or says what it has against us.
    System(Option<SystemError>, Option<OffsetDateTime>),
    /// Something else answered.
    Other(String),
    /// By a status alone: of a front server, of a proxy.
    Status(SystemError),
    /// No answer.
    Silence(TransportReason),
}

/// Asks about the message `nobodys`, as `own`.
pub(super) async fn ask(
    config: &Config,
    way: &dyn Transport,
    clock: &dyn Clock,
    (own, nobodys): (Guid, Guid),
) -> Answered {
    let sent = clock.now();
    let principal = Principal::OrgPpaGuid(Guid::new(config.organisation.org_ppa_guid));
    let now = sent.to_offset(MOSCOW);
    let date = DateTime::new(now.replace_millisecond(now.millisecond()).unwrap_or(now));
    let mut header = RequestHeader::new(date, own, principal);
    header.is_operator_signature = config.organisation.mode == Mode::Operator;
    let message = envelope::write(&header, &GetStateRequest::new(nobodys), &config.versions);
    let operation = Asked::STATE;
    let post =
        Post { path: operation.path, action: operation.action, body: message.text.as_bytes(), may_leave: &|| true };
    let posted = way.post(post).await;
    Answered { asked: sent..=clock.now(), heard: hear(posted) }
}

fn hear(posted: Result<Reply, TransportError>) -> Heard {
    let reply = match posted {
        Ok(reply) => reply,
        Err(TransportError { reason, .. }) => return Heard::Silence(reason),
    };
    let date = reply.date;
    match body::<<Asked as Submission>::State>(reply) {
        Ok(answer) => Heard::System(answer.body.error().map(SystemError::request), date),
        Err(CallError::Refused { error, .. }) if error.level == Level::Fault => Heard::System(Some(error), date),
        Err(CallError::Refused { error, .. }) => Heard::Status(error),
        Err(CallError::MaybeSent { cause, .. }) => match cause.downcast::<SystemError>() {
            Ok(status) => Heard::Status(*status),
            Err(cause) => Heard::Other(cause.to_string()),
        },
        Err(other) => Heard::Other(other.to_string()),
    }
}

pub(super) fn judge(heard: &Heard, place: &str) -> Check {
    match heard {
        Heard::System(None, _) => reads(place),
        Heard::System(Some(error), _) => system(error, place),
        Heard::Status(error) => {
            let found = Words::both(
                format!("стенд ({place}) не ответил по протоколу: {}", error.text),
                format!("the stand ({place}) did not answer by the protocol: {}", error.text),
            );
            Check::red(ID, found, action(error))
        }
        Heard::Other(what) => {
            let found = Words::both(
                format!("по адресу {place} отвечает не ГИС ЖКХ: {what}"),
                format!("what answers at {place} is not ГИС ЖКХ: {what}"),
            );
            let remedy = Words::both(
                "проверьте `stand.address` и `stand.host`, куда ведёт туннель и не отвечает ли за стенд прокси или заглушка на время работ",
                "check `stand.address` and `stand.host`, where the tunnel leads, and whether a proxy or a page of maintenance answers in the stand's place",
            );
            Check::red(ID, found, remedy)
        }
        Heard::Silence(reason) => silence(reason, place),
    }
}

fn reads(place: &str) -> Check {
    Check::green(ID, Words::both(format!("стенд отвечает ({place})"), format!("the stand answers ({place})")))
}

/// What the system has against a question that needs no rights.
fn system(error: &SystemError, place: &str) -> Check {
    let code = error.code.as_deref().unwrap_or("?");
    if code == NO_SUCH_MESSAGE {
        return reads(place);
    }
    let title = |language| error.entry().map_or("", |entry| entry.title(language));
    let found = Words::both(
        format!("стенд ({place}) отвечает отказом {code}. {}", title(Language::Russian)),
        format!("the stand ({place}) answers by refusing: {code}. {}", title(Language::English)),
    );
    match error.class() {
        // The system is there, and passes through something.
        Class::Retry | Class::RetryRebuilt | Class::Maintenance => Check::yellow(ID, found, action(error)),
        _ => Check::red(ID, found, action(error)),
    }
}

/// What the catalogue of codes says is to be done.
fn action(error: &SystemError) -> Words {
    let entry = error.entry();
    entry.map_or_else(
        || Words::both("сообщите код разработчикам шлюза", "tell the makers of the gateway the code"),
        |entry| Words::both(entry.action(Language::Russian), entry.action(Language::English)),
    )
}

fn silence(reason: &TransportReason, place: &str) -> Check {
    let (ru, en, remedy) = match reason {
        TransportReason::Connect { why, .. } => (
            format!("нет соединения с {place}: {why}"),
            format!("no connection to {place}: {why}"),
            Words::both(
                "проверьте `stand.address` и запущен ли туннель или песочница; к стенду напрямую — открыт ли порт в межсетевом экране",
                "check `stand.address`, and that the tunnel or the sandbox is running; straight to a stand, that a firewall lets it through",
            ),
        ),
        TransportReason::Handshake { .. } => {
            let why = Words::both("TLS не согласован (tls)", "TLS was not agreed upon (tls)");
            return Check::skipped(ID, &why);
        }
        TransportReason::Timeout(limit) => (
            format!("{place}: соединение есть, ответа за {limit:?} нет"),
            format!("{place}: connected, and no answer within {limit:?}"),
            Words::both(
                "дайте больше времени: gkh doctor --timeout 60s; если не поможет, проверьте, доходит ли туннель до стенда",
                "give it longer: gkh doctor --timeout 60s; if that does not help, check that the tunnel reaches the stand",
            ),
        ),
        TransportReason::Request(what) => (
            format!("запрос не записать в HTTP: {what}"),
            format!("the request cannot be written as HTTP: {what}"),
            Words::both("исправьте `stand.host`", "correct `stand.host`"),
        ),
        broken => (
            format!("{place}: соединение есть, ответ не получен целиком: {broken}"),
            format!("{place}: connected, and no whole answer came: {broken}"),
            Words::both(
                "проверьте, что по адресу слушает именно туннель к стенду и что на пути ничего не рвёт и не меняет ответы",
                "check that it is the tunnel to the stand that listens there, and that nothing on the way cuts or changes answers",
            ),
        ),
    };
    Check::red(ID, Words::both(ru, en), remedy)
}

#[cfg(test)]
mod tests {
    use super::super::page::Grade;
    use super::*;
    use gis_gkh::handshake::HandshakeFailure;

    fn refused(code: &str) -> Check {
        let error = SystemError { level: Level::Fault, code: Some(code.to_owned()), text: "personal".to_owned() };
        let check = judge(&Heard::System(Some(error), None), "127.0.0.1:1");
        assert!(!check.found.ru.contains("personal"), "the system's text may name people");
        check
    }

    #[test]
    fn a_system_that_says_so_itself_is_there_and_what_it_refuses_is_graded_by_the_catalogue() {
        assert_eq!(refused("INT002013").grade, Grade::Green);
        assert_eq!(refused("EXP001000").grade, Grade::Yellow);
        let unknown = refused("AUT011002");
        assert_eq!(unknown.grade, Grade::Red);
        assert!(unknown.remedy.unwrap().en.contains("orgPPAGUID"));
        assert_eq!(refused("FMT001300").grade, Grade::Red);
        assert_eq!(refused("XYZ000001").grade, Grade::Red);
        assert_eq!(judge(&Heard::System(None, None), "").grade, Grade::Green);
    }

    #[test]
    fn whatever_is_no_answer_of_the_system_is_red_with_a_remedy_of_its_own() {
        let to = || "127.0.0.1:1".to_owned();
        let page = |status: u16, body: &str| {
            let reply = Reply { status, body: body.as_bytes().to_vec(), ..Reply::default() };
            judge(&hear(Ok(reply)), "127.0.0.1:1")
        };
        let lost = |reason| judge(&hear(Err(TransportError { left: true, reason })), "127.0.0.1:1");
        let html = page(200, "<html><title>Please log in</title></html>");
        assert!(html.found.en.contains("Please log in"), "{html:?}");
        let forbidden = page(403, "<html><title>403 Forbidden</title></html>");
        assert!(forbidden.found.ru.contains("403"), "{forbidden:?}");
        let checks = [
            html,
            forbidden,
            page(200, ""),
            page(302, ""),
            page(502, "<html></html>"),
            lost(TransportReason::Connect { to: to(), why: "refused".to_owned() }),
            lost(TransportReason::Timeout(std::time::Duration::from_secs(10))),
            lost(TransportReason::Broken("reset".to_owned())),
        ];
        assert!(checks.iter().all(|check| check.grade == Grade::Red && check.remedy.is_some()), "{checks:?}");
        let handshake = TransportReason::Handshake { to: to(), why: HandshakeFailure::NotTls };
        assert_eq!(lost(handshake).grade, Grade::Skipped, "`tls` tells of it");
    }
}

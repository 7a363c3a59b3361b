//! Errors of the client, classified for delivery. What may be done about a code is data of the catalogue.

use gis_gkh::codes::{self, Class};
use gis_gkh::transport::{TransportError, TransportReason};
use gis_gkh::{CallError, ComposeError, SystemError, Unproven};
use gis_gkh_delivery::{Failure, Fixer, Level, RetryClass, Submitted};

use super::words::{ANSWER_FORGED, ANSWER_SIGNER, ANSWER_UNSIGNED, CONTRACT, SIGNING};

/// The code of the system that says: no such message.
pub(crate) const NO_SUCH_MESSAGE: &str = "INT002013";

/// How much of an explanation of the system is kept, in characters.
const EXPLANATION: usize = 600;

/// An error the system reported.
pub(crate) fn of_system(error: &SystemError) -> Failure {
    let level = match error.level {
        gis_gkh::Level::Transport => Level::Transport,
        gis_gkh::Level::Fault => Level::Fault,
        gis_gkh::Level::Request => Level::Request,
        gis_gkh::Level::Object => Level::Object,
    };
    let entry = error.code.as_deref().and_then(codes::find);
    let (class, fixer) = match (entry, level) {
        // HTTP without SOAP is the doing of a server in front: nothing is known against the request, so it waits.
        (Some(entry), Level::Transport) => (RetryClass::Retry, fixer(entry.fixer)),
        (None, Level::Transport) => (RetryClass::Retry, Fixer::Operator),
        (Some(entry), _) => (class(entry.class), fixer(entry.fixer)),
        // A fault without a code is a failure inside the system (`protocol` §4.5).
        (None, Level::Fault) if error.code.is_none() => (RetryClass::RetryRebuilt, Fixer::System),
        (None, _) => (RetryClass::Permanent, Fixer::Caller),
    };
    Failure { code: error.code.clone(), text: explanation(&error.text), class, level, fixer, cause: None }
}

/// What the system says, without its internals: only the lines before a stack trace, and not without end.
fn explanation(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let told: Vec<&str> = lines.take_while(|line| !line.starts_with("at ") && !line.contains("ru.lanit.")).collect();
    let told = told.join(" ");
    match told.char_indices().nth(EXPLANATION) {
        Some((end, _)) => format!("{}…", &told[..end]),
        None => told,
    }
}

fn class(class: Class) -> RetryClass {
    match class {
        Class::Retry => RetryClass::Retry,
        Class::RetryRebuilt => RetryClass::RetryRebuilt,
        Class::Permanent => RetryClass::Permanent,
        Class::Empty => RetryClass::Empty,
        Class::Maintenance => RetryClass::Maintenance,
        Class::SwitchOperation => RetryClass::SwitchOperation,
        Class::CallerFix => RetryClass::CallerFix,
        Class::AlreadyExists => RetryClass::AlreadyExists,
        Class::AlreadyDone => RetryClass::AlreadyDone,
    }
}

fn fixer(fixer: codes::Fixer) -> Fixer {
    match fixer {
        codes::Fixer::Billing => Fixer::Caller,
        codes::Fixer::Operator => Fixer::Operator,
        codes::Fixer::Integrator => Fixer::Gateway,
        codes::Fixer::System | codes::Fixer::Nobody => Fixer::System,
    }
}

/// No whole answer: a matter of the connection.
pub(super) fn of_transport(reason: &TransportReason) -> Failure {
    let fixer = match reason {
        TransportReason::Connect { .. }
        | TransportReason::Proxy { .. }
        | TransportReason::Handshake { .. }
        | TransportReason::Request(_) => Fixer::Operator,
        _ => Fixer::System,
    };
    let (text, class, level) = (reason.to_string(), RetryClass::Retry, Level::Transport);
    Failure { code: None, text, class, level, fixer, cause: None }
}

/// A failure decided by a desk, by one of the codes of [`words`](super::words).
pub(crate) fn local(code: &str, text: String) -> Failure {
    Failure {
        code: Some(code.to_owned()),
        text,
        class: RetryClass::Permanent,
        level: Level::Local,
        fixer: super::words::fixer(code).unwrap_or(Fixer::Gateway),
        cause: None,
    }
}

/// A request that was not built.
pub(crate) fn of_compose(error: &ComposeError) -> Failure {
    let (code, class, fixer) = match error {
        ComposeError::Invalid(_) => (CONTRACT, RetryClass::Permanent, Fixer::Gateway),
        // A token that is unplugged, a source of randomness that is dry: it may come back, and nothing is lost by waiting.
        _ => (SIGNING, RetryClass::Retry, Fixer::Operator),
    };
    Failure { code: Some(code.into()), text: error.to_string(), class, level: Level::Local, fixer, cause: None }
}

/// Any error of a call that reads: nothing was changed by it.
pub(crate) fn of_call(error: &CallError) -> Failure {
    match error {
        CallError::NotBuilt(error) => of_compose(error),
        CallError::NotSent(error) => of_transport(&error.reason),
        CallError::Refused { error, .. } => of_system(error),
        CallError::MaybeSent { cause, .. } => unclear(cause.as_ref()),
        CallError::Unproven { reason, .. } => of_unproven(reason),
        // Errors to come: nothing may be claimed of them.
        other => unclear(other),
    }
}

/// An answer that is not believed: it is asked for again until one is, or a person has seen to the cause.
fn of_unproven(reason: &Unproven) -> Failure {
    let code = match reason {
        Unproven::Unsigned => ANSWER_UNSIGNED,
        Unproven::Signer(_) | Unproven::NoSigners => ANSWER_SIGNER,
        _ => ANSWER_FORGED,
    };
    Failure { class: RetryClass::Retry, ..local(code, reason.to_string()) }
}

/// An answer that never came or says nothing.
fn unclear(cause: &(dyn std::error::Error + 'static)) -> Failure {
    if let Some(reason) = cause.downcast_ref::<TransportReason>() {
        return of_transport(reason);
    }
    if let Some(error) = cause.downcast_ref::<TransportError>() {
        return of_transport(&error.reason);
    }
    if let Some(error) = cause.downcast_ref::<SystemError>() {
        return of_system(error);
    }
    // What is wrong with the answer is told by its place; the answer itself is kept as evidence.
    let (text, class, fixer) = (explanation(&cause.to_string()), RetryClass::Retry, Fixer::System);
    Failure { code: None, text, class, level: Level::Transport, fixer, cause: None }
}

/// What an error means for a submission: whether it may have left.
pub(crate) fn submitted(error: CallError) -> Submitted {
    let failure = of_call(&error);
    match error {
        CallError::NotBuilt(_) | CallError::NotSent(_) => Submitted::NotSent { failure },
        CallError::Refused { raw, .. } => Submitted::Rejected { failure, raw },
        CallError::MaybeSent { raw, .. } => Submitted::MaybeSent { failure, raw },
        _ => Submitted::MaybeSent { failure, raw: None },
    }
}

/// The bytes of an answer that came with an error.
pub(crate) fn raw(error: CallError) -> Option<Vec<u8>> {
    match error {
        CallError::Refused { raw, .. } | CallError::Unproven { raw, .. } => Some(raw),
        CallError::MaybeSent { raw, .. } => raw,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(level: gis_gkh::Level, code: Option<&str>) -> Failure {
        of_system(&SystemError { level, code: code.map(str::to_owned), text: "текст".into() })
    }

    #[test]
    fn classes_come_from_the_catalogue() {
        use gis_gkh::Level as L;
        let table = [
            (L::Fault, Some("EXP001000"), RetryClass::RetryRebuilt, Fixer::System),
            (L::Fault, Some("EXP002001"), RetryClass::Retry, Fixer::System),
            (L::Fault, Some("AUT011005"), RetryClass::CallerFix, Fixer::Gateway),
            (L::Fault, Some("FMT001300"), RetryClass::Permanent, Fixer::Gateway),
            (L::Request, Some("INT002012"), RetryClass::Empty, Fixer::System),
            (L::Request, Some("INT002029"), RetryClass::Maintenance, Fixer::System),
            (L::Object, Some("INT008165"), RetryClass::Permanent, Fixer::Caller),
            (L::Object, Some("SRV008070"), RetryClass::AlreadyDone, Fixer::System),
            (L::Object, Some("SRV999999"), RetryClass::Permanent, Fixer::Caller),
            (L::Transport, Some("HTTP503"), RetryClass::Retry, Fixer::System),
            (L::Transport, Some("HTTP404"), RetryClass::Retry, Fixer::Operator),
            (L::Fault, None, RetryClass::RetryRebuilt, Fixer::System),
            (L::Object, Some("XYZ000001"), RetryClass::Permanent, Fixer::Caller),
        ];
        for (level, code, class, fixer) in table {
            let failure = system(level, code);
            assert_eq!((failure.class, failure.fixer), (class, fixer), "{code:?}");
            assert_eq!(failure.code.as_deref(), code);
        }
    }

    #[test]
    fn what_may_have_left_is_never_called_unsent() {
        let transport = |left| TransportError { left, reason: TransportReason::Broken("reset".into()) };
        let maybe = |cause| CallError::MaybeSent { cause, raw: Some(b"x".to_vec()) };
        assert!(matches!(submitted(CallError::NotSent(transport(false))), Submitted::NotSent { .. }));
        assert!(matches!(submitted(maybe(Box::new(transport(true)))), Submitted::MaybeSent { raw: Some(_), .. }));
        let page = SystemError { level: gis_gkh::Level::Transport, code: Some("HTTP502".into()), text: String::new() };
        let Submitted::MaybeSent { failure, .. } = submitted(maybe(Box::new(page))) else {
            panic!("502 may have left")
        };
        assert_eq!((failure.code.as_deref(), failure.class), (Some("HTTP502"), RetryClass::Retry));
        let fault = SystemError { level: gis_gkh::Level::Fault, code: Some("AUT011000".into()), text: String::new() };
        let refused = CallError::Refused { error: fault, raw: Vec::new() };
        assert!(matches!(submitted(refused), Submitted::Rejected { .. }));
    }

    #[test]
    fn internals_of_the_system_are_cut_off() {
        let text = "Номер уже есть\n  в периоде\njava.lang.Error\n\tat ru.lanit.x.Y\n\tat ru.lanit.z";
        assert_eq!(explanation(text), "Номер уже есть в периоде java.lang.Error");
        assert_eq!(explanation(&"я".repeat(700)).chars().count(), EXPLANATION + 1);
    }
}

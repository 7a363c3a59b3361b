//! TLS with the stand: what was agreed upon, or why nothing was.

use std::time::Duration;

use gis_gkh::handshake::HandshakeFailure;
use gis_gkh::transport::TransportReason;
use time::OffsetDateTime;

use super::page::Check;
use crate::desk::words::Words;

pub(super) const ID: &str = "tls";

/// From here on the stand's operator has published the next certificate, or should have.
const EARLY: time::Duration = time::Duration::days(14);

/// What a handshake came to, whichever library speaks TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    /// The suite.
    pub suite: String,
    /// The version: `TLSv1.2`.
    pub version: String,
    /// TLS before 1.2.
    pub outdated: bool,
    /// Whether the server asked for a client certificate.
    pub certificate_asked: bool,
    /// The server's certificates, its own first.
    pub chain: Vec<HandshakeCertificate>,
    /// What connecting and the handshake took together.
    pub took: Duration,
}

/// A certificate of the server's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandshakeCertificate {
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Its last moment, if it has one that a calendar knows.
    pub not_after: Option<OffsetDateTime>,
}

/// Makes a connection, and tells what was agreed upon.
#[cfg(feature = "gost-tls")]
pub(super) fn shake(
    http: std::sync::Arc<gis_gkh::Http<gis_gkh_openssl::GostTls>>,
) -> super::Asked<Result<Handshake, TransportReason>> {
    Box::pin(async move {
        let peer = http.connector().probe().await?;
        let chain = peer.chain.into_iter().map(|one| HandshakeCertificate {
            subject: one.subject,
            issuer: one.issuer,
            not_after: one.not_after,
        });
        Ok(Handshake {
            suite: peer.suite.name().to_owned(),
            version: peer.version.to_owned(),
            outdated: peer.outdated,
            certificate_asked: peer.certificate_asked,
            chain: chain.collect(),
            took: peer.took,
        })
    })
}

/// TLS is wanted and cannot even be tried.
pub(super) fn impossible(why: &Words) -> Check {
    let found = Words::both(format!("TLS начать нельзя: {}", why.ru), format!("TLS cannot be begun: {}", why.en));
    let remedy = Words::both(
        "исправьте названное в [tls]; ключ и сертификат соединения берутся из [key], если не заданы там",
        "correct what is named in [tls]; certificate and key of the connection are those of [key] unless they are set there",
    );
    Check::red(ID, found, remedy)
}

pub(super) fn judge(shaken: &Result<Handshake, TransportReason>, now: OffsetDateTime) -> Check {
    match shaken {
        Ok(handshake) => agreed(handshake, now),
        Err(TransportReason::Handshake { why, .. }) => {
            let found = Words::both(format!("TLS не согласован: {why}"), format!("TLS was not agreed upon: {why}"));
            Check::red(ID, found, remedy(why))
        }
        Err(other) => {
            let why = Words::both(
                format!("до TLS не дошло (stand): {other}"),
                format!("it did not come to TLS (stand): {other}"),
            );
            Check::skipped(ID, &why)
        }
    }
}

/// A stand that is reached in the open, by a tunnel or because it is a sandbox.
pub(super) fn not_ours(address: &str) -> Check {
    let why = Words::both(
        format!("до {address} соединение открытое: TLS со стендом — дело туннеля (`[tls]` не задан)"),
        format!(
            "the connection to {address} is in the open: TLS with the stand is the tunnel's business (`[tls]` is not set)"
        ),
    );
    Check::skipped(ID, &why)
}

fn agreed(handshake: &Handshake, now: OffsetDateTime) -> Check {
    let Handshake { suite, version, outdated, certificate_asked, chain, took } = handshake;
    let mut ru = format!("{suite}, {version}, за {} мс", took.as_millis());
    let mut en = format!("{suite}, {version}, in {} ms", took.as_millis());
    if !certificate_asked {
        ru.push_str("; сертификат клиента не спрошен");
        en.push_str("; no client certificate was asked for");
    }
    for (place, certificate) in chain.iter().enumerate() {
        let HandshakeCertificate { subject, issuer, not_after } = certificate;
        let until = not_after.map_or_else(|| "?".to_owned(), |at| at.date().to_string());
        let (of_ru, of_en) = if place == 0 {
            ("; сертификат стенда", "; the stand's certificate")
        } else {
            ("; над ним", "; above it")
        };
        ru.push_str(&format!("{of_ru}: {subject} до {until}, выдал: {issuer}"));
        en.push_str(&format!("{of_en}: {subject} until {until}, issued by {issuer}"));
    }
    let found = Words::both(ru, en);
    if *outdated {
        let remedy = Words::both(
            "TLS до 1.2 больше не защищает: уберите из `[tls]` разрешение на TLS 1.0 и узнайте у оператора стенда, когда будет 1.2",
            "TLS before 1.2 protects no more: take the permission of TLS 1.0 out of `[tls]`, and ask the stand's operator when there will be 1.2",
        );
        return Check::red(ID, found, remedy);
    }
    let soon = chain.iter().filter_map(|certificate| certificate.not_after).any(|until| until - now <= EARLY);
    if soon {
        let remedy = Words::both(
            "сертификат стенда скоро истечёт: возьмите новый из публикации оператора, сверьте отпечаток и добавьте к доверенным",
            "a certificate of the stand ends soon: take the new one from its operator's publication, compare the fingerprint and add it to the trusted ones",
        );
        return Check::yellow(ID, found, remedy);
    }
    Check::green(ID, found)
}

fn remedy(why: &HandshakeFailure) -> Words {
    let (ru, en) = match why {
        HandshakeFailure::UnknownAuthority { .. } => (
            "возьмите новый сертификат стенда из публикации оператора, сверьте отпечаток и добавьте в файл доверенных",
            "take the stand's new certificate from its operator's publication, compare the fingerprint and add it to the trusted file",
        ),
        HandshakeFailure::Expired { .. } | HandshakeFailure::NotYetValid { .. } => (
            "проверьте часы этой машины; если они верны, ждите оператора стенда",
            "check this machine's clock; if it is right, wait for the stand's operator",
        ),
        HandshakeFailure::OtherName { .. } | HandshakeFailure::NotTls | HandshakeFailure::PlainHttp { .. } => (
            "проверьте `stand.address`, порт и нет ли на пути прокси: отвечает, похоже, не стенд",
            "check `stand.address`, the port, and whether a proxy stands between: what answers does not seem to be the stand",
        ),
        HandshakeFailure::CertificateDemanded => (
            "укажите для TLS сертификат и ключ информационной системы, зарегистрированные в ГИС ЖКХ",
            "name for TLS the certificate and the key of the information system that are registered in ГИС ЖКХ",
        ),
        HandshakeFailure::CertificateRefused { .. } => (
            "проверьте, что сертификат зарегистрирован за информационной системой именно на этом стенде и не истёк",
            "check that the certificate is registered for the information system on this very stand and has not expired",
        ),
        HandshakeFailure::NoCommonSuite { .. }
        | HandshakeFailure::NoCommonVersion { .. }
        | HandshakeFailure::NotGost { .. } => (
            "проверьте адрес и порт: сервер не говорит на ГОСТ TLS 1.2, на меньшее шлюз не соглашается",
            "check the address and the port: the server does not speak GOST TLS 1.2, and the gateway agrees to nothing less",
        ),
        HandshakeFailure::Closed => (
            "проверьте, не фильтрует ли сеть ГОСТ TLS: тот же запрос с другой машины или через туннель это покажет",
            "check whether the network filters GOST TLS: the same from another machine or through a tunnel will show",
        ),
        HandshakeFailure::Trust(_) => (
            "исправьте файл доверенных сертификатов, указанный в `[tls]`",
            "correct the file of trusted certificates named in `[tls]`",
        ),
        _ => (
            "проверьте `[tls]` и сертификат стенда; сказанное передайте оператору стенда или разработчикам шлюза",
            "check `[tls]` and the stand's certificate; pass on what was said to the stand's operator or the makers of the gateway",
        ),
    };
    Words::both(ru, en)
}

#[cfg(test)]
mod tests {
    use super::super::page::Grade;
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-02 12:00 UTC);

    fn handshake(left: time::Duration) -> Handshake {
        let certificate = HandshakeCertificate {
            subject: "CN=stand.example".to_owned(),
            issuer: "CN=centre.example".to_owned(),
            not_after: Some(NOW + left),
        };
        Handshake {
            suite: "GOST2012-GOST8912-GOST8912".to_owned(),
            version: "TLSv1.2".to_owned(),
            outdated: false,
            certificate_asked: true,
            chain: vec![certificate],
            took: Duration::from_millis(120),
        }
    }

    #[test]
    fn suite_and_chain_are_told_and_an_outdated_version_is_red() {
        let good = judge(&Ok(handshake(EARLY + time::Duration::SECOND)), NOW);
        assert_eq!(good.grade, Grade::Green);
        assert_eq!(
            good.found.en,
            "GOST2012-GOST8912-GOST8912, TLSv1.2, in 120 ms; the stand's certificate: CN=stand.example until 2026-11-16, \
             issued by CN=centre.example"
        );
        assert_eq!(judge(&Ok(handshake(EARLY)), NOW).grade, Grade::Yellow);
        let old = Handshake { outdated: true, version: "TLSv1".to_owned(), ..handshake(time::Duration::days(400)) };
        assert_eq!(judge(&Ok(old), NOW).grade, Grade::Red);
    }

    #[test]
    fn a_handshake_that_failed_is_red_and_one_that_was_never_begun_is_the_stands_business() {
        let failed = |why| judge(&Err(TransportReason::Handshake { to: "stand.example:443".to_owned(), why }), NOW);
        let refused = failed(HandshakeFailure::CertificateRefused { alert: "certificate unknown".to_owned() });
        assert_eq!(refused.grade, Grade::Red);
        assert!(refused.remedy.unwrap().ru.contains("на этом стенде"));
        assert_eq!(failed(HandshakeFailure::Closed).grade, Grade::Red);
        let nobody = TransportReason::Connect { to: "stand.example:443".to_owned(), why: "refused".to_owned() };
        assert_eq!(judge(&Err(nobody), NOW).grade, Grade::Skipped);
        assert_eq!(not_ours("127.0.0.1:8080").grade, Grade::Skipped);
    }
}

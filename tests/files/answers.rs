//! Answers of every kind, what they are taken for and what helps.

use gis_gkh::codes;
use gis_gkh::files::{Context, FileError, FileName, PART, Remedy, md5};
use gis_gkh::transport::{TransportError, TransportReason};

use super::script::*;

fn context() -> Context {
    Context::named("appeals").unwrap()
}

async fn put(answer: Answer) -> Result<String, FileError> {
    let script = Script::new([answer]);
    let name = FileName::new("Акт.pdf").unwrap();
    script.store().put(context(), &name, "%PDF".into(), &md5(b"%PDF")).await.map(|id| id.to_string())
}

#[tokio::test]
async fn a_request_says_who_when_and_what() {
    let script = Script::new([given(ID)]);
    let name = FileName::new("Акт.pdf").unwrap();
    script.store().put(context(), &name, "%PDF".into(), &md5(b"%PDF")).await.unwrap();
    let call = &script.calls()[0];
    assert!(brings_bytes(call.verb));
    assert_eq!(call.path, "/ext-bus-file-store-service/rest/appeals");
    let header = |name: &str| call.headers.iter().find(|(found, _)| *found == name).map(|(_, value)| value.as_str());
    assert_eq!(header("x-upload-orgppaguid"), Some(OTHER));
    assert_eq!(header("date"), Some("Tue, 03 Nov 2026 09:00:05 GMT"));
    assert_eq!(header("x-upload-filename"), Some("=?UTF-8?B?0JDQutGCLnBkZg==?="));
    assert!(header("content-md5").is_some_and(|md5| md5.len() == 24));
    // Neither the name nor the bytes are shown.
    assert!(!format!("{call:?}").contains("0JDQutGC"));
}

#[tokio::test]
async fn an_identifier_is_named_or_told_by_its_place() {
    assert_eq!(put(given(ID)).await.unwrap(), ID);
    let place = format!("/ext-bus-file-store-service/rest/appeals/{ID}");
    assert_eq!(put(reply(200, &[("location", &place)], "")).await.unwrap(), ID);
    for headers in [&[][..], &[("x-upload-uploadid", "7")]] {
        let error = put(reply(200, headers, "")).await.unwrap_err();
        assert!(matches!(error, FileError::Answer("X-Upload-UploadID")), "{error}");
        assert_eq!(error.remedy(), Remedy::FixSettings);
    }
}

#[tokio::test]
async fn every_error_of_the_store_has_its_remedy() {
    let expected = [
        ("FieldValidationException", Remedy::Report),
        ("FileNotFoundException", Remedy::FixFile),
        ("InvalidStatusException", Remedy::Report),
        ("InvalidSizeException", Remedy::FixFile),
        ("FileVirusInfectionException", Remedy::FixFile),
        ("FileVirusNotCheckedException", Remedy::Wait),
        ("FilePermissionException", Remedy::FixSettings),
        ("DataProviderValidationException", Remedy::FixSettings),
        ("CertificateValidationException", Remedy::FixSettings),
        ("HashConflictException", Remedy::Retry),
        ("InvalidPartNumberException", Remedy::Report),
        ("ContextNotFoundException", Remedy::Report),
        ("ExtensionException", Remedy::FixFile),
        ("DetectionException", Remedy::FixFile),
        ("INT002029", Remedy::Wait),
    ];
    for (code, remedy) in expected {
        let error = put(refused(code)).await.unwrap_err();
        assert_eq!((error.code().as_deref(), error.remedy()), (Some(code), remedy));
        assert!(error.to_string().starts_with(&format!("the file store says {code}: ")), "{error}");
    }
    // The catalogue has no error of the file store that is not in the list.
    let listed = codes::all().filter(|entry| entry.levels.contains('F'));
    for entry in listed {
        assert!(expected.iter().any(|(code, _)| *code == entry.code), "{}", entry.code);
    }
}

#[tokio::test]
async fn an_error_is_known_whatever_surrounds_it() {
    for said in ["HashConflictException: MD5 of Ivanova.pdf", " HashConflictException "] {
        for status in [200, 400, 500] {
            let error = put(reply(status, &[("x-upload-error", said)], "")).await.unwrap_err();
            assert!(matches!(&error, FileError::Refused { code, .. } if code == "HashConflictException"), "{error}");
            assert!(!error.to_string().contains("Ivanova"));
        }
    }
    let unknown = put(refused("SomethingNewException")).await.unwrap_err();
    assert_eq!(unknown.remedy(), Remedy::Report);
    assert!(unknown.to_string().contains("SomethingNewException"));
}

#[tokio::test]
async fn what_stands_in_between_is_told_apart() {
    let page = put(page()).await.unwrap_err();
    assert!(matches!(page, FileError::Page { .. }), "{page}");
    assert!(page.to_string().contains("Proxy says no") && page.to_string().contains("proxy"), "{page}");
    assert_eq!(page.remedy(), Remedy::FixSettings);
    let html = [("content-type", "text/html; charset=utf-8")];
    for (status, remedy) in
        [(503, Remedy::Retry), (502, Remedy::Retry), (429, Remedy::Retry), (404, Remedy::FixSettings)]
    {
        let error = put(reply(status, &html, "<title>Down</title>")).await.unwrap_err();
        assert!(matches!(error, FileError::Status { .. }), "{error}");
        assert!(error.to_string().contains("(Down)"), "{error}");
        assert_eq!(error.remedy(), remedy, "{status}");
    }
    // Lost or not sent, the same may be tried again.
    for left in [true, false] {
        let lost = Err(TransportError { left, reason: TransportReason::Broken("x".to_owned()) });
        assert_eq!(put(lost).await.unwrap_err().remedy(), Remedy::Retry);
    }
    let unwritable = TransportError { left: false, reason: TransportReason::Request("x".to_owned()) };
    assert_eq!(put(Err(unwritable)).await.unwrap_err().remedy(), Remedy::FixSettings);
}

#[tokio::test]
async fn windows_that_are_others_are_refused() {
    let id = ID.parse().unwrap();
    let length = PART + 3;
    let get = async |answer: Answer| Script::new([answer]).store().get(context(), id, PART, length).await;
    let ranged = |range: &str, body: &'static str| reply(206, &[("content-range", range)], body);
    assert_eq!(get(ranged("bytes 5242880-5242882/5242883", "end")).await.unwrap(), "end");
    for answer in [
        ranged("bytes 5242880-5242882/5242883", "en"),
        ranged("bytes 5242880-5242882/5242883", "ends"),
        ranged("bytes 0-2/5242883", "end"),
        reply(200, &[], "ends"),
    ] {
        let error = get(answer).await.unwrap_err();
        assert!(matches!(error, FileError::Short { expected: 3, .. }), "{error}");
        assert_eq!(error.remedy(), Remedy::Retry);
    }
    // A server that knows no ranges gives the whole file.
    let mut whole = vec![b'x'; usize::try_from(PART).unwrap()];
    whole.extend(b"end");
    assert_eq!(get(reply(200, &[], whole)).await.unwrap(), "end");
}

//! Files on their way to the file store: each is an object of its own, in a message of its own, which the object that refers to
//! it follows in its lane.
//!
//! Thus an upload has the life of any message: it is on disk before it leaves, tried again by schedule, seen by people, and in
//! the evidence with the bytes that left; the identifier it got is on disk before anything refers to it. It may be repeated
//! freely: a file that nothing refers to is seen by nobody. Of several files of one object each follows the one before and
//! hands its identifiers on.

use gis_gkh::files::{Context, FileError, FileName, FileStore, Remedy};
use gis_gkh_delivery::{
    Failure, Fixer, GisIds, Level, ObjectRow, ObjectState, Outcome, Polled, Prepared, RetryClass, Submitted, Work,
    local as codes,
};
use serde::{Deserialize, Serialize};

use super::failure::{local, of_transport};
use super::upload::{Carrier, Late, Unfinished};
use super::words::{FILE, PAYLOAD};
use crate::records::AttachedFile;

/// Name of the operation. The system has none of this name: it is a request to the file store.
pub(crate) const OPERATION: &str = "files.upload";

/// What stands in a line before the bytes of a file: of an object, and of the request that is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    /// `file/1`.
    schema: String,
    context: String,
    name: String,
    /// `AttachmentHASH`.
    hash: String,
    /// Which of the files of its object, from 1.
    number: usize,
    /// TransportGUID of the object, once it is to be sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    transport: String,
    /// Identifiers of the files before it.
    #[serde(default, skip_serializing_if = "GisIds::is_empty")]
    before: GisIds,
}

const SCHEMA: &str = "file/1";

/// What an upload is asked for by: its object, and the identifiers it brings.
#[derive(Serialize, Deserialize)]
struct Ack {
    transport: String,
    ids: GisIds,
}

/// Name of a file's identifier among those an upload brings, by its number from 1.
pub(crate) fn id_name(number: usize) -> String {
    format!("file-{number}")
}

/// The payload of the object of a file.
pub(crate) fn payload(context: &str, number: usize, file: &AttachedFile) -> Result<Vec<u8>, serde_json::Error> {
    let AttachedFile { name, hash, bytes, .. } = file;
    let manifest = Manifest {
        schema: SCHEMA.to_owned(),
        context: context.to_owned(),
        name: name.clone(),
        hash: hash.clone(),
        number,
        transport: String::new(),
        before: GisIds::new(),
    };
    write(&manifest, bytes)
}

/// Whether bytes of the evidence are those of an upload, which nobody signs.
pub(crate) fn is_upload(bytes: &[u8]) -> bool {
    bytes.starts_with(br#"{"schema":"file/1","#)
}

/// The request that uploads a file.
pub(super) fn prepare(rows: &[ObjectRow]) -> Result<Prepared, Failure> {
    let [row] = rows else { return Err(local(PAYLOAD, "an upload carries one file".to_owned())) };
    let (mut manifest, bytes) = read(&row.payload).ok_or_else(unreadable)?;
    manifest.transport = row.transport_guid.to_ascii_lowercase();
    manifest.before = match &row.forerunner {
        None => GisIds::new(),
        Some(state) => identifiers(Some(state))?.clone(),
    };
    let bytes = write(&manifest, bytes).map_err(|_| unreadable())?;
    Ok(Prepared { bytes })
}

/// Identifiers of the files that an object refers to.
pub(crate) fn identifiers(forerunner: Option<&ObjectState>) -> Result<&GisIds, Failure> {
    match forerunner {
        Some(ObjectState::Accepted(ids)) => Ok(ids),
        Some(ObjectState::Refused(refusal)) => Err(Failure {
            fixer: refusal.who_fixes,
            ..local(codes::FORERUNNER, format!("an attached file was refused: {}", refusal.code))
        }),
        Some(ObjectState::Unknown { .. }) => {
            Err(local(codes::FORERUNNER, "nobody knows what became of an attached file".to_owned()))
        }
        Some(_) => {
            let text = "an attached file is not uploaded yet".to_owned();
            Err(Failure { class: RetryClass::Retry, fixer: Fixer::System, ..local(codes::FORERUNNER, text) })
        }
        None => Err(local(PAYLOAD, "files are attached and none was to be uploaded".to_owned())),
    }
}

/// Uploads, within the carrier's patience: at once, or in parts from where the last try stopped.
pub(super) async fn submit(carrier: &Carrier, store: FileStore, work: &Work, request: &[u8]) -> Submitted {
    let Some((manifest, bytes)) = read(request) else { return Submitted::NotSent { failure: unreadable() } };
    let Some(context) = Context::named(&manifest.context) else {
        return Submitted::NotSent { failure: local(PAYLOAD, "the file store has no such section".to_owned()) };
    };
    let put = match FileName::new(manifest.name) {
        Ok(name) => carrier.upload(store, work.message, (context, name), bytes, manifest.hash).await,
        Err(error) => Err(Unfinished::Failed(error.into())),
    };
    let failure = match put {
        Ok(id) => {
            let mut ids = manifest.before;
            ids.insert(id_name(manifest.number), id.to_string());
            let ack = Ack { transport: manifest.transport, ids };
            return match serde_json::to_string(&ack) {
                Ok(ack) => Submitted::Accepted { ack, raw: id.to_string().into_bytes() },
                Err(_) => Submitted::NotSent { failure: unreadable() },
            };
        }
        Err(Unfinished::Failed(error)) => of_file(&error),
        Err(Unfinished::Late(late)) => of_late(&late),
    };
    match failure.class {
        // Whether it left does not matter: it may be repeated.
        RetryClass::Retry | RetryClass::Maintenance => Submitted::NotSent { failure },
        _ => Submitted::Rejected { raw: failure.text.clone().into_bytes(), failure },
    }
}

/// What an upload brought: it was all told when it was taken.
pub(super) fn poll(ack: &str) -> Polled {
    match serde_json::from_str::<Ack>(ack) {
        Ok(Ack { transport, ids }) => {
            Polled::Done { outcomes: vec![(transport, Outcome::Accepted(ids))], raw: Vec::new() }
        }
        Err(_) => Polled::Failed { failure: unreadable() },
    }
}

/// Nothing carries files.
pub(super) fn nowhere() -> Failure {
    let text = "this connection does not lead to a file store".to_owned();
    Failure { fixer: Fixer::Gateway, ..local(FILE, text) }
}

/// The time of a try is over, and the file is not whole yet.
fn of_late(late: &Late) -> Failure {
    // Where bytes got through it is the file that is large, and not the way that fails.
    let (level, fixer) = match late.came {
        true => (Level::Object, Fixer::System),
        false => (Level::Transport, Fixer::Operator),
    };
    Failure { code: None, text: late.to_string(), class: RetryClass::Retry, level, fixer, cause: None }
}

/// An error of the file store, classified for delivery. Its texts name neither the file nor its content.
fn of_file(error: &FileError) -> Failure {
    if let FileError::Transport(error) = error {
        return of_transport(&error.reason);
    }
    if matches!(error, FileError::Page { .. } | FileError::Status { .. } | FileError::Answer(_)) {
        // What the store itself did not say is the doing of a server in front: nothing is known against the file, so it waits.
        let text = error.to_string();
        return Failure {
            code: error.code(),
            text,
            class: RetryClass::Retry,
            level: Level::Transport,
            fixer: Fixer::Operator,
            cause: None,
        };
    }
    let (class, fixer) = match error.remedy() {
        Remedy::Retry => (RetryClass::Retry, Fixer::System),
        Remedy::Wait => (RetryClass::Maintenance, Fixer::System),
        Remedy::FixFile => (RetryClass::Permanent, Fixer::Caller),
        Remedy::FixSettings => (RetryClass::CallerFix, Fixer::Operator),
        Remedy::Report => (RetryClass::Permanent, Fixer::Gateway),
    };
    let code = error.code().unwrap_or_else(|| FILE.to_owned());
    Failure { code: Some(code), text: error.to_string(), class, level: Level::Request, fixer, cause: None }
}

fn unreadable() -> Failure {
    local(PAYLOAD, "an upload that cannot be read".to_owned())
}

fn write(manifest: &Manifest, bytes: &[u8]) -> Result<Vec<u8>, serde_json::Error> {
    let mut all = serde_json::to_vec(manifest)?;
    all.push(b'\n');
    all.extend_from_slice(bytes);
    Ok(all)
}

fn read(all: &[u8]) -> Option<(Manifest, &[u8])> {
    let end = all.iter().position(|byte| *byte == b'\n')?;
    let manifest: Manifest = serde_json::from_slice(&all[..end]).ok()?;
    (manifest.schema == SCHEMA).then_some((manifest, &all[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gis_gkh_delivery::{ObjectId, Refusal};
    use std::sync::Arc;

    fn row(forerunner: Option<ObjectState>) -> ObjectRow {
        let file = AttachedFile {
            path: "a.txt".into(),
            name: "a.txt".into(),
            hash: "00".into(),
            bytes: Arc::from(*b"line\nline"),
        };
        ObjectRow {
            id: ObjectId(1),
            row: 1,
            reference: "a".into(),
            key: "a".into(),
            period: String::new(),
            transport_guid: "AAAAAAAA-0000-4000-8000-000000000001".into(),
            payload: payload("appeals", 2, &file).unwrap(),
            forerunner,
        }
    }

    #[test]
    fn a_request_keeps_the_bytes_and_hands_identifiers_on() {
        let before = GisIds::from([("file-1".to_owned(), "first".to_owned())]);
        let prepared = prepare(&[row(Some(ObjectState::Accepted(before.clone())))]).unwrap();
        assert!(is_upload(&prepared.bytes) && !is_upload(b"<xml/>"));
        let (manifest, bytes) = read(&prepared.bytes).unwrap();
        assert_eq!(bytes, b"line\nline");
        assert_eq!((manifest.number, &manifest.before), (2, &before));
        assert_eq!(manifest.transport, "aaaaaaaa-0000-4000-8000-000000000001");
    }

    #[test]
    fn what_a_file_waits_for_or_fails_by_is_told() {
        let refusal = Refusal { code: "ExtensionException".into(), text: String::new(), who_fixes: Fixer::Caller };
        let failed = prepare(&[row(Some(ObjectState::Refused(refusal)))]).unwrap_err();
        assert_eq!((failed.class, failed.fixer), (RetryClass::Permanent, Fixer::Caller));
        let waits = prepare(&[row(Some(ObjectState::Postponed(String::new())))]).unwrap_err();
        assert_eq!(waits.class, RetryClass::Retry);
        assert!(identifiers(None).is_err());
    }

    #[test]
    fn what_was_taken_is_told_when_it_is_asked_for() {
        let Polled::Done { outcomes, .. } = poll(r#"{"transport":"t","ids":{"file-1":"g"}}"#) else { panic!() };
        assert_eq!(outcomes, [("t".to_owned(), Outcome::Accepted(GisIds::from([("file-1".into(), "g".into())])))]);
        assert!(matches!(poll("nonsense"), Polled::Failed { .. }));
    }

    #[test]
    fn errors_are_classified_for_delivery() {
        let says = |code: &str| of_file(&FileError::Refused { code: code.to_owned(), status: 400 });
        assert_eq!(says("FileVirusNotCheckedException").class, RetryClass::Maintenance);
        assert_eq!(says("HashConflictException").class, RetryClass::Retry);
        assert_eq!(
            (says("DetectionException").class, says("DetectionException").fixer),
            (RetryClass::Permanent, Fixer::Caller)
        );
        let page = of_file(&FileError::Page { title: None });
        assert_eq!((page.class, page.fixer, page.level), (RetryClass::Retry, Fixer::Operator, Level::Transport));
        let settings = says("CertificateValidationException");
        assert_eq!(
            (settings.class, settings.fixer, settings.level),
            (RetryClass::CallerFix, Fixer::Operator, Level::Request)
        );
        let late = |came| of_late(&Late { patience: std::time::Duration::from_secs(9), length: 20, there: 10, came });
        assert_eq!((late(true).level, late(false).level), (Level::Object, Level::Transport));
        assert!(late(true).class == RetryClass::Retry && late(true).text.contains("10 of 20 bytes"), "{}", late(true));
    }
}

//! The file store over loopback: the client uploads and downloads against it, through its rules and its faults.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use gis_gkh::clock::Sleep;
use gis_gkh::contract::appeals::{
    Answer, AnswerAction, AnswerDraft, AnswerStep, AppealKey, ImportAnswerRequest, Writing, get_state_result,
};
use gis_gkh::contract::base::{AttachedFile, Attachment};
use gis_gkh::files::{
    AttachmentHash, Context, Download, FileError, FileName, FileStore, PART, RetryPolicy, Stored, Upload, md5,
};
use gis_gkh::transport::Boxed;
use gis_gkh::{Guid, HttpLimits, PlainHttp};
use gis_gkh_sandbox::{FileRules, Settings};
use support::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A stand whose file store listens, and its client.
struct Desk {
    stand: Arc<Stand>,
    address: String,
    store: FileStore,
}

impl Desk {
    async fn new(stand: Stand) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(Arc::clone(&stand.sandbox).serve(listener, std::future::pending()));
        let transport = Arc::new(PlainHttp::new(address.clone(), "sandbox.example", HttpLimits::default()).unwrap());
        let store = FileStore::new(transport, stand.clock.clone(), guid("ours"));
        Self { stand: Arc::new(stand), address, store }
    }

    async fn with_faults(faults: &str) -> Self {
        Self::new(Stand::with_faults(faults)).await
    }

    async fn ruled(rules: FileRules) -> Self {
        Self::new(Stand::furnished_with(|settings: &mut Settings| settings.files = rules)).await
    }

    fn of(&self, organisation: &str) -> FileStore {
        let http = PlainHttp::new(self.address.clone(), "sandbox.example", HttpLimits::default()).unwrap();
        FileStore::new(Arc::new(http), self.stand.clock.clone(), guid(organisation))
    }

    fn upload(&self, name: &str, bytes: Vec<u8>) -> Upload {
        Upload::new(self.store.clone(), Arc::new(bytes), FileName::new(name).unwrap(), appeals()).unwrap()
    }

    async fn stored(&self, name: &str, bytes: Vec<u8>) -> Stored {
        let hash = AttachmentHash::of(&bytes);
        let stored = self.upload(name, bytes).run(policy(), &Ahead::of(self), |_| {}).await.unwrap();
        assert_eq!(stored.hash, hash);
        stored
    }

    /// The system's own words about a simple upload.
    async fn refused(&self, name: &str, bytes: &[u8]) -> String {
        let name = FileName::new(name).unwrap();
        let put = self.store.put(appeals(), &name, bytes.to_vec().into(), &md5(bytes)).await;
        put.unwrap_err().code().unwrap()
    }

    async fn download(&self, id: Guid) -> Result<Vec<u8>, FileError> {
        let mut download = Download::new(self.store.clone(), appeals(), id, Vec::new());
        download.run(policy(), &Ahead::of(self)).await?;
        Ok(download.into_target().unwrap())
    }

    /// Writes a draft with a file to appeal 1 and gives the code it was refused with.
    fn attach(&self, id: Guid, hash: Option<&str>) -> Result<(), String> {
        let file = AttachedFile {
            attachment_hash: hash.map(ToOwned::to_owned),
            ..AttachedFile::new("акт.txt", "Акт", Attachment::new(id))
        };
        let draft = AnswerDraft { attachment: vec![file], ..AnswerDraft::new("Отопление включено.") };
        let step = AnswerStep::Write(Writing::new(draft));
        let answer = Answer { answer_step: Some(step), ..Answer::new(self.stand.next_guid(), guid("employee")) };
        let key = AppealKey::Number("00-2026-000001".to_owned());
        let actions = vec![AnswerAction::new(self.stand.next_guid(), key, vec![answer])];
        let request = ImportAnswerRequest { answer_action: actions, ..ImportAnswerRequest::new() };
        let outcome = self.stand.ask(request).unwrap().outcome;
        let Some(get_state_result::Outcome::ImportResult(results)) = outcome else { panic!("{outcome:?}") };
        objects(&results).remove(0).1.map(drop)
    }
}

/// Time that goes as soon as somebody waits.
struct Ahead {
    stand: Arc<Stand>,
    waited: Mutex<Vec<Duration>>,
}

impl Ahead {
    fn of(desk: &Desk) -> Self {
        Self { stand: Arc::clone(&desk.stand), waited: Mutex::default() }
    }
}

impl Sleep for Ahead {
    fn sleep(&self, time: Duration) -> Boxed<'_, ()> {
        self.stand.forward(time);
        self.waited.lock().unwrap().push(time);
        Box::pin(async {})
    }
}

fn policy() -> RetryPolicy {
    RetryPolicy::default()
}

fn appeals() -> Context {
    Context::named("appeals").unwrap()
}

/// Bytes of which no two parts are alike.
fn large() -> Vec<u8> {
    (0..2 * PART + 99).map(|at| u8::try_from((at / 5 + at / PART) % 256).unwrap()).collect()
}

#[tokio::test]
async fn a_small_file_goes_in_is_attached_and_comes_out() {
    let desk = Desk::ruled(FileRules::default()).await;
    let bytes = "Акт осмотра образца".as_bytes().to_vec();
    let Stored { id, hash, .. } = desk.stored("Акт осмотра, дом 7.txt", bytes.clone()).await;
    let [held] = &desk.stand.sandbox.files().into_iter().filter(|held| held.id == id).collect::<Vec<_>>()[..] else {
        panic!("it is held once")
    };
    assert_eq!((held.name.as_str(), held.context, held.bound), ("Акт осмотра, дом 7.txt", appeals(), false));
    assert_eq!(held.hash.as_deref(), Some(hash.as_str()));
    // What nothing refers to is given to nobody.
    let unbound = desk.download(id).await.unwrap_err();
    assert_eq!(unbound.code().as_deref(), Some("FilePermissionException"));
    assert_eq!(desk.attach(id, Some(&hash)), Ok(()));
    assert_eq!(desk.download(id).await.unwrap(), bytes);
    assert!(
        desk.of("other")
            .stat(appeals(), id)
            .await
            .is_err_and(|error| { error.code().as_deref() == Some("FilePermissionException") })
    );
}

#[tokio::test]
async fn a_large_file_goes_in_by_parts_and_comes_out_by_ranges() {
    let desk = Desk::ruled(FileRules::default()).await;
    let Stored { id, hash, length } = desk.stored("план.txt", large()).await;
    let stat = desk.store.stat(appeals(), id).await.unwrap();
    assert_eq!((stat.length, stat.completed, stat.context), (length, Some(true), Some(appeals())));
    assert_eq!((stat.name.as_deref(), stat.parts), (Some("план.txt"), Some([1, 2, 3].into())));
    assert_eq!(desk.attach(id, Some(&hash)), Ok(()));
    assert!(desk.download(id).await.unwrap() == large());
    // The section asked is not the one it is in: the answer says where it is.
    let other = Context::named("bills").unwrap();
    let mut download = Download::new(desk.store.clone(), other, id, Vec::new()).expecting(hash);
    download.run(RetryPolicy::NEVER, &Ahead::of(&desk)).await.unwrap();
}

#[tokio::test]
async fn a_message_may_refer_only_to_the_right_file() {
    const CODE: &str = "FIL001001";
    let desk = Desk::ruled(FileRules::default()).await;
    let refused = |id: Guid, hash: Option<&str>| assert_eq!(desk.attach(id, hash), Err(CODE.to_owned()));
    let Stored { id, hash, .. } = desk.stored("акт.txt", b"text".to_vec()).await;
    refused(guid("nothing"), Some(&hash));
    refused(id, None);
    refused(id, Some(&AttachmentHash::of(b"another")));
    let name = FileName::new("чужой.txt").unwrap();
    let foreign = desk.of("other").put(appeals(), &name, "text".into(), &md5(b"text")).await.unwrap();
    refused(foreign, Some(&hash));
    let Stored { id: ill, hash: ill_hash, .. } = desk.stored("акт.txt", b"a SANDBOX-VIRUS z".to_vec()).await;
    refused(ill, Some(&ill_hash));
    let session = desk.store.open(appeals(), &name, PART + 1, 2).await.unwrap();
    refused(session, Some(&hash));
    assert_eq!(desk.attach(id, Some(&hash.to_uppercase())), Ok(()));
    // Whoever edits uploads anew.
    refused(id, Some(&hash));
    let again = desk.stored("акт.txt", b"text".to_vec()).await;
    assert_ne!(again.id, id);
    assert_eq!(desk.attach(again.id, Some(&again.hash)), Ok(()));
}

#[tokio::test]
async fn the_virus_check_takes_its_time() {
    let desk = Desk::ruled(FileRules { virus_check: Duration::from_secs(150), ..FileRules::default() }).await;
    let Stored { id, hash, .. } = desk.stored("акт.txt", b"text".to_vec()).await;
    assert_eq!(desk.attach(id, Some(&hash)), Ok(()));
    let early =
        Download::new(desk.store.clone(), appeals(), id, Vec::new()).run(RetryPolicy::NEVER, &Ahead::of(&desk)).await;
    assert_eq!(early.unwrap_err().code().as_deref(), Some("FileVirusNotCheckedException"));
    let ahead = Ahead::of(&desk);
    Download::new(desk.store.clone(), appeals(), id, Vec::new()).run(policy(), &ahead).await.unwrap();
    assert_eq!(*ahead.waited.lock().unwrap(), [Duration::from_secs(60); 3]);
}

#[tokio::test]
async fn the_files_of_an_appeal_can_be_had() {
    let desk = Desk::new(Stand::furnished()).await;
    let bytes = desk.download(guid("file/one")).await.unwrap();
    assert!(bytes.starts_with(b"\xff\xd8\xff"), "a picture begins like one");
}

#[tokio::test]
async fn what_the_store_does_not_take_is_told_by_its_own_names() {
    let desk = Desk::new(Stand::new()).await;
    assert_eq!(desk.refused("акт.pdf", b"no pdf").await, "DetectionException");
    assert_eq!(desk.refused("акт.txt", b"").await, "InvalidSizeException");
    let name = FileName::new("акт.txt").unwrap();
    let code = |result: Result<Guid, FileError>| result.unwrap_err().code().unwrap();
    let store = &desk.store;
    assert_eq!(code(store.put(appeals(), &name, "text".into(), &md5(b"other")).await), "HashConflictException");
    let stranger = desk.of("stranger");
    assert_eq!(
        code(stranger.put(appeals(), &name, "text".into(), &md5(b"text")).await),
        "DataProviderValidationException"
    );
    assert_eq!(code(store.open(appeals(), &name, PART + 1, 3).await), "InvalidSizeException");
    assert_eq!(code(store.open(appeals(), &name, 1 << 40, 1 << 18).await), "InvalidSizeException");
    let code = |result: Result<(), FileError>| result.unwrap_err().code().unwrap();
    assert_eq!(code(store.complete(appeals(), guid("nothing")).await), "FileNotFoundException");
    let session = store.open(appeals(), &name, PART + 4, 2).await.unwrap();
    assert_eq!(
        code(store.part(appeals(), session, 3, "text".into(), &md5(b"text")).await),
        "InvalidPartNumberException"
    );
    assert_eq!(
        code(store.part(appeals(), session, 2, "more text".into(), &md5(b"more text")).await),
        "InvalidSizeException"
    );
    assert_eq!(code(desk.of("other").complete(appeals(), session).await), "FilePermissionException");
    // A part sent twice replaces itself, and the session is not complete without the other.
    for _ in 0..2 {
        store.part(appeals(), session, 2, "text".into(), &md5(b"text")).await.unwrap();
    }
    assert_eq!(code(store.complete(appeals(), session).await), "InvalidPartNumberException");
    // Nobody uses it for a day.
    desk.stand.forward(Duration::from_secs(24 * 3600));
    assert_eq!(code(store.part(appeals(), session, 2, "text".into(), &md5(b"text")).await), "FileNotFoundException");
}

#[tokio::test]
async fn faults_do_not_keep_a_file_from_arriving_whole() {
    for faults in [
        "file-cut=#1",
        "file-cut=#3",
        "file-cut=1/3",
        "file-cut-after=1/3",
        "file-damage=1/2",
        "file-lost-session=#2",
        "file-503=1/4",
        "file-wrong-length=#1,file-cut=#2",
        "file-delay=1ms,file-cut-after=#2,file-lost-session=#5,file-cut=#6",
    ] {
        let desk = Desk::with_faults(faults).await;
        let stored = desk.stored("план.txt", large()).await;
        let held = desk.stand.sandbox.files();
        let held = held.iter().find(|held| held.id == stored.id).unwrap();
        assert_eq!(held.hash.as_deref(), Some(stored.hash.as_str()), "{faults}");
        let small = desk.stored("акт.txt", b"text".to_vec()).await;
        assert_eq!(small.length, 4, "{faults}");
    }
}

#[tokio::test]
async fn a_proxys_page_stops_the_upload_with_its_name() {
    let desk = Desk::with_faults("file-html").await;
    for bytes in [b"text".to_vec(), large()] {
        let error = desk.upload("акт.txt", bytes).run(policy(), &Ahead::of(&desk), |_| {}).await.unwrap_err();
        assert!(matches!(error, FileError::Page { .. }), "{error}");
        assert!(error.to_string().contains("proxy"), "{error}");
    }
}

#[tokio::test]
async fn short_windows_are_asked_for_again() {
    let stand = Stand::furnished_with(|settings| settings.faults = "file-short=#1,file-short=#3".parse().unwrap());
    let desk = Desk::new(stand).await;
    let Stored { id, hash, .. } = desk.stored("план.txt", large()).await;
    assert_eq!(desk.attach(id, Some(&hash)), Ok(()));
    assert!(desk.download(id).await.unwrap() == large());
}

/// What comes back for bytes on the wire, up to the end of the connection; `cut` if no more of them will come.
async fn raw(desk: &Desk, request: &str, cut: bool) -> String {
    let mut stream = TcpStream::connect(&desk.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    if cut {
        stream.shutdown().await.unwrap();
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_truncated_upload_leaves_nothing() {
    let desk = Desk::new(Stand::new()).await;
    let head = format!(
        "PUT /ext-bus-file-store-service/rest/appeals HTTP/1.1\r\nHost: x\r\nX-Upload-OrgPPAGUID: {}\r\n\
         X-Upload-Filename: a.txt\r\nContent-MD5: CY9rzUYh03PK3k6DJie09g==\r\n",
        guid("ours")
    );
    let cut = raw(&desk, &format!("{head}Content-Length: 9\r\n\r\ntest"), true).await;
    assert!(!cut.starts_with("HTTP/1.1 2"), "{cut}");
    assert_eq!(desk.stand.sandbox.files(), []);
    let whole = raw(&desk, &format!("{head}Connection: close\r\nContent-Length: 4\r\n\r\ntest"), false).await;
    assert!(whole.starts_with("HTTP/1.1 200 ") && whole.contains("x-upload-uploadid: "), "{whole}");
    for (request, code) in [
        (head.replace("appeals", "nowhere"), "ContextNotFoundException"),
        (head.replace("a.txt", "a.exe"), "ExtensionException"),
        (head.replace("a.txt", "a%.txt"), "FieldValidationException"),
        (head.replace("Content-MD5", "X-MD5"), "FieldValidationException"),
        (head.replace("X-Upload-OrgPPAGUID", "X-Org"), "FieldValidationException"),
    ] {
        let answer = raw(&desk, &format!("{request}Connection: close\r\nContent-Length: 4\r\n\r\ntest"), false).await;
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains(&format!("x-upload-error: {code}")), "{answer}");
    }
    let unknown = raw(&desk, &format!("{}Connection: close\r\n\r\n", head.replace("PUT", "DELETE")), false).await;
    assert!(unknown.starts_with("HTTP/1.1 405 "), "{unknown}");
}

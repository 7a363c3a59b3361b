//! Answers with files: each file is in the file store before the answer that refers to it, once, whatever goes wrong.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands; clippy knows only functions marked as tests")]

mod desk;

use std::future::pending;
use std::sync::Arc;

use desk::{Running, connected, sandbox_of, serve};
use gis_gkh::clock::SystemClock;
use gis_gkh::files::{AttachmentHash, Download, FileStore, RetryPolicy, md5};
use gis_gkh_gateway::Gateway;
use gis_gkh_gateway::gateway::{BillOptions, Handed, Intake};
use gis_gkh_gateway::records::{ATTACHED_LIMIT, Lang, ResultRow, Source, Status, WhoFixes};
use gis_gkh_gateway::sample::Sample;
use gis_gkh_sandbox::{AppealState, HeldFile, IncomingAppeal, Sandbox, Seed};
use tempfile::TempDir;

const EMPLOYEE: &str = "dddddddd-0000-4000-8000-000000000001";

/// A gateway, its sandbox, and appeals that wait for answers.
struct Stage {
    directory: TempDir,
    sandbox: Arc<Sandbox>,
    /// The organisation's file store, for whoever wants to see what became of a file.
    store: FileStore,
    gateway: Gateway,
    open: Vec<IncomingAppeal>,
}

impl Stage {
    async fn new(faults: &str) -> Self {
        Self::patient(faults, "").await
    }

    /// With more about the policy than that nothing waits long.
    async fn patient(faults: &str, policy: &str) -> Self {
        let clock = Running::new();
        let seed = Seed::from_json(&Sample::new(30, 0).sandbox).unwrap().with_examples(desk::today());
        let open = seed.appeals().iter().filter(|appeal| appeal.state == AppealState::Sent).cloned().collect();
        let sandbox = sandbox_of(seed, clock.clone(), faults);
        let address = serve(&sandbox).await;
        let directory = tempfile::tempdir().unwrap();
        let more = format!("[policy]\nbackoff = \"20ms\"\n{policy}");
        let gateway = connected(&directory, address, clock.clone(), &more);
        let transport = Arc::new(gateway.config().stand.transport(gateway.config().limits()).unwrap());
        let organisation = gis_gkh::Guid::new(gis_gkh_gateway::sample::org_ppa_guid());
        let store = FileStore::new(transport, clock, organisation);
        Self { directory, sandbox, store, gateway, open }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.directory.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    /// Hands answers over, one to each appeal, with these attachments.
    async fn accept(&self, attachments: &[&str]) -> Intake {
        self.accept_in(Lang::En, attachments).await
    }

    async fn accept_in(&self, lang: Lang, attachments: &[&str]) -> Intake {
        let row = |(at, attached): (usize, &&str)| {
            format!("r{at};{};{EMPLOYEE};Ответ {at}.;\"{attached}\"\n", self.open[at].number)
        };
        let rows: String = attachments.iter().enumerate().map(row).collect();
        let text = format!("ref;appeal_number;employee_guid;text;attachments\n{rows}");
        let name = self.file("answers.csv", text.as_bytes());
        let handed = Handed::Answers(Source::new(name, text.as_bytes()));
        self.gateway.accept(&handed, &BillOptions { lang, ..BillOptions::default() }).await.unwrap()
    }

    async fn sent(&self, attachments: &[&str]) -> Vec<ResultRow> {
        let intake = self.accept(attachments).await;
        assert!(intake.faults.is_empty(), "{:?}", intake.faults);
        self.gateway.run(true, pending(), None).await.unwrap();
        self.gateway.results(intake.accepted.unwrap().batch, Lang::En).await.unwrap()
    }

    /// What lies in the file store that the appeals had not brought.
    fn uploaded(&self) -> Vec<HeldFile> {
        let of_appeals: Vec<_> =
            self.open.iter().flat_map(|appeal| appeal.files.iter().map(|file| file.name.clone())).collect();
        let ours = |file: &HeldFile| file.name.starts_with("приложение") && !of_appeals.contains(&file.name);
        self.sandbox.files().into_iter().filter(ours).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_before_their_answer_and_are_bound_to_it() {
    let stage = Stage::new("").await;
    stage.file("приложение 1.txt", "Расчёт образца".as_bytes());
    let whole = stage.file("приложение 2.txt", b"act");
    let rows = stage.sent(&[&format!("приложение 1.txt; {whole}"), ""]).await;
    assert_eq!(
        rows.iter().map(|row| (row.row, row.status)).collect::<Vec<_>>(),
        [(2, Status::Accepted), (3, Status::Accepted)]
    );
    let mut files = stage.uploaded();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    let names: Vec<(&str, bool)> = files.iter().map(|file| (file.name.as_str(), file.bound)).collect();
    assert_eq!(names, [("приложение 1.txt", true), ("приложение 2.txt", true)]);
    let effects = stage.sandbox.answers();
    assert_eq!((effects[&stage.open[0].guid()].sent, effects[&stage.open[0].guid()].refused), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_file_store_do_not_lose_an_answer() {
    for faults in ["file-503=#1", "file-cut=#1", "file-cut-after=#1", "file-damage=#1", "file-html=#1"] {
        let stage = Stage::new(faults).await;
        stage.file("приложение.txt", b"act");
        let rows = stage.sent(&["приложение.txt"]).await;
        assert_eq!(rows[0].status, Status::Accepted, "{faults}: {rows:?}");
        let bound: Vec<HeldFile> = stage.uploaded().into_iter().filter(|file| file.bound).collect();
        assert_eq!(bound.len(), 1, "{faults}");
        assert_eq!(stage.sandbox.answers()[&stage.open[0].guid()].sent, 1, "{faults}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_the_store_refuses_is_why_its_answer_is_not_sent() {
    let stage = Stage::new("").await;
    stage.file("приложение.pdf", b"no pdf at all");
    let rows = stage.sent(&["приложение.pdf"]).await;
    assert_eq!((rows[0].status, rows[0].code.as_deref()), (Status::Rejected, Some("DetectionException")), "{rows:?}");
    assert_eq!(rows[0].who_fixes, Some(WhoFixes::Billing));
    assert!(!stage.sandbox.answers().contains_key(&stage.open[0].guid()), "nothing was said to the system");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_be_sent_are_named_before_anything_is() {
    let stage = Stage::new("").await;
    stage.file("пусто.txt", b"");
    stage.file("program.exe", b"MZ");
    std::fs::File::create(stage.directory.path().join("много.txt")).unwrap().set_len(ATTACHED_LIMIT + 1).unwrap();
    let named = ["нет такого.txt", "пусто.txt", "program.exe", "много.txt"];
    let intake = stage.accept(&named).await;
    assert!(intake.accepted.is_none() && !stage.gateway.has_store(), "nothing is stored");
    let told: Vec<&str> = intake.faults.rows.iter().map(|row| row.code.as_deref().unwrap()).collect();
    assert_eq!(told, ["desk.file"; 4]);
    let texts: Vec<&str> = intake.faults.rows.iter().map(|row| row.message.as_deref().unwrap()).collect();
    for (text, word) in texts.iter().zip(["cannot be read", "is empty", "exe", "52428800"]) {
        assert!(text.contains(word), "{text}");
    }
    let told = stage.accept_in(Lang::Ru, &named).await.faults.rows;
    for (row, word) in told.iter().zip(["не читается", "пуст", "PDF", "больше 52428800 байт (52428801)"])
    {
        assert!(row.message.as_deref().unwrap().contains(word), "{row:?}");
    }
    assert!(!stage.directory.path().join("store").exists(), "nothing is stored");
}

/// Patience for a file of many parts on a machine that has other work.
const LONG: &str = "send_deadline = \"2s\"\nrequest_timeout = \"60s\"\nlease = \"90s\"\nsettle = \"90s\"\n";

/// Three parts, no two alike.
fn large() -> Vec<u8> {
    (0..12_000_000_u32).map(|at| u8::try_from((at / 5 + at / 5_242_880) % 256).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_many_parts_arrives_whole_also_where_it_was_cut_amid_them() {
    let bytes = large();
    // Opened, three parts, completed, asked; what was cut is asked about and the one part sent again.
    for (faults, requests) in [("", 6), ("file-cut=#2", 8), ("file-cut-after=#2", 8), ("file-damage=#3", 8)] {
        // A delay of nothing counts the requests.
        let stage = Stage::patient(&format!("{faults},file-delay=0s"), LONG).await;
        stage.file("приложение.txt", &bytes);
        let rows = stage.sent(&["приложение.txt"]).await;
        assert_eq!(rows[0].status, Status::Accepted, "{faults}: {rows:?}");
        assert_eq!(stage.sandbox.struck()["file-delay"], requests, "{faults}");
        let [held] = &stage.uploaded()[..] else { panic!("{faults}: one session, one file") };
        assert_eq!((held.bound, held.length), (true, 12_000_000), "{faults}");
        assert_eq!(held.hash.as_deref(), Some(AttachmentHash::of(&bytes).as_str()), "{faults}");
        let mut download = Download::new(stage.store.clone(), held.context, held.id, Vec::new());
        download.run(RetryPolicy::NEVER, &SystemClock).await.unwrap();
        assert_eq!(md5(&download.into_target().unwrap()), md5(&bytes), "{faults}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_table_with_another_file_is_another_batch() {
    let stage = Stage::new("").await;
    stage.file("приложение.txt", b"one");
    let first = stage.accept(&["приложение.txt"]).await.accepted.unwrap();
    assert!(stage.accept(&["приложение.txt"]).await.accepted.unwrap().repeated);
    stage.file("приложение.txt", b"two");
    let second = stage.accept(&["приложение.txt"]).await.accepted.unwrap();
    assert!(!second.repeated && second.batch != first.batch);
}

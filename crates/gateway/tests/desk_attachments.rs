//! Answers with files: each file is in the file store before the answer that refers to it, once, whatever goes wrong.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands; clippy knows only functions marked as tests")]

mod desk;

use std::future::pending;
use std::sync::Arc;

use desk::{Running, connected, sandbox_of, serve};
use gis_gkh_gateway::Gateway;
use gis_gkh_gateway::gateway::{BillOptions, Handed, Intake};
use gis_gkh_gateway::records::{Lang, ResultRow, Source, Status, WhoFixes};
use gis_gkh_gateway::sample::Sample;
use gis_gkh_sandbox::{AppealState, HeldFile, IncomingAppeal, Sandbox, Seed};
use tempfile::TempDir;

const EMPLOYEE: &str = "dddddddd-0000-4000-8000-000000000001";

/// A gateway, its sandbox, and appeals that wait for answers.
struct Stage {
    directory: TempDir,
    sandbox: Arc<Sandbox>,
    gateway: Gateway,
    open: Vec<IncomingAppeal>,
}

impl Stage {
    async fn new(faults: &str) -> Self {
        let clock = Running::new();
        let seed = Seed::from_json(&Sample::new(30, 0).sandbox).unwrap().with_examples(desk::today());
        let open = seed.appeals().iter().filter(|appeal| appeal.state == AppealState::Sent).cloned().collect();
        let sandbox = sandbox_of(seed, clock.clone(), faults);
        let address = serve(&sandbox).await;
        let directory = tempfile::tempdir().unwrap();
        let gateway = connected(&directory, address, clock, "[policy]\nbackoff = \"20ms\"");
        Self { directory, sandbox, gateway, open }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.directory.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }

    /// Hands answers over, one to each appeal, with these attachments.
    async fn accept(&self, attachments: &[&str]) -> Intake {
        let row = |(at, attached): (usize, &&str)| {
            format!("r{at};{};{EMPLOYEE};Ответ {at}.;\"{attached}\"\n", self.open[at].number)
        };
        let rows: String = attachments.iter().enumerate().map(row).collect();
        let text = format!("ref;appeal_number;employee_guid;text;attachments\n{rows}");
        let name = self.file("answers.csv", text.as_bytes());
        let handed = Handed::Answers(Source::new(name, text.as_bytes()));
        self.gateway.accept(&handed, &BillOptions::default()).await.unwrap()
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
    stage.file("много.txt", &vec![b'x'; 5_242_881]);
    let intake = stage.accept(&["нет такого.txt", "пусто.txt", "program.exe", "много.txt"]).await;
    assert!(intake.accepted.is_none());
    let told: Vec<&str> = intake.faults.rows.iter().map(|row| row.code.as_deref().unwrap()).collect();
    assert_eq!(told, ["desk.file"; 4]);
    let texts: Vec<&str> = intake.faults.rows.iter().map(|row| row.message.as_deref().unwrap()).collect();
    for (text, word) in texts.iter().zip(["cannot be read", "is empty", "exe", "5242880"]) {
        assert!(text.contains(word), "{text}");
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

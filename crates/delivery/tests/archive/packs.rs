//! Packs: complete, readable, and checkable by somebody who has nothing of ours.

use super::memory::{Books, DAY, FIRST, HOUR, Key, Marked, Memory, Shredded, three_days};
use gis_gkh_delivery::archive::{Archive, Order, PackError, Packed, Selection, Source, pack};
use gis_gkh_delivery::{MessageId, Seal, Timestamp};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

pub(super) fn order(selection: Selection) -> Order {
    Order {
        selection,
        subject: "пакет 17 {made}".into(),
        made: Timestamp((FIRST + 3) * DAY),
        program: "gkh 0.0".into(),
        signature_ru: "как проверить".into(),
        signature_en: "how to check".into(),
    }
}

async fn packed(memory: &Memory, seal: &dyn Seal, selection: Selection, to: &Path) -> Result<Packed, PackError> {
    pack(Source { archive: memory, custody: memory, seal }, &order(selection), to).await
}

/// Does this run here? In CI what does not is a failure; elsewhere it is said that nobody has checked.
fn runs(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    assert!(there || std::env::var("CI").as_deref() != Ok("true"), "no {program}");
    if !there {
        eprintln!("SKIPPED: no {program}; no pack was checked by it");
    }
    there
}

/// Holds a pack against the independent check: what it says, or that it is not content.
pub(super) fn checked(to: &Path, wanted: Result<&str, ()>) {
    if !runs("python3") {
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/archive/check_pack.py");
    let output = Command::new("python3").arg(script).arg(to).output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    match wanted {
        Ok(wanted) => assert_eq!(said.trim(), wanted),
        Err(()) => assert_eq!(output.status.code(), Some(1), "{said}"),
    }
    assert_eq!(output.status.success(), wanted.is_ok(), "{said}");
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_pack_holds_the_exact_bytes_and_a_stranger_can_check_it() {
    let (memory, folder) = (three_days().await, tempfile::tempdir().unwrap());
    let to = folder.path().join("pack");
    // Message 8 is everything of the second day, of both nodes.
    let made = packed(&memory, &Marked, Selection::Message(MessageId(8)), &to).await.unwrap();
    assert_eq!(made, Packed { pieces: 9, erased: 0, expired: 0, open_links: 0 });
    checked(&to, Ok("9 records, 4 links, 4 heads, 0 uncovered"));
    assert_eq!(names(folder.path()), set(&["pack"]));
    let parts = ["README.txt", "SHA256SUMS", "chain.json", "files", "heads", "index.csv", "index.json"];
    assert_eq!(names(&to), set(&parts));
    let files = names(&to.join("files"));
    assert_eq!(files.len(), 9);
    assert_eq!(fs::read(to.join("files/000001-request.xml")).unwrap(), "<R>один<Signature/></R>".as_bytes());
    assert_eq!(fs::read(to.join("files/000002-ack.xml")).unwrap(), b"<A/>");
    if runs("sha256sum") {
        let sums =
            Command::new("sha256sum").args(["-c", "--strict", "--quiet", "SHA256SUMS"]).current_dir(&to).status();
        assert!(sums.unwrap().success());
    }
}

#[tokio::test]
async fn the_index_lists_every_piece_with_its_four_moments() {
    let (memory, folder) = (three_days().await, tempfile::tempdir().unwrap());
    let to = folder.path().join("pack");
    packed(&memory, &Marked, Selection::Message(MessageId(7)), &to).await.unwrap();
    let table = fs::read_to_string(to.join("index.csv")).unwrap();
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 10);
    let columns: Vec<_> = lines[0].split(',').collect();
    let cells: Vec<_> = lines[2].split(',').collect();
    assert_eq!(columns.len(), cells.len());
    let cell = |name: &str| cells[columns.iter().position(|column| *column == name).unwrap()];
    assert_eq!((cell("number"), cell("node"), cell("link"), cell("role")), ("2", "east", "1", "ack"));
    assert_eq!(cell("accepted"), "2024-10-04T00:59:55.000Z");
    assert_eq!(cell("sent"), "2024-10-04T00:59:58.000Z");
    assert_eq!(cell("answered"), "2024-10-04T00:59:59.000Z");
    assert_eq!(cell("recorded"), "2024-10-04T01:00:00.000Z");
    assert_eq!((cell("file"), cell("bytes")), ("files/000002-ack.xml", "here"));
    let list: Vec<serde_json::Value> = serde_json::from_slice(&fs::read(to.join("index.json")).unwrap()).unwrap();
    assert_eq!(list.len(), 9);
    assert_eq!(list[1]["sha256"], cell("sha256"));
    assert_eq!(list[0]["sent"], serde_json::Value::Null);
}

#[tokio::test]
async fn the_read_me_is_in_both_languages_and_filled_in() {
    let (memory, folder) = (three_days().await, tempfile::tempdir().unwrap());
    let to = folder.path().join("pack");
    packed(&memory, &Marked, Selection::Everything, &to).await.unwrap();
    let text = fs::read_to_string(to.join("README.txt")).unwrap();
    let words =
        ["ВЫПИСКА ИЗ АРХИВА", "EXTRACT FROM THE ARCHIVE", "2024-10-07T00:00:00.000Z", "как проверить", "how to check"];
    for word in words {
        assert!(text.contains(word), "{word}");
    }
    // The subject is text, whatever it looks like; nothing else is left open.
    assert_eq!(text.matches('{').count(), 2);
    assert_eq!(text.matches("пакет 17 {made}").count(), 2);
    for file in ["index.csv", "chain.json", "heads/", "SHA256SUMS"] {
        assert!(text.matches(&format!("  {file}")).count() >= 2, "{file}");
    }
}

#[tokio::test]
async fn a_period_takes_the_chain_of_its_days_and_no_other_bytes() {
    let memory = three_days().await;
    for day in 3..40 {
        memory.commit("east", (FIRST + day) * DAY, &["filler"]);
    }
    memory.close("east", (FIRST + 40) * DAY).await;
    let folder = tempfile::tempdir().unwrap();
    let period = |from: i64, until: i64| Selection::Period {
        stand: None,
        organisation: None,
        kind: Some("bills".into()),
        from: Timestamp(from),
        until: Timestamp(until),
    };
    // The last commit of the first day, and one far behind it.
    let to = folder.path().join("one");
    let at = FIRST * DAY + 4 * HOUR;
    assert_eq!(packed(&memory, &Marked, period(at, at + 1), &to).await.unwrap().pieces, 1);
    checked(&to, Ok("1 records, 1 links, 40 heads, 0 uncovered"));
    let to = folder.path().join("all");
    let made = packed(&memory, &Marked, period(0, i64::MAX), &to).await.unwrap();
    assert_eq!(made.pieces, 10 + 3 + 37);
    checked(&to, Ok("50 records, 49 links, 43 heads, 0 uncovered"));
    let chain = fs::read_to_string(to.join("chain.json")).unwrap();
    assert!(!chain.contains("appeals"));
}

#[tokio::test]
async fn a_day_that_is_still_open_is_said() {
    let memory = three_days().await;
    memory.commit("east", (FIRST + 3) * DAY, &["six"]);
    memory.commit("east", (FIRST + 3) * DAY + HOUR, &["seven"]);
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("pack");
    let made = packed(&memory, &Marked, Selection::Message(MessageId(10)), &to).await.unwrap();
    assert_eq!((made.pieces, made.open_links), (4, 2));
    checked(&to, Ok("4 records, 2 links, 0 heads, 2 uncovered"));
    memory.close("east", (FIRST + 4) * DAY).await;
    let to = folder.path().join("again");
    assert_eq!(packed(&memory, &Marked, Selection::Message(MessageId(10)), &to).await.unwrap().open_links, 0);
    checked(&to, Ok("4 records, 2 links, 1 heads, 0 uncovered"));
}

#[tokio::test]
async fn what_was_erased_or_has_expired_is_listed_and_the_rest_still_proven() {
    let mut books = three_days().await.books();
    books.entries.iter_mut().find(|entry| entry.message == MessageId(7)).unwrap().bytes = None;
    let (memory, folder) = (Memory::of(books), tempfile::tempdir().unwrap());
    let to = folder.path().join("pack");
    let made = packed(&memory, &Shredded(&[FIRST + 1]), Selection::Everything, &to).await.unwrap();
    assert_eq!(made, Packed { pieces: 17, erased: 9, expired: 1, open_links: 0 });
    assert_eq!(names(&to.join("files")).len(), 17);
    checked(&to, Ok("27 records, 12 links, 6 heads, 0 uncovered"));
}

#[tokio::test]
async fn whatever_is_changed_in_a_pack_is_found_by_the_stranger() {
    let (memory, folder) = (three_days().await, tempfile::tempdir().unwrap());
    let changes: [(&str, &str, &str); 7] = [
        ("files/000001-request.xml", "один", "два"),
        ("chain.json", "\"accepted\":", "\"accepted\":1"),
        ("chain.json", "\"count\":2", "\"count\":3"),
        ("chain.json", "\"entry\":7", "\"entry\":8"),
        ("chain.json", "\"link\":3", "\"link\":2"),
        ("index.json", "\"role\":\"ack\"", "\"role\":\"answer\""),
        ("README.txt", "АРХИВА", "архива"),
    ];
    for (position, (file, from, into)) in changes.into_iter().enumerate() {
        let to = folder.path().join(position.to_string());
        packed(&memory, &Marked, Selection::Everything, &to).await.unwrap();
        let text = fs::read_to_string(to.join(file)).unwrap();
        let changed = text.replacen(from, into, 1);
        assert_ne!(text, changed, "{file}");
        fs::write(to.join(file), changed).unwrap();
        checked(&to, Err(()));
        // The list of digests made to fit: what is in the chain is found all the same.
        let sum = |name: &str| gis_gkh_delivery::Sha256::of(&fs::read(to.join(name)).unwrap()).to_string();
        let sums = fs::read_to_string(to.join("SHA256SUMS")).unwrap();
        let fitted: Vec<_> = sums.lines().map(|line| line.split_once("  ").unwrap().1).collect();
        let fitted: String = fitted.into_iter().map(|name| format!("{}  {name}\n", sum(name))).collect();
        fs::write(to.join("SHA256SUMS"), fitted).unwrap();
        let all = "27 records, 12 links, 6 heads, 0 uncovered";
        checked(&to, if file == "README.txt" { Ok(all) } else { Err(()) });
    }
}

#[tokio::test]
async fn what_is_not_as_it_was_recorded_is_not_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("pack");
    let changes: [fn(&mut Books); 5] = [
        |books| books.entries[2].bytes.as_mut().unwrap()[4] ^= 1,
        |books| books.entries[2].accepted.0 -= 1,
        |books| books.links[1].at.0 -= 1,
        |books| drop(books.links.remove(1)),
        |books| drop(books.entries.remove(3)),
    ];
    for change in changes {
        let mut books = three_days().await.books();
        change(&mut books);
        let refused = packed(&Memory::of(books), &Marked, Selection::Everything, &to).await.unwrap_err();
        assert!(matches!(refused, PackError::Damaged { .. } | PackError::Broken { .. }), "{refused}");
        assert!(names(folder.path()).is_empty());
    }
}

#[tokio::test]
async fn a_pack_never_overwrites_and_leaves_nothing_half_made() {
    let (memory, folder) = (three_days().await, tempfile::tempdir().unwrap());
    let to = folder.path().join("pack");
    let nothing = packed(&memory, &Marked, Selection::Message(MessageId(1)), &to).await.unwrap_err();
    assert_eq!(nothing, PackError::Nothing);
    assert!(names(folder.path()).is_empty());
    fs::write(&to, "mine").unwrap();
    let there = packed(&memory, &Marked, Selection::Everything, &to).await.unwrap_err();
    assert_eq!(there, PackError::Exists { path: to.clone() });
    assert_eq!(fs::read(&to).unwrap(), b"mine");
    fs::remove_file(&to).unwrap();
    let partial = folder.path().join(".pack.partial");
    fs::create_dir(&partial).unwrap();
    let in_the_way = packed(&memory, &Marked, Selection::Everything, &to).await.unwrap_err();
    assert_eq!(in_the_way, PackError::Partial { path: partial.clone() });
    assert!(partial.exists() && !to.exists());
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_looks_into_a_pack() {
    use std::os::unix::fs::PermissionsExt as _;
    let (memory, folder) = (three_days().await, tempfile::tempdir().unwrap());
    let to = folder.path().join("pack");
    packed(&memory, &Marked, Selection::Everything, &to).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
    let paths = [to.clone(), to.join("files"), to.join("files/000001-request.xml"), to.join("chain.json")];
    assert!(paths.iter().all(|path| mode(path) == 0));
}

#[tokio::test]
async fn the_signed_hash_of_a_day_lies_beside_its_signature() {
    let (memory, folder) = (three_days().await, tempfile::tempdir().unwrap());
    let to = folder.path().join("pack");
    packed(&memory, &Marked, Selection::Message(MessageId(9)), &to).await.unwrap();
    let head = memory.heads("east").await.unwrap().pop().unwrap();
    assert_eq!(fs::read(to.join("heads/2024-10-06-1.hash")).unwrap(), head.hash.0);
    assert_eq!(fs::read(to.join("heads/2024-10-06-1.signature")).unwrap(), Key.signed(&head.hash).bytes);
    assert_eq!(fs::read_to_string(to.join("heads/2024-10-06-1.signer")).unwrap(), head.signer);
}

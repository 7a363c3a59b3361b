//! Uploads in parts: what is asked after what was answered.

use std::sync::{Arc, Mutex};

use gis_gkh::files::{
    AttachmentHash, Bookmark, Context, Download, FileError, FileName, PART, Remedy, RetryPolicy, Source, Stored, Upload,
};

use super::script::*;

const LENGTH: u64 = 2 * PART + 7;

fn file() -> Vec<u8> {
    (0..LENGTH).map(|at| u8::try_from((at / 3 + at / PART) % 256).unwrap()).collect()
}

fn upload(script: &Arc<Script>, source: impl Source + 'static) -> Result<Upload, FileError> {
    let context = Context::named("appeals").unwrap();
    Upload::new(script.store(), Arc::new(source), FileName::new("Акт.txt").unwrap(), context)
}

async fn run(script: &Arc<Script>, upload: &mut Upload) -> Result<Stored, FileError> {
    let stored = upload.run(RetryPolicy::default(), &Rest::default(), |_| {}).await;
    assert!(script.is_over(), "{:?}", script.asked());
    stored
}

const OPEN: &str = "Post /?upload 0";
const FIRST: &str = "Put /ID#1 5242880";
const SECOND: &str = "Put /ID#2 5242880";
const THIRD: &str = "Put /ID#3 7";
const STAT: &str = "Head /ID 0";
const COMPLETE: &str = "Post /ID?completed 0";

#[tokio::test]
async fn a_file_of_three_parts() {
    let script = Script::new([given(ID), done(), done(), done(), done(), stat(LENGTH, "1,2,3", "true")]);
    let mut upload = upload(&script, file()).unwrap();
    let mut seen = Vec::new();
    let stored =
        upload.run(RetryPolicy::NEVER, &Rest::default(), |upload| seen.push(upload.progress().1)).await.unwrap();
    assert_eq!(stored, Stored { id: ID.parse().unwrap(), hash: AttachmentHash::of(&file()), length: LENGTH });
    assert_eq!(script.asked(), [OPEN, FIRST, SECOND, THIRD, COMPLETE, STAT]);
    assert_eq!(seen, [0, PART, 2 * PART, LENGTH, LENGTH, LENGTH]);
    let open = &script.calls()[0];
    let header = |name: &str| open.headers.iter().find(|(found, _)| *found == name).map(|(_, value)| value.clone());
    assert_eq!(header("x-upload-length"), Some(LENGTH.to_string()));
    assert_eq!(header("x-upload-part-count").as_deref(), Some("3"));
}

#[tokio::test]
async fn after_a_cut_the_session_is_asked_what_arrived() {
    // The second part was cut and had not arrived; the third was cut and had.
    let answers = [
        given(ID),
        done(),
        cut(),
        stat(LENGTH, "1", "false"),
        done(),
        cut(),
        stat(LENGTH, "1,2,3", "false"),
        done(),
        done(),
        stat(LENGTH, "1,2,3", "true"),
    ];
    let script = Script::new(answers);
    let stored = run(&script, &mut upload(&script, file()).unwrap()).await.unwrap();
    assert_eq!(stored.hash, AttachmentHash::of(&file()));
    // That the third is whole nobody has said to us: it is sent again, which is harmless.
    assert_eq!(script.asked(), [OPEN, FIRST, SECOND, STAT, SECOND, THIRD, STAT, THIRD, COMPLETE, STAT]);
}

#[tokio::test]
async fn a_lost_answer_to_the_completion_is_looked_up() {
    let script = Script::new([given(ID), done(), done(), done(), cut(), stat(LENGTH, "1,2,3", "true")]);
    run(&script, &mut upload(&script, file()).unwrap()).await.unwrap();
    assert_eq!(script.asked().last().map(String::as_str), Some(STAT));
    assert_eq!(script.asked().iter().filter(|asked| *asked == COMPLETE).count(), 1);
}

#[tokio::test]
async fn a_session_that_is_gone_begins_anew() {
    let answers = [
        given(OTHER),
        done(),
        refused("FileNotFoundException"),
        given(ID),
        done(),
        done(),
        done(),
        done(),
        stat(LENGTH, "1,2,3", "true"),
    ];
    let script = Script::new(answers);
    let stored = run(&script, &mut upload(&script, file()).unwrap()).await.unwrap();
    assert_eq!((stored.id.to_string().as_str(), stored.hash), (ID, AttachmentHash::of(&file())));
    assert_eq!(script.asked()[3..], [OPEN, FIRST, SECOND, THIRD, COMPLETE, STAT]);
}

#[tokio::test]
async fn a_restart_goes_on_from_the_bookmark() {
    let script = Script::new([given(ID), done(), done()]);
    let mut before = upload(&script, file()).unwrap();
    for _ in 0..3 {
        assert_eq!(before.step().await.unwrap(), None);
    }
    let line = before.bookmark().to_string();
    assert!(!line.contains(' ') && line.starts_with(ID), "{line}");
    let bookmark: Bookmark = line.parse().unwrap();
    assert_eq!(&bookmark, before.bookmark());

    let script = Script::new([stat(LENGTH, "1,2", "false"), done(), done(), stat(LENGTH, "1,2,3", "true")]);
    let stored = run(&script, &mut upload(&script, file()).unwrap().resume(bookmark.clone())).await.unwrap();
    assert_eq!(stored.hash, AttachmentHash::of(&file()), "the hash is of the whole file");
    assert_eq!(script.asked(), [STAT, THIRD, COMPLETE, STAT]);

    // Another file in its place: the parts that differ are sent.
    let mut other = file();
    other[0] ^= 1;
    let script = Script::new([stat(LENGTH, "1,2", "false"), done(), done(), done(), stat(LENGTH, "1,2,3", "true")]);
    run(&script, &mut upload(&script, other).unwrap().resume(bookmark.clone())).await.unwrap();
    assert_eq!(script.asked(), [STAT, FIRST, THIRD, COMPLETE, STAT]);

    // The session is of something else altogether.
    let answers = [stat(LENGTH + 1, "1,2", "false"), given(ID), done(), done(), done(), done()];
    let script = Script::new(answers.into_iter().chain([stat(LENGTH, "1,2,3", "true")]));
    run(&script, &mut upload(&script, file()).unwrap().resume(bookmark)).await.unwrap();
    assert_eq!(script.asked(), [STAT, OPEN, FIRST, SECOND, THIRD, COMPLETE, STAT]);

    for wrong in ["", "x", "-,AAAA", "0f3c2a6e-91d4-4b57-8e2d-00000000f001,short"] {
        assert!(wrong.parse::<Bookmark>().is_err(), "{wrong}");
    }
    assert_eq!("-".parse(), Ok(Bookmark::default()));
}

#[tokio::test]
async fn parts_that_the_store_has_lost_are_sent_again() {
    let answers = [
        given(ID),
        done(),
        done(),
        done(),
        done(),
        stat(LENGTH, "1,3", "false"),
        done(),
        done(),
        stat(LENGTH, "1,2,3", "true"),
    ];
    let script = Script::new(answers);
    let error = async {
        let mut upload = upload(&script, file()).unwrap();
        for _ in 0..5 {
            upload.step().await.unwrap();
        }
        let error = upload.step().await.unwrap_err();
        (upload, error)
    };
    let (mut upload, error) = error.await;
    assert!(matches!(error, FileError::Missing(1)), "{error}");
    assert_eq!(error.remedy(), Remedy::Retry);
    run(&script, &mut upload).await.unwrap_or_else(|error| panic!("{error}: {:?}", script.asked()));
    assert_eq!(script.asked()[6..], [STAT, SECOND, COMPLETE, STAT][1..]);
}

#[tokio::test]
async fn a_proxy_that_says_yes_to_everything_is_found_out() {
    // Every answer is a page: the first of them ends it.
    let script = Script::new([page()]);
    let error = run(&script, &mut upload(&script, file()).unwrap()).await.unwrap_err();
    assert!(matches!(error, FileError::Page { .. }), "{error}");
    // Every answer is an empty 200 but those to the questions.
    let mut answers = vec![given(ID), done(), done(), done(), done()];
    for _ in 0..30 {
        answers.push(stat(LENGTH, "", "false"));
        answers.extend([done(), done(), done(), done()]);
    }
    let script = Script::new(answers);
    let mut upload = upload(&script, file()).unwrap();
    let rest = Rest::default();
    let error = upload.run(RetryPolicy::default(), &rest, |_| {}).await.unwrap_err();
    assert!(matches!(error, FileError::Missing(3)), "{error}");
    assert_eq!(rest.0.lock().unwrap().len(), 7, "it is given up");
}

#[tokio::test]
async fn the_virus_check_is_waited_for() {
    let pending = || refused("FileVirusNotCheckedException");
    let script =
        Script::new([given(ID), done(), done(), done(), done(), pending(), pending(), stat(LENGTH, "", "true")]);
    let mut upload = upload(&script, file()).unwrap();
    let rest = Rest::default();
    upload.run(RetryPolicy::default(), &rest, |_| {}).await.unwrap();
    let wait = RetryPolicy::default().wait;
    assert_eq!(*rest.0.lock().unwrap(), [wait, wait]);
}

/// A file that another program goes on writing.
struct Growing(Mutex<u64>);

impl Source for Growing {
    fn length(&self) -> std::io::Result<u64> {
        let mut length = self.0.lock().unwrap();
        *length += 1;
        Ok(*length)
    }

    fn read(&self, _: u64, into: &mut [u8]) -> std::io::Result<usize> {
        Ok(into.len())
    }
}

/// A file that is shorter than it says.
struct Cut;

impl Source for Cut {
    fn length(&self) -> std::io::Result<u64> {
        Ok(PART + 1)
    }

    fn read(&self, from: u64, into: &mut [u8]) -> std::io::Result<usize> {
        Ok(if from < PART { into.len().min(1 << 20) } else { 0 })
    }
}

#[tokio::test]
async fn files_that_change_or_cannot_be_read_are_not_sent() {
    let script = Script::new([]);
    assert!(matches!(upload(&script, Vec::new()).unwrap_err(), FileError::Empty));
    let growing = run(&script, &mut upload(&script, Growing(Mutex::new(5))).unwrap()).await.unwrap_err();
    assert!(matches!(growing, FileError::Changed(_)), "{growing}");
    assert_eq!(growing.remedy(), Remedy::FixFile);
    let script = Script::new([given(ID), done()]);
    let cut = run(&script, &mut upload(&script, Cut).unwrap()).await.unwrap_err();
    assert!(matches!(cut, FileError::Changed(_)), "{cut}");
    // A hash that is known beforehand holds both ways of uploading.
    let script = Script::new([]);
    let small = upload(&script, b"text".to_vec()).unwrap().expecting("00");
    assert!(matches!(run(&script, &mut { small }).await.unwrap_err(), FileError::Changed(_)));
    let script = Script::new([given(ID), done(), done(), done()]);
    let large = upload(&script, file()).unwrap().expecting("00");
    assert!(matches!(run(&script, &mut { large }).await.unwrap_err(), FileError::Changed(_)));
    assert!(!script.asked().contains(&COMPLETE.to_owned()));
}

#[tokio::test]
async fn a_download_goes_on_from_what_is_there() {
    let id = ID.parse().unwrap();
    let context = Context::named("appeals").unwrap();
    let file = file();
    let part = usize::try_from(PART).unwrap();
    let window = |from: usize, to: usize| {
        let range = format!("bytes {from}-{}/{LENGTH}", to - 1);
        reply(206, &[("content-range", &range)], file[from..to].to_vec())
    };
    let all = [stat(LENGTH, "", "true"), window(0, part), cut(), window(part, 2 * part), window(2 * part, file.len())];
    let script = Script::new(all);
    let mut download = Download::new(script.store(), context, id, Vec::new()).expecting(AttachmentHash::of(&file));
    let hash = download.run(RetryPolicy::default(), &Rest::default()).await.unwrap();
    assert_eq!((hash, download.into_target().unwrap() == file), (AttachmentHash::of(&file), true));
    let ranges: Vec<_> = script.calls().iter().flat_map(|call| call.headers.clone()).collect();
    assert!(ranges.contains(&("range", format!("bytes={PART}-{}", 2 * PART - 1))));

    // Half of it is there from before a restart.
    let script =
        Script::new([stat(LENGTH, "", "true"), window(part + 5, 2 * part + 5), window(2 * part + 5, file.len())]);
    let held = file[..part + 5].to_vec();
    let mut download = Download::new(script.store(), context, id, held).expecting(AttachmentHash::of(&file));
    download.run(RetryPolicy::NEVER, &Rest::default()).await.unwrap();
    assert!(download.into_target().unwrap() == file);

    // What is there is of another file: it is thrown away, and the right one comes.
    let mut answers = vec![stat(LENGTH, "", "true"), window(part + 5, 2 * part + 5), window(2 * part + 5, file.len())];
    answers.extend([stat(LENGTH, "", "true"), window(0, part), window(part, 2 * part), window(2 * part, file.len())]);
    let script = Script::new(answers);
    let held = vec![0; part + 5];
    let mut download = Download::new(script.store(), context, id, held).expecting(AttachmentHash::of(&file));
    let rest = Rest::default();
    download.run(RetryPolicy::default(), &rest).await.unwrap();
    assert!(download.into_target().unwrap() == file);
    assert_eq!(rest.0.lock().unwrap().len(), 1);
}

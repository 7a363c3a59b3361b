//! Answers with files, handed over while another process has the store: the files are read where the table is.

use gis_gkh::files::AttachmentHash;
use std::process::{Output, Stdio};

use super::{EMPLOYEE, Running, Stage, Value, until};

/// More than one part, and more than a socket holds at once.
fn scan() -> Vec<u8> {
    (0..6_000_000_u32).map(|at| u8::try_from((at / 7 + at / 5_242_880) % 256).unwrap()).collect()
}

#[test]
fn files_beside_a_table_go_through_the_socket_and_not_by_their_paths() {
    let stage = Stage::new("", "");
    let engine = Running(stage.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let socket = stage.home.path().join("data/control.sock");
    until("the engine opens its socket", || socket.exists());

    // The engine stands in `home`, the person in `home/office`, and the table lies in `home/office/answers`. Files of the same
    // name lie where the engine could find them, and must not be taken.
    let folder = stage.home.path().join("office/answers");
    std::fs::create_dir_all(folder.join("скан")).unwrap();
    std::fs::create_dir_all(stage.home.path().join("скан")).unwrap();
    std::fs::create_dir_all(stage.home.path().join("answers/скан")).unwrap();
    for wrong in ["скан/акт.txt", "answers/скан/акт.txt"] {
        std::fs::write(stage.home.path().join(wrong), "not this one").unwrap();
    }
    let bytes = scan();
    std::fs::write(folder.join("скан/акт.txt"), &bytes).unwrap();
    let open = stage.appeals.iter().filter(|appeal| appeal.state == gis_gkh_sandbox::AppealState::Sent);
    let open: Vec<_> = open.take(2).collect();
    let table = format!(
        "ref;appeal_number;employee_guid;text;attachments\n\
         a;{};{EMPLOYEE};Ответ образца;скан/акт.txt\nb;{};{EMPLOYEE};Ответ образца;нет такого.txt\n",
        open[0].number, open[1].number
    );
    std::fs::write(folder.join("answers.csv"), table).unwrap();
    let office = |arguments: &[&str], code: i32| {
        let mut command = stage.command(&["--json", "--config", "../gkh.toml"]);
        command.current_dir(folder.parent().unwrap()).args(arguments);
        let Output { status, stdout, stderr } = command.output().unwrap();
        let (stdout, stderr) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        assert_eq!(status.code(), Some(code), "{arguments:?}\nstdout: {stdout}\nstderr: {stderr}");
        serde_json::from_str::<Value>(&stdout).unwrap()
    };
    let refused = office(&["send", "answers", "answers/answers.csv"], 3);
    assert_eq!((&refused["batch"], &refused["rows"][0]["ref"]), (&Value::Null, &"b".into()), "{refused}");

    // The good row goes; why the other does not is the same on both sides.
    let told = office(&["send", "answers", "answers/answers.csv", "--partial", "--wait"], 1);
    assert_eq!(told["accepted"], 1, "{told}");
    let mut codes = told["rows"].as_array().unwrap().iter().filter(|row| row["ref"] == "b").map(|row| &row["code"]);
    assert!(codes.clone().count() > 0 && codes.all(|code| code == "desk.file"), "{told}");
    let held: Vec<_> = stage.sandbox.files().into_iter().filter(|file| file.name == "акт.txt").collect();
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!((held[0].bound, held[0].hash.as_deref()), (true, Some(AttachmentHash::of(&bytes).as_str())));

    // The same files again are the same batch, whoever read them; another file is another batch.
    let again = office(&["send", "answers", "answers/answers.csv", "--partial"], 1);
    assert_eq!((&again["repeated"], &again["batch"]), (&true.into(), &told["batch"]), "{again}");
    drop(engine);
    let alone = office(&["send", "answers", "answers/answers.csv", "--partial"], 1);
    assert_eq!((&alone["repeated"], &alone["batch"]), (&true.into(), &told["batch"]), "{alone}");
}

//! Holds, terms and erasure, by the command line: while an engine runs, and without one.

use super::{Running, Stage, Stdio, until};

fn sent(stage: &Stage) {
    let file = stage.file("readings.csv", &stage.readings());
    stage.gkh(&["send", "readings", &file, "--wait"], 0);
}

#[test]
fn what_is_held_stays_and_what_has_had_its_term_goes() {
    let stage = Stage::new("", "[retention]\nreadings = \"1s\"\n");
    sent(&stage);
    let held = ["--json", "archive", "hold", "add", "--batch", "1", "--reason", "dispute 7"];
    let hold = stage.json(&held, 0);
    assert_eq!((&hold["id"], &hold["reason"]), (&1.into(), &"dispute 7".into()), "{hold}");
    stage.gkh(&["archive", "hold", "add", "--reason", "of what?"], 3);
    assert!(stage.gkh(&["archive", "hold", "list"], 0).contains("batch 1"), "named as people name it");
    let terms = stage.json(&["--json", "archive", "retain"], 0);
    assert_eq!((&terms["seconds"]["readings"], &terms["otherwise"]), (&1.into(), &serde_json::Value::Null), "{terms}");
    std::thread::sleep(std::time::Duration::from_millis(1_200));
    let removed = |code| stage.json(&["--json", "archive", "retain", "--apply"], code)["removed"].clone();
    assert_eq!(removed(0), serde_json::json!({}), "held");
    stage.gkh(&["archive", "hold", "release", "1"], 0);
    stage.gkh(&["archive", "hold", "release", "1"], 1);
    assert!(stage.gkh(&["archive", "hold", "list"], 0).contains("nothing is held"));
    assert!(removed(0)["readings"].as_u64().unwrap() >= 3);
    assert_eq!(removed(0), serde_json::json!({}));
    let report = stage.json(&["--json", "archive", "verify"], 0);
    assert!(report["intact"] == true && report["nodes"][0]["expired"].as_u64().unwrap() >= 3, "{report}");
    // With a longer term those bytes should be there still.
    let path = stage.home.path().join("gkh.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("readings = \"1s\"", "readings = \"1825d\"")).unwrap();
    assert_eq!(stage.json(&["--json", "archive", "verify"], 1)["intact"], false);
}

#[test]
fn holds_are_made_through_the_engine_that_runs() {
    let stage = Stage::new("", "");
    sent(&stage);
    let engine = Running(stage.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let socket = stage.home.path().join("data/control.sock");
    until("the engine opens its socket", || socket.exists());
    stage.gkh(&["archive", "hold", "add", "--everything", "--reason", "inspection"], 0);
    let holds = stage.json(&["--json", "archive", "hold", "list"], 0);
    assert_eq!((&holds[0]["scope"], &holds[0]["reason"]), (&"everything".into(), &"inspection".into()), "{holds}");
    assert_eq!(stage.json(&["--json", "archive", "retain", "--apply"], 0)["removed"], serde_json::json!({}));
    stage.gkh(&["archive", "erase", "--everything", "--yes"], 3);
    stage.gkh(&["archive", "hold", "release", "1"], 0);
    drop(engine);
    assert_eq!(stage.json(&["--json", "archive", "hold", "list"], 0), serde_json::json!([]));
}

#[test]
fn keys_are_shredded_when_a_person_says_so_and_nothing_stands_against_it() {
    let stage = Stage::new("", "");
    stage.gkh(&["queue", "pause", "--reason", "not yet"], 0);
    let file = stage.file("readings.csv", &stage.readings());
    stage.gkh(&["send", "readings", &file], 0);
    let month = super::today().to_string()[..7].to_owned();
    stage.gkh(&["archive", "erase"], 2);
    stage.gkh(&["archive", "erase", "--month", "2026-13", "--yes"], 2);
    stage.gkh(&["archive", "erase", "--everything"], 3);
    stage.gkh(&["archive", "erase", "--month", &month, "--yes"], 3);
    let refused = stage.command(&["archive", "erase", "--everything", "--yes"]).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(3) && said.contains("batch 1 is not finished"), "{said}");
    stage.gkh(&["archive", "erase", "--month", "2020-01", "--yes"], 1);
    stage.gkh(&["queue", "resume"], 0);
    stage.gkh(&["run", "--until-empty"], 0);
    let erased = stage.json(&["--json", "archive", "erase", "--everything", "--yes"], 0);
    assert_eq!(erased["keys"].as_array().unwrap().len(), 1, "{erased}");
    let report = stage.json(&["--json", "archive", "verify"], 0);
    assert!(report["intact"] == true && report["nodes"][0]["erased"].as_u64().unwrap() >= 3, "{report}");
    let rows = stage.json(&["--json", "status", "--batch", "1"], 0);
    assert!(rows.as_array().unwrap().iter().all(|row| row["status"] == "accepted"), "outcomes stay: {rows}");
}

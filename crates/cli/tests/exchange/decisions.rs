//! What a person decides about parked messages, by the command line.

use super::{Command, EMPLOYEE, Stage, Value};

const HURRIED: &str = "[policy]\nsend_deadline = \"200ms\"\nrequest_timeout = \"1s\"\nlease = \"2s\"\nsettle = \"1500ms\"\n\
                       lookup = [\"100ms\", \"500ms\"]\nbackoff = \"20ms\"\n";

/// Answers to so many open appeals.
fn answers(stage: &Stage, count: usize) -> String {
    let open = stage.appeals.iter().filter(|appeal| appeal.state == gis_gkh_sandbox::AppealState::Sent);
    let mut text = "ref;appeal_number;employee_guid;text\n".to_owned();
    for (n, appeal) in open.take(count).enumerate() {
        text.push_str(&format!("a{n};{};{EMPLOYEE};Ответ образца\n", appeal.number));
    }
    stage.file("answers.csv", &text)
}

fn parked(stage: &Stage) -> Vec<Value> {
    stage.json(&["--json", "queue", "list", "--parked"], 0).as_array().unwrap().clone()
}

fn russian(stage: &Stage, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gkh"));
    let output = command.current_dir(stage.home.path()).args(["--lang", "ru"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_draft_that_is_not_there_is_replayed_once_and_the_answer_follows() {
    let stage = Stage::new("cut-before-ack=#1", HURRIED);
    let file = answers(&stage, 1);
    stage.gkh(&["send", "answers", &file, "--wait"], 6);
    let id = parked(&stage)[0]["message"].to_string();
    // It may be there: that is said, and nothing is done without a word.
    stage.gkh(&["queue", "replay", &id], 2);
    let told = stage.command(&["queue", "replay", &id, "--reason", "not in the portal"]).output().unwrap();
    let said = String::from_utf8(told.stderr).unwrap();
    assert_eq!(told.status.code(), Some(3), "{said}");
    assert!(said.contains("twice") && said.contains("--yes"), "{said}");
    assert_eq!(parked(&stage).len(), 1);
    let replay = ["--json", "queue", "replay", &id, "--reason", "not in the portal", "--by", "Ivanova", "--yes"];
    let told = stage.json(&replay, 0);
    assert_eq!((&told["changed"], &told["outcome"]), (&true.into(), &"done".into()), "{told}");
    assert_eq!(stage.json(&replay, 1)["outcome"], "not_parked");
    stage.gkh(&["run", "--until-empty"], 0);
    let placed: Vec<_> = stage.sandbox.answers().values().map(|effect| (effect.written, effect.sent)).collect();
    assert_eq!(placed, [(1, 1)], "one draft, sent once");
    // Finished, the message still tells who decided, and the archive joins.
    let shown = stage.json(&["--json", "queue", "show", &id], 0);
    let decisions: Vec<_> =
        shown["evidence"].as_array().unwrap().iter().filter(|one| one["role"] == "decision").collect();
    let decision = &decisions[0]["decision"];
    assert_eq!(decisions.len(), 1, "{shown}");
    assert_eq!((&decision["by"], &decision["reason"]), (&"Ivanova".into(), &"not in the portal".into()));
    assert_eq!((&decision["decision"], &decision["in_doubt"]), (&"replay".into(), &1.into()));
    assert!(stage.gkh(&["queue", "show", &id], 0).contains("replay: Ivanova: not in the portal"));
    assert_eq!(stage.json(&["--json", "archive", "verify"], 0)["intact"], true);
}

#[test]
fn all_that_were_parked_for_one_cause_are_decided_about_at_once() {
    let stage = Stage::new("cut-before-ack=#1,cut-before-ack=#2,cut-before-ack=#3", HURRIED);
    let file = answers(&stage, 3);
    stage.gkh(&["send", "answers", &file, "--wait"], 6);
    // A lookup may have been cut in place of a draft.
    let count = parked(&stage).len();
    assert!(count >= 2, "{count}");
    // In the words of an accountant, wherever it is shown.
    for shown in [vec!["queue", "list"], vec!["status"]] {
        let words = russian(&stage, &shown);
        assert!(words.contains("ждёт решения человека") && words.contains("личном кабинете"), "{words}");
        assert!(words.contains("gkh queue replay") && !words.contains("Parked"), "{words}");
    }
    let status = stage.json(&["--json", "status"], 0);
    let mut queue = status["queue"].as_array().unwrap().iter();
    let why = queue.find(|message| message["state"] == "parked").unwrap()["why"].as_str().unwrap();
    assert!(why.contains("may not be repeated blindly"), "{why}");
    let all = |verb: &str, more: &[&str], code| {
        let line = [&["--json", "queue", verb, "--all"], more].concat();
        stage.json(&line, code)
    };
    let none = all("retry", &["--reason-code", "AUT011005"], 1);
    assert_eq!(none["done"], 0, "{none}");
    stage.gkh(&["queue", "retry", "--reason-code", "AUT011005"], 2);
    stage.gkh(&["queue", "discard", "--all", "--reason", "given up"], 3);
    stage.gkh(&["queue", "replay", "--all", "--reason", "not in the portal"], 3);
    assert_eq!(parked(&stage).len(), count, "nothing without a word");
    let code = ["--reason-code", "delivery.outcome_unknown", "--reason", "not in the portal", "--yes"];
    let replayed = all("replay", &code, 0);
    assert_eq!((&replayed["done"], &replayed["may_be_applied"]), (&count.into(), &0.into()), "{replayed}");
    stage.gkh(&["run", "--until-empty"], 0);
    assert!(stage.sandbox.answers().values().all(|effect| (effect.written, effect.sent) == (1, 1)));
    assert_eq!(stage.sandbox.answers().len(), 3);
}

#[test]
fn our_own_codes_are_explained() {
    let stage = Stage::new("", "");
    let told = stage.json(&["--json", "explain", "Delivery.Outcome_Unknown"], 0);
    assert_eq!((&told["code"], &told["who_fixes"]), (&"delivery.outcome_unknown".into(), &"operator".into()), "{told}");
    assert!(told["action"].as_str().unwrap().contains("replay"), "{told}");
    let words = russian(&stage, &["explain", "not_a_date"]);
    assert!(words.lines().count() == 3 && words.contains("Кто исправляет"), "{words}");
    let all = stage.gkh(&["explain"], 0);
    assert!(all.contains("delivery.not_delivered") && all.contains("desk.key") && all.contains("INT008165"), "{all}");
    stage.gkh(&["explain", "delivery.nonsense"], 1);
}

//! Appeals: given out, answered, handled, received while the sandbox runs.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod support;

use std::time::Duration;

use gis_gkh::contract::appeals::get_state_result::Outcome;
use gis_gkh::contract::appeals::*;
use gis_gkh::contract::organizations_registry_base::RegOrg;
use gis_gkh::{Guid, SystemError, codes};
use gis_gkh_sandbox::{AnswerEffect, AppealState, Faults, IncomingAppeal, ReceiveError};
use support::*;
use time::Date;
use time::macros::date;

/// The day of the tests.
const TODAY: Date = date!(2026 - 11 - 03);

const NONE: [usize; 0] = [];

fn number(appeal: usize) -> String {
    format!("00-2026-{appeal:06}")
}

/// GUID of an appeal of the furnished seed.
fn appeal(which: usize) -> Guid {
    IncomingAppeal::new(number(which), START, "").guid()
}

fn employee() -> Guid {
    guid("employee")
}

fn transport(name: &str) -> Guid {
    guid(&format!("transport/{name}"))
}

fn one_answer(key: AppealKey, named: Option<Guid>, step: Option<AnswerStep>) -> ImportAnswerRequest {
    let answer = Answer { answer_guid: named, answer_step: step, ..Answer::new(transport("answer"), employee()) };
    ImportAnswerRequest {
        answer_action: vec![AnswerAction::new(transport("appeal"), key, vec![answer])],
        ..ImportAnswerRequest::new()
    }
}

fn writing(text: &str, send: bool) -> Option<AnswerStep> {
    Some(Writing { send_answer: send, ..Writing::new(AnswerDraft::new(text)) }.into())
}

fn import(stand: &Stand, request: ImportAnswerRequest) -> Vec<(Guid, Result<Guid, String>)> {
    let answer = stand.ask(request).unwrap();
    let Some(Outcome::ImportResult(results)) = answer.outcome else { panic!("{answer:?}") };
    objects(&results)
}

/// Takes one step with an answer to an appeal of the seed.
fn step(stand: &Stand, which: usize, named: Option<Guid>, step: Option<AnswerStep>) -> Result<Guid, String> {
    let mut got = import(stand, one_answer(AppealKey::Guid(appeal(which)), named, step));
    assert_eq!(got.len(), 1);
    let (sent, result) = got.remove(0);
    assert_eq!(sent, transport("answer"));
    result
}

fn act(stand: &Stand, which: usize, change: impl FnOnce(&mut AppealAction)) -> Result<Guid, String> {
    let mut action = AppealAction::new(transport("action"), AppealKey::Number(number(which)));
    change(&mut action);
    let request = ImportAnswerRequest { appeal_action: vec![action], ..ImportAnswerRequest::new() };
    import(stand, request).remove(0).1
}

fn asked(criteria: impl Into<AppealCriteria>) -> ExportAppealRequest {
    ExportAppealRequest { appeal_criteria: Some(criteria.into()), ..ExportAppealRequest::new() }
}

fn export(stand: &Stand, request: ExportAppealRequest) -> Result<Vec<Appeal>, SystemError> {
    let answer = stand.ask(request)?;
    let Some(Outcome::Appeals(appeals)) = answer.outcome else { panic!("{answer:?}") };
    Ok(appeals)
}

/// Which of the seed's appeals are given out.
fn found(stand: &Stand, request: ExportAppealRequest) -> Vec<usize> {
    let appeals = match export(stand, request) {
        Ok(appeals) => appeals,
        Err(error) => {
            assert_eq!(error.code.as_deref(), Some("INT002012"));
            return Vec::new();
        }
    };
    appeals.iter().map(|appeal| appeal.appeal_number[8..].parse().unwrap()).collect()
}

fn seen(stand: &Stand, which: usize) -> Appeal {
    export(stand, asked(AppealCriteria::Guids(vec![appeal(which)]))).unwrap().remove(0)
}

fn answers(appeal: &Appeal) -> Vec<GivenAnswer> {
    let answer = |entry: &HistoryEntry| match &entry.event {
        Some(Event::Answer(answer)) => Some(answer.clone()),
        _ => None,
    };
    appeal.appeal_history.iter().filter_map(answer).collect()
}

#[test]
fn an_appeal_is_given_out_with_all_that_is_known_of_it() {
    let stand = Stand::furnished();
    let shown = seen(&stand, 1);
    assert_eq!((shown.appeal_number.clone(), shown.appeal_create_date.date()), (number(1), date!(2026 - 10 - 20)));
    assert_eq!(shown.topic, Topic::Own("Отопление".to_owned()));
    assert_eq!(shown.fias_house_guid, Some(guid("house")));
    assert_eq!(shown.premise_number.as_deref(), Some("12"));
    assert_eq!(shown.execution_end_date.map(|day| day.date()), Some(date!(2026 - 11 - 19)));
    assert_eq!(shown.appeal_status, AppealStatus::Sent);
    let files: Vec<Guid> = shown.attachment.iter().map(|file| file.attachment.attachment_guid).collect();
    assert_eq!(files, [guid("file/one"), guid("file/two")]);
    let Author::Applicant(applicant) = &shown.applicant_info.author else { panic!() };
    let PersonOrOrganization::Person(person) = &applicant.person_or_organization else { panic!() };
    assert_eq!((person.surname.as_str(), person.first_name.as_str()), ("Примеров", "Образец"));
    let answered = seen(&stand, 3);
    assert_eq!(answered.appeal_status, AppealStatus::Executed);
    let given = &answers(&answered)[0];
    assert_eq!((given.answer_text.as_str(), given.answer_is_sent), ("Убрали.", true));
    assert_eq!(given.send_answer_date.map(|day| day.date()), Some(date!(2026 - 10 - 28)));
    assert!(seen(&stand, 4).appeal_withdrawn.is_some());
}

#[test]
fn appeals_are_sought_by_keys_days_topics_houses_states_and_answers() {
    let stand = Stand::furnished();
    // Of another organisation none, of the system itself only when asked for.
    assert_eq!(found(&stand, ExportAppealRequest::new()), [1, 2, 3, 4]);
    let with_system = ExportAppealRequest { include_hcs_appeals: true, ..ExportAppealRequest::new() };
    assert_eq!(found(&stand, with_system), [1, 2, 3, 4, 5]);
    assert_eq!(found(&stand, asked(AppealCriteria::Guids(vec![appeal(5), appeal(2), appeal(6)]))), [2, 5]);
    assert_eq!(found(&stand, asked(AppealCriteria::Numbers(vec![number(3), number(6)]))), [3]);
    assert_eq!(found(&stand, asked(AppealCriteria::Guids(vec![appeal(6)]))), NONE);

    let by = |change: &dyn Fn(&mut AppealFilter)| {
        let mut filter = AppealFilter::new();
        change(&mut filter);
        found(&stand, asked(filter))
    };
    let days = |from: Date, to: Date| {
        by(&move |filter| {
            filter.start_date = Some(from.into());
            filter.end_date = Some(to.into());
        })
    };
    assert_eq!(days(date!(2026 - 10 - 21), date!(2026 - 10 - 22)), [3, 4]);
    assert_eq!(days(date!(2026 - 10 - 25), date!(2026 - 10 - 25)), [2]);
    assert_eq!(days(date!(2026 - 10 - 26), date!(2026 - 11 - 30)), NONE);
    assert_eq!(by(&|filter| filter.appeal_theme = Some(entry(220, "1"))), [2]);
    assert_eq!(by(&|filter| filter.appeal_theme = Some(entry(220, "2"))), NONE);
    assert_eq!(by(&|filter| filter.fias_house_guid = vec![guid("house"), guid("house/other")]), [1]);
    let states = |change: &dyn Fn(&mut StatusFilter)| {
        let mut states = StatusFilter::new();
        change(&mut states);
        by(&|filter| filter.status_of_appeal = Some(states.clone()))
    };
    assert_eq!(states(&|states| states.sent = true), [1]);
    assert_eq!(states(&|states| states.not_sent = true), NONE);
    assert_eq!(states(&|_| {}), [1, 2, 3, 4]);
    assert_eq!(
        states(&|states| {
            states.in_work = true;
            states.executed = true;
            states.withdrawn = true;
        }),
        [2, 3, 4]
    );

    let draft = step(&stand, 2, None, writing("Проверяем.", false)).unwrap();
    assert_eq!(found(&stand, asked(AppealCriteria::AnswerGuids(vec![draft]))), [2]);
    let by_answer = |change: &dyn Fn(&mut AnswerFilter)| {
        let mut filter = AnswerFilter::new();
        change(&mut filter);
        found(&stand, asked(filter))
    };
    assert_eq!(by_answer(&|filter| filter.start_create_date = Some(TODAY.into())), [2]);
    assert_eq!(by_answer(&|filter| filter.end_create_date = Some(date!(2026 - 10 - 28).into())), [3]);
    assert_eq!(by_answer(&|filter| filter.start_post_date = Some(date!(2026 - 10 - 28).into())), [3]);
    assert_eq!(by_answer(&|filter| filter.end_post_date = Some(date!(2026 - 10 - 27).into())), NONE);
}

#[test]
fn a_draft_is_written_changed_and_sent() {
    let stand = Stand::furnished();
    let draft = step(&stand, 1, None, writing("Проверяем.", false)).unwrap();
    let shown = seen(&stand, 1);
    assert_eq!(shown.appeal_status, AppealStatus::InWork);
    let [given] = &answers(&shown)[..] else { panic!("{:?}", shown.appeal_history) };
    assert_eq!((given.answer_guid, given.answer_is_sent, given.send_answer_date), (Some(draft), false, None));
    assert_eq!(given.answerer.answerer_guid, employee());

    let file = stand.attached("акт.pdf");
    let content =
        AnswerDraft { attachment: vec![file.clone()], ..AnswerDraft::new("Отопление включено.") };
    assert_eq!(step(&stand, 1, Some(draft), Some(Writing::new(content).into())), Ok(draft));
    assert_eq!(step(&stand, 1, Some(draft), Some(AnswerStep::Send)), Ok(draft));
    let shown = seen(&stand, 1);
    assert_eq!(shown.appeal_status, AppealStatus::Executed);
    let [given] = &answers(&shown)[..] else { panic!("{:?}", shown.appeal_history) };
    assert_eq!((given.answer_text.as_str(), given.answer_is_sent), ("Отопление включено.", true));
    assert_eq!(given.send_answer_date.map(|day| day.date()), Some(TODAY));
    assert_eq!(given.attachment, [file]);
    let expected = AnswerEffect { written: 1, edited: 1, sent: 1, ..AnswerEffect::default() };
    assert_eq!(stand.sandbox.answers(), [(appeal(1), expected)].into());
}

#[test]
fn an_answer_may_be_written_and_sent_at_once_and_only_once() {
    let stand = Stand::furnished();
    let key = || AppealKey::Number(number(2));
    let sent = import(&stand, one_answer(key(), None, writing("Сделано.", true))).remove(0).1.unwrap();
    let shown = seen(&stand, 2);
    assert_eq!(shown.appeal_status, AppealStatus::Executed);
    assert_eq!(answers(&shown)[0].answer_guid, Some(sent));
    for (named, step, code) in [
        (None, writing("Сделано.", true), "SBX000010"),
        (None, writing("Ещё раз.", false), "SBX000010"),
        (Some(sent), Some(AnswerStep::Send), "SBX000010"),
        (Some(sent), writing("Иначе.", false), "SBX000011"),
        (Some(sent), Some(AnswerStep::Delete), "SBX000011"),
    ] {
        assert_eq!(
            import(&stand, one_answer(key(), named, step.clone())).remove(0).1,
            Err(code.to_owned()),
            "{step:?}"
        );
    }
    assert_eq!(codes::find("SBX000010").unwrap().class, codes::Class::AlreadyExists);
    let expected = AnswerEffect { written: 1, sent: 1, refused: 5, ..AnswerEffect::default() };
    assert_eq!(stand.sandbox.answers()[&appeal(2)], expected);
    assert_eq!(answers(&seen(&stand, 2)).len(), 1);
}

#[test]
fn of_two_drafts_one_is_deleted_and_the_other_sent() {
    let stand = Stand::furnished();
    let first = step(&stand, 1, None, writing("Первый.", false)).unwrap();
    let second = step(&stand, 1, None, writing("Второй.", false)).unwrap();
    assert_ne!(first, second);
    assert_eq!(step(&stand, 1, Some(first), Some(AnswerStep::Delete)), Ok(first));
    assert_eq!(step(&stand, 1, Some(first), Some(AnswerStep::Delete)), Err("INT002000".to_owned()));
    // What is written later does not take the place of what was deleted.
    let third = step(&stand, 1, None, writing("Третий.", false)).unwrap();
    assert!(third != first && third != second);
    assert_eq!(step(&stand, 1, Some(second), Some(AnswerStep::Send)), Ok(second));
    // The draft that is left cannot be sent any more.
    assert_eq!(step(&stand, 1, Some(third), Some(AnswerStep::Send)), Err("SBX000010".to_owned()));
    assert_eq!(step(&stand, 1, Some(third), writing("Иначе.", true)), Err("SBX000010".to_owned()));
    assert_eq!(step(&stand, 1, Some(third), Some(AnswerStep::Delete)), Ok(third));
    let expected = AnswerEffect { written: 3, deleted: 2, sent: 1, refused: 3, ..AnswerEffect::default() };
    assert_eq!(stand.sandbox.answers()[&appeal(1)], expected);
    assert_eq!(answers(&seen(&stand, 1)).len(), 1);
}

#[test]
fn each_step_is_refused_for_its_own_reason() {
    let stand = Stand::furnished();
    for (which, named, what, code) in [
        (6, None, writing("Не наше.", true), "AUT011003"),
        (4, None, writing("Отозвано.", true), "SBX000012"),
        (7, None, writing("Нет такого.", true), "INT002000"),
        (1, None, Some(AnswerStep::Send), "INT002000"),
        (1, None, Some(AnswerStep::Delete), "INT002000"),
        (1, Some(guid("no answer")), Some(AnswerStep::Send), "INT002000"),
        (1, None, None, "FMT001300"),
    ] {
        assert_eq!(step(&stand, which, named, what.clone()), Err(code.to_owned()), "{which} {what:?}");
    }
    let unknown = one_answer(AppealKey::Number("77-7".to_owned()), None, writing("Нет такого.", true));
    assert_eq!(import(&stand, unknown).remove(0).1, Err("INT002000".to_owned()));
    let book = stand.sandbox.answers();
    let refused: Vec<usize> = [1, 4, 6, 7].iter().map(|which| book[&appeal(*which)].refused).collect();
    assert_eq!((refused, book.len()), (vec![4, 1, 1, 1], 4));
    assert!(
        book.values().all(|effect| AnswerEffect { refused: 0, premature: 0, ..*effect } == AnswerEffect::default())
    );
    assert_eq!(book[&appeal(1)].premature, 2, "sent without having been written");
    // An answer of another appeal is not this one's.
    let draft = step(&stand, 2, None, writing("Черновик.", false)).unwrap();
    assert_eq!(step(&stand, 1, Some(draft), Some(AnswerStep::Send)), Err("INT002000".to_owned()));
}

#[test]
fn an_appeal_may_be_handled_otherwise() {
    let stand = Stand::furnished();
    let planned = date!(2026 - 11 - 10);
    let appointed = act(&stand, 1, |action| {
        let performer =
            PerformerAppointment { date_of_appointment: Some(planned.into()), ..PerformerAppointment::new(employee()) };
        action.performer = Some(performer);
        let longer = DeadlineExtension::new(date!(2026 - 11 - 30), "Ждём заключения поставщика тепла.", employee());
        action.roll_over_appeal = Some(longer);
    });
    assert_eq!(appointed, Ok(appeal(1)));
    let shown = seen(&stand, 1);
    assert_eq!((shown.appeal_status.clone(), shown.answerer_guid), (AppealStatus::InWork, Some(employee())));
    assert_eq!(shown.date_of_appointment.map(|day| day.date()), Some(planned));
    assert!(shown.rolled_over);
    assert_eq!(shown.execution_end_date.map(|day| day.date()), Some(date!(2026 - 11 - 30)));
    assert!(matches!(&shown.appeal_history[0].event, Some(Event::RolledOver(_))));
    assert_eq!(shown.appeal_history[0].change_date.date(), TODAY);

    assert_eq!(act(&stand, 1, |action| action.executed = Some(Performer::new(employee()))), Ok(appeal(1)));
    assert_eq!(seen(&stand, 1).appeal_status, AppealStatus::Executed);
    // Done is not answered.
    assert!(step(&stand, 1, None, writing("Сделано.", true)).is_ok());

    let waived = act(&stand, 2, |action| {
        action.answer_is_not_required =
            Some(AnswerWaiver::new("Повторяет обращение, на которое ответили.", employee()));
    });
    assert_eq!(waived, Ok(appeal(2)));
    assert!(seen(&stand, 2).answer_is_not_required);
    assert_eq!(step(&stand, 2, None, writing("Сделано.", true)), Err("SBX000012".to_owned()));

    let next = IncomingAppeal::new(number(8), START, "Не к вам.");
    stand.sandbox.receive_appeal(next).unwrap();
    let why = "Вопрос относится к ведению другой организации. ".repeat(3);
    let handed = |action: &mut AppealAction| {
        action.redirect_appeal = vec![Redirection::new(RegOrg::new(guid("root")), why.clone(), employee())];
    };
    assert_eq!(act(&stand, 8, handed), Ok(appeal(8)));
    assert_eq!(seen(&stand, 8).redirection_mark, Some(RedirectionMark::WithinSystem));
    assert_eq!(act(&stand, 8, handed), Err("SBX000012".to_owned()));
    assert_eq!(act(&stand, 6, |_| {}), Err("AUT011003".to_owned()));
    let book = stand.sandbox.answers();
    assert_eq!((book[&appeal(1)].handled, book[&appeal(8)].handled, book[&appeal(8)].refused), (2, 1, 1));
}

#[test]
fn every_answer_and_action_of_a_message_has_a_result() {
    let stand = Stand::furnished();
    let answer = |name: &str, step| Answer { answer_step: step, ..Answer::new(transport(name), employee()) };
    let request = ImportAnswerRequest {
        answer_action: vec![
            AnswerAction::new(
                transport("first"),
                AppealKey::Guid(appeal(1)),
                vec![answer("a", writing("Раз.", false)), answer("b", writing("Два.", true))],
            ),
            AnswerAction::new(
                transport("second"),
                AppealKey::Guid(appeal(6)),
                vec![answer("c", writing("Три.", false))],
            ),
        ],
        appeal_action: vec![AppealAction {
            executed: Some(Performer::new(employee())),
            ..AppealAction::new(transport("d"), AppealKey::Number(number(2)))
        }],
        ..ImportAnswerRequest::new()
    };
    let got: Vec<_> = import(&stand, request).into_iter().map(|(sent, result)| (sent, result.map(|_| ()))).collect();
    let refused = Err("AUT011003".to_owned());
    assert_eq!(
        got,
        [(transport("a"), Ok(())), (transport("b"), Ok(())), (transport("c"), refused), (transport("d"), Ok(()))]
    );
}

#[test]
fn appeals_arrive_while_the_sandbox_runs() {
    let stand = Stand::furnished();
    let mut next = IncomingAppeal::new("00-2026-000777", stand.now(), "Новое обращение образца.");
    next.state = AppealState::Sent;
    let today = || asked(AppealFilter { start_date: Some(TODAY.into()), ..AppealFilter::new() });
    assert_eq!(found(&stand, today()), NONE);
    assert_eq!(stand.sandbox.receive_appeal(next.clone()), Ok(next.guid()));
    assert_eq!(found(&stand, today()), [777]);
    assert_eq!(stand.sandbox.receive_appeal(next.clone()), Err(ReceiveError::Repeated(next.number.clone())));
    let foreign = IncomingAppeal { number: "00-1".to_owned(), organisation: Some(guid("nobody")), ..next.clone() };
    assert_eq!(stand.sandbox.receive_appeal(foreign), Err(ReceiveError::Organisation(guid("nobody"))));
    let wrong = IncomingAppeal { number: "0".repeat(31), ..next.clone() };
    assert!(matches!(stand.sandbox.receive_appeal(wrong), Err(ReceiveError::Appeal { .. })));
    let wordy = IncomingAppeal { number: "00-2".to_owned(), text: "тайна ".repeat(2000), ..next.clone() };
    let error = stand.sandbox.receive_appeal(wordy.clone()).unwrap_err();
    assert!(!error.to_string().contains("тайна") && !format!("{wordy:?}{error:?}").contains("тайна"), "{error}");
    assert!(!format!("{next:?}").contains("Примеров"));
    // Nothing of what was refused stays, and what was received is answered like any other.
    assert_eq!(found(&stand, today()), [777]);
    let got = import(&stand, one_answer(AppealKey::Guid(next.guid()), None, writing("Принято.", true)));
    assert!(got[0].1.is_ok());
}

#[test]
fn an_answer_that_grows_too_large_is_refused() {
    let stand = Stand::furnished_with(|settings| settings.bounds.answer = 1000);
    assert_eq!(export(&stand, ExportAppealRequest::new()).unwrap_err().code.as_deref(), Some("SBX000004"));
}

#[test]
fn faults_hit_answers_as_they_hit_bills() {
    let with = |faults: &str| {
        let faults = Faults::parse(faults).unwrap();
        Stand::furnished_with(|settings| settings.faults = faults)
    };
    let one = || one_answer(AppealKey::Guid(appeal(1)), None, writing("Сделано.", true));
    let sent = |stand: &Stand| stand.sandbox.answers().values().map(|effect| effect.sent).sum::<usize>();

    let stand = with("cut-after-accept=#1");
    assert!(stand.send(&stand.message(one())).cut);
    assert_eq!(sent(&stand), 1);
    assert_eq!(step(&stand, 1, None, writing("Сделано.", true)), Err("SBX000010".to_owned()));

    let stand = with("cut-before-ack=#1");
    assert!(stand.send(&stand.message(one())).cut);
    assert_eq!(sent(&stand), 0);

    let stand = with("cut-apply-later=10m:#1");
    assert!(stand.send(&stand.message(one())).cut);
    assert_eq!(answers(&seen(&stand, 1)), []);
    stand.forward(Duration::from_secs(600));
    assert_eq!(answers(&seen(&stand, 1)).len(), 1);
    assert_eq!(sent(&stand), 1);

    let stand = with("exp001000-state=#1");
    assert_eq!(stand.ask(one()).unwrap_err().code.as_deref(), Some("EXP001000"));
    assert_eq!(sent(&stand), 0);

    let stand = with("missing-object=#1,duplicate=#2");
    assert_eq!(stand.ask(one()).unwrap().outcome, None);
    assert_eq!(sent(&stand), 1);
    assert_eq!(found(&stand, asked(AppealCriteria::Guids(vec![appeal(1), appeal(2)]))), [1, 1, 2, 2]);

    let stand = with("unknown-element");
    let ack = stand.submit(one()).unwrap();
    let answer = stand.state::<ImportAnswerRequest>(ack).unwrap();
    assert_eq!(answer.drift.len(), 2, "{:?}", answer.drift);
}

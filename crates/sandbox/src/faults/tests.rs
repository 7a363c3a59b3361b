//! Faults as they are written, read and counted.

use super::*;

#[test]
fn every_name_is_read_written_and_explained() {
    for (name, _, timed, ..) in NAMES {
        let text = if timed { format!("{name}=90s:2/7") } else { format!("{name}=2/7") };
        assert_eq!(Faults::parse(&text).map(|faults| faults.to_string()), Ok(text));
        assert!(Faults::help().contains(name));
    }
    assert_eq!(Faults::parse(" , "), Ok(Faults::default()));
    assert_eq!(Faults::parse("delay=120m:#2").map(|faults| faults.to_string()), Ok("delay=2h:#2".to_owned()));
}

#[test]
fn what_says_nothing_is_refused_by_name() {
    assert_eq!(Faults::parse("dealy=2s"), Err(FaultError::Unknown("dealy".to_owned())));
    assert!(FaultError::Unknown("dealy".to_owned()).to_string().contains("delay"));
    assert_eq!(Faults::parse("delay"), Err(FaultError::NoTime { fault: "delay" }));
    for part in ["0/3", "4/3", "1/0", "#0", "2", "2x", "s", "-1s", "99999999999h", "99999999999999999999s"] {
        let wrong = FaultError::Part { fault: "delay".to_owned(), part: part.to_owned() };
        assert_eq!(Faults::parse(&format!("delay={part}")), Err(wrong));
    }
    for text in ["html=2s", "html=1/2:1/3", "delay=1s:2s"] {
        assert!(matches!(Faults::parse(text), Err(FaultError::TooMuch { .. })), "{text}");
    }
}

#[test]
fn a_fault_hits_by_its_own_count() {
    let faults = Faults::parse("html=1/3,cut-before-ack=2/4,duplicate=#2,delay=5ms").unwrap();
    let mut counted = Counted::new(faults);
    let mut seen = Vec::new();
    for request in 0..12 {
        let submission = request % 2 == 0;
        let strike = counted.strike(submission);
        assert_eq!(strike.delay, Duration::from_millis(5));
        seen.push((strike.instead, strike.twist.duplicate));
    }
    let html = Some(Instead::Html);
    let cut = Some(Instead::Nothing);
    // Submissions are requests 0, 2, 4, 6, 8, 10; of every four the last two are cut.
    let expected = [None, None, html, None, cut, html, cut, None, html, None, None, html];
    assert_eq!(seen.iter().map(|(instead, _)| *instead).collect::<Vec<_>>(), expected);
    assert_eq!(seen.iter().position(|(_, duplicate)| *duplicate), Some(2));
    assert_eq!(seen.iter().filter(|(_, duplicate)| *duplicate).count(), 1);
    // The one that would have been doubled is answered with a page.
    let struck = [("cut-before-ack", 2), ("delay", 12), ("duplicate", 0), ("html", 4)];
    assert_eq!(counted.struck(), &std::collections::BTreeMap::from(struck));
}

#[test]
fn faults_of_the_file_store_count_its_requests_alone() {
    let faults = Faults::parse("file-503=#2,file-cut=#1,file-short=#1,html").unwrap();
    let mut counted = Counted::new(faults);
    assert_eq!(counted.strike(true).instead, Some(Instead::Html));
    let first = counted.strike_file(Counts::Questions);
    assert_eq!(first, FileStrike::default());
    let upload = counted.strike_file(Counts::Uploads);
    assert_eq!((upload.instead, upload.cut), (Some(Instead::Unavailable), true));
    assert!(counted.strike_file(Counts::Downloads).short);
}

#[test]
fn what_makes_no_difference_beside_others_does_not_count() {
    let struck = |faults: &str| {
        let mut counted = Counted::new(Faults::parse(faults).unwrap());
        counted.strike(true);
        counted.struck().iter().filter(|(_, count)| **count > 0).map(|(name, _)| *name).collect::<Vec<_>>()
    };
    assert_eq!(struck("html,503,stuck,delay=1s"), ["delay", "html"]);
    assert_eq!(struck("stuck,exp001000-state,duplicate,missing-object,unknown-element"), ["stuck"]);
    assert_eq!(struck("exp001000-state,duplicate,unknown-element"), ["exp001000-state", "unknown-element"]);
    assert_eq!(struck("cut-after-accept,duplicate,exp001000-state"), ["cut-after-accept", "exp001000-state"]);
    assert_eq!(struck("cut-after-accept,cut-apply-later=1s"), ["cut-apply-later"]);
    assert_eq!(struck("duplicate=#2"), [""; 0]);
}

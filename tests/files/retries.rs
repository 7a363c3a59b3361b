//! When something is tried again.

use std::time::Duration;

use gis_gkh::files::{FileError, Retries, RetryPolicy};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn policy() -> RetryPolicy {
    RetryPolicy { attempts: 5, pause: seconds(2), longest: seconds(10), wait: seconds(60), waits: 2 }
}

fn says(code: &str) -> FileError {
    FileError::Refused { code: code.to_owned(), status: 400 }
}

#[test]
fn pauses_double_up_to_the_longest_and_end() {
    let mut retries = Retries::new(policy());
    let pauses: Vec<_> = (0..5).map(|_| retries.after(&says("HashConflictException"))).collect();
    assert_eq!(pauses, [Some(seconds(2)), Some(seconds(4)), Some(seconds(8)), Some(seconds(10)), None]);
    let mut retries = Retries::new(policy());
    retries.after(&says("HashConflictException"));
    retries.progress();
    assert_eq!(retries.after(&says("HashConflictException")), Some(seconds(2)));
}

#[test]
fn the_virus_check_is_waited_for_by_its_own_count() {
    let mut retries = Retries::new(policy());
    let waits: Vec<_> = (0..3).map(|_| retries.after(&says("FileVirusNotCheckedException"))).collect();
    assert_eq!(waits, [Some(seconds(60)), Some(seconds(60)), None]);
    // It was no failure.
    assert_eq!(retries.after(&says("HashConflictException")), Some(seconds(2)));
}

#[test]
fn what_was_lost_after_it_had_got_through_is_not_tried_for_ever() {
    let mut retries = Retries::new(policy());
    let mut tries = 0;
    while retries.after(&FileError::Session("gone".to_owned())).is_some() {
        retries.progress();
        tries += 1;
    }
    assert_eq!(tries, 4);
}

#[test]
fn what_will_never_pass_is_not_tried_again() {
    for error in
        [FileError::Empty, says("ExtensionException"), says("FilePermissionException"), FileError::Page { title: None }]
    {
        assert_eq!(Retries::new(policy()).after(&error), None, "{error}");
    }
    assert_eq!(Retries::new(RetryPolicy::NEVER).after(&FileError::Hash), None);
    assert_eq!(Retries::new(RetryPolicy::NEVER).after(&says("FileVirusNotCheckedException")), None);
}

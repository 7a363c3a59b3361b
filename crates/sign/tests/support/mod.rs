//! Running the suite over a provider, the independent verifier included.

use gis_gkh_sign::conformance::{Judgement, Subject, hold, judge};

/// The provider passes every check, and the independent verifier reads every message it signed.
#[expect(clippy::panic, clippy::print_stderr, reason = "tests fail loudly, and say loudly what they skip")]
pub(crate) fn held(subject: &dyn Subject) {
    let folder = tempfile::tempdir().unwrap();
    let checks = hold(subject, folder.path()).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(checks, 9 * subject.samples().len());
    match judge(folder.path()) {
        Judgement::Accepted(count) => assert_eq!(count, 4 * subject.samples().len()),
        Judgement::Refused(said) => panic!("{said}"),
        Judgement::Missing(what) => {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "no independent verifier: {what}");
            eprintln!("SKIPPED: no independent verifier: {what}");
        }
    }
}

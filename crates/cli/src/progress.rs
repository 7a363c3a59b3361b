//! Progress of delivery on a terminal; silence elsewhere.

use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};

use gis_gkh_delivery::{Observer, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::language::Tongue;

/// Keeps what the engine last said, beside whoever else is told.
pub(crate) fn kept(shown: Option<Observer>) -> (Observer, Arc<Mutex<Progress>>) {
    let last = Arc::<Mutex<Progress>>::default();
    let keep = Arc::clone(&last);
    let observer: Observer = Arc::new(move |progress: &Progress| {
        // Figures for people: whole, whoever panicked beside them.
        keep.lock().unwrap_or_else(PoisonError::into_inner).clone_from(progress);
        if let Some(shown) = &shown {
            shown(progress);
        }
    });
    (observer, last)
}

/// A bar on standard error, if that is a terminal and nobody asked for JSON.
pub(crate) fn bar(tongue: Tongue, quiet: bool) -> (Option<Observer>, Bar) {
    if quiet || !std::io::stderr().is_terminal() {
        return (None, Bar(None));
    }
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(8));
    // The template is a constant: it can only be wrong on every run or on none.
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len}  {msg}") {
        bar.set_style(style);
    }
    let shown = bar.clone();
    let observer: Observer = Arc::new(move |progress: &Progress| {
        let objects = &progress.objects;
        shown.set_length(objects.total());
        shown.set_position(objects.accepted + objects.refused);
        shown.set_message(format!(
            "{} {}, {} {}, {} {}",
            tongue.of("accepted", "принято"),
            objects.accepted,
            tongue.of("refused", "отклонено"),
            objects.refused,
            tongue.of("unclear", "неясно"),
            objects.unknown,
        ));
    });
    (Some(observer), Bar(Some(bar)))
}

/// The bar; gone from the screen when dropped.
pub(crate) struct Bar(Option<ProgressBar>);

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

//! The page: what was checked, how it is, what to do about it.

use serde::Serialize;

use crate::desk::words::Words;
use crate::records::Lang;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// It was not checked, and its text says why.
    Skipped,
    /// As it should be.
    Green,
    /// It works, and somebody should look at it.
    Yellow,
    /// It does not work, or will stop within days.
    Red,
}

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name, the same in every version: `config`, `certificate`, …
    pub id: &'static str,
    /// How it is.
    pub grade: Grade,
    /// What is.
    pub found: Words,
    /// What to do; always there for yellow and red.
    pub remedy: Option<Words>,
}

impl Check {
    pub(crate) fn green(id: &'static str, found: Words) -> Self {
        Self { id, grade: Grade::Green, found, remedy: None }
    }

    pub(crate) fn yellow(id: &'static str, found: Words, remedy: Words) -> Self {
        Self { id, grade: Grade::Yellow, found, remedy: Some(remedy) }
    }

    pub(crate) fn red(id: &'static str, found: Words, remedy: Words) -> Self {
        Self { id, grade: Grade::Red, found, remedy: Some(remedy) }
    }

    /// Not checked; the words go on after "because".
    pub(crate) fn skipped(id: &'static str, why: &Words) -> Self {
        let found = Words::both(format!("не проверено: {}", why.ru), format!("not checked, because {}", why.en));
        Self { id, grade: Grade::Skipped, found, remedy: None }
    }
}

/// Everything that was checked, in the order in which one thing stands on another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The checks.
    pub checks: Vec<Check>,
}

impl Page {
    /// The worst grade of what was checked; what was not does not count.
    #[must_use]
    pub fn grade(&self) -> Grade {
        self.checks.iter().map(|check| check.grade).max().unwrap_or(Grade::Skipped)
    }

    /// The check of this name.
    #[must_use]
    pub fn check(&self, id: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.id == id)
    }

    /// The page in one language, as programs read it.
    #[must_use]
    pub fn told(&self, lang: Lang) -> Told<'_> {
        let checks = self.checks.iter().map(|check| ToldCheck {
            id: check.id,
            grade: check.grade,
            text: check.found.in_language(lang),
            remedy: check.remedy.as_ref().map(|remedy| remedy.in_language(lang)),
        });
        Told { grade: self.grade(), checks: checks.collect() }
    }
}

/// A page in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told<'p> {
    /// The worst grade.
    pub grade: Grade,
    /// The checks.
    pub checks: Vec<ToldCheck<'p>>,
}

/// A check in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToldCheck<'p> {
    /// Its name.
    pub id: &'static str,
    /// How it is.
    pub grade: Grade,
    /// What is.
    pub text: &'p str,
    /// What to do.
    pub remedy: Option<&'p str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_as_bad_as_its_worst_check_and_what_was_not_checked_does_not_count() {
        let words = || Words::both("есть", "is");
        let skipped = Check::skipped("tls", &Words::both("нечего", "there is nothing"));
        assert_eq!(skipped.found.en, "not checked, because there is nothing");
        let green = Check::green("config", words());
        let yellow = Check::yellow("disk", words(), words());
        let red = Check::red("stand", words(), words());
        let graded = |checks: &[&Check]| Page { checks: checks.iter().copied().cloned().collect() }.grade();
        assert_eq!(graded(&[&skipped, &green]), Grade::Green);
        assert_eq!(graded(&[&yellow, &green, &skipped]), Grade::Yellow);
        assert_eq!(graded(&[&yellow, &red, &green]), Grade::Red);
        let page = Page { checks: vec![green, yellow] };
        let told = serde_json::to_value(page.told(Lang::Ru)).unwrap();
        assert_eq!(
            told,
            serde_json::json!({ "grade": "yellow", "checks": [
                { "id": "config", "grade": "green", "text": "есть", "remedy": null },
                { "id": "disk", "grade": "yellow", "text": "есть", "remedy": "есть" },
            ]})
        );
    }
}

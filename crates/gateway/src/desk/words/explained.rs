//! Codes decided here, explained: of delivery, of the desks, of the check of records.

use super::{OURS, one_of, ours, who_fixes};
use crate::records::{Code, Lang, WhoFixes};

/// A code decided here, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// What happened, in one sentence.
    pub title: String,
    /// What to do.
    pub action: String,
    /// Who can remove the cause.
    pub who_fixes: WhoFixes,
}

/// Every code decided here: of delivery, of the desks, of the check of records.
pub fn own_codes() -> impl Iterator<Item = String> {
    OURS.iter().map(|(code, ..)| (*code).to_owned()).chain(Code::ALL.iter().map(|code| problem_name(*code)))
}

/// What a code decided here means and what to do; nothing for other codes.
#[must_use]
pub fn explained(code: &str, lang: Lang) -> Option<Explained> {
    if let Some((_, fixer, texts)) = ours(code) {
        let (title, action) = sentences(one_of(texts, lang), ". ");
        return Some(Explained { title: format!("{title}."), action, who_fixes: who_fixes(*fixer) });
    }
    let problem = Code::ALL.iter().find(|known| problem_name(**known) == code)?;
    let (title, mut action) = sentences(&figureless(problem.template(lang)), "; ");
    if action.is_empty() {
        // What is wrong says what should be there.
        let correct = [
            "Исправьте значение в указанном месте и передайте снова",
            "correct it at the place named, then hand it over again",
        ];
        one_of(&correct, lang).clone_into(&mut action);
    }
    Some(Explained { title, action, who_fixes: WhoFixes::Billing })
}

/// The name of a problem in results.
fn problem_name(code: Code) -> String {
    serde_json::to_value(code).ok().and_then(|name| Some(name.as_str()?.to_owned())).unwrap_or_default()
}

/// What happened and what to do.
fn sentences(text: &str, between: &str) -> (String, String) {
    let (what, action) = text.split_once(between).unwrap_or((text, ""));
    (what.trim_end_matches('.').to_owned(), action.to_owned())
}

/// A template whose figures nobody knows.
fn figureless(template: &str) -> String {
    let mut parts = template.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| format!("{text}…{}", part.split_once('}').map_or(part, |(_, rest)| rest)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gis_gkh_delivery::local;

    #[test]
    fn every_code_decided_here_is_explained() {
        let russian = |text: &str| text.chars().any(|c| ('а'..='я').contains(&c));
        for code in local::ALL {
            assert!(ours(code).is_some(), "{code} has no text");
        }
        let codes: Vec<String> = own_codes().collect();
        assert!(codes.len() > 50, "{}", codes.len());
        for code in codes {
            let (ru, en) = (explained(&code, Lang::Ru).unwrap(), explained(&code, Lang::En).unwrap());
            assert!(russian(&ru.title) && russian(&ru.action), "{code}: {ru:?}");
            assert!(en.title.len() > 5 && en.action.len() > 5, "{code}: {en:?}");
            for text in [&ru.title, &ru.action, &en.title, &en.action] {
                assert!(!text.contains(['{', '}']), "{code}: {text}");
            }
        }
        assert_eq!(explained("INT008165", Lang::En), None);
        assert_eq!(explained("", Lang::En), None);
    }
}

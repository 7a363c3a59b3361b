//! Words the official schemas misspell. The wire keeps their spelling; Rust names have the right one.

/// Misspelt and right, in small letters.
const WORDS: [(&str, &str); 31] = [
    ("abstent", "absent"),
    ("administator", "administrator"),
    ("adress", "address"),
    ("annlation", "annulment"),
    ("annuled", "annulled"),
    ("appartment", "apartment"),
    ("assesment", "assessment"),
    ("blling", "billing"),
    ("characterictics", "characteristics"),
    ("characteristicts", "characteristics"),
    ("chatacteristicts", "characteristics"),
    ("compaund", "compound"),
    ("comptetion", "completion"),
    ("connectio", "connection"),
    ("credted", "credited"),
    ("deactalization", "deactualization"),
    ("descision", "decision"),
    ("documens", "documents"),
    ("fulfile", "fulfil"),
    ("fulfiled", "fulfilled"),
    ("installmen", "installment"),
    ("judical", "judicial"),
    ("mounth", "month"),
    ("perfomed", "performed"),
    ("receieved", "received"),
    ("repaiment", "repayment"),
    ("requiement", "requirement"),
    ("resourse", "resource"),
    ("serch", "search"),
    ("tarif", "tariff"),
    ("tarifs", "tariffs"),
];

/// The word as it should be spelt, in the case it came in.
pub(crate) fn right(word: String) -> String {
    let small = word.to_lowercase();
    let Some((_, right)) = WORDS.iter().find(|(wrong, _)| *wrong == small) else { return word };
    let mut letters = word.chars();
    let first = letters.next().is_some_and(char::is_uppercase);
    match (first, letters.all(char::is_uppercase)) {
        (true, true) => right.to_uppercase(),
        (true, false) => right.chars().take(1).flat_map(char::to_uppercase).chain(right.chars().skip(1)).collect(),
        (false, _) => (*right).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_words_are_put_right_in_their_own_case() {
        for (wire, rust) in [
            ("judical", "judicial"),
            ("Judical", "Judicial"),
            ("ANNULED", "ANNULLED"),
            ("Judicial", "Judicial"),
            ("", ""),
        ] {
            assert_eq!(right(wire.to_owned()), rust);
        }
    }

    #[test]
    fn every_word_of_the_list_is_wrong_and_listed_once() {
        for (index, (wrong, right)) in WORDS.iter().enumerate() {
            assert!(wrong != right && *wrong == wrong.to_lowercase(), "{wrong}");
            assert!(WORDS[index + 1..].iter().all(|(other, _)| other != wrong), "{wrong} twice");
            assert!(WORDS.iter().all(|(other, _)| other != right), "{right} is called wrong elsewhere");
        }
    }
}

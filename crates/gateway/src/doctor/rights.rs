//! What the organisation and its information system may do on the stand.

use std::sync::Arc;

use gis_gkh::clock::Clock;
use gis_gkh::files::Way;
use gis_gkh_sign::gost::Entropy;
use gis_gkh_sign::signer::Signer;

use super::page::{Check, Grade};
use crate::config::Config;
use crate::desk::words::Words;
use crate::gateway::Gateway;
use crate::opening;
use crate::rights::{self as rules, Finding};

pub(super) const ID: &str = "rights";

/// Asks the stand, signing by the key that was opened already.
pub(super) async fn ask(
    config: &Config,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    signer: Arc<dyn Signer>,
    way: Arc<dyn Way>,
) -> Result<Vec<Finding>, Words> {
    let why = |error: &dyn std::error::Error| Words::both(error.to_string(), error.to_string());
    let identity = opening::identity_of(config, signer, clock.now()).map_err(|error| why(&error))?;
    let gateway = Gateway::signing(config.clone(), clock, entropy, identity).map_err(|error| why(&error))?.over(way);
    let rights = gateway.rights().await.map_err(|error| why(&error))?;
    Ok(rules::judge(&rights, &gateway.asked()))
}

/// What is signed by a wrong clock is refused, whatever the rights: one fault is red once.
pub(super) fn unless_the_clock_is_off(rights: Check, clock: &Check) -> Check {
    if clock.grade != Grade::Red {
        return rights;
    }
    let why = Words::both(
        "подписанное по неверным часам отклоняется (clock)",
        "what is signed by a wrong clock is refused (clock)",
    );
    Check::skipped(ID, &why)
}

fn grade(finding: &Finding) -> Grade {
    match finding.grade {
        rules::Grade::Green => Grade::Green,
        rules::Grade::Yellow => Grade::Yellow,
        rules::Grade::Red => Grade::Red,
    }
}

/// By what was found, or why nothing was.
pub(super) fn judge(found: &Result<Vec<Finding>, Words>) -> Check {
    let findings = match found {
        Ok(findings) => findings,
        Err(why) => return Check::skipped(ID, why),
    };
    let worst = findings.iter().map(grade).max().unwrap_or(Grade::Green);
    if worst <= Grade::Green {
        return Check {
            grade: worst,
            ..Check::green(ID, Words::both("нужные права есть", "the rights needed are there"))
        };
    }
    let bad = || findings.iter().filter(|finding| grade(finding) == worst);
    let joined = |words: &mut dyn Iterator<Item = &Words>| {
        let mut all = Words::both("", "");
        for Words { ru, en } in words {
            let between = if all.en.is_empty() { "" } else { "; " };
            all.ru.push_str(&format!("{between}{ru}"));
            all.en.push_str(&format!("{between}{en}"));
        }
        all
    };
    let mut remedy = joined(&mut bad().filter_map(|finding| finding.remedy.as_ref()));
    if remedy.en.is_empty() {
        remedy = Words::both(
            "проверьте права в личном кабинете ГИС ЖКХ организации",
            "check the rights in the organisation's cabinet of ГИС ЖКХ",
        );
    }
    let found = joined(&mut bad().map(|finding| &finding.text));
    Check { id: ID, grade: worst, found, remedy: Some(remedy) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_what_was_found_is_told_with_its_remedies() {
        let finding = |grade, en: &str| Finding {
            grade,
            rule: rules::Rule::InForce,
            subject: en.to_owned(),
            text: Words::both("право", en),
            remedy: Some(Words::both("сделать", format!("grant {en}"))),
        };
        assert_eq!(judge(&Ok(vec![])).grade, Grade::Green);
        assert_eq!(judge(&Ok(vec![finding(rules::Grade::Green, "a")])).remedy, None);
        let check = judge(&Ok(vec![
            finding(rules::Grade::Red, "bills"),
            finding(rules::Grade::Yellow, "appeals"),
            finding(rules::Grade::Red, "meters"),
        ]));
        assert_eq!((check.grade, check.found.en.as_str()), (Grade::Red, "bills; meters"));
        assert_eq!(check.remedy.unwrap().en, "grant bills; grant meters");
        let nobody = judge(&Err(Words::both("стенд не отвечает", "the stand does not answer")));
        assert_eq!(nobody.found.en, "not checked, because the stand does not answer");
    }
}

//! The clock of this machine against that of the stand.

use std::ops::RangeInclusive;

use time::{Duration, OffsetDateTime};

use super::page::Check;
use crate::desk::words::Words;

pub(super) const ID: &str = "clock";

/// Beyond this somebody should look at the clock.
const TOLERATED: Duration = Duration::seconds(30);

/// Beyond this signatures are refused for the time they name (AUT011005).
const REFUSED: Duration = Duration::minutes(5);

/// What the header says is cut to the second.
const COARSE: Duration = Duration::SECOND;

/// How far this machine is ahead; negative when it is behind. The stand read its clock at some moment between asking and being
/// answered: what can be explained by that is no difference.
pub(super) fn ahead(asked: &RangeInclusive<OffsetDateTime>, date: OffsetDateTime) -> Duration {
    let (sent, received) = (*asked.start(), *asked.end());
    if received < date {
        received - date
    } else if sent > date + COARSE {
        sent - date - COARSE
    } else {
        Duration::ZERO
    }
}

pub(super) fn judge(ahead: Duration) -> Check {
    let (size, is_ahead) = (ahead.abs(), ahead.is_positive());
    let found = if size <= COARSE {
        Words::both("часы идут как у стенда", "the clock agrees with the stand's")
    } else {
        let (ru, en) = if is_ahead { ("спешат", "ahead of") } else { ("отстают", "behind") };
        let (long_ru, long_en) = (words(size, ["мин", "с"]), words(size, ["min", "s"]));
        Words::both(format!("часы {ru} на {long_ru} против стенда"), format!("the clock is {long_en} {en} the stand's"))
    };
    let remedy = |ru: &str, en: &str| {
        let (how_ru, how_en) = (
            "включите сверку времени (systemd-timesyncd, chrony или ntpd) и проверьте: timedatectl",
            "switch on time synchronisation (systemd-timesyncd, chrony or ntpd) and look: timedatectl",
        );
        Words::both(format!("{ru}{how_ru}"), format!("{en}{how_en}"))
    };
    if size > REFUSED {
        let (ru, en) = (
            "система отвергает подписи с чужим временем (AUT011005): ",
            "the system refuses signatures whose time is off (AUT011005): ",
        );
        Check::red(ID, found, remedy(ru, en))
    } else if size > TOLERATED {
        Check::yellow(ID, found, remedy("", ""))
    } else {
        Check::green(ID, found)
    }
}

/// Minutes and seconds.
fn words(size: Duration, [minutes, seconds]: [&str; 2]) -> String {
    match (size.whole_minutes(), size.whole_seconds() % 60) {
        (0, rest) => format!("{rest} {seconds}"),
        (whole, 0) => format!("{whole} {minutes}"),
        (whole, rest) => format!("{whole} {minutes} {rest} {seconds}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::page::Grade;
    use super::*;
    use time::macros::datetime;

    #[test]
    fn only_what_the_way_and_the_second_do_not_explain_is_a_difference() {
        let date = datetime!(2026-11-02 12:00:00 UTC);
        let seconds = |from: i64, to: i64| date + Duration::seconds(from)..=date + Duration::seconds(to);
        assert_eq!(ahead(&seconds(0, 0), date), Duration::ZERO);
        assert_eq!(ahead(&seconds(-40, 0), date), Duration::ZERO, "a slow answer");
        assert_eq!(ahead(&seconds(1, 3), date), Duration::ZERO, "the second is cut");
        assert_eq!(ahead(&seconds(4, 5), date), Duration::seconds(3));
        assert_eq!(ahead(&seconds(-9, -7), date), Duration::seconds(-7));
    }

    #[test]
    fn half_a_minute_is_tolerated_and_five_minutes_are_not_refused_yet_whichever_way_it_goes() {
        for sign in [1, -1] {
            let grade = |millis: i64| judge(Duration::milliseconds(sign * millis)).grade;
            assert_eq!([grade(0), grade(30_000)], [Grade::Green; 2]);
            assert_eq!([grade(30_001), grade(300_000)], [Grade::Yellow; 2]);
            assert_eq!([grade(300_001), grade(86_400_000)], [Grade::Red; 2]);
        }
        let behind = judge(Duration::seconds(-610));
        assert_eq!(behind.found.en, "the clock is 10 min 10 s behind the stand's");
        assert_eq!(judge(Duration::seconds(45)).found.ru, "часы спешат на 45 с против стенда");
        assert!(behind.remedy.unwrap().en.contains("AUT011005"));
    }
}

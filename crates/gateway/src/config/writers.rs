//! Who writes what, for which house, by which system: the law has one way of work for each kind of information and object, and
//! what two systems write each undoes the other's.

use super::error::ConfigError;
use super::given::{Given, Row};

/// Information of which another system is the writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writer {
    /// Of which kind: `bills`, `readings`, `answers`.
    pub kind: &'static str,
    /// What writes it, in words for people.
    pub system: String,
    /// Of which houses, by the caller's own names of them; empty: of all.
    pub houses: Vec<String>,
}

/// What is handed over, and whether its rows say their house.
const KINDS: [(&str, bool); 3] = [("bills", true), ("readings", false), ("answers", false)];

/// The longest name of a system, characters.
const LONGEST: usize = 200;

pub(super) fn read(given: &Given) -> Result<Vec<Writer>, ConfigError> {
    given.writers.iter().map(one).collect()
}

fn one(row: &Row) -> Result<Writer, ConfigError> {
    let kind = KINDS.iter().find(|(kind, _)| row.text("kind") == Some(*kind));
    let (kind, says_house) = kind.ok_or_else(|| row.wrong("kind", "bills, readings or answers"))?;
    let system = row.text("system").map(str::trim).filter(|name| !name.is_empty() && name.chars().count() <= LONGEST);
    let system = system.ok_or_else(|| row.wrong("system", "the name of the system that writes it, for people"))?;
    let houses = row.list("houses").to_vec();
    if !says_house && !houses.is_empty() {
        return Err(row.wrong("houses", "left out: rows of this kind do not say their house"));
    }
    Ok(Writer { kind, system: system.to_owned(), houses })
}

/// The system that writes this kind of this house instead of us.
pub(crate) fn other<'w>(writers: &'w [Writer], kind: &str, house: Option<&str>) -> Option<&'w str> {
    let meant = |writer: &&Writer| {
        writer.kind == kind
            && (writer.houses.is_empty() || house.is_some_and(|house| writer.houses.iter().any(|one| one == house)))
    };
    writers.iter().find(meant).map(|writer| writer.system.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_system_writes_its_kind_of_its_houses_alone() {
        let writer = |kind, houses: &[&str]| Writer {
            kind,
            system: "1С".to_owned(),
            houses: houses.iter().map(|house| (*house).to_owned()).collect(),
        };
        let writers = [writer("bills", &["h-1", "h-2"]), writer("answers", &[])];
        assert_eq!(other(&writers, "bills", Some("h-2")), Some("1С"));
        assert_eq!(other(&writers, "bills", Some("h-3")), None);
        assert_eq!(other(&writers, "bills", None), None);
        assert_eq!(other(&writers, "answers", None), Some("1С"));
        assert_eq!(other(&writers, "readings", None), None);
    }
}

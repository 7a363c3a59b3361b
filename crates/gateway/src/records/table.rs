//! The columns of each file: what may stand in the header, what must, and what this version reads.
//!
//! `docs/specs/records.md` is the same list in words.

use super::problem::{Code, Problem, Problems, shown};

/// What a column means to the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Must be in the header.
    Mandatory,
    /// May be left out.
    Optional,
    /// Belongs to the format and is not read for bills.
    Ignored,
}
use Use::{Ignored, Mandatory, Optional};

/// One file's columns. In the JSON document the same names are the keys of its objects.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) columns: &'static [(&'static str, Use)],
    /// The beginning of a header, for the person who has none.
    pub(crate) example: &'static str,
}

pub(crate) static CHARGES: Table = Table {
    columns: &[
        ("ref", Mandatory),
        ("account_ref", Mandatory),
        ("period", Mandatory),
        ("number", Mandatory),
        ("kind", Optional),
        ("bank_ref", Mandatory),
        ("debt_prev_kop", Optional),
        ("advance_kop", Optional),
        ("total_period_kop", Optional),
        ("total_with_debt_kop", Optional),
        ("payments_taken_till_day", Optional),
        ("paid_kop", Optional),
        ("last_payment_date", Optional),
        ("comment", Optional),
    ],
    example: "ref;account_ref;period;number;bank_ref",
};

pub(crate) static CHARGE_LINES: Table = Table {
    columns: &[
        ("charge_ref", Mandatory),
        ("line", Mandatory),
        ("service_code", Mandatory),
        ("volume_ind", Optional),
        ("volume_odn", Optional),
        ("method", Optional),
        ("tariff", Optional),
        ("accrued_kop", Mandatory),
        ("recalc_kop", Optional),
        ("recalc_reason", Optional),
        ("benefit_kop", Optional),
        ("total_kop", Mandatory),
        ("debt_kop", Optional),
        ("penalty_kop", Optional),
        ("court_kop", Optional),
        ("state_fee_kop", Optional),
        ("bank_ref", Optional),
        ("provider_ref", Optional),
    ],
    example: "charge_ref;line;service_code;tariff;accrued_kop;total_kop",
};

pub(crate) static BANK: Table = Table {
    columns: &[
        ("ref", Mandatory),
        ("bik", Mandatory),
        ("account", Mandatory),
        ("inn", Ignored),
        ("kpp", Ignored),
        ("recipient", Ignored),
    ],
    example: "ref;bik;account",
};

pub(crate) static SERVICES: Table = Table {
    columns: &[
        ("our_code", Mandatory),
        ("our_name", Mandatory),
        ("nsi_registry", Mandatory),
        ("nsi_code", Mandatory),
        ("gis_guid", Mandatory),
        ("unit_okei", Ignored),
        ("is_odn", Ignored),
        ("is_capital", Optional),
    ],
    example: "our_code;our_name;nsi_registry;nsi_code;gis_guid",
};

pub(crate) static ACCOUNTS: Table = Table {
    columns: &[
        ("ref", Mandatory),
        ("account_number", Mandatory),
        ("type", Mandatory),
        ("house_ref", Mandatory),
        ("gis_guid", Mandatory),
        ("els", Optional),
        ("service_id", Ignored),
        ("closed", Optional),
        ("premise_ref", Ignored),
        ("payer_kind", Ignored),
        ("last", Ignored),
        ("first", Ignored),
        ("middle", Ignored),
        ("snils", Ignored),
        ("doc", Ignored),
        ("ogrn", Ignored),
        ("total_area", Ignored),
        ("living", Ignored),
        ("residents", Ignored),
        ("is_renter", Ignored),
        ("opened", Ignored),
        ("closed_reason", Ignored),
    ],
    example: "ref;account_number;type;house_ref;gis_guid",
};

pub(crate) static READINGS: Table = Table {
    columns: &[
        ("ref", Optional),
        ("meter_guid", Mandatory),
        ("kind", Optional),
        ("date", Mandatory),
        ("period", Optional),
        ("resource_code", Optional),
        ("resource_guid", Optional),
        ("t1", Mandatory),
        ("t2", Optional),
        ("t3", Optional),
        ("meter_ref", Ignored),
        ("source", Ignored),
        ("author", Ignored),
    ],
    example: "meter_guid;kind;date;t1;t2;t3",
};

pub(crate) static ANSWERS: Table = Table {
    columns: &[
        ("ref", Optional),
        ("appeal_guid", Optional),
        ("appeal_number", Optional),
        ("employee_guid", Mandatory),
        ("text", Mandatory),
        ("action", Optional),
        ("attachments", Optional),
    ],
    example: "appeal_guid;employee_guid;text",
};

impl Table {
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|(column, _)| *column == name)
    }

    /// Matches header names with the table's columns: for each column of the table, the cell it stands in.
    /// Nothing when the file cannot be read with this header; every reason is pushed.
    pub(crate) fn header<'a>(
        &self,
        place: &Problem,
        names: impl Iterator<Item = &'a str> + Clone,
        problems: &mut Problems,
    ) -> Option<Vec<Option<usize>>> {
        let mut found = vec![None; self.columns.len()];
        let known = names.clone().filter(|name| self.position(name.trim()).is_some()).count();
        if known == 0 {
            // The cells may be somebody's data, so they are not repeated.
            problems.push(Problem { code: Code::NoHeader, ..place.clone() }.with("example", self.example));
            return None;
        }
        let mut usable = true;
        for (cell, name) in names.enumerate() {
            let name = name.trim();
            let fault = match self.position(name) {
                Some(column) if found[column].is_none() => {
                    found[column] = Some(cell);
                    continue;
                }
                Some(_) => Problem { code: Code::RepeatedColumn, ..place.clone() }.column(name),
                None => self.unknown(place, name, cell + 1),
            };
            usable = false;
            problems.push(fault);
        }
        for ((name, usage), cell) in self.columns.iter().zip(&found) {
            if *usage == Mandatory && cell.is_none() {
                usable = false;
                problems.push(Problem { code: Code::MissingColumn, ..place.clone() }.with("name", name));
            }
        }
        usable.then_some(found)
    }

    /// The problem of a column the table does not have, with the name that was perhaps meant.
    pub(crate) fn unknown(&self, place: &Problem, name: &str, number: usize) -> Problem {
        let identifier = name.len() <= 40 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b' ');
        let name = if identifier && !name.is_empty() { shown(name).to_owned() } else { number.to_string() };
        let near = self
            .columns
            .iter()
            .map(|(column, _)| (distance(&name.to_lowercase(), column), *column))
            .min_by_key(|(distance, _)| *distance)
            .filter(|(distance, column)| *distance <= 1 + column.len() / 5);
        let place = place.clone().column(name.as_str()).with("name", &name);
        match near {
            Some((_, like)) => Problem { code: Code::UnknownColumnLike, ..place }.with("like", like),
            None => Problem { code: Code::UnknownColumn, ..place },
        }
    }
}

/// The edit distance of two short ASCII names.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{CHARGES, Code, Problem, Problems, distance};

    fn header(text: &str) -> (bool, Vec<Problem>) {
        let mut problems = Problems::default();
        let place = Problem::new("charges.csv", Code::NoHeader).at(1);
        let usable = CHARGES.header(&place, text.split(';'), &mut problems).is_some();
        (usable, problems.kept)
    }

    #[test]
    fn a_misspelt_column_is_named_with_the_one_that_was_meant() {
        let (usable, problems) = header("ref;acount_ref;period;number;bank_ref");
        assert!(!usable);
        assert_eq!((problems[0].code, problems[0].args["like"].as_str()), (Code::UnknownColumnLike, "account_ref"));
        assert_eq!((problems[1].code, problems[1].args["name"].as_str()), (Code::MissingColumn, "account_ref"));
    }

    #[test]
    fn data_in_place_of_a_header_is_not_repeated() {
        let (_, problems) = header("b-1;Образцова Анна;2026-10");
        assert_eq!(problems[0].code, Code::NoHeader);
        let (_, problems) = header("ref;Образцова Анна;period;number;bank_ref;account_ref");
        assert_eq!((problems[0].code, problems[0].column.as_deref()), (Code::UnknownColumn, Some("2")));
    }

    #[test]
    fn the_distance_counts_single_edits() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("ref", "ref"), 0);
    }
}

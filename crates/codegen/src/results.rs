//! Which part of `getStateResult` answers which operation, where no WSDL of ours says it.
//!
//! The official WSDLs do not link the two. Ours do, beside the operation; for what comes with a package alone there is a
//! table, `wsdl/results.txt`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::Error;
use crate::schema::Origin;

/// The table of results.
///
/// One operation a line, `#` starts a comment:
///
/// ```text
/// tariff.exportSocialNorms = exportSocialNormsResult
/// ```
#[derive(Debug, Default)]
pub struct Results {
    rows: BTreeMap<(String, String), Row>,
}

/// A line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Local names of the children of `getStateResult` that answer the operation; at least one.
    pub branches: Vec<String>,
    /// Place in the table.
    pub origin: Origin,
}

impl Results {
    /// Reads the table.
    ///
    /// # Errors
    /// A line that is no row, a branch named twice, a second row for an operation: with its line.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let mut rows = BTreeMap::new();
        let file = Rc::new(path.to_owned());
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let origin = Origin { file: file.clone(), line: u32::try_from(index + 1).unwrap_or(u32::MAX) };
            let invalid = |what: String| Error::Invalid { origin: origin.clone(), what };
            let parts = line.split_once('=').and_then(|(from, to)| Some((from.trim().split_once('.')?, to)));
            let Some(((service, operation), branches)) = parts else {
                return Err(invalid("a row of results is `service.operation = Branch`".into()));
            };
            let branches: Vec<String> = branches.split_whitespace().map(str::to_owned).collect();
            if branches.is_empty() {
                return Err(invalid(format!("`{service}.{operation}` has no branch")));
            }
            for name in [service, operation].into_iter().chain(branches.iter().map(String::as_str)) {
                if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_')) {
                    return Err(invalid(format!("`{name}` is no name of a service, an operation or an element")));
                }
            }
            if let Some(twice) = branches.iter().enumerate().find(|(at, one)| branches[..*at].contains(one)) {
                return Err(invalid(format!("the branch `{}` is named twice", twice.1)));
            }
            let row = Row { branches, origin: origin.clone() };
            if let Some(first) = rows.insert((service.to_owned(), operation.to_owned()), row) {
                let what = format!("a second row for `{service}.{operation}`, after line {}", first.origin.line);
                return Err(invalid(what));
            }
        }
        Ok(Self { rows })
    }

    /// Reads the table of a file.
    ///
    /// # Errors
    /// As [`Results::parse`]; a file that cannot be read.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let io = |source| Error::Io { path: PathBuf::from(path), source };
        Self::parse(path, &std::fs::read_to_string(path).map_err(io)?)
    }

    /// The row of an operation, if the table has one.
    pub fn get(&self, service: &str, operation: &str) -> Option<&Row> {
        self.rows.get(&(service.to_owned(), operation.to_owned()))
    }

    /// All rows by service and operation.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &str, &Row)> {
        self.rows.iter().map(|((service, operation), row)| (service.as_str(), operation.as_str(), row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Results, String> {
        Results::parse(Path::new("results.txt"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_row_names_a_service_its_operation_and_branches() -> Result<(), String> {
        let results = read("# a header\n\ntech-conn.exportAct = Act\n uk.importLaw =Law  Other # either\n")?;
        let rows: Vec<_> = results.rows().map(|(service, operation, _)| (service, operation)).collect();
        assert_eq!(rows, [("tech-conn", "exportAct"), ("uk", "importLaw")]);
        assert_eq!(results.get("tech-conn", "exportAct").map(|row| row.branches.clone()), Some(vec!["Act".into()]));
        let either = results.get("uk", "importLaw").map(|row| (row.branches.clone(), row.origin.line));
        assert_eq!(either, Some((vec!["Law".into(), "Other".into()], 4)));
        assert_eq!(results.get("uk", "exportAct"), None);
        Ok(())
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (line, said) in [
            ("uk.importLaw", "is `service.operation = Branch`"),
            ("importLaw = Law", "is `service.operation = Branch`"),
            ("uk.importLaw =", "has no branch"),
            ("uk.importLaw = # Law", "has no branch"),
            ("uk. = Law", "`` is no name"),
            ("uk.import Law = Law", "`import Law` is no name"),
            ("uk.importLaw = Law, Other", "`Law,` is no name"),
            ("uk.importLaw = Law = Other", "`=` is no name"),
            ("uk.importLaw = Law Law", "`Law` is named twice"),
            ("uk.first = Other", "a second row for `uk.first`, after line 2"),
        ] {
            let error = read(&format!("# a header\nuk.first = Law\n{line}\n")).expect_err(line);
            assert!(error.starts_with("results.txt:3: ") && error.contains(said), "{line}: {error}");
        }
    }

    #[test]
    fn a_table_that_is_not_there_is_named() {
        let error = Results::load(Path::new("/nowhere/results.txt")).expect_err("no such file").to_string();
        assert!(error.contains("/nowhere/results.txt"), "{error}");
    }
}

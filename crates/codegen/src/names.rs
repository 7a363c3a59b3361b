//! Names of Rust things from names of schema things.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::Error;
use crate::schema::Origin;
use crate::spelling::right;

/// English words that end in `ID` without naming an identifier.
const WORDS_IN_ID: [&str; 14] = [
    "ACID", "AID", "AVOID", "BID", "FLUID", "GRID", "INVALID", "LIQUID", "PAID", "PREPAID", "SOLID", "UNPAID", "VALID",
    "VOID",
];

/// Words of a schema name: `orgPPAGUID` is `org`, `PPA`, `GUID`.
fn words(name: &str) -> Vec<String> {
    // Contract and charter: one word of the system's own, whose last letter would be torn off.
    let name = name.replace("CACh", "Cach");
    let chars: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut current = String::new();
    for (index, c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            if !current.is_empty() {
                words.push(std::mem::take(&mut current));
            }
            continue;
        }
        let previous = index.checked_sub(1).map(|at| chars[at]);
        let next = chars.get(index + 1);
        // `IDs` is one word.
        let plural = next == Some(&'s') && chars.get(index + 2).is_none_or(|after| !after.is_lowercase());
        let starts = c.is_uppercase()
            && (previous.is_some_and(|p| !p.is_uppercase()) || next.is_some_and(|next| next.is_lowercase() && !plural));
        if starts && !current.is_empty() {
            words.push(std::mem::take(&mut current));
        }
        current.push(*c);
    }
    if !current.is_empty() {
        words.push(current);
    }
    // Abbreviations glued to GUID or ID; a word that merely ends so is one word.
    let mut out = Vec::new();
    for word in words {
        let glued = ["GUID", "ID"].iter().find_map(|tail| {
            word.strip_suffix(tail)
                .filter(|head| head.len() > 1 && *head != "GU" && !WORDS_IN_ID.contains(&word.as_str()))
                .map(|head| (head.to_owned(), (*tail).to_owned()))
        });
        match glued {
            Some((head, tail)) => out.extend([right(head), tail]),
            None => out.push(right(word)),
        }
    }
    out
}

/// `PaymentDocumentID` as a field: `payment_document_id`.
pub fn snake(name: &str) -> String {
    let name = words(name).iter().map(|word| word.to_lowercase()).collect::<Vec<_>>().join("_");
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) { format!("n{name}") } else { name }
}

/// `orgPPAGUID` as a type or variant: `OrgPpaGuid`.
pub fn camel(name: &str) -> String {
    let mut out = String::new();
    for word in words(name) {
        let mut chars = word.chars();
        out.extend(chars.next().into_iter().flat_map(char::to_uppercase));
        let rest: String = chars.collect();
        // A word of capitals only becomes one capital, and so does its plural.
        out.push_str(&if rest.trim_end_matches('s').chars().all(|c| !c.is_lowercase()) {
            rest.to_lowercase()
        } else {
            rest
        });
    }
    match out.as_str() {
        "Self" => "Itself".to_owned(),
        "" => "N".to_owned(),
        _ if out.starts_with(|c: char| c.is_ascii_digit()) => format!("N{out}"),
        _ => out,
    }
}

/// `PaymentDocument` as a constant: `PAYMENT_DOCUMENT`.
pub fn shout(name: &str) -> String {
    snake(name).to_uppercase()
}

/// A name that is no Rust keyword.
pub fn field(name: &str) -> String {
    let name = snake(name);
    match name.as_str() {
        "as" | "break" | "const" | "continue" | "else" | "enum" | "extern" | "false" | "fn" | "for" | "if" | "impl"
        | "in" | "let" | "loop" | "match" | "mod" | "move" | "mut" | "pub" | "ref" | "return" | "static" | "struct"
        | "trait" | "true" | "type" | "unsafe" | "use" | "where" | "while" | "async" | "await" | "dyn" | "abstract"
        | "become" | "box" | "do" | "final" | "macro" | "override" | "priv" | "typeof" | "unsized" | "virtual"
        | "yield" | "try" | "gen" => format!("r#{name}"),
        "self" | "super" | "crate" => format!("{name}_"),
        _ => name,
    }
}

/// A name for a type that does not hide one the generated code itself uses.
pub fn unhidden(name: &str) -> String {
    match name {
        "Box" | "Default" | "Err" | "From" | "Into" | "Name" | "None" | "Ns" | "Ok" | "Option" | "Result" | "Some"
        | "String" | "Vec" => {
            format!("{name}Type")
        }
        _ => name.to_owned(),
    }
}

/// Last part of a namespace name: `http://…/integration/bills-base/` is `bills-base`.
pub fn of_namespace(uri: &str) -> String {
    let last = uri.trim_end_matches(['/', '#']).rsplit(['/', ':']).next().unwrap_or(uri);
    last.to_owned()
}

/// Names chosen by hand where the rule gives an ugly one: path of the generated thing to its name.
///
/// One rule a line, `#` starts a comment:
///
/// ```text
/// bills::payment_document::CurrentChargesChoice = Charges    # a type
/// bills::ExportedCharge.charge_info = lines                  # a field or a variant of it, by its generated name
/// bills::MeterUnit.113 = CubicMetre                          # an enumerated value, by the value
/// ```
#[derive(Debug, Default)]
pub struct Overrides {
    rules: BTreeMap<String, Rule>,
    files: Vec<PathBuf>,
    /// A rule may name nothing.
    partial: bool,
}

#[derive(Debug)]
struct Rule {
    name: String,
    origin: Origin,
    used: Cell<bool>,
}

impl Overrides {
    /// Reads the rules.
    ///
    /// # Errors
    /// A line that is no rule, a name that is no Rust name, or a second rule for one path.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let mut overrides = Self::default();
        overrides.add(path, text)?;
        Ok(overrides)
    }

    /// Reads every `.txt` of a folder, by name.
    ///
    /// # Errors
    /// As [`Overrides::parse`]; a folder or file that cannot be read.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        let io = |source| Error::Io { path: folder.to_owned(), source };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(io)? {
            files.push(entry.map_err(io)?.path());
        }
        files.retain(|path| path.extension().is_some_and(|ending| ending == "txt"));
        files.sort();
        let mut overrides = Self::default();
        for path in files {
            let text = std::fs::read_to_string(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
            overrides.add(&path, &text)?;
        }
        Ok(overrides)
    }

    /// The same rules for a contract that need not have everything they name: another release, some of the services.
    #[must_use]
    pub fn partial(self) -> Self {
        Self { partial: true, ..self }
    }

    /// Files read, for a build script to watch.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    fn add(&mut self, path: &Path, text: &str) -> Result<(), Error> {
        self.files.push(path.to_owned());
        let file = Rc::new(path.to_owned());
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let origin = Origin { file: file.clone(), line: u32::try_from(index + 1).unwrap_or(u32::MAX) };
            let Some((from, to)) = line.split_once('=').map(|(from, to)| (from.trim(), to.trim())) else {
                return Err(Error::Invalid { origin, what: "a rule of names is `path = Name`".into() });
            };
            let plain = to.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !plain || !to.starts_with(|c: char| c.is_ascii_alphabetic()) {
                return Err(Error::Invalid { origin, what: format!("`{to}` is no name of a Rust thing") });
            }
            let rule = Rule { name: to.to_owned(), origin: origin.clone(), used: Cell::new(false) };
            if self.rules.insert(from.to_owned(), rule).is_some() {
                return Err(Error::Invalid { origin, what: format!("a second rule for `{from}`") });
            }
        }
        Ok(())
    }

    /// The name chosen for a path.
    pub(crate) fn get(&self, path: &str) -> Option<&str> {
        let rule = self.rules.get(path)?;
        rule.used.set(true);
        Some(&rule.name)
    }

    /// Every rule must have named something: one left behind by a change of the schema would mislead its reader.
    pub(crate) fn all_used(&self) -> Result<(), Error> {
        match self.rules.iter().find(|(_, rule)| !rule.used.get() && !self.partial) {
            None => Ok(()),
            Some((path, rule)) => Err(Error::Invalid {
                origin: rule.origin.clone(),
                what: format!("the rule names nothing: there is no `{path}`"),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_a_person_would_write_them() {
        for (schema, field, ty) in [
            ("PaymentDocumentID", "payment_document_id", "PaymentDocumentId"),
            ("orgPPAGUID", "org_ppa_guid", "OrgPpaGuid"),
            ("FIASHouseGuid", "fias_house_guid", "FiasHouseGuid"),
            ("TransportGUID", "transport_guid", "TransportGuid"),
            ("MDServiceCode", "md_service_code", "MdServiceCode"),
            ("nsiRef", "nsi_ref", "NsiRef"),
            ("IDs", "ids", "Ids"),
            ("Self", "self", "Itself"),
            ("isUOAccount", "is_uo_account", "IsUoAccount"),
            ("OKTMO", "oktmo", "Oktmo"),
            ("GUID", "guid", "Guid"),
            ("exportPaymentDocResult", "export_payment_doc_result", "ExportPaymentDocResult"),
            ("SNILSID", "snils_id", "SnilsId"),
            ("HMID", "hm_id", "HmId"),
            ("PAID", "paid", "Paid"),
            ("UNPAID", "unpaid", "Unpaid"),
            ("NOT_PAID", "not_paid", "NotPaid"),
            ("VALID", "valid", "Valid"),
            ("INVALID", "invalid", "Invalid"),
            ("VOID", "void", "Void"),
            ("isVALID", "is_valid", "IsValid"),
            ("exportStatusCAChRequest", "export_status_cach_request", "ExportStatusCachRequest"),
            ("PlanDateComptetion", "plan_date_completion", "PlanDateCompletion"),
            (
                "OverhaulFormingKindOMSDescisionGUID",
                "overhaul_forming_kind_oms_decision_guid",
                "OverhaulFormingKindOmsDecisionGuid",
            ),
        ] {
            assert_eq!(snake(schema), field);
            assert_eq!(camel(schema), ty);
        }
        assert_eq!(super::field("type"), "r#type");
        assert_eq!(of_namespace("http://dom.gosuslugi.ru/schema/integration/bills-base/"), "bills-base");
    }
}

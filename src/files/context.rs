//! Sections of the file store and the extensions it takes (`protocol` §6): data, for the operator changes both without
//! changing formats.

/// A section of the file store: what a file will be attached to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Context(&'static Row);

#[derive(PartialEq, Eq, Hash)]
struct Row {
    name: &'static str,
    /// The service whose messages refer to its files, where clients agree on one.
    service: Option<&'static str>,
}

const fn row(name: &'static str, service: Option<&'static str>) -> Row {
    Row { name, service }
}

/// Every section that clients know by name.
static CONTEXTS: [Row; 28] = [
    row("agreements", None),
    row("appeals", Some("appeals")),
    row("bills", Some("bills")),
    row("capitalrepairprograms", None),
    row("contentmanagement", None),
    row("debtreq", Some("debt-requests")),
    row("disclosure", None),
    row("esc", None),
    row("funddecisions", None),
    row("hoamembers", None),
    row("hoareports", None),
    row("homemanagement", Some("house-management")),
    row("indices", None),
    row("informing", None),
    row("inspection", Some("inspection")),
    row("licenses", Some("licenses")),
    row("msp", Some("msp")),
    row("nsi", Some("nsi")),
    row("payments-state", None),
    row("programs", None),
    row("rate-consumption", None),
    row("rki", Some("infrastructure")),
    row("rpg", None),
    row("rqr", None),
    row("tko", None),
    row("tkoregop", None),
    row("voting", None),
    row("vqt", None),
];

/// Where the file store is, below the stand's host.
pub const ROOT: &str = "/ext-bus-file-store-service/rest";

/// Extensions the file store takes, in lower case. Those up to `cer` every source names; the rest, only newer ones.
pub const EXTENSIONS: [&str; 26] = [
    "pdf", "xls", "xlsx", "doc", "docx", "rtf", "jpg", "jpeg", "tif", "tiff", "zip", "xml", "crt", "cer", "txt", "bmp",
    "gif", "rar", "csv", "odp", "odf", "ods", "odt", "sxc", "sxw", "sgn",
];

impl Context {
    /// The section of a name.
    pub fn named(name: &str) -> Option<Self> {
        CONTEXTS.iter().find(|row| row.name == name).map(Self)
    }

    /// The section for files that messages of a service refer to, where it is known.
    pub fn of_service(service: &str) -> Option<Self> {
        CONTEXTS.iter().find(|row| row.service == Some(service)).map(Self)
    }

    /// Every section.
    pub fn all() -> impl Iterator<Item = Self> {
        CONTEXTS.iter().map(Self)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Its path, without a slash at the end.
    pub fn path(self) -> String {
        format!("{ROOT}/{}", self.0.name)
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Context({})", self.0.name)
    }
}

impl std::fmt::Display for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name)
    }
}

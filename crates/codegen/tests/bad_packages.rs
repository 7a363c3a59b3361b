//! A whole package with one thing wrong in it: nothing is built, and the error says file, line and construct.
//!
//! The packages are our own contract in a folder of its own, spoiled by kind at places spread over its files.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that fails says why")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gis_gkh_codegen::names::Overrides;
use gis_gkh_codegen::wsdl::Contract;
use gis_gkh_codegen::{Error, client};
use tempfile::TempDir;

/// Places of one kind that are tried.
const TRIED: usize = 5;

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A copy of our contract, and its files by their paths in it.
struct Package {
    folder: TempDir,
    files: BTreeMap<PathBuf, String>,
}

impl Package {
    fn new() -> Self {
        let mut files = BTreeMap::new();
        let mut open = vec![PathBuf::from("wsdl"), PathBuf::from("xsd")];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(home().join(&folder)).expect("a folder of the contract") {
                let entry = entry.expect("an entry");
                let path = folder.join(entry.file_name());
                if entry.path().is_dir() {
                    open.push(path);
                } else {
                    files.insert(path, std::fs::read_to_string(entry.path()).expect("a file of the contract"));
                }
            }
        }
        let package = Self { folder: tempfile::tempdir().expect("a folder"), files };
        for (path, text) in &package.files {
            let path = package.folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        package
    }

    /// Builds it: reads it and generates the code.
    fn build(&self) -> Result<(), Error> {
        let contract = Contract::load(&Contract::find(&self.folder.path().join("wsdl")).expect("the WSDLs"))?;
        let names = Overrides::load(&home().join("xsd/names")).expect("rules of names");
        client(&contract, &names, "crate::contract").map(drop)
    }

    /// Schemas of the package, in order.
    fn schemas(&self) -> impl Iterator<Item = (&PathBuf, &String)> {
        self.files.iter().filter(|(path, _)| path.extension().is_some_and(|ending| ending == "xsd"))
    }

    /// The error of the package with another text in a file, or without the file.
    fn refused(&self, path: &Path, text: Option<&str>) -> String {
        let full = self.folder.path().join(path);
        match text {
            Some(text) => std::fs::write(&full, text).expect("a file"),
            None => std::fs::remove_file(&full).expect("a file"),
        }
        let built = self.build();
        std::fs::write(&full, &self.files[path]).expect("a file");
        match built {
            Err(error) => error.to_string(),
            Ok(()) => panic!("{} is accepted: {:?}", path.display(), text.map(|text| changed(&self.files[path], text))),
        }
    }

    /// Spoils one line at a time, at places spread over the package; the error names the line (or one of so many before it,
    /// where the construct begins) and says the words.
    fn spoil(&self, before: usize, edit: impl Fn(&str) -> Option<(String, Vec<String>)>) {
        let mut places = Vec::new();
        for (path, text) in self.schemas() {
            for (at, line) in text.lines().enumerate() {
                if let Some((spoiled, words)) = edit(line) {
                    places.push((path, at, spoiled, words));
                }
            }
        }
        assert!(places.len() >= TRIED, "only {} places", places.len());
        let step = places.len() / TRIED;
        for (path, at, spoiled, words) in places.into_iter().step_by(step).take(TRIED) {
            let mut lines: Vec<&str> = self.files[path].lines().collect();
            lines[at] = &spoiled;
            let error = self.refused(path, Some(&lines.join("\n")));
            let named = |at: usize| error.contains(&format!("{}:{}: ", path.display(), at + 1));
            assert!((at.saturating_sub(before)..=at).any(named), "{}:{}: {error}", path.display(), at + 1);
            for word in words {
                assert!(error.contains(&word), "`{word}` is not said: {error}");
            }
        }
    }
}

/// The first line that differs.
fn changed<'t>(before: &str, after: &'t str) -> &'t str {
    before.lines().zip(after.lines()).find(|(before, after)| before != after).map_or("", |(_, after)| after)
}

/// A line with the value of an attribute replaced, and the old value.
fn with<'l>(line: &'l str, attribute: &str, value: &str) -> Option<(String, &'l str)> {
    let start = line.find(&format!(" {attribute}=\""))? + attribute.len() + 3;
    let end = start + line[start..].find('"')?;
    Some((format!("{}{value}{}", &line[..start], &line[end..]), &line[start..end]))
}

/// The value without its prefix, and the prefix with its colon, of a name of our own (not of XML Schema).
fn own(name: &str) -> Option<&str> {
    name.split_once(':').filter(|(prefix, _)| *prefix != "xs").map(|(prefix, _)| prefix)
}

#[test]
fn the_package_itself_is_built() {
    Package::new().build().expect("our contract");
}

#[test]
fn a_file_is_missing() {
    let package = Package::new();
    let all: Vec<&PathBuf> = package.schemas().map(|(path, _)| path).collect();
    for path in all.iter().step_by(all.len() / 12) {
        let error = package.refused(path, None);
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        assert!(error.contains(&name) && error.contains("cannot be read"), "{error}");
        // The place that names it, which is in another file.
        let place = error.split(": ").next().unwrap_or_default();
        let (file, line) = place.rsplit_once(':').expect("file and line");
        let file = Path::new(file).strip_prefix(package.folder.path()).expect("a file of the package");
        let line: usize = line.parse().expect("a line");
        let written = package.files[file].lines().nth(line - 1).expect("the line");
        assert!(written.contains(&name), "{place} is `{written}`");
    }
}

#[test]
fn a_file_is_cut_short_or_empty_or_of_another_kind() {
    let package = Package::new();
    let all: Vec<&PathBuf> = package.schemas().map(|(path, _)| path).collect();
    for path in all.iter().step_by(all.len() / 4) {
        let text = &package.files[*path];
        for (spoiled, word) in
            [(&text[..text.len() / 2], "not XML"), ("", "not XML"), ("<html xmlns=\"urn:h\"/>", "namespace")]
        {
            // Not through the middle of a letter.
            let spoiled = String::from_utf8_lossy(spoiled.as_bytes()).into_owned();
            let error = package.refused(path, Some(&spoiled));
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            assert!(error.contains(&name) && error.contains(word), "{error}");
        }
    }
}

#[test]
fn a_construct_is_unknown() {
    let package = Package::new();
    package.spoil(0, |line| {
        let spoiled = line.replacen("<xs:element name=", "<xs:element substitutionGroup=\"b:X\" name=", 1);
        (spoiled != line).then(|| (spoiled, vec!["unknown construct".into(), "substitutionGroup".into()]))
    });
    package.spoil(0, |line| {
        let spoiled = line.replacen("<xs:maxLength value=\"", "<xs:assertion test=\"", 1);
        (spoiled != line).then(|| (spoiled, vec!["unknown construct".into(), "assertion".into()]))
    });
    package.spoil(0, |line| {
        let (spoiled, old) = with(line, "type", "xs:duration")?;
        let element = line.trim_start().starts_with("<xs:element name=");
        (old.starts_with("xs:") && element).then(|| (spoiled, vec!["unknown construct".into(), "xs:duration".into()]))
    });
}

#[test]
fn a_value_is_none() {
    let package = Package::new();
    package.spoil(0, |line| {
        let facet = line.trim_start().starts_with("<xs:maxLength ");
        with(line, "value", "ten").filter(|_| facet).map(|(spoiled, _)| (spoiled, vec!["not a number".into()]))
    });
    package.spoil(0, |line| {
        let element = line.trim_start().starts_with("<xs:element ");
        let (spoiled, _) = with(line, "maxOccurs", "many").filter(|_| element)?;
        Some((spoiled, vec!["maxOccurs".into()]))
    });
    package.spoil(0, |line| {
        let (spoiled, old) = with(line, "type", "nowhere:Such")?;
        let element = line.trim_start().starts_with("<xs:element name=");
        (own(old).is_some() && element).then(|| (spoiled, vec!["prefix `nowhere`".into()]))
    });
}

#[test]
fn a_reference_leads_nowhere() {
    let package = Package::new();
    for (tag, attribute) in
        [("element name", "type"), ("element ref", "ref"), ("group ref", "ref"), ("extension base", "base")]
    {
        // A type that derives is named by the line it begins on.
        let before = if attribute == "base" { 8 } else { 0 };
        package.spoil(before, |line| {
            let tagged = line.trim_start().starts_with(&format!("<xs:{tag}="));
            let prefix = own(with(line, attribute, "")?.1).filter(|_| tagged)?;
            let (spoiled, _) = with(line, attribute, &format!("{prefix}:GoneAway"))?;
            Some((spoiled, vec!["GoneAway".into(), "not declared".into()]))
        });
    }
}

#[test]
fn a_name_is_declared_twice_or_contains_itself() {
    let package = Package::new();
    let (mut twice, mut cycles) = (0, 0);
    for (path, text) in package.schemas() {
        let name = |line: &str, tag: &str| {
            let start = format!("  <xs:{tag} name=\"");
            line.strip_prefix(&start).and_then(|rest| rest.split('"').next()).map(str::to_owned)
        };
        let end = text.lines().position(|line| line == "</xs:schema>").expect("an end");
        let before = |at: usize, more: &str| {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.insert(at, more);
            lines.join("\n")
        };
        if let Some(name) = text.lines().find_map(|line| name(line, "complexType")).filter(|_| twice < TRIED) {
            let again = format!("  <xs:complexType name=\"{name}\"/>");
            let error = package.refused(path, Some(&before(end, &again)));
            let place = format!("{}:{}: ", path.display(), end + 1);
            assert!(error.contains(&place) && error.contains(&name) && error.contains("declared twice"), "{error}");
            twice += 1;
        }
        let derived = text.lines().enumerate().find_map(|(at, line)| {
            let name = name(line, "complexType")?;
            let inside = text.lines().skip(at + 1).take_while(|line| *line != "  </xs:complexType>");
            let base = inside.enumerate().find(|(_, line)| line.starts_with("      <xs:extension base=\""))?.0;
            Some((name, at, at + 1 + base))
        });
        if let Some((name, at, base)) = derived.filter(|_| cycles < TRIED) {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            let prefix = own(with(&lines[base], "base", "").expect("a base").1).map(str::to_owned);
            let Some(prefix) = prefix else { continue };
            let of_this = text.contains(&format!("xmlns:{prefix}=\"")) && {
                let uri = text.split(&format!("xmlns:{prefix}=\"")).nth(1).and_then(|rest| rest.split('"').next());
                let target = text.split("targetNamespace=\"").nth(1).and_then(|rest| rest.split('"').next());
                uri == target
            };
            if !of_this {
                continue;
            }
            lines[base] = with(&lines[base], "base", &format!("{prefix}:{name}")).expect("a base").0;
            let error = package.refused(path, Some(&lines.join("\n")));
            let place = format!("{}:{}: ", path.display(), at + 1);
            assert!(error.contains(&place) && error.contains(&name) && error.contains("contains itself"), "{error}");
            cycles += 1;
        }
    }
    assert_eq!((twice, cycles), (TRIED, TRIED));
}

#[test]
fn a_service_does_not_hold_together() {
    let package = Package::new();
    let wsdls = || package.files.iter().filter(|(path, _)| path.extension().is_some_and(|ending| ending == "wsdl"));
    let mut tried = 0;
    for (path, text) in wsdls() {
        for (start, attribute, word) in [
            ("<wsdl:part ", "element", "GoneAway"),
            ("<wsdl:input ", "message", "GoneAway"),
            ("<soap:operation ", "soapAktion", "soapAction"),
        ] {
            let found = text.lines().position(|line| line.trim_start().starts_with(start));
            let Some(at) = found else { panic!("{}: no {start}", path.display()) };
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines[at] = match with(&lines[at], attribute, "GoneAway") {
                Some((_, old)) => {
                    let prefix = old.split_once(':').map_or("", |(prefix, _)| prefix).to_owned();
                    with(&lines[at], attribute, &format!("{prefix}:GoneAway")).expect("the attribute").0
                }
                None => lines[at].replace("soapAction", attribute),
            };
            let error = package.refused(path, Some(&lines.join("\n")));
            // Of the SOAPAction the error names the operation it is missing in.
            let near =
                (at.saturating_sub(1)..=at).any(|at| error.contains(&format!("{}:{}: ", path.display(), at + 1)));
            assert!(near && error.contains(word), "{}:{}: {error}", path.display(), at + 1);
            tried += 1;
        }
    }
    assert!(tried >= 30, "only {tried}");
}

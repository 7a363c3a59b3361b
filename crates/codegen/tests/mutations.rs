//! The comparison of contracts bites: our own contract, spoiled in one small place, is no longer the same language.
//!
//! Spoiled copies are made by kind at places spread over all files. What must stay the same language (other names for
//! types, another order of a choice) is spoiled too, and must not be reported.
#![expect(clippy::expect_used, reason = "a test that fails says why")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gis_gkh_codegen::language::Comparison;
use gis_gkh_codegen::schema::{
    AttributeRef, ComplexType, Derivation, Particle, ParticleKind, QName, Type, XMLDSIG, XS,
};
use gis_gkh_codegen::wsdl::Contract;
use roxmltree::{Document, Node};

/// Copies of one kind that are tried.
const TRIED: usize = 6;

/// One small change of one file.
#[derive(Debug, Clone)]
struct Mutation {
    kind: &'static str,
    /// The global declaration that holds it.
    owner: String,
    file: PathBuf,
    line: usize,
    edits: Vec<(std::ops::Range<usize>, String)>,
}

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files() -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    let mut open = vec![PathBuf::from("xsd"), PathBuf::from("wsdl")];
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
    files
}

fn load(folder: &Path) -> Contract {
    Contract::load(&Contract::find(&folder.join("wsdl")).expect("WSDLs")).expect("a contract that loads")
}

fn messages(contract: &Contract) -> BTreeSet<QName> {
    let operations = contract.services.iter().flat_map(|service| &service.operations);
    operations
        .flat_map(|one| {
            let rest = [one.answer_header.as_ref(), one.fault.as_ref()];
            [Some(&one.request), Some(&one.answer), Some(&one.header)].into_iter().chain(rest).flatten()
        })
        .cloned()
        .collect()
}

/// Differences between the contract and a spoiled copy; a copy that does not even load differs too.
fn differences(contract: &Contract, names: &BTreeSet<QName>, folder: &Path) -> usize {
    let wsdls = Contract::find(&folder.join("wsdl")).expect("WSDLs");
    let Ok(spoiled) = Contract::load(&wsdls) else { return 1 };
    let mut comparison = Comparison::new(&contract.schemas, &spoiled.schemas);
    let failed = names.iter().filter(|name| comparison.element(name).is_err()).count();
    failed + comparison.differences().len()
}

/// Writes the contract with one mutation, counts the differences, and puts the file back.
fn try_out(
    mutation: &Mutation,
    files: &BTreeMap<PathBuf, String>,
    folder: &Path,
    contract: &Contract,
    names: &BTreeSet<QName>,
) -> usize {
    let text = &files[&mutation.file];
    let mut spoiled = text.clone();
    let mut edits = mutation.edits.clone();
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, with) in edits {
        spoiled.replace_range(range, &with);
    }
    assert_ne!(*text, spoiled, "{mutation:?} changes nothing");
    std::fs::write(folder.join(&mutation.file), spoiled).expect("a spoiled copy");
    let found = differences(contract, names, folder);
    std::fs::write(folder.join(&mutation.file), text).expect("the file as it was");
    found
}

fn is(node: Node<'_, '_>, names: &[&str]) -> bool {
    node.tag_name().namespace() == Some(XS) && names.contains(&node.tag_name().name())
}

/// The parts of a particle list, annotations left out.
fn parts<'a, 'i>(node: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    node.children().filter(|child| child.is_element() && !is(*child, &["annotation"])).collect()
}

/// Range of an attribute with the space before it, its value's range, and its value.
type Found<'a> = (std::ops::Range<usize>, std::ops::Range<usize>, &'a str);

fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<Found<'a>> {
    let found = node.attribute_node(name)?;
    let range = found.range();
    Some((range.start - 1..range.end, found.range_value(), found.value()))
}

/// The tag's end, where another attribute can be put.
fn tag_end(node: Node<'_, '_>, text: &str) -> usize {
    let start = node.range().start;
    start + 1 + text[start + 1..].find([' ', '>', '/']).expect("a tag ends")
}

/// `{namespace}name` of the global declaration around a node.
fn owner(node: Node<'_, '_>) -> String {
    let global = node.ancestors().find(|one| one.parent().is_some_and(|parent| is(parent, &["schema"])));
    let ns = node.document().root_element().attribute("targetNamespace").unwrap_or_default();
    format!("{{{ns}}}{}", global.and_then(|one| one.attribute("name")).unwrap_or_default())
}

/// Every global declaration that a message reaches: what others say is on no wire we cover.
fn reached(contract: &Contract) -> BTreeSet<String> {
    let set = &contract.schemas;
    let mut names: BTreeSet<QName> = BTreeSet::new();
    let mut open: Vec<QName> = messages(contract).into_iter().collect();
    while let Some(name) = open.pop() {
        if !names.insert(name.clone()) {
            continue;
        }
        if let Some(element) = set.elements.get(&name) {
            of_type(&element.ty, &mut open);
        }
        if let Some(ty) = set.complex_types.get(&name) {
            of_complex(ty, &mut open);
            if ty.abstract_ {
                let derives = |ty: &ComplexType| matches!(&ty.base, Some(Derivation::Extension(base)) if *base == name);
                open.extend(set.complex_types.iter().filter(|(_, ty)| derives(ty)).map(|(name, _)| name.clone()));
            }
        }
        if let Some(ty) = set.simple_types.get(&name) {
            of_type(&ty.base, &mut open);
        }
        if let Some(group) = set.groups.get(&name) {
            of_particle(&group.content, &mut open);
        }
        if let Some(attribute) = set.attributes.get(&name) {
            of_type(&attribute.ty, &mut open);
        }
    }
    names.iter().map(ToString::to_string).collect()
}

fn of_type(ty: &Type, out: &mut Vec<QName>) {
    match ty {
        Type::Named(name) => out.push(name.clone()),
        Type::Complex(ty) => of_complex(ty, out),
        Type::Simple(ty) => of_type(&ty.base, out),
        Type::Builtin(_) => {}
    }
}

fn of_complex(ty: &ComplexType, out: &mut Vec<QName>) {
    match &ty.base {
        Some(Derivation::Extension(base) | Derivation::Restriction(base)) => out.push(base.clone()),
        Some(Derivation::Text(base)) => of_type(base, out),
        None => {}
    }
    if let Some(content) = &ty.content {
        of_particle(content, out);
    }
    for used in &ty.attributes {
        match &used.attribute {
            AttributeRef::Ref(name) => out.push(name.clone()),
            AttributeRef::Local(attribute) => of_type(&attribute.ty, out),
        }
    }
}

fn of_particle(particle: &Particle, out: &mut Vec<QName>) {
    match &particle.kind {
        // What is inside a signature is the business of XML Signature.
        ParticleKind::Ref(name) if &*name.ns == XMLDSIG => {}
        ParticleKind::Ref(name) | ParticleKind::Group(name) => out.push(name.clone()),
        ParticleKind::Element(element) => of_type(&element.ty, out),
        ParticleKind::Sequence(all) | ParticleKind::Choice(all) => all.iter().for_each(|one| of_particle(one, out)),
        ParticleKind::Any => {}
    }
}

/// Every mutation of a file that must change the language.
fn biting(file: &Path, text: &str) -> Vec<Mutation> {
    let document = Document::parse(text).expect("a file of the contract is XML");
    let mut all = Vec::new();
    for node in document.descendants().filter(|node| node.tag_name().namespace() == Some(XS)) {
        let line = document.text_pos_at(node.range().start).row as usize;
        let mut add = |kind, edits: Vec<(std::ops::Range<usize>, String)>| {
            all.push(Mutation { kind, owner: owner(node), file: file.to_owned(), line, edits });
        };
        let inside = node.parent().is_some_and(|parent| is(parent, &["sequence", "choice"]));
        let alone = |kind, add: &mut dyn FnMut(&'static str, Vec<(std::ops::Range<usize>, String)>)| {
            add(kind, vec![(node.range(), String::new())]);
        };
        if let Some((_, value, max)) = attribute(node, "maxOccurs") {
            let other = max.parse::<u32>().map_or_else(|_| "7".to_owned(), |max| (max + 1).to_string());
            add("another maxOccurs", vec![(value, other)]);
        }
        if let Some((whole, _, "0")) = attribute(node, "minOccurs") {
            add("required", vec![(whole, String::new())]);
        }
        if is(node, &["element"]) && inside && node.attribute("minOccurs").is_none() {
            let in_sequence = node.parent().is_some_and(|parent| is(parent, &["sequence"]));
            if in_sequence {
                add("optional", vec![(tag_end(node, text)..tag_end(node, text), " minOccurs=\"0\"".to_owned())]);
            }
        }
        if is(node, &["element", "attribute"])
            && let Some((whole, value, fixed)) = attribute(node, "fixed")
        {
            add("not fixed", vec![(whole, String::new())]);
            add("fixed to something else", vec![(value, if fixed == "true" { "false" } else { "9.9" }.to_owned())]);
        }
        if is(node, &["element"]) && inside {
            if let Some((_, value, name)) = attribute(node, "name") {
                add("another name", vec![(value, format!("{name}Z"))]);
            }
            alone("element dropped", &mut add);
        }
        if is(node, &["attribute"]) {
            alone("attribute dropped", &mut add);
            if let Some((whole, ..)) = attribute(node, "use") {
                add("attribute optional", vec![(whole, String::new())]);
            }
        }
        if is(node, &["sequence"]) {
            let parts = parts(node);
            for pair in parts.windows(2).filter(|pair| pair.iter().all(|one| is(*one, &["element"]))) {
                let (left, right) = (pair[0].range(), pair[1].range());
                add(
                    "two swapped",
                    vec![(left.clone(), text[right.clone()].to_owned()), (right, text[left].to_owned())],
                );
            }
            if parts.len() > 1 {
                let end = node.range().end;
                let close = end - "</xs:sequence>".len()..end;
                add(
                    "sequence as choice",
                    vec![
                        (node.range().start..node.range().start + "<xs:sequence".len(), "<xs:choice".to_owned()),
                        (close, "</xs:choice>".to_owned()),
                    ],
                );
            }
        }
        if is(node, &["choice"]) && parts(node).len() > 1 {
            let end = node.range().end;
            add(
                "choice as sequence",
                vec![
                    (node.range().start..node.range().start + "<xs:choice".len(), "<xs:sequence".to_owned()),
                    (end - "</xs:choice>".len()..end, "</xs:sequence>".to_owned()),
                ],
            );
        }
        if is(node, &["enumeration"]) {
            alone("value dropped", &mut add);
        }
        let numeric = ["length", "minLength", "maxLength", "totalDigits", "fractionDigits"];
        if is(node, &numeric) || is(node, &["minInclusive", "maxInclusive", "minExclusive", "maxExclusive"]) {
            if let Some((_, value, number)) = attribute(node, "value") {
                let other = number.parse::<i64>().map_or_else(|_| "0.5".to_owned(), |number| (number + 1).to_string());
                add("another facet", vec![(value, other)]);
            }
            alone("facet dropped", &mut add);
        }
        if is(node, &["pattern"]) {
            if let Some((_, value, pattern)) = attribute(node, "value") {
                let first = pattern.chars().next().map_or(0, char::len_utf8);
                add(
                    "another pattern",
                    vec![(value.start..value.start, if first == 0 { "x" } else { "y?" }.to_owned())],
                );
            }
            alone("pattern dropped", &mut add);
        }
        if is(node, &["unique", "key", "keyref"]) {
            alone("constraint dropped", &mut add);
        }
        if is(node, &["selector", "field"])
            && let Some((_, value, path)) = attribute(node, "xpath")
        {
            add("another path", vec![(value, format!("{path}Z"))]);
        }
        if is(node, &["restriction"])
            && let Some((_, value, base)) = attribute(node, "base")
            && base.starts_with("xs:")
        {
            let other = if base == "xs:string" { "xs:token" } else { "xs:string" };
            add("another primitive", vec![(value, other.to_owned())]);
        }
        if is(node, &["complexType"])
            && let Some((whole, ..)) = attribute(node, "abstract")
        {
            add("not abstract", vec![(whole, String::new())]);
        }
    }
    all
}

/// Mutations that keep the language, each for its reason.
fn harmless(file: &Path, text: &str) -> Vec<Mutation> {
    let document = Document::parse(text).expect("a file of the contract is XML");
    let mut all = Vec::new();
    for node in document.descendants().filter(|node| node.tag_name().namespace() == Some(XS)) {
        let line = document.text_pos_at(node.range().start).row as usize;
        let mut add = |kind, edits: Vec<(std::ops::Range<usize>, String)>| {
            all.push(Mutation { kind, owner: owner(node), file: file.to_owned(), line, edits });
        };
        if is(node, &["choice"]) {
            // One of several is the same, whichever is named first.
            for pair in parts(node).windows(2) {
                let (left, right) = (pair[0].range(), pair[1].range());
                add(
                    "choice in another order",
                    vec![(left.clone(), text[right.clone()].to_owned()), (right, text[left].to_owned())],
                );
            }
        }
        if is(node, &["documentation"]) && !node.text().unwrap_or_default().is_empty() {
            // What a thing is called in words is not on the wire.
            add("other words", vec![(node.range(), "<xs:documentation>Other words.</xs:documentation>".to_owned())]);
        }
        if is(node, &["unique"])
            && let Some((_, value, name)) = attribute(node, "name")
            && !text.contains(&format!(":{name}\""))
        {
            // A constraint's own name is not on the wire. One that is referred to would have to be renamed there too.
            add("constraint of another name", vec![(value, format!("{name}Z"))]);
        }
        if is(node, &["enumeration"])
            && let Some(next) = parts(node.parent().expect("inside a restriction"))
                .into_iter()
                .find(|one| one.range().start > node.range().end && is(*one, &["enumeration"]))
        {
            // Values have no order.
            let (left, right) = (node.range(), next.range());
            add(
                "values in another order",
                vec![(left.clone(), text[right.clone()].to_owned()), (right, text[left].to_owned())],
            );
        }
        if is(node, &["sequence"]) && node.parent().is_some_and(|parent| is(parent, &["complexType", "extension"])) {
            // A sequence of one sequence is that sequence.
            let end = node.range().end;
            add(
                "sequence in a sequence",
                vec![
                    (node.range().start..node.range().start, "<xs:sequence>".to_owned()),
                    (end..end, "</xs:sequence>".to_owned()),
                ],
            );
        }
    }
    all
}

/// Up to `TRIED` of each kind, spread over all.
fn sample(all: Vec<Mutation>) -> Vec<Mutation> {
    let mut kinds: BTreeMap<&str, Vec<Mutation>> = BTreeMap::new();
    for one in all {
        kinds.entry(one.kind).or_default().push(one);
    }
    let tried = std::env::var("GKH_MUTATIONS").ok().and_then(|all| all.parse().ok()).unwrap_or(TRIED);
    let spread = |all: Vec<Mutation>| {
        let count = all.len();
        let wanted = count.min(tried);
        (0..wanted).map(|index| all[index * count / wanted].clone()).collect::<Vec<_>>()
    };
    kinds.into_values().flat_map(spread).collect()
}

/// A sample of the mutations of every schema, where a message reaches them.
fn mutations_of(files: &BTreeMap<PathBuf, String>, of: fn(&Path, &str) -> Vec<Mutation>) -> Vec<Mutation> {
    let reached = reached(&load(&home()));
    let schemas = files.iter().filter(|(path, _)| path.extension().is_some_and(|ending| ending == "xsd"));
    let all = schemas.flat_map(|(path, text)| of(path, text));
    sample(all.filter(|one| reached.contains(&one.owner)).collect())
}

/// Runs mutations in a copy of the contract; returns each with the number of differences found.
fn run(mutations: &[Mutation], files: &BTreeMap<PathBuf, String>) -> Vec<(Mutation, usize)> {
    let contract = load(&home());
    let names = messages(&contract);
    let copy = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = copy.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder above")).expect("a folder");
        std::fs::write(path, text).expect("a copy");
    }
    assert_eq!(differences(&contract, &names, copy.path()), 0, "the copy itself is equal");
    mutations.iter().map(|one| (one.clone(), try_out(one, files, copy.path(), &contract, &names))).collect()
}

/// Changes that keep the language although their kind says otherwise.
const KEPT: [(&str, &str, &str); 6] = [
    // Every type derived from these states the same facet anew, and they are used in no other way.
    ("xsd/base/scalars.xsd", "LongTextType", "another facet"),
    ("xsd/base/scalars.xsd", "LongTextType", "facet dropped"),
    ("xsd/bills-base.xsd", "MoneyType", "another facet"),
    ("xsd/bills-base.xsd", "MoneyType", "facet dropped"),
    // The choice may be empty anyway: one of its branches may.
    ("xsd/payments-base/notification.xsd", "AddressAndConsumer", "required"),
    ("xsd/payments-base/exported-notification.xsd", "ExportedAddressAndConsumer", "required"),
];

fn keeps(one: &Mutation) -> bool {
    let known = |(file, owner, kind): &(&str, &str, &str)| {
        one.file == Path::new(file) && one.owner.ends_with(&format!("}}{owner}")) && one.kind == *kind
    };
    KEPT.iter().any(known)
}

#[test]
fn every_small_change_is_noticed() {
    let files = files();
    let mutations = mutations_of(&files, biting);
    let kinds: BTreeSet<&str> = mutations.iter().map(|one| one.kind).collect();
    assert!(kinds.len() >= 18 && mutations.len() >= 80, "{} mutations of kinds {kinds:?}", mutations.len());
    let survivors: Vec<String> = run(&mutations, &files)
        .into_iter()
        .filter(|(one, found)| *found == 0 && !keeps(one))
        .map(|(one, _)| format!("{}:{}: {}", one.file.display(), one.line, one.kind))
        .collect();
    assert!(survivors.is_empty(), "{} of {} not noticed:\n{}", survivors.len(), mutations.len(), survivors.join("\n"));
    eprintln!("{} mutations of {} kinds, all noticed", mutations.len(), kinds.len());
}

#[test]
fn what_keeps_the_language_is_no_difference() {
    let files = files();
    let mutations = mutations_of(&files, harmless);
    assert!(mutations.len() >= 20, "{}", mutations.len());
    for (one, found) in run(&mutations, &files) {
        assert_eq!(found, 0, "{}:{}: {}", one.file.display(), one.line, one.kind);
    }
}

//! Reads XSD files and what they import into a [`SchemaSet`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use roxmltree::Node;

use super::model::*;
use super::{GKH, XS};
use crate::Error;

/// Loads schemas and everything they import or include by `schemaLocation`.
///
/// # Errors
/// A file that cannot be read or is no schema, an unknown construct, a duplicate: with file and line.
pub fn load(roots: &[PathBuf]) -> Result<SchemaSet, Error> {
    let mut set = SchemaSet::default();
    let mut seen = BTreeSet::new();
    for root in roots {
        load_file(root, None, &mut set, &mut seen)?;
    }
    super::cycles::refuse(&set)?;
    Ok(set)
}

/// One parsed file.
pub(crate) struct Document {
    pub(crate) path: Rc<PathBuf>,
    pub(crate) text: String,
    /// Offsets of line starts: asking the parser for each node's line would read the file from its start each time.
    lines: Vec<usize>,
}

impl Document {
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Io { path: path.to_owned(), source })?;
        let text = text.trim_start_matches('\u{feff}').to_owned();
        // Some official files end their lines with a carriage return alone.
        let bytes = text.as_bytes();
        let ends = |at: &usize| bytes[*at] == b'\n' || (bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
        let lines = (0..bytes.len()).filter(ends).collect();
        Ok(Self { path: Rc::new(path.to_owned()), text, lines })
    }

    pub(crate) fn parse(&self) -> Result<roxmltree::Document<'_>, Error> {
        roxmltree::Document::parse(&self.text)
            .map_err(|error| Error::Xml { path: self.path.to_path_buf(), reason: error.to_string() })
    }
}

/// `a/../b` without the detour, so that one file has one name however it is reached.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            std::path::Component::CurDir => {}
            part => out.push(part),
        }
    }
    out
}

/// What an import or include says of the file it names.
struct Named<'n> {
    origin: Origin,
    namespace: &'n str,
}

fn load_file(
    path: &Path,
    named: Option<Named<'_>>,
    set: &mut SchemaSet,
    seen: &mut BTreeSet<PathBuf>,
) -> Result<(), Error> {
    let path = normal(path);
    if !seen.insert(path.clone()) {
        return Ok(());
    }
    let document = match (Document::read(&path), &named) {
        (Err(Error::Io { path, source }), Some(named)) => {
            return Err(Error::Import { origin: named.origin.clone(), path, source });
        }
        (document, _) => document?,
    };
    set.files.push(path);
    let tree = document.parse()?;
    let root = tree.root_element();
    if let Some(named) = named {
        let found = root.attribute("targetNamespace").unwrap_or_default();
        if found != named.namespace {
            let what =
                format!("`{}` declares the namespace `{found}`, not `{}`", document.path.display(), named.namespace);
            return Err(Error::Invalid { origin: named.origin, what });
        }
    }
    read_schema(root, &document, set, seen)
}

/// Reads one `xs:schema`, be it a file's or one inside a WSDL.
pub(crate) fn read_schema(
    root: Node<'_, '_>,
    document: &Document,
    set: &mut SchemaSet,
    seen: &mut BTreeSet<PathBuf>,
) -> Result<(), Error> {
    if !is(root, "schema") {
        return Err(unknown(document, root));
    }
    let ns: Rc<str> = root.attribute("targetNamespace").unwrap_or_default().into();
    let loader = Loader {
        document,
        ns,
        qualified_elements: root.attribute("elementFormDefault") == Some("qualified"),
        qualified_attributes: root.attribute("attributeFormDefault") == Some("qualified"),
    };
    for node in root.children().filter(Node::is_element) {
        match name_of(node) {
            "import" | "include" => {
                if let Some(location) = node.attribute("schemaLocation") {
                    let folder = document.path.parent().unwrap_or(Path::new(""));
                    let namespace = match name_of(node) {
                        "import" => node.attribute("namespace").unwrap_or_default(),
                        _ => &loader.ns,
                    };
                    let named = Named { origin: loader.origin(node), namespace };
                    load_file(&folder.join(location), Some(named), set, seen)?;
                }
            }
            "annotation" => {}
            "element" => {
                let element = loader.element(node, true)?;
                insert(&mut set.elements, element.name.clone(), element, "element", loader.origin(node))?;
            }
            "complexType" => {
                let name = loader.own_name(node)?;
                let ty = loader.complex_type(node, Some(name.clone()))?;
                insert(&mut set.complex_types, name, ty, "type", loader.origin(node))?;
            }
            "simpleType" => {
                let name = loader.own_name(node)?;
                let ty = loader.simple_type(node, Some(name.clone()))?;
                insert(&mut set.simple_types, name, ty, "type", loader.origin(node))?;
            }
            "group" => {
                let name = loader.own_name(node)?;
                let content = particle_child(node).ok_or_else(|| unknown(document, node))?;
                let group = Group { name: name.clone(), content: loader.particle(content)?, doc: doc(node) };
                insert(&mut set.groups, name, group, "group", loader.origin(node))?;
            }
            "attribute" => {
                let name = loader.own_name(node)?;
                let attribute = Attribute { name: name.clone(), ty: loader.type_of(node)?, doc: doc(node) };
                insert(&mut set.attributes, name, attribute, "attribute", loader.origin(node))?;
            }
            _ => return Err(unknown(document, node)),
        }
    }
    Ok(())
}

fn insert<T>(
    map: &mut std::collections::BTreeMap<QName, Rc<T>>,
    name: QName,
    value: T,
    what: &'static str,
    origin: Origin,
) -> Result<(), Error> {
    match map.insert(name.clone(), Rc::new(value)) {
        None => Ok(()),
        Some(_) => Err(Error::Duplicate { origin, what, name }),
    }
}

struct Loader<'d> {
    document: &'d Document,
    ns: Rc<str>,
    qualified_elements: bool,
    qualified_attributes: bool,
}

impl Loader<'_> {
    fn origin(&self, node: Node<'_, '_>) -> Origin {
        origin(self.document, node)
    }

    fn own_name(&self, node: Node<'_, '_>) -> Result<QName, Error> {
        Ok(QName::new(self.ns.clone(), required(self.document, node, "name")?))
    }

    fn invalid(&self, node: Node<'_, '_>, what: impl Into<String>) -> Error {
        Error::Invalid { origin: self.origin(node), what: what.into() }
    }

    fn element(&self, node: Node<'_, '_>, global: bool) -> Result<Element, Error> {
        self.allow(node, &["name", "type", "fixed", "default", "minOccurs", "maxOccurs", "form", "nillable", "id"])?;
        let local = required(self.document, node, "name")?;
        let qualified = global || node.attribute("form").map_or(self.qualified_elements, |form| form == "qualified");
        if node.attribute("nillable") == Some("true") {
            return Err(self.invalid(node, "nillable elements are not supported"));
        }
        if !qualified || self.ns.is_empty() {
            return Err(self.invalid(node, format!("element `{local}` is in no namespace, which is not supported")));
        }
        let ns = self.ns.clone();
        let mut constraints = Vec::new();
        for child in children(node) {
            match name_of(child) {
                "annotation" | "complexType" | "simpleType" => {}
                "key" | "unique" | "keyref" => constraints.push(self.constraint(child)?),
                _ => return Err(unknown(self.document, child)),
            }
        }
        self.keys_declared(node, &constraints)?;
        let doc = doc(node);
        let mut ty = self.type_of(node)?;
        if let (true, Type::Complex(ty)) = (global, &mut ty) {
            Rc::get_mut(ty).into_iter().for_each(|ty| versions_from(&doc, ty));
        }
        Ok(Element {
            name: QName::new(ns, local),
            ty,
            fixed: node.attribute("fixed").map(str::to_owned),
            default: node.attribute("default").map(str::to_owned),
            doc,
            constraints,
            left_out: words_of(node, "left-out"),
            origin: self.origin(node),
        })
    }

    fn type_of(&self, node: Node<'_, '_>) -> Result<Type, Error> {
        if let Some(name) = node.attribute("type") {
            return self.type_named(node, name);
        }
        for child in children(node) {
            match name_of(child) {
                "complexType" => return Ok(Type::Complex(Rc::new(self.complex_type(child, None)?))),
                "simpleType" => return Ok(Type::Simple(Rc::new(self.simple_type(child, None)?))),
                _ => {}
            }
        }
        Ok(Type::Builtin(Builtin::Any))
    }

    fn type_named(&self, node: Node<'_, '_>, name: &str) -> Result<Type, Error> {
        let name = qname(self.document, node, name)?;
        if &*name.ns == XS {
            return Builtin::of(&name.local)
                .map(Type::Builtin)
                .ok_or_else(|| Error::Unknown { origin: self.origin(node), construct: format!("xs:{}", name.local) });
        }
        Ok(Type::Named(name))
    }

    fn complex_type(&self, node: Node<'_, '_>, name: Option<QName>) -> Result<ComplexType, Error> {
        self.allow(node, &["name", "abstract", "mixed", "id"])?;
        let mut ty = ComplexType {
            name,
            abstract_: node.attribute("abstract") == Some("true"),
            base: None,
            content: None,
            attributes: Vec::new(),
            opaque: node.attribute("mixed") == Some("true"),
            doc: doc(node),
            origin: self.origin(node),
        };
        for child in children(node) {
            match name_of(child) {
                "annotation" => {}
                "complexContent" | "simpleContent" => {
                    let derivation = children(child)
                        .find(|node| matches!(name_of(*node), "extension" | "restriction"))
                        .ok_or_else(|| unknown(self.document, child))?;
                    let base = self.type_named(derivation, required(self.document, derivation, "base")?)?;
                    ty.base = Some(match (name_of(child), name_of(derivation), base) {
                        ("complexContent", "extension", Type::Named(base)) => Derivation::Extension(base),
                        ("complexContent", "restriction", Type::Named(base)) => Derivation::Restriction(base),
                        ("simpleContent", "extension", base) => Derivation::Text(base),
                        _ => return Err(unknown(self.document, derivation)),
                    });
                    self.content(derivation, &mut ty)?;
                }
                _ => self.content_child(child, &mut ty)?,
            }
        }
        Ok(ty)
    }

    fn content(&self, node: Node<'_, '_>, ty: &mut ComplexType) -> Result<(), Error> {
        children(node)
            .filter(|child| name_of(*child) != "annotation")
            .try_for_each(|child| self.content_child(child, ty))
    }

    fn content_child(&self, child: Node<'_, '_>, ty: &mut ComplexType) -> Result<(), Error> {
        match name_of(child) {
            "sequence" | "choice" | "group" => ty.content = Some(self.particle(child)?),
            "attribute" => ty.attributes.push(self.attribute_use(child)?),
            "anyAttribute" => ty.opaque = true,
            _ => return Err(unknown(self.document, child)),
        }
        Ok(())
    }

    fn attribute_use(&self, node: Node<'_, '_>) -> Result<AttributeUse, Error> {
        self.allow(node, &["name", "ref", "type", "use", "fixed", "form", "id"])?;
        let attribute = match node.attribute("ref") {
            Some(name) => AttributeRef::Ref(qname(self.document, node, name)?),
            None => {
                let local = required(self.document, node, "name")?;
                let qualified = node.attribute("form").map_or(self.qualified_attributes, |form| form == "qualified");
                let ns: Rc<str> = if qualified { self.ns.clone() } else { "".into() };
                AttributeRef::Local(Rc::new(Attribute {
                    name: QName::new(ns, local),
                    ty: self.type_of(node)?,
                    doc: doc(node),
                }))
            }
        };
        let versions = words_of(node, "versions");
        Ok(AttributeUse {
            attribute,
            required: node.attribute("use") == Some("required"),
            fixed: node.attribute("fixed").map(str::to_owned),
            versions,
            origin: self.origin(node),
        })
    }

    fn particle(&self, node: Node<'_, '_>) -> Result<Particle, Error> {
        let count = |name, default| match node.attribute(name) {
            None => Ok(Some(default)),
            Some("unbounded") => Ok(None),
            Some(number) => number.parse().map(Some).map_err(|_| self.invalid(node, format!("{name} is not a number"))),
        };
        let all = || children(node).filter(|child| name_of(*child) != "annotation").map(|child| self.particle(child));
        let kind = match name_of(node) {
            "element" => match node.attribute("ref") {
                Some(name) => ParticleKind::Ref(qname(self.document, node, name)?),
                None => ParticleKind::Element(Rc::new(self.element(node, false)?)),
            },
            "sequence" => ParticleKind::Sequence(all().collect::<Result<_, _>>()?),
            "choice" => ParticleKind::Choice(all().collect::<Result<_, _>>()?),
            "group" => ParticleKind::Group(qname(self.document, node, required(self.document, node, "ref")?)?),
            "any" => ParticleKind::Any,
            _ => return Err(unknown(self.document, node)),
        };
        let (min, max) = (count("minOccurs", 1)?.unwrap_or(1), count("maxOccurs", 1)?);
        if max.is_some_and(|max| max < min) {
            return Err(self.invalid(node, "maxOccurs is less than minOccurs"));
        }
        Ok(Particle { kind, min, max, doc: doc(node), origin: self.origin(node) })
    }

    fn simple_type(&self, node: Node<'_, '_>, name: Option<QName>) -> Result<SimpleType, Error> {
        let body =
            children(node).find(|child| name_of(*child) != "annotation").ok_or_else(|| unknown(self.document, node))?;
        let inner = |attribute| -> Result<Type, Error> {
            match body.attribute(attribute) {
                Some(name) => self.type_named(body, name),
                None => self.type_of(body),
            }
        };
        let (base, list, facets) = match name_of(body) {
            "restriction" => (inner("base")?, false, self.facets(body)?),
            "list" => (inner("itemType")?, true, Facets::default()),
            _ => return Err(unknown(self.document, body)),
        };
        Ok(SimpleType { name, base, list, facets, doc: doc(node), origin: self.origin(node) })
    }

    fn facets(&self, node: Node<'_, '_>) -> Result<Facets, Error> {
        let mut facets = Facets::default();
        let mut patterns = Vec::new();
        for facet in children(node) {
            let text = || required(self.document, facet, "value").map(str::to_owned);
            let number = || text()?.trim().parse::<u32>().map_err(|_| self.invalid(facet, "the facet is not a number"));
            match name_of(facet) {
                "annotation" | "simpleType" => {}
                "length" => facets.length = Some(number()?),
                "minLength" => facets.min_length = Some(number()?),
                "maxLength" => facets.max_length = Some(number()?),
                "totalDigits" => facets.total_digits = Some(number()?),
                "fractionDigits" => facets.fraction_digits = Some(number()?),
                "minInclusive" => facets.min_inclusive = Some(text()?),
                "maxInclusive" => facets.max_inclusive = Some(text()?),
                "minExclusive" => facets.min_exclusive = Some(text()?),
                "maxExclusive" => facets.max_exclusive = Some(text()?),
                "pattern" => patterns.push(text()?),
                "enumeration" => facets.enumeration.push((text()?, doc(facet))),
                // White space is fixed by the base type in every schema we know.
                "whiteSpace" => {}
                _ => return Err(unknown(self.document, facet)),
            }
        }
        if !patterns.is_empty() {
            facets.patterns.push(patterns);
        }
        Ok(facets)
    }

    /// A reference must name a key or unique of the same element: one further down is not supported.
    fn keys_declared(&self, node: Node<'_, '_>, constraints: &[Constraint]) -> Result<(), Error> {
        for constraint in constraints {
            let ConstraintKind::KeyRef(key) = &constraint.kind else { continue };
            if !constraints.iter().any(|one| one.name == *key && !matches!(one.kind, ConstraintKind::KeyRef(_))) {
                return Err(Error::Dangling {
                    origin: self.origin(node),
                    what: "key of this element",
                    name: key.clone(),
                });
            }
        }
        Ok(())
    }

    fn constraint(&self, node: Node<'_, '_>) -> Result<Constraint, Error> {
        let mut selector = Vec::new();
        let mut fields = Vec::new();
        for child in children(node) {
            match name_of(child) {
                "annotation" => {}
                "selector" => {
                    for path in required(self.document, child, "xpath")?.split('|') {
                        selector.push(self.steps(child, path.trim())?);
                    }
                }
                "field" => fields.push(self.steps(child, required(self.document, child, "xpath")?.trim())?),
                _ => return Err(unknown(self.document, child)),
            }
        }
        let kind = match name_of(node) {
            "key" => ConstraintKind::Key,
            "unique" => ConstraintKind::Unique,
            _ => ConstraintKind::KeyRef(qname(self.document, node, required(self.document, node, "refer")?)?),
        };
        Ok(Constraint { name: self.own_name(node)?, kind, selector, fields })
    }

    fn steps(&self, node: Node<'_, '_>, path: &str) -> Result<Steps, Error> {
        let (anywhere, rest) = match path.strip_prefix(".//") {
            Some(rest) => (true, rest),
            None => (false, path.strip_prefix("./").unwrap_or(path)),
        };
        let mut steps = Vec::new();
        for step in rest.split('/').map(str::trim).filter(|step| *step != ".") {
            let (attribute, name) = step.strip_prefix('@').map_or((false, step), |name| (true, name));
            if step == "*" {
                steps.push(Step::Any);
                continue;
            }
            if name.is_empty() || name.contains(['@', '*', '[', '(']) {
                return Err(self.invalid(node, format!("path `{path}` is outside the supported subset")));
            }
            let name = match name.contains(':') {
                true => qname(self.document, node, name)?,
                // Without a prefix an XPath name is in no namespace.
                false => QName::new("", name),
            };
            steps.push(if attribute { Step::Attribute(name) } else { Step::Child(name) });
        }
        Ok(Steps { anywhere, children: steps })
    }

    /// Refuses attributes of the schema language that would change the meaning and are not known here.
    fn allow(&self, node: Node<'_, '_>, known: &[&str]) -> Result<(), Error> {
        match node.attributes().find(|attribute| attribute.namespace().is_none() && !known.contains(&attribute.name()))
        {
            None => Ok(()),
            Some(attribute) => Err(Error::Unknown {
                origin: self.origin(node),
                construct: format!("{}/@{}", name_of(node), attribute.name()),
            }),
        }
    }
}

/// Words of one of our additions to the annotation of a declaration.
fn words_of(node: Node<'_, '_>, local: &str) -> Vec<String> {
    let notes = children(node).filter(|node| is(*node, "annotation"));
    let found = notes.flat_map(|note| note.descendants().filter(|node| node.has_tag_name((GKH, local))));
    found.flat_map(|node| text_of(node).split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Where the version of a message is not fixed, the official package lists the supported ones only in the text that
/// describes the message.
fn versions_from(text: &str, ty: &mut ComplexType) {
    let open = ty.attributes.iter_mut().filter(|used| {
        let version = matches!(&used.attribute, AttributeRef::Ref(name) if &*name.local == "version");
        version && used.required && used.fixed.is_none() && used.versions.is_empty()
    });
    for used in open {
        let words = text.split(|c: char| !c.is_ascii_digit() && c != '.').map(|word| word.trim_matches('.'));
        let is_version = |word: &&str| word.split('.').filter(|part| !part.is_empty()).count() == 4;
        used.versions = words.filter(is_version).map(str::to_owned).collect();
    }
}

fn particle_child<'a, 'i>(node: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    children(node).find(|child| matches!(name_of(*child), "sequence" | "choice" | "group"))
}

fn is(node: Node<'_, '_>, local: &str) -> bool {
    node.has_tag_name((XS, local))
}

/// Local name of an element of XML Schema; empty for any other.
fn name_of<'a>(node: Node<'a, '_>) -> &'a str {
    if node.tag_name().namespace() == Some(XS) { node.tag_name().name() } else { "" }
}

pub(crate) fn children<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(Node::is_element)
}

pub(crate) fn origin(document: &Document, node: Node<'_, '_>) -> Origin {
    let before = document.lines.partition_point(|at| *at < node.range().start);
    Origin { file: document.path.clone(), line: u32::try_from(before + 1).unwrap_or(u32::MAX) }
}

pub(crate) fn required<'a>(document: &Document, node: Node<'a, '_>, name: &str) -> Result<&'a str, Error> {
    node.attribute(name).ok_or_else(|| Error::Invalid {
        origin: origin(document, node),
        what: format!("`{}` needs the attribute `{name}`", node.tag_name().name()),
    })
}

pub(crate) fn qname(document: &Document, node: Node<'_, '_>, name: &str) -> Result<QName, Error> {
    let (prefix, local) = match name.trim().split_once(':') {
        Some((prefix, local)) => (Some(prefix), local),
        None => (None, name.trim()),
    };
    match (node.lookup_namespace_uri(prefix), prefix) {
        (Some(ns), _) => Ok(QName::new(ns, local)),
        (None, None) => Ok(QName::new("", local)),
        (None, Some(prefix)) => {
            Err(Error::Invalid { origin: origin(document, node), what: format!("prefix `{prefix}` is not declared") })
        }
    }
}

fn unknown(document: &Document, node: Node<'_, '_>) -> Error {
    Error::Unknown { origin: origin(document, node), construct: node.tag_name().name().to_owned() }
}

pub(crate) fn text_of(node: Node<'_, '_>) -> String {
    node.descendants().filter_map(|node| if node.is_text() { node.text() } else { None }).collect()
}

/// Documentation of a node, white space folded.
fn doc(node: Node<'_, '_>) -> String {
    let parts: Vec<String> = children(node)
        .filter(|child| is(*child, "annotation"))
        .flat_map(|annotation| children(annotation).filter(|child| is(*child, "documentation")))
        .map(|node| text_of(node).split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|text| !text.is_empty())
        .collect();
    parts.join(" ")
}

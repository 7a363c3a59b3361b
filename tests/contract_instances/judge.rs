//! Our own verdict on a document, and whether nothing of it was lost.

use gis_gkh::contract::NAMESPACES;
use gis_gkh::contract::operations::{MESSAGES, OPERATIONS};
use gis_gkh::operation::MessageKind;
use gis_gkh_codegen::schema::QName;
use roxmltree::{Document, Node as Xml};

use crate::document::{Content, Node, XSI};
use crate::grammar::Grammar;

/// The message's row of the table that is compiled in.
pub(crate) fn kind(name: &QName) -> Option<&'static MessageKind> {
    MESSAGES.iter().find(|kind| {
        let uri = NAMESPACES[usize::from(kind.name.ns.0)].uri;
        uri == &*name.ns && kind.name.local == &*name.local
    })
}

/// Versions of a request that the table of operations names.
pub(crate) fn versions(name: &QName) -> Vec<String> {
    let kind = kind(name).map(|kind| kind.name);
    let operation = OPERATIONS.iter().find(|operation| Some(operation.request) == kind);
    operation.map(|operation| operation.versions.iter().map(|&one| one.to_owned()).collect()).unwrap_or_default()
}

/// The message as we write it, or why it is refused.
pub(crate) fn judge(kind: &MessageKind, document: &str, versions: Vec<(String, String)>) -> Result<String, String> {
    let echo = (kind.echo)(document.as_bytes(), &versions.into_iter().collect()).map_err(|error| error.to_string())?;
    if let Some(first) = echo.violations.first() {
        return Err(first.to_string());
    }
    match echo.faithful {
        true => Ok(echo.canonical),
        false => Err(format!("CHANGED BY A ROUND TRIP: {}", echo.canonical)),
    }
}

/// Whether what we wrote has the same elements, attributes and values as the document it was read from.
pub(crate) fn same(grammar: &Grammar, root: &Node, written: &str) -> Result<(), String> {
    let written = Document::parse(written).map_err(|error| format!("what was written is no document: {error}"))?;
    compare(grammar, root, written.root_element())
}

fn compare(grammar: &Grammar, node: &Node, xml: Xml<'_, '_>) -> Result<(), String> {
    if let Content::Raw(_) = node.content {
        return Ok(());
    }
    let local = &node.name.local;
    let found = xml.tag_name();
    if (found.name(), found.namespace()) != (&**local, Some(&*node.name.ns)) {
        return Err(format!("`{local}` was written as `{}`", found.name()));
    }
    let kind = xml.attribute((XSI, "type")).map(|text| {
        let (prefix, local) = text.split_once(':').unwrap_or(("", text));
        QName::new(xml.lookup_namespace_uri(Some(prefix)).unwrap_or_default(), local)
    });
    if kind != node.xsi_type {
        return Err(format!("`{local}`: xsi:type"));
    }
    let attributes = xml.attributes().filter(|one| one.namespace() != Some(XSI)).count();
    if attributes != node.attributes.len() {
        return Err(format!("`{local}`: {attributes} attributes"));
    }
    for given in &node.attributes {
        let name = &given.name;
        let of = |one: &roxmltree::Attribute<'_, '_>| {
            one.name() == &*name.local && one.namespace().unwrap_or("") == &*name.ns
        };
        let text = xml.attributes().find(of).map(|one| one.value().to_owned());
        let value = &grammar.values[grammar.types[node.ty.unwrap_or_default()].attributes[given.index].value];
        if !text.as_ref().is_some_and(|text| value.same(&given.text, text)) {
            return Err(format!("`{local}/@{}`: `{}` became {text:?}", name.local, given.text));
        }
    }
    let text: String = xml.children().filter(Xml::is_text).filter_map(|one| one.text()).collect();
    match &node.content {
        Content::Value(given, value) => {
            let declared = &grammar.elements[node.declared];
            // An empty element has its default or fixed value, and that is what is written.
            let meant = match (given.is_empty(), &declared.default, &declared.fixed) {
                (true, Some(default), _) | (true, None, Some(default)) => default,
                _ => given,
            };
            match grammar.values[*value].same(meant, &text) {
                true => Ok(()),
                false => Err(format!("`{local}`: `{given}` became `{text}`")),
            }
        }
        Content::Untyped(given) if *given == text => Ok(()),
        Content::Children(children) => {
            let elements: Vec<Xml<'_, '_>> = xml.children().filter(Xml::is_element).collect();
            if elements.len() != children.len() {
                return Err(format!("`{local}`: {} children became {}", children.len(), elements.len()));
            }
            children.iter().zip(elements).try_for_each(|(child, xml)| compare(grammar, child, xml))
        }
        Content::Untyped(_) | Content::Raw(_) => Err(format!("`{local}`: became `{text}`")),
    }
}

//! A document as a tree that remembers what each part was made from.

use gis_gkh_codegen::schema::QName;

use crate::dice::Dice;
use crate::grammar::{ElementId, GoalId, Grammar, ParticleId, TypeId, ValueId};

pub(crate) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Child numbers from some element down.
pub(crate) type Path = Vec<usize>;

#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) name: QName,
    pub(crate) declared: ElementId,
    /// The particle of its parent that it was made for; the document element has none.
    pub(crate) particle: Option<ParticleId>,
    /// Its complex type; where that stands for an abstract one, it is named by `xsi:type`.
    pub(crate) ty: Option<TypeId>,
    pub(crate) xsi_type: Option<QName>,
    pub(crate) attributes: Vec<Given>,
    pub(crate) content: Content,
    /// The contract allows the document without it.
    pub(crate) removable: bool,
    /// Branches of choices that start with it.
    pub(crate) branches: Vec<(ParticleId, usize)>,
    /// What is made by its being there.
    pub(crate) goals: Vec<GoalId>,
}

#[derive(Clone)]
pub(crate) struct Given {
    pub(crate) name: QName,
    pub(crate) text: String,
    /// Number among the attributes of the type.
    pub(crate) index: usize,
}

#[derive(Clone)]
pub(crate) enum Content {
    Children(Vec<Node>),
    Value(String, ValueId),
    /// Text of an element without a type.
    Untyped(String),
    /// In place of the whole element: markup as it stands.
    Raw(String),
}

impl Node {
    /// Markup in place of an element.
    pub(crate) fn raw(markup: impl Into<String>, near: &Self) -> Self {
        let content = Content::Raw(markup.into());
        Self { content, attributes: Vec::new(), branches: Vec::new(), goals: Vec::new(), xsi_type: None, ..near.bare() }
    }

    /// The same without what is inside.
    fn bare(&self) -> Self {
        Self {
            name: self.name.clone(),
            declared: self.declared,
            particle: self.particle,
            ty: self.ty,
            xsi_type: self.xsi_type.clone(),
            attributes: self.attributes.clone(),
            content: Content::Children(Vec::new()),
            removable: self.removable,
            branches: self.branches.clone(),
            goals: self.goals.clone(),
        }
    }

    pub(crate) fn children(&self) -> &[Self] {
        match &self.content {
            Content::Children(all) => all,
            _ => &[],
        }
    }

    pub(crate) fn children_mut(&mut self) -> Option<&mut Vec<Self>> {
        match &mut self.content {
            Content::Children(all) => Some(all),
            _ => None,
        }
    }

    pub(crate) fn at(&self, path: &[usize]) -> &Self {
        path.iter().fold(self, |node, index| &node.children()[*index])
    }

    pub(crate) fn at_mut(&mut self, path: &[usize]) -> &mut Self {
        path.iter().fold(self, |node, index| &mut node.children_mut().expect("a path of elements")[*index])
    }

    /// Every element from this one down with its path, in document order; markup as it stands is none.
    pub(crate) fn walk(&self) -> Vec<(Path, &Self)> {
        let mut all = self.everything();
        all.retain(|(_, node)| !matches!(node.content, Content::Raw(_)));
        all
    }

    fn everything(&self) -> Vec<(Path, &Self)> {
        let mut out = Vec::new();
        let mut open = vec![(Path::new(), self)];
        while let Some((path, node)) = open.pop() {
            for (index, child) in node.children().iter().enumerate().rev() {
                let mut path = path.clone();
                path.push(index);
                open.push((path, child));
            }
            out.push((path, node));
        }
        out
    }

    /// The goals that a document with this tree has made.
    pub(crate) fn made(&self, grammar: &Grammar) -> Vec<GoalId> {
        let mut out = Vec::new();
        for (_, node) in self.everything() {
            out.extend(&node.goals);
            if let Content::Value(text, value) = &node.content
                && grammar.elements[node.declared].fixed.is_none()
            {
                out.extend(grammar.values[*value].reached(text));
            }
            for given in &node.attributes {
                let declared =
                    &grammar.types[node.ty.expect("attributes stand on complex types")].attributes[given.index];
                out.extend(declared.goal);
                out.extend(grammar.values[declared.value].reached(&given.text));
            }
        }
        out
    }

    /// Versions written on elements, by element.
    pub(crate) fn versions(&self) -> Vec<(String, String)> {
        let mut out = Vec::new();
        for (_, node) in self.walk() {
            let version = node.attributes.iter().find(|one| &*one.name.local == "version");
            out.extend(version.map(|one| (node.name.local.to_string(), one.text.clone())));
        }
        out
    }

    pub(crate) fn write(&self, style: Style) -> String {
        let mut out = String::new();
        if style.declaration {
            out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        }
        self.write_to(None, style, 0, &mut out);
        out
    }

    fn write_to(&self, above: Option<&str>, style: Style, depth: usize, out: &mut String) {
        if let Content::Raw(markup) = &self.content {
            out.push_str(markup);
            return;
        }
        let prefix = if style.prefixes { "p:" } else { "" };
        let ns = &*self.name.ns;
        let name = format!("{prefix}{}", self.name.local);
        out.push_str(&format!("<{name}"));
        if above != Some(ns) {
            let declares = if style.prefixes { "xmlns:p" } else { "xmlns" };
            out.push_str(&format!(" {declares}=\"{ns}\""));
        }
        if let Some(kind) = &self.xsi_type {
            out.push_str(&format!(" xmlns:xsi=\"{XSI}\" xmlns:k=\"{}\" xsi:type=\"k:{}\"", kind.ns, kind.local));
        }
        for (index, given) in self.attributes.iter().enumerate() {
            let value = escaped(&given.text);
            let local = &given.name.local;
            out.push_str(&match &*given.name.ns {
                "" => format!(" {local}=\"{value}\""),
                uri => format!(" xmlns:a{index}=\"{uri}\" a{index}:{local}=\"{value}\""),
            });
        }
        out.push('>');
        match &self.content {
            Content::Children(all) => {
                for child in all {
                    if style.indent && !matches!(child.content, Content::Raw(_)) {
                        out.push_str(&format!("\n{}", " ".repeat(depth)));
                        out.push_str(if depth == 2 { "<!-- between -->" } else { "" });
                    }
                    child.write_to(Some(ns), style, depth + 1, out);
                }
            }
            Content::Value(text, _) | Content::Untyped(text) => match style.cdata && !text.is_empty() {
                true if !text.contains("]]>") && !text.contains('\r') => {
                    out.push_str(&format!("<![CDATA[{text}]]>"));
                }
                _ => out.push_str(&escaped(text)),
            },
            Content::Raw(_) => {}
        }
        out.push_str(&format!("</{name}>"));
    }
}

/// Ways to write the same document.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Style {
    declaration: bool,
    prefixes: bool,
    indent: bool,
    cdata: bool,
}

impl Style {
    pub(crate) fn some(dice: &mut Dice) -> Self {
        Self {
            declaration: dice.chance(30),
            prefixes: dice.chance(50),
            indent: dice.chance(20),
            cdata: dice.chance(10),
        }
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
    out
}

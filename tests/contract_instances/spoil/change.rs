//! One change to a document.

use gis_gkh_codegen::schema::QName;

use crate::dice::Dice;
use crate::document::{Content, Given, Node, Path};
use crate::grammar::GoalId;

/// What is wrong with a spoiled document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Harm {
    Missing,
    Doubled,
    TooMany,
    Order,
    BothBranches,
    Foreign,
    StrayText,
    Emptied,
    Misnamed,
    WrongNamespace,
    Kind,
    UnknownAttribute,
    MissingAttribute,
    Unqualified,
    FixedAttribute,
    /// A version that the contract does not name: libxml2 does not see it.
    WrongVersion,
    /// With the goal that it reaches.
    Facet(Option<GoalId>),
    Unlisted,
    NoValue,
    Markup,
    Fixed,
    Identity(&'static str),
}

impl Harm {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Missing => "element missing",
            Self::Doubled => "element twice",
            Self::TooMany => "too many",
            Self::Order => "wrong order",
            Self::BothBranches => "both branches",
            Self::Foreign => "foreign element",
            Self::StrayText => "text between elements",
            Self::Emptied => "content missing",
            Self::Misnamed => "unknown element",
            Self::WrongNamespace => "wrong namespace",
            Self::Kind => "wrong xsi:type",
            Self::UnknownAttribute => "unknown attribute",
            Self::MissingAttribute => "attribute missing",
            Self::Unqualified => "attribute without namespace",
            Self::FixedAttribute => "fixed attribute changed",
            Self::WrongVersion => "wrong version",
            Self::Facet(_) => "facet broken",
            Self::Unlisted => "value not listed",
            Self::NoValue => "some other text",
            Self::Markup => "element in a value",
            Self::Fixed => "fixed value changed",
            Self::Identity(name) => name,
        }
    }
}

pub(crate) enum Change {
    Remove(Path),
    /// So many copies where one was.
    Fill(Path, usize),
    /// Exchanged with the next.
    Swap(Path),
    /// These behind it.
    Insert(Path, Vec<Node>),
    /// Among the children, at that place.
    Into(Path, usize, Node),
    Empty(Path),
    /// Another local name, or another namespace.
    Rename(Path, Option<String>),
    Kind(Path, Option<QName>),
    /// An attribute nobody knows.
    Add(Path, &'static str, &'static str),
    Drop(Path, usize),
    Unqualify(Path, usize),
    /// A text in place of that of the attribute, or of the element.
    Write(Path, Option<usize>, String),
    /// Markup in place of the content.
    Markup(Path, String),
}

impl Change {
    /// The changed copy; `None` if there is nothing to change.
    pub(super) fn apply(self, root: &Node) -> Option<Node> {
        let mut copy = root.clone();
        match self {
            Self::Remove(path) => {
                let (last, above) = path.split_last()?;
                copy.at_mut(above).children_mut()?.remove(*last);
            }
            Self::Fill(path, count) => {
                let (last, above) = path.split_last()?;
                let children = copy.at_mut(above).children_mut()?;
                let one = children[*last].clone();
                let present = children.iter().filter(|child| child.particle == one.particle).count();
                children.splice(last..last, std::iter::repeat_n(one, count.saturating_sub(present)));
            }
            Self::Swap(path) => {
                let (last, above) = path.split_last()?;
                copy.at_mut(above).children_mut()?.swap(*last, last + 1);
            }
            Self::Insert(path, more) => {
                let (last, above) = path.split_last()?;
                copy.at_mut(above).children_mut()?.splice(last + 1..=*last, more);
            }
            Self::Into(path, index, node) => copy.at_mut(&path).children_mut()?.insert(index, node),
            Self::Empty(path) => copy.at_mut(&path).children_mut()?.clear(),
            Self::Rename(path, ns) => {
                let name = &mut copy.at_mut(&path).name;
                *name = match ns {
                    Some(ns) => QName::new(ns, name.local.clone()),
                    None => QName::new(name.ns.clone(), format!("{}X", name.local)),
                };
            }
            Self::Kind(path, kind) => copy.at_mut(&path).xsi_type = kind,
            Self::Add(path, ns, local) => {
                let given = Given { name: QName::new(ns, local), text: "1".to_owned(), index: 0 };
                copy.at_mut(&path).attributes.push(given);
            }
            Self::Drop(path, index) => drop(copy.at_mut(&path).attributes.remove(index)),
            Self::Unqualify(path, index) => copy.at_mut(&path).attributes[index].name.ns = "".into(),
            Self::Write(path, attribute, text) => {
                let node = copy.at_mut(&path);
                match (attribute, &mut node.content) {
                    (Some(index), _) => node.attributes[index].text = text,
                    (None, Content::Value(old, _)) => *old = text,
                    _ => return None,
                }
            }
            Self::Markup(path, markup) => {
                let node = copy.at_mut(&path);
                node.content = Content::Children(vec![Node::raw(markup, node)]);
            }
        }
        Some(copy)
    }
}

pub(crate) fn guid(dice: &mut Dice) -> String {
    let hex = format!("{:016x}{:016x}", dice.next(), dice.next());
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

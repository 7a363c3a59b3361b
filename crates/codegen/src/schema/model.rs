//! What a set of schemas says, references not yet followed.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::rc::Rc;

/// An expanded name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QName {
    /// Namespace name, empty for none.
    pub ns: Rc<str>,
    /// Local name.
    pub local: Rc<str>,
}

impl QName {
    /// A name from its parts.
    pub fn new(ns: impl Into<Rc<str>>, local: impl Into<Rc<str>>) -> Self {
        Self { ns: ns.into(), local: local.into() }
    }
}

impl fmt::Display for QName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}{}", self.ns, self.local)
    }
}

/// Where a declaration stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// File.
    pub file: Rc<PathBuf>,
    /// Line, from 1.
    pub line: u32,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// Everything loaded.
#[derive(Debug, Default)]
pub struct SchemaSet {
    /// Global elements.
    pub elements: BTreeMap<QName, Rc<Element>>,
    /// Named complex types.
    pub complex_types: BTreeMap<QName, Rc<ComplexType>>,
    /// Named simple types.
    pub simple_types: BTreeMap<QName, Rc<SimpleType>>,
    /// Named groups.
    pub groups: BTreeMap<QName, Rc<Group>>,
    /// Global attributes.
    pub attributes: BTreeMap<QName, Rc<Attribute>>,
    /// Names already decided for the Rust types of named types.
    pub chosen: BTreeMap<QName, String>,
    /// Files read, in order: what a build script must watch.
    pub files: Vec<PathBuf>,
}

/// An element declaration.
#[derive(Debug, Clone)]
pub struct Element {
    /// Name.
    pub name: QName,
    /// Type.
    pub ty: Type,
    /// The only value it may have.
    pub fixed: Option<String>,
    /// The value an empty element has.
    pub default: Option<String>,
    /// Documentation.
    pub doc: String,
    /// `xs:key`, `xs:unique`, `xs:keyref`.
    pub constraints: Vec<Constraint>,
    /// Local names of children that the official package has and our contract leaves out: answers of operations that our
    /// contract does not have (`gkh:left-out`).
    pub left_out: Vec<String>,
    /// Place.
    pub origin: Origin,
}

/// The type of an element or attribute.
#[derive(Debug, Clone)]
pub enum Type {
    /// A type of XML Schema itself, by local name.
    Builtin(Builtin),
    /// A named type of the set.
    Named(QName),
    /// An anonymous complex type.
    Complex(Rc<ComplexType>),
    /// An anonymous simple type.
    Simple(Rc<SimpleType>),
}

/// Types of XML Schema that appear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Builtin {
    /// `anyType` and `anySimpleType`.
    Any,
    /// `string`
    String,
    /// `normalizedString`, `token`, `anyURI`, `NCName`, `ID` and other texts with collapsed white space.
    Token,
    /// `boolean`
    Boolean,
    /// `decimal`
    Decimal,
    /// `integer`
    Integer,
    /// `nonNegativeInteger`, `unsignedLong`
    NonNegative,
    /// `positiveInteger`
    Positive,
    /// `long`
    Long,
    /// `int`
    Int,
    /// `short`
    Short,
    /// `byte`
    Byte,
    /// `unsignedInt`
    UnsignedInt,
    /// `unsignedShort`
    UnsignedShort,
    /// `unsignedByte`
    UnsignedByte,
    /// `float`, `double`
    Double,
    /// `date`
    Date,
    /// `dateTime`
    DateTime,
    /// `gYear`
    Year,
    /// `gYearMonth`
    YearMonth,
    /// `base64Binary`
    Base64,
}

impl Builtin {
    /// By the local name in the namespace of XML Schema.
    pub fn of(local: &str) -> Option<Self> {
        Some(match local {
            "anyType" | "anySimpleType" => Self::Any,
            "string" => Self::String,
            "normalizedString" | "token" | "anyURI" | "NCName" | "Name" | "ID" | "IDREF" | "language" | "NMTOKEN" => {
                Self::Token
            }
            "boolean" => Self::Boolean,
            "decimal" => Self::Decimal,
            "integer" => Self::Integer,
            "nonNegativeInteger" | "unsignedLong" => Self::NonNegative,
            "positiveInteger" => Self::Positive,
            "long" => Self::Long,
            "int" => Self::Int,
            "short" => Self::Short,
            "byte" => Self::Byte,
            "unsignedInt" => Self::UnsignedInt,
            "unsignedShort" => Self::UnsignedShort,
            "unsignedByte" => Self::UnsignedByte,
            "float" | "double" => Self::Double,
            "date" => Self::Date,
            "dateTime" => Self::DateTime,
            "gYear" => Self::Year,
            "gYearMonth" => Self::YearMonth,
            "base64Binary" => Self::Base64,
            _ => return None,
        })
    }
}

/// A complex type.
#[derive(Debug, Clone)]
pub struct ComplexType {
    /// Name, if it has one.
    pub name: Option<QName>,
    /// May not be used itself, only through `xsi:type`.
    pub abstract_: bool,
    /// What it derives from.
    pub base: Option<Derivation>,
    /// Own content, behind the base's.
    pub content: Option<Particle>,
    /// Own attributes.
    pub attributes: Vec<AttributeUse>,
    /// Content that is not modelled (`xs:any`, mixed): kept raw.
    pub opaque: bool,
    /// Documentation.
    pub doc: String,
    /// Place.
    pub origin: Origin,
}

/// Derivation of a complex type.
#[derive(Debug, Clone)]
pub enum Derivation {
    /// `complexContent/extension`.
    Extension(QName),
    /// `complexContent/restriction`: the content is given anew.
    Restriction(QName),
    /// `simpleContent/extension`: text with attributes.
    Text(Type),
}

/// A piece of a content model.
#[derive(Debug, Clone)]
pub struct Particle {
    /// What.
    pub kind: ParticleKind,
    /// At least.
    pub min: u32,
    /// At most; `None` is unbounded.
    pub max: Option<u32>,
    /// Documentation of this use.
    pub doc: String,
    /// Place.
    pub origin: Origin,
}

/// Kinds of particles.
#[derive(Debug, Clone)]
pub enum ParticleKind {
    /// A local element.
    Element(Rc<Element>),
    /// A reference to a global element.
    Ref(QName),
    /// One after the other.
    Sequence(Vec<Particle>),
    /// One of several.
    Choice(Vec<Particle>),
    /// A named group.
    Group(QName),
    /// `xs:any`.
    Any,
}

/// A named group.
#[derive(Debug, Clone)]
pub struct Group {
    /// Name.
    pub name: QName,
    /// Its sequence or choice.
    pub content: Particle,
    /// Documentation.
    pub doc: String,
}

/// A global or local attribute declaration.
#[derive(Debug)]
pub struct Attribute {
    /// Name.
    pub name: QName,
    /// Type.
    pub ty: Type,
    /// Documentation.
    pub doc: String,
}

/// Use of an attribute by a complex type.
#[derive(Debug, Clone)]
pub struct AttributeUse {
    /// The declaration.
    pub attribute: AttributeRef,
    /// Must be given.
    pub required: bool,
    /// The only value it may have.
    pub fixed: Option<String>,
    /// Versions named by the contract where none is fixed, oldest first.
    pub versions: Vec<String>,
    /// Place.
    pub origin: Origin,
}

/// An attribute declared in place or elsewhere.
#[derive(Debug, Clone)]
pub enum AttributeRef {
    /// In place.
    Local(Rc<Attribute>),
    /// Global.
    Ref(QName),
}

/// A simple type.
#[derive(Debug, Clone)]
pub struct SimpleType {
    /// Name, if it has one.
    pub name: Option<QName>,
    /// What it restricts, or the items of a list.
    pub base: Type,
    /// A list of `base`.
    pub list: bool,
    /// Own facets.
    pub facets: Facets,
    /// Documentation.
    pub doc: String,
    /// Place.
    pub origin: Origin,
}

/// Facets of one step of derivation.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Facets {
    /// `length`
    pub length: Option<u32>,
    /// `minLength`
    pub min_length: Option<u32>,
    /// `maxLength`
    pub max_length: Option<u32>,
    /// `totalDigits`
    pub total_digits: Option<u32>,
    /// `fractionDigits`
    pub fraction_digits: Option<u32>,
    /// `minInclusive`
    pub min_inclusive: Option<String>,
    /// `maxInclusive`
    pub max_inclusive: Option<String>,
    /// `minExclusive`
    pub min_exclusive: Option<String>,
    /// `maxExclusive`
    pub max_exclusive: Option<String>,
    /// Patterns by step of derivation; within a step one must match.
    pub patterns: Vec<Vec<String>>,
    /// Enumerated values with their documentation.
    pub enumeration: Vec<(String, String)>,
}

/// Whether the facets of a list allow only lists of one word.
pub(crate) fn single_words(list: &Facets) -> bool {
    !list.enumeration.is_empty() && list.enumeration.iter().all(|(value, _)| value.split_whitespace().count() == 1)
}

/// An identity constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// Name.
    pub name: QName,
    /// Kind.
    pub kind: ConstraintKind,
    /// Alternatives of the selector.
    pub selector: Vec<Steps>,
    /// Fields.
    pub fields: Vec<Steps>,
}

/// Kinds of identity constraints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConstraintKind {
    /// Present and unique.
    Key,
    /// Unique where present.
    Unique,
    /// Refers to a key.
    KeyRef(QName),
}

/// A path of the XPath subset of identity constraints.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Steps {
    /// Starts with `.//`.
    pub anywhere: bool,
    /// Steps; empty for `.`.
    pub children: Vec<Step>,
}

/// A step of such a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A child by name.
    Child(QName),
    /// Any child.
    Any,
    /// An attribute: only at the end of a field.
    Attribute(QName),
}

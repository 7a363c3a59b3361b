//! Kinds of changes, their codes and what they are called.

use super::words::{Words, words};

/// A facet of a simple type, lower and upper bounds each as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// Least number of characters (of items, in a list).
    MinLength,
    /// Greatest number of characters (of items, in a list).
    MaxLength,
    /// Number of digits.
    TotalDigits,
    /// Number of digits behind the point.
    FractionDigits,
    /// Lower bound.
    Min,
    /// Upper bound.
    Max,
    /// Patterns.
    Pattern,
    /// Whether the values are enumerated at all.
    Enumeration,
}

impl Facet {
    /// Its name in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::MinLength => "min-length",
            Self::MaxLength => "max-length",
            Self::TotalDigits => "total-digits",
            Self::FractionDigits => "fraction-digits",
            Self::Min => "min",
            Self::Max => "max",
            Self::Pattern => "pattern",
            Self::Enumeration => "enumeration",
        }
    }
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A service is new.
    ServiceAdded,
    /// A service is gone.
    ServiceRemoved,
    /// A service has another address.
    ServicePath,
    /// An operation is new.
    OperationAdded,
    /// An operation is gone.
    OperationRemoved,
    /// Another SOAPAction.
    Action,
    /// Another header of the request.
    RequestHeader,
    /// Another header of the answer.
    AnswerHeader,
    /// Another element as the request.
    RequestElement,
    /// Another element as the answer.
    AnswerElement,
    /// Another element in the detail of faults.
    FaultElement,
    /// An element is new.
    ElementAdded {
        /// It must stand where what it stands beside does.
        required: bool,
    },
    /// An element is gone.
    ElementRemoved {
        /// It had to stand where what it stood beside did.
        required: bool,
        /// It could stand more than once.
        list: bool,
    },
    /// An element stands in another place of its parent.
    ElementMoved,
    /// An element of the same local name is in another namespace.
    ElementNamespace,
    /// More of it are required.
    MinRaised,
    /// Fewer of it are required.
    MinLowered {
        /// It could stand more than once.
        list: bool,
    },
    /// More of it are allowed.
    MaxRaised,
    /// Fewer of it are allowed.
    MaxLowered,
    /// A choice has a branch more.
    BranchAdded {
        /// One of the branches must be there.
        required: bool,
    },
    /// A choice has a branch less.
    BranchRemoved,
    /// The content differs in a way that none of the above says.
    ContentChanged,
    /// Another type, of which every old value is a value.
    TypeWider,
    /// Another type, every value of which was one before.
    TypeNarrower,
    /// Another type.
    TypeChanged,
    /// A value became an element with children, or the other way round.
    StructureChanged,
    /// A facet allows less.
    FacetTightened(Facet),
    /// A facet allows more.
    FacetLoosened(Facet),
    /// A facet allows other values; whether more or fewer cannot be told.
    FacetChanged(Facet),
    /// Enumerated values are new.
    ValuesAdded {
        /// The value is an attribute's.
        attribute: bool,
    },
    /// Enumerated values are gone.
    ValuesRemoved,
    /// A value is fixed now.
    FixedAdded,
    /// A value is fixed no more.
    FixedRemoved,
    /// A value is fixed as another one.
    FixedChanged,
    /// Another value for an empty element.
    DefaultChanged,
    /// An attribute is new.
    AttributeAdded {
        /// It must be given.
        required: bool,
    },
    /// An attribute is gone.
    AttributeRemoved {
        /// It had to be given, with a value of the sender's choice.
        required: bool,
    },
    /// An attribute must be given now.
    AttributeRequired,
    /// An attribute may be left out now.
    AttributeOptional {
        /// It has one value only, which the reader does not need.
        fixed: bool,
    },
    /// The one supported version of a message is another.
    VersionFixed,
    /// More versions of a message are supported.
    VersionsAdded,
    /// Fewer versions of a message are supported.
    VersionsRemoved {
        /// The newest one, which we send, is among them.
        newest: bool,
    },
    /// A key or uniqueness is demanded.
    ConstraintAdded,
    /// A key or uniqueness is demanded no more.
    ConstraintRemoved,
    /// An abstract type has a kind (`xsi:type`) more.
    SubtypeAdded,
    /// An abstract type has a kind less.
    SubtypeRemoved,
}

impl Kind {
    /// Its name in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::ServiceAdded => "service-added",
            Self::ServiceRemoved => "service-removed",
            Self::ServicePath => "service-path",
            Self::OperationAdded => "operation-added",
            Self::OperationRemoved => "operation-removed",
            Self::Action => "action",
            Self::RequestHeader => "request-header",
            Self::AnswerHeader => "answer-header",
            Self::RequestElement => "request-element",
            Self::AnswerElement => "answer-element",
            Self::FaultElement => "fault-element",
            Self::ElementAdded { .. } => "element-added",
            Self::ElementRemoved { .. } => "element-removed",
            Self::ElementMoved => "element-moved",
            Self::ElementNamespace => "element-namespace",
            Self::MinRaised => "min-raised",
            Self::MinLowered { .. } => "min-lowered",
            Self::MaxRaised => "max-raised",
            Self::MaxLowered => "max-lowered",
            Self::BranchAdded { .. } => "branch-added",
            Self::BranchRemoved => "branch-removed",
            Self::ContentChanged => "content-changed",
            Self::TypeWider => "type-wider",
            Self::TypeNarrower => "type-narrower",
            Self::TypeChanged => "type-changed",
            Self::StructureChanged => "structure-changed",
            Self::FacetTightened(_) => "facet-tightened",
            Self::FacetLoosened(_) => "facet-loosened",
            Self::FacetChanged(_) => "facet-changed",
            Self::ValuesAdded { .. } => "values-added",
            Self::ValuesRemoved => "values-removed",
            Self::FixedAdded => "fixed-added",
            Self::FixedRemoved => "fixed-removed",
            Self::FixedChanged => "fixed-changed",
            Self::DefaultChanged => "default-changed",
            Self::AttributeAdded { .. } => "attribute-added",
            Self::AttributeRemoved { .. } => "attribute-removed",
            Self::AttributeRequired => "attribute-required",
            Self::AttributeOptional { .. } => "attribute-optional",
            Self::VersionFixed => "version-fixed",
            Self::VersionsAdded => "versions-added",
            Self::VersionsRemoved { .. } => "versions-removed",
            Self::ConstraintAdded => "constraint-added",
            Self::ConstraintRemoved => "constraint-removed",
            Self::SubtypeAdded => "subtype-added",
            Self::SubtypeRemoved => "subtype-removed",
        }
    }

    /// The facet, if it is about one.
    pub fn facet(self) -> Option<Facet> {
        match self {
            Self::FacetTightened(facet) | Self::FacetLoosened(facet) | Self::FacetChanged(facet) => Some(facet),
            _ => None,
        }
    }

    /// Whether what it is about must, or had to, be there; of a choice, one of its branches. `None` where that says
    /// nothing.
    pub fn required(self) -> Option<bool> {
        match self {
            Self::ElementAdded { required }
            | Self::ElementRemoved { required, .. }
            | Self::BranchAdded { required }
            | Self::AttributeAdded { required }
            | Self::AttributeRemoved { required } => Some(required),
            _ => None,
        }
    }

    /// Whether it concerns everybody who uses the parent, not only who uses the thing itself: what is new or newly
    /// required was not used before.
    pub(super) fn concerns_parent(self) -> bool {
        matches!(
            self,
            Self::ElementAdded { .. }
                | Self::BranchAdded { .. }
                | Self::MinRaised
                | Self::AttributeAdded { .. }
                | Self::AttributeRequired
                | Self::VersionFixed
                | Self::VersionsAdded
                | Self::VersionsRemoved { .. }
        )
    }

    /// What it is called.
    pub fn words(self) -> Words {
        match self {
            Self::ServiceAdded => words("service added", "новый сервис"),
            Self::ServiceRemoved => words("service removed", "сервиса больше нет"),
            Self::ServicePath => words("address of the service changed", "у сервиса другой адрес"),
            Self::OperationAdded => words("operation added", "новая операция"),
            Self::OperationRemoved => words("operation removed", "операции больше нет"),
            Self::Action => words("SOAPAction changed", "другой SOAPAction"),
            Self::RequestHeader => words("header of the request changed", "другой заголовок запроса"),
            Self::AnswerHeader => words("header of the answer changed", "другой заголовок ответа"),
            Self::RequestElement => words("element of the request changed", "другой элемент запроса"),
            Self::AnswerElement => words("element of the answer changed", "другой элемент ответа"),
            Self::FaultElement => words("element of the fault changed", "другой элемент ошибки"),
            Self::ElementAdded { required: true } => words("required element added", "новый обязательный элемент"),
            Self::ElementAdded { required: false } => words("optional element added", "новый необязательный элемент"),
            Self::ElementRemoved { required: true, .. } => {
                words("required element removed", "удалён обязательный элемент")
            }
            Self::ElementRemoved { required: false, .. } => {
                words("optional element removed", "удалён необязательный элемент")
            }
            Self::ElementMoved => words("element moved", "элемент стоит в другом месте"),
            Self::ElementNamespace => words("namespace changed", "другое пространство имён"),
            Self::MinRaised => words("more required", "обязательно больше"),
            Self::MinLowered { .. } => words("fewer required", "обязательно меньше"),
            Self::MaxRaised => words("more allowed", "разрешено больше"),
            Self::MaxLowered => words("fewer allowed", "разрешено меньше"),
            Self::BranchAdded { .. } => words("branch of a choice added", "новая ветвь выбора"),
            Self::BranchRemoved => words("branch of a choice removed", "ветви выбора больше нет"),
            Self::ContentChanged => words("content changed", "другое содержание"),
            Self::TypeWider => words("type widened", "тип шире"),
            Self::TypeNarrower => words("type narrowed", "тип уже"),
            Self::TypeChanged => words("type changed", "другой тип"),
            Self::StructureChanged => words("structure changed", "другое строение"),
            Self::FacetTightened(facet) => facet.words(
                words("shortest text longer", "наименьшая длина больше"),
                words("longest text shorter", "наибольшая длина меньше"),
                words("fewer digits", "меньше цифр"),
                words("fewer digits behind the point", "меньше цифр после запятой"),
                words("lower bound raised", "нижняя граница выше"),
                words("upper bound lowered", "верхняя граница ниже"),
                words("pattern added", "добавлен шаблон"),
                words("values enumerated now", "значения теперь по перечню"),
            ),
            Self::FacetLoosened(facet) => facet.words(
                words("shortest text shorter", "наименьшая длина меньше"),
                words("longest text longer", "наибольшая длина больше"),
                words("more digits", "больше цифр"),
                words("more digits behind the point", "больше цифр после запятой"),
                words("lower bound lowered", "нижняя граница ниже"),
                words("upper bound raised", "верхняя граница выше"),
                words("pattern removed", "шаблона больше нет"),
                words("values enumerated no more", "перечня значений больше нет"),
            ),
            Self::FacetChanged(facet) => facet.words(
                words("shortest text changed", "другая наименьшая длина"),
                words("longest text changed", "другая наибольшая длина"),
                words("number of digits changed", "другое число цифр"),
                words("number of digits behind the point changed", "другое число цифр после запятой"),
                words("lower bound changed", "другая нижняя граница"),
                words("upper bound changed", "другая верхняя граница"),
                words("pattern changed", "другой шаблон"),
                words("enumeration changed", "другой перечень"),
            ),
            Self::ValuesAdded { .. } => words("values added", "новые значения"),
            Self::ValuesRemoved => words("values removed", "удалены значения"),
            Self::FixedAdded => words("value fixed", "значение теперь одно"),
            Self::FixedRemoved => words("value fixed no more", "значение больше не одно"),
            Self::FixedChanged => words("fixed value changed", "другое единственное значение"),
            Self::DefaultChanged => words("default changed", "другое значение пустого элемента"),
            Self::AttributeAdded { required: true } => words("required attribute added", "новый обязательный атрибут"),
            Self::AttributeAdded { required: false } => {
                words("optional attribute added", "новый необязательный атрибут")
            }
            Self::AttributeRemoved { .. } => words("attribute removed", "атрибута больше нет"),
            Self::AttributeRequired => words("attribute required now", "атрибут теперь обязателен"),
            Self::AttributeOptional { .. } => words("attribute optional now", "атрибут больше не обязателен"),
            Self::VersionFixed => words("supported version changed", "другая поддерживаемая версия"),
            Self::VersionsAdded => words("supported versions added", "новые поддерживаемые версии"),
            Self::VersionsRemoved { .. } => words("supported versions removed", "версии больше не поддерживаются"),
            Self::ConstraintAdded => words("uniqueness demanded", "требуется неповторимость"),
            Self::ConstraintRemoved => words("uniqueness demanded no more", "неповторимость больше не требуется"),
            Self::SubtypeAdded => words("kind of an abstract type added", "новый вид отвлечённого типа"),
            Self::SubtypeRemoved => words("kind of an abstract type removed", "удалён вид отвлечённого типа"),
        }
    }
}

impl Facet {
    #[expect(clippy::too_many_arguments, reason = "one for each facet, in the order of the enum")]
    fn words(
        self,
        min_length: Words,
        max_length: Words,
        total: Words,
        fraction: Words,
        min: Words,
        max: Words,
        pattern: Words,
        enumeration: Words,
    ) -> Words {
        match self {
            Self::MinLength => min_length,
            Self::MaxLength => max_length,
            Self::TotalDigits => total,
            Self::FractionDigits => fraction,
            Self::Min => min,
            Self::Max => max,
            Self::Pattern => pattern,
            Self::Enumeration => enumeration,
        }
    }
}

//! What a change means for code written against the older release: one table, kind of change by direction.
//!
//! The two directions differ. A request written by the older release is judged by the newer schema, so whatever allows
//! less breaks it. An answer written by the newer schema is read by the older release, so whatever allows more may break
//! it; but the reader of answers is tolerant: elements and attributes it does not know are skipped and reported, unknown
//! enumerated values are kept, a list may have too few, facets are not checked, fixed values are not insisted on. It does
//! insist on order, on what is required and single, on how often an element may stand, and on the types of values.

use super::kind::{Facet, Kind};
use super::words::{Words, words};

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From us to the system.
    Request,
    /// From the system to us.
    Answer,
}

impl Direction {
    /// Its name in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Answer => "answer",
        }
    }
}

/// What a change means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// A request that was right may be refused.
    BreaksSend,
    /// An answer may be unreadable, or be read wrongly.
    BreaksRead,
    /// Neither.
    Neither,
}

impl Verdict {
    /// Its name in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::BreaksSend => "breaks-send",
            Self::BreaksRead => "breaks-read",
            Self::Neither => "neither",
        }
    }

    /// Whether something breaks.
    pub fn breaks(self) -> bool {
        self != Self::Neither
    }

    /// What it is called.
    pub fn words(self) -> Words {
        match self {
            Self::BreaksSend => words("breaks what we send", "ломает отправку"),
            Self::BreaksRead => words("breaks what we read", "ломает чтение"),
            Self::Neither => words("breaks nothing", "не ломает"),
        }
    }
}

/// The verdict on a kind of change, and why.
pub fn judge(kind: Kind, direction: Direction) -> (Verdict, Words) {
    let (breaks, reason) = match direction {
        Direction::Request => of_request(kind),
        Direction::Answer => of_answer(kind),
    };
    let verdict = match (breaks, direction) {
        (false, _) => Verdict::Neither,
        (true, Direction::Request) => Verdict::BreaksSend,
        (true, Direction::Answer) => Verdict::BreaksRead,
    };
    (verdict, reason)
}

const NOBODY: Words = words("nobody used it before", "раньше этим никто не пользовался");
const OPTIONAL: Words = words("it may be left out", "его можно не указывать");
const ALLOWS_MORE: Words = words("whatever was right stays right", "всё, что было верно, остаётся верным");
const NOT_CHECKED: Words =
    words("values of answers are not checked against it", "значения в ответах по этому правилу не проверяются");
const SKIPPED: Words = words("the reader skips what it does not know", "неизвестное при чтении пропускается");
const TOO_FEW: Words =
    words("a list with too few is reported, not refused", "нехватка в перечне отмечается, но не мешает чтению");
const FEWER: Words = words("every answer was possible before", "каждый такой ответ был возможен и раньше");

/// Requests of the older release, judged by the newer schema.
fn of_request(kind: Kind) -> (bool, Words) {
    match kind {
        Kind::ServiceAdded | Kind::OperationAdded => (false, NOBODY),
        Kind::ServiceRemoved | Kind::OperationRemoved => {
            (true, words("there is nothing left to call", "вызывать больше нечего"))
        }
        Kind::ServicePath => (true, words("requests go to the old address", "запросы уйдут на старый адрес")),
        Kind::Action => (true, words("the system finds operations by it", "по нему система находит операцию")),
        Kind::RequestHeader => (true, words("the old header is refused", "старый заголовок не примут")),
        Kind::RequestElement => (true, words("the old element is refused", "старый элемент не примут")),
        Kind::AnswerHeader | Kind::AnswerElement | Kind::FaultElement => {
            (false, words("requests do not hold it", "в запросах его нет"))
        }
        Kind::ElementAdded { required: true } => {
            (true, words("requests without it are refused", "запросы без него не примут"))
        }
        Kind::ElementAdded { required: false } => (false, OPTIONAL),
        Kind::ElementRemoved { .. } => (true, words("requests with it are refused", "запросы с ним не примут")),
        Kind::ElementMoved => {
            (true, words("requests with it in the old place are refused", "запросы с ним на старом месте не примут"))
        }
        Kind::ElementNamespace => (
            true,
            words(
                "requests with it in the old namespace are refused",
                "запросы с ним в прежнем пространстве имён не примут",
            ),
        ),
        Kind::MinRaised => (true, words("requests with fewer are refused", "запросы, где их меньше, не примут")),
        Kind::MaxLowered => (true, words("requests with more are refused", "запросы, где их больше, не примут")),
        Kind::MinLowered { .. } | Kind::MaxRaised => (false, ALLOWS_MORE),
        Kind::BranchAdded { .. } => (false, words("the other branches stand", "остальные ветви на месте")),
        Kind::BranchRemoved => {
            (true, words("requests with this branch are refused", "запросы с этой ветвью не примут"))
        }
        Kind::ContentChanged => {
            (true, words("what we write may not fit any more", "написанное по-старому может не подойти"))
        }
        Kind::TypeWider => (false, words("every old value is a value still", "прежние значения остаются верными")),
        Kind::TypeNarrower | Kind::TypeChanged => {
            (true, words("some old values are no values any more", "часть прежних значений больше не верна"))
        }
        Kind::StructureChanged => (true, words("the old structure is refused", "прежнее строение не примут")),
        Kind::FacetTightened(Facet::Enumeration) => {
            (true, words("only the listed values are accepted", "примут только значения из перечня"))
        }
        Kind::FacetTightened(_) => (true, words("some old values are refused", "часть прежних значений не примут")),
        Kind::FacetChanged(_) => (true, words("old values may be refused", "прежние значения могут не принять")),
        Kind::FacetLoosened(_) | Kind::ValuesAdded { .. } | Kind::FixedRemoved => (false, ALLOWS_MORE),
        Kind::ValuesRemoved => (true, words("requests with them are refused", "запросы с ними не примут")),
        Kind::FixedAdded | Kind::FixedChanged => {
            (true, words("any other value is refused", "никакое другое значение не примут"))
        }
        Kind::DefaultChanged => (false, words("we write the value itself", "мы пишем само значение")),
        Kind::AttributeAdded { required: true } | Kind::AttributeRequired => {
            (true, words("requests without it are refused", "запросы без него не примут"))
        }
        Kind::AttributeAdded { required: false } | Kind::AttributeOptional { .. } => (false, OPTIONAL),
        Kind::AttributeRemoved { .. } => (true, words("requests with it are refused", "запросы с ним не примут")),
        Kind::VersionFixed => {
            (true, words("the version we send is not the supported one", "мы шлём не ту версию, что поддерживается"))
        }
        Kind::VersionsAdded => {
            (false, words("the version we send stays supported", "отправляемая версия по-прежнему поддерживается"))
        }
        Kind::VersionsRemoved { newest: true } => {
            (true, words("the version we send is among them", "среди них та, что мы шлём"))
        }
        Kind::VersionsRemoved { newest: false } => (
            false,
            words(
                "we send the newest; set versions in the configuration are your affair",
                "мы шлём новейшую; заданные в настройках версии проверьте сами",
            ),
        ),
        Kind::ConstraintAdded => {
            (true, words("requests that repeat a value are refused", "запросы с повторами не примут"))
        }
        Kind::ConstraintRemoved | Kind::SubtypeAdded => (false, ALLOWS_MORE),
        Kind::SubtypeRemoved => (true, words("requests with it are refused", "запросы с ним не примут")),
    }
}

/// Answers of the newer release, read by the older one.
fn of_answer(kind: Kind) -> (bool, Words) {
    match kind {
        Kind::ServiceAdded | Kind::OperationAdded => (false, NOBODY),
        Kind::ServiceRemoved | Kind::OperationRemoved => {
            (true, words("there is nobody left to answer", "отвечать больше некому"))
        }
        Kind::ServicePath | Kind::Action | Kind::RequestHeader | Kind::RequestElement => {
            (false, words("answers do not hold it", "в ответах его нет"))
        }
        // Envelopes are read whatever their header is.
        Kind::AnswerHeader => (false, words("headers of answers are not read", "заголовки ответов не читаются")),
        Kind::AnswerElement => {
            (true, words("the reader expects the old element", "при чтении ожидается старый элемент"))
        }
        Kind::FaultElement => (
            true,
            words("details of faults are looked for in the old element", "подробности ошибки ищутся в старом элементе"),
        ),
        Kind::ElementAdded { .. } => (false, SKIPPED),
        Kind::ElementRemoved { required: true, list: true } | Kind::MinLowered { list: true } => (false, TOO_FEW),
        Kind::ElementRemoved { required: true, list: false } => {
            (true, words("the reader insists on it", "при чтении он обязателен"))
        }
        Kind::ElementRemoved { required: false, .. } => (
            false,
            words(
                "it is read as absent; what needs it gets nothing",
                "читается как отсутствующий; кому он нужен, тот его не получит",
            ),
        ),
        Kind::ElementMoved => (true, words("the reader expects the old order", "при чтении ожидается прежний порядок")),
        Kind::ElementNamespace => (
            true,
            words("the reader looks for it in the old namespace", "при чтении он ищется в прежнем пространстве имён"),
        ),
        Kind::MinLowered { list: false } => {
            (true, words("the reader insists on as many as before", "при чтении обязательно столько, сколько раньше"))
        }
        Kind::MaxRaised => {
            (true, words("the reader takes no more than before", "при чтении принимается не больше, чем раньше"))
        }
        Kind::MinRaised | Kind::MaxLowered | Kind::BranchRemoved => (false, FEWER),
        Kind::BranchAdded { required: true } => {
            (true, words("the reader insists on a branch it knows", "при чтении обязательна одна из известных ветвей"))
        }
        Kind::BranchAdded { required: false } => (
            false,
            words(
                "the reader skips it and finds no branch, which it may",
                "при чтении она пропускается, ветви может и не быть",
            ),
        ),
        Kind::ContentChanged => {
            (true, words("the reader expects the old content", "при чтении ожидается прежнее содержание"))
        }
        Kind::TypeNarrower => (false, FEWER),
        Kind::TypeWider | Kind::TypeChanged => {
            (true, words("the reader does not understand the new values", "новые значения при чтении непонятны"))
        }
        Kind::StructureChanged => {
            (true, words("the reader expects the old structure", "при чтении ожидается прежнее строение"))
        }
        Kind::FacetTightened(_) | Kind::FacetLoosened(_) | Kind::FacetChanged(_) => (false, NOT_CHECKED),
        Kind::ValuesAdded { attribute: false } => {
            (false, words("an unknown value is kept as it came", "неизвестное значение сохраняется как есть"))
        }
        Kind::ValuesAdded { attribute: true } => {
            (true, words("an attribute must have a value the reader knows", "значение атрибута должно быть известно"))
        }
        Kind::ValuesRemoved => (false, FEWER),
        Kind::FixedAdded => (false, FEWER),
        Kind::FixedRemoved | Kind::FixedChanged => (
            false,
            words(
                "another value than the fixed one is reported, not refused",
                "иное значение отмечается, но не мешает чтению",
            ),
        ),
        Kind::DefaultChanged => {
            (true, words("an empty element is read as the old value", "пустой элемент прочтётся как прежнее значение"))
        }
        Kind::AttributeAdded { .. } => (false, SKIPPED),
        Kind::AttributeRemoved { required: true } | Kind::AttributeOptional { fixed: false } => {
            (true, words("the reader insists on it", "при чтении он обязателен"))
        }
        Kind::AttributeRemoved { required: false } => {
            (false, words("it is read as absent", "читается как отсутствующий"))
        }
        Kind::AttributeOptional { fixed: true } => {
            (false, words("its absence is reported, not refused", "его отсутствие отмечается, но не мешает чтению"))
        }
        Kind::AttributeRequired => (false, FEWER),
        Kind::VersionFixed | Kind::VersionsAdded | Kind::VersionsRemoved { .. } => {
            (false, words("another version is reported, not refused", "иная версия отмечается, но не мешает чтению"))
        }
        Kind::ConstraintAdded | Kind::ConstraintRemoved => (false, NOT_CHECKED),
        Kind::SubtypeAdded => (false, words("an unknown kind is kept raw", "неизвестный вид сохраняется как есть")),
        Kind::SubtypeRemoved => (false, FEWER),
    }
}

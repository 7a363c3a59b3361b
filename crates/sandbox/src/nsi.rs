//! Service nsi-common: the books of НСИ.

use std::collections::{BTreeMap, HashSet};

use gis_gkh::Guid;
use gis_gkh::clock::MOSCOW;
use gis_gkh::contract::nsi_base::{
    BookGroup, NsiElement, NsiElementField, NsiElementStringField, NsiItem, NsiItemInfo, NsiList, NsiRef,
    nsi_element::Validity,
};
use gis_gkh::contract::nsi_common::{
    BookPage, ExportNsiItemRequest, ExportNsiListRequest, ExportNsiPagingItemRequest, get_state_result::Outcome,
};
use gis_gkh_xml::DateTime;
use time::OffsetDateTime;

use crate::answer::moment;
use crate::refusal::{self, Refusal};
use crate::seed::Entry;

/// Entries of a page, and of a book given in one piece at most (`protocol` §7.1).
const PAGE: usize = 1000;

/// Books that organisations keep for themselves; service nsi gives them out.
const OWN: [u64; 7] = [1, 51, 59, 219, 272, 302, 337];

/// Names of books of the seed. Others are named by their number.
const NAMES: [(u64, &str); 8] = [
    (2, "Вид коммунального ресурса"),
    (3, "Вид коммунальной услуги"),
    (21, "Причина архивации прибора учёта"),
    (27, "Тип прибора учёта"),
    (50, "Вид жилищной услуги"),
    (220, "Тема обращения"),
    (224, "Причина выхода прибора учёта из строя"),
    (329, "Неустойки и судебные расходы"),
];

/// Entries that requests may name: by the book's number, GUID and code.
pub(crate) struct Known(HashSet<(u64, Guid, String)>);

impl Known {
    pub(crate) fn new(entries: &[Entry]) -> Self {
        Self(entries.iter().map(|entry| (entry.registry, entry.guid, entry.code.clone())).collect())
    }

    /// Refuses an entry that is not known.
    pub(crate) fn expect(&self, registry: u64, entry: &NsiRef) -> Result<(), Refusal> {
        let NsiRef { code, guid, .. } = entry;
        if self.0.contains(&(registry, *guid, code.clone())) {
            return Ok(());
        }
        let why = format!("Элемент {code} ({guid}) не найден в справочнике НСИ {registry}");
        Err(Refusal::new(refusal::NO_ENTRY, why))
    }
}

/// The books.
pub(crate) struct Books {
    books: BTreeMap<u64, Vec<Entry>>,
    /// When all of them were last changed.
    modified: OffsetDateTime,
}

impl Books {
    pub(crate) fn new(entries: Vec<Entry>, modified: OffsetDateTime) -> Self {
        let mut books: BTreeMap<u64, Vec<Entry>> = BTreeMap::new();
        for entry in entries {
            books.entry(entry.registry).or_default().push(entry);
        }
        Self { books, modified }
    }

    pub(crate) fn list(&self, request: &ExportNsiListRequest, at: OffsetDateTime) -> Result<Outcome, Refusal> {
        // Without a group, the one of НСИ is meant.
        if !matches!(request.list_group, None | Some(BookGroup::Nsi)) {
            return Err(Refusal::nothing_found());
        }
        let books = self.books.keys().filter(|number| !OWN.contains(number)).map(|number| {
            let name = NAMES
                .iter()
                .find(|(known, _)| known == number)
                .map_or_else(|| format!("Справочник № {number}"), |(_, name)| (*name).to_owned());
            NsiItemInfo::new(*number, name, moment(self.modified))
        });
        let books: Vec<NsiItemInfo> = books.collect();
        if books.is_empty() {
            return Err(Refusal::nothing_found());
        }
        Ok(Outcome::NsiList(NsiList::new(moment(at), books, BookGroup::Nsi)))
    }

    pub(crate) fn item(&self, request: &ExportNsiItemRequest, at: OffsetDateTime) -> Result<Outcome, Refusal> {
        let entries = self.book(request.registry_number, &request.list_group, request.modified_after)?;
        if entries.len() > PAGE {
            let why = "Справочник превышает допустимый размер, используйте постраничный экспорт";
            return Err(Refusal::new(refusal::LARGE_BOOK, why));
        }
        let elements = entries.iter().map(|entry| self.element(entry)).collect();
        Ok(Outcome::NsiItem(NsiItem::new(request.registry_number, moment(at), elements)))
    }

    pub(crate) fn page(&self, request: &ExportNsiPagingItemRequest, at: OffsetDateTime) -> Result<Outcome, Refusal> {
        let entries = self.book(request.registry_number, &request.list_group, request.modified_after)?;
        let index = usize::try_from(request.page).ok().and_then(|page| page.checked_sub(1));
        let page = index.and_then(|index| entries.chunks(PAGE).nth(index)).ok_or_else(Refusal::nothing_found)?;
        let elements = page.iter().map(|entry| self.element(entry)).collect();
        let count = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
        Ok(Outcome::NsiPagingItem(BookPage::new(
            request.registry_number,
            moment(at),
            elements,
            count(entries.len()),
            count(entries.len().div_ceil(PAGE)),
            request.page.to_string(),
        )))
    }

    fn book(&self, number: u64, group: &BookGroup, after: Option<DateTime>) -> Result<&[Entry], Refusal> {
        let book = self.books.get(&number).filter(|_| *group == BookGroup::Nsi && !OWN.contains(&number));
        let book = book.ok_or_else(|| {
            let why = format!("Справочник {number} не предоставляется этим запросом");
            Refusal::new(refusal::OTHER_BOOK, why)
        })?;
        if after.is_some_and(|after| after.with_zone(MOSCOW) >= self.modified) {
            return Err(Refusal::nothing_found());
        }
        Ok(book)
    }

    fn element(&self, entry: &Entry) -> NsiElement {
        let modified = Validity::Modified(moment(self.modified));
        let mut element = NsiElement::new(entry.code.clone(), entry.guid, modified, true);
        let mut name = NsiElementStringField::new("Наименование".to_owned());
        name.value = Some(entry.name.clone());
        element.nsi_element_field.push(NsiElementField::String(name));
        element
    }
}

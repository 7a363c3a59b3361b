/// Number of the namespace `http://dom.gosuslugi.ru/schema/integration/nsi-common/`.
pub const NS: Ns = Ns(12);

/// Entries of one page of a book and where the page stands in it.
#[derive(Debug, Clone, PartialEq)]
pub struct BookPage {
    /// `NsiItemRegistryNumber`. (at most 10 digits, at least 1)
    pub nsi_item_registry_number: u64,
    /// When the system read the book for this answer.
    pub created: xml::DateTime,
    /// A top entry. At least 1.
    pub nsi_element: Vec<crate::contract::nsi_base::NsiElement>,
    /// Entries in the book.
    pub total_items_count: i32,
    /// How many pages the book takes.
    pub total_pages: i32,
    /// This page. The schema leaves its form open; in practice it is a number.
    pub current_page: String,
}

impl BookPage {
    /// What is required, everything optional left out.
    pub fn new(
        nsi_item_registry_number: u64,
        created: impl Into<xml::DateTime>,
        nsi_element: Vec<crate::contract::nsi_base::NsiElement>,
        total_items_count: i32,
        total_pages: i32,
        current_page: impl Into<String>,
    ) -> Self {
        Self {
            nsi_item_registry_number,
            created: created.into(),
            nsi_element,
            total_items_count,
            total_pages,
            current_page: current_page.into(),
        }
    }

    const KNOWN: &'static [Name] = &[
        Name::new(Ns(11), "NsiItemRegistryNumber"),
        Name::new(Ns(11), "Created"),
        Name::new(Ns(11), "NsiElement"),
        Name::new(Ns(12), "TotalItemsCount"),
        Name::new(Ns(12), "TotalPages"),
        Name::new(Ns(12), "CurrentPage"),
    ];

    pub(crate) fn read(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {
        r.no_attributes()?;
        r.knows(Self::KNOWN);
        let nsi_item_registry_number = r.req(Name::new(Ns(11), "NsiItemRegistryNumber"), xml::Reader::value::<u64>)?;
        let created = r.req(Name::new(Ns(11), "Created"), xml::Reader::value::<xml::DateTime>)?;
        let nsi_element =
            r.many(Name::new(Ns(11), "NsiElement"), 1, None, crate::contract::nsi_base::NsiElement::read)?;
        let total_items_count = r.req(Name::new(Ns(12), "TotalItemsCount"), xml::Reader::value::<i32>)?;
        let total_pages = r.req(Name::new(Ns(12), "TotalPages"), xml::Reader::value::<i32>)?;
        let current_page = r.req(Name::new(Ns(12), "CurrentPage"), xml::Reader::value::<String>)?;
        r.end()?;
        Ok(Self { nsi_item_registry_number, created, nsi_element, total_items_count, total_pages, current_page })
    }

    pub(crate) fn write(&self, name: Name, w: &mut xml::Writer) {
        w.open(name);
        self.write_content(w);
        w.close(name);
    }

    pub(crate) fn write_content(&self, w: &mut xml::Writer) {
        w.value(Name::new(Ns(11), "NsiItemRegistryNumber"), &self.nsi_item_registry_number);
        w.value(Name::new(Ns(11), "Created"), &self.created);
        w.repeat();
        for v in &self.nsi_element {
            v.write(Name::new(Ns(11), "NsiElement"), w);
        }
        w.repeated();
        w.value(Name::new(Ns(12), "TotalItemsCount"), &self.total_items_count);
        w.value(Name::new(Ns(12), "TotalPages"), &self.total_pages);
        w.value(Name::new(Ns(12), "CurrentPage"), &self.current_page);
    }

    pub(crate) fn check(&self, at: &xml::check::Path<'_>, c: &mut xml::check::Checker) {
        c.facets(&at.child("NsiItemRegistryNumber"), &self.nsi_item_registry_number, &crate::contract::facets::F112);
        c.occurs(&at.child("NsiElement"), self.nsi_element.len(), 1, None);
        for (i, v) in self.nsi_element.iter().enumerate() {
            v.check(&at.item("NsiElement", i), c);
        }
        c.writable(&at.child("CurrentPage"), &self.current_page);
    }
}

/// One book, in one piece. A large one is refused with INT016041 and has to be read by pages.
///
/// Request of the operation
/// [`exportNsiItem`](crate::contract::operations::nsi_common::NsiCommon::export_nsi_item).
///
/// Written with version `10.0.1.2`, unless another is configured.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportNsiItemRequest {
    /// What the signature's reference points at (#Id); any NCName.
    pub id: Option<String>,
    /// Covers the whole element it stands in. Optional in the schema; the system refuses requests without it.
    pub signature: Option<xml::Raw>,
    /// `RegistryNumber`. (at most 10 digits, at least 1)
    pub registry_number: u64,
    /// `ListGroup`.
    pub list_group: crate::contract::nsi_base::BookGroup,
    /// Leave out what has not changed since; absent means the whole book.
    pub modified_after: Option<xml::DateTime>,
}

impl ExportNsiItemRequest {
    /// What is required, everything optional left out.
    pub fn new(registry_number: u64, list_group: crate::contract::nsi_base::BookGroup) -> Self {
        Self { registry_number, list_group, id: None, signature: None, modified_after: None }
    }

    const KNOWN: &'static [Name] = &[
        Name::new(Ns(22), "Signature"),
        Name::new(Ns(12), "RegistryNumber"),
        Name::new(Ns(11), "ListGroup"),
        Name::new(Ns(12), "ModifiedAfter"),
    ];

    pub(crate) fn read(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {
        let mut id = None;
        let mut version = false;
        r.attributes(|r, ns, local, text| {
            match (ns, local) {
                (None, "Id") => {
                    id = Some(r.attribute::<String>(text)?);
                }
                (Some(Ns(2)), "version") => {
                    r.one_of(&text, &["10.0.1.2"])?;
                    version = true;
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if !version {
            r.without("@version")?;
        }
        r.knows(Self::KNOWN);
        let signature = r.opt(Name::new(Ns(22), "Signature"), xml::Reader::raw)?;
        let registry_number = r.req(Name::new(Ns(12), "RegistryNumber"), xml::Reader::value::<u64>)?;
        let list_group =
            r.req(Name::new(Ns(11), "ListGroup"), xml::Reader::value::<crate::contract::nsi_base::BookGroup>)?;
        let modified_after = r.opt(Name::new(Ns(12), "ModifiedAfter"), xml::Reader::value::<xml::DateTime>)?;
        r.end()?;
        Ok(Self { id, signature, registry_number, list_group, modified_after })
    }

    pub(crate) fn write(&self, name: Name, w: &mut xml::Writer) {
        let id = self.id.as_ref().map(xml::Value::lexical);
        let version = w.version(name.local, "10.0.1.2");
        let mut attributes = Vec::with_capacity(2);
        if let Some(v) = &id {
            attributes.push(xml::Attribute { ns: None, local: "Id", value: v });
        }
        attributes.push(xml::Attribute { ns: Some(Ns(2)), local: "version", value: &version });
        w.open_with(name, &attributes);
        self.write_content(w);
        w.close(name);
    }

    pub(crate) fn write_content(&self, w: &mut xml::Writer) {
        if let Some(v) = &self.signature {
            w.raw(v);
        }
        w.value(Name::new(Ns(12), "RegistryNumber"), &self.registry_number);
        w.value(Name::new(Ns(11), "ListGroup"), &self.list_group);
        if let Some(v) = &self.modified_after {
            w.value(Name::new(Ns(12), "ModifiedAfter"), v);
        }
    }

    pub(crate) fn check(&self, at: &xml::check::Path<'_>, c: &mut xml::check::Checker) {
        if let Some(v) = &self.id {
            c.writable(&at.child("@Id"), v);
        }
        c.facets(&at.child("RegistryNumber"), &self.registry_number, &crate::contract::facets::F112);
        c.listed(&at.child("ListGroup"), &self.list_group);
    }
}

/// Which books are there, and when did each last change?
///
/// Request of the operation
/// [`exportNsiList`](crate::contract::operations::nsi_common::NsiCommon::export_nsi_list).
///
/// Written with version `10.0.1.2`, unless another is configured.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExportNsiListRequest {
    /// What the signature's reference points at (#Id); any NCName.
    pub id: Option<String>,
    /// Covers the whole element it stands in. Optional in the schema; the system refuses requests without it.
    pub signature: Option<xml::Raw>,
    /// Absent means NSI.
    pub list_group: Option<crate::contract::nsi_base::BookGroup>,
}

impl ExportNsiListRequest {
    /// What is required, everything optional left out.
    pub fn new() -> Self {
        Self { id: None, signature: None, list_group: None }
    }

    const KNOWN: &'static [Name] = &[Name::new(Ns(22), "Signature"), Name::new(Ns(11), "ListGroup")];

    pub(crate) fn read(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {
        let mut id = None;
        let mut version = false;
        r.attributes(|r, ns, local, text| {
            match (ns, local) {
                (None, "Id") => {
                    id = Some(r.attribute::<String>(text)?);
                }
                (Some(Ns(2)), "version") => {
                    r.one_of(&text, &["10.0.1.2"])?;
                    version = true;
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if !version {
            r.without("@version")?;
        }
        r.knows(Self::KNOWN);
        let signature = r.opt(Name::new(Ns(22), "Signature"), xml::Reader::raw)?;
        let list_group =
            r.opt(Name::new(Ns(11), "ListGroup"), xml::Reader::value::<crate::contract::nsi_base::BookGroup>)?;
        r.end()?;
        Ok(Self { id, signature, list_group })
    }

    pub(crate) fn write(&self, name: Name, w: &mut xml::Writer) {
        let id = self.id.as_ref().map(xml::Value::lexical);
        let version = w.version(name.local, "10.0.1.2");
        let mut attributes = Vec::with_capacity(2);
        if let Some(v) = &id {
            attributes.push(xml::Attribute { ns: None, local: "Id", value: v });
        }
        attributes.push(xml::Attribute { ns: Some(Ns(2)), local: "version", value: &version });
        w.open_with(name, &attributes);
        self.write_content(w);
        w.close(name);
    }

    pub(crate) fn write_content(&self, w: &mut xml::Writer) {
        if let Some(v) = &self.signature {
            w.raw(v);
        }
        if let Some(v) = &self.list_group {
            w.value(Name::new(Ns(11), "ListGroup"), v);
        }
    }

    pub(crate) fn check(&self, at: &xml::check::Path<'_>, c: &mut xml::check::Checker) {
        if let Some(v) = &self.id {
            c.writable(&at.child("@Id"), v);
        }
        if let Some(v) = &self.list_group {
            c.listed(&at.child("ListGroup"), v);
        }
    }
}

/// One page of a book.
///
/// Request of the operation
/// [`exportNsiPagingItem`](crate::contract::operations::nsi_common::NsiCommon::export_nsi_paging_item).
///
/// Written with version `10.0.1.2`, unless another is configured.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportNsiPagingItemRequest {
    /// What the signature's reference points at (#Id); any NCName.
    pub id: Option<String>,
    /// Covers the whole element it stands in. Optional in the schema; the system refuses requests without it.
    pub signature: Option<xml::Raw>,
    /// `RegistryNumber`. (at most 10 digits, at least 1)
    pub registry_number: u64,
    /// `ListGroup`.
    pub list_group: crate::contract::nsi_base::BookGroup,
    /// `Page`. (at least 1)
    pub page: i32,
    /// Leave out what has not changed since; absent means the whole book.
    pub modified_after: Option<xml::DateTime>,
}

impl ExportNsiPagingItemRequest {
    /// What is required, everything optional left out.
    pub fn new(registry_number: u64, list_group: crate::contract::nsi_base::BookGroup, page: i32) -> Self {
        Self { registry_number, list_group, page, id: None, signature: None, modified_after: None }
    }

    const KNOWN: &'static [Name] = &[
        Name::new(Ns(22), "Signature"),
        Name::new(Ns(12), "RegistryNumber"),
        Name::new(Ns(11), "ListGroup"),
        Name::new(Ns(12), "Page"),
        Name::new(Ns(12), "ModifiedAfter"),
    ];

    pub(crate) fn read(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {
        let mut id = None;
        let mut version = false;
        r.attributes(|r, ns, local, text| {
            match (ns, local) {
                (None, "Id") => {
                    id = Some(r.attribute::<String>(text)?);
                }
                (Some(Ns(2)), "version") => {
                    r.one_of(&text, &["10.0.1.2"])?;
                    version = true;
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if !version {
            r.without("@version")?;
        }
        r.knows(Self::KNOWN);
        let signature = r.opt(Name::new(Ns(22), "Signature"), xml::Reader::raw)?;
        let registry_number = r.req(Name::new(Ns(12), "RegistryNumber"), xml::Reader::value::<u64>)?;
        let list_group =
            r.req(Name::new(Ns(11), "ListGroup"), xml::Reader::value::<crate::contract::nsi_base::BookGroup>)?;
        let page = r.req(Name::new(Ns(12), "Page"), xml::Reader::value::<i32>)?;
        let modified_after = r.opt(Name::new(Ns(12), "ModifiedAfter"), xml::Reader::value::<xml::DateTime>)?;
        r.end()?;
        Ok(Self { id, signature, registry_number, list_group, page, modified_after })
    }

    pub(crate) fn write(&self, name: Name, w: &mut xml::Writer) {
        let id = self.id.as_ref().map(xml::Value::lexical);
        let version = w.version(name.local, "10.0.1.2");
        let mut attributes = Vec::with_capacity(2);
        if let Some(v) = &id {
            attributes.push(xml::Attribute { ns: None, local: "Id", value: v });
        }
        attributes.push(xml::Attribute { ns: Some(Ns(2)), local: "version", value: &version });
        w.open_with(name, &attributes);
        self.write_content(w);
        w.close(name);
    }

    pub(crate) fn write_content(&self, w: &mut xml::Writer) {
        if let Some(v) = &self.signature {
            w.raw(v);
        }
        w.value(Name::new(Ns(12), "RegistryNumber"), &self.registry_number);
        w.value(Name::new(Ns(11), "ListGroup"), &self.list_group);
        w.value(Name::new(Ns(12), "Page"), &self.page);
        if let Some(v) = &self.modified_after {
            w.value(Name::new(Ns(12), "ModifiedAfter"), v);
        }
    }

    pub(crate) fn check(&self, at: &xml::check::Path<'_>, c: &mut xml::check::Checker) {
        if let Some(v) = &self.id {
            c.writable(&at.child("@Id"), v);
        }
        c.facets(&at.child("RegistryNumber"), &self.registry_number, &crate::contract::facets::F112);
        c.listed(&at.child("ListGroup"), &self.list_group);
        c.facets(&at.child("Page"), &self.page, &crate::contract::facets::F102);
    }
}

/// State of a message to this service and, once finished, what it asked for.
///
/// Written with version `10.0.1.2`, unless another is configured.
#[derive(Debug, Clone, PartialEq)]
pub struct GetStateResult {
    /// What the signature's reference points at (#Id); any NCName.
    pub id: Option<String>,
    /// Covers the whole element it stands in. Optional in the schema; the system refuses requests without it.
    pub signature: Option<xml::Raw>,
    /// `RequestState`.
    pub request_state: crate::contract::base::AsyncRequestState,
    /// The system's id of the message asked about.
    pub message_guid: xml::Guid,
    /// `Outcome`.
    pub outcome: Option<crate::contract::nsi_common::get_state_result::Outcome>,
}

impl GetStateResult {
    /// What is required, everything optional left out.
    pub fn new(request_state: crate::contract::base::AsyncRequestState, message_guid: xml::Guid) -> Self {
        Self { request_state, message_guid, id: None, signature: None, outcome: None }
    }

    const KNOWN: &'static [Name] = &[
        Name::new(Ns(22), "Signature"),
        Name::new(Ns(2), "RequestState"),
        Name::new(Ns(2), "MessageGUID"),
        Name::new(Ns(2), "ErrorMessage"),
        Name::new(Ns(12), "NsiItem"),
        Name::new(Ns(12), "NsiPagingItem"),
        Name::new(Ns(12), "NsiList"),
    ];

    pub(crate) fn read(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {
        let mut id = None;
        let mut version = false;
        r.attributes(|r, ns, local, text| {
            match (ns, local) {
                (None, "Id") => {
                    id = Some(r.attribute::<String>(text)?);
                }
                (Some(Ns(2)), "version") => {
                    r.one_of(&text, &["10.0.1.2"])?;
                    version = true;
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if !version {
            r.without("@version")?;
        }
        r.knows(Self::KNOWN);
        let signature = r.opt(Name::new(Ns(22), "Signature"), xml::Reader::raw)?;
        let request_state =
            r.req(Name::new(Ns(2), "RequestState"), xml::Reader::value::<crate::contract::base::AsyncRequestState>)?;
        let message_guid = r.req(Name::new(Ns(2), "MessageGUID"), xml::Reader::value::<xml::Guid>)?;
        let outcome = r.opt_content(
            &[
                Name::new(Ns(2), "ErrorMessage"),
                Name::new(Ns(12), "NsiItem"),
                Name::new(Ns(12), "NsiList"),
                Name::new(Ns(12), "NsiPagingItem"),
            ],
            crate::contract::nsi_common::get_state_result::Outcome::read_content,
        )?;
        r.end()?;
        Ok(Self { id, signature, request_state, message_guid, outcome })
    }

    pub(crate) fn write(&self, name: Name, w: &mut xml::Writer) {
        let id = self.id.as_ref().map(xml::Value::lexical);
        let version = w.version(name.local, "10.0.1.2");
        let mut attributes = Vec::with_capacity(2);
        if let Some(v) = &id {
            attributes.push(xml::Attribute { ns: None, local: "Id", value: v });
        }
        attributes.push(xml::Attribute { ns: Some(Ns(2)), local: "version", value: &version });
        w.open_with(name, &attributes);
        self.write_content(w);
        w.close(name);
    }

    pub(crate) fn write_content(&self, w: &mut xml::Writer) {
        if let Some(v) = &self.signature {
            w.raw(v);
        }
        w.value(Name::new(Ns(2), "RequestState"), &self.request_state);
        w.value(Name::new(Ns(2), "MessageGUID"), &self.message_guid);
        if let Some(v) = &self.outcome {
            v.write_content(w);
        }
    }

    pub(crate) fn check(&self, at: &xml::check::Path<'_>, c: &mut xml::check::Checker) {
        if let Some(v) = &self.id {
            c.writable(&at.child("@Id"), v);
        }
        c.listed(&at.child("RequestState"), &self.request_state);
        if let Some(v) = &self.outcome {
            v.check(at, c);
        }
    }
}

/// Types declared inside `GetStateResult`.
pub mod get_state_result {
    use ::gis_gkh_xml::{self as xml, Name, Ns};

    /// One of these.
    #[derive(Debug, Clone, PartialEq)]
    pub enum Outcome {
        /// Refusal of a whole request, given in the final answer instead of results.
        ErrorMessage(crate::contract::base::ErrorMessage),
        /// `NsiItem`.
        NsiItem(crate::contract::nsi_base::NsiItem),
        /// `NsiPagingItem`.
        NsiPagingItem(crate::contract::nsi_common::BookPage),
        /// `NsiList`.
        NsiList(crate::contract::nsi_base::NsiList),
    }

    impl Outcome {
        pub(crate) fn read_content(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {
            if r.is_one_of(&[Name::new(Ns(2), "ErrorMessage")])? {
                return Ok(Self::ErrorMessage(
                    r.req(Name::new(Ns(2), "ErrorMessage"), crate::contract::base::ErrorMessage::read)?,
                ));
            }
            if r.is_one_of(&[Name::new(Ns(12), "NsiItem")])? {
                return Ok(Self::NsiItem(
                    r.req(Name::new(Ns(12), "NsiItem"), crate::contract::nsi_base::NsiItem::read)?,
                ));
            }
            if r.is_one_of(&[Name::new(Ns(12), "NsiPagingItem")])? {
                return Ok(Self::NsiPagingItem(
                    r.req(Name::new(Ns(12), "NsiPagingItem"), crate::contract::nsi_common::BookPage::read)?,
                ));
            }
            if r.is_one_of(&[Name::new(Ns(12), "NsiList")])? {
                return Ok(Self::NsiList(
                    r.req(Name::new(Ns(12), "NsiList"), crate::contract::nsi_base::NsiList::read)?,
                ));
            }
            Err(r.missing(&[
                Name::new(Ns(2), "ErrorMessage"),
                Name::new(Ns(12), "NsiItem"),
                Name::new(Ns(12), "NsiList"),
                Name::new(Ns(12), "NsiPagingItem"),
            ]))
        }

        pub(crate) fn write_content(&self, w: &mut xml::Writer) {
            match self {
                Self::ErrorMessage(v) => v.write(Name::new(Ns(2), "ErrorMessage"), w),
                Self::NsiItem(v) => v.write(Name::new(Ns(12), "NsiItem"), w),
                Self::NsiPagingItem(v) => v.write(Name::new(Ns(12), "NsiPagingItem"), w),
                Self::NsiList(v) => v.write(Name::new(Ns(12), "NsiList"), w),
            }
        }

        pub(crate) fn check(&self, at: &xml::check::Path<'_>, c: &mut xml::check::Checker) {
            match self {
                Self::ErrorMessage(v) => {
                    v.check(&at.child("ErrorMessage"), c);
                }
                Self::NsiItem(v) => {
                    v.check(&at.child("NsiItem"), c);
                }
                Self::NsiPagingItem(v) => {
                    v.check(&at.child("NsiPagingItem"), c);
                }
                Self::NsiList(v) => {
                    v.check(&at.child("NsiList"), c);
                }
            }
        }
    }

    impl From<crate::contract::base::ErrorMessage> for crate::contract::nsi_common::get_state_result::Outcome {
        fn from(value: crate::contract::base::ErrorMessage) -> Self {
            Self::ErrorMessage(value)
        }
    }

    impl From<crate::contract::nsi_base::NsiItem> for crate::contract::nsi_common::get_state_result::Outcome {
        fn from(value: crate::contract::nsi_base::NsiItem) -> Self {
            Self::NsiItem(value)
        }
    }

    impl From<crate::contract::nsi_common::BookPage> for crate::contract::nsi_common::get_state_result::Outcome {
        fn from(value: crate::contract::nsi_common::BookPage) -> Self {
            Self::NsiPagingItem(value)
        }
    }

    impl From<crate::contract::nsi_base::NsiList> for crate::contract::nsi_common::get_state_result::Outcome {
        fn from(value: crate::contract::nsi_base::NsiList) -> Self {
            Self::NsiList(value)
        }
    }
}

impl xml::Element for ExportNsiItemRequest {
    const NAME: Name = Name::new(Ns(12), "exportNsiItemRequest");

    fn read_element(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {
        r.req(Self::NAME, Self::read)
    }

    fn write_element(&self, w: &mut xml::Writer) {
        self.write(Self::NAME, w);
    }

    fn check_element(&self, c: &mut xml::check::Checker) {
        let at = &xml::check::Path::root("exportNsiItemRequest");
        self.check(at, c);
    }
}

impl xml::Element for ExportNsiListRequest {
    const NAME: Name = Name::new(Ns(12), "exportNsiListRequest");

    fn read_element(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {
        r.req(Self::NAME, Self::read)
    }

    fn write_element(&self, w: &mut xml::Writer) {
        self.write(Self::NAME, w);
    }

    fn check_element(&self, c: &mut xml::check::Checker) {
        let at = &xml::check::Path::root("exportNsiListRequest");
        self.check(at, c);
    }
}

impl xml::Element for ExportNsiPagingItemRequest {
    const NAME: Name = Name::new(Ns(12), "exportNsiPagingItemRequest");

    fn read_element(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {
        r.req(Self::NAME, Self::read)
    }

    fn write_element(&self, w: &mut xml::Writer) {
        self.write(Self::NAME, w);
    }

    fn check_element(&self, c: &mut xml::check::Checker) {
        let at = &xml::check::Path::root("exportNsiPagingItemRequest");
        self.check(at, c);
    }
}

impl xml::Element for GetStateResult {
    const NAME: Name = Name::new(Ns(12), "getStateResult");

    fn read_element(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {
        r.req(Self::NAME, Self::read)
    }

    fn write_element(&self, w: &mut xml::Writer) {
        self.write(Self::NAME, w);
    }

    fn check_element(&self, c: &mut xml::check::Checker) {
        let at = &xml::check::Path::root("getStateResult");
        self.check(at, c);
    }
}

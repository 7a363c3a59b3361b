/// A named field of an entry. On the wire xsi:type says which of the kinds below it is.
#[derive(Debug, Clone, PartialEq)]
pub enum NsiElementField {
    /// `xsi:type` `NsiElementAttachmentFieldType`. Field holding a file; the one kind that is never empty.
    Attachment(crate::contract::nsi_base::NsiElementAttachmentField),
    /// `xsi:type` `NsiElementBooleanFieldType`. Field holding yes or no.
    Boolean(crate::contract::nsi_base::NsiElementBooleanField),
    /// `xsi:type` `NsiElementDateFieldType`. Field holding a calendar day.
    Date(crate::contract::nsi_base::NsiElementDateField),
    /// `xsi:type` `NsiElementEnumFieldType`. Field holding some of a fixed set of values.
    Enum(crate::contract::nsi_base::NsiElementEnumField),
    /// `xsi:type` `NsiElementFiasAddressRefFieldType`. Field naming an address.
    FiasAddressRef(crate::contract::nsi_base::NsiElementFiasAddressRefField),
    /// `xsi:type` `NsiElementFloatFieldType`. Field holding a fractional number.
    Float(crate::contract::nsi_base::NsiElementFloatField),
    /// `xsi:type` `NsiElementIntegerFieldType`. Field holding a whole number of any size.
    Integer(crate::contract::nsi_base::NsiElementIntegerField),
    /// `xsi:type` `NsiElementNsiFieldType`. Field naming another book as a whole.
    Nsi(crate::contract::nsi_base::NsiElementNsiField),
    /// `xsi:type` `NsiElementNsiRefFieldType`. Field naming one entry of another book.
    NsiRef(crate::contract::nsi_base::NsiElementNsiRefField),
    /// `xsi:type` `NsiElementOkeiRefFieldType`. Field naming a unit of measure.
    OkeiRef(crate::contract::nsi_base::NsiElementOkeiRefField),
    /// `xsi:type` `NsiElementStringFieldType`. Field holding text.
    String(crate::contract::nsi_base::NsiElementStringField),
    /// A kind the contract does not know: only ever read, in tolerant mode.
    Other(xml::Raw),
}

impl NsiElementField {
    pub(crate) fn read(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {
        let (ns, local) = r.xsi_type()?;
        match (ns, local.as_str()) {
            (Some(Ns(11)), "NsiElementAttachmentFieldType") => {
                crate::contract::nsi_base::NsiElementAttachmentField::read(r).map(Self::Attachment)
            }
            (Some(Ns(11)), "NsiElementBooleanFieldType") => {
                crate::contract::nsi_base::NsiElementBooleanField::read(r).map(Self::Boolean)
            }
            (Some(Ns(11)), "NsiElementDateFieldType") => {
                crate::contract::nsi_base::NsiElementDateField::read(r).map(Self::Date)
            }
            (Some(Ns(11)), "NsiElementEnumFieldType") => {
                crate::contract::nsi_base::NsiElementEnumField::read(r).map(Self::Enum)
            }
            (Some(Ns(11)), "NsiElementFiasAddressRefFieldType") => {
                crate::contract::nsi_base::NsiElementFiasAddressRefField::read(r).map(Self::FiasAddressRef)
            }
            (Some(Ns(11)), "NsiElementFloatFieldType") => {
                crate::contract::nsi_base::NsiElementFloatField::read(r).map(Self::Float)
            }
            (Some(Ns(11)), "NsiElementIntegerFieldType") => {
                crate::contract::nsi_base::NsiElementIntegerField::read(r).map(Self::Integer)
            }
            (Some(Ns(11)), "NsiElementNsiFieldType") => {
                crate::contract::nsi_base::NsiElementNsiField::read(r).map(Self::Nsi)
            }
            (Some(Ns(11)), "NsiElementNsiRefFieldType") => {
                crate::contract::nsi_base::NsiElementNsiRefField::read(r).map(Self::NsiRef)
            }
            (Some(Ns(11)), "NsiElementOkeiRefFieldType") => {
                crate::contract::nsi_base::NsiElementOkeiRefField::read(r).map(Self::OkeiRef)
            }
            (Some(Ns(11)), "NsiElementStringFieldType") => {
                crate::contract::nsi_base::NsiElementStringField::read(r).map(Self::String)
            }
            _ => {
                r.unfit(xml::ErrorKind::UnknownType(local))?;
                r.raw().map(Self::Other)
            }
        }
    }

    pub(crate) fn write(&self, name: Name, w: &mut xml::Writer) {
        match self {
            Self::Attachment(v) => {
                let qualified = w.qualified(Ns(11), "NsiElementAttachmentFieldType");
                v.write_as(name, Some(&qualified), w);
            }
            Self::Boolean(v) => {
                let qualified = w.qualified(Ns(11), "NsiElementBooleanFieldType");
                v.write_as(name, Some(&qualified), w);
            }
            Self::Date(v) => {
                let qualified = w.qualified(Ns(11), "NsiElementDateFieldType");
                v.write_as(name, Some(&qualified), w);
            }
            Self::Enum(v) => {
                let qualified = w.qualified(Ns(11), "NsiElementEnumFieldType");
                v.write_as(name, Some(&qualified), w);
            }
            Self::FiasAddressRef(v) => {
                let qualified = w.qualified(Ns(11), "NsiElementFiasAddressRefFieldType");
                v.write_as(name, Some(&qualified), w);
            }
            Self::Float(v) => {
                let qualified = w.qualified(Ns(11), "NsiElementFloatFieldType");
                v.write_as(name, Some(&qualified), w);
            }
            Self::Integer(v) => {
                let qualified = w.qualified(Ns(11), "NsiElementIntegerFieldType");
                v.write_as(name, Some(&qualified), w);
            }
            Self::Nsi(v) => {
                let qualified = w.qualified(Ns(11), "NsiElementNsiFieldType");
                v.write_as(name, Some(&qualified), w);
            }
            Self::NsiRef(v) => {
                let qualified = w.qualified(Ns(11), "NsiElementNsiRefFieldType");
                v.write_as(name, Some(&qualified), w);
            }
            Self::OkeiRef(v) => {
                let qualified = w.qualified(Ns(11), "NsiElementOkeiRefFieldType");
                v.write_as(name, Some(&qualified), w);
            }
            Self::String(v) => {
                let qualified = w.qualified(Ns(11), "NsiElementStringFieldType");
                v.write_as(name, Some(&qualified), w);
            }
            Self::Other(v) => w.raw(v),
        }
    }

    pub(crate) fn check(&self, at: &xml::check::Path<'_>, c: &mut xml::check::Checker) {
        match self {
            Self::Attachment(v) => v.check(at, c),
            Self::Boolean(v) => v.check(at, c),
            Self::Date(v) => v.check(at, c),
            Self::Enum(v) => v.check(at, c),
            Self::FiasAddressRef(v) => v.check(at, c),
            Self::Float(v) => v.check(at, c),
            Self::Integer(v) => v.check(at, c),
            Self::Nsi(v) => v.check(at, c),
            Self::NsiRef(v) => v.check(at, c),
            Self::OkeiRef(v) => v.check(at, c),
            Self::String(v) => v.check(at, c),
            Self::Other(_) => c.broken(at, xml::check::Rule::Enumeration),
        }
    }
}

/// Field holding text.
#[derive(Debug, Clone, PartialEq)]
pub struct NsiElementStringField {
    /// `Name`. (at most 200 characters)
    pub name: String,
    /// `Value`.
    pub value: Option<String>,
}

impl NsiElementStringField {
    /// What is required, everything optional left out.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), value: None }
    }

    const KNOWN: &'static [Name] = &[Name::new(Ns(11), "Name"), Name::new(Ns(11), "Value")];

    pub(crate) fn read(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {
        r.no_attributes()?;
        r.knows(Self::KNOWN);
        let name_ = r.req(Name::new(Ns(11), "Name"), xml::Reader::value::<String>)?;
        let value = r.opt(Name::new(Ns(11), "Value"), xml::Reader::value::<String>)?;
        r.end()?;
        Ok(Self { name: name_, value })
    }

    pub(crate) fn write(&self, name: Name, w: &mut xml::Writer) {
        self.write_as(name, None, w);
    }

    pub(crate) fn write_as(&self, name: Name, xsi_type: Option<&str>, w: &mut xml::Writer) {
        let mut attributes = Vec::with_capacity(1);
        if let Some(v) = xsi_type {
            attributes.push(xml::Attribute { ns: Some(Ns(23)), local: "type", value: v });
        }
        w.open_with(name, &attributes);
        self.write_content(w);
        w.close(name);
    }

    pub(crate) fn write_content(&self, w: &mut xml::Writer) {
        w.value(Name::new(Ns(11), "Name"), &self.name);
        if let Some(v) = &self.value {
            w.value(Name::new(Ns(11), "Value"), v);
        }
    }

    pub(crate) fn check(&self, at: &xml::check::Path<'_>, c: &mut xml::check::Checker) {
        c.facets(&at.child("Name"), &self.name, &crate::contract::facets::F113);
        if let Some(v) = &self.value {
            c.writable(&at.child("Value"), v);
        }
    }
}

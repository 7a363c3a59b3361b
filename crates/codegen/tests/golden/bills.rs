/// One of these.
#[derive(Debug, Clone, PartialEq)]
pub enum DocumentState {
    /// The document is presented for payment.
    Expose,
    /// The document is withdrawn.
    Withdraw,
}

impl DocumentState {
    pub(crate) fn read_content(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {
        if r.is_one_of(&[Name::new(Ns(4), "Expose")])? {
            r.req(Name::new(Ns(4), "Expose"), |r| r.fixed("true"))?;
            return Ok(Self::Expose);
        }
        if r.is_one_of(&[Name::new(Ns(4), "Withdraw")])? {
            r.req(Name::new(Ns(4), "Withdraw"), |r| r.fixed("true"))?;
            return Ok(Self::Withdraw);
        }
        Err(r.missing(&[Name::new(Ns(4), "Expose"), Name::new(Ns(4), "Withdraw")]))
    }

    pub(crate) fn write_content(&self, w: &mut xml::Writer) {
        match self {
            Self::Expose => w.fixed(Name::new(Ns(4), "Expose"), "true"),
            Self::Withdraw => w.fixed(Name::new(Ns(4), "Withdraw"), "true"),
        }
    }

    pub(crate) fn check(&self, _at: &xml::check::Path<'_>, _c: &mut xml::check::Checker) {}
}

/// Sends up to 500 documents of one month, or withdraws up to 1000.
///
/// Request of the operation
/// [`importPaymentDocumentData`](crate::contract::operations::bills::Bills::import_payment_document_data).
///
/// Written with version `11.2.0.16`, unless another is configured.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportPaymentDocumentRequest {
    /// What the signature's reference points at (#Id); any NCName.
    pub id: Option<String>,
    /// Covers the whole element it stands in. Optional in the schema; the system refuses requests without it.
    pub signature: Option<xml::Raw>,
    /// `Content`.
    pub content: crate::contract::bills::import_payment_document_request::Content,
}

impl ImportPaymentDocumentRequest {
    /// What is required, everything optional left out.
    pub fn new(content: impl Into<crate::contract::bills::import_payment_document_request::Content>) -> Self {
        Self { content: content.into(), id: None, signature: None }
    }

    const KNOWN: &'static [Name] = &[
        Name::new(Ns(22), "Signature"),
        Name::new(Ns(4), "ConfirmAmountsCorrect"),
        Name::new(Ns(2), "Month"),
        Name::new(Ns(2), "Year"),
        Name::new(Ns(4), "PaymentInformation"),
        Name::new(Ns(4), "PaymentDocument"),
        Name::new(Ns(4), "PaymentProviderInformation"),
        Name::new(Ns(4), "WithdrawPaymentDocument"),
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
                    r.one_of(&text, &["11.2.0.16"])?;
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
        let content = crate::contract::bills::import_payment_document_request::Content::read_content(r)?;
        r.end()?;
        Ok(Self { id, signature, content })
    }

    pub(crate) fn write(&self, name: Name, w: &mut xml::Writer) {
        let id = self.id.as_ref().map(xml::Value::lexical);
        let version = w.version(name.local, "11.2.0.16");
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
        self.content.write_content(w);
    }

    pub(crate) fn check(&self, at: &xml::check::Path<'_>, c: &mut xml::check::Checker) {
        if let Some(v) = &self.id {
            c.writable(&at.child("@Id"), v);
        }
        self.content.check(at, c);
    }
}

/// A service that a meter can count.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MeteredService {
    /// `1`: Cold water.
    ColdWater,
    /// `2`: Hot water.
    HotWater,
    /// `3`: Sewage.
    Sewage,
    /// `4`: Electricity.
    Electricity,
    /// `5`: Gas.
    Gas,
    /// `6`: Heating.
    Heating,
    /// `7`: Solid waste.
    SolidWaste,
    /// A value the contract does not list: only ever read, in tolerant mode.
    Other(Box<str>),
}

impl xml::Value for MeteredService {
    const TYPE: &'static str = "MeteredService (1, 2, 3, 4, 5, 6, 7)";

    fn parse(text: std::borrow::Cow<'_, str>) -> Option<Self> {
        Some(match &*text {
            "1" => Self::ColdWater,
            "2" => Self::HotWater,
            "3" => Self::Sewage,
            "4" => Self::Electricity,
            "5" => Self::Gas,
            "6" => Self::Heating,
            "7" => Self::SolidWaste,
            _ => Self::Other(text.into()),
        })
    }

    fn write(&self, out: &mut String) {
        xml::escape_text(&self.lexical(), out);
    }

    fn lexical(&self) -> std::borrow::Cow<'_, str> {
        std::borrow::Cow::Borrowed(match self {
            Self::ColdWater => "1",
            Self::HotWater => "2",
            Self::Sewage => "3",
            Self::Electricity => "4",
            Self::Gas => "5",
            Self::Heating => "6",
            Self::SolidWaste => "7",
            Self::Other(text) => text,
        })
    }

    fn is_listed(&self) -> bool {
        !matches!(self, Self::Other(_))
    }
}

/// `MonthOfDocuments`.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthOfDocuments {
    /// Take the sums as given: the system's check of them (INT008165) is off. Only on a person's word. Given as
    /// `true` or not at all.
    pub confirm_amounts_correct: bool,
    /// Month of the billing period. (at least 1, at most 12)
    pub month: i32,
    /// Year of the billing period. (at least 1920, at most 2050)
    pub year: i16,
    /// `PaymentInformation`. At least 1.
    pub payment_information: Vec<crate::contract::bills::PaymentInformation>,
    /// `PaymentDocument`. 1 to 500.
    pub payment_document: Vec<crate::contract::bills::PaymentDocument>,
    /// `PaymentProviderInformation`.
    pub payment_provider_information: Option<crate::contract::bills::PaymentProvider>,
}

impl MonthOfDocuments {
    /// At most this many `PaymentDocument` (`maxOccurs`).
    pub const PAYMENT_DOCUMENT_MAX: usize = 500;

    /// What is required, everything optional left out.
    pub fn new(
        month: i32,
        year: i16,
        payment_information: Vec<crate::contract::bills::PaymentInformation>,
        payment_document: Vec<crate::contract::bills::PaymentDocument>,
    ) -> Self {
        Self {
            month,
            year,
            payment_information,
            payment_document,
            confirm_amounts_correct: false,
            payment_provider_information: None,
        }
    }

    pub(crate) fn read_content(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {
        let confirm_amounts_correct =
            r.opt(Name::new(Ns(4), "ConfirmAmountsCorrect"), |r| r.fixed("true"))?.unwrap_or(false);
        let month = r.req(Name::new(Ns(2), "Month"), xml::Reader::value::<i32>)?;
        let year = r.req(Name::new(Ns(2), "Year"), xml::Reader::value::<i16>)?;
        let payment_information =
            r.many(Name::new(Ns(4), "PaymentInformation"), 1, None, crate::contract::bills::PaymentInformation::read)?;
        let payment_document =
            r.many(Name::new(Ns(4), "PaymentDocument"), 1, Some(500), crate::contract::bills::PaymentDocument::read)?;
        let payment_provider_information =
            r.opt(Name::new(Ns(4), "PaymentProviderInformation"), crate::contract::bills::PaymentProvider::read)?;
        Ok(Self {
            confirm_amounts_correct,
            month,
            year,
            payment_information,
            payment_document,
            payment_provider_information,
        })
    }

    pub(crate) fn write_content(&self, w: &mut xml::Writer) {
        if self.confirm_amounts_correct {
            w.fixed(Name::new(Ns(4), "ConfirmAmountsCorrect"), "true");
        }
        w.value(Name::new(Ns(2), "Month"), &self.month);
        w.value(Name::new(Ns(2), "Year"), &self.year);
        w.repeat();
        for v in &self.payment_information {
            v.write(Name::new(Ns(4), "PaymentInformation"), w);
        }
        w.repeated();
        w.repeat();
        for v in &self.payment_document {
            v.write(Name::new(Ns(4), "PaymentDocument"), w);
        }
        w.repeated();
        if let Some(v) = &self.payment_provider_information {
            v.write(Name::new(Ns(4), "PaymentProviderInformation"), w);
        }
    }

    pub(crate) fn check(&self, at: &xml::check::Path<'_>, c: &mut xml::check::Checker) {
        c.facets(&at.child("Month"), &self.month, &crate::contract::facets::F21);
        c.facets(&at.child("Year"), &self.year, &crate::contract::facets::F20);
        c.occurs(&at.child("PaymentInformation"), self.payment_information.len(), 1, None);
        for (i, v) in self.payment_information.iter().enumerate() {
            v.check(&at.item("PaymentInformation", i), c);
        }
        c.occurs(&at.child("PaymentDocument"), self.payment_document.len(), 1, Some(500));
        for (i, v) in self.payment_document.iter().enumerate() {
            v.check(&at.item("PaymentDocument", i), c);
        }
        if let Some(v) = &self.payment_provider_information {
            v.check(&at.child("PaymentProviderInformation"), c);
        }
    }
}

/// Types declared inside `ImportPaymentDocumentRequest`.
pub mod import_payment_document_request {
    use ::gis_gkh_xml::{self as xml, Name, Ns};

    /// One of these.
    #[derive(Debug, Clone, PartialEq)]
    pub enum Content {
        /// `MonthOfDocuments`.
        MonthOfDocuments(crate::contract::bills::MonthOfDocuments),
        /// `WithdrawPaymentDocument`. 1 to 1000.
        WithdrawPaymentDocument(Vec<crate::contract::bills::Withdrawal>),
    }

    impl Content {
        /// At most this many `WithdrawPaymentDocument` (`maxOccurs`).
        pub const WITHDRAW_PAYMENT_DOCUMENT_MAX: usize = 1000;

        pub(crate) fn read_content(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {
            if r.is_one_of(&[Name::new(Ns(2), "Month"), Name::new(Ns(4), "ConfirmAmountsCorrect")])? {
                return Ok(Self::MonthOfDocuments(crate::contract::bills::MonthOfDocuments::read_content(r)?));
            }
            if r.is_one_of(&[Name::new(Ns(4), "WithdrawPaymentDocument")])? {
                return Ok(Self::WithdrawPaymentDocument(r.many(
                    Name::new(Ns(4), "WithdrawPaymentDocument"),
                    1,
                    Some(1000),
                    crate::contract::bills::Withdrawal::read,
                )?));
            }
            Err(r.missing(&[
                Name::new(Ns(2), "Month"),
                Name::new(Ns(4), "ConfirmAmountsCorrect"),
                Name::new(Ns(4), "WithdrawPaymentDocument"),
            ]))
        }

        pub(crate) fn write_content(&self, w: &mut xml::Writer) {
            match self {
                Self::MonthOfDocuments(v) => v.write_content(w),
                Self::WithdrawPaymentDocument(all) => {
                    w.repeat();
                    for v in all {
                        v.write(Name::new(Ns(4), "WithdrawPaymentDocument"), w);
                    }
                    w.repeated();
                }
            }
        }

        pub(crate) fn check(&self, at: &xml::check::Path<'_>, c: &mut xml::check::Checker) {
            match self {
                Self::MonthOfDocuments(v) => {
                    v.check(at, c);
                }
                Self::WithdrawPaymentDocument(v) => {
                    c.occurs(&at.child("WithdrawPaymentDocument"), v.len(), 1, Some(1000));
                    for (i, v) in v.iter().enumerate() {
                        v.check(&at.item("WithdrawPaymentDocument", i), c);
                    }
                }
            }
        }
    }

    impl From<crate::contract::bills::MonthOfDocuments>
        for crate::contract::bills::import_payment_document_request::Content
    {
        fn from(value: crate::contract::bills::MonthOfDocuments) -> Self {
            Self::MonthOfDocuments(value)
        }
    }

    impl From<Vec<crate::contract::bills::Withdrawal>>
        for crate::contract::bills::import_payment_document_request::Content
    {
        fn from(value: Vec<crate::contract::bills::Withdrawal>) -> Self {
            Self::WithdrawPaymentDocument(value)
        }
    }
}

impl xml::Element for ImportPaymentDocumentRequest {
    const NAME: Name = Name::new(Ns(4), "importPaymentDocumentRequest");

    fn read_element(r: &mut xml::Reader<'_>) -> Result<Self, xml::Error> {
        r.req(Self::NAME, Self::read)
    }

    fn write_element(&self, w: &mut xml::Writer) {
        self.write(Self::NAME, w);
    }

    fn check_element(&self, c: &mut xml::check::Checker) {
        let at = &xml::check::Path::root("importPaymentDocumentRequest");
        self.check(at, c);
        let mut imported_transport_guid_values = xml::check::Keys::default();
        let mut imported_payment_information_values = xml::check::Keys::default();
        let mut capital_repair_month_of_year_values = xml::check::Keys::default();
        if let crate::contract::bills::import_payment_document_request::Content::MonthOfDocuments(v2) = &self.content {
            for (i4, v4) in v2.payment_information.iter().enumerate() {
                let p4 = &at.item("PaymentInformation", i4);
                imported_transport_guid_values.unique(
                    c,
                    &p4.child("TransportGUID"),
                    "ImportedTransportGuid",
                    vec![xml::Value::lexical(&v4.transport_guid)],
                );
            }
            for (i6, v6) in v2.payment_document.iter().enumerate() {
                let p6 = &at.item("PaymentDocument", i6);
                imported_transport_guid_values.unique(
                    c,
                    &p6.child("TransportGUID"),
                    "ImportedTransportGuid",
                    vec![xml::Value::lexical(&v6.transport_guid)],
                );
            }
        }
        if let crate::contract::bills::import_payment_document_request::Content::WithdrawPaymentDocument(v8) =
            &self.content
        {
            for (i9, v9) in v8.iter().enumerate() {
                let p9 = &at.item("WithdrawPaymentDocument", i9);
                imported_transport_guid_values.unique(
                    c,
                    &p9.child("TransportGUID"),
                    "ImportedTransportGuid",
                    vec![xml::Value::lexical(&v9.transport_guid)],
                );
            }
        }
        if let crate::contract::bills::import_payment_document_request::Content::MonthOfDocuments(v2) = &self.content {
            for (i4, v4) in v2.payment_information.iter().enumerate() {
                let p4 = &at.item("PaymentInformation", i4);
                imported_payment_information_values.unique(
                    c,
                    &p4.child("TransportGUID"),
                    "ImportedPaymentInformation",
                    vec![xml::Value::lexical(&v4.transport_guid)],
                );
            }
        }
        if let crate::contract::bills::import_payment_document_request::Content::MonthOfDocuments(v2) = &self.content {
            for (i4, v4) in v2.payment_document.iter().enumerate() {
                let p4 = &at.item("PaymentDocument", i4);
                if let Some(v5) = &v4.charges {
                    if let crate::contract::bills::payment_document::Charges::CurrentCharges(v6) = v5 {
                        if let Some(v8) = &v6.capital_repair_year_charge {
                            let p8 = &p4.child("CapitalRepairYearCharge");
                            for (i9, v9) in v8.capital_repair_monthly_charge.iter().enumerate() {
                                capital_repair_month_of_year_values.unique(
                                    c,
                                    &p8.item("CapitalRepairMonthlyCharge", i9),
                                    "CapitalRepairMonthOfYear",
                                    vec![xml::Value::lexical(&v9.month)],
                                );
                            }
                        }
                    }
                }
            }
        }
        if let crate::contract::bills::import_payment_document_request::Content::MonthOfDocuments(v2) = &self.content {
            for (i4, v4) in v2.payment_document.iter().enumerate() {
                let p4 = &at.item("PaymentDocument", i4);
                if let crate::contract::bills::payment_document::Recipient::SingleRecipient(v6) = &v4.recipient {
                    imported_payment_information_values.refers(
                        c,
                        &p4.child("PaymentInformationKey"),
                        "DocumentRecipient",
                        &[xml::Value::lexical(&v6.payment_information_key)],
                    );
                }
            }
        }
        if let crate::contract::bills::import_payment_document_request::Content::MonthOfDocuments(v2) = &self.content {
            for (i4, v4) in v2.payment_document.iter().enumerate() {
                let p4 = &at.item("PaymentDocument", i4);
                if let crate::contract::bills::payment_document::Recipient::DetailsPaymentInformation(v6) =
                    &v4.recipient
                {
                    for (i7, v7) in v6.iter().enumerate() {
                        let p7 = &p4.item("DetailsPaymentInformation", i7);
                        imported_payment_information_values.refers(
                            c,
                            &p7.child("PaymentInformationKey"),
                            "DetailedRecipient",
                            &[xml::Value::lexical(&v7.payment_information_key)],
                        );
                    }
                }
            }
        }
        if let crate::contract::bills::import_payment_document_request::Content::MonthOfDocuments(v2) = &self.content {
            for (i4, v4) in v2.payment_document.iter().enumerate() {
                let p4 = &at.item("PaymentDocument", i4);
                if let Some(v5) = &v4.charges {
                    if let crate::contract::bills::payment_document::Charges::CurrentCharges(v6) = v5 {
                        for (i8, v8) in v6.charge_info.iter().enumerate() {
                            let p8 = &p4.item("ChargeInfo", i8);
                            if let crate::contract::bills::charge::Service::HousingService(v10) = &v8.service {
                                let p11 = &p8.child("HousingService");
                                if let Some(v12) = &v10.payment_information_key {
                                    imported_payment_information_values.refers(
                                        c,
                                        &p11.child("PaymentInformationKey"),
                                        "HousingServiceRecipient",
                                        &[xml::Value::lexical(v12)],
                                    );
                                }
                            }
                        }
                    }
                }
            }
        }
        if let crate::contract::bills::import_payment_document_request::Content::MonthOfDocuments(v2) = &self.content {
            for (i4, v4) in v2.payment_document.iter().enumerate() {
                let p4 = &at.item("PaymentDocument", i4);
                if let Some(v5) = &v4.charges {
                    if let crate::contract::bills::payment_document::Charges::CurrentCharges(v6) = v5 {
                        for (i8, v8) in v6.charge_info.iter().enumerate() {
                            let p8 = &p4.item("ChargeInfo", i8);
                            if let crate::contract::bills::charge::Service::AdditionalService(v10) = &v8.service {
                                let p11 = &p8.child("AdditionalService");
                                if let Some(v12) = &v10.payment_information_key {
                                    imported_payment_information_values.refers(
                                        c,
                                        &p11.child("PaymentInformationKey"),
                                        "AdditionalServiceRecipient",
                                        &[xml::Value::lexical(v12)],
                                    );
                                }
                            }
                        }
                    }
                }
            }
        }
        if let crate::contract::bills::import_payment_document_request::Content::MonthOfDocuments(v2) = &self.content {
            for (i4, v4) in v2.payment_document.iter().enumerate() {
                let p4 = &at.item("PaymentDocument", i4);
                if let Some(v5) = &v4.charges {
                    if let crate::contract::bills::payment_document::Charges::CurrentCharges(v6) = v5 {
                        for (i8, v8) in v6.charge_info.iter().enumerate() {
                            let p8 = &p4.item("ChargeInfo", i8);
                            if let crate::contract::bills::charge::Service::MunicipalService(v10) = &v8.service {
                                let p11 = &p8.child("MunicipalService");
                                if let Some(v12) = &v10.payment_information_key {
                                    imported_payment_information_values.refers(
                                        c,
                                        &p11.child("PaymentInformationKey"),
                                        "MunicipalServiceRecipient",
                                        &[xml::Value::lexical(v12)],
                                    );
                                }
                            }
                        }
                    }
                }
            }
        }
        if let crate::contract::bills::import_payment_document_request::Content::MonthOfDocuments(v2) = &self.content {
            for (i4, v4) in v2.payment_document.iter().enumerate() {
                let p4 = &at.item("PaymentDocument", i4);
                if let Some(v5) = &v4.charges {
                    if let crate::contract::bills::payment_document::Charges::CurrentCharges(v6) = v5 {
                        if let Some(v8) = &v6.capital_repair_charge {
                            let p8 = &p4.child("CapitalRepairCharge");
                            if let Some(v9) = &v8.payment_information_key {
                                imported_payment_information_values.refers(
                                    c,
                                    &p8.child("PaymentInformationKey"),
                                    "CapitalRepairRecipient",
                                    &[xml::Value::lexical(v9)],
                                );
                            }
                        }
                    }
                }
            }
        }
        if let crate::contract::bills::import_payment_document_request::Content::MonthOfDocuments(v2) = &self.content {
            for (i4, v4) in v2.payment_document.iter().enumerate() {
                let p4 = &at.item("PaymentDocument", i4);
                if let Some(v5) = &v4.charges {
                    if let crate::contract::bills::payment_document::Charges::CurrentCharges(v6) = v5 {
                        if let Some(v8) = &v6.insurance {
                            let p8 = &p4.child("Insurance");
                            if let Some(v9) = &v8.payment_information_key {
                                imported_payment_information_values.refers(
                                    c,
                                    &p8.child("PaymentInformationKey"),
                                    "InsuranceRecipient",
                                    &[xml::Value::lexical(v9)],
                                );
                            }
                        }
                    }
                }
            }
        }
        if let crate::contract::bills::import_payment_document_request::Content::MonthOfDocuments(v2) = &self.content {
            for (i4, v4) in v2.payment_document.iter().enumerate() {
                let p4 = &at.item("PaymentDocument", i4);
                if let Some(v5) = &v4.charges {
                    if let crate::contract::bills::payment_document::Charges::CurrentCharges(v6) = v5 {
                        for (i8, v8) in v6.penalties_and_court_costs.iter().enumerate() {
                            let p8 = &p4.item("PenaltiesAndCourtCosts", i8);
                            if let Some(v9) = &v8.payment_information_key {
                                imported_payment_information_values.refers(
                                    c,
                                    &p8.child("PaymentInformationKey"),
                                    "PenaltyRecipient",
                                    &[xml::Value::lexical(v9)],
                                );
                            }
                        }
                    }
                }
            }
        }
        if let crate::contract::bills::import_payment_document_request::Content::MonthOfDocuments(v2) = &self.content {
            for (i4, v4) in v2.payment_document.iter().enumerate() {
                let p4 = &at.item("PaymentDocument", i4);
                if let Some(v5) = &v4.charges {
                    if let crate::contract::bills::payment_document::Charges::Debts(v6) = v5 {
                        for (i8, v8) in v6.capital_repair_debt.iter().enumerate() {
                            let p8 = &p4.item("CapitalRepairDebt", i8);
                            if let Some(v9) = &v8.payment_information_key {
                                imported_payment_information_values.refers(
                                    c,
                                    &p8.child("PaymentInformationKey"),
                                    "CapitalRepairDebtRecipient",
                                    &[xml::Value::lexical(v9)],
                                );
                            }
                        }
                    }
                }
            }
        }
        if let crate::contract::bills::import_payment_document_request::Content::MonthOfDocuments(v2) = &self.content {
            for (i4, v4) in v2.payment_document.iter().enumerate() {
                let p4 = &at.item("PaymentDocument", i4);
                if let Some(v5) = &v4.charges {
                    if let crate::contract::bills::payment_document::Charges::Debts(v6) = v5 {
                        for (i8, v8) in v6.charge_debt.iter().enumerate() {
                            let p8 = &p4.item("ChargeDebt", i8);
                            if let crate::contract::bills::debt::Service::HousingService(v10) = &v8.service {
                                let p11 = &p8.child("HousingService");
                                if let Some(v12) = &v10.payment_information_key {
                                    imported_payment_information_values.refers(
                                        c,
                                        &p11.child("PaymentInformationKey"),
                                        "HousingServiceDebtRecipient",
                                        &[xml::Value::lexical(v12)],
                                    );
                                }
                            }
                        }
                    }
                }
            }
        }
        if let crate::contract::bills::import_payment_document_request::Content::MonthOfDocuments(v2) = &self.content {
            for (i4, v4) in v2.payment_document.iter().enumerate() {
                let p4 = &at.item("PaymentDocument", i4);
                if let Some(v5) = &v4.charges {
                    if let crate::contract::bills::payment_document::Charges::Debts(v6) = v5 {
                        for (i8, v8) in v6.charge_debt.iter().enumerate() {
                            let p8 = &p4.item("ChargeDebt", i8);
                            if let crate::contract::bills::debt::Service::AdditionalService(v10) = &v8.service {
                                let p11 = &p8.child("AdditionalService");
                                if let Some(v12) = &v10.payment_information_key {
                                    imported_payment_information_values.refers(
                                        c,
                                        &p11.child("PaymentInformationKey"),
                                        "AdditionalServiceDebtRecipient",
                                        &[xml::Value::lexical(v12)],
                                    );
                                }
                            }
                        }
                    }
                }
            }
        }
        if let crate::contract::bills::import_payment_document_request::Content::MonthOfDocuments(v2) = &self.content {
            for (i4, v4) in v2.payment_document.iter().enumerate() {
                let p4 = &at.item("PaymentDocument", i4);
                if let Some(v5) = &v4.charges {
                    if let crate::contract::bills::payment_document::Charges::Debts(v6) = v5 {
                        for (i8, v8) in v6.charge_debt.iter().enumerate() {
                            let p8 = &p4.item("ChargeDebt", i8);
                            if let crate::contract::bills::debt::Service::MunicipalService(v10) = &v8.service {
                                let p11 = &p8.child("MunicipalService");
                                if let Some(v12) = &v10.payment_information_key {
                                    imported_payment_information_values.refers(
                                        c,
                                        &p11.child("PaymentInformationKey"),
                                        "MunicipalServiceDebtRecipient",
                                        &[xml::Value::lexical(v12)],
                                    );
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

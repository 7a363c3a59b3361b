//! The billing desk: payment documents (платёжные документы) of one month an account, service `bills`.
//!
//! What goes where is written in `document`; how a month is split into messages in `plan`; what is sent and what is asked in
//! `exchange` and `lookup`.

mod document;
mod exchange;
mod lookup;
mod plan;

use gis_gkh::contract::bills::import_payment_document_request::Content;
use gis_gkh::contract::bills::{ImportPaymentDocumentRequest, MonthOfDocuments, PaymentInformation};
use gis_gkh::{ComposeError, Guid, Identity, Message};
use time::OffsetDateTime;
use uuid::Uuid;

pub(crate) use exchange::Bills;
pub(crate) use plan::carry;
pub use plan::{MESSAGE_BYTES, Plan, plan};

use crate::records::{Bank, Bill};

/// The kind of objects this desk sends.
pub const KIND: &str = "bills";

/// The operation that places payment documents.
pub const OPERATION: &str = "bills.importPaymentDocumentData";

/// A bill and the TransportGUID it travels under.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'b> {
    /// The bill.
    pub bill: &'b Bill,
    /// Its TransportGUID, unique in the message.
    pub transport: Guid,
}

/// What ГИС ЖКХ tells payment documents apart by: account, period and number.
#[must_use]
pub fn key(bill: &Bill) -> String {
    format!("{}/{}/{}", bill.account.guid, bill.period, bill.number)
}

/// The request that places bills of one period, in their order. Its only ids not given are those of bank requisites, which are
/// derived from the message's: the same message is the same request whenever it is built.
#[must_use]
pub fn request(message: Guid, placed: &[Placed<'_>]) -> ImportPaymentDocumentRequest {
    let mut information: Vec<PaymentInformation> = Vec::new();
    let mut documents = Vec::with_capacity(placed.len());
    for Placed { bill, transport } in placed {
        let key = requisites(message, &bill.bank);
        if !information.iter().any(|known| known.transport_guid == key) {
            let Bank { bik, account, .. } = &*bill.bank;
            information.push(PaymentInformation::new(key, bik, account));
        }
        documents.push(document::of(bill, *transport, key));
    }
    let (year, month) = placed.first().map_or((0, 0), |first| year_and_month(first.bill));
    let content = MonthOfDocuments::new(month, year, information, documents);
    ImportPaymentDocumentRequest::new(Content::MonthOfDocuments(content))
}

/// The request as it is sent: checked, signed, read again and verified.
///
/// # Errors
/// [`ComposeError`]; nothing has left.
pub fn message(
    identity: &Identity,
    guid: Guid,
    placed: &[Placed<'_>],
    now: OffsetDateTime,
) -> Result<Message, ComposeError> {
    identity.submission(request(guid, placed), guid, now)
}

/// TransportGUID of bank requisites in a message.
fn requisites(message: Guid, bank: &Bank) -> Guid {
    Guid::new(Uuid::new_v5(&message.uuid(), format!("requisites/{}/{}", bank.bik, bank.account).as_bytes()))
}

/// The period as the contract has it. Years of a period are 2000 to 2099; the contract's own bound is 2050.
fn year_and_month(bill: &Bill) -> (i16, i32) {
    (i16::try_from(bill.period.year()).unwrap_or(i16::MAX), i32::from(bill.period.month()))
}

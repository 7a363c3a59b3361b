//! Accounts and the payment documents placed on them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use gis_gkh::Guid;
use gis_gkh::contract::bills::{PaymentDocument, PaymentInformation, SingleRecipient, payment_document::Recipient};

use crate::nsi::Known;
use crate::refusal::{self, Refusal};
use crate::seed::{Account, Entry, Placed};

/// What a payment document is known by on our side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentKey {
    /// The account's GUID.
    pub account: Guid,
    /// Year of the month.
    pub year: i16,
    /// The month, 1 to 12.
    pub month: i32,
    /// The issuer's number; empty for a document without one.
    pub number: String,
}

/// What has happened to documents of one key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// How often one was placed.
    pub placed: usize,
    /// How often one was refused.
    pub refused: usize,
    /// How often one was withdrawn, corrections included.
    pub withdrawn: usize,
    /// Identifiers given, in order.
    pub ids: Vec<String>,
}

/// Bank details of a request, by the keys its documents name them by.
pub(super) type Details = HashMap<Guid, PaymentInformation>;

/// A document as it was placed.
pub(super) struct Document {
    pub(super) id: String,
    /// Index of the account.
    pub(super) account: usize,
    pub(super) year: i16,
    pub(super) month: i32,
    pub(super) placed: PaymentDocument,
    /// Bank details of the request it came with.
    pub(super) details: Arc<Details>,
    pub(super) live: bool,
    acknowledged: bool,
}

/// An account and a month.
type Month = (usize, i16, i32);

/// Accounts, documents, and what of НСИ they may name.
pub(crate) struct Ledger {
    pub(super) accounts: Vec<Account>,
    pub(super) by_guid: HashMap<Guid, usize>,
    pub(super) by_els: HashMap<String, Vec<usize>>,
    pub(super) by_service_id: HashMap<String, usize>,
    pub(super) by_house: HashMap<Guid, Vec<usize>>,
    pub(super) known: Known,
    pub(super) documents: Vec<Document>,
    pub(super) by_id: HashMap<String, usize>,
    pub(super) by_month: HashMap<Month, Vec<usize>>,
    /// Documents given an identifier, by account, last digit of the year, and month: what the identifier tells apart.
    given: HashMap<(usize, i16, i32), usize>,
    effects: BTreeMap<DocumentKey, Effect>,
    /// Bytes of the largest answer.
    pub(super) largest: usize,
}

/// The last character of an identifier: the number of the document in its month.
const ORDINALS: &[u8] = b"123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

impl Ledger {
    pub(crate) fn new(accounts: Vec<Account>, entries: &[Entry], placed: Vec<Placed>, largest: usize) -> Self {
        let mut ledger = Self {
            by_guid: HashMap::with_capacity(accounts.len()),
            by_els: HashMap::new(),
            by_service_id: HashMap::new(),
            by_house: HashMap::new(),
            known: Known::new(entries),
            documents: Vec::new(),
            by_id: HashMap::new(),
            by_month: HashMap::new(),
            given: HashMap::new(),
            effects: BTreeMap::new(),
            accounts,
            largest,
        };
        for (index, account) in ledger.accounts.iter().enumerate() {
            ledger.by_guid.insert(account.guid, index);
            ledger.by_els.entry(account.els.clone()).or_default().push(index);
            ledger.by_service_id.insert(account.service_id.clone(), index);
            ledger.by_house.entry(account.house).or_default().push(index);
        }
        for Placed { account, year, month, number, total, acknowledged } in placed {
            let Some(&index) = ledger.by_guid.get(&account) else { continue };
            let recipient = Recipient::SingleRecipient(SingleRecipient::new(account));
            let mut document = PaymentDocument::new(account, account, recipient);
            document.payment_document_number = Some(number);
            document.total_payable_by_pd = Some(total);
            if let Ok(id) = ledger.place((index, year, month), document, Arc::default())
                && acknowledged
            {
                ledger.acknowledge(&id);
            }
        }
        ledger.effects.clear();
        ledger
    }

    pub(crate) fn effects(&self) -> &BTreeMap<DocumentKey, Effect> {
        &self.effects
    }

    pub(crate) fn acknowledge(&mut self, id: &str) -> bool {
        let found = self.by_id.get(id).and_then(|index| self.documents.get_mut(*index));
        found.map(|document| document.acknowledged = true).is_some()
    }

    /// A document of an organisation by its identifier.
    pub(super) fn own(&self, owner: Guid, id: &str) -> Option<usize> {
        let index = *self.by_id.get(id)?;
        (self.accounts[self.documents[index].account].organisation == owner).then_some(index)
    }

    /// The live document of a month with this number.
    pub(super) fn numbered(&self, month: Month, number: &str) -> Option<usize> {
        let documents = self.by_month.get(&month)?;
        documents.iter().copied().find(|index| {
            let document = &self.documents[*index];
            document.live && document.placed.payment_document_number.as_deref() == Some(number)
        })
    }

    /// Whether a document may be withdrawn.
    pub(super) fn may_withdraw(&self, index: usize) -> Result<(), Refusal> {
        let Document { id, live, acknowledged, .. } = &self.documents[index];
        if !live {
            let why = format!("Платёжный документ {id} уже отозван");
            return Err(Refusal::new(refusal::WITHDRAWN, why));
        }
        if *acknowledged {
            let why = format!("Платёжный документ {id} нельзя отозвать: с ним сквитированы платежи");
            return Err(Refusal::new(refusal::ACKNOWLEDGED, why));
        }
        Ok(())
    }

    /// Withdraws a document that may be.
    pub(super) fn withdraw(&mut self, index: usize) {
        self.documents[index].live = false;
        let key = self.key(index);
        self.effects.entry(key).or_default().withdrawn += 1;
    }

    pub(super) fn refused(&mut self, key: DocumentKey) {
        self.effects.entry(key).or_default().refused += 1;
    }

    fn key(&self, index: usize) -> DocumentKey {
        let Document { account, year, month, placed, .. } = &self.documents[index];
        DocumentKey {
            account: self.accounts[*account].guid,
            year: *year,
            month: *month,
            number: placed.payment_document_number.clone().unwrap_or_default(),
        }
    }

    /// Places a document that was judged, and gives it an identifier.
    pub(super) fn place(
        &mut self,
        (account, year, month): Month,
        placed: PaymentDocument,
        details: Arc<Details>,
    ) -> Result<String, Refusal> {
        let given = self.given.entry((account, year % 10, month)).or_default();
        let Some(ordinal) = ORDINALS.get(*given) else {
            let why = "По лицевому счёту за этот месяц размещено предельное число платёжных документов";
            return Err(Refusal::new(refusal::NO_MORE_DOCUMENTS, why));
        };
        *given += 1;
        let service_id = &self.accounts[account].service_id;
        let id = format!("{service_id}-{}{month:02}{}", year % 10, char::from(*ordinal));
        let index = self.documents.len();
        self.documents.push(Document {
            id: id.clone(),
            account,
            year,
            month,
            placed,
            details,
            live: true,
            acknowledged: false,
        });
        self.by_id.insert(id.clone(), index);
        self.by_month.entry((account, year, month)).or_default().push(index);
        let key = self.key(index);
        let effect = self.effects.entry(key).or_default();
        effect.placed += 1;
        effect.ids.push(id.clone());
        Ok(id)
    }
}

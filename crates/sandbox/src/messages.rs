//! Messages on their way through the system: accepted, then done by the clock, then asked for.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use gis_gkh::Guid;
use gis_gkh::contract::base::AsyncRequestState;
use gis_gkh::contract::{appeals, bills, device_metering, nsi_common, organizations_registry_common as organizations};
use gis_gkh::operation::Operation;
use time::OffsetDateTime;

use crate::faults::Twist;
use crate::refusal::Refusal;
use crate::settings::Pace;

/// What a message asks.
#[derive(Debug)]
pub(crate) enum Work {
    Bills(bills::import_payment_document_request::Content),
    ExportBills(bills::export_payment_document_request::Criteria),
    Readings(device_metering::ImportMeteringDeviceValuesRequest),
    ExportReadings(device_metering::ExportMeteringDeviceHistoryRequest),
    Answers(appeals::ImportAnswerRequest),
    ExportAppeals(appeals::ExportAppealRequest),
    NsiList(nsi_common::ExportNsiListRequest),
    NsiItem(nsi_common::ExportNsiItemRequest),
    NsiPage(nsi_common::ExportNsiPagingItemRequest),
    Organisations(organizations::ExportOrgRegistryRequest),
    /// Organisations the sender may act for.
    DataProviders(organizations::ExportDataProviderRequest),
    /// Rights delegated to the sender.
    Delegated(organizations::ExportDelegatedAccessRequest),
    /// Objects or territories those rights are limited to. There are none in the sandbox.
    Limits,
}

/// What came of it: what stands in the service's `getStateResult`. `None` where a fault left nothing to say.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Bills(Option<bills::get_state_result::Outcome>),
    Readings(Option<device_metering::get_state_result::Outcome>),
    Appeals(Option<appeals::get_state_result::Outcome>),
    Nsi(Option<nsi_common::get_state_result::Outcome>),
    Organisations(Option<organizations::get_state_result::Outcome>),
}

impl Outcome {
    /// The refusal of a whole request, in the words of its service.
    pub(crate) fn refused(service: &str, refusal: &Refusal) -> Self {
        let message = refusal.message();
        match service {
            "nsi-common" => Self::Nsi(Some(nsi_common::get_state_result::Outcome::ErrorMessage(message))),
            "organizations-registry-common" => {
                Self::Organisations(Some(organizations::get_state_result::Outcome::ErrorMessage(message)))
            }
            "device-metering" => {
                Self::Readings(Some(device_metering::get_state_result::Outcome::ErrorMessage(message)))
            }
            "appeals" => Self::Appeals(Some(appeals::get_state_result::Outcome::ErrorMessage(message))),
            _ => Self::Bills(Some(bills::get_state_result::Outcome::ErrorMessage(message))),
        }
    }

    /// Twists the objects of a result as a fault says.
    pub(crate) fn twisted(self, twist: Twist) -> Self {
        use appeals::get_state_result::Outcome as OfAppeals;
        use bills::get_state_result::Outcome::{ImportResult, PaymentDocuments};
        use device_metering::get_state_result::Outcome as OfReadings;
        match self {
            Self::Readings(Some(OfReadings::ImportResult(objects))) => {
                Self::Readings(twisted(objects, twist).map(OfReadings::ImportResult))
            }
            Self::Readings(Some(OfReadings::HistoryBlock(mut block))) => {
                let devices = std::mem::take(&mut block.export_metering_device_history_result);
                let devices = twisted(devices, twist);
                // What follows is told even where no meter is left; only a block of neither cannot be written.
                let any = devices.is_some() || block.paged_output.is_some();
                block.export_metering_device_history_result = devices.unwrap_or_default();
                Self::Readings(any.then_some(OfReadings::HistoryBlock(block)))
            }
            Self::Appeals(Some(OfAppeals::ImportResult(objects))) => {
                Self::Appeals(twisted(objects, twist).map(OfAppeals::ImportResult))
            }
            Self::Appeals(Some(OfAppeals::Appeals(objects))) => {
                Self::Appeals(twisted(objects, twist).map(OfAppeals::Appeals))
            }
            Self::Bills(Some(ImportResult(objects))) => Self::Bills(twisted(objects, twist).map(ImportResult)),
            Self::Bills(Some(PaymentDocuments(objects))) => Self::Bills(twisted(objects, twist).map(PaymentDocuments)),
            other => other,
        }
    }
}

fn twisted<T: Clone>(mut objects: Vec<T>, twist: Twist) -> Option<Vec<T>> {
    if twist.missing {
        objects.pop();
    }
    if twist.duplicate {
        objects = objects.into_iter().flat_map(|object| [object.clone(), object]).collect();
    }
    // An empty list cannot be written: its elements are what says which list it is.
    (!objects.is_empty()).then_some(objects)
}

/// A message the system has accepted.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) operation: &'static Operation,
    /// The sender's MessageGUID.
    pub(crate) guid: Guid,
    /// The organisation it was sent for; none in services of the short header.
    pub(crate) owner: Option<Guid>,
    /// ОГРН of the sender's certificate.
    pub(crate) signer: String,
    pub(crate) accepted: OffsetDateTime,
    pub(crate) twist: Twist,
    pub(crate) work: Option<Work>,
    pub(crate) outcome: Option<Outcome>,
}

/// All messages.
#[derive(Debug)]
pub(crate) struct Messages {
    pace: Pace,
    all: HashMap<Guid, Message>,
    /// What is to be done when; in order of acceptance where times are equal.
    due: BTreeMap<(OffsetDateTime, u64), Guid>,
    accepted: u64,
}

impl Messages {
    pub(crate) fn new(pace: Pace) -> Self {
        Self { pace, all: HashMap::new(), due: BTreeMap::new(), accepted: 0 }
    }

    /// Takes a message in, to be done by the pace, or so much after `now`.
    pub(crate) fn accept(&mut self, ack: Guid, message: Message, later: Option<Duration>) {
        let wait = later.unwrap_or(self.pace.received + self.pace.processing);
        if !message.twist.stuck {
            self.due.insert((message.accepted.saturating_add(signed(wait)), self.accepted), ack);
        }
        self.accepted += 1;
        self.all.insert(ack, message);
    }

    /// The next message that is due, with its work and the moment it is done at.
    pub(crate) fn next_due(&mut self, now: OffsetDateTime) -> Option<(Guid, OffsetDateTime)> {
        let (&(at, _), _) = self.due.first_key_value()?;
        if at > now {
            return None;
        }
        self.due.pop_first().map(|((at, _), ack)| (ack, at))
    }

    pub(crate) fn get_mut(&mut self, ack: Guid) -> Option<&mut Message> {
        self.all.get_mut(&ack)
    }

    /// A message of a service, if it was sent for this organisation.
    pub(crate) fn find(&self, ack: Guid, service: &str, owner: Option<Guid>) -> Option<&Message> {
        self.all.get(&ack).filter(|message| message.operation.service == service && message.owner == owner)
    }

    /// `RequestState` of a message.
    pub(crate) fn progress(&self, message: &Message, now: OffsetDateTime) -> AsyncRequestState {
        if message.outcome.is_some() {
            AsyncRequestState::Processed
        } else if now < message.accepted.saturating_add(signed(self.pace.received)) {
            AsyncRequestState::Received
        } else {
            AsyncRequestState::Processing
        }
    }
}

fn signed(duration: Duration) -> time::Duration {
    time::Duration::try_from(duration).unwrap_or(time::Duration::MAX)
}

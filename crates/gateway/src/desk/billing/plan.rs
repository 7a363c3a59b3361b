//! A month of bills split into messages: one period each, by the limits of the contract and by bytes.

use std::collections::{BTreeSet, HashMap};

use gis_gkh::contract::NAMESPACES;
use gis_gkh::contract::bills::MonthOfDocuments;
use gis_gkh::{Element, Guid};
use gis_gkh_delivery::{Fixer, NewMessage, Priority, Refusal};
use gis_gkh_xml::Versions;
use gis_gkh_xml::check::Violation;
use uuid::Uuid;

use super::{Bills, Placed, request};
use crate::desk::operation::message;
use crate::desk::words::{CONTRACT, Words};
use crate::records::{Bill, Period};

/// The largest message sent, in bytes (`protocol` §5.1: no limit is published; we keep to 5 MB).
pub const MESSAGE_BYTES: usize = 5_000_000;

/// Room for envelope, signature and certificate.
const ENVELOPE_BYTES: usize = 64 << 10;

/// How a month of bills is sent. Bills are named by their places in the month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The messages, each with its bills in the order of the month.
    pub messages: Vec<Vec<usize>>,
    /// Bills that the contract has no place for.
    pub refused: HashMap<usize, Refusal>,
}

/// Plans the messages of a month. The same bills give the same plan.
#[must_use]
pub fn plan(bills: &[Bill]) -> Plan {
    plan_within(bills, MonthOfDocuments::PAYMENT_DOCUMENT_MAX, MESSAGE_BYTES - ENVELOPE_BYTES)
}

fn plan_within(bills: &[Bill], count: usize, bytes: usize) -> Plan {
    let mut refused = HashMap::new();
    // In order of their first bills: a file has few periods, most often one.
    let mut periods: Vec<(Period, Vec<Filling>)> = Vec::new();
    for (place, bill) in bills.iter().enumerate() {
        let size = match measure(bill) {
            Ok(size) => size,
            Err(refusal) => {
                refused.insert(place, refusal);
                continue;
            }
        };
        let at = periods.iter().position(|(period, _)| *period == bill.period).unwrap_or_else(|| {
            periods.push((bill.period, Vec::new()));
            periods.len() - 1
        });
        let messages = &mut periods[at].1;
        match messages.last_mut().filter(|last| last.bills.len() < count && last.bytes + size <= bytes) {
            Some(last) => {
                last.bills.push(place);
                last.bytes += size;
            }
            None => messages.push(Filling { bills: vec![place], bytes: size }),
        }
    }
    let messages = periods.into_iter().flat_map(|(_, messages)| messages).map(|message| message.bills).collect();
    Plan { messages, refused }
}

/// The message that carries these rows. Bills of one account and period keep their order.
pub(crate) fn carry<'b>(rows: impl Iterator<Item = (u32, &'b Bill)> + Clone) -> NewMessage {
    let lane = |(_, bill): (u32, &Bill)| format!("account/{}/{}", bill.account.guid, bill.period);
    let lanes: BTreeSet<String> = rows.clone().map(lane).collect();
    message::<Bills>(rows, lanes.into_iter().collect(), Priority::Normal)
}

/// A message being filled.
struct Filling {
    bills: Vec<usize>,
    bytes: usize,
}

/// The bytes a bill takes in a request: those of a request with this bill alone, so that requisites, which bills share, are
/// counted with each, and a message is rather smaller than planned. Or why the contract has no place for the bill.
fn measure(bill: &Bill) -> Result<usize, Refusal> {
    // Every GUID is as long as any other.
    let guid = Guid::new(Uuid::nil());
    let request = request(guid, &[Placed { bill, transport: guid }]);
    match request.check().first() {
        Some(violation) => Err(refusal(violation)),
        None => Ok(request.to_xml(NAMESPACES, &Versions::new()).len()),
    }
}

/// A value the contract does not allow, as the caller can understand it: the place in the document and the rule.
fn refusal(violation: &Violation) -> Refusal {
    let place = violation.path.split_once("PaymentDocument[1]/").map_or(violation.path.as_str(), |(_, place)| place);
    let words = Words::both(
        format!("Место: {place}; правило формата: {}.", violation.rule),
        format!("Place: {place}; rule of the format: {}.", violation.rule),
    );
    Refusal { code: CONTRACT.into(), text: words.write(), who_fixes: Fixer::Caller }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{Month, Options};
    use crate::sample::Sample;
    use std::sync::Arc;

    fn bills(count: usize) -> Vec<Bill> {
        let options = Options { today: time::macros::date!(2026 - 11 - 02), period: None, lenient: false };
        Month::read(&Sample::new(count, 1).sources(), &options).bills
    }

    #[test]
    fn messages_are_filled_in_order_up_to_the_limits() {
        let bills = bills(7);
        let places = |plan: Plan| plan.messages;
        assert_eq!(places(plan_within(&bills, 3, usize::MAX)), [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
        let sizes: Vec<usize> = bills.iter().map(|bill| measure(bill).unwrap()).collect();
        assert_eq!(places(plan_within(&bills, 500, sizes[0] + sizes[1]))[0], [0, 1]);
        assert_eq!(places(plan_within(&bills, 500, sizes[0] + sizes[1] - 1))[0], [0]);
        assert_eq!(places(plan_within(&bills, 500, 1)).len(), 7, "one too large for any message still goes, alone");
        assert_eq!(MonthOfDocuments::PAYMENT_DOCUMENT_MAX, 500);
    }

    #[test]
    fn each_message_has_one_period() {
        let mut bills = bills(6);
        for place in [1, 3, 4] {
            bills[place].period = "2026-09".parse().unwrap();
        }
        assert_eq!(plan_within(&bills, 2, usize::MAX).messages, [vec![0, 2], vec![5], vec![1, 3], vec![4]]);
    }

    #[test]
    fn what_is_planned_is_not_less_than_what_is_written() {
        let bills = bills(40);
        let guid = Guid::new(Uuid::nil());
        let placed: Vec<Placed<'_>> = bills.iter().map(|bill| Placed { bill, transport: guid }).collect();
        let written = request(guid, &placed).to_xml(NAMESPACES, &Versions::new()).len();
        let planned: usize = bills.iter().map(|bill| measure(bill).unwrap()).sum();
        assert!(written <= planned && planned < written * 6 / 5, "{written} of {planned}");
    }

    #[test]
    fn a_bill_the_contract_has_no_place_for_is_refused_by_place_and_rule() {
        let mut bills = bills(3);
        bills[1].comment = Some("я".repeat(1001));
        let bank = Arc::make_mut(&mut bills[2].bank);
        bank.bik = "12".into();
        let plan = plan(&bills);
        assert_eq!(plan.messages, [vec![0]]);
        assert_eq!(plan.refused.len(), 2);
        let refusal = &plan.refused[&1];
        assert_eq!((refusal.code.as_str(), refusal.who_fixes), (CONTRACT, Fixer::Caller));
        let words = Words::read(&refusal.text);
        assert!(words.en.contains("AdditionalInformation") && words.ru.contains("AdditionalInformation"), "{words:?}");
        assert!(Words::read(&plan.refused[&2].text).en.contains("BankBIK"));
    }
}

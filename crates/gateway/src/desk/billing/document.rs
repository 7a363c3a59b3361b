//! A bill as the PaymentDocument of the contract.
//!
//! | record | element |
//! |---|---|
//! | account, number | AccountGuid, PaymentDocumentNumber |
//! | bank | PaymentInformationKey of the whole document |
//! | total of the period, total with debt | TotalPayableByPD, TotalPayableByPDWithDebtAndAdvance |
//! | debt, advance | DebtPreviousPeriods, AdvanceBllingPeriod; left out when zero |
//! | payments taken till, paid, last payment, comment | PaymentsTaken, PaidCash, DateOfLastReceivedPayment, AdditionalInformation |
//! | line of registry 50, 51, 1 | ChargeInfo of HousingService, MunicipalService, AdditionalService |
//! | line of registry 2 | MunicipalResource inside the first HousingService |
//! | tariff, accrued, total | Rate, AccountingPeriodTotal, TotalPayable |
//! | recalculation, benefit | ServiceCharge; left out when both are zero |
//! | recalculation with its ground | also PaymentRecalculation |
//! | volumes, method | Consumption/Volume with type I or O, determiningMethod |
//! | debt, penalty, court, state fee of a line | DebtPreviousPeriodsOrAdvanceBillingPeriod, Penalties, CourtCosts, StateFees |
//!
//! A total that is not given is computed by the system and not compared (annotation of ConfirmAmountsCorrect), so
//! TotalPayableByChargeInfo, whose reach the contract does not make clear, is left out.

use gis_gkh::Guid;
use gis_gkh::contract::bills::charge::Service;
use gis_gkh::contract::bills::payment_document::{Charges, Recipient};
use gis_gkh::contract::bills::{
    AdditionalServiceCharge, Adjustments, Charge, Consumption, CurrentCharges, DeterminedVolume, DeterminingMethod,
    DocumentState, HousingServiceCharge, MunicipalConsumption, MunicipalResource, MunicipalServiceCharge,
    PaymentDocument, PurposedVolume, Recalculation, SharedConsumption, SharedPurpose, SharedVolume, SingleRecipient,
    VolumePurpose,
};
use gis_gkh::contract::nsi_base::NsiRef;
use gis_gkh_xml::{Date, Decimal};

use crate::money::Kopecks;
use crate::records::{self, Bill, Line, Method, Registry};

/// The document of a bill; `requisites` is the TransportGUID of its bank requisites in the request.
pub(super) fn of(bill: &Bill, transport: Guid, requisites: Guid) -> PaymentDocument {
    let recipient = Recipient::SingleRecipient(SingleRecipient::new(requisites));
    PaymentDocument {
        payment_document_number: Some(bill.number.clone()),
        charges: Some(Charges::CurrentCharges(CurrentCharges { charge_info: charges(bill), ..CurrentCharges::new() })),
        document_state: Some(DocumentState::Expose),
        debt_previous_periods: nonzero(bill.debt_prev),
        advance_billing_period: nonzero(bill.advance),
        payments_taken: bill.payments_taken_till_day.and_then(|day| i8::try_from(day).ok()),
        additional_information: bill.comment.clone(),
        total_payable_by_pd: Some(roubles(bill.total_period)),
        total_payable_by_pd_with_debt_and_advance: Some(roubles(bill.total_with_debt)),
        paid_cash: bill.paid.map(roubles),
        date_of_last_received_payment: bill.last_payment_date.map(Date::new),
        ..PaymentDocument::new(transport, Guid::new(bill.account.guid), recipient)
    }
}

/// Roubles with exactly two decimals: the only place where kopecks become roubles.
pub(super) fn roubles(amount: Kopecks) -> Decimal {
    Decimal::from_kopecks(amount.get())
}

fn nonzero(amount: Kopecks) -> Option<Decimal> {
    (!amount.is_zero()).then(|| roubles(amount))
}

/// The charges, in the order of the lines; resources for common needs go into the first housing service.
fn charges(bill: &Bill) -> Vec<Charge> {
    let mut common: Vec<MunicipalResource> =
        bill.lines.iter().filter(|line| line.service.registry == Registry::CommonNeeds).map(resource).collect();
    let service = |line: &Line| match line.service.registry {
        Registry::CommonNeeds => None,
        Registry::Housing => Some(Service::HousingService(housing(line, std::mem::take(&mut common)))),
        Registry::Municipal => Some(Service::MunicipalService(municipal(line))),
        Registry::Additional => Some(Service::AdditionalService(additional(line))),
    };
    bill.lines.iter().filter_map(service).map(Charge::new).collect()
}

fn housing(line: &Line, resources: Vec<MunicipalResource>) -> HousingServiceCharge {
    HousingServiceCharge {
        accounting_period_total: Some(roubles(line.accrued)),
        debt_previous_periods_or_advance_billing_period: line.debt.map(roubles),
        penalties: line.penalty.map(roubles),
        state_fees: line.state_fee.map(roubles),
        court_costs: line.court.map(roubles),
        service_charge: adjustments(line),
        municipal_resource: resources,
        payment_recalculation: recalculation(line),
        ..HousingServiceCharge::new(item(line), tariff(line), roubles(line.total))
    }
}

fn municipal(line: &Line) -> MunicipalServiceCharge {
    let volume = |purpose, value: &Option<records::Decimal>| {
        value.as_ref().map(|value| DeterminedVolume {
            determining_method: line.method.map(method),
            r#type: Some(purpose),
            ..DeterminedVolume::new(decimal(value))
        })
    };
    let volumes =
        [volume(VolumePurpose::Premises, &line.volume_ind), volume(VolumePurpose::SharedProperty, &line.volume_odn)];
    let volumes: Vec<_> = volumes.into_iter().flatten().collect();
    MunicipalServiceCharge {
        accounting_period_total: Some(roubles(line.accrued)),
        debt_previous_periods_or_advance_billing_period: line.debt.map(roubles),
        penalties: line.penalty.map(roubles),
        state_fees: line.state_fee.map(roubles),
        court_costs: line.court.map(roubles),
        service_charge: adjustments(line),
        payment_recalculation: recalculation(line),
        consumption: (!volumes.is_empty()).then(|| MunicipalConsumption::new(volumes)),
        ..MunicipalServiceCharge::new(item(line), tariff(line), roubles(line.total))
    }
}

fn additional(line: &Line) -> AdditionalServiceCharge {
    // The contract has no place for the method here.
    let volume = |purpose, value: &Option<records::Decimal>| {
        value.as_ref().map(|value| PurposedVolume { r#type: Some(purpose), ..PurposedVolume::new(decimal(value)) })
    };
    let volumes =
        [volume(VolumePurpose::Premises, &line.volume_ind), volume(VolumePurpose::SharedProperty, &line.volume_odn)];
    let volumes: Vec<_> = volumes.into_iter().flatten().collect();
    AdditionalServiceCharge {
        accounting_period_total: Some(roubles(line.accrued)),
        debt_previous_periods_or_advance_billing_period: line.debt.map(roubles),
        penalties: line.penalty.map(roubles),
        state_fees: line.state_fee.map(roubles),
        court_costs: line.court.map(roubles),
        service_charge: adjustments(line),
        consumption: (!volumes.is_empty()).then(|| Consumption::new(volumes)),
        payment_recalculation: recalculation(line),
        ..AdditionalServiceCharge::new(item(line), tariff(line), roubles(line.total))
    }
}

fn resource(line: &Line) -> MunicipalResource {
    let volume = line.volume_odn.as_ref().map(|value| SharedVolume {
        determining_method: line.method.map(method),
        r#type: Some(SharedPurpose::SharedProperty),
        ..SharedVolume::new(decimal(value))
    });
    MunicipalResource {
        consumption: volume.map(SharedConsumption::new),
        rate: line.tariff.as_ref().map(decimal),
        accounting_period_total: Some(roubles(line.accrued)),
        service_charge: adjustments(line),
        payment_recalculation: recalculation(line),
        total_payable: Some(roubles(line.total)),
        debt_previous_periods_or_advance_billing_period: line.debt.map(roubles),
        penalties: line.penalty.map(roubles),
        state_fees: line.state_fee.map(roubles),
        court_costs: line.court.map(roubles),
        ..MunicipalResource::new(item(line))
    }
}

fn item(line: &Line) -> NsiRef {
    NsiRef::new(line.service.nsi_code.clone(), Guid::new(line.service.guid))
}

/// Records see to it that there is a tariff wherever the contract demands one.
fn tariff(line: &Line) -> Decimal {
    line.tariff.as_ref().map_or_else(|| Decimal::from(0), decimal)
}

/// Digits with a point are a decimal for both.
fn decimal(value: &records::Decimal) -> Decimal {
    value.as_str().parse().unwrap_or_else(|_| Decimal::from(0))
}

fn adjustments(line: &Line) -> Option<Adjustments> {
    let (money_recalculation, money_discount) = (nonzero(line.recalc), nonzero(line.benefit));
    (money_recalculation.is_some() || money_discount.is_some())
        .then_some(Adjustments { money_recalculation, money_discount })
}

fn recalculation(line: &Line) -> Option<Recalculation> {
    line.recalc_reason.as_ref().map(|reason| Recalculation::new(reason.clone(), roubles(line.recalc)))
}

fn method(method: Method) -> DeterminingMethod {
    match method {
        Method::Meter => DeterminingMethod::Meter,
        Method::Norm => DeterminingMethod::Norm,
        Method::Other => DeterminingMethod::AnotherWay,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_kopeck_arrives(amount: i64) {
            let roubles = roubles(Kopecks::new(amount));
            let text = roubles.as_str();
            prop_assert_eq!(text, Kopecks::new(amount).to_string());
            prop_assert_eq!(text.split_once('.').map(|(_, kopecks)| kopecks.len()), Some(2));
            prop_assert_eq!(roubles.to_kopecks(), Some(amount));
        }
    }

    #[test]
    fn nothing_is_left_out_and_a_kopeck_is_not() {
        let written = |amount| nonzero(Kopecks::new(amount)).map(|roubles| roubles.as_str().to_owned());
        assert_eq!(written(0), None);
        assert_eq!(written(-1).as_deref(), Some("-0.01"));
    }
}

//! Entries of НСИ that a document names: each must be known, in the book that belongs there (`protocol` §8.4).

use gis_gkh::contract::bills::{Charge, Debt, PaymentDocument, charge, debt, payment_document::Charges};
use gis_gkh::contract::nsi_base::NsiRef;

use super::ledger::Ledger;
use crate::refusal::Refusal;

const ADDITIONAL: u64 = 1;
const RESOURCE: u64 = 2;
const GROUP: u64 = 3;
const HOUSING: u64 = 50;
const MUNICIPAL: u64 = 51;
const PENALTIES: u64 = 329;
const GENERAL_RESOURCE: u64 = 337;

pub(super) fn check(ledger: &Ledger, document: &PaymentDocument) -> Result<(), Refusal> {
    let mut named = Vec::new();
    match &document.charges {
        Some(Charges::CurrentCharges(current)) => {
            current.charge_info.iter().for_each(|charge| of_charge(charge, &mut named));
            named.extend(current.penalties_and_court_costs.iter().map(|row| (PENALTIES, &row.service_type)));
        }
        Some(Charges::Debts(debts)) => debts.charge_debt.iter().for_each(|debt| of_debt(debt, &mut named)),
        None => {}
    }
    named.into_iter().try_for_each(|(registry, entry)| ledger.known.expect(registry, entry))
}

fn of_charge<'d>(charge: &'d Charge, named: &mut Vec<(u64, &'d NsiRef)>) {
    match &charge.service {
        charge::Service::HousingService(service) => {
            named.push((HOUSING, &service.service_type));
            for resource in &service.municipal_resource {
                named.push((RESOURCE, &resource.service_type));
                let general = resource.general_municipal_resource.iter();
                named.extend(general.map(|resource| (GENERAL_RESOURCE, &resource.service_type)));
            }
        }
        charge::Service::AdditionalService(service) => named.push((ADDITIONAL, &service.service_type)),
        charge::Service::MunicipalService(service) => named.push((MUNICIPAL, &service.service_type)),
        charge::Service::GroupMunicipalService(group) => {
            named.push((GROUP, &group.type_municipal_service.service_type));
            named.extend(group.municipal_service.iter().map(|service| (MUNICIPAL, &service.service_type)));
        }
    }
}

fn of_debt<'d>(debt: &'d Debt, named: &mut Vec<(u64, &'d NsiRef)>) {
    match &debt.service {
        debt::Service::HousingService(service) => {
            named.push((HOUSING, &service.service_type));
            for resource in &service.municipal_resource {
                named.push((RESOURCE, &resource.service_type));
                let general = resource.general_municipal_resource.iter();
                named.extend(general.map(|resource| (GENERAL_RESOURCE, &resource.service_type)));
            }
        }
        debt::Service::AdditionalService(service) => named.push((ADDITIONAL, &service.service_type)),
        debt::Service::MunicipalService(service) => named.push((MUNICIPAL, &service.service_type)),
        debt::Service::GroupMunicipalService(group) => {
            named.push((GROUP, &group.type_municipal_service.service_type));
            named.extend(group.municipal_service.iter().map(|service| (MUNICIPAL, &service.service_type)));
        }
    }
}

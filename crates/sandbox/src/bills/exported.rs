//! A placed document in the shape it is given out in.

use gis_gkh::Guid;
use gis_gkh::contract::bills::*;
use gis_gkh_xml::Value as _;
use uuid::Uuid;

use super::ledger::{Details, Document};
use super::sums;
use crate::seed::Account;

/// The form of documents since 2018 (order of Минстрой 43/пр).
const FORM: &str = "Приказ Минстроя №43/пр";

/// Services a meter may count, by their codes (schema, `MDServiceCode`).
const METERED: [&str; 7] = [
    "Холодное водоснабжение",
    "Горячее водоснабжение",
    "Отведение сточных вод",
    "Электроснабжение",
    "Газоснабжение",
    "Отопление",
    "Обращение с твердыми коммунальными отходами",
];

/// Copies fields of the same name and type.
macro_rules! same {
    ($to:ident, $from:ident: $($field:ident),+ $(,)?) => {
        $($to.$field = $from.$field.clone();)+
    };
}

/// Copies what every charge has beside its own fields.
macro_rules! balances {
    ($to:ident, $from:ident) => {
        same!(
            $to, $from: accounting_period_total, debt_previous_periods_or_advance_billing_period, penalties,
            service_provider_penalties, state_fees, court_costs, total_payable_overall, org_ppa_guid,
        );
    };
}

pub(super) fn exported(document: &Document, account: &Account) -> ExportedPaymentDocument {
    let from = &document.placed;
    let keys = &*document.details;
    let details = recipients(document, account);
    let mut to = ExportedPaymentDocument::new(account.guid, document.id.clone(), details);
    same!(
        to, from: payment_document_number, total_payable_by_charge_info, total_payable_overall_by_charge_info,
        debt_previous_periods, advance_billing_period, total_piecemeal_payment_sum, payments_taken,
        additional_information, total_payable_by_pd, total_by_penalties_and_court_costs,
        total_payable_by_pd_with_debt_and_advance, paid_cash, date_of_last_received_payment, limit_index,
        subsidies_compensation_social_support,
    );
    // Left out, it is computed by the system.
    to.total_payable_by_pd = to.total_payable_by_pd.or_else(|| sums::total(from));
    to.payment_document_form = Some(FORM.to_owned());
    (to.month, to.year) = (Some(document.month), Some(document.year));
    to.document_state = Some(if document.live { DocumentState::Expose } else { DocumentState::Withdraw });
    to.individual_md_readings = from.individual_md_readings.iter().map(readings).collect();
    to.components_of_cost = from
        .components_of_cost
        .iter()
        .map(|part| ExportedCostComponent::new(part.name_component.clone(), part.cost.clone()))
        .collect();
    to.charges = from.charges.as_ref().map(|charges| match charges {
        payment_document::Charges::CurrentCharges(all) => {
            exported_payment_document::Charges::CurrentCharges(current(all, keys))
        }
        payment_document::Charges::Debts(all) => exported_payment_document::Charges::Debts(debts(all, keys)),
    });
    to
}

/// Bank details are known by what they say, so the same ones have the same identifier in every document.
fn guid_of(details: &PaymentInformation) -> Guid {
    let name = format!("{}/{}", details.bank_bik, details.operating_account_number);
    Guid::new(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
}

fn recipients(document: &Document, account: &Account) -> Vec<ExportedPaymentInformation> {
    let of = |key: &Guid| {
        let mut to = ExportedPaymentInformation::new();
        if let Some(details) = document.details.get(key) {
            to.bank_bik = Some(details.bank_bik.clone());
            to.operating_account_number = Some(details.operating_account_number.clone());
            to.payment_information_guid = Some(guid_of(details));
        }
        to.account_number = Some(account.number.clone());
        to.service_id = Some(account.service_id.clone());
        to
    };
    match &document.placed.recipient {
        payment_document::Recipient::SingleRecipient(single) => {
            let mut to = of(&single.payment_information_key);
            if let Some(from) = &single.payment_information_details {
                same!(to, from: debt_previous_periods_or_advance_billing_period, total_payable_with_debt_and_advance);
                to.total_payable_by_payment_information = Some(from.total_payable_by_payment_information.clone());
            }
            vec![to]
        }
        payment_document::Recipient::DetailsPaymentInformation(all) => all
            .iter()
            .map(|from| {
                let mut to = of(&from.payment_information_key);
                same!(to, from: debt_previous_periods_or_advance_billing_period, total_payable_with_debt_and_advance);
                to.total_payable_by_payment_information = Some(from.total_payable_by_payment_information.clone());
                to
            })
            .collect(),
    }
}

fn readings(from: &MeterReadings) -> ExportedMeterReadings {
    let services = from.md_service_code.iter().map(|code| {
        let code = code.lexical().into_owned();
        let index = code.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let name = index.and_then(|index| METERED.get(index)).map_or_else(|| code.clone(), |name| (*name).to_owned());
        NamedMeteredService::new(code, name)
    });
    let mut to = ExportedMeterReadings::new(from.metering_device.clone(), services.collect());
    same!(to, from: md_previous_period_readings, md_unit);
    to
}

fn adjustments(from: Option<&Adjustments>) -> Option<ExportedAdjustments> {
    let from = from?;
    let mut to = ExportedAdjustments::new();
    same!(to, from: money_recalculation, money_discount);
    Some(to)
}

fn guid(key: Option<Guid>, keys: &Details) -> Option<Guid> {
    keys.get(&key?).map(guid_of)
}

fn current(from: &CurrentCharges, keys: &Details) -> ExportedCurrentCharges {
    let mut to = ExportedCurrentCharges::new();
    to.charge_info =
        from.charge_info.iter().map(|charge| ExportedCharge::new(service(&charge.service, keys))).collect();
    to.capital_repair = match (&from.capital_repair_charge, &from.capital_repair_year_charge) {
        (Some(month), _) => Some(ExportedCapitalRepair::Month(capital_repair(month, keys))),
        (None, Some(year)) => Some(ExportedCapitalRepair::Year(year.clone())),
        (None, None) => None,
    };
    to.penalties_and_court_costs = from
        .penalties_and_court_costs
        .iter()
        .map(|from| {
            let (service, cause) = (from.service_type.clone(), from.cause.clone());
            let mut to = ExportedPenaltyCharge::new(service, cause, from.total_payable.clone());
            to.org_ppa_guid = from.org_ppa_guid;
            to.payment_information_guid = guid(from.payment_information_key, keys);
            to
        })
        .collect();
    to.insurance = from.insurance.as_ref().map(|insured| insurance(insured, keys));
    to
}

fn capital_repair(from: &CapitalRepairCharge, keys: &Details) -> ExportedCapitalRepairCharge {
    let mut to = ExportedCapitalRepairCharge::new(from.contribution.clone(), from.total_payable.clone());
    balances!(to, from);
    same!(to, from: money_recalculation, money_discount, calc_explanation, payment_recalculation);
    to.payment_information_guid = guid(from.payment_information_key, keys);
    to
}

fn insurance(from: &InsuranceCharge, keys: &Details) -> ExportedInsuranceCharge {
    // Required going out, though not coming in: without adjustments it is what is to be paid.
    let accrued = from.accounting_period_total.clone().unwrap_or_else(|| from.total_payable.clone());
    let mut to = ExportedInsuranceCharge::new(from.rate.clone(), from.total_payable.clone(), accrued);
    same!(
        to, from: debt_previous_periods_or_advance_billing_period, penalties, service_provider_penalties, state_fees,
        court_costs, total_payable_overall, org_ppa_guid, calc_explanation, consumption,
    );
    to.insurance_product_guid = Some(from.insurance_product_guid);
    to.service_charge = adjustments(from.service_charge.as_ref());
    to.payment_information_guid = guid(from.payment_information_key, keys);
    to
}

fn service(from: &charge::Service, keys: &Details) -> exported_charge::Service {
    match from {
        charge::Service::HousingService(from) => {
            let mut to = ExportedHousingServiceCharge::new(from.service_type.clone(), from.rate.clone());
            balances!(to, from);
            same!(to, from: calc_explanation, payment_recalculation);
            to.total_payable = Some(from.total_payable.clone());
            to.service_charge = adjustments(from.service_charge.as_ref());
            to.payment_information_guid = guid(from.payment_information_key, keys);
            to.municipal_resource = from.municipal_resource.iter().map(resource).collect();
            exported_charge::Service::HousingService(to)
        }
        charge::Service::AdditionalService(from) => {
            let mut to = ExportedAdditionalServiceCharge::new(from.service_type.clone(), from.rate.clone());
            balances!(to, from);
            same!(to, from: calc_explanation, payment_recalculation, consumption);
            to.total_payable = Some(from.total_payable.clone());
            to.service_charge = adjustments(from.service_charge.as_ref());
            to.payment_information_guid = guid(from.payment_information_key, keys);
            exported_charge::Service::AdditionalService(to)
        }
        charge::Service::MunicipalService(from) => exported_charge::Service::MunicipalService(municipal(from, keys)),
        charge::Service::GroupMunicipalService(from) => {
            let mut to = ExportedGroupedMunicipalServiceCharge::new(kind(&from.type_municipal_service));
            to.municipal_service = from.municipal_service.iter().map(|service| part(service, keys)).collect();
            exported_charge::Service::GroupMunicipalService(to)
        }
    }
}

fn resource(from: &MunicipalResource) -> ExportedMunicipalResource {
    let mut to = ExportedMunicipalResource::new(from.service_type.clone());
    balances!(to, from);
    same!(
        to, from: consumption, rate, municipal_service_communal_consumption_payable, service_information,
        payment_recalculation, amount_of_payment_municipal_service_communal_consumption, total_payable,
    );
    to.service_charge = adjustments(from.service_charge.as_ref());
    to.general_municipal_resource = from
        .general_municipal_resource
        .iter()
        .map(|from| {
            let mut to = ExportedGeneralMunicipalResource::new(from.service_type.clone(), from.rate.clone());
            balances!(to, from);
            same!(
                to, from: consumption, amount_of_payment_municipal_service_communal_consumption, service_charge,
                municipal_service_communal_consumption_payable, payment_recalculation, service_information,
            );
            to.total_payable = Some(from.total_payable.clone());
            to
        })
        .collect();
    to
}

fn municipal(from: &MunicipalServiceCharge, keys: &Details) -> ExportedMunicipalServiceCharge {
    let mut to = ExportedMunicipalServiceCharge::new(from.service_type.clone(), from.rate.clone());
    balances!(to, from);
    same!(
        to, from: calc_explanation, service_information, consumption,
        municipal_service_individual_consumption_payable, municipal_service_communal_consumption_payable,
        amount_of_payment_municipal_service_individual_consumption,
        amount_of_payment_municipal_service_communal_consumption,
    );
    to.total_payable = Some(from.total_payable.clone());
    to.service_charge = adjustments(from.service_charge.as_ref());
    to.payment_information_guid = guid(from.payment_information_key, keys);
    to.payment_recalculation = from
        .payment_recalculation
        .as_ref()
        .map(|from| ExportedRecalculation::new(from.recalculation_reason.clone(), from.sum.clone()));
    to.piecemeal_payment = from.piecemeal_payment.as_ref().map(|from| {
        let mut to = ExportedInstalment::new(
            from.piecemeal_payment_percent_rub.clone(),
            from.piecemeal_payment_percent.clone(),
            from.piecemeal_payment_sum.clone(),
        );
        same!(to, from: payment_period_piecemeal_payment_sum, past_payment_period_piecemeal_payment_sum);
        to
    });
    to.multiplying_factor = from.multiplying_factor.as_ref().map(|from| {
        let mut to = ExportedMultiplyingFactor::new(from.ratio.clone());
        same!(to, from: amount_of_excess_fees);
        to
    });
    to
}

fn kind(from: &MunicipalServiceKind) -> ExportedMunicipalServiceKind {
    let mut to = ExportedMunicipalServiceKind::new(from.service_type.clone());
    balances!(to, from);
    same!(
        to, from: consumption, rate, amount_of_payment_municipal_service_individual_consumption,
        amount_of_payment_municipal_service_communal_consumption, multiplying_factor, service_charge,
        municipal_service_individual_consumption_payable, municipal_service_communal_consumption_payable,
        calc_explanation, piecemeal_payment, payment_recalculation, service_information,
    );
    to.total_payable = Some(from.total_payable.clone());
    to
}

fn part(from: &MunicipalServiceCharge, keys: &Details) -> ExportedMunicipalServicePart {
    let mut to = ExportedMunicipalServicePart::new(from.service_type.clone(), from.rate.clone());
    balances!(to, from);
    same!(
        to, from: calc_explanation, service_charge, piecemeal_payment, payment_recalculation, service_information,
        consumption, multiplying_factor, municipal_service_individual_consumption_payable,
        municipal_service_communal_consumption_payable, amount_of_payment_municipal_service_individual_consumption,
        amount_of_payment_municipal_service_communal_consumption,
    );
    to.total_payable = Some(from.total_payable.clone());
    to.payment_information_guid = guid(from.payment_information_key, keys);
    to
}

/// What was owed for one month.
macro_rules! month_of {
    ($from:ident) => {{
        let mut month = ExportedMonthDebt::new($from.month, $from.year, $from.total_payable.clone());
        month.org_ppa_guid = $from.org_ppa_guid;
        MonthOrTotalDebt::Month(month)
    }};
}

fn debts(from: &Debts, keys: &Details) -> ExportedDebts {
    let mut to = ExportedDebts::new();
    to.capital_repair_debt = from
        .capital_repair_debt
        .iter()
        .map(|from| {
            let mut to = ExportedCapitalRepairDebt::new(month_of!(from));
            to.payment_information_guid = guid(from.payment_information_key, keys);
            to
        })
        .collect();
    to.charge_debt = from.charge_debt.iter().map(|debt| ExportedDebt::new(service_debt(&debt.service, keys))).collect();
    to
}

fn service_debt(from: &debt::Service, keys: &Details) -> exported_debt::Service {
    match from {
        debt::Service::HousingService(from) => {
            let mut to = ExportedHousingServiceDebt::new(month_of!(from), from.service_type.clone());
            to.payment_information_guid = guid(from.payment_information_key, keys);
            to.municipal_resource = from.municipal_resource.iter().map(resource_debt).collect();
            exported_debt::Service::HousingService(to)
        }
        debt::Service::AdditionalService(from) => exported_debt::Service::AdditionalService(single_debt(from, keys)),
        debt::Service::MunicipalService(from) => exported_debt::Service::MunicipalService(single_debt(from, keys)),
        debt::Service::GroupMunicipalService(from) => {
            let kind = &from.type_municipal_service;
            let month = ExportedKindMonthDebt::new(kind.month, kind.year, kind.total_payable.clone());
            let amounts = exported_municipal_service_kind_debt::Amounts::Month(month);
            let mut shown = ExportedMunicipalServiceKindDebt::new(kind.service_type.clone(), amounts);
            shown.org_ppa_guid = kind.org_ppa_guid;
            let mut to = ExportedGroupedMunicipalServiceDebt::new(shown);
            to.municipal_service = from.municipal_service.iter().map(|service| single_debt(service, keys)).collect();
            exported_debt::Service::GroupMunicipalService(to)
        }
    }
}

fn single_debt(from: &ServiceDebt, keys: &Details) -> ExportedServiceDebt {
    let mut to = ExportedServiceDebt::new(month_of!(from), from.service_type.clone());
    to.payment_information_guid = guid(from.payment_information_key, keys);
    to
}

fn resource_debt(from: &MunicipalResourceDebt) -> ExportedMunicipalResourceDebt {
    let payable = PayableDebt::TotalPayable(from.total_payable.clone());
    let mut to = ExportedMunicipalResourceDebt::new(payable, from.service_type.clone());
    to.org_ppa_guid = from.org_ppa_guid;
    to.general_municipal_resource = from
        .general_municipal_resource
        .iter()
        .map(|from| {
            let payable = PayableDebt::TotalPayable(from.total_payable.clone());
            let mut to = ExportedGeneralMunicipalResourceDebt::new(from.service_type.clone(), payable);
            to.org_ppa_guid = from.org_ppa_guid;
            to
        })
        .collect();
    to
}

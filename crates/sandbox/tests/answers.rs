//! Answers beside what the system itself publishes: valid by the official schemas, signed as an independent verifier
//! expects.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests may fail as loudly as the tests themselves"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use gis_gkh::contract::appeals::{
    Answer, AnswerAction, AnswerDraft, AnswerStep, AnswerWaiver, AppealAction, AppealCriteria, AppealKey,
    DeadlineExtension, ExportAppealRequest, ImportAnswerRequest, Performer, PerformerAppointment, Redirection, Writing,
};
use gis_gkh::contract::base::{AttachedFile, SignatureFile, SignedAttachment, YearMonth};
use gis_gkh::contract::bills::export_payment_document_request::Criteria;
use gis_gkh::contract::bills::*;
use gis_gkh::contract::device_metering::{
    Device, DeviceCriteria, DeviceReadings, ElectricityReadingOfMonth, ElectricityReadingOnDay, ElectricityReadings,
    ElectricityVerification, ExportMeteringDeviceHistoryRequest, ImportMeteringDeviceValuesRequest,
    ResourceReadingOfMonth, ResourceReadingOnDay, ResourceReadings, ResourceVerification, Values, VerificationCause,
    VolumeOfMonth, VolumeOnDay, VolumeVerification, Volumes,
};
use gis_gkh::contract::metering_device_base::{ElectricityReading, ResourceReading, ResourceVolume};
use gis_gkh::contract::nsi_base::BookGroup;
use gis_gkh::contract::nsi_common::{ExportNsiItemRequest, ExportNsiListRequest, ExportNsiPagingItemRequest};
use gis_gkh::contract::organizations_registry_base::RegOrg;
use gis_gkh::contract::organizations_registry_common::{
    ExportDataProviderRequest, ExportOrgRegistryRequest, OrganizationKey, OrganizationSearch,
};
use gis_gkh::operation::Submission;
use gis_gkh::receipt;
use gis_gkh_sandbox::Pace;
use gis_gkh_sign::xades::{Unsigned, VerifyOptions, verify};
use support::*;

/// Answers of every kind: name, schema of the official package, bytes.
fn answers() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    const BASE: &str = "lib/hcs-base.xsd";
    const BILLS_XSD: &str = "bills/hcs-bills-types.xsd";
    const NSI: &str = "nsi-common/hcs-nsi-common-types.xsd";
    const REGISTRY: &str = "organizations-registry-common/hcs-organizations-registry-common-types.xsd";

    const METERS: &str = "device-metering/hcs-device-metering-types.xsd";
    const APPEALS: &str = "appeals/hcs-appeals-types.xsd";

    let minute = std::time::Duration::from_secs(60);
    let slow = Stand::with(|settings| settings.pace = Pace { received: minute, processing: minute });
    let ack = slow.submit(month(vec![document(1, "n-1")])).unwrap();
    let waiting = slow.state::<ImportPaymentDocumentRequest>(ack).unwrap().raw;
    slow.forward(minute);
    let working = slow.state::<ImportPaymentDocumentRequest>(ack).unwrap().raw;

    let stand = Stand::new();
    let message = stand.message(month(vec![document(1, "n-1"), rich(2), debts(3), document(7, "closed")]));
    let taken = stand.send(&message);
    let ack = receipt(message.guid, reply(taken.clone())).unwrap().ack;
    let done = stand.state::<ImportPaymentDocumentRequest>(ack).unwrap();
    let placed = results(&done.body);
    assert!(placed[..3].iter().all(Result::is_ok) && placed[3].is_err(), "{placed:?}");
    let by_accounts = |numbers: &[usize]| {
        let accounts = numbers.iter().map(|number| account(*number)).collect();
        let month = DocumentsOfMonth::new(2026, 10, documents_of_month::Selection::AccountGuid(accounts));
        ExportPaymentDocumentRequest::new(Criteria::DocumentsOfMonth(month))
    };
    let seeded = ExportPaymentDocumentRequest::new(Criteria::PaymentDocumentId(vec!["00АА000001-01-6091".to_owned()]));
    let asked = gis_gkh::contract::base::GetRequestsStateRequest::new(vec![ack]);
    let asked = stand.identity.query(&asked, stand.next_guid(), stand.now()).unwrap();
    let search = OrganizationSearch::new(OrganizationKey::OrgPpaGuid(guid("ours")));
    let mut all = of_services(METERS, APPEALS);
    all.extend([
        ("receipt", BASE, taken.body),
        ("processed", BASE, stand.send(&asked).body),
        ("received", BILLS_XSD, waiting),
        ("processing", BILLS_XSD, working),
        ("imported", BILLS_XSD, done.raw),
        ("exported", BILLS_XSD, state_of(&stand, by_accounts(&[1, 2, 3]))),
        ("exported from the seed", BILLS_XSD, state_of(&stand, seeded)),
        ("nothing found", BILLS_XSD, state_of(&stand, by_accounts(&[5]))),
        ("list", NSI, state_of(&stand, ExportNsiListRequest::new())),
        ("book", NSI, state_of(&stand, ExportNsiItemRequest::new(50, BookGroup::Nsi))),
        ("page", NSI, state_of(&stand, ExportNsiPagingItemRequest::new(50, BookGroup::Nsi, 1))),
        ("organisations", REGISTRY, state_of(&stand, ExportOrgRegistryRequest::new(vec![search]))),
        ("providers", REGISTRY, state_of(&stand, ExportDataProviderRequest::new())),
    ]);
    all
}

/// Answers of the services of meters and appeals.
fn of_services(meters: &'static str, appeals: &'static str) -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let stand = Stand::furnished_with(|settings| settings.bounds.page = 2);
    let day = time::macros::date!(2026 - 11 - 02);
    let current = |name: &str, root: &str| {
        let value = ResourceReadingOfMonth {
            period: Some(YearMonth::new(2026, 10)),
            ..ResourceReadingOfMonth::new(guid(name), entry(2, "2"), "106.5", day)
        };
        let readings = ResourceReadings { current_value: vec![value], ..ResourceReadings::new() };
        DeviceReadings::new(Device::Root(meter(root)), readings)
    };
    let mut heat = current("heat", "heat");
    let Values::Resource(readings) = &mut heat.values else { panic!() };
    let shown = vec![ResourceReading::new(entry(2, "2"), "9"), ResourceReading::new(entry(2, "5"), "3")];
    readings.control_value = vec![ResourceReadingOnDay::new(guid("control"), entry(2, "5"), "3.1", day)];
    let cause = VerificationCause::Failure(entry(224, "1"));
    let verified = ResourceVerification::new(guid("verified"), day, day, day, shown.clone(), shown, cause);
    readings.verification_value = Some(verified);
    let mut value = ElectricityReading::new("20125");
    value.metering_value_t2 = Some("10250".to_owned());
    let electric = ElectricityReadings {
        current_value: Some(ElectricityReadingOfMonth {
            metering_value_t2: Some("10250".to_owned()),
            ..ElectricityReadingOfMonth::new(guid("power"), "20125", day)
        }),
        control_value: Some(ElectricityReadingOnDay {
            metering_value_t2: Some("10250".to_owned()),
            ..ElectricityReadingOnDay::new(guid("power/control"), "20125", day)
        }),
        verification_value: Some(ElectricityVerification::new(
            guid("power/verified"),
            day,
            day,
            day,
            value.clone(),
            value,
            VerificationCause::Planned,
        )),
    };
    let volume = vec![ResourceVolume::new(entry(2, "2"), "1")];
    let volumes = Volumes {
        current_value: vec![VolumeOfMonth::new(guid("volume"), entry(2, "2"), "4.2", day)],
        control_value: vec![VolumeOnDay::new(guid("volume/control"), entry(2, "2"), "4.2", day)],
        verification_value: Some(VolumeVerification {
            start_value: volume.clone(),
            end_value: volume,
            ..VolumeVerification::new(guid("volume/verified"), day, day, day, VerificationCause::Planned)
        }),
    };
    let devices = vec![
        heat,
        current("cold", "cold"),
        current("closed", "archived"),
        DeviceReadings::new(Device::Root(meter("power")), electric),
        DeviceReadings::new(Device::Root(meter("volume")), volumes),
    ];
    let placed = state_of(&stand, ImportMeteringDeviceValuesRequest::new(devices));
    let book = stand.sandbox.readings();
    assert_eq!(book.values().map(|effect| effect.placed).sum::<usize>(), 10);
    let types = DeviceCriteria::Types(vec![entry(27, "1"), entry(27, "2")]);
    let history = ExportMeteringDeviceHistoryRequest {
        search_archived: Some(true),
        ..ExportMeteringDeviceHistoryRequest::new(types)
    };
    let first = state_of(&stand, history.clone());
    let whole = ExportMeteringDeviceHistoryRequest { fias_house_guid: vec![guid("house")], ..history };

    let key = || AppealKey::Number("00-2026-000001".to_owned());
    let file = stand.attached("акт.pdf");
    let AttachedFile { attachment, attachment_hash, .. } = stand.attached("акт.sgn");
    let signature = SignatureFile { attachment_hash, ..SignatureFile::new("акт.pdf.sig", attachment) };
    let draft = AnswerDraft {
        attachment: vec![file.clone()],
        signed_attachments: vec![SignedAttachment::new(file, vec![signature])],
        ..AnswerDraft::new("Отопление включено.")
    };
    let sent = AnswerStep::Write(Writing { send_answer: true, ..Writing::new(draft) });
    let answer = |name: &str| Answer { answer_step: Some(sent.clone()), ..Answer::new(guid(name), guid("employee")) };
    let longer = DeadlineExtension::new(day, "Ждём заключения поставщика тепла.", guid("employee"));
    let why = "Вопрос относится к ведению другой организации. ".repeat(3);
    let request = ImportAnswerRequest {
        answer_action: vec![AnswerAction::new(guid("both"), key(), vec![answer("once"), answer("twice")])],
        appeal_action: vec![AppealAction {
            performer: Some(PerformerAppointment::new(guid("employee"))),
            executed: Some(Performer::new(guid("employee"))),
            redirect_appeal: vec![Redirection::new(RegOrg::new(guid("root")), why, guid("employee"))],
            roll_over_appeal: Some(longer),
            answer_is_not_required: Some(AnswerWaiver::new("Повторяет прежнее обращение.", guid("employee"))),
            ..AppealAction::new(guid("action"), AppealKey::Number("00-2026-000002".to_owned()))
        }],
        ..ImportAnswerRequest::new()
    };
    let answered = state_of(&stand, request);
    let all = ExportAppealRequest { include_hcs_appeals: true, ..ExportAppealRequest::new() };
    let none = ExportAppealRequest {
        appeal_criteria: Some(AppealCriteria::Guids(vec![guid("nothing")])),
        ..ExportAppealRequest::new()
    };
    let nothing = ExportMeteringDeviceHistoryRequest::new(DeviceCriteria::Roots(vec![guid("nothing")]));
    vec![
        ("readings placed", meters, placed),
        ("first page of histories", meters, first),
        ("histories of a house", meters, state_of(&stand, whole)),
        ("no histories", meters, state_of(&stand, nothing)),
        ("answers taken", appeals, answered),
        ("appeals", appeals, state_of(&stand, all)),
        ("no appeals", appeals, state_of(&stand, none)),
    ]
}

fn state_of<S: Submission>(stand: &Stand, request: S) -> Vec<u8> {
    let ack = stand.submit(request).unwrap();
    stand.state::<S>(ack).unwrap().raw
}

/// A document with something in as many places as may be filled.
fn rich(number: usize) -> PaymentDocument {
    let mut document = document(number, "rich");
    let Some(payment_document::Charges::CurrentCharges(current)) = &mut document.charges else { panic!() };
    let charge::Service::MunicipalService(water) = &mut current.charge_info[1].service else { panic!() };
    water.payment_recalculation = Some(Recalculation::new("Перерыв".to_owned(), roubles("-1.50")));
    water.piecemeal_payment = Some(Instalment::new(roubles("1.00"), roubles("2.00"), roubles("3.00")));
    water.multiplying_factor = Some(MultiplyingFactor::new(roubles("1.50")));
    water.service_charge = Some(Adjustments { money_recalculation: Some(roubles("-1.50")), money_discount: None });
    water.service_information =
        Some(ReferenceVolumes { individual_consumption_norm: Some(roubles("4.745")), ..ReferenceVolumes::new() });
    let water = water.clone();
    let charge::Service::HousingService(housing) = &mut current.charge_info[0].service else { panic!() };
    let mut general = GeneralMunicipalResource::new(entry(337, "1"), roubles("48.55"), roubles("2.00"));
    general.consumption = Some(SharedConsumption::new(SharedVolume::new(roubles("0.1"))));
    housing.municipal_resource[0].general_municipal_resource.push(general);
    let mut kind = MunicipalServiceKind::new(entry(3, "1"), roubles("20.00"));
    kind.rate = Some(roubles("10"));
    current.charge_info.push(Charge::new(charge::Service::GroupMunicipalService(GroupedMunicipalServiceCharge::new(
        kind,
        vec![water],
    ))));
    let mut repair = CapitalRepairCharge::new(roubles("9.50"), roubles("475.00"));
    repair.payment_information_key = None;
    current.capital_repair_charge = Some(repair);
    let mut insurance = InsuranceCharge::new(guid("product"), roubles("2"), roubles("100.00"));
    insurance.calc_explanation = Some("По площади".to_owned());
    current.insurance = Some(insurance);
    current.penalties_and_court_costs =
        vec![PenaltyCharge::new(entry(329, "1"), "Просрочка".to_owned(), roubles("7.00"))];
    let mut meter = MeterReadings::new("12345".to_owned(), vec![MeteredService::ColdWater, MeteredService::Sewage]);
    meter.md_previous_period_readings = Some(roubles("10.5"));
    meter.md_unit = Some(MeterUnit::CubicMetre);
    document.individual_md_readings = vec![meter];
    document.payments_taken = Some(25);
    document.additional_information = Some("Показания до 25 числа".to_owned());
    document.paid_cash = Some(roubles("10.00"));
    // 1591.51 and 2.00, 20.00, 475.00, 100.00
    document.total_payable_by_charge_info = Some(roubles("2188.51"));
    document.total_by_penalties_and_court_costs = Some(roubles("7.00"));
    document.total_payable_by_pd = None;
    document.total_payable_by_pd_with_debt_and_advance = Some(roubles("2300.51"));
    let mut totals = RecipientTotals::new(roubles("2200.51"));
    totals.total_payable_with_debt_and_advance = Some(roubles("2300.51"));
    let payment_document::Recipient::SingleRecipient(single) = &mut document.recipient else { panic!() };
    single.payment_information_details = Some(totals);
    document
}

/// A document of debts.
fn debts(number: usize) -> PaymentDocument {
    let mut document = document(number, "debts");
    let owed = |sum: &str, registry: u64, code: &str| ServiceDebt::new(8, 2026, roubles(sum), entry(registry, code));
    let mut housing = HousingServiceDebt::new(8, 2026, roubles("10.00"), entry(50, "1"));
    let mut resource = MunicipalResourceDebt::new(entry(2, "2"), roubles("1.00"));
    resource.general_municipal_resource.push(GeneralMunicipalResourceDebt::new(entry(337, "1"), roubles("0.50")));
    housing.municipal_resource.push(resource);
    let kind = MunicipalServiceKindDebt::new(entry(3, "1"), 8, 2026, roubles("4.00"));
    let group = GroupedMunicipalServiceDebt::new(kind, vec![owed("4.00", 51, "1")]);
    let mut debts = Debts::new();
    debts.charge_debt = vec![
        Debt::new(debt::Service::HousingService(housing)),
        Debt::new(debt::Service::AdditionalService(owed("2.00", 1, "1"))),
        Debt::new(debt::Service::MunicipalService(owed("3.00", 51, "1"))),
        Debt::new(debt::Service::GroupMunicipalService(group)),
    ];
    debts.capital_repair_debt = vec![CapitalRepairDebt::new(8, 2026, roubles("5.00"))];
    document.charges = Some(payment_document::Charges::Debts(debts));
    document.total_payable_by_charge_info = Some(roubles("25.50"));
    document.total_payable_by_pd = Some(roubles("25.50"));
    document.debt_previous_periods = None;
    document.total_payable_by_pd_with_debt_and_advance = None;
    document
}

/// A tool or a folder that a machine may lack; in CI that is a failure.
fn needed(there: bool, what: &str) -> bool {
    if !there {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{what}");
        eprintln!("SKIPPED: {what}");
    }
    there
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).output().is_ok_and(|output| output.status.success())
}

fn place(variable: &str, default: &str) -> PathBuf {
    std::env::var_os(variable).map_or_else(|| root().join(default), PathBuf::from)
}

/// The element in an envelope's body, as a document of its own: our own writing of it declares all it uses.
fn body_of(envelope: &[u8]) -> &str {
    let text = std::str::from_utf8(envelope).unwrap();
    let start = text.find("<soap:Body>").unwrap() + "<soap:Body>".len();
    &text[start..text.find("</soap:Body>").unwrap()]
}

fn write(directory: &Path, name: &str, text: &str) -> PathBuf {
    let file = directory.join(format!("{}.xml", name.replace(' ', "-")));
    std::fs::write(&file, text).unwrap();
    file
}

#[test]
fn answers_are_valid_by_the_official_schemas() {
    let official = place("GKH_OFFICIAL", "../shared/hcs/16.3.0.0");
    let there = official.is_dir();
    if !needed(there, "no official package of formats; set GKH_OFFICIAL")
        || !needed(runs("xmllint", &["--version"]), "xmllint is missing; install libxml2-utils")
    {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    for (name, schema, bytes) in answers() {
        let file = write(directory.path(), name, body_of(&bytes));
        let schema = official.join(schema);
        let output =
            Command::new("xmllint").args(["--nonet", "--noout", "--schema"]).arg(&schema).arg(&file).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name} by {}: {said}\n{}", schema.display(), body_of(&bytes));
    }
    // The fault's detail is of the official package too.
    let fault = Stand::new().post(&gis_gkh::contract::operations::bills::GET_STATE, b"");
    let text = String::from_utf8(fault.body).unwrap();
    let detail = &text[text.find("<detail>").unwrap() + "<detail>".len()..text.find("</detail>").unwrap()];
    let file = write(directory.path(), "fault", detail);
    let schema = official.join("lib/hcs-base.xsd");
    let output =
        Command::new("xmllint").args(["--nonet", "--noout", "--schema"]).arg(schema).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn results_are_signed_as_an_independent_verifier_expects() {
    let verifier = place("GKH_VERIFIER", "../shared/tools/verify_signature.py");
    let there = verifier.is_file() && runs("/usr/bin/python3", &["-c", "import lxml"]);
    if !needed(there, "no independent verifier (python3 with lxml); set GKH_VERIFIER") {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let unknown = Stand::with_faults("unknown-element");
    let odd = state_of(&unknown, month(vec![document(1, "n-1")]));
    let signed = answers().into_iter().filter(|(_, schema, _)| !schema.starts_with("lib/"));
    for (name, bytes) in signed.map(|(name, _, bytes)| (name, bytes)).chain([("unknown element", odd)]) {
        let file = write(directory.path(), name, std::str::from_utf8(&bytes).unwrap());
        let output = Command::new("/usr/bin/python3")
            .arg(&verifier)
            .args(["--profile", "server", "--ca"])
            .arg(root().join("fixtures/keys/ca.crt"))
            .arg(&file)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("RESULT: OK"), "{name}: {said}");
    }
}

#[test]
fn receipts_and_lists_of_messages_are_not_signed_and_results_are() {
    for (name, schema, bytes) in answers() {
        let signed = Unsigned::locate(&bytes, &gis_gkh_xml::Limits::MESSAGE)
            .is_err_and(|error| matches!(error, gis_gkh_sign::xades::LocateError::AlreadySigned));
        assert_eq!(signed, !schema.starts_with("lib/"), "{name}");
        if signed {
            let options = VerifyOptions { profile: gis_gkh_sign::xades::Profile::Server, ..VerifyOptions::at(START) };
            // The clock of the slow stand is ahead of the start by a minute.
            let options = VerifyOptions { at: options.at + time::Duration::minutes(2), ..options };
            assert!(verify(&bytes, &options).is_ok(), "{name}");
        }
    }
}

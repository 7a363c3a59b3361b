//! A sample month: a managing company that does not exist, its accounts, and what the sandbox ГИС ЖКХ knows of them.
//!
//! Everything is computed from indices, so the same number of accounts gives the same bytes on every machine. The names,
//! numbers and GUIDs are invented, and there are no people in it.

use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;
use uuid::Uuid;

use crate::money::Kopecks;
use crate::records::bank::with_key;
use crate::records::{Period, Source, Sources};

/// Accounts in one house.
pub const ACCOUNTS_PER_HOUSE: usize = 200;

/// The organisation's name.
pub const ORGANISATION: &str = "ООО УК Образцовая";

/// The organisation's ОГРН, of the right shape and nobody's; that of the sample certificates.
pub const OGRN: &str = "1000000000002";

/// БИК of a bank that does not exist.
const BIK: &str = "040000999";

/// The sample's files, each as the text to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// `charges.csv`, one bill an account.
    pub charges: String,
    /// `charge_lines.csv`, six to nine lines a bill.
    pub charge_lines: String,
    /// `bank.csv`.
    pub bank: String,
    /// `services.csv`.
    pub services: String,
    /// `accounts.csv`.
    pub accounts: String,
    /// `sandbox.json`: what the sandbox knows, closed accounts included.
    pub sandbox: String,
}

/// A service of the sample: code, name, registry, code in НСИ, tariff in kopecks.
struct Offer(&'static str, &'static str, u16, &'static str, i64);

const HOUSING: Offer = Offer("HOUSING", "Содержание жилого помещения", 50, "1", 2_835);
const COLD: Offer = Offer("COLD", "Холодное водоснабжение", 51, "1", 4_855);
const HOT: Offer = Offer("HOT", "Горячее водоснабжение", 51, "2", 21_208);
const DRAIN: Offer = Offer("DRAIN", "Отведение сточных вод", 51, "3", 3_710);
const HEAT: Offer = Offer("HEAT", "Отопление", 51, "4", 245_017);
const WASTE: Offer = Offer("WASTE", "Обращение с твёрдыми коммунальными отходами", 51, "5", 11_240);
const POWER_COMMON: Offer = Offer("POWER-COMMON", "Электрическая энергия на общедомовые нужды", 2, "1", 612);
const COLD_COMMON: Offer = Offer("COLD-COMMON", "Холодная вода на общедомовые нужды", 2, "2", 4_855);
const INTERCOM: Offer = Offer("INTERCOM", "Домофон", 1, "1", 6_000);
const OFFERS: [Offer; 9] = [HOUSING, COLD, HOT, DRAIN, HEAT, WASTE, POWER_COMMON, COLD_COMMON, INTERCOM];

/// The period of the sample.
pub const PERIOD: Period = match Period::new(2026, 10) {
    Some(period) => period,
    None => unreachable!(),
};

/// OrgPPAGUID of the sample organisation in the sandbox.
#[must_use]
pub fn org_ppa_guid() -> Uuid {
    guid("organisation")
}

impl Sample {
    /// A month of so many accounts, `closed` of which are closed in the sandbox alone: nothing in the files shows it, so
    /// their bills are right by all that can be known before sending.
    #[must_use]
    pub fn new(accounts: usize, closed: usize) -> Self {
        let closed = closed.min(accounts);
        let is_closed = |index: usize| (0..closed).any(|nth| accounts * (2 * nth + 1) / (2 * closed) == index);
        let bank_account = with_key(BIK, "40702810000000000001");
        let mut sample = Self {
            charges: "ref;account_ref;period;number;kind;bank_ref;debt_prev_kop;advance_kop;total_period_kop;\
                      total_with_debt_kop;payments_taken_till_day;paid_kop;last_payment_date;comment\n"
                .to_owned(),
            charge_lines: "charge_ref;line;service_code;volume_ind;volume_odn;method;tariff;accrued_kop;recalc_kop;\
                           recalc_reason;benefit_kop;total_kop;penalty_kop\n"
                .to_owned(),
            bank: format!(
                "ref;bik;account;inn;kpp;recipient\nmain;{BIK};{bank_account};0000000000;000000000;{ORGANISATION}\n"
            ),
            services: "our_code;our_name;nsi_registry;nsi_code;gis_guid\n".to_owned(),
            accounts: "ref;account_number;type;house_ref;gis_guid;els\n".to_owned(),
            sandbox: String::new(),
        };
        let mut items = Vec::new();
        for Offer(code, name, registry, nsi_code, _) in &OFFERS {
            let guid = guid(&format!("nsi/{registry}/{nsi_code}"));
            sample.services.push_str(&format!("{code};{name};{registry};{nsi_code};{guid}\n"));
            items.push(KnownItem { registry: *registry, code: nsi_code, guid, name });
        }
        let mut known = Vec::with_capacity(accounts);
        for index in 0..accounts {
            let number = index + 1;
            let house = index / ACCOUNTS_PER_HOUSE + 1;
            let guid_of_account = guid(&format!("account/{number}"));
            let els = format!("00АА{number:06}");
            sample.accounts.push_str(&format!("a-{number:06};{number:07};УО;h-{house:03};{guid_of_account};{els}\n"));
            known.push(KnownAccount {
                number: format!("{number:07}"),
                guid: guid_of_account,
                service_id: format!("{els}-01"),
                els,
                house: guid(&format!("house/{house}")),
                closed: is_closed(index),
            });
            sample.bill(number);
        }
        let houses = (1..=accounts.div_ceil(ACCOUNTS_PER_HOUSE))
            .map(|house| KnownHouse { reference: format!("h-{house:03}"), guid: guid(&format!("house/{house}")) });
        let organisation = KnownOrganisation { org_ppa_guid: org_ppa_guid(), ogrn: OGRN, name: ORGANISATION };
        sample.sandbox = format!(
            "{{\n\"schema\":\"sandbox/1\",\n\"organisation\":{},\n\"houses\":[\n{}\n],\n\"accounts\":[\n{}\n],\n\"nsi\":[\n{}\n]\n}}\n",
            one_a_line([organisation]),
            one_a_line(houses),
            one_a_line(known),
            one_a_line(items)
        );
        sample
    }

    /// The files as a caller hands them over.
    #[must_use]
    pub fn sources(&self) -> Sources {
        let source = |name: &str, text: &str| Source::new(name, text.as_bytes());
        Sources::Csv {
            charges: source("charges.csv", &self.charges),
            charge_lines: source("charge_lines.csv", &self.charge_lines),
            bank: source("bank.csv", &self.bank),
            services: source("services.csv", &self.services),
            accounts: source("accounts.csv", &self.accounts),
        }
    }

    /// The names of the files with their texts.
    #[must_use]
    pub fn files(&self) -> [(&'static str, &str); 6] {
        [
            ("charges.csv", &self.charges),
            ("charge_lines.csv", &self.charge_lines),
            ("bank.csv", &self.bank),
            ("services.csv", &self.services),
            ("accounts.csv", &self.accounts),
            ("sandbox.json", &self.sandbox),
        ]
    }

    /// Writes the files into a directory that exists.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_to(&self, directory: &Path) -> io::Result<()> {
        self.files().into_iter().try_for_each(|(name, text)| fs::write(directory.join(name), text))
    }

    /// Adds the bill of one account, with its lines.
    fn bill(&mut self, number: usize) {
        let mut dice = Dice(number as u64);
        let area = dice.between(300, 900) * 1000;
        let (cold, hot) = (dice.between(10, 90) * 1000 + dice.between(0, 9) * 10, dice.between(5, 60) * 1000);
        let heat = area * 22 / 1000;
        let metered = if dice.one_in(4) { "norm" } else { "meter" };
        let debtor = dice.one_in(5);
        let mut lines = vec![
            Charge { offer: HOUSING, quantity: area, ..Charge::default() },
            Charge { offer: COLD, quantity: cold, own: true, method: metered, ..Charge::default() },
            Charge { offer: HOT, quantity: hot, own: true, method: metered, ..Charge::default() },
            Charge { offer: DRAIN, quantity: cold + hot, own: true, method: metered, ..Charge::default() },
            Charge { offer: HEAT, quantity: heat, own: true, method: "other", ..Charge::default() },
            Charge { offer: POWER_COMMON, quantity: area / 60, common: true, method: "norm", ..Charge::default() },
        ];
        if !dice.one_in(4) {
            lines.push(Charge { offer: WASTE, quantity: 10_000, own: true, method: "norm", ..Charge::default() });
        }
        if dice.one_in(2) {
            lines.push(Charge {
                offer: COLD_COMMON,
                quantity: area / 900,
                common: true,
                method: "norm",
                ..Charge::default()
            });
        }
        if dice.one_in(3) {
            lines.push(Charge { offer: INTERCOM, quantity: 10_000, ..Charge::default() });
        }
        if dice.one_in(12) {
            lines[1].recalc = -lines[1].accrued() / 3;
        }
        if dice.one_in(10) {
            lines[0].benefit = lines[0].accrued() / 4;
        }
        let debt = if debtor { dice.between(50_000, 900_000) } else { 0 };
        let advance = if !debtor && dice.one_in(8) { dice.between(1_000, 100_000) } else { 0 };
        if debtor {
            lines[0].penalty = debt / 300;
        }
        let total: i64 = lines.iter().map(|line| line.total() + line.penalty).sum();
        let payment = if debtor {
            ";".to_owned()
        } else {
            format!("{};{PERIOD}-{:02}", dice.between(200_000, 900_000), dice.between(1, 15))
        };
        let comment = if number % 50 == 1 {
            "Показания приборов учёта передавайте до 25 числа"
        } else {
            ""
        };
        let with_debt = total + debt - advance;
        self.charges.push_str(&format!(
            "b-{PERIOD}-{number:06};a-{number:06};{PERIOD};{number:07}-2610;current;main;{debt};{advance};{total};{with_debt};25;{payment};{comment}\n"
        ));
        for (index, line) in lines.iter().enumerate() {
            self.charge_lines.push_str(&line.row(number, index + 1));
        }
    }
}

/// What the sandbox knows of the organisation.
#[derive(Serialize)]
struct KnownOrganisation {
    org_ppa_guid: Uuid,
    ogrn: &'static str,
    name: &'static str,
}

/// A house, by its FIAS GUID.
#[derive(Serialize)]
struct KnownHouse {
    #[serde(rename = "ref")]
    reference: String,
    guid: Uuid,
}

/// An account; `house` is the GUID of its house.
#[derive(Serialize)]
struct KnownAccount {
    number: String,
    guid: Uuid,
    els: String,
    service_id: String,
    house: Uuid,
    closed: bool,
}

/// An element of НСИ.
#[derive(Serialize)]
struct KnownItem {
    registry: u16,
    code: &'static str,
    guid: Uuid,
    name: &'static str,
}

/// JSON objects separated by commas, one a line, so that a change shows as one line.
fn one_a_line<T: Serialize>(items: impl IntoIterator<Item = T>) -> String {
    // Plain data of strings and numbers always serialises.
    let lines: Vec<String> = items.into_iter().map(|item| serde_json::to_string(&item).unwrap_or_default()).collect();
    lines.join(",\n")
}

/// One line of a sample bill. Quantities are in ten-thousandths of a unit.
struct Charge {
    offer: Offer,
    quantity: i64,
    /// The quantity is a volume of the premises; it is printed.
    own: bool,
    /// The quantity is a volume for common needs; it is printed.
    common: bool,
    method: &'static str,
    recalc: i64,
    benefit: i64,
    penalty: i64,
}

impl Default for Charge {
    fn default() -> Self {
        Self { offer: HOUSING, quantity: 0, own: false, common: false, method: "", recalc: 0, benefit: 0, penalty: 0 }
    }
}

impl Charge {
    /// Quantity × tariff, rounded to the nearest kopeck, as ГИС ЖКХ computes it again.
    const fn accrued(&self) -> i64 {
        (self.quantity * self.offer.4 + 5_000) / 10_000
    }

    const fn total(&self) -> i64 {
        self.accrued() + self.recalc - self.benefit
    }

    fn row(&self, bill: usize, line: usize) -> String {
        let Offer(code, _, _, _, tariff) = self.offer;
        let volume = |printed: bool| {
            let digits = format!("{}.{:04}", self.quantity / 10_000, self.quantity % 10_000);
            if printed { digits.trim_end_matches('0').trim_end_matches('.').to_owned() } else { String::new() }
        };
        let reason = if self.recalc == 0 { "" } else { "Перерыв в подаче воды" };
        let penalty = if self.penalty == 0 { String::new() } else { self.penalty.to_string() };
        format!(
            "b-{PERIOD}-{bill:06};{line};{code};{};{};{};{};{};{};{reason};{};{};{penalty}\n",
            volume(self.own),
            volume(self.common),
            self.method,
            Kopecks::new(tariff),
            self.accrued(),
            self.recalc,
            self.benefit,
            self.total(),
        )
    }
}

/// A GUID that depends on its name alone.
fn guid(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::new_v5(&Uuid::NAMESPACE_URL, b"https://github.com/gis-gkh/gis-gkh/sample"), name.as_bytes())
}

/// SplitMix64: enough to make the bills differ, the same on every machine.
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// A number from `low` to `high`, both possible.
    fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.abs_diff(low) + 1;
        low + i64::try_from(self.throw() % span).unwrap_or(0)
    }

    fn one_in(&mut self, chances: i64) -> bool {
        self.between(1, chances) == 1
    }
}

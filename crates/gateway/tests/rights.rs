//! What the stand says of rights, and what the gateway says of that: the sample is green, and every wrong case is red by its own
//! rule alone.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod desk;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use desk::{Counting, Running, fixtures, sandbox_of, serve, settings, today};
use gis_gkh::{Client, Guid, Identity};
use gis_gkh_delivery::{Clock as DeliveryClock, Timestamp};
use gis_gkh_gateway::Gateway;
use gis_gkh_gateway::config::{Mode, Role};
use gis_gkh_gateway::records::Lang;
use gis_gkh_gateway::rights::{
    Asked, Entry, Finding, Grade, Kind, Patience, Question, Rights, RightsError, Rule, What, ask, judge,
};
use gis_gkh_gateway::sample::{self, Sample};
use gis_gkh_sandbox::Seed;
use gis_gkh_sign::gost::OsEntropy;
use gis_gkh_sign::signer::BuiltinSigner;
use serde_json::{Value, json};
use uuid::Uuid;

const OTHER_OGRN: &str = "1000000000003";

fn other_guid() -> Uuid {
    Uuid::from_u128(0x5d0c_4c1e_0000_4000_8000_0000_0000_0003)
}

/// The sample's seed, its organisation changed, another organisation beside it, and kinds of information.
fn seed(organisation: &Value) -> Seed {
    let mut seed: Value = serde_json::from_str(&Sample::new(2, 0).sandbox).unwrap();
    for (key, value) in organisation.as_object().unwrap() {
        seed["organisation"][key] = value.clone();
    }
    seed["organisations"] = json!([{"org_ppa_guid": other_guid(), "ogrn": OTHER_OGRN, "name": "ТСЖ Примерное"}]);
    let kinds = [("1", "Платёжные документы"), ("2", "Показания приборов учёта"), ("3", "Обращения")];
    for (place, (code, name)) in kinds.iter().enumerate() {
        let guid = Uuid::from_u128(0x5d0c_4c1e_0000_4000_8000_0000_0000_0291 + place as u128);
        let entry = json!({"registry": 291, "code": code, "guid": guid, "name": name});
        seed["nsi"].as_array_mut().unwrap().push(entry);
    }
    Seed::from_json(&seed.to_string()).unwrap()
}

/// A power of the other organisation, as an operator, with changes.
fn power(changes: &Value) -> Value {
    let mut power = json!({"operator": OTHER_OGRN, "from": "2026-01-01", "kinds": ["1", "2", "3"]});
    for (key, value) in changes.as_object().unwrap() {
        power[key] = value.clone();
    }
    json!({ "powers": [power] })
}

/// The key of the other organisation, as an operator.
fn operator() -> String {
    let keys = fixtures().join("keys");
    let (certificate, key) = (keys.join("other-256.crt"), keys.join("other-256.key"));
    format!("certificate = \"{}\"\nprivate_key = \"{}\"\n", certificate.display(), key.display())
}

/// What is found on a stand with this seed, the settings changed so: `own` or `operator`, and whose key.
async fn rights(seed: Seed, mode: &str, key: Option<&str>) -> (Rights, Asked) {
    let clock = Running::new();
    let address = serve(&sandbox_of(seed, clock.clone(), "")).await;
    let directory = tempfile::tempdir().unwrap();
    let mut config = settings(directory.path(), &address.to_string(), "");
    if let Some(key) = key {
        let path = directory.path().join("gkh.toml");
        let text = fs::read_to_string(&path).unwrap();
        let head = text.split_once("[key]\n").unwrap().0;
        fs::write(&path, format!("{head}mode = \"{mode}\"\n[key]\n{key}")).unwrap();
        config = gis_gkh_gateway::Config::load_with(&path, []).unwrap();
    }
    let gateway = Gateway::open(config, clock, Arc::new(OsEntropy)).unwrap();
    let asked = Asked { kinds: vec![Kind::bills(), Kind::readings(), Kind::appeals()], ..gateway.asked() };
    (gateway.rights().await.unwrap(), asked)
}

async fn as_owner(organisation: &Value) -> (Rights, Asked) {
    rights(seed(organisation), "own", None).await
}

async fn as_operator(organisation: &Value) -> (Rights, Asked) {
    rights(seed(organisation), "operator", Some(&operator())).await
}

/// Findings that are not green.
fn wrong(found: &[Finding]) -> Vec<(Grade, Rule)> {
    found.iter().filter(|one| one.grade != Grade::Green).map(|one| (one.grade, one.rule)).collect()
}

/// The one finding that is not green: red, by this rule, with what to do in both languages.
fn only_red((rights, asked): &(Rights, Asked), rule: Rule) -> Finding {
    let found = judge(rights, asked);
    assert_eq!(wrong(&found), [(Grade::Red, rule)], "{found:#?}");
    let red = found.into_iter().find(|one| one.grade == Grade::Red).unwrap();
    let remedy = red.remedy.as_ref().unwrap();
    for words in [&red.text, remedy] {
        assert!(words.in_language(Lang::Ru).chars().any(|letter| ('а'..='я').contains(&letter)), "{words:?}");
        assert!(!words.ru.contains("  ") && !words.en.contains("  "), "{words:?}");
    }
    red
}

#[tokio::test]
async fn an_own_system_of_the_sample_organisation_is_green() {
    let (rights, asked) = as_owner(&json!({})).await;
    let found = judge(&rights, &asked);
    assert!(wrong(&found).is_empty(), "{found:#?}");
    let rules: Vec<Rule> = found.iter().map(|one| one.rule).collect();
    assert_eq!(rules, [Rule::Recognised, Rule::Registered, Rule::OrgPpaGuid, Rule::OwnForOwner, Rule::Linked]);
    assert_eq!(rights.org_ppa_guid(sample::OGRN), Some(sample::org_ppa_guid()));
    assert_eq!(rights.today, today().date());
    let written = serde_json::to_value(&rights).unwrap();
    assert_eq!(written["organisations"][0]["org_ppa_guid"], sample::org_ppa_guid().to_string());
    assert_eq!((&written["today"], &written["providers"][0]["actual"]), (&json!("2026-11-02"), &json!(true)));
}

#[tokio::test]
async fn an_operator_with_powers_in_force_is_green() {
    let (rights, asked) = as_operator(&power(&json!({"until": "2026-12-31"}))).await;
    let found = judge(&rights, &asked);
    assert!(wrong(&found).is_empty(), "{found:#?}");
    let rules: Vec<Rule> = found.iter().map(|one| one.rule).collect();
    let first = [Rule::Recognised, Rule::Registered, Rule::OrgPpaGuid, Rule::RealSupplier, Rule::Linked, Rule::InForce];
    assert_eq!(rules, [&first[..], &[Rule::Kind; 3]].concat());
    let [delegation] = &rights.delegations[..] else { panic!("{rights:#?}") };
    assert_eq!(delegation.org_ppa_guid, sample::org_ppa_guid());
    assert_eq!(delegation.applications[0].powers[0].kinds.len(), 3);
}

#[tokio::test]
async fn a_power_that_has_ended_is_red_and_says_how_it_ended() {
    for (changes, said) in [
        (json!({"until": "2026-11-01"}), "2026-11-01"),
        (json!({"status": "revoked", "changed": "2026-10-20", "reason": "договор расторгнут"}), "договор расторгнут"),
        (json!({"status": "declined"}), "refused the application"),
        (json!({"status": "annulled"}), "its ground is lost"),
        (json!({"status": "waiting"}), "has not accepted"),
        (json!({"from": "2026-11-03"}), "2026-11-03"),
        (json!({"actual": false}), "not actual"),
    ] {
        let red = only_red(&as_operator(&power(&changes)).await, Rule::InForce);
        assert!(red.text.en.contains(said) && red.text.ru.contains("AUT011003"), "{red:#?}");
    }
}

#[tokio::test]
async fn a_term_is_yellow_from_fourteen_days_before_its_end() {
    for (until, grade) in [("2026-11-17", None), ("2026-11-16", Some("14")), ("2026-11-02", Some("0"))] {
        let (rights, asked) = as_operator(&power(&json!({ "until": until }))).await;
        let found = judge(&rights, &asked);
        let expected: Vec<(Grade, Rule)> = grade.iter().map(|_| (Grade::Yellow, Rule::InForce)).collect();
        assert_eq!(wrong(&found), expected, "{until}: {found:#?}");
        let yellow = found.iter().find(|one| one.grade == Grade::Yellow);
        assert!(
            yellow.is_none_or(|one| one.text.en.ends_with(&format!("days left: {}.", grade.unwrap()))),
            "{yellow:?}"
        );
    }
}

#[tokio::test]
async fn a_kind_of_information_that_was_not_delegated_is_red_where_its_codes_are_known() {
    let (rights, mut asked) = as_operator(&power(&json!({"kinds": ["1", "3"]}))).await;
    asked.kinds = vec![Kind::bills(), Kind::readings().by_codes(["2"]), Kind::appeals()];
    let case = (rights, asked);
    let red = only_red(&case, Rule::Kind);
    assert!(red.text.ru.contains("показания") && red.text.ru.contains("AUT011009"), "{red:#?}");
    assert!(red.text.en.contains("«Платёжные документы» (1)"), "{red:#?}");
    // The wording of a book proves nothing.
    let (rights, mut asked) = case;
    asked.kinds = vec![Kind::readings()];
    assert_eq!(wrong(&judge(&rights, &asked)), [(Grade::Yellow, Rule::Kind)]);
}

#[tokio::test]
async fn an_organisation_that_cut_the_link_is_red() {
    let red = only_red(&as_owner(&json!({"linked": false})).await, Rule::Linked);
    assert!(red.remedy.unwrap().ru.contains("«Предоставить доступ»"));
    // Powers that are in force help nobody then.
    let mut cut = power(&json!({}));
    cut["linked"] = json!(false);
    only_red(&as_operator(&cut).await, Rule::Linked);
}

#[tokio::test]
async fn a_certificate_that_may_act_for_its_owner_alone_is_red_in_either_mode() {
    let own = rights(seed(&json!({})), "own", Some(&operator())).await;
    let red = only_red(&own, Rule::OwnForOwner);
    assert_eq!(red.subject, OTHER_OGRN);
    let red = only_red(&as_operator(&json!({})).await, Rule::Linked);
    assert!(red.text.en.contains("only others have: 1"), "{red:#?}");
    assert!(red.remedy.unwrap().en.contains("cannot be passed on"));
}

#[tokio::test]
async fn an_identifier_put_by_mistake_is_named() {
    let (rights, asked) = as_owner(&json!({})).await;
    let ours = rights.organisations[0].clone();
    for (wrong, said) in
        [(ours.root, "orgRootEntityGUID"), (ours.version, "orgVersionGUID"), (Uuid::from_u128(7), "another stand")]
    {
        let red = only_red(&(rights.clone(), Asked { org_ppa_guid: wrong, ..asked.clone() }), Rule::OrgPpaGuid);
        assert!(red.text.en.contains(said), "{red:#?}");
        assert!(red.remedy.unwrap().en.contains(&sample::org_ppa_guid().to_string()));
    }
    // On a stand where the link has an identifier of its own.
    let mut apart = rights;
    apart.providers[0].data_provider_guid = Uuid::from_u128(8);
    assert!(wrong(&judge(&apart, &asked)).is_empty());
    let red = only_red(&(apart, Asked { org_ppa_guid: Uuid::from_u128(8), ..asked }), Rule::OrgPpaGuid);
    assert!(red.text.en.contains("DataProviderGUID"), "{red:#?}");
}

#[tokio::test]
async fn an_operator_that_names_itself_is_told_to_name_the_organisation() {
    let (rights, asked) = as_operator(&power(&json!({}))).await;
    let case = (rights, Asked { org_ppa_guid: other_guid(), ..asked });
    let red = only_red(&case, Rule::RealSupplier);
    assert!(red.remedy.unwrap().ru.contains(&sample::org_ppa_guid().to_string()));
}

#[tokio::test]
async fn an_organisation_the_stand_does_not_know_is_red_and_nothing_else_is() {
    let red = only_red(&as_owner(&json!({"registered": false})).await, Rule::Registered);
    assert!(red.text.en.contains("takes no part"), "{red:#?}");
    let (rights, asked) = as_owner(&json!({})).await;
    let unknown = Asked { ogrn: "1000000000009".to_owned(), ..asked };
    let red = only_red(&(rights, unknown), Rule::Registered);
    assert!(red.text.en.contains("no organisation with ОГРН 1000000000009"), "{red:#?}");
}

#[tokio::test]
async fn a_certificate_the_stand_does_not_recognise_is_an_answer_and_red() {
    let seed = Seed::from_json(&Sample::new(2, 0).sandbox).unwrap();
    let case = rights(seed, "operator", Some(&operator())).await;
    let denied: Vec<What> = case.0.not_answered.iter().map(|denied| denied.what).collect();
    assert_eq!(denied, [What::Organisations, What::Providers, What::Delegations]);
    let red = only_red(&case, Rule::Recognised);
    assert!(red.text.ru.contains("AUT011003"), "{red:#?}");
}

#[tokio::test]
async fn what_works_and_wants_looking_at_is_yellow() {
    let (rights, asked) = as_owner(&json!({})).await;
    let mut gone = rights.clone();
    gone.organisations[0].ended = Some(today().date());
    let red = only_red(&(gone, asked.clone()), Rule::Registered);
    assert!(red.text.en.contains("the ground of its powers is lost"), "{red:#?}");
    let mut supplier = rights.clone();
    let name = Some("Ресурсоснабжающая организация".to_owned());
    supplier.organisations[0].roles = vec![Entry { code: "2".to_owned(), name }];
    assert_eq!(wrong(&judge(&supplier, &asked)), [(Grade::Yellow, Rule::Role)]);
    assert!(wrong(&judge(&supplier, &Asked { role: Role::Supplier, ..asked.clone() })).is_empty());
    let mut old = rights.clone();
    old.organisations[0].actual = false;
    assert_eq!(wrong(&judge(&old, &asked)), [(Grade::Yellow, Rule::Registered)]);
    // An own system that is said to be an operator's: nothing was delegated to it.
    let operator = Asked { mode: Mode::Operator, ..asked };
    let found = judge(&rights, &operator);
    assert_eq!(wrong(&found), [(Grade::Yellow, Rule::RealSupplier), (Grade::Red, Rule::InForce)], "{found:#?}");

    let (mut rights, asked) = as_operator(&power(&json!({}))).await;
    rights.delegations[0].applications[0].powers[0].all_objects = false;
    let found = judge(&rights, &asked);
    assert_eq!(wrong(&found), [(Grade::Yellow, Rule::Reach)], "{found:#?}");
    // A certificate without an ОГРН does not tell whose system it is; what was delegated to it does.
    rights.certificate_ogrn = None;
    let found = judge(&rights, &Asked { mode: Mode::Own, ..asked });
    assert_eq!(wrong(&found), [(Grade::Yellow, Rule::InForce)], "{found:#?}");
}

/// A clock that jumps to whatever is waited for.
struct Jumping(AtomicI64);

#[async_trait]
impl DeliveryClock for Jumping {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    async fn sleep_until(&self, at: Timestamp) {
        self.0.fetch_max(at.0, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn a_stand_that_does_not_answer_is_waited_for_politely_and_not_for_ever() {
    let clock = Running::new();
    let sandbox = sandbox_of(seed(&json!({})), clock.clone(), "stuck");
    let address = serve(&sandbox).await;
    let directory = tempfile::tempdir().unwrap();
    let config = settings(directory.path(), &address.to_string(), "");
    let read = |name: &str| fs::read_to_string(fixtures().join("keys").join(name)).unwrap();
    let signer = BuiltinSigner::from_pem(&read("org-256.crt"), &read("org-256.key")).unwrap();
    let identity = Identity::new(Guid::new(sample::org_ppa_guid()), Arc::new(signer));
    let client =
        Client::new(identity, Arc::new(config.stand.transport(config.limits()).unwrap()), clock, Counting::new());
    let began = today().unix_timestamp() * 1000;
    let jumping = Jumping(AtomicI64::new(began));
    let patience =
        Patience { poll: vec![Duration::from_secs(10), Duration::from_secs(60)], within: Duration::from_secs(100) };
    let question = Question { ogrn: sample::OGRN.to_owned(), certificate_ogrn: None };
    let error = ask(&client, &jumping, &patience, &question).await.unwrap_err();
    assert!(matches!(error, RightsError::Patience { within, .. } if within == patience.within), "{error}");
    assert_eq!(jumping.now().0 - began, 100_000, "it ends when patience does");
}

//! Answers that nobody proves, on the whole road from a file of bills to their results.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands; clippy knows only functions marked as tests")]

mod desk;

use std::future::pending;
use std::sync::{Arc, Mutex};

use desk::{Running, serve, settings};
use gis_gkh_delivery::{BodyRole, MessageId};
use gis_gkh_gateway::Gateway;
use gis_gkh_gateway::config::{Config, ConfigError};
use gis_gkh_gateway::desk::notice::{Notice, Strange};
use gis_gkh_gateway::gateway::{BillOptions, Overview};
use gis_gkh_gateway::records::{Lang, Status};
use gis_gkh_gateway::sample::Sample;
use gis_gkh_sandbox::{AnswerKeys, Forgery, Sandbox, Seed, Settings};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::gost::OsEntropy;
use tempfile::TempDir;

const BRISK: &str = "[policy]\nbackoff = \"20ms\"\nbackoff_cap = \"100ms\"\n";

struct Stage {
    directory: TempDir,
    sandbox: Arc<Sandbox>,
    gateway: Gateway,
    told: Arc<Mutex<Vec<Notice>>>,
}

/// A gateway that believes the sandbox's own centre, and hears of the first strange answer by `first`.
async fn stage(policy: &str, forgery: Forgery, first: impl Fn(&Sandbox) + Send + Sync + 'static) -> Stage {
    let (sample, clock) = (Sample::new(5, 0), Running::new());
    let keys = AnswerKeys::generate(&OsEntropy, &|| Box::new(OsEntropy), desk::today()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let signers = directory.path().join("signers.pem");
    std::fs::write(&signers, keys.centre.to_pem()).unwrap();
    let ca = std::fs::read_to_string(desk::fixtures().join("keys/ca.crt")).unwrap();
    let ca = vec![Certificate::from_pem(&ca).unwrap()];
    let seed = Seed::from_json(&sample.sandbox).unwrap();
    let mut settings_ = Settings::new(seed, ca, Arc::clone(&keys.signer), clock.clone()).with_keys(keys);
    settings_.forgery = Some(forgery);
    let sandbox = Sandbox::new(settings_);
    let address = serve(&sandbox).await;
    let mut config = settings(directory.path(), &address.to_string(), BRISK);
    config.answers.signers = Some(signers);
    config.answers.policy = match policy {
        "require" => gis_gkh::AnswerPolicy::Require,
        _ => gis_gkh::AnswerPolicy::Warn,
    };
    let told = Arc::new(Mutex::new(Vec::new()));
    let gateway = Gateway::open(config, clock, Arc::new(OsEntropy)).unwrap();
    let gateway = gateway.watched({
        let (told, sandbox) = (Arc::clone(&told), Arc::clone(&sandbox));
        Arc::new(move |notice: &Notice| {
            told.lock().unwrap().push(notice.clone());
            first(&sandbox);
        })
    });
    let accepted = gateway.accept_bills(&sample.sources(), &BillOptions::default()).await.unwrap();
    assert!(accepted.accepted.is_some());
    Stage { directory, sandbox, gateway, told }
}

impl Stage {
    async fn accepted(&self) -> usize {
        let rows = self.gateway.results(gis_gkh_delivery::BatchId(1), Lang::Ru).await.unwrap();
        rows.iter().filter(|row| row.status == Status::Accepted).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_signatures_are_required_a_forged_answer_settles_nothing_and_an_honest_one_does() {
    for (forgery, strange) in [
        (Forgery::Unsigned, Strange::Unsigned),
        (Forgery::Altered, Strange::Broken),
        (Forgery::MovedToHeader, Strange::Broken),
        (Forgery::WrongSigner, Strange::Signer),
        (Forgery::ExpiredSigner, Strange::Signer),
    ] {
        // The forger is gone once he has been noticed.
        let stage = stage("require", forgery, |sandbox| sandbox.forge(None)).await;
        stage.gateway.run(true, pending(), None).await.unwrap();
        assert_eq!(stage.accepted().await, 5, "{forgery}");
        let placed: Vec<usize> = stage.sandbox.effects().values().map(|effect| effect.placed).collect();
        assert_eq!(placed, [1; 5], "{forgery}: neither lost nor doubled");
        let told: Vec<_> = stage.told.lock().unwrap().iter().map(|notice| (notice.strange, notice.count)).collect();
        assert_eq!(told, [(strange, 1)], "{forgery}");
        // What was not believed is evidence, beside what was.
        let kept = Overview::open(stage.gateway.config()).unwrap().evidence(MessageId(1)).await.unwrap();
        let answers = kept.iter().filter(|kept| kept.role == BodyRole::Answer).count();
        assert_eq!(answers, 2, "{forgery}");
        drop(stage.directory);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_they_are_not_it_is_told_and_read() {
    let stage = stage("warn", Forgery::Unsigned, |_| {}).await;
    stage.gateway.run(true, pending(), None).await.unwrap();
    assert_eq!(stage.accepted().await, 5);
    let told = stage.told.lock().unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].operation.as_str(), told[0].strange), ("bills.importPaymentDocumentData", Strange::Unsigned));
    for lang in [Lang::Ru, Lang::En] {
        assert!(told[0].text(lang).contains("bills.importPaymentDocumentData"));
    }
}

fn config(text: &str) -> Result<Config, ConfigError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gkh.toml");
    let whole = format!(
        "data_dir = \"store\"\n[stand]\naddress = \"127.0.0.1:9\"\n{text}\n[organisation]\n\
         org_ppa_guid = \"0f9d511e-3beb-507b-8a28-023834e65b92\"\nogrn = \"1000000000002\"\n\
         [key]\ncertificate = \"org.crt\"\nprivate_key = \"org.key\"\n"
    );
    std::fs::write(&path, whole).unwrap();
    Config::load_with(&path, [])
}

#[test]
fn the_settings_say_whose_answers_are_believed() {
    use gis_gkh::AnswerPolicy as P;
    let policy = |text: &str| config(text).unwrap().answers.policy;
    assert_eq!(policy("name = \"sandbox\""), P::Require);
    assert_eq!(policy("name = \"ppak\""), P::Warn);
    assert_eq!(policy("name = \"sit-01\"\nanswers = \"off\""), P::Off);
    assert_eq!(policy("name = \"ppak\"\nanswers = \"require\"\nanswer_signers = \"gis.pem\""), P::Require);
    let error = config("name = \"ppak\"\nanswers = \"require\"").unwrap_err();
    assert!(matches!(error, ConfigError::Missing { key: "stand.answer_signers" }), "{error}");
    let error = config("name = \"ppak\"\nanswers = \"always\"").unwrap_err();
    assert!(error.to_string().contains("require or warn or off"), "{error}");

    let keys = desk::fixtures().join("keys");
    let checked = |stand: &str, file: &str| {
        let path = keys.join(file);
        let config = config(&format!("name = \"{stand}\"\nanswer_signers = \"{}\"", path.display())).unwrap();
        config.answers.check(&config.stand)
    };
    assert!(checked("sandbox", "ca.crt").is_ok());
    assert!(checked("sandbox", "sandbox-256.crt").is_ok(), "a signer may be named itself");
    let error = checked("ppak", "ca.crt").unwrap_err();
    assert!(error.to_string().contains("sample"), "{error}");
    assert!(matches!(checked("sandbox", "ca.key"), Err(ConfigError::Key { key: "stand.answer_signers", .. })));
    assert!(matches!(checked("sandbox", "nothing"), Err(ConfigError::KeyFile { .. })));
}

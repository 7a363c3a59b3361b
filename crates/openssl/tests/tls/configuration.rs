//! The engine comes into the process by itself: no file and no variable of the environment has a say in it.

use gis_gkh_openssl::EngineError;

use super::*;

/// Runs one test of this file again in a process of its own with something in its environment.
fn again(name: &str, variable: &str, value: &Path) -> bool {
    let me = std::env::current_exe().unwrap();
    let mut command = Command::new(me);
    command.args(["--exact", &format!("configuration::{name}"), "--nocapture"]).env("GKH_TEST_INNER", "1");
    let done = command.env(variable, value).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(said.contains("1 passed") || !done.status.success(), "{said}");
    done.status.success()
}

fn inner() -> bool {
    std::env::var_os("GKH_TEST_INNER").is_some()
}

#[test]
fn the_users_configuration_is_not_read() {
    if !there(&["openssl"]) {
        return;
    }
    if inner() {
        engine();
        // What the configuration below switches off is there.
        assert!(openssl::md::Md::fetch(None, "SHA256", None).is_ok(), "OPENSSL_CONF was read");
        return;
    }
    let place = Place::new();
    let settings = "openssl_conf = start\n[start]\nalg_section = algorithms\n[algorithms]\n\
                    default_properties = nothing=such\n";
    std::fs::write(place.file("user.cnf"), settings).unwrap();
    assert!(again("the_users_configuration_is_not_read", "OPENSSL_CONF", &place.file("user.cnf")));
}

#[test]
fn an_engine_that_is_not_there() {
    if inner() {
        let error = Engine::load(&EngineSpec::gost()).unwrap_err();
        assert!(matches!(&error, EngineError::Missing { id, path: None, .. } if id == "gost"), "{error}");
        assert!(error.to_string().contains("libengine-gost-openssl"), "{error}");
        let path = Some("/nowhere/gostengy.so".into());
        let other = EngineSpec { id: "gostengy".into(), path, commands: vec![("PIN".into(), "0000".into())] };
        let error = Engine::load(&other).unwrap_err();
        assert!(error.to_string().starts_with("OpenSSL has no engine `gostengy` in /nowhere/gostengy.so: "), "{error}");
        assert!(!format!("{other:?}").contains("0000"));
        return;
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(again("an_engine_that_is_not_there", "OPENSSL_ENGINES", empty.path()));
}

#[test]
fn one_engine_a_process() {
    if !there(&["openssl"]) {
        return;
    }
    Engine::load(&EngineSpec::gost()).unwrap();
    let other = EngineSpec { id: "gostengy".into(), ..EngineSpec::gost() };
    let error = Engine::load(&other).unwrap_err();
    assert_eq!(error, EngineError::Another { loaded: "gost".into(), wanted: "gostengy".into() });
}

/// An engine of one's own by the name of its file, with a PIN, and a key that only it gives: as CryptoPro's and those of
/// tokens are used. It serves both TLS and signatures.
#[tokio::test]
async fn a_key_that_the_engine_keeps() {
    use gis_gkh_openssl::CredentialsError;
    use gis_gkh_sign::signer::Signer as _;

    if inner() {
        let place = Place::new();
        let authority = Authority::new(&place, "authority", Algorithm::Gost256);
        let server = authority.issue("server", Wish::of(Algorithm::Gost256));
        let client = authority.issue("client", Wish::of(Algorithm::Gost512));
        let built = place.file("keeper.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls/keeper.c");
        let mut command = Command::new("cc");
        command.args(["-shared", "-fPIC", "-o"]).arg(&built).arg(source).arg("-lcrypto");
        assert!(command.status().unwrap().success());

        let keeper = |pin: &str| EngineSpec {
            id: "keeper".into(),
            path: Some(built.clone()),
            commands: vec![("PIN".into(), pin.into())],
        };
        let wrong = Engine::load(&keeper("1234")).unwrap_err();
        assert!(matches!(&wrong, EngineError::Command { command, .. } if command == "PIN"), "{wrong}");
        assert!(!wrong.to_string().contains("1234"), "{wrong}");
        let engine = Engine::load(&keeper("0000")).unwrap();

        let certificate = std::fs::read(&client.certificate).unwrap();
        let from_engine = |id: &str| Credentials::from_engine(engine, &certificate, id);
        let missing = from_engine("no such container").unwrap_err();
        assert!(matches!(&missing, CredentialsError::EngineKey { id, .. } if id == "no such container"), "{missing}");
        let credentials = from_engine(client.key.to_str().unwrap()).unwrap();

        let trusted = authority.certificate();
        let demand = ["-tls1_2", "-Verify", "1", "-verify_return_error", "-CAfile", trusted.to_str().unwrap()];
        let server = SServer::start(&place, &server, &demand);
        let settings = Settings { credentials: Some(credentials), ..settings(&server.address, &trusted) };
        let tls = GostTls::new(engine, settings, Arc::new(Still(NOW))).unwrap();
        assert!(tls.probe().await.unwrap().certificate_asked);

        let sample = gis_gkh_sign::conformance::Sample::read("org-512").unwrap();
        std::fs::write(place.file("sample.key"), &sample.private_key).unwrap();
        let key = place.file("sample.key");
        let kept = Credentials::from_engine(engine, sample.certificate.as_bytes(), key.to_str().unwrap()).unwrap();
        assert_eq!(kept.signer().unwrap().sign(b"x").unwrap().len(), 128);
        return;
    }
    if there(&["openssl", "cc"]) {
        assert!(again("a_key_that_the_engine_keeps", "GKH_TEST", Path::new("keeper")));
    }
}

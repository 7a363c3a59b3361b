//! No secret shows in the `Debug` of whatever holds one, and no type of ours derives a `Debug` that could show one.

#![expect(clippy::unwrap_used, reason = "a test may end where it stands; clippy knows only functions marked as tests")]

mod desk;

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use desk::{Counting, Running};
use gis_gkh::clock::SystemClock;
use gis_gkh::stand::{BasicAuth, Stand};
use gis_gkh::{Client, HttpLimits, Identity};
use gis_gkh_delivery::{Keyring, MasterSource};
use gis_gkh_gateway::desk::Desks;
use gis_gkh_gateway::{Config, Gateway};
use gis_gkh_sign::gost::{Curve, OsEntropy, PrivateKey};
use gis_gkh_sign::signer::BuiltinSigner;

/// A number that is a private key of every curve, and is recognised in whatever form it is written.
const SCALAR: [u8; 32] = *b"\x07geheime Zahl eines Schluessels\x01";
const PASSWORD: &str = "corect-hoarse-battery";

struct Sevens;

impl gis_gkh_delivery::Entropy for Sevens {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), gis_gkh_delivery::EntropyError> {
        bytes.iter_mut().zip(0..).for_each(|(byte, place): (_, u8)| *byte = place.wrapping_mul(7).wrapping_add(77));
        Ok(())
    }
}

/// The forms in which bytes come out of a formatter.
fn forms(secret: &[u8]) -> Vec<String> {
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = |bytes: &[u8]| bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let lines = |bytes: &[u8]| bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(",\n");
    let base64 = base64::engine::general_purpose::STANDARD.encode(secret);
    vec![
        String::from_utf8_lossy(secret).trim_matches(|c: char| c.is_control()).to_owned(),
        hex.to_uppercase(),
        hex,
        list(&secret[..8]),
        lines(&secret[..8]),
        base64.trim_end_matches('=').to_owned(),
    ]
}

fn shown(what: &dyn Debug) -> String {
    // Lines of the long form are indented by where they stand.
    let long: Vec<String> = format!("{what:#?}").lines().map(|line| line.trim().to_owned()).collect();
    format!("{what:?}\n{}", long.join("\n"))
}

#[test]
fn no_secret_shows_in_debug() {
    let keys = desk::fixtures().join("keys");
    let read = |name: &str| std::fs::read_to_string(keys.join(name)).unwrap();
    let (certificate, pem) = (read("org-256.crt"), read("org-256.key"));
    let der: Vec<u8> = pem.lines().filter(|line| !line.starts_with('-')).collect::<String>().into_bytes();
    let der = base64::engine::general_purpose::STANDARD.decode(der).unwrap();
    // The number stands at the end of the file's content.
    let scalar = &der[der.len() - 32..];
    let signer = || BuiltinSigner::from_pem(&certificate, &pem).unwrap();
    assert!(PrivateKey::from_pem(&pem).is_ok());

    let folder = tempfile::tempdir().unwrap();
    let master = folder.path().join("master.key");
    let source = MasterSource::File(master.clone());
    source.create_if_missing(&Sevens).unwrap();
    let keyring = Keyring::open_or_create(&folder.path().join("keys"), source, Sevens).unwrap();
    let master = std::fs::read(master).unwrap();

    let mut stand = Stand::sit01("127.0.0.1:9");
    stand.basic = Some(BasicAuth { login: "sit".to_owned(), password: PASSWORD.to_owned() });
    stand.headers = vec![("x-token".to_owned(), PASSWORD.to_owned())];
    let transport = stand.transport(HttpLimits::default()).unwrap();

    let guid = gis_gkh::Guid::new(gis_gkh_gateway::sample::org_ppa_guid());
    let identity = Identity::new(guid, Arc::new(signer()));
    let way = || Arc::new(Stand::sandbox("127.0.0.1:9").transport(HttpLimits::default()).unwrap());
    let client = Client::new(identity.clone(), way(), Arc::new(SystemClock), Arc::new(OsEntropy));
    let desks = Desks::new(identity.clone(), way(), Running::new(), Counting::new());
    let config: Config = desk::settings(folder.path(), "127.0.0.1:9", "");
    let gateway = Gateway::open(config.clone(), Running::new(), Counting::new()).unwrap();

    let built = signer();
    let key = PrivateKey::from_scalar(Curve::CryptoProA, &SCALAR).unwrap();
    let table: Vec<(&str, &dyn Debug, &[u8])> = vec![
        ("PrivateKey", &key, &SCALAR),
        ("BuiltinSigner", &built, scalar),
        ("Identity", &identity, scalar),
        ("Client", &client, scalar),
        ("Desks", &desks, scalar),
        ("Gateway", &gateway, scalar),
        ("Config", &config, scalar),
        ("Keyring", &keyring, &master),
        ("BasicAuth", &stand.basic, PASSWORD.as_bytes()),
        ("Stand", &stand, PASSWORD.as_bytes()),
        ("PlainHttp", &transport, PASSWORD.as_bytes()),
    ];
    for (name, what, secret) in table {
        let text = shown(what);
        for form in forms(secret) {
            assert!(!text.contains(&form), "{name} shows its secret: {text}");
        }
    }
    // The forms are those a careless type would show.
    for careless in [shown(&SCALAR.to_vec()), shown(&String::from_utf8_lossy(&SCALAR)), shown(&PASSWORD)] {
        let secret = if careless.contains("corect") { PASSWORD.as_bytes() } else { &SCALAR[..] };
        assert!(forms(secret).iter().any(|form| careless.contains(&**form)), "{careless}");
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
}

/// Fields that hold a secret by their type or by their name.
fn holds_a_secret(field: &str) -> bool {
    let Some((name, kind)) = field.trim().trim_end_matches(',').split_once(": ") else { return false };
    let name = name.rsplit(' ').next().unwrap_or_default();
    let text = ["String", "Vec<u8>", "Option<String>", "Option<Vec<u8>>", "[u8; 32]"].contains(&kind);
    let named = ["password", "passphrase", "pin", "secret", "scalar", "private_key"].contains(&name);
    kind.contains("Zeroizing<") || (named && text)
}

/// `Zeroizing` derives `Debug` and shows what it wipes; so does text. A type with such a field writes its own `Debug` or none.
#[test]
fn no_type_that_holds_a_secret_derives_debug() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    sources(&root.join("src"), &mut files);
    for entry in std::fs::read_dir(root.join("crates")).unwrap() {
        let source = entry.unwrap().path().join("src");
        if source.is_dir() {
            sources(&source, &mut files);
        }
    }
    assert!(files.len() > 200, "{}", files.len());
    let (mut met, mut wrong) = (0, Vec::new());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let (mut derives, mut inside) = (false, None);
        for (number, line) in text.lines().enumerate() {
            let code = line.trim();
            if code.starts_with("#[derive(") {
                derives = code.contains("Debug");
            } else if code.contains("struct ") && code.ends_with('{') && !code.starts_with("//") {
                inside = Some(derives);
                derives = false;
            } else if code == "}" {
                inside = None;
            } else if let Some(derived) = inside
                && holds_a_secret(code)
            {
                met += 1;
                if derived {
                    wrong.push(format!("{}:{}: {code}", file.display(), number + 1));
                }
            } else if !code.starts_with('#') && !code.starts_with("//") && inside.is_none() {
                derives = false;
            }
        }
    }
    assert!(met >= 3, "the search finds what there is: {met}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

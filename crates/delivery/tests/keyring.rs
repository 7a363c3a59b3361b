//! Bodies sealed under a keyring: what opens, what does not and why, and what becomes of the file.
#![expect(clippy::unwrap_used, reason = "what tests call asserts as tests do")]

use gis_gkh_delivery::{
    EntropyError, KeyId, Keyring, KeyringError, MasterError, MasterSource, Month, Plain, Seal, SealError, Sealed,
    Timestamp,
};
use proptest::prelude::{Just, Strategy, any, prop_assert_eq, proptest};
use proptest::prop_oneof;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const ORGANISATION: &str = "9f0e1f2a-0000-4000-8000-000000000001";
const OTHER: &str = "9f0e1f2a-0000-4000-8000-000000000002";
/// 2026-11-22T06:00:00Z.
const NOW: Timestamp = Timestamp(1_795_327_200_000);
/// Thirty days on: December.
const LATER: Timestamp = Timestamp(NOW.0 + 30 * 86_400_000);

/// Different bytes for every call in every process of a test, the same in every run of it.
fn entropy(seed: u64) -> impl Fn(&mut [u8]) -> Result<(), EntropyError> + Send + Sync {
    let calls = AtomicU64::new(0);
    move |bytes: &mut [u8]| {
        let call = calls.fetch_add(1, Ordering::Relaxed);
        for (block, chunk) in bytes.chunks_mut(32).enumerate() {
            let digest = gis_gkh_delivery::Sha256::of(format!("{seed}/{call}/{block}").as_bytes());
            chunk.copy_from_slice(&digest.0[..chunk.len()]);
        }
        Ok(())
    }
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap());
        place.master("master", 1);
        place
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("keys")
    }

    fn file(&self) -> PathBuf {
        self.folder().join("keyring.json")
    }

    /// A master key file, made when there is none.
    fn master(&self, name: &str, seed: u64) -> MasterSource {
        let source = MasterSource::File(self.0.path().join(name));
        source.create_if_missing(&entropy(seed)).unwrap();
        source
    }

    fn create(&self) -> Keyring {
        Keyring::open_or_create(&self.folder(), self.master("master", 1), entropy(2)).unwrap()
    }

    fn open(&self, master: &str) -> Result<Keyring, KeyringError> {
        Keyring::open(&self.folder(), MasterSource::File(self.0.path().join(master)), entropy(3))
    }

    fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }
}

/// Text such as the store is given: names repeat, values do not.
fn xml(bytes: usize) -> Vec<u8> {
    let mut text = String::from("<bills>");
    for number in 0_u64.. {
        if text.len() >= bytes {
            break;
        }
        let sum = number.wrapping_mul(2_654_435_761) % 1_000_000;
        text += &format!(
            "<ns4:payment-document><ns4:AccountGuid>{number:032x}</ns4:AccountGuid><ns4:Total>{sum}.00</ns4:Total></ns4:payment-document>"
        );
    }
    text.truncate(bytes);
    text.into_bytes()
}

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

#[test]
fn what_was_sealed_opens_and_is_smaller() {
    let place = Place::new();
    let keyring = place.create();
    for plain in [vec![], b"x".to_vec(), vec![0; 63], vec![0; 64], xml(4096), xml(500_000), (0..=255).collect()] {
        for seal in [&keyring as &dyn Seal, &Plain] {
            let sealed = seal.seal(ORGANISATION, NOW, &plain).unwrap();
            assert_eq!(seal.open(sealed.key, &sealed.bytes).unwrap(), plain);
            // Two of format, a nonce or a checksum, a tag: never more than that over the body.
            assert!(sealed.bytes.len() <= plain.len() + 2 + 24 + 16);
        }
    }
    let sealed = keyring.seal(ORGANISATION, NOW, &xml(4096)).unwrap();
    assert!(sealed.bytes.len() < 2048, "{}", sealed.bytes.len());
}

#[test]
fn nothing_of_the_body_or_the_keys_can_be_read() {
    let place = Place::new();
    let keyring = place.create();
    let plain = b"Obviously Invented Person";
    let one = keyring.seal(ORGANISATION, NOW, plain).unwrap();
    let two = keyring.seal(ORGANISATION, NOW, plain).unwrap();
    assert_eq!(one.key, two.key);
    // The codec is told, nothing else is alike: the nonce is fresh.
    assert_eq!(one.bytes[..2], two.bytes[..2]);
    assert!(one.bytes[2..].iter().zip(&two.bytes[2..]).filter(|(one, two)| one == two).count() < 8);
    assert!(!one.bytes.windows(6).any(|window| window == b"Person"));
    let shown = format!("{keyring:?} {one:?} {:?}", Plain.seal("", NOW, plain).unwrap());
    assert!(!shown.contains("Person") && !shown.contains("79, 98, 118"), "{shown}");
}

#[test]
fn a_key_for_an_organisation_and_month() {
    let place = Place::new();
    let keyring = place.create();
    let key = |organisation, at| keyring.seal(organisation, at, b"body").unwrap().key;
    assert_eq!(key(ORGANISATION, NOW), KeyId(1));
    assert_eq!(key(ORGANISATION, LATER), KeyId(2));
    assert_eq!(key(OTHER, NOW), KeyId(3));
    assert_eq!(key(ORGANISATION, NOW), KeyId(1));
    let rows = keyring.keys().unwrap();
    let rows: Vec<_> =
        rows.iter().map(|row| (row.id.0, row.organisation.as_str(), row.month.to_string(), row.erased)).collect();
    assert_eq!(
        rows,
        [
            (1, ORGANISATION, "2026-11".into(), None),
            (2, ORGANISATION, "2026-12".into(), None),
            (3, OTHER, "2026-11".into(), None),
        ]
    );
}

#[test]
fn a_flipped_byte_anywhere_is_damage() {
    let place = Place::new();
    let keyring = place.create();
    keyring.seal(OTHER, NOW, b"another key").unwrap();
    for plain in [b"short".to_vec(), xml(1000)] {
        for seal in [&keyring as &dyn Seal, &Plain] {
            let Sealed { key, mut bytes } = seal.seal(ORGANISATION, NOW, &plain).unwrap();
            for at in 0..bytes.len() {
                for flip in [1, 2, 3, 0x80, 0xff] {
                    bytes[at] ^= flip;
                    let opened = seal.open(key, &bytes);
                    assert!(matches!(opened, Err(SealError::Damaged { key: k, .. }) if k == key), "{at} {opened:?}");
                    bytes[at] ^= flip;
                }
            }
            for length in 0..bytes.len() {
                assert!(matches!(seal.open(key, &bytes[..length]), Err(SealError::Damaged { .. })), "{length}");
            }
            bytes.push(0);
            assert!(matches!(seal.open(key, &bytes), Err(SealError::Damaged { .. })));
        }
    }
}

#[test]
fn whole_bytes_under_another_key_are_told_from_damage() {
    let place = Place::new();
    let keyring = place.create();
    let one = keyring.seal(ORGANISATION, NOW, b"one").unwrap();
    let two = keyring.seal(OTHER, NOW, b"two").unwrap();
    let none = Plain.seal(ORGANISATION, NOW, b"none").unwrap();
    for (given, sealed) in [(two.key, &one), (KeyId(0), &one), (one.key, &two), (one.key, &none)] {
        assert_eq!(keyring.open(given, &sealed.bytes), Err(SealError::WrongKey { given, belongs: sealed.key }));
    }
    assert_eq!(keyring.open(KeyId(99), &one.bytes), Err(SealError::NoKey { key: KeyId(99) }));
    assert_eq!(keyring.open(KeyId(-1), &one.bytes), Err(SealError::NoKey { key: KeyId(-1) }));
}

#[test]
fn a_store_begun_unencrypted_goes_on_encrypted() {
    let place = Place::new();
    let sealed = Plain.seal(ORGANISATION, NOW, b"before").unwrap();
    assert_eq!(sealed.key, KeyId(0));
    let keyring = place.create();
    assert_eq!(keyring.open(sealed.key, &sealed.bytes).unwrap(), b"before");
    let sealed = keyring.seal(ORGANISATION, NOW, b"after").unwrap();
    assert_eq!(Plain.open(sealed.key, &sealed.bytes), Err(SealError::NoKey { key: sealed.key }));
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let place = Place::new();
    let limit = 64 * 1024 * 1024;
    let found = limit + 1;
    for seal in [&place.create() as &dyn Seal, &Plain] {
        let refused = seal.seal(ORGANISATION, NOW, &vec![0; found]);
        assert_eq!(refused, Err(SealError::TooLarge { found, limit }));
    }
    let largest = vec![0; limit];
    let sealed = Plain.seal(ORGANISATION, NOW, &largest).unwrap();
    assert!(Plain.open(sealed.key, &sealed.bytes).unwrap() == largest);
}

#[test]
fn a_bomb_is_not_decompressed() {
    // A frame of much more than the length beside it says; the checksum is right.
    let frame = zstd::bulk::compress(&vec![0; 1 << 20], 3).unwrap();
    for (said, what) in [
        (100, "the frame's length differs from the plain length"),
        (u32::MAX, "plain length over the limit"),
        (64 << 20, "the frame's length differs from the plain length"),
    ] {
        let mut bytes = vec![2, 1];
        bytes.extend_from_slice(&u32::to_le_bytes(said));
        bytes.extend_from_slice(&frame);
        bytes.extend_from_slice(&gis_gkh_delivery::Sha256::of(&bytes).0[..16]);
        assert_eq!(Plain.open(KeyId(0), &bytes), Err(SealError::Damaged { key: KeyId(0), what }));
    }
}

#[test]
fn reopened_it_opens_what_it_sealed() {
    let place = Place::new();
    let sealed = place.create().seal(ORGANISATION, NOW, b"body").unwrap();
    let again = place.open("master").unwrap();
    assert_eq!(again.open(sealed.key, &sealed.bytes).unwrap(), b"body");
    // Neither opening nor sealing under a key that is there writes.
    let before = place.text();
    assert_eq!(again.seal(ORGANISATION, NOW, b"more").unwrap().key, sealed.key);
    place.create();
    assert_eq!(place.text(), before);
}

#[test]
fn a_missing_keyring_is_not_replaced_by_an_empty_one() {
    let place = Place::new();
    let missing = KeyringError::Missing { path: place.file() };
    assert_eq!(place.open("master").unwrap_err(), missing);
    assert!(!place.folder().exists());
    let keyring = place.create();
    let sealed = keyring.seal(ORGANISATION, NOW, b"body").unwrap();
    fs::remove_file(place.file()).unwrap();
    assert_eq!(place.open("master").unwrap_err(), missing);
    // Nor does one that is open go on writing bodies nobody will ever read.
    assert_eq!(keyring.seal(ORGANISATION, NOW, b"body"), Err(SealError::Keyring(missing.clone())));
    assert_eq!(keyring.open(sealed.key, &sealed.bytes), Err(SealError::Keyring(missing)));
    assert!(!place.file().exists());
}

#[test]
fn a_key_is_on_disk_before_it_is_used() {
    let place = Place::new();
    let keyring = place.create();
    // A folder in the temporary file's place: the keyring cannot be written.
    fs::create_dir(place.folder().join("keyring.json.new")).unwrap();
    let before = place.text();
    let refused = keyring.seal(ORGANISATION, NOW, b"body");
    assert!(matches!(refused, Err(SealError::Keyring(KeyringError::Io { doing: "writing", .. }))), "{refused:?}");
    assert_eq!(place.text(), before);
    assert_eq!(keyring.keys().unwrap(), []);
    fs::remove_dir(place.folder().join("keyring.json.new")).unwrap();
    let sealed = keyring.seal(ORGANISATION, NOW, b"body").unwrap();
    assert_eq!(place.open("master").unwrap().open(sealed.key, &sealed.bytes).unwrap(), b"body");
}

#[test]
fn without_randomness_nothing_is_sealed() {
    let place = Place::new();
    place.create();
    let none = |_: &mut [u8]| Err(EntropyError::new("test"));
    let keyring = Keyring::open(&place.folder(), place.master("master", 1), none).unwrap();
    let before = place.text();
    let error = EntropyError::new("test");
    assert_eq!(keyring.seal(ORGANISATION, NOW, b"body"), Err(SealError::Keyring(KeyringError::Entropy(error.clone()))));
    assert_eq!(place.text(), before);
    // With a key at hand it is the nonce that is missing.
    place.open("master").unwrap().seal(ORGANISATION, NOW, b"body").unwrap();
    assert_eq!(keyring.seal(ORGANISATION, NOW, b"body"), Err(SealError::Entropy(error)));
}

#[test]
fn a_wrong_master_is_named_and_touches_nothing() {
    let place = Place::new();
    place.create().seal(ORGANISATION, NOW, b"body").unwrap();
    let other = place.master("other", 9);
    let before = place.text();
    let wrong = KeyringError::WrongMaster { path: place.file() };
    assert_eq!(place.open("other").unwrap_err(), wrong);
    assert_eq!(Keyring::open_or_create(&place.folder(), other, entropy(4)).unwrap_err(), wrong);
    assert_eq!(place.text(), before);
}

#[test]
fn rotation_leaves_bodies_and_retires_the_old_master() {
    let place = Place::new();
    let keyring = place.create();
    let sealed = keyring.seal(ORGANISATION, NOW, b"body").unwrap();
    let erased = keyring.seal(OTHER, NOW, b"gone").unwrap();
    keyring.erase(OTHER, month("2026-11"), NOW).unwrap();
    let new = place.master("new", 9);
    keyring.rotate(new).unwrap();
    for keyring in [&keyring, &place.open("new").unwrap()] {
        assert_eq!(keyring.open(sealed.key, &sealed.bytes).unwrap(), b"body");
        assert_eq!(keyring.open(erased.key, &erased.bytes), Err(SealError::Erased { key: erased.key, at: NOW }));
        keyring.seal(ORGANISATION, LATER, b"more").unwrap();
    }
    assert_eq!(place.open("master").unwrap_err(), KeyringError::WrongMaster { path: place.file() });
}

#[test]
fn a_rotation_that_cannot_be_written_changes_nothing() {
    let place = Place::new();
    let keyring = place.create();
    let sealed = keyring.seal(ORGANISATION, NOW, b"body").unwrap();
    let new = place.master("new", 9);
    fs::create_dir(place.folder().join("keyring.json.new")).unwrap();
    assert!(matches!(keyring.rotate(new), Err(KeyringError::Io { doing: "writing", .. })));
    for keyring in [&keyring, &place.open("master").unwrap()] {
        assert_eq!(keyring.open(sealed.key, &sealed.bytes).unwrap(), b"body");
    }
}

#[test]
fn an_open_keyring_follows_a_rotation_once_its_source_does() {
    let place = Place::new();
    let engine = place.create();
    let sealed = engine.seal(ORGANISATION, NOW, b"body").unwrap();
    let new = place.master("new", 9);
    place.open("master").unwrap().rotate(new).unwrap();
    let wrong = SealError::Keyring(KeyringError::WrongMaster { path: place.file() });
    assert_eq!(engine.open(sealed.key, &sealed.bytes), Err(wrong));
    fs::rename(place.0.path().join("new"), place.0.path().join("master")).unwrap();
    assert_eq!(engine.open(sealed.key, &sealed.bytes).unwrap(), b"body");
    engine.seal(ORGANISATION, LATER, b"more").unwrap();
}

#[test]
fn erased_is_erased_and_a_new_body_gets_a_new_key() {
    let place = Place::new();
    let keyring = place.create();
    let gone = keyring.seal(ORGANISATION, NOW, b"gone").unwrap();
    let kept = keyring.seal(ORGANISATION, LATER, b"kept").unwrap();
    let before = place.text();
    let wrapped = before.split("\"wrapped\": \"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(wrapped.len(), 2 * (24 + 32 + 16));
    assert_eq!(keyring.erase(ORGANISATION, month("2026-11"), LATER).unwrap(), Some(gone.key));
    assert!(!place.text().contains(wrapped));
    let erased = Err(SealError::Erased { key: gone.key, at: LATER });
    for keyring in [&keyring, &place.open("master").unwrap()] {
        assert_eq!(keyring.open(gone.key, &gone.bytes), erased);
        assert_eq!(keyring.open(kept.key, &kept.bytes).unwrap(), b"kept");
    }
    assert_eq!(keyring.erase(ORGANISATION, month("2026-11"), LATER).unwrap(), None);
    assert_eq!(keyring.erase(OTHER, month("2026-12"), LATER).unwrap(), None);
    let again = keyring.seal(ORGANISATION, NOW, b"again").unwrap();
    assert_eq!(again.key, KeyId(3));
    assert_eq!(keyring.open(again.key, &again.bytes).unwrap(), b"again");
    assert_eq!(keyring.open(gone.key, &gone.bytes), erased);
    // The last number is not given twice either.
    keyring.erase(ORGANISATION, month("2026-11"), LATER).unwrap();
    assert_eq!(place.open("master").unwrap().seal(ORGANISATION, NOW, b"").unwrap().key, KeyId(4));
}

#[test]
fn an_organisation_is_erased_whole_and_alone() {
    let place = Place::new();
    let keyring = place.create();
    let gone = [NOW, LATER].map(|at| keyring.seal(ORGANISATION, at, b"gone").unwrap());
    let kept = keyring.seal(OTHER, NOW, b"kept").unwrap();
    assert_eq!(keyring.erase_organisation(ORGANISATION, LATER).unwrap(), gone.each_ref().map(|sealed| sealed.key));
    assert_eq!(keyring.erase_organisation(ORGANISATION, LATER).unwrap(), []);
    for Sealed { key, bytes } in gone {
        assert_eq!(keyring.open(key, &bytes), Err(SealError::Erased { key, at: LATER }));
    }
    assert_eq!(keyring.open(kept.key, &kept.bytes).unwrap(), b"kept");
}

#[cfg(unix)]
#[test]
fn erasing_and_rotating_overwrite_what_the_file_was() {
    let place = Place::new();
    let keyring = place.create();
    let new = place.master("new", 9);
    // Another name for the old bytes shows what becomes of them; so does a temporary file left by a writer that died.
    let [old, left] = ["old", "left"].map(|name| place.0.path().join(name));
    let overwritten = |change: &dyn Fn()| {
        keyring.seal(ORGANISATION, NOW, b"body").unwrap();
        fs::hard_link(place.file(), &old).unwrap();
        fs::write(&left, place.text()).unwrap();
        fs::hard_link(&left, place.folder().join("keyring.json.new")).unwrap();
        change();
        for path in [&old, &left] {
            let bytes = fs::read(path).unwrap();
            assert!(bytes.len() > 200 && bytes.iter().all(|byte| *byte == 0));
            fs::remove_file(path).unwrap();
        }
    };
    overwritten(&|| assert!(keyring.erase(ORGANISATION, month("2026-11"), NOW).unwrap().is_some()));
    overwritten(&|| keyring.rotate(new.clone()).unwrap());
}

#[test]
fn a_writer_that_died_before_its_rename_left_nothing() {
    let place = Place::new();
    let keyring = place.create();
    let sealed = keyring.seal(ORGANISATION, NOW, b"body").unwrap();
    let whole = place.text();
    for left in ["", "{\"format\": \"gis-gkh keyr", &whole.replace("2026-11", "2026-12")] {
        fs::write(place.folder().join("keyring.json.new"), left).unwrap();
        let again = place.open("master").unwrap();
        assert_eq!(again.open(sealed.key, &sealed.bytes).unwrap(), b"body");
        assert_eq!(place.text(), whole);
    }
    let again = place.open("master").unwrap();
    again.seal(OTHER, NOW, b"more").unwrap();
    assert!(!place.folder().join("keyring.json.new").exists());
    assert_eq!(place.open("master").unwrap().keys().unwrap().len(), 2);
}

#[test]
fn a_garbled_file_is_told_and_left_alone() {
    let place = Place::new();
    let keyring = place.create();
    keyring.seal(ORGANISATION, NOW, b"body").unwrap();
    keyring.seal(OTHER, NOW, b"body").unwrap();
    keyring.erase(OTHER, month("2026-11"), NOW).unwrap();
    let whole = place.text();
    let key = whole.split("\"wrapped\": \"").nth(1).unwrap();
    let check = whole.split("\"check\": \"").nth(1).unwrap();
    let turned = |text: &str| whole.replacen(&text[..8], &text[..8].chars().rev().collect::<String>(), 1);
    let mut garbled = vec![
        ("nothing", String::new()),
        ("null", "null".into()),
        ("something else", "{\"format\": \"other\", \"version\": 1}".into()),
        ("twice", whole.repeat(2)),
        ("zeroes", "\0".repeat(whole.len())),
        ("a key", turned(key)),
        ("the check value", turned(check)),
        ("a month", whole.replacen("2026-11", "2026-10", 1)),
        ("no month", whole.replacen("2026-11", "2026-14", 1)),
        ("an organisation", whole.replacen(ORGANISATION, OTHER, 1)),
        ("an order", whole.replacen("\"id\": 2", "\"id\": 1", 1)),
        ("no number", whole.replacen("\"id\": 1", "\"id\": 0", 1)),
        ("neither", whole.replacen("\"erased\"", "\"wrapped\"", 1)),
        ("no version", whole.replacen("\"version\": 1", "\"version\": 0", 1)),
        ("a field", whole.replacen("\"check\"", "\"cheque\"", 1)),
    ];
    garbled.extend((0..whole.trim_end().len()).step_by(7).map(|length| ("cut", whole[..length].to_owned())));
    for (what, text) in garbled {
        assert_ne!(text, whole, "{what}");
        fs::write(place.file(), &text).unwrap();
        for opened in
            [place.open("master"), Keyring::open_or_create(&place.folder(), place.master("master", 1), entropy(4))]
        {
            let error = opened.unwrap_err();
            assert!(matches!(error, KeyringError::Damaged { .. }), "{what}: {error:?}");
        }
        let refused = keyring.seal(ORGANISATION, LATER, b"more");
        assert!(matches!(refused, Err(SealError::Keyring(KeyringError::Damaged { .. }))), "{what}: {refused:?}");
        assert_eq!(place.text(), text, "{what}");
    }
    fs::write(place.file(), whole).unwrap();
    keyring.seal(ORGANISATION, LATER, b"more").unwrap();
}

#[test]
fn a_newer_file_is_refused_and_left_alone() {
    let place = Place::new();
    place.create();
    let newer = "{\"format\": \"gis-gkh keyring\", \"version\": 2, \"something\": \"new\"}";
    fs::write(place.file(), newer).unwrap();
    let error = KeyringError::Newer { path: place.file(), found: 2, known: 1 };
    assert_eq!(place.open("master").unwrap_err(), error);
    assert_eq!(place.text(), newer);
}

/// [`other_process`], about to be started.
fn other(place: &Place, action: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["other_process", "--exact", "--ignored", "--nocapture"])
        .env("KEYRING_TEST_PLACE", place.0.path())
        .env("KEYRING_TEST_ACTION", action)
        .env("KEYRING_TEST_MASTER", fs::read_to_string(place.0.path().join("master")).unwrap());
    command
}

/// Runs [`other_process`] and hands back what it printed after the word.
fn in_another_process(place: &Place, action: &str) -> String {
    let output = other(place, action).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    text.split_once("said: ").unwrap().1.lines().next().unwrap().to_owned()
}

#[test]
#[ignore = "the other process of the tests below"]
fn other_process() {
    let Some(place) = std::env::var_os("KEYRING_TEST_PLACE") else { return };
    let master = MasterSource::Environment("KEYRING_TEST_MASTER".into());
    let keyring = Keyring::open(&Path::new(&place).join("keys"), master, entropy(5)).unwrap();
    match std::env::var("KEYRING_TEST_ACTION").unwrap().as_str() {
        "seal" => {
            let sealed = keyring.seal(OTHER, NOW, b"from the other process").unwrap();
            fs::write(Path::new(&place).join("sealed"), &sealed.bytes).unwrap();
            println!("said: {}", sealed.key);
        }
        "erase" => println!("said: {:?}", keyring.erase_organisation(ORGANISATION, NOW).unwrap()),
        "forever" => {
            for number in 0.. {
                println!("said: {}", keyring.seal(&number.to_string(), NOW, b"").unwrap().key);
            }
        }
        many => {
            let keys = (0..20).map(|number| {
                keyring.seal(&format!("{many}/{number}"), NOW, b"").unwrap();
                keyring.seal("shared", Timestamp(NOW.0 + number * 40 * 86_400_000), b"").unwrap().key
            });
            println!("said: {:?}", keys.collect::<Vec<_>>());
        }
    }
}

#[test]
fn another_process_sees_new_keys_and_erasures() {
    let place = Place::new();
    let keyring = place.create();
    let mine = keyring.seal(ORGANISATION, NOW, b"mine").unwrap();
    let key = KeyId(in_another_process(&place, "seal").parse().unwrap());
    assert_eq!(key, KeyId(2));
    let bytes = fs::read(place.0.path().join("sealed")).unwrap();
    assert_eq!(keyring.open(key, &bytes).unwrap(), b"from the other process");
    assert_eq!(keyring.seal(OTHER, NOW, b"same key").unwrap().key, key);
    in_another_process(&place, "erase");
    assert_eq!(keyring.open(mine.key, &mine.bytes), Err(SealError::Erased { key: mine.key, at: NOW }));
    assert_eq!(keyring.seal(ORGANISATION, NOW, b"new key").unwrap().key, KeyId(3));
}

#[test]
fn killed_at_any_moment_it_has_every_key_it_used() {
    let place = Place::new();
    place.create();
    let mut used = vec![];
    for keys in [1, 2, 3, 5, 8, 13, 21] {
        let mut process = other(&place, "forever").stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut said = lines.filter_map(|line| Some(KeyId(line.split_once("said: ")?.1.parse().unwrap())));
        // It goes on while this reads, so the moment is any.
        used.extend(said.by_ref().take(used.len() + keys));
        process.kill().unwrap();
        let status = process.wait().unwrap();
        assert!(!cfg!(unix) || status.code().is_none(), "it was not the kill: {status}");
        let kept: Vec<_> = place.open("master").unwrap().keys().unwrap().iter().map(|row| row.id).collect();
        assert!(used.iter().all(|key| kept.contains(key)), "{used:?} {kept:?}");
        assert!(kept.iter().map(|key| key.0).eq(1..=i64::try_from(kept.len()).unwrap()), "{kept:?}");
    }
}

#[test]
fn processes_and_threads_take_turns() {
    let place = Place::new();
    let keyring = place.create();
    let said = std::thread::scope(|scope| {
        let processes = ["a", "b"].map(|action| scope.spawn(|| in_another_process(&place, action)));
        let threads = ["c", "d"].map(|name| {
            let keyring = &keyring;
            scope.spawn(move || {
                for number in 0..20 {
                    keyring.seal(&format!("{name}/{number}"), NOW, b"").unwrap();
                }
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        processes.map(|process| process.join().unwrap())
    });
    // Both were given the same keys for the shared organisation, whoever made each.
    assert_eq!(said[0], said[1]);
    let rows = place.open("master").unwrap().keys().unwrap();
    assert_eq!(rows.len(), 4 * 20 + 20);
    assert_eq!(keyring.keys().unwrap(), rows);
}

/// Nodes on one folder, each with a keyring of its own: all make it at once, and all need the key of the same new month at once.
#[test]
fn nodes_that_make_a_keyring_and_a_months_key_at_once_lose_none() {
    const NODES: usize = 4;
    const MONTH: i64 = 31 * 86_400_000;
    for _ in 0..20 {
        let place = Place(tempfile::tempdir().unwrap());
        let master = MasterSource::File(place.0.path().join("master"));
        let together = std::sync::Barrier::new(NODES);
        let sealed: Vec<Vec<(KeyId, Vec<u8>)>> = std::thread::scope(|scope| {
            let node = |number: u64| {
                let (place, master, together) = (&place, master.clone(), &together);
                scope.spawn(move || {
                    let random = entropy(100 + number);
                    together.wait();
                    master.create_if_missing(&random).unwrap();
                    let keyring = Keyring::open_or_create(&place.folder(), master, random).unwrap();
                    let mut sealed = Vec::new();
                    for month in 0..10 {
                        together.wait();
                        let body = keyring.seal(ORGANISATION, Timestamp(NOW.0 + month * MONTH), b"body").unwrap();
                        sealed.push((body.key, body.bytes));
                    }
                    sealed
                })
            };
            let nodes: Vec<_> = (0..u64::try_from(NODES).unwrap()).map(node).collect();
            nodes.into_iter().map(|node| node.join().unwrap()).collect()
        });
        let keys = |node: &[(KeyId, Vec<u8>)]| node.iter().map(|(key, _)| *key).collect::<Vec<_>>();
        let keyring = Keyring::open(&place.folder(), master, entropy(7)).unwrap();
        assert_eq!(keyring.keys().unwrap().len(), 10, "one key a month");
        for node in &sealed {
            assert_eq!(keys(node), keys(&sealed[0]), "the same key for all");
            for (key, bytes) in node {
                assert_eq!(keyring.open(*key, bytes).unwrap(), b"body");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_look() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.create().seal(ORGANISATION, NOW, b"body").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let master = place.0.path().join("master");
    assert_eq!([mode(&place.folder()), mode(&place.file()), mode(&master)], [0o700, 0o600, 0o600]);
    for loose in [0o640, 0o604, 0o620, 0o644, 0o666, 0o700] {
        set(&master, loose);
        let error = MasterError::Loose { path: master.clone(), mode: loose };
        assert_eq!(place.open("master").unwrap_err(), KeyringError::Master(error));
    }
    for strict in [0o400, 0o600] {
        set(&master, strict);
        place.open("master").unwrap();
    }
    for loose in [0o750, 0o705, 0o777] {
        set(&place.folder(), loose);
        let path = place.folder();
        assert_eq!(place.open("master").unwrap_err(), KeyringError::Loose { path, mode: loose });
    }
}

#[test]
fn a_master_key_file_is_made_once() {
    let place = Place::new();
    let path = place.0.path().join("first");
    let source = MasterSource::File(path.clone());
    let opened = Keyring::open_or_create(&place.folder(), source.clone(), entropy(2));
    assert_eq!(opened.unwrap_err(), KeyringError::Master(MasterError::Missing { path: path.clone() }));
    assert!(!place.file().exists());
    assert_eq!(source.create_if_missing(&entropy(1)), Ok(true));
    let key = fs::read_to_string(&path).unwrap();
    assert_eq!(key.trim_end().len(), 64);
    assert_eq!(source.create_if_missing(&entropy(2)), Ok(false));
    assert_eq!(fs::read_to_string(&path).unwrap(), key);
    assert_eq!(MasterSource::Environment("X".into()).create_if_missing(&entropy(1)), Ok(false));
    let names = fs::read_dir(place.0.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["first", "keys", "master"]);
}

/// The key of `place`, as bytes.
fn key_bytes(place: &Place) -> Vec<u8> {
    let text = fs::read_to_string(place.0.path().join("master")).unwrap();
    (0..32).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

#[test]
fn a_master_key_file_is_raw_or_hex_and_nothing_else() {
    let place = Place::new();
    place.create();
    let master = place.0.path().join("master");
    let hex = fs::read_to_string(&master).unwrap().trim_end().to_owned();
    let raw = key_bytes(&place);
    for good in [raw.clone(), hex.clone().into_bytes(), hex.to_uppercase().into_bytes(), format!(" {hex}\r\n").into()] {
        fs::write(&master, &good).unwrap();
        place.open("master").unwrap();
    }
    let mut long = raw.clone();
    long.push(b'\n');
    let bad = [
        vec![],
        raw[..31].to_vec(),
        long,
        hex[..32].into(),
        hex[1..].into(),
        format!("{hex}00").into(),
        vec![b'a'; 5000],
    ];
    for bad in bad {
        fs::write(&master, &bad).unwrap();
        let error = place.open("master").unwrap_err();
        assert!(matches!(error, KeyringError::Master(MasterError::Malformed { .. })), "{error:?}");
        assert!(!error.to_string().contains(&hex[..8]), "{error}");
    }
}

#[test]
fn a_variable_without_a_key_is_named() {
    let place = Place::new();
    place.create();
    let open = |name: &str| Keyring::open(&place.folder(), MasterSource::Environment(name.into()), entropy(3));
    let name = "KEYRING_TEST_NOT_SET".to_owned();
    assert_eq!(open(&name).unwrap_err(), KeyringError::Master(MasterError::Unset { name }));
    // Cargo sets this one, to a path.
    let error = open("CARGO_MANIFEST_DIR").unwrap_err();
    assert!(matches!(&error, KeyringError::Master(MasterError::Malformed { .. })), "{error:?}");
    assert!(error.to_string().contains("CARGO_MANIFEST_DIR"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_command_prints_the_master_key() {
    let place = Place::new();
    place.create();
    let master = place.0.path().join("master");
    let run = |program: &str, arguments: &[&str], limit| {
        let arguments = arguments.iter().map(Into::into).collect();
        let source = MasterSource::Command { program: program.into(), arguments, limit };
        Keyring::open(&place.folder(), source, entropy(3)).map(|_| ())
    };
    let minute = Duration::from_secs(60);
    let path = master.to_str().unwrap();
    run("cat", &[path], minute).unwrap();
    let shell = |script: &str| run("/bin/sh", &["-c", script], minute);
    shell(&format!("cat {path}")).unwrap();
    fs::write(place.0.path().join("raw"), key_bytes(&place)).unwrap();
    run("cat", &[place.0.path().join("raw").to_str().unwrap()], minute).unwrap();
    let failed =
        |what: &str| Err(KeyringError::Master(MasterError::Command { program: "/bin/sh".into(), what: what.into() }));
    assert_eq!(shell(&format!("cat {path}; exit 3")), failed("exit status: 3"));
    assert!(matches!(shell("echo no key"), Err(KeyringError::Master(MasterError::Malformed { .. }))));
    let missing = run("/nowhere/program", &[], minute);
    assert!(matches!(missing, Err(KeyringError::Master(MasterError::Command { .. }))), "{missing:?}");
    let limit = Duration::from_millis(1);
    let slow = run("sleep", &["600"], limit);
    assert_eq!(slow, Err(KeyringError::Master(MasterError::Slow { program: "sleep".into(), limit })));
}

proptest! {
    #[test]
    fn any_body_comes_back(plain in proptest::collection::vec(any::<u8>(), 0..2000), repeat in 1_usize..5) {
        let place = Place::new();
        let keyring = place.create();
        let plain = plain.repeat(repeat);
        for seal in [&keyring as &dyn Seal, &Plain] {
            let sealed = seal.seal(ORGANISATION, NOW, &plain).unwrap();
            prop_assert_eq!(&seal.open(sealed.key, &sealed.bytes).unwrap(), &plain);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(
        key in prop_oneof![-1_i64..4, any::<i64>()],
        head in prop_oneof![Just(vec![]), (0_u8..4, 0_u8..3).prop_map(|(version, codec)| vec![version, codec])],
        rest in proptest::collection::vec(any::<u8>(), 0..200),
        sum in any::<bool>(),
    ) {
        let place = Place::new();
        let keyring = place.create();
        keyring.seal(ORGANISATION, NOW, b"a key").unwrap();
        let mut bytes = [head, rest].concat();
        if sum {
            // Past the checksum, to what unpacks.
            bytes.extend_from_slice(&gis_gkh_delivery::Sha256::of(&bytes).0[..16]);
        }
        let _ = Plain.open(KeyId(key), &bytes);
        if let Err(SealError::Damaged { key: said, .. }) = keyring.open(KeyId(key), &bytes) {
            prop_assert_eq!(said, KeyId(key));
        }
    }
}

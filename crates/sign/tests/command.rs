//! The provider that runs a program: held to the suite, and every fault of the program named.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod support;

use std::error::Error as _;
use std::path::Path;
use std::time::Duration;

use gis_gkh_sign::conformance::{Sample, Subject};
use gis_gkh_sign::signer::{
    CommandConfig, CommandError, CommandSigner, Encoding, Input, ProviderError, RawSigner, SecretSource, SignError,
};
use support::held;

/// Long enough for any machine; only faults are waited for shorter.
const PATIENCE: Duration = Duration::from_secs(120);

fn config(arguments: &[&str]) -> CommandConfig {
    CommandConfig {
        program: env!("CARGO_BIN_EXE_sample-signer").into(),
        arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
        environment: Vec::new(),
        inherited: Vec::new(),
        input: Input::Data,
        output: Encoding::Raw,
        limit: PATIENCE,
    }
}

fn fails(config: CommandConfig) -> ProviderError {
    CommandSigner::new(config, None).unwrap().sign(b"data").unwrap_err()
}

fn cause(error: &ProviderError) -> &CommandError {
    error.source().unwrap().downcast_ref().unwrap()
}

struct Program {
    input: Input,
    output: Encoding,
}

impl Subject for Program {
    fn provider(&self, sample: &Sample) -> Result<Box<dyn RawSigner>, SignError> {
        let key = Sample::folder().join(format!("{}.key", sample.name));
        let mut words = vec![key.to_str().unwrap()];
        words.extend((self.input == Input::Digest).then_some("digest"));
        words.extend(match self.output {
            Encoding::Raw => None,
            Encoding::Base64 => Some("base64"),
            Encoding::Hex => Some("hex"),
        });
        let config = CommandConfig { input: self.input, output: self.output, ..config(&words) };
        Ok(Box::new(CommandSigner::new(config, None)?))
    }
}

#[test]
fn a_program_that_hashes_and_writes_bytes_conforms() {
    held(&Program { input: Input::Data, output: Encoding::Raw });
}

#[test]
fn a_program_that_is_given_digests_and_writes_base64_conforms() {
    held(&Program { input: Input::Digest, output: Encoding::Base64 });
}

/// OpenSSL's own program with the gost engine: what an operator may name without writing a program.
struct OpensslProgram;

impl Subject for OpensslProgram {
    fn provider(&self, sample: &Sample) -> Result<Box<dyn RawSigner>, SignError> {
        let key = Sample::folder().join(format!("{}.key", sample.name));
        let digest = if sample.name == "org-512" { "-md_gost12_512" } else { "-md_gost12_256" };
        let words = ["dgst", "-engine", "gost", digest, "-binary", "-sign", key.to_str().unwrap()];
        let config = CommandConfig { program: "openssl".into(), ..config(&words) };
        Ok(Box::new(CommandSigner::new(config, None)?))
    }
}

#[test]
fn the_program_of_openssl_conforms() {
    let engine = std::process::Command::new("openssl").args(["engine", "gost"]).output();
    if engine.is_ok_and(|output| output.status.success()) {
        return held(&OpensslProgram);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "no openssl with the engine of libengine-gost-openssl");
    eprintln!("SKIPPED: no openssl with the gost engine (libengine-gost-openssl)");
}

#[test]
fn hex_digits_are_read_too() {
    let sample = Sample::read("org-512").unwrap();
    let provider = Program { input: Input::Data, output: Encoding::Hex }.provider(&sample).unwrap();
    assert_eq!(provider.sign(b"data").unwrap().len(), 128);
}

#[test]
fn a_program_that_hangs_is_killed_and_said_to_be_slow() {
    let limit = Duration::from_millis(200);
    let error = fails(CommandConfig { limit, ..config(&["key", "hang"]) });
    assert!(matches!(cause(&error), CommandError::Slow { limit: named } if *named == limit), "{error}");
    assert!(error.is_passing());
    assert!(error.to_string().contains("200ms"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_killed_program_has_started_is_killed_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("id");
    let script = "sleep 1000 & echo $! > \"$0.new\"; mv \"$0.new\" \"$0\"; wait";
    // On a busy machine a shell may need longer to start anything.
    for seconds in [1, 2, 4, 8, 16, 32, 64] {
        let config = CommandConfig {
            program: "/bin/sh".into(),
            limit: Duration::from_secs(seconds),
            ..config(&["-c", script, file.to_str().unwrap()])
        };
        let error = fails(config);
        assert!(matches!(cause(&error), CommandError::Slow { .. }), "{error}");
        if file.exists() {
            break;
        }
    }
    let id = std::fs::read_to_string(file).unwrap();
    let state = || std::fs::read_to_string(Path::new("/proc").join(id.trim()).join("stat"));
    // A killed process may wait as a zombie for whoever inherited it.
    while state().is_ok_and(|state| !state.contains(") Z")) {
        std::thread::yield_now();
    }
}

#[test]
fn a_program_that_closes_its_output_and_lingers_is_killed() {
    let limit = Duration::from_millis(300);
    let config = CommandConfig { program: "/bin/sh".into(), limit, ..config(&["-c", "exec >&- 2>&-; sleep 1000"]) };
    let error = fails(config);
    assert!(matches!(cause(&error), CommandError::Slow { .. }), "{error}");
}

#[test]
fn a_failed_program_is_quoted_shortly_and_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let pin = folder.path().join("pin");
    std::fs::write(&pin, "secret-4711\n").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&pin, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let environment = vec![("SAMPLE_PIN".to_owned(), SecretSource::File(pin))];
    let config = CommandConfig { environment, ..config(&["key", "fail"]) };
    let signer = CommandSigner::new(config, None).unwrap();
    // More than a pipe holds: the program ends without having read it.
    let error = signer.sign(&vec![0; 1 << 20]).unwrap_err();
    match cause(&error) {
        CommandError::Failed { status, said } => {
            assert_eq!(status, "exit code 3");
            assert!(said.starts_with("token not found, PIN was … !!!") && said.ends_with('…'), "{said}");
            assert!(said.chars().count() <= 301, "{said}");
        }
        other => panic!("{other:?}"),
    }
    assert!(!format!("{error} {error:?} {signer:?}").contains("4711"));
}

/// What a program sees of the environment, by line.
#[cfg(unix)]
fn seen(inherited: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("environment");
    let words = ["-c", "env > \"$0\"; exit 3", file.to_str().unwrap()];
    let inherited = inherited.iter().map(|&name| name.to_owned()).collect();
    fails(CommandConfig { program: "/bin/sh".into(), inherited, ..config(&words) });
    std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect()
}

#[cfg(unix)]
#[test]
fn a_program_sees_of_the_environment_what_it_needs_and_what_is_named() {
    const SECRET: &str = "GKH_TEST_DATABASE_PASSWORD";
    if std::env::var_os(SECRET).is_none() {
        // Once more, in an environment with a secret, and nothing of the shell's own.
        let this = "a_program_sees_of_the_environment_what_it_needs_and_what_is_named";
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", this]).env_clear();
        again.envs([(SECRET, "secret-4711"), ("PATH", "/usr/bin:/bin"), ("HOME", "/nowhere"), ("LC_TIME", "C")]);
        assert!(again.status().unwrap().success(), "in an environment with a secret");
        return;
    }
    // What the shell sets for itself.
    let own = |line: &String| ["PWD=", "OLDPWD=", "SHLVL=", "_="].iter().any(|name| line.starts_with(name));
    let sorted = |inherited: &[&str]| {
        let mut lines = seen(inherited);
        lines.retain(|line| !own(line));
        lines.sort();
        lines
    };
    let always = ["HOME=/nowhere", "LC_TIME=C", "PATH=/usr/bin:/bin"];
    assert_eq!(sorted(&[]), always);
    assert_eq!(sorted(&["GKH_TEST_NO_SUCH_VARIABLE"]), always);
    let named = sorted(&[SECRET]);
    assert!(named.contains(&format!("{SECRET}=secret-4711")), "{named:?}");
}

#[test]
fn programs_that_are_not_there_and_secrets_that_are_not_are_named() {
    let error = fails(CommandConfig { program: "/no/such/program".into(), ..config(&[]) });
    assert!(matches!(cause(&error), CommandError::Start(_)), "{error}");
    assert!(!error.is_passing());
    assert!(error.to_string().contains("/no/such/program"), "{error}");

    let environment = vec![("PIN".to_owned(), SecretSource::Variable("GKH_TEST_NO_SUCH_VARIABLE".to_owned()))];
    let error = CommandSigner::new(CommandConfig { environment, ..config(&[]) }, None).unwrap_err();
    assert!(matches!(cause(&error), CommandError::Secret(_)), "{error}");
}

#[test]
fn output_that_is_no_signature_is_refused() {
    let flood = fails(config(&["key", "flood"]));
    assert!(matches!(cause(&flood), CommandError::Output { .. }), "{flood}");
    let babble = fails(CommandConfig { output: Encoding::Base64, ..config(&["key", "babble"]) });
    assert!(matches!(cause(&babble), CommandError::Output { expected: "base64", .. }), "{babble}");
    // Bytes are bytes: the guard is who sees that these are no value.
    let sample = Sample::read("org-256").unwrap();
    let certificate = gis_gkh_sign::certificate::Certificate::from_pem(&sample.certificate).unwrap();
    let babbling = CommandSigner::new(config(&["key", "babble"]), None).unwrap();
    match gis_gkh_sign::signer::Verified::open(certificate, babbling) {
        Err(SignError::Length { expected: 64, found: 14, .. }) => {}
        other => panic!("{other:?}"),
    }
}

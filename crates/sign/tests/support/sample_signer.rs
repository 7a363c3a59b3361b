//! What a signing program of an operator's looks like, with the faults such programs have. For the tests of the provider
//! `command`; built with the feature `conformance` alone.
//!
//! `sample-signer KEY [digest] [base64|hex] [hang|flood|fail|babble|ignore]`

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use gis_gkh_sign::gost::{self, OsEntropy, PrivateKey};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Fallible<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|given| given == word);
    if has("hang") {
        loop {
            std::thread::park();
        }
    }
    let (mut stdin, mut stdout, mut stderr) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
    if has("flood") {
        let page = [b'x'; 4096];
        (0..256).try_for_each(|_| stdout.write_all(&page))?;
        return Ok(());
    }
    if has("fail") {
        // Ends without reading what it is given.
        let pin = std::env::var("SAMPLE_PIN").unwrap_or_default();
        writeln!(stderr, "token not found,\n\tPIN was {pin}\u{7}{}", "!".repeat(2000))?;
        std::process::exit(3);
    }
    let mut input = Vec::new();
    if !has("ignore") {
        stdin.read_to_end(&mut input)?;
    }
    if has("babble") {
        writeln!(stdout, "Enter PIN: OK")?;
        return Ok(());
    }
    let key = PrivateKey::from_pem(&std::fs::read_to_string(words.first().ok_or("no key")?)?)?;
    let digest = if has("digest") { input } else { gost::digest(key.key_size(), &input) };
    let value = key.sign_digest(&digest, &OsEntropy)?;
    if has("base64") {
        let text = base64::engine::general_purpose::STANDARD.encode(value);
        // Broken into lines, as many tools do.
        text.as_bytes().chunks(64).try_for_each(|line| stdout.write_all(&[line, b"\n"].concat()))?;
    } else if has("hex") {
        value.iter().try_for_each(|byte| write!(stdout, "{byte:02X}"))?;
        writeln!(stdout)?;
    } else {
        stdout.write_all(&value)?;
    }
    // A chatty program is no faulty one.
    writeln!(stderr, "signed {} bytes", digest.len())?;
    Ok(())
}

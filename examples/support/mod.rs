//! What every example does around its request: show it, or send it and wait.
//!
//! Without further settings an example sends nothing. To send, name in the environment where and as whom:
//!
//! | variable | meaning |
//! |---|---|
//! | `GKH_ADDRESS` | where connections go, `host:port`: the near end of the tunnel, or a sandbox |
//! | `GKH_STAND` | `ppak`, `sit-01`, `sit-02` or `sandbox`, which is what it is unless named |
//! | `GKH_CERTIFICATE`, `GKH_KEY` | files with the certificate and its key, PEM |
//! | `GKH_ORGANISATION` | the organisation acted for, its orgPPAGUID in that stand |

#![allow(dead_code, reason = "each example uses its part")]

use std::error::Error;
use std::fmt::Debug;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gis_gkh::clock::SystemClock;
use gis_gkh::contract::NAMESPACES;
use gis_gkh::contract::base::common_result::Outcome;
use gis_gkh::contract::base::{AttachedFile, Attachment};
use gis_gkh::contract::nsi_base::NsiRef;
use gis_gkh::operation::{ObjectResult, Submission, Tracked};
use gis_gkh::{Client, Guid, Guids, HttpLimits, Identity, Joined, Progress, Receipt, Stand, SystemError};
use gis_gkh_sign::gost::OsEntropy;
use gis_gkh_sign::signer::{BuiltinSigner, Signer};

/// Whatever may go wrong in an example.
pub(crate) type Failure = Box<dyn Error>;

/// Pause between two questions for a result; `protocol` §4.4 says how long an import may take.
const PAUSE: Duration = Duration::from_secs(10);

/// Fresh identifiers, from the operating system's randomness.
pub(crate) fn guids() -> Guids {
    Guids::new(Arc::new(OsEntropy))
}

/// Prints the operation and the exact XML of the request, refuses values that the contract does not allow, and gives the
/// client to send it with; `None` if the environment names no stand.
pub(crate) fn prepare<S: Submission>(request: &S) -> Result<Option<Client>, Failure> {
    let mut out = std::io::stdout();
    let operation = S::OPERATION;
    writeln!(out, "{}.{}: POST {}", operation.service, operation.name, operation.path)?;
    writeln!(out, "SOAPAction: {}", operation.action)?;
    writeln!(out, "{}", request.to_xml(NAMESPACES, &Default::default()))?;
    let violations = request.check();
    for violation in &violations {
        writeln!(out, "wrong: {violation}")?;
    }
    if !violations.is_empty() {
        return Err("the contract does not allow these values".into());
    }
    let client = client()?;
    if client.is_none() {
        writeln!(out, "nothing was sent: GKH_ADDRESS names no stand")?;
    }
    Ok(client)
}

fn client() -> Result<Option<Client>, Failure> {
    let Ok(address) = std::env::var("GKH_ADDRESS") else { return Ok(None) };
    let setting = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let stand = Stand::named(&std::env::var("GKH_STAND").unwrap_or("sandbox".to_owned()), address)?;
    let read = |name: &str| -> Result<String, Failure> { Ok(std::fs::read_to_string(Path::new(&setting(name)?))?) };
    let signer = BuiltinSigner::from_pem(&read("GKH_CERTIFICATE")?, &read("GKH_KEY")?)?;
    stand.check_certificate(signer.certificate())?;
    Ok(Some(Client::new(
        Identity::new(setting("GKH_ORGANISATION")?.parse()?, Arc::new(signer)),
        Arc::new(stand.transport(HttpLimits::default())?),
        Arc::new(SystemClock),
        Arc::new(OsEntropy),
    )))
}

/// Asks for the result until there is one. `None` if an export found nothing.
pub(crate) async fn result<S: Submission>(client: &Client, receipt: &Receipt) -> Result<Option<S::Result>, Failure> {
    writeln!(std::io::stdout(), "taken as {}", receipt.ack)?;
    loop {
        tokio::time::sleep(PAUSE).await;
        match client.result::<S>(receipt).await? {
            Progress::Waiting => {}
            Progress::Done(result) => return Ok(Some(result)),
            Progress::Nothing => return Ok(None),
            Progress::Refused(error) => return Err(error.into()),
        }
    }
}

/// Prints what became of each part of an import.
pub(crate) fn report<S: Tracked, R: ObjectResult>(joined: &Joined<'_, S, R>) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    let name = |part: &dyn Tracked| part.transport_guid().map_or("?".to_owned(), |guid| guid.to_string());
    for (part, result) in &joined.answered {
        match result.outcome() {
            Outcome::Done(done) => {
                let number = done.unique_number.as_deref().unwrap_or("without a number");
                writeln!(out, "{}: done, {number}, {:?}", name(*part), result.guid())?;
            }
            Outcome::Error(_) => {
                for error in SystemError::of_result(*result) {
                    writeln!(out, "{}: {error}", name(*part))?;
                }
            }
        }
    }
    for part in &joined.missing {
        writeln!(out, "{}: unknown, look before you send it again", name(*part))?;
    }
    for result in &joined.foreign {
        writeln!(out, "{}: the result of something not sent here", name(*result))?;
    }
    Ok(())
}

/// Prints what an export found, as the program sees it.
pub(crate) fn print<T: Debug>(found: &T) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{found:#?}")?)
}

/// An entry of a reference book. The code is real; the GUIDs of entries differ between stands and are read by the export of
/// the book, so this one is invented.
pub(crate) fn entry(code: &str, guids: &Guids) -> Result<NsiRef, Failure> {
    Ok(NsiRef::new(code, guids.fresh()?))
}

/// A file uploaded to the file store beforehand: its identifier there and its hash, GOST R 34.11-94 in hexadecimal.
pub(crate) fn file(name: &str, description: &str, stored: Guid) -> AttachedFile {
    AttachedFile {
        attachment_hash: Some("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff".to_owned()),
        ..AttachedFile::new(name, description, Attachment::new(stored))
    }
}

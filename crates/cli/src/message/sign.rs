//! `gkh message sign FILE`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use gis_gkh::clock::{Clock as _, MOSCOW, SystemClock};
use gis_gkh_sign::gost::{Entropy as _, OsEntropy};
use gis_gkh_sign::signer::BuiltinSigner;
use gis_gkh_sign::xades::{self, ByteProfile, Signing, Unsigned};
use gis_gkh_xml::Limits;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::exit::Exit;
use crate::failure::{Failure, read};
use crate::output;

/// Sign a request in place.
#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// An envelope or a bare request element with an `Id`; `-` is standard input.
    file: PathBuf,
    /// Private key, PEM (PKCS#8).
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Its certificate, PEM.
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,
    /// Byte profile.
    #[arg(long, value_enum, default_value_t = Bytes::Inclusive)]
    profile: Bytes,
    /// Signing time, RFC 3339; now if not given.
    #[arg(long, value_name = "TIME")]
    time: Option<String>,
    /// Where the signed message goes; standard output if not given.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bytes {
    Inclusive,
    Exclusive,
}

impl Sign {
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let text = |path: &PathBuf| {
            let fail = |error: &(dyn std::error::Error + 'static)| Failure::file(Exit::BadConfig, path, error);
            std::fs::read_to_string(path).map_err(|error| fail(&error))
        };
        let signer = BuiltinSigner::from_pem(&text(&self.cert)?, &text(&self.key)?)
            .map_err(|error| Failure::of(Exit::BadConfig, &error))?;
        let time = match &self.time {
            None => SystemClock.now().to_offset(MOSCOW),
            Some(time) => OffsetDateTime::parse(time, &Rfc3339).map_err(|error| Failure::of(Exit::BadData, &error))?,
        };
        let document = read(&self.file, super::LIMIT)?;
        let fail = |error: &(dyn std::error::Error + 'static)| Failure::file(Exit::Negative, &self.file, error);
        let unsigned = Unsigned::locate(&document, &Limits::MESSAGE).map_err(|error| fail(&error))?;
        let mut id = [0; 16];
        OsEntropy.fill(&mut id).map_err(|error| Failure::of(Exit::Fault, &error))?;
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let profile = match self.profile {
            Bytes::Inclusive => ByteProfile::Inclusive,
            Bytes::Exclusive => ByteProfile::Exclusive,
        };
        let signing = Signing { profile, time, id: &id };
        let (signed, _) =
            xades::sign_checked(&unsigned, &signer, &signing, &Limits::MESSAGE).map_err(|error| fail(&error))?;
        match &self.output {
            None => output::bytes(&signed)?,
            Some(path) => std::fs::write(path, signed).map_err(|error| Failure::file(Exit::Fault, path, &error))?,
        }
        Ok(Exit::Ok)
    }
}

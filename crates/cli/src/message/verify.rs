//! `gkh message verify FILE`.

use std::path::PathBuf;

use clap::Args;
use gis_gkh::clock::{Clock as _, SystemClock};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::xades::{self, Chain, Profile, VerifyOptions};
use gis_gkh_xml::Limits;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::exit::Exit;
use crate::failure::{Failure, read};
use crate::{Context, output};

/// Verify the signature of a message.
///
/// Passes when the bytes and the signature are intact. The states of chain and dates are printed; `--strict` makes them
/// fail too.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// An envelope or a bare signed element; `-` is standard input.
    file: PathBuf,
    /// Trusted certification centre, PEM; may be given several times.
    #[arg(long, value_name = "FILE")]
    ca: Vec<PathBuf>,
    /// Fail unless the chain is trusted and the certificate within its dates.
    #[arg(long)]
    strict: bool,
    /// The message is an answer of the system, not a request.
    #[arg(long)]
    server: bool,
    /// Judge dates at this moment (RFC 3339) instead of now.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

impl Verify {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let tongue = context.tongue();
        let at = match &self.at {
            None => SystemClock.now(),
            Some(time) => OffsetDateTime::parse(time, &Rfc3339).map_err(|error| Failure::of(Exit::BadData, &error))?,
        };
        let mut ca = Vec::new();
        for path in &self.ca {
            let fail = |error: &(dyn std::error::Error + 'static)| Failure::file(Exit::BadConfig, path, error);
            let text = std::fs::read_to_string(path).map_err(|error| fail(&error))?;
            ca.extend(Certificate::all_from_pem(&text).map_err(|error| fail(&error))?);
        }
        let document = read(&self.file, super::LIMIT)?;
        let profile = if self.server { Profile::Server } else { Profile::Client };
        // A chain that was asked about must hold.
        let options =
            VerifyOptions { profile, ca: &ca, at, strict: self.strict || !ca.is_empty(), limits: Limits::MESSAGE };
        let report = match xades::verify(&document, &options) {
            Ok(report) => report,
            Err(error) => {
                if context.json {
                    output::json(&json!({ "valid": false, "problem": error.to_string() }))?;
                    return Ok(Exit::Negative);
                }
                return Err(Failure::file(Exit::Negative, &self.file, &error));
            }
        };
        let (chain, why) = match &report.chain {
            Chain::NotChecked => ("not checked", None),
            Chain::Trusted => ("trusted", None),
            Chain::Untrusted(why) => ("untrusted", Some(why.to_string())),
        };
        let dates = report.validity.as_ref().map_or_else(ToString::to_string, |()| "valid".to_owned());
        let time = report.signing_time.format(&Rfc3339).unwrap_or_default();
        if context.json {
            output::json(&json!({
                "valid": true,
                "id": report.id,
                "byte_profile": format!("{:?}", report.byte_profile).to_lowercase(),
                "bits": report.key_size.bits(),
                "signer": report.certificate.subject_name(),
                "signing_time": time,
                "chain": chain,
                "chain_problem": why,
                "certificate": dates,
            }))?;
            return Ok(Exit::Ok);
        }
        let rows = [
            (tongue.of("bytes and signature", "байты и подпись"), tongue.of("intact", "целы").to_owned()),
            (tongue.of("signed element", "подписанный элемент"), report.id),
            (tongue.of("key", "ключ"), format!("GOST R 34.10-2012, {}", report.key_size)),
            (tongue.of("signer", "подписал"), report.certificate.subject_name().to_owned()),
            (tongue.of("signing time", "время подписи"), time),
            (tongue.of("chain", "цепочка"), why.map_or_else(|| chain.to_owned(), |why| format!("{chain}: {why}"))),
            (tongue.of("certificate", "сертификат"), dates),
        ];
        for (name, value) in rows {
            output::line(&format!("{name}: {value}"))?;
        }
        Ok(Exit::Ok)
    }
}

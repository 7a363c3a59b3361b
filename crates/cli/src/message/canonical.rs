//! `gkh message canonical FILE`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use gis_gkh::clock::{Clock as _, SystemClock};
use gis_gkh_sign::c14n::{self, Method};
use gis_gkh_sign::xades::{self, VerifyOptions};
use gis_gkh_xml::Limits;

use crate::exit::Exit;
use crate::failure::{Failure, read};
use crate::output;

/// Write a document, or the part of a message that a signature covers, as canonical XML.
#[derive(Debug, Args)]
pub(crate) struct Canonical {
    /// `-` is standard input.
    file: PathBuf,
    /// Which canonical form.
    #[arg(long, value_enum, default_value_t = Form::Exclusive)]
    method: Form,
    /// Only the signed element without its signature: the octets that the signature's first digest is of.
    #[arg(long)]
    signed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Inclusive,
    Exclusive,
}

impl Canonical {
    pub(crate) fn run(self) -> Result<Exit, Failure> {
        let document = read(&self.file, super::LIMIT)?;
        let method = match self.method {
            Form::Inclusive => Method::Inclusive,
            Form::Exclusive => Method::Exclusive,
        };
        let fail = |error: &(dyn std::error::Error + 'static)| Failure::file(Exit::Negative, &self.file, error);
        let limits = Limits::MESSAGE;
        let octets = if self.signed {
            let report =
                xades::verify(&document, &VerifyOptions::at(SystemClock.now())).map_err(|error| fail(&error))?;
            let (start, omit) = (report.element.start, Some(report.signature.start));
            c14n::collect(|sink| c14n::element(&document, start, omit, method, &limits, sink))
        } else {
            c14n::collect(|sink| c14n::document(&document, method, &limits, sink))
        };
        output::bytes(&octets.map_err(|error| fail(&error))?)?;
        Ok(Exit::Ok)
    }
}

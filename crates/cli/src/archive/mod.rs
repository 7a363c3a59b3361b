//! `gkh archive`: the evidence of everything that went over the wire, verified and handed over.

mod custody;
mod faults;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use gis_gkh::clock::{Clock as _, SystemClock};
use gis_gkh_delivery::archive::{Head, NodeReport, PackError, Selection};
use gis_gkh_delivery::{BatchId, MessageId, Timestamp};
use gis_gkh_gateway::Config;
use gis_gkh_gateway::gateway::Archives;
use gis_gkh_sign::certificate::Certificate;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use self::custody::{Erase, HoldVerb, Retain};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::Tongue;
use crate::moment::written;
use crate::{Context, engine, output};

/// Evidence of everything that went over the wire.
#[derive(Debug, Args)]
pub(crate) struct Archive {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Verify every record, link, day and signature; works offline, and beside a running engine.
    Verify {
        /// A head kept elsewhere (`gkh archive head`): with it a truncated archive is noticed; may be given several times.
        #[arg(long, value_name = "FILE")]
        head: Vec<PathBuf>,
        /// Trusted certification centre, PEM; may be given several times. Without any, who issued certificates is not checked.
        #[arg(long, value_name = "FILE")]
        ca: Vec<PathBuf>,
    },
    /// Write the newest signed head, to be kept elsewhere.
    Head {
        /// Folder for one file a node; else standard output.
        #[arg(short, long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
    /// Make a pack for one object, batch, message or period that can be handed over and checked without this software.
    Export {
        /// The folder to be made; it must not exist.
        folder: PathBuf,
        #[command(flatten)]
        part: Part,
    },
    /// Parts that stay, whatever their term: a dispute, an inspection.
    Hold {
        #[command(subcommand)]
        what: HoldVerb,
    },
    /// How long bytes are kept, by kind.
    Retain(Retain),
    /// Shred the organisation's keys: what was kept under them is gone for good.
    Erase(Erase),
}

#[derive(Debug, Args)]
struct Part {
    /// Everything of a batch.
    #[arg(long, value_name = "N")]
    batch: Option<i64>,
    /// Everything of a message.
    #[arg(long, value_name = "N", conflicts_with = "batch")]
    message: Option<i64>,
    /// Everything of the object with this `ref`.
    #[arg(long, value_name = "REF", conflicts_with_all = ["batch", "message"])]
    object: Option<String>,
    /// Kind of the object, or of the period: bills, readings, answers.
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Reporting period of the object; else all of them.
    #[arg(long, value_name = "YYYY-MM", requires = "object")]
    period: Option<String>,
    /// What was recorded from this moment on (RFC 3339).
    #[arg(long, value_name = "TIME", requires = "until", conflicts_with_all = ["batch", "message", "object"])]
    from: Option<String>,
    /// Up to this moment.
    #[arg(long, value_name = "TIME", requires = "from")]
    until: Option<String>,
}

impl Archive {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let config = engine::config(context)?;
        let tongue = engine::tongue(context, &config);
        let archives = || Archives::open(&config).map_err(engine::failure);
        match self.what {
            What::Verify { head, ca } => check(&archives()?, &head, &ca, tongue, context.json),
            What::Head { output } => heads(&archives()?, output.as_ref(), tongue),
            What::Export { folder, part } => {
                let (selection, subject) = part.selection(&config, tongue)?;
                hand_over(&archives()?, selection, &subject, &folder, tongue, context.json)
            }
            What::Hold { what } => what.run(context, &config, tongue),
            What::Retain(retain) => retain.run(context, &config, tongue),
            What::Erase(erase) => erase.run(context, tongue),
        }
    }
}

fn check(
    archives: &Archives,
    heads: &[PathBuf],
    ca: &[PathBuf],
    tongue: Tongue,
    as_json: bool,
) -> Result<Exit, Failure> {
    let text =
        |path: &PathBuf| std::fs::read_to_string(path).map_err(|error| Failure::file(Exit::BadData, path, &error));
    let mut exported = Vec::new();
    for path in heads {
        exported.push(Head::import(&text(path)?).map_err(|error| Failure::file(Exit::BadData, path, &error))?);
    }
    let mut trusted = Vec::new();
    for path in ca {
        let read = Certificate::all_from_pem(&text(path)?);
        trusted.extend(read.map_err(|error| Failure::file(Exit::BadConfig, path, &error))?);
    }
    let now = at(SystemClock.now());
    let report = engine::runtime()?.block_on(archives.verify(trusted, &exported, now)).map_err(engine::failure)?;
    let intact = report.is_intact();
    if as_json {
        output::json(&json!({ "intact": intact, "nodes": report.nodes }))?;
    } else {
        for node in &report.nodes {
            tell(node, tongue)?;
        }
        output::line(if intact {
            tongue.of("the archive is intact", "архив цел")
        } else {
            tongue.of("the archive is NOT intact", "архив НЕ цел")
        })?;
    }
    Ok(if intact { Exit::Ok } else { Exit::Negative })
}

fn tell(node: &NodeReport, tongue: Tongue) -> Result<(), Failure> {
    let counts = [
        (tongue.of("records", "записей"), node.records),
        (tongue.of("links", "звеньев"), node.links),
        (tongue.of("signed days", "подписанных дней"), node.days),
        (tongue.of("signatures that hold", "верных подписей"), node.signed),
        (tongue.of("records that need none", "записей без подписи"), node.unsigned),
        (tongue.of("not checked", "не проверено"), node.unchecked),
        (tongue.of("erased", "стёрто"), node.erased),
        (tongue.of("expired", "удалено по сроку"), node.expired),
    ];
    let counts: Vec<String> = counts.iter().map(|(what, count)| format!("{what}: {count}")).collect();
    output::line(&format!("{}: {}", node.node, counts.join(", ")))?;
    if let Some(since) = node.open_since {
        output::line(&format!("  {} {}", tongue.of("not signed yet, since", "ещё не подписано, с"), written(since)))?;
    }
    for fault in &node.faults {
        output::line(&format!("  {}", faults::text(fault, tongue)))?;
        output::line(&format!("    {}", faults::meaning(fault, tongue)))?;
    }
    if node.more > 0 {
        output::line(&format!("  {} {}", tongue.of("and more:", "и ещё:"), node.more))?;
    }
    Ok(())
}

fn heads(archives: &Archives, folder: Option<&PathBuf>, tongue: Tongue) -> Result<Exit, Failure> {
    let heads = engine::runtime()?.block_on(archives.heads()).map_err(engine::failure)?;
    if heads.is_empty() {
        output::note(tongue.of(
            "no day has been signed yet: a day is signed when it has ended, while `gkh run` works",
            "ещё ни один день не подписан: день подписывается, когда закончился, пока работает `gkh run`",
        ));
        return Ok(Exit::Negative);
    }
    for head in heads {
        match folder {
            None => output::bytes(head.export().as_bytes())?,
            Some(folder) => {
                let path = folder.join(format!("head-{}-{}.json", head.node, head.day));
                std::fs::write(&path, head.export()).map_err(|error| Failure::file(Exit::Fault, &path, &error))?;
                output::line(&path.display().to_string())?;
            }
        }
    }
    Ok(Exit::Ok)
}

fn hand_over(
    archives: &Archives,
    selection: Selection,
    subject: &str,
    folder: &std::path::Path,
    tongue: Tongue,
    as_json: bool,
) -> Result<Exit, Failure> {
    let now = at(SystemClock.now());
    let packed = engine::runtime()?.block_on(archives.pack(selection, subject, now, folder)).map_err(|error| {
        let exit = match &error {
            PackError::Store(_) | PackError::Seal(_) => Exit::Store,
            PackError::Damaged { .. } | PackError::Broken { .. } => Exit::Negative,
            PackError::Exists { .. } | PackError::Partial { .. } | PackError::Nothing => Exit::BadData,
            _ => Exit::Fault,
        };
        Failure::of(exit, &error)
    })?;
    if as_json {
        output::json(&json!({
            "folder": folder,
            "pieces": packed.pieces,
            "erased": packed.erased,
            "expired": packed.expired,
            "open_links": packed.open_links,
        }))?;
    } else {
        output::line(&format!("{}: {}: {}", folder.display(), tongue.of("pieces", "документов"), packed.pieces))?;
        if packed.open_links > 0 {
            output::note(tongue.of(
                "part of it lies in a day that is not signed yet: make the pack again tomorrow",
                "часть относится к дню, который ещё не подписан: завтра соберите пакет снова",
            ));
        }
    }
    Ok(Exit::Ok)
}

impl Part {
    /// What is meant, and in words without personal data.
    fn selection(self, config: &Config, tongue: Tongue) -> Result<(Selection, String), Failure> {
        if let Some(batch) = self.batch {
            return Ok((Selection::Batch(BatchId(batch)), format!("{} {batch}", tongue.of("batch", "партия"))));
        }
        if let Some(message) = self.message {
            let subject = format!("{} {message}", tongue.of("message", "сообщение"));
            return Ok((Selection::Message(MessageId(message)), subject));
        }
        let (organisation, stand) = (config.organisation.org_ppa_guid.to_string(), config.stand.name.clone());
        if let Some(reference) = self.object {
            let kind = self.kind.ok_or_else(|| {
                Failure::new(Exit::BadData, "an object has a kind; write --kind bills, readings or answers")
            })?;
            // A caller's reference may be anything, an account's number among others.
            let subject = format!("{} ({kind})", tongue.of("one object", "один объект"));
            return Ok((Selection::Object { organisation, stand, kind, reference, period: self.period }, subject));
        }
        let (Some(from), Some(until)) = (self.from, self.until) else {
            let text = "say what of: --batch, --message, --object with --kind, or --from with --until";
            return Err(Failure::new(Exit::BadData, text));
        };
        let subject = format!("{from} – {until}");
        let (from, until) = (moment(&from)?, moment(&until)?);
        Ok((
            Selection::Period { stand: Some(stand), organisation: Some(organisation), kind: self.kind, from, until },
            subject,
        ))
    }
}

fn moment(text: &str) -> Result<Timestamp, Failure> {
    let read = OffsetDateTime::parse(text, &Rfc3339);
    read.map(at).map_err(|_| {
        Failure::new(Exit::BadData, format!("`{text}` is no moment; write it as 2026-11-01T00:00:00+03:00"))
    })
}

fn at(moment: OffsetDateTime) -> Timestamp {
    Timestamp(i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX))
}

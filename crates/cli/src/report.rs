//! What became of a batch, for people and for programs.

use gis_gkh_gateway::records::{ResultRow, Status};
use serde::Serialize;

use crate::failure::Failure;
use crate::language::Tongue;
use crate::output;

/// How many rows of a batch are where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub(crate) accepted: usize,
    pub(crate) rejected: usize,
    pub(crate) uncertain: usize,
    pub(crate) waiting: usize,
    pub(crate) refused: usize,
}

impl Counts {
    pub(crate) fn of(rows: &[ResultRow]) -> Self {
        let mut counts = Self::default();
        for row in rows {
            match row.status {
                Status::Accepted => counts.accepted += 1,
                Status::Rejected => counts.rejected += 1,
                Status::Uncertain => counts.uncertain += 1,
                Status::Refused => counts.refused += 1,
                _ => counts.waiting += 1,
            }
        }
        counts
    }
}

/// How many refused rows are shown one by one.
const SHOWN: usize = 50;

/// Prints the rows that are not accepted, then the counts.
pub(crate) fn people(tongue: Tongue, rows: &[ResultRow]) -> Result<(), Failure> {
    let open: Vec<_> = rows.iter().filter(|row| row.status != Status::Accepted).collect();
    for row in open.iter().take(SHOWN) {
        let status = match row.status {
            Status::Rejected => tongue.of("rejected by ГИС ЖКХ", "отклонён ГИС ЖКХ"),
            Status::Refused => tongue.of("not sent", "не отправлен"),
            Status::Uncertain => tongue.of("outcome unclear", "исход неясен"),
            _ => tongue.of("on its way", "в пути"),
        };
        let code = row.code.as_deref().map(|code| format!(" [{code}]")).unwrap_or_default();
        let line = tongue.of("line", "строка");
        output::line(&format!("{} ({line} {}): {status}{code}", row.reference, row.row))?;
        if let Some(message) = &row.message {
            output::line(&format!("    {message}"))?;
        }
        if let Some(who) = row.who_fixes {
            output::line(&format!(
                "    {}: {}",
                tongue.of("who fixes it", "кто исправляет"),
                who.words(tongue.into())
            ))?;
        }
    }
    if open.len() > SHOWN {
        output::line(&format!("… {} {}", tongue.of("and more:", "и ещё:"), open.len() - SHOWN))?;
    }
    let counts = Counts::of(rows);
    let mut parts = vec![
        format!("{}: {}", tongue.of("accepted", "принято"), counts.accepted),
        format!("{}: {}", tongue.of("rejected", "отклонено"), counts.rejected),
        format!("{}: {}", tongue.of("uncertain", "неясно"), counts.uncertain),
    ];
    for (count, word) in [
        (counts.waiting, tongue.of("on their way", "в пути")),
        (counts.refused, tongue.of("not sent", "не отправлено")),
    ] {
        if count > 0 {
            parts.push(format!("{word}: {count}"));
        }
    }
    output::line(&parts.join(", "))
}

//! Reads an answer's body: whole, within its bounds, decompressed, the root part of several.

use std::io::Read;

use http::response::Parts;
use http::{HeaderMap, HeaderName, Response, header};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::{HttpLimits, chain, multipart};
use crate::transport::{Reply, TransportReason};

/// Up to this size nobody asks how small an answer was on the wire.
const RATIO_FREE: usize = 1 << 20;

/// Reads an answer to its end, as it came.
pub(super) async fn raw(
    response: Response<Incoming>,
    limits: &HttpLimits,
) -> Result<(Parts, Vec<u8>), TransportReason> {
    let (head, body) = response.into_parts();
    let raw = whole(body, limits.body).await?;
    Ok((head, raw))
}

/// What an answer says: decompressed, the root of several parts.
pub(super) fn reply(head: &Parts, raw: Vec<u8>, limits: &HttpLimits) -> Result<Reply, TransportReason> {
    let body = match encoding(&head.headers).as_str() {
        "" | "identity" => raw,
        // Some servers name an encoding even for nothing.
        _ if raw.is_empty() => raw,
        "gzip" | "x-gzip" => inflate(&raw, limits)?,
        other => {
            let shown: String = other.chars().take(40).collect();
            return Err(TransportReason::Compression(format!("`{shown}` is unknown")));
        }
    };
    let body = match head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) {
        Some(content_type) => multipart::root(content_type, body).map_err(TransportReason::Multipart)?,
        None => body,
    };
    Ok(Reply { status: head.status.as_u16(), date: date(&head.headers), body })
}

/// When the other side says it answered: `Sun, 06 Nov 1994 08:49:37 GMT`. The two forms of long ago are not read.
fn date(headers: &HeaderMap) -> Option<OffsetDateTime> {
    let text = headers.get(header::DATE)?.to_str().ok()?;
    OffsetDateTime::parse(text.trim(), &Rfc2822).ok()
}

/// A body that ends before its announced length, or between two chunks, is an error of the connection.
async fn whole(mut body: Incoming, limit: usize) -> Result<Vec<u8>, TransportReason> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(TransportReason::TooLarge { limit });
    }
    let mut raw = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| TransportReason::Broken(chain(&error)))?;
        // Trailers say nothing here.
        let Some(data) = frame.data_ref() else { continue };
        if raw.len() + data.len() > limit {
            return Err(TransportReason::TooLarge { limit });
        }
        raw.extend_from_slice(data);
    }
    Ok(raw)
}

/// All the encodings named, in one: more than one is as unknown as any other.
fn encoding(headers: &HeaderMap) -> String {
    const NAME: HeaderName = header::CONTENT_ENCODING;
    let all: Vec<_> = headers.get_all(NAME).iter().map(|value| value.to_str().unwrap_or("?").trim()).collect();
    all.join(", ").to_ascii_lowercase()
}

fn inflate(raw: &[u8], limits: &HttpLimits) -> Result<Vec<u8>, TransportReason> {
    let by_ratio = raw.len().saturating_mul(limits.ratio).max(RATIO_FREE);
    let limit = limits.body.min(by_ratio);
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut out = Vec::new();
    flate2::read::MultiGzDecoder::new(raw)
        .take(most)
        .read_to_end(&mut out)
        .map_err(|error| TransportReason::Compression(error.to_string()))?;
    if out.len() <= limit {
        Ok(out)
    } else if limit == limits.body {
        Err(TransportReason::TooLarge { limit })
    } else {
        Err(TransportReason::Compression(format!("it grows more than {} times", limits.ratio)))
    }
}

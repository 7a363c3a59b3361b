//! Files attached to the rows of a batch, as they go over the control socket: read where the batch is handed over, and hashed
//! there, so that the process which takes it neither looks for paths that are not its own nor hashes what it has no time for.

use std::fmt;

use base64::Engine as _;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD as BASE64;
use gis_gkh_delivery::Refusal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

use crate::records::Content;

/// A file that a row names, or why it cannot be sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AttachedBytes {
    /// As the row says.
    path: String,
    read: Read,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Read {
    Content {
        /// `AttachmentHASH`; held against the bytes when they are uploaded.
        hash: String,
        #[serde(serialize_with = "written", deserialize_with = "taken")]
        bytes: Arc<[u8]>,
    },
    Refused(Refusal),
}

impl AttachedBytes {
    pub(super) fn of(path: &str, read: &Result<Content, Refusal>) -> Self {
        let read = match read {
            Ok(Content { bytes, hash }) => Read::Content { hash: hash.clone(), bytes: Arc::clone(bytes) },
            Err(refusal) => Read::Refused(refusal.clone()),
        };
        Self { path: path.to_owned(), read }
    }

    /// Its path, and what was read there.
    pub(super) fn into_known(self) -> (String, Result<Content, Refusal>) {
        let read = match self.read {
            Read::Content { hash, bytes } => Ok(Content { bytes, hash }),
            Read::Refused(refusal) => Err(refusal),
        };
        (self.path, read)
    }
}

/// Base64, without a second copy of it in memory.
fn written<S: Serializer>(bytes: &Arc<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Base64Display::new(bytes, &BASE64))
}

fn taken<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<[u8]>, D::Error> {
    struct Text;
    impl serde::de::Visitor<'_> for Text {
        type Value = Arc<[u8]>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("base64")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Arc<[u8]>, E> {
            // What stands there is somebody's file: it is not repeated.
            BASE64.decode(text).map(Into::into).map_err(|_| E::custom("not base64"))
        }
    }
    deserializer.deserialize_str(Text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gis_gkh_delivery::Fixer;

    #[test]
    fn a_file_comes_out_as_it_went_in_and_a_reason_too() {
        let every: Arc<[u8]> = (0..=255_u8).collect();
        let refusal = Refusal { code: "desk.file".into(), text: "empty".into(), who_fixes: Fixer::Caller };
        for read in [Ok(Content { bytes: every, hash: "ab".into() }), Err(refusal)] {
            let line = serde_json::to_string(&AttachedBytes::of("док/a.txt", &read)).unwrap();
            assert!(!line.contains('\n'), "a request is one line");
            let (path, out) = serde_json::from_str::<AttachedBytes>(&line).unwrap().into_known();
            assert!(path == "док/a.txt" && out == read, "{line}");
        }
        let wrong =
            serde_json::from_str::<AttachedBytes>(r#"{"path":"a","read":{"content":{"hash":"","bytes":"secret!"}}}"#);
        assert!(wrong.is_err_and(|error| !error.to_string().contains("secret")));
    }
}

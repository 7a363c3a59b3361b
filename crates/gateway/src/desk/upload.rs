//! A file on its way to the file store, within the time delivery gives one try.
//!
//! A small file goes in one request, and is tried again by schedule as any message is. A larger one goes in parts
//! ([`gis_gkh::files::Upload`]): what was cut is taken up at once, and what does not end in time goes on with the next try. How far
//! each has got is known to this process alone: after a restart a file is uploaded from its beginning, which does no harm.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gis_gkh::Guid;
use gis_gkh::clock::SystemClock;
use gis_gkh::files::{Bookmark, Context, FileError, FileName, FileStore, FileTransport, PART, RetryPolicy, Upload};
use gis_gkh_delivery::MessageId;

/// What carries files, and how far those have got that are not whole yet.
pub(super) struct Carrier {
    transport: Arc<dyn FileTransport>,
    patience: Duration,
    begun: Mutex<BTreeMap<MessageId, Bookmark>>,
}

/// Uploads whose progress is kept. One that is forgotten begins anew.
const BEGUN: usize = 100;

/// Why a file is not there.
pub(super) enum Unfinished {
    /// It met an error.
    Failed(FileError),
    /// Its time is over.
    Late(Late),
}

/// An upload whose time is over.
#[derive(Debug, thiserror::Error)]
#[error(
    "the upload did not end within {patience:?}: {there} of {length} bytes are in the file store{}",
    if *came { ", and the next try goes on from there" } else { "; raise `policy.request_timeout` if the line is slow" }
)]
pub(super) struct Late {
    pub(super) patience: Duration,
    pub(super) length: u64,
    pub(super) there: u64,
    /// Something got through in this try.
    pub(super) came: bool,
}

impl Carrier {
    /// Over this transport, each try within this time.
    pub(super) fn new(transport: Arc<dyn FileTransport>, patience: Duration) -> Self {
        Self { transport, patience, begun: Mutex::default() }
    }

    pub(super) fn transport(&self) -> Arc<dyn FileTransport> {
        Arc::clone(&self.transport)
    }

    /// Uploads the file of a message, which must have this `AttachmentHASH`, and gives its identifier.
    pub(super) async fn upload(
        &self,
        store: FileStore,
        message: MessageId,
        (context, name): (Context, FileName),
        bytes: &[u8],
        hash: String,
    ) -> Result<Guid, Unfinished> {
        let whole = Upload::new(store, Arc::new(bytes.to_vec()), name, context).map_err(Unfinished::Failed)?;
        let mut upload = whole.expecting(hash);
        if let Some(bookmark) = self.begun().remove(&message) {
            upload = upload.resume(bookmark);
        }
        let (length, before) = upload.progress();
        // Dropped when its time is over, it makes no request any more and knows how far it got.
        let run = tokio::time::timeout(self.patience, upload.run(self.retries(length), &SystemClock, |_| {})).await;
        let unfinished = match run {
            Ok(Ok(stored)) => return Ok(stored.id),
            Ok(Err(error)) => Unfinished::Failed(error),
            Err(_) => {
                let there = upload.progress().1;
                Unfinished::Late(Late { patience: self.patience, length, there, came: there > before })
            }
        };
        self.keep(message, upload.bookmark());
        Err(unfinished)
    }

    /// What is tried again at once: only what goes on where it stopped.
    fn retries(&self, length: u64) -> RetryPolicy {
        if length <= PART {
            return RetryPolicy::NEVER;
        }
        RetryPolicy {
            attempts: 5,
            pause: self.patience / 100,
            longest: self.patience / 10,
            // Maintenance and virus checks are waited for by schedule.
            waits: 0,
            ..RetryPolicy::default()
        }
    }

    fn keep(&self, message: MessageId, bookmark: &Bookmark) {
        if bookmark.session.is_none() {
            return;
        }
        let mut begun = self.begun();
        begun.insert(message, bookmark.clone());
        if begun.len() > BEGUN {
            // Messages that were given up leave theirs behind: the oldest goes.
            begun.pop_first();
        }
    }

    fn begun(&self) -> MutexGuard<'_, BTreeMap<MessageId, Bookmark>> {
        // A bookmark is whole whatever happened to its last user, and one that is wrong is noticed.
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gis_gkh::files::{AttachmentHash, FileCall, FileReply, Verb};
    use gis_gkh::transport::{Boxed, TransportError, TransportReason};

    const SESSION: &str = "0f3c2a6e-91d4-4b57-8e2d-00000000f001";

    /// A file store that takes everything, but hangs or breaks off where it is told to.
    #[derive(Default)]
    struct Shelf {
        /// Numbers of the parts as they were sent, and `0` for every question what there is.
        asked: Mutex<Vec<u32>>,
        taken: Mutex<Vec<u32>>,
        closed: Mutex<bool>,
        hangs_at: Mutex<Option<usize>>,
        breaks_at: Mutex<Option<usize>>,
    }

    impl FileTransport for Shelf {
        fn call(&self, call: FileCall) -> Boxed<'_, Result<FileReply, TransportError>> {
            Box::pin(async move {
                let part = call.headers.iter().find(|(name, _)| *name == "x-upload-partnumber");
                let part: Option<u32> = part.map(|(_, number)| number.parse().unwrap());
                let is =
                    |place: &Mutex<Option<usize>>, at| place.lock().unwrap().take_if(|place| *place == at).is_some();
                if part.is_some() || call.verb == Verb::Head {
                    let at = {
                        let mut asked = self.asked.lock().unwrap();
                        asked.push(part.unwrap_or(0));
                        asked.len()
                    };
                    if is(&self.hangs_at, at) {
                        std::future::pending::<()>().await;
                    }
                    if is(&self.breaks_at, at) {
                        return Err(TransportError { left: true, reason: TransportReason::Timeout(Duration::ZERO) });
                    }
                }
                self.taken.lock().unwrap().extend(part);
                let taken = self.taken.lock().unwrap();
                let mut closed = self.closed.lock().unwrap();
                *closed |= taken.len() == 3 && call.path.ends_with("?completed");
                let completed = closed.to_string();
                let parts: Vec<String> = taken.iter().map(ToString::to_string).collect();
                let headers = [
                    ("x-upload-uploadid", SESSION.to_owned()),
                    ("x-upload-length", (2 * PART + 1).to_string()),
                    ("x-upload-completed-parts", parts.join(",")),
                    ("x-upload-completed", completed),
                ];
                let headers = headers.map(|(name, value)| (name.to_owned(), value)).into();
                Ok(FileReply { status: 200, headers, body: Default::default() })
            })
        }
    }

    struct Noon;

    impl gis_gkh::clock::Clock for Noon {
        fn now(&self) -> time::OffsetDateTime {
            time::macros::datetime!(2026-11-03 12:00 +3)
        }
    }

    struct Stage {
        shelf: Arc<Shelf>,
        carrier: Carrier,
        bytes: Vec<u8>,
    }

    impl Stage {
        fn new(hangs_at: Option<usize>, breaks_at: Option<usize>) -> Self {
            let (hangs_at, breaks_at) = (Mutex::new(hangs_at), Mutex::new(breaks_at));
            let shelf = Arc::new(Shelf { hangs_at, breaks_at, ..Shelf::default() });
            let carrier = Carrier::new(shelf.clone(), Duration::from_secs(180));
            let bytes = vec![b'x'; usize::try_from(2 * PART + 1).unwrap()];
            Self { shelf, carrier, bytes }
        }

        async fn try_once(&self, hash: &str) -> Result<Guid, Unfinished> {
            let store = FileStore::new(self.carrier.transport(), Arc::new(Noon), SESSION.parse().unwrap());
            let place = (Context::named("appeals").unwrap(), FileName::new("a.txt").unwrap());
            self.carrier.upload(store, MessageId(7), place, &self.bytes, hash.to_owned()).await
        }

        fn asked(&self) -> Vec<u32> {
            self.shelf.asked.lock().unwrap().clone()
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_end_in_time_stops_and_goes_on_with_the_next_try() {
        let stage = Stage::new(Some(2), None);
        let hash = AttachmentHash::of(&stage.bytes);
        let begun = tokio::time::Instant::now();
        let Err(Unfinished::Late(late)) = stage.try_once(&hash).await else { panic!("it hangs") };
        assert_eq!(begun.elapsed().as_secs(), 180);
        assert_eq!((late.there, late.came, late.length), (PART, true, 2 * PART + 1));
        assert!(late.to_string().contains("goes on from there"), "{late}");
        assert_eq!(stage.asked(), [1, 2], "nothing leaves after its time");
        // Asked what there is, then the parts that are missing, then whether it is whole.
        assert_eq!(stage.try_once(&hash).await.ok().map(|id| id.to_string()).as_deref(), Some(SESSION));
        assert_eq!(stage.asked(), [1, 2, 0, 2, 3, 0]);
        assert!(stage.carrier.begun().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_cut_is_taken_up_within_one_try() {
        let stage = Stage::new(None, Some(2));
        assert!(stage.try_once(&AttachmentHash::of(&stage.bytes)).await.is_ok());
        assert_eq!(stage.asked(), [1, 2, 0, 2, 3, 0], "the part that was cut, and no other, is sent again");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_the_file_that_was_hashed_is_never_completed() {
        let stage = Stage::new(None, None);
        let Err(Unfinished::Failed(error)) = stage.try_once("00").await else { panic!("it is another file") };
        assert!(matches!(error, FileError::Changed(_)), "{error}");
        assert_eq!(stage.asked(), [1, 2, 3]);
    }

    #[test]
    fn of_many_uploads_that_were_given_up_only_the_last_are_remembered() {
        let stage = Stage::new(None, None);
        let bookmark = Bookmark { session: SESSION.parse().ok(), parts: Vec::new() };
        for message in 1..=BEGUN + 5 {
            stage.carrier.keep(MessageId(i64::try_from(message).unwrap()), &bookmark);
        }
        assert_eq!(stage.carrier.begun().len(), BEGUN);
        assert_eq!(stage.carrier.begun().first_key_value().unwrap().0, &MessageId(6));
        stage.carrier.keep(MessageId(1000), &Bookmark::default());
        assert!(!stage.carrier.begun().contains_key(&MessageId(1000)), "without a session there is nothing to go on");
    }
}

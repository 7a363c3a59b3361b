//! The socket itself.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};

use super::{Answer, ControlError, Refusal, RefusalKind, Request};

/// Its name in the data directory.
const NAME: &str = "control.sock";

/// The largest request, bytes: five files of the largest month as JSON, which is more than answers with the most that may be
/// attached to them.
const LIMIT: u64 = 1 << 31;

/// How long one client may keep the others waiting while it writes, or reads.
const CLIENT: Duration = Duration::from_secs(60);

/// How long an answer may take: a month is read, sealed and stored meanwhile.
const SERVER: Duration = Duration::from_secs(600);

/// The open socket; removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Door {
    listener: UnixListener,
    path: PathBuf,
}

impl Drop for Door {
    fn drop(&mut self) {
        // Whoever finds it without a process behind it takes it for closed.
        let _ = fs::remove_file(&self.path);
    }
}

impl Door {
    /// Opens the socket. Only the process that has the store's lock may.
    pub(crate) fn open(data_dir: &Path) -> Result<Self, ControlError> {
        let path = data_dir.join(NAME);
        // Made beside its place and put there when nobody else may open it any more.
        let unready = data_dir.join(format!("{NAME}.new"));
        let open = || {
            if let Err(error) = fs::remove_file(&unready)
                && error.kind() != io::ErrorKind::NotFound
            {
                return Err(error);
            }
            let listener = UnixListener::bind(&unready)?;
            fs::set_permissions(&unready, fs::Permissions::from_mode(0o600))?;
            fs::rename(&unready, &path)?;
            Ok(listener)
        };
        let listener = open().map_err(|reason| ControlError::Open { path: path.clone(), reason })?;
        Ok(Self { listener, path })
    }

    /// Answers one client after another, for ever.
    pub(crate) async fn serve<F: Future<Output = Answer>>(self, answer: impl Fn(Request) -> F) -> Infallible {
        loop {
            match self.listener.accept().await {
                // A client that goes away has to look by itself what became of its request.
                Ok((stream, _)) => drop(one(stream, &answer).await),
                // Out of descriptors, perhaps: it passes.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

async fn one<F: Future<Output = Answer>>(stream: UnixStream, answer: &impl Fn(Request) -> F) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let line = tokio::time::timeout(CLIENT, line(reader)).await??;
    let request = serde_json::from_str(&line);
    // Files may have come with it: they need not be in memory twice while it is carried out.
    drop(line);
    let answer = match request {
        Ok(request) => answer(request).await,
        Err(error) => {
            let text = format!("not a request of this version ({:?}, column {})", error.classify(), error.column());
            Answer::Refused(Refusal { kind: RefusalKind::Data, text })
        }
    };
    let mut text = serde_json::to_string(&answer)?;
    text.push('\n');
    tokio::time::timeout(CLIENT, writer.write_all(text.as_bytes())).await??;
    writer.shutdown().await
}

async fn line(reader: impl tokio::io::AsyncRead + Unpin) -> io::Result<String> {
    let mut line = String::new();
    BufReader::new(reader.take(LIMIT)).read_line(&mut line).await?;
    Ok(line)
}

/// Asks whoever has the store; nothing when nobody has.
pub(crate) async fn ask(data_dir: &Path, request: &Request) -> Result<Option<Answer>, ControlError> {
    let Ok(stream) = UnixStream::connect(data_dir.join(NAME)).await else { return Ok(None) };
    let silent = |error: &dyn std::fmt::Display| ControlError::Silent(error.to_string());
    let (reader, mut writer) = stream.into_split();
    let mut text = serde_json::to_string(request).map_err(|error| silent(&error))?;
    text.push('\n');
    let asked = async {
        writer.write_all(text.as_bytes()).await?;
        line(reader).await
    };
    let answer = tokio::time::timeout(SERVER, asked).await.map_err(|error| silent(&error))?;
    let answer = answer.map_err(|error| silent(&error))?;
    serde_json::from_str(&answer).map(Some).map_err(|_| silent(&"it broke off"))
}

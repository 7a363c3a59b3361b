//! A TCP stream that remembers the first it heard, to tell what answered when it was not TLS.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// As much of a page as its title needs.
const KEPT: usize = 2 << 10;

/// How long the rest of a page may take: it is wanted for its title alone.
const PATIENCE: Duration = Duration::from_millis(250);

/// The TCP stream under TLS. Remembers the first bytes it heard until the handshake is over.
#[derive(Debug)]
pub struct Heard {
    stream: TcpStream,
    first: Option<Vec<u8>>,
}

impl Heard {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, first: Some(Vec::new()) }
    }

    pub(crate) fn forget(&mut self) {
        self.first = None;
    }

    pub(crate) fn first(&self) -> &[u8] {
        self.first.as_deref().unwrap_or_default()
    }

    /// Hears out who speaks in the open: TLS gave up at the first bytes. Ends with the page's title, its end, or the time
    /// that a page may take.
    pub(crate) async fn hear_out(&mut self) {
        let listen = async {
            while self.first().len() < KEPT && !self.is_enough() {
                let mut bytes = [0; 512];
                let mut buffer = ReadBuf::new(&mut bytes);
                let read = poll_fn(|cx| Pin::new(&mut *self).poll_read(cx, &mut buffer)).await;
                if read.is_err() || buffer.filled().is_empty() {
                    break;
                }
            }
        };
        // What was heard by then must do.
        let _ = timeout(PATIENCE, listen).await;
    }

    fn is_enough(&self) -> bool {
        !self.is_open_speech() || self.first().to_ascii_lowercase().windows(8).any(|window| window == b"</title>")
    }

    /// Whether it begins like HTTP or a page.
    fn is_open_speech(&self) -> bool {
        matches!(self.first().trim_ascii_start(), [b'H', b'T', b'T', b'P', ..] | [b'<', ..])
    }

    /// What an HTTP server or proxy said instead of TLS: the title of its page, or its status line.
    pub(crate) fn page(&self) -> Option<String> {
        if !self.is_open_speech() {
            return None;
        }
        let text = String::from_utf8_lossy(self.first());
        let lower = text.to_ascii_lowercase();
        let title = lower.find("<title>").map(|at| &text[at + 7..]).and_then(|rest| rest.split('<').next());
        let said = title.filter(|title| !title.trim().is_empty()).or_else(|| text.lines().next()).unwrap_or_default();
        Some(said.trim().chars().filter(|c| !c.is_control()).take(120).collect())
    }
}

impl AsyncRead for Heard {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if let Some(first) = &mut self.first {
            let room = KEPT.saturating_sub(first.len());
            first.extend(buffer.filled()[before..].iter().take(room));
        }
        read
    }
}

impl AsyncWrite for Heard {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

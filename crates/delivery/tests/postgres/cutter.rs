//! A road to the server that can be cut at a COMMIT: before the server hears of it, or after it has done it.

use crate::server::Place;
use gis_gkh_delivery::PostgresOptions;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// What happens to the next COMMIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Cut {
    /// Nothing.
    None = 0,
    /// It never reaches the server.
    Before = 1,
    /// The server does it, and its answer is lost.
    After = 2,
}

/// A listener that passes everything on.
pub(crate) struct Cutter {
    port: u16,
    next: Arc<AtomicU8>,
}

trait Stream: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send {}
impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send> Stream for T {}

async fn server(config: &Config) -> Box<dyn Stream> {
    let port = config.get_ports().first().copied().unwrap_or(5432);
    match config.get_hosts().first().unwrap() {
        Host::Tcp(name) => Box::new(TcpStream::connect((name.as_str(), port)).await.unwrap()),
        Host::Unix(path) => Box::new(UnixStream::connect(path.join(format!(".s.PGSQL.{port}"))).await.unwrap()),
    }
}

impl Cutter {
    pub(crate) async fn start(place: &Place) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let next = Arc::new(AtomicU8::new(Cut::None as u8));
        let (config, cut): (Config, _) = (place.url.parse().unwrap(), Arc::clone(&next));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server(&config).await, Arc::clone(&cut)));
            }
        });
        Self { port, next }
    }

    /// Options that go this way.
    pub(crate) fn options(&self, place: &Place, node: &str) -> PostgresOptions {
        let config: Config = place.url.parse().unwrap();
        let mut url = format!("host=127.0.0.1 port={} user={}", self.port, config.get_user().unwrap_or("postgres"));
        if let Some(name) = config.get_dbname() {
            url += &format!(" dbname={name}");
        }
        if let Some(password) = config.get_password() {
            url += &format!(" password={}", String::from_utf8_lossy(password));
        }
        PostgresOptions { url, ..place.options(node) }
    }

    pub(crate) fn cut(&self, what: Cut) {
        self.next.store(what as u8, Ordering::SeqCst);
    }

    /// The cut has been made.
    pub(crate) fn is_cut(&self) -> bool {
        self.next.load(Ordering::SeqCst) == Cut::None as u8
    }
}

async fn pass(mut client: TcpStream, mut server: Box<dyn Stream>, next: Arc<AtomicU8>) {
    let (mut up, mut down) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let Ok(read @ 1..) = read else { return };
                let commit = up[..read].windows(7).any(|bytes| bytes == b"COMMIT\0");
                let cut = if commit { next.swap(Cut::None as u8, Ordering::SeqCst) } else { Cut::None as u8 };
                if cut == Cut::Before as u8 {
                    return;
                }
                if server.write_all(&up[..read]).await.is_err() {
                    return;
                }
                if cut == Cut::After as u8 {
                    // Whatever the server says now, it has committed.
                    let _ = server.read(&mut down).await;
                    return;
                }
            }
            read = server.read(&mut down) => {
                let Ok(read @ 1..) = read else { return };
                if client.write_all(&down[..read]).await.is_err() {
                    return;
                }
            }
        }
    }
}

//! Hearing of new work, whichever node it was given to.

use super::PostgresOptions;
use super::session::{self, Session};
use super::trouble::Trouble;
use crate::store::Wakes;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_postgres::{AsyncMessage, Client, Connection, NoTls, Socket, tls::NoTlsStream};

/// Between attempts to listen again.
const PAUSE: Duration = Duration::from_secs(1);

/// The task that listens; ends with the store.
#[derive(Debug)]
pub(super) struct Listener {
    heard: watch::Receiver<u64>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Listener {
    pub(super) fn start(options: Arc<PostgresOptions>) -> Self {
        let (tell, heard) = watch::channel(0);
        Self { heard, task: tokio::spawn(listen(options, tell)) }
    }

    pub(super) fn wakes(&self) -> Wakes {
        Wakes::new(self.heard.clone())
    }
}

/// Says that there is work, when the transaction commits. The channel is named as the schema.
pub(super) async fn tell(session: &Session, options: &PostgresOptions) -> Result<(), Trouble> {
    session.rows("telling of new work", "SELECT pg_notify($1, '')", &[&options.schema]).await?;
    Ok(())
}

async fn listen(options: Arc<PostgresOptions>, tell: watch::Sender<u64>) {
    loop {
        if let Ok(config) = session::config(&options)
            && let Ok((client, connection)) = config.connect(NoTls).await
        {
            hear(&options, client, connection, &tell).await;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn hear(
    options: &PostgresOptions,
    client: Client,
    mut connection: Connection<Socket, NoTlsStream>,
    tell: &watch::Sender<u64>,
) {
    let command = format!("LISTEN {}", session::quoted(&options.schema));
    let asked = async {
        let listening = client.batch_execute(&command).await.is_ok();
        // Whatever was said before is made up for by one look.
        tell.send_modify(|news| *news += 1);
        // The client must live as long as the connection.
        if listening {
            std::future::pending::<()>().await;
        }
    };
    let heard = async {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if matches!(message, AsyncMessage::Notification(_)) {
                tell.send_modify(|news| *news += 1);
            }
        }
    };
    tokio::select! {
        () = asked => {}
        () = heard => {}
    }
}

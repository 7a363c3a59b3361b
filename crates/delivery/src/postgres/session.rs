//! One connection, set up, with its prepared statements.

use super::PostgresOptions;
use super::server;
use super::trouble::Trouble;
use crate::store::StoreError;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};

/// Connecting, and every statement, ends within this time.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A parameter of a statement.
pub(super) type Parameter<'a> = &'a (dyn ToSql + Sync);

#[derive(Debug)]
pub(super) struct Session {
    client: Client,
    statements: Mutex<HashMap<&'static str, Statement>>,
}

/// Where the options say, with a connection that notices when the other side is gone.
pub(super) fn config(options: &PostgresOptions) -> Result<Config, Trouble> {
    let mut config: Config =
        options.url.parse().map_err(|error| Trouble::of("reading the database's address", &error))?;
    if let Some(password) = &options.password {
        config.password(&*password.read().map_err(StoreError::Password)?);
    }
    config.application_name(format!("gis-gkh {}/{}", options.schema, options.node));
    config.connect_timeout(PATIENCE / 3);
    config.keepalives_idle(PATIENCE / 3);
    config.tcp_user_timeout(PATIENCE);
    Ok(config)
}

/// A name as SQL writes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What every session is told. Every statement of ours goes by an index; a plan made while a table was small must do so too. A
/// plain scan of it, unlike one by bitmap, also forgets what it found dead: thousands of claims end before a vacuum comes. A
/// process that stands still in a transaction loses it before others lose their patience.
pub(super) fn settings(schema: &str) -> String {
    format!(
        "SET search_path TO {}; SET statement_timeout = '30s'; SET lock_timeout = '15s'; \
         SET idle_in_transaction_session_timeout = '5s'; SET client_min_messages = warning; \
         SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; \
         SET enable_bitmapscan = off; SET jit = off",
        quoted(schema)
    )
}

impl Session {
    pub(super) async fn open(options: &PostgresOptions) -> Result<Self, Trouble> {
        let doing = "connecting to the database";
        let config = config(options)?;
        let connect = async {
            let (client, connection) = config.connect(NoTls).await.map_err(|error| Trouble::connecting(&error))?;
            server::check(connection.parameter("server_version"))?;
            // Ends when the client is dropped or the server hangs up; whoever waits for an answer is told.
            tokio::spawn(connection);
            client.batch_execute(&settings(&options.schema)).await.map_err(|error| Trouble::of(doing, &error))?;
            Ok(Self { client, statements: Mutex::new(HashMap::new()) })
        };
        within(doing, connect).await.map_err(Trouble::unreachable)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Prepares statements, so that later calls send nothing but the call itself, in the order they are made.
    pub(super) async fn prepare(&self, all: &[&'static str]) -> Result<(), Trouble> {
        for sql in all {
            self.statement("preparing a statement", sql).await?;
        }
        Ok(())
    }

    async fn statement(&self, doing: &'static str, sql: &'static str) -> Result<Statement, Trouble> {
        let known = self.statements.lock().unwrap_or_else(PoisonError::into_inner).get(sql).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await.map_err(|error| Trouble::of(doing, &error))?;
        self.statements.lock().unwrap_or_else(PoisonError::into_inner).insert(sql, statement.clone());
        Ok(statement)
    }

    /// Runs a statement of one text per call site.
    pub(super) async fn rows(
        &self,
        doing: &'static str,
        sql: &'static str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Trouble> {
        let statement = self.statement(doing, sql).await?;
        self.client.query(&statement, parameters).await.map_err(|error| Trouble::of(doing, &error))
    }

    /// As [`rows`](Self::rows), for at most one row.
    pub(super) async fn row(
        &self,
        doing: &'static str,
        sql: &'static str,
        parameters: &[Parameter<'_>],
    ) -> Result<Option<Row>, Trouble> {
        Ok(self.rows(doing, sql, parameters).await?.into_iter().next())
    }

    /// As [`rows`](Self::rows), for statements that only write.
    pub(super) async fn write(
        &self,
        doing: &'static str,
        sql: &'static str,
        parameters: &[Parameter<'_>],
    ) -> Result<u64, Trouble> {
        let statement = self.statement(doing, sql).await?;
        self.client.execute(&statement, parameters).await.map_err(|error| Trouble::of(doing, &error))
    }

    /// Runs a script.
    pub(super) async fn script(&self, doing: &'static str, sql: &str) -> Result<(), Trouble> {
        self.client.batch_execute(sql).await.map_err(|error| Trouble::of(doing, &error))
    }
}

/// Gives up on a server that does not answer.
pub(super) async fn within<T>(
    doing: &'static str,
    work: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
    tokio::time::timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| Err(Trouble::lost(doing, format!("no answer within {PATIENCE:?}"))))
}

/// A column of a row this crate has written.
pub(super) fn column<'a, T: tokio_postgres::types::FromSql<'a>>(row: &'a Row, at: usize) -> Result<T, Trouble> {
    row.try_get(at).map_err(|error| {
        crate::store::StoreError::Damaged { what: format!("column {at} of an answer: {error}") }.into()
    })
}

/// A number that is never negative.
pub(super) fn small(row: &Row, at: usize) -> Result<u32, Trouble> {
    let number: i64 = column(row, at)?;
    u32::try_from(number)
        .map_err(|_| crate::store::StoreError::Damaged { what: format!("number {number} in column {at}") }.into())
}

/// How many at most, as SQL takes it.
pub(super) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

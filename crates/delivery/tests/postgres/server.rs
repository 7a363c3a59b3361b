//! The server tests run against, a schema for each.

use crate::open::Marked;
use gis_gkh_delivery::{Namespace, PostgresOptions, PostgresStore, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio_postgres::{Client, NoTls};

/// One schema on the server.
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) schema: String,
    pub(crate) raw: Client,
}

static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// A schema that is not there yet; none, said loudly, when there is no server.
pub(crate) async fn place() -> Option<Place> {
    let url = std::env::var("GKH_POSTGRES").unwrap_or_else(|_| "host=/var/run/postgresql user=postgres".to_owned());
    let (raw, connection) = match tokio_postgres::connect(&url, NoTls).await {
        Ok(connected) => connected,
        Err(error) => {
            let text = "SKIPPED: no PostgreSQL server, its store was not tested; name one in GKH_POSTGRES";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{text} ({error})");
            eprintln!("{text}");
            return None;
        }
    };
    tokio::spawn(connection);
    let schema = format!("gkh_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::SeqCst));
    raw.batch_execute(&format!("SET client_min_messages = error; DROP SCHEMA IF EXISTS {schema} CASCADE"))
        .await
        .unwrap();
    Some(Place { url, schema, raw })
}

impl Place {
    pub(crate) fn options(&self, node: &str) -> PostgresOptions {
        let options = PostgresOptions::new(&self.url, node, Namespace([7; 16]), Arc::new(Marked));
        PostgresOptions { schema: self.schema.clone(), ..options }
    }

    pub(crate) async fn open(&self, node: &str) -> Result<PostgresStore, StoreError> {
        PostgresStore::open(self.options(node)).await
    }

    /// Runs a script in the schema, behind the store's back.
    pub(crate) async fn run(&self, sql: &str) {
        self.raw.batch_execute(&format!("SET search_path TO {}; {sql}", self.schema)).await.unwrap();
    }

    /// A number from the schema.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        self.run("").await;
        self.raw.query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Kills the connections of a node, as an administrator does.
    pub(crate) async fn kill(&self, node: &str) {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
        self.raw.query(sql, &[&format!("gis-gkh {}/{node}", self.schema)]).await.unwrap();
    }

    /// Lets the database's clock go on for every lease.
    pub(crate) async fn pass(&self, milliseconds: i64) {
        self.run(&format!(
            "UPDATE message SET lease_until = lease_until - {milliseconds} * interval '1 millisecond' \
             WHERE lease_until IS NOT NULL"
        ))
        .await;
    }

    pub(crate) async fn remove(self) {
        let sql = format!("DROP SCHEMA IF EXISTS {} CASCADE", self.schema);
        self.raw.batch_execute(&sql).await.unwrap();
    }
}

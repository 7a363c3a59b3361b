//! Where the gateways of a test keep what they deliver: SQLite in the data directory, or a schema of a PostgreSQL server.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

/// A store for one test; gone with it.
pub(crate) enum Place {
    Sqlite,
    Postgres(Box<Schema>),
}

/// A schema of a server.
pub(crate) struct Schema {
    address: String,
    pub(crate) name: String,
    client: Client,
    runtime: Runtime,
}

static NUMBER: AtomicUsize = AtomicUsize::new(0);

impl Place {
    /// By the test binary: `exchange_postgres` runs on PostgreSQL what `exchange` runs on SQLite.
    pub(crate) fn of(test: &str) -> Self {
        if test.starts_with("exchange_postgres") {
            Schema::new().map_or(Self::Sqlite, |schema| Self::Postgres(Box::new(schema)))
        } else {
            Self::Sqlite
        }
    }

    /// What stands of it in the configuration.
    pub(crate) fn settings(&self) -> String {
        match self {
            Self::Sqlite => String::new(),
            Self::Postgres(schema) => schema.settings("here"),
        }
    }

    /// Keeps what stands in the archive, to be put back after it was changed.
    pub(crate) fn keep(&self, data: &Path) {
        match self {
            Self::Sqlite => {
                std::fs::copy(database(data), data.join("kept")).unwrap();
            }
            Self::Postgres(schema) => {
                schema.execute("CREATE TABLE kept AS TABLE entry");
            }
        }
    }

    pub(crate) fn put_back(&self, data: &Path) {
        match self {
            Self::Sqlite => {
                std::fs::copy(data.join("kept"), database(data)).unwrap();
            }
            Self::Postgres(schema) => {
                schema.execute("DELETE FROM entry");
                schema.execute("INSERT INTO entry OVERRIDING SYSTEM VALUE SELECT * FROM kept");
            }
        }
    }

    /// Changes one row behind the program's back; `sqlite` and `postgres` say the same.
    #[track_caller]
    pub(crate) fn tamper(&self, data: &Path, sqlite: &str, postgres: &str) {
        let changed = match self {
            Self::Sqlite => {
                let connection = rusqlite::Connection::open(database(data)).unwrap();
                u64::try_from(connection.execute(sqlite, []).unwrap()).unwrap()
            }
            Self::Postgres(schema) => schema.execute(postgres),
        };
        assert_eq!(changed, 1, "{sqlite}");
    }
}

fn database(data: &Path) -> std::path::PathBuf {
    data.join("delivery.sqlite")
}

impl Schema {
    /// A schema that is not there yet; none, said loudly, when there is no server.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub(crate) fn new() -> Option<Self> {
        let address =
            std::env::var("GKH_POSTGRES").unwrap_or_else(|_| "host=/var/run/postgresql user=postgres".to_owned());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let connected = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&address, NoTls).await?;
            tokio::spawn(connection);
            Ok::<_, tokio_postgres::Error>(client)
        });
        let client = match connected {
            Ok(client) => client,
            Err(error) => {
                let text =
                    "SKIPPED: no PostgreSQL server, the command was not tested with it; name one in GKH_POSTGRES";
                assert!(std::env::var("CI").as_deref() != Ok("true"), "{text} ({error})");
                eprintln!("{text}");
                return None;
            }
        };
        let name = format!("gkh_cli_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::SeqCst));
        let schema = Self { address, name, client, runtime };
        schema.drop_schema();
        schema.execute(&format!("SET search_path TO {}", schema.name));
        Some(schema)
    }

    /// What stands in the configuration of a node.
    pub(crate) fn settings(&self, node: &str) -> String {
        format!(
            "[store]\nkind = \"postgres\"\nurl = \"{}\"\nschema = \"{}\"\nnode = \"{node}\"\n",
            self.address, self.name
        )
    }

    /// Runs a statement; says how many rows it changed.
    #[track_caller]
    pub(crate) fn execute(&self, sql: &str) -> u64 {
        self.runtime.block_on(self.client.execute(sql, &[])).unwrap()
    }

    /// A number.
    #[track_caller]
    pub(crate) fn number(&self, sql: &str) -> i64 {
        self.runtime.block_on(self.client.query_one(sql, &[])).unwrap().get(0)
    }

    fn drop_schema(&self) {
        self.execute("SET client_min_messages = error");
        self.execute(&format!("DROP SCHEMA IF EXISTS {} CASCADE", self.name));
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        self.drop_schema();
    }
}

//! What a database must be before it is written to: ours, of a version we know, and this node's name free.

use super::PostgresOptions;
use super::chain::Chain;
use super::proof;
use super::session::{Session, column, quoted, within};
use super::trouble::Trouble;
use crate::ids::Namespace;
use crate::store::StoreError;
use std::time::Duration;

/// Marks the schema as ours.
const PRODUCT: &str = "gis-gkh delivery";
/// Migrations in order; the version in `store` says how many have been applied.
const MIGRATIONS: [&str; 1] = [include_str!("schema.sql")];
/// How often, and how often at most, a name is asked for that a session of ours may still hold: the server notices a
/// broken connection a little later than we do.
const PAUSE: Duration = Duration::from_millis(100);
const TRIES: u32 = 20;

const DOING: &str = "opening the store";

fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Creates or migrates the schema, unless it is up to date. Gives the store's namespace.
pub(super) async fn schema(session: &Session, options: &PostgresOptions) -> Result<Namespace, Trouble> {
    if let Some((found, namespace)) = version(session, options).await?
        && found == known()
    {
        return Ok(namespace);
    }
    session.script(DOING, "BEGIN").await?;
    let migrated = migrate(session, options).await;
    session.script(DOING, if migrated.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    migrated
}

/// Two nodes that start together do it one after the other; the second finds it done.
async fn migrate(session: &Session, options: &PostgresOptions) -> Result<Namespace, Trouble> {
    session.rows(DOING, "SELECT pg_advisory_xact_lock(hashtextextended('gis-gkh delivery schema', 0))", &[]).await?;
    let found = version(session, options).await?;
    let applied = match &found {
        Some((found, _)) => *found,
        None => {
            create(session, options).await?;
            0
        }
    };
    for (number, migration) in (1_i64..).zip(MIGRATIONS) {
        if number > applied {
            session.script("migrating the store", migration).await?;
            session.write(DOING, "UPDATE store SET version = $1", &[&number]).await?;
        }
    }
    Ok(found.map_or(options.namespace, |(_, namespace)| namespace))
}

async fn create(session: &Session, options: &PostgresOptions) -> Result<(), Trouble> {
    let doing = "creating the store";
    let exists = session.row(doing, "SELECT 1 FROM pg_namespace WHERE nspname = $1", &[&options.schema]).await?;
    if exists.is_none() {
        session.script(doing, &format!("CREATE SCHEMA {}", quoted(&options.schema))).await?;
    }
    let table = "CREATE TABLE store (one bigint PRIMARY KEY CHECK (one = 1), product text NOT NULL, version bigint NOT NULL, \
                 namespace bytea NOT NULL)";
    session.script(doing, table).await?;
    let insert = "INSERT INTO store (one, product, version, namespace) VALUES (1, $1, 0, $2)";
    session.write(doing, insert, &[&PRODUCT, &&options.namespace.0[..]]).await?;
    Ok(())
}

/// Version and namespace of what stands in the schema; none when it is empty.
pub(super) async fn version(session: &Session, options: &PostgresOptions) -> Result<Option<(i64, Namespace)>, Trouble> {
    let tables = "SELECT count(*), count(*) FILTER (WHERE relname = 'store') FROM pg_class \
                  WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND relkind IN ('r', 'p', 'v', 'm')";
    let row = session.row(DOING, tables, &[&options.schema]).await?;
    let (all, ours): (i64, i64) = match &row {
        Some(row) => (column(row, 0)?, column(row, 1)?),
        None => (0, 0),
    };
    if all == 0 {
        return Ok(None);
    }
    let allowed = "SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = $1";
    let allowed = session.row(DOING, allowed, &[&options.schema]).await?;
    if !allowed.as_ref().map_or(Ok(false), |row| column(row, 0))? {
        let text = format!("no right to use schema `{}`", options.schema);
        return Err(StoreError::NotPermitted { doing: DOING, text }.into());
    }
    let foreign = || StoreError::ForeignSchema { schema: options.schema.clone() };
    // The catalogue shows them to a user without rights too.
    let columns = "SELECT count(*) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid \
                   JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = $1 AND relname = 'store' \
                   AND attname IN ('product', 'version', 'namespace')";
    let marked = session.row(DOING, columns, &[&options.schema]).await?;
    let marked: i64 = marked.as_ref().map_or(Ok(0), |row| column(row, 0))?;
    if ours == 0 || marked != 3 {
        return Err(foreign().into());
    }
    let row = session.row(DOING, "SELECT product, version, namespace FROM store", &[]).await?.ok_or_else(foreign)?;
    let (product, found): (&str, i64) = (column(&row, 0)?, column(&row, 1)?);
    let namespace: &[u8] = column(&row, 2)?;
    if product != PRODUCT {
        return Err(foreign().into());
    }
    if found > known() {
        return Err(StoreError::Newer { found, known: known() }.into());
    }
    let namespace = namespace.try_into().map_err(|_| foreign())?;
    Ok(Some((found, Namespace(namespace))))
}

/// The connection that writes, and what is known because nobody else writes under this name.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) session: Session,
    /// What the session is called in `node`.
    pub(super) token: String,
    pub(super) chain: Chain,
}

/// Connects as the one who writes under this node's name, and reads where its chain ends.
pub(super) async fn writer(
    options: &PostgresOptions,
    statements: &[&'static str],
) -> Result<(Held, Namespace), Trouble> {
    let session = Session::open(options).await?;
    let ready = async {
        let namespace = schema(&session, options).await?;
        lock(&session, options).await?;
        proof::check(&session, options).await?;
        session.prepare(statements).await?;
        let enter = "INSERT INTO node (name, session, commits) \
                     SELECT $1, pid || ' since ' || backend_start, 0 FROM pg_stat_activity WHERE pid = pg_backend_pid() \
                     ON CONFLICT (name) DO UPDATE SET session = excluded.session, commits = 0 RETURNING session";
        let row = session.row(DOING, enter, &[&options.node]).await?;
        let row = row.ok_or_else(|| Trouble::lost(DOING, "the server does not show its own session"))?;
        Ok((column(&row, 0)?, Chain::read(&session, &options.node).await?, namespace))
    };
    let (token, chain, namespace) = within(DOING, ready).await?;
    Ok((Held { session, token, chain }, namespace))
}

/// Holds the node's name as long as the session lasts.
async fn lock(session: &Session, options: &PostgresOptions) -> Result<(), Trouble> {
    let name = format!("gis-gkh delivery node\n{}\n{}", options.schema, options.node);
    for _ in 0..TRIES {
        let row = session.row(DOING, "SELECT pg_try_advisory_lock(hashtextextended($1, 0))", &[&name]).await?;
        if row.as_ref().map_or(Ok(false), |row| column(row, 0))? {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(StoreError::NodeTaken { node: options.node.clone() }.into())
}

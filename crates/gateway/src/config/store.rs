//! The store as settings: SQLite in the data directory, or a database that several nodes share.

use super::error::ConfigError;
use super::given::Given;

/// Which store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreSettings {
    /// SQLite, in the data directory.
    Sqlite,
    /// A schema of a PostgreSQL database.
    #[cfg(feature = "postgres")]
    Postgres(PostgresSettings),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
}

/// Settings of the database alone.
const DATABASE: [&str; 5] =
    ["store.url", "store.password_file", "store.password_variable", "store.node", "store.schema"];

/// Each of several organisations has a schema of its own, its name behind the one that is set.
pub(super) fn read(given: &Given, id: Option<&str>) -> Result<StoreSettings, ConfigError> {
    let kind = given.word("store.kind", &[("sqlite", Kind::Sqlite), ("postgres", Kind::Postgres)])?;
    match kind.unwrap_or(Kind::Sqlite) {
        Kind::Sqlite => match DATABASE.into_iter().find(|key| given.text(key).is_some()) {
            None => Ok(StoreSettings::Sqlite),
            // Whoever has written it believes that the database is in use.
            Some(key) => Err(given.wrong(key, "left out unless `store.kind` is postgres")),
        },
        #[cfg(feature = "postgres")]
        Kind::Postgres => database::read(given, id).map(StoreSettings::Postgres),
        #[cfg(not(feature = "postgres"))]
        Kind::Postgres => {
            let _ = id;
            let expected = "sqlite: this program is built without PostgreSQL (feature `postgres`)";
            Err(given.wrong("store.kind", expected))
        }
    }
}

#[cfg(feature = "postgres")]
pub use database::PostgresSettings;

#[cfg(feature = "postgres")]
mod database {
    use gis_gkh_delivery::{AddressError, PasswordSource, PostgresOptions};

    use super::super::error::ConfigError;
    use super::super::given::Given;

    /// The longest name the server keeps whole, bytes.
    const LONGEST: usize = 63;

    /// A database that several nodes share.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct PostgresSettings {
        /// Where it is, without a password.
        pub url: String,
        /// Where the password is kept, if the server asks for one.
        pub password: Option<PasswordSource>,
        /// Name of this node, unlike those of the others.
        pub node: String,
        /// The schema, which holds nothing else.
        pub schema: String,
    }

    pub(super) fn read(given: &Given, id: Option<&str>) -> Result<PostgresSettings, ConfigError> {
        let url = given.needed("store.url")?;
        PostgresOptions::check_address(&url).map_err(|error| {
            let reason = match error {
                AddressError::Password => "must hold no password: take it out, write it into a file that only you may \
                    read, and name that in `store.password_file`, or a variable in `store.password_variable`"
                    .to_owned(),
                error => error.to_string(),
            };
            ConfigError::Database { place: given.place("store.url"), reason }
        })?;
        let password = match (given.path("store.password_file"), given.text("store.password_variable")) {
            (Some(_), Some(_)) => {
                return Err(given.wrong("store", "given one of password_file and password_variable, not both"));
            }
            (Some(path), None) => Some(PasswordSource::File(path)),
            (None, Some(name)) => Some(PasswordSource::Environment(name)),
            (None, None) => None,
        };
        let expected = "at most 63 letters, digits, `-`, `_` and `.`";
        let node = match given.optional("store.node", expected, |text| is_node(text).then(|| text.to_owned()))? {
            Some(node) => node,
            None => whoami::hostname().ok().filter(|name| is_node(name)).ok_or(ConfigError::NoNode)?,
        };
        let expected = "at most 63 letters, digits and `_`, not beginning with a digit or `pg_`";
        let schema = given.optional("store.schema", expected, |text| is_schema(text).then(|| text.to_owned()))?;
        let mut schema = schema.unwrap_or_else(|| "gis_gkh".to_owned());
        if let Some(id) = id {
            schema = format!("{schema}_{}", id.replace('-', "_"));
            if !is_schema(&schema) {
                return Err(
                    given.wrong("store.schema", "short enough for the organisations' names behind it, 63 bytes in all")
                );
            }
        }
        Ok(PostgresSettings { url, password, node, schema })
    }

    /// It goes into names of files, of sessions and of locks.
    fn is_node(name: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        (1..=LONGEST).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with('.')
    }

    fn is_schema(name: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let begins = name.bytes().next().is_some_and(|first| !first.is_ascii_digit());
        begins && name.len() <= LONGEST && name.bytes().all(plain) && !name.starts_with("pg_")
    }
}

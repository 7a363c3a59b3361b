//! Where the database is, as people write it, looked at before anything connects.

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

/// The address of a database cannot be used as it is written. Never holds any of it but names of its parts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It is neither form.
    #[error(
        "not an address of a database ({what}): write `host=… user=… dbname=…` or `postgresql://user@host/database`"
    )]
    Malformed {
        /// What was found.
        what: String,
    },
    /// A password in it would be seen by whoever reads the settings.
    #[error(
        "a password does not belong into the address: take it out, and name a file or an environment variable that holds it"
    )]
    Password,
    /// It does not say where.
    #[error("the address names no host: add `host=` with a name, or with the folder of the server's socket")]
    NoHost,
    /// TLS is asked for.
    #[error(
        "the address asks for TLS, which is not spoken to the database: leave `sslmode` out and use a socket, a trusted network or a tunnel"
    )]
    Tls,
}

/// Can this be connected to?
pub(super) fn check(address: &str) -> Result<(), AddressError> {
    // Before the parser has seen it, whose words may quote what stands around a password.
    if names_password(address) {
        return Err(AddressError::Password);
    }
    let config: Config = address.parse().map_err(|error: tokio_postgres::Error| {
        let cause = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
        AddressError::Malformed { what: cause }
    })?;
    if config.get_password().is_some() {
        return Err(AddressError::Password);
    }
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(AddressError::NoHost);
    }
    if !matches!(config.get_ssl_mode(), SslMode::Disable | SslMode::Prefer) {
        return Err(AddressError::Tls);
    }
    Ok(())
}

fn names_password(address: &str) -> bool {
    let address = address.trim_start();
    let named = address.match_indices("password").any(|(at, word)| {
        let after = address[at + word.len()..].trim_start();
        after.starts_with('=')
    });
    let rest = ["postgresql://", "postgres://"].iter().find_map(|scheme| address.strip_prefix(scheme));
    // What stands before the last `@` of the authority is user and password.
    let user = rest.and_then(|rest| rest.split(['/', '?']).next()?.rsplit_once('@')).map(|(user, _)| user);
    named || user.is_some_and(|user| user.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_people_write_are_taken() {
        for address in [
            "host=/var/run/postgresql dbname=gkh",
            "host=db.example port=5433 user=gkh dbname=gkh sslmode=disable",
            "host=a,b dbname=gkh target_session_attrs=read-write",
            "postgresql://gkh@db.example/gkh",
            "postgresql://gkh@%2Fvar%2Frun%2Fpostgresql/gkh",
            "hostaddr=127.0.0.1 user=password",
        ] {
            assert_eq!(check(address), Ok(()), "{address}");
        }
    }

    #[test]
    fn a_password_is_refused_wherever_it_stands_and_never_repeated() {
        for address in [
            "host=a password=hunter2",
            "host=a password = 'hunter2 hunter2=x'",
            "postgresql://gkh:hunter2@db/gkh",
            "postgres://gkh:hunter2@x@db/gkh",
            "postgresql://db/gkh?password=hunter2",
            "postgresql://db/gkh?user=a&password=hunter2",
        ] {
            let error = check(address).unwrap_err();
            assert_eq!(error, AddressError::Password, "{address}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn what_cannot_be_connected_to_is_told() {
        assert_eq!(check("dbname=gkh"), Err(AddressError::NoHost));
        assert_eq!(check("host=a sslmode=require"), Err(AddressError::Tls));
        for address in ["gkh", "host=", "host=a port=many", "hots=a", "http://a/b", "host='a"] {
            let error = check(address);
            assert!(
                matches!(error, Err(AddressError::Malformed { .. } | AddressError::NoHost)),
                "{address}: {error:?}"
            );
        }
    }
}

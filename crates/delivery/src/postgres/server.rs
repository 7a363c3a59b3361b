//! The server's version.

use super::trouble::Trouble;
use crate::store::StoreError;

/// The oldest major version whose SQL has all that is used: `hashtextextended`, `jit`.
const OLDEST: u32 = 11;

/// Is the version the server gives of itself new enough? One that cannot be read is somebody's own build, and passes.
pub(super) fn check(version: Option<&str>) -> Result<(), Trouble> {
    let version = version.unwrap_or_default();
    let digits = version.find(|c: char| !c.is_ascii_digit()).map_or(version, |end| &version[..end]);
    match digits.parse::<u32>() {
        Ok(major) if major < OLDEST => {
            Err(StoreError::OldServer { found: version.chars().take(32).collect(), oldest: OLDEST }.into())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_servers_are_told_from_new_ones() {
        for version in ["11.22", "15.18 (Debian 15.18-0+deb12u1)", "19devel", "", "what"] {
            assert!(check(Some(version)).is_ok(), "{version}");
        }
        for version in ["9.6.24", "10.23 (Ubuntu)"] {
            let error = check(Some(version)).unwrap_err().error;
            assert_eq!(error, StoreError::OldServer { found: version.into(), oldest: 11 });
        }
    }
}

//! The engine that teaches OpenSSL GOST, where the settings need one.

use super::page::Check;
use crate::desk::words::Words;

pub(super) const ID: &str = "engine";

/// By what loading it came to; nothing when the settings need none.
pub(super) fn judge(loaded: Option<&Result<String, String>>) -> Check {
    match loaded {
        None => {
            let why = Words::both(
                "ни ключу, ни TLS этих настроек OpenSSL не нужен",
                "neither the key nor TLS of these settings needs OpenSSL",
            );
            Check::skipped(ID, &why)
        }
        Some(Ok(which)) => {
            Check::green(ID, Words::both(format!("engine загружен: {which}"), format!("the engine is loaded: {which}")))
        }
        Some(Err(error)) => {
            let found =
                Words::both(format!("engine не загружается: {error}"), format!("the engine cannot be loaded: {error}"));
            let remedy = Words::both(
                "установите engine для OpenSSL 3 (Debian: libengine-gost-openssl), укажите его файл в настройках или пользуйтесь туннелем",
                "install an engine for OpenSSL 3 (Debian: libengine-gost-openssl), name its file in the settings, or use a tunnel",
            );
            Check::red(ID, found, remedy)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::page::Grade;
    use super::*;

    #[test]
    fn an_engine_is_missed_only_where_one_is_needed() {
        assert_eq!(judge(None).grade, Grade::Skipped);
        assert_eq!(judge(Some(&Ok("gost".to_owned()))).grade, Grade::Green);
        assert_eq!(judge(Some(&Err("no such file".to_owned()))).grade, Grade::Red);
    }
}

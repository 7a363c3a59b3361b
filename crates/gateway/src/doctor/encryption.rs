//! Encryption of what is kept: are its keys there, and do they open?

use gis_gkh_delivery::{KeyringError, MasterError};

use super::page::Check;
use crate::config::Config;
use crate::desk::words::Words;
use crate::gateway::{GatewayError, keyring};

pub(super) const ID: &str = "encryption";

/// What was found of the keys.
pub(super) enum Keys {
    /// Bodies are kept as they are.
    Off,
    /// They open.
    Open,
    /// There are none.
    Missing(KeyringError),
    /// They are of no use.
    Unusable(GatewayError),
}

/// Opens the keys. May take as long as the command that prints the master key.
pub(super) fn look(config: &Config) -> Keys {
    match keyring(config) {
        Ok(None) => Keys::Off,
        Ok(Some(_)) => Keys::Open,
        // Without a store the master key's file need not be there either: both are made with it.
        Err(GatewayError::Keyring(
            error @ (KeyringError::Missing { .. } | KeyringError::Master(MasterError::Missing { .. })),
        )) => Keys::Missing(error),
        Err(error) => Keys::Unusable(error),
    }
}

/// Keys that are not there are nothing strange before there is a store.
pub(super) fn judge(keys: Keys, store_is_there: bool) -> Check {
    match keys {
        Keys::Off => {
            let found = Words::both(
                "хранимое не шифруется (`encryption.enabled = \"no\"`)",
                "what is kept is not encrypted (`encryption.enabled = \"no\"`)",
            );
            let remedy = Words::both(
                "хранятся персональные данные: уберите строку из [encryption] или убедитесь, что зашифрован сам диск",
                "it is personal data: take the line out of [encryption], or make sure that the disk itself is encrypted",
            );
            Check::yellow(ID, found, remedy)
        }
        Keys::Open => Check::green(ID, Words::both("ключи хранилища открываются", "the keys of the store open")),
        Keys::Missing(_) if !store_is_there => Check::green(
            ID,
            Words::both(
                "ключей ещё нет: они появятся вместе с хранилищем",
                "there are no keys yet: they are made together with the store",
            ),
        ),
        Keys::Missing(error) => unusable(&GatewayError::Keyring(error)),
        Keys::Unusable(error) => unusable(&error),
    }
}

fn unusable(error: &GatewayError) -> Check {
    let english = error.to_string();
    let found = Words::both(error.russian().unwrap_or_else(|| english.clone()), english);
    let remedy = Words::both(
        "восстановите папку ключей и главный ключ из их копий или исправьте [encryption]; без них хранимое не прочесть",
        "restore the folder of keys and the master key from their copies, or correct [encryption]; without them nothing kept can be read",
    );
    Check::red(ID, found, remedy)
}

#[cfg(test)]
mod tests {
    use super::super::page::Grade;
    use super::*;

    #[test]
    fn keys_are_missed_only_by_a_store() {
        let missing = || Keys::Missing(KeyringError::Missing { path: "/var/lib/gkh-keys/keyring.json".into() });
        assert_eq!(judge(missing(), false).grade, Grade::Green);
        let lost = judge(missing(), true);
        assert_eq!(lost.grade, Grade::Red);
        assert!(lost.found.ru.contains("связки ключей"), "{lost:?}");
        assert_eq!(judge(Keys::Open, true).grade, Grade::Green);
        assert_eq!(judge(Keys::Off, true).grade, Grade::Yellow);
        let wrong = KeyringError::WrongMaster { path: "/var/lib/gkh-keys/keyring.json".into() };
        assert_eq!(judge(Keys::Unusable(GatewayError::Keyring(wrong)), false).grade, Grade::Red);
    }
}

//! The store: is it there, of a version that is known, and whole?

use std::path::Path;
use std::time::Duration;

use gis_gkh_delivery::{Check as Whole, SqliteReader, StoreError};

use super::page::Check;
use crate::config::{Config, StoreSettings};
use crate::desk::words::Words;
use crate::gateway::GatewayError;

pub(super) const ID: &str = "store";

/// What was found.
pub(super) enum Found {
    /// Nothing yet.
    None,
    /// A file that was read through.
    Read(Whole),
    /// A file too large to be read through in the time there was.
    Unread,
    /// A schema of this version.
    #[cfg(feature = "postgres")]
    Schema(i64),
    /// A database that does not answer in time.
    #[cfg(feature = "postgres")]
    Silent,
}

/// Looks at the store, beside whoever works with it.
pub(super) async fn look(config: &Config, patience: Duration) -> Result<Found, StoreError> {
    match &config.store {
        StoreSettings::Sqlite => file(&config.data_dir, patience).await,
        #[cfg(feature = "postgres")]
        StoreSettings::Postgres(settings) => {
            let reader = crate::gateway::database(settings, crate::gateway::no_seal());
            match tokio::time::timeout(patience, reader.version()).await {
                Err(_) => Ok(Found::Silent),
                Ok(version) => Ok(version?.map_or(Found::None, Found::Schema)),
            }
        }
    }
}

async fn file(directory: &Path, patience: Duration) -> Result<Found, StoreError> {
    match tokio::time::timeout(patience, SqliteReader::check(directory)).await {
        Err(_) => Ok(Found::Unread),
        Ok(Err(StoreError::Missing { .. })) => Ok(Found::None),
        Ok(whole) => Ok(Found::Read(whole?)),
    }
}

pub(super) fn judge(found: Result<Found, StoreError>, patience: Duration) -> Check {
    match found {
        Ok(Found::None) => Check::green(
            ID,
            Words::both(
                "хранилища ещё нет: оно появится с первой партией",
                "there is no store yet: it is made with the first batch",
            ),
        ),
        Ok(Found::Read(Whole::NotNeeded | Whole::Running | Whole::Sound)) => Check::green(
            ID,
            Words::both("файл хранилища прочитан целиком и цел", "the store's file was read through and is whole"),
        ),
        Ok(Found::Read(Whole::Damaged(what))) => damaged(&what),
        Ok(Found::Read(Whole::Unfinished(why))) => {
            let why = Words::both(
                format!("файл хранилища не дочитан ({why})"),
                format!("the store's file was not read to its end ({why})"),
            );
            Check::skipped(ID, &why)
        }
        Ok(Found::Unread) => {
            let why = Words::both(
                format!("файл хранилища не прочесть целиком за {patience:?}; дольше: gkh doctor --timeout 10m"),
                format!("the store's file cannot be read through in {patience:?}; longer: gkh doctor --timeout 10m"),
            );
            Check::skipped(ID, &why)
        }
        #[cfg(feature = "postgres")]
        Ok(Found::Schema(version)) => Check::green(
            ID,
            Words::both(
                format!("база отвечает, схема хранилища {version}; целость файлов — дело сервера"),
                format!("the database answers, the store has schema {version}; its files are the server's business"),
            ),
        ),
        #[cfg(feature = "postgres")]
        Ok(Found::Silent) => {
            let text = format!("{patience:?}");
            unusable(StoreError::Unreachable { text })
        }
        Err(StoreError::Damaged { what }) => damaged(&what),
        Err(error) => unusable(error),
    }
}

fn damaged(what: &str) -> Check {
    let found = Words::both(format!("хранилище повреждено: {what}"), format!("the store is damaged: {what}"));
    let remedy = Words::both(
        "остановите шлюз, отложите каталог данных и восстановите delivery.sqlite из резервной копии; проверьте диск и память машины",
        "stop the gateway, put the data directory aside and restore delivery.sqlite from its backup; check the machine's disk and memory",
    );
    Check::red(ID, found, remedy)
}

fn unusable(error: StoreError) -> Check {
    let error = GatewayError::Store(error);
    let english = error.to_string();
    let found = Words::both(error.russian().unwrap_or_else(|| english.clone()), english);
    let remedy = Words::both(
        "исправьте названное в [store] или `data_dir` и проверьте ещё раз: gkh doctor",
        "correct what is named in [store] or `data_dir`, then look again: gkh doctor",
    );
    Check::red(ID, found, remedy)
}

#[cfg(test)]
mod tests {
    use super::super::page::Grade;
    use super::*;

    #[test]
    fn what_could_not_be_read_in_time_is_not_called_whole() {
        let patience = Duration::from_secs(10);
        let grade = |found| judge(found, patience).grade;
        assert_eq!(grade(Ok(Found::None)), Grade::Green);
        assert_eq!(grade(Ok(Found::Read(Whole::Sound))), Grade::Green);
        assert_eq!(grade(Ok(Found::Unread)), Grade::Skipped);
        assert_eq!(grade(Ok(Found::Read(Whole::Unfinished("interrupted".to_owned())))), Grade::Skipped);
        assert_eq!(grade(Ok(Found::Read(Whole::Damaged("page 2".to_owned())))), Grade::Red);
        #[cfg(feature = "postgres")]
        assert_eq!(grade(Ok(Found::Silent)), Grade::Red);
        let newer = judge(Err(StoreError::Newer { found: 9, known: 2 }), patience);
        assert_eq!(newer.grade, Grade::Red);
        assert!(newer.found.ru.contains("обновите программу"), "{newer:?}");
    }
}

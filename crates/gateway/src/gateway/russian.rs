//! Errors of the store in Russian. English is the errors' own.

use gis_gkh_delivery::{KeyringError, SealError, StoreError};

use super::GatewayError;

impl GatewayError {
    /// What happened and what to do, in Russian; nothing for errors that have no words here yet.
    #[must_use]
    pub fn russian(&self) -> Option<String> {
        match self {
            Self::Store(error) => store(error),
            Self::Keyring(error) => keyring(error),
            Self::NoSharedKeys { path } => Some(format!(
                "нет связки ключей {}, а в эту базу уже пишут под связкой: укажите в `encryption.folder` папку, общую для всех узлов, или \
                 восстановите её из копии",
                path.display()
            )),
            Self::OtherWork { path, whose } => Some(format!(
                "{} занят работой для {whose}, а эти настройки для другого: укажите другой `data_dir`",
                path.display()
            )),
            _ => None,
        }
    }
}

fn store(error: &StoreError) -> Option<String> {
    Some(match error {
        StoreError::Locked { path } => {
            format!("{} занят другим процессом: остановите его или дождитесь его окончания", path.display())
        }
        StoreError::Full { .. } => {
            "место в хранилище кончилось: освободите диск; ничего из сохранённого не потеряно".to_owned()
        }
        StoreError::Damaged { what } => {
            format!("хранилище повреждено ({what}): остановите шлюз и восстановите хранилище из резервной копии")
        }
        StoreError::DamagedBody { body, .. } => {
            format!("сохранённый документ {body} повреждён: восстановите хранилище из резервной копии")
        }
        StoreError::Newer { found, known } => {
            format!("у хранилища схема {found}, эта версия программы знает {known}: обновите программу")
        }
        StoreError::Foreign { path } => {
            format!("{} — не хранилище шлюза: укажите другой каталог данных", path.display())
        }
        StoreError::ForeignSchema { schema } => {
            format!("в схеме `{schema}` базы лежит не хранилище шлюза: укажите в `store.schema` другую")
        }
        StoreError::NodeTaken { node } => format!(
            "узел `{node}` занят другим процессом: остановите его или дайте этому узлу другое имя в `store.node`"
        ),
        StoreError::Unreachable { text } => {
            format!("база не отвечает ({text}): запустите сервер или исправьте его адрес в `store.url`")
        }
        StoreError::OldServer { found, oldest } => {
            format!("сервер базы — PostgreSQL {found}, нужен не ниже {oldest}: обновите его")
        }
        StoreError::NoDatabase { text } => {
            format!("на сервере нет такой базы ({text}): создайте её или исправьте имя в `store.url`")
        }
        StoreError::WrongPassword { text } => format!(
            "база не приняла пользователя или пароль ({text}): исправьте пароль в `store.password_file` или переменной из \
             `store.password_variable`, либо пользователя в `store.url`"
        ),
        StoreError::NoPassword => {
            "база требует пароль: укажите файл с ним в `store.password_file` или переменную в `store.password_variable`"
                .to_owned()
        }
        StoreError::NotPermitted { doing, text } => {
            format!("у пользователя базы нет прав ({doing}: {text}): дайте ему право или укажите другого в `store.url`")
        }
        StoreError::NoStore { schema } => {
            format!("в схеме `{schema}` базы нет хранилища: ещё ничего не передано, или схема указана не та")
        }
        StoreError::OtherKeys => {
            "ключи этого узла не те, под которыми пишут в хранилище: всем узлам нужны одна связка \
             ключей и один главный ключ, укажите их папку в `encryption.folder`"
                .to_owned()
        }
        StoreError::OtherWork { whose } => {
            format!(
                "схема базы занята работой для {whose}, а эти настройки для другого: укажите другую в `store.schema`"
            )
        }
        StoreError::Missing { path } => {
            format!("нет хранилища {}: ещё ничего не передано, или каталог данных указан не тот", path.display())
        }
        StoreError::KeyReused { batch } => {
            format!("ключ пакета {batch} пришёл снова с другим содержимым: возьмите новый ключ")
        }
        #[cfg(feature = "postgres")]
        StoreError::Password(error) => password(error)?,
        StoreError::Seal(error) => return seal(error),
        _ => return None,
    })
}

#[cfg(feature = "postgres")]
fn password(error: &gis_gkh_delivery::PasswordError) -> Option<String> {
    use gis_gkh_delivery::PasswordError;
    Some(match error {
        PasswordError::Missing { path } => format!(
            "нет файла с паролем {}: запишите в него пароль пользователя базы или укажите в `store.password_file` другой",
            path.display()
        ),
        PasswordError::Loose { path, mode } => {
            format!("файл с паролем {} открыт посторонним (права {mode:o}): chmod 600", path.display())
        }
        PasswordError::Unset { name } => {
            format!("в переменной окружения {name} нет пароля: задайте в ней пароль пользователя базы")
        }
        _ => return None,
    })
}

fn seal(error: &SealError) -> Option<String> {
    match error {
        SealError::NoKey { key } => Some(format!(
            "нет ключа {key}: восстановите из копии связку ключей, с которой велось хранилище; если шифрование выключено в \
             настройках, включите его, чтобы читать зашифрованное раньше"
        )),
        SealError::Keyring(error) => keyring(error),
        _ => None,
    }
}

fn keyring(error: &KeyringError) -> Option<String> {
    match error {
        KeyringError::Missing { path } => Some(format!(
            "нет связки ключей {}: восстановите её из копии; без неё в хранилище ничего нельзя прочесть",
            path.display()
        )),
        KeyringError::Loose { path, mode } => {
            Some(format!("папка ключей {} открыта посторонним (права {mode:o}): chmod 700", path.display()))
        }
        KeyringError::WrongMaster { path } => Some(format!(
            "главный ключ не от связки {}: укажите тот, с которым она создана или на который переведена",
            path.display()
        )),
        _ => None,
    }
}

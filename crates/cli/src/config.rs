//! `gkh config`: what is wrong with the settings, before anything depends on them.

use clap::{Args, Subcommand};
use gis_gkh_gateway::gateway::AskError;
use gis_gkh_gateway::{Config, config};
use serde_json::json;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::Tongue;
use crate::{Context, engine, output};

/// What the settings may say, and what is wrong with yours.
#[derive(Debug, Args)]
pub(crate) struct Settings {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Everything that is wrong with the settings, each with its place and what to write; opens no key and no connection.
    Check,
    /// An annotated example, every setting in it.
    Example,
    /// Ask the stand for the organisation's orgPPAGUID by its ОГРН, and keep it for this stand.
    Find,
    /// The schema for editors (JSON Schema).
    Schema,
}

/// The annotated example.
const EXAMPLE: &str = include_str!("../../../docs/gkh.toml");

impl Settings {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self.act {
            Act::Check => check(context),
            Act::Example => output::bytes(EXAMPLE.as_bytes()).map(|()| Exit::Ok),
            Act::Find => find(context),
            Act::Schema => output::json(&config::schema()).map(|()| Exit::Ok),
        }
    }
}

fn check(context: &Context) -> Result<Exit, Failure> {
    let path = engine::path(context);
    let faults: Vec<String> = Config::check(&path).iter().map(ToString::to_string).collect();
    let members = if faults.is_empty() { Config::all(&path).unwrap_or_default() } else { Vec::new() };
    let configs: Vec<Config> = members.into_iter().filter_map(|member| member.config.ok()).collect();
    context.configured.set(configs.iter().find_map(|config| config.language).map(Tongue::from));
    let tongue = Tongue::choose(context.tongue, context.configured.get());
    let loose: Vec<(bool, String)> = configs.iter().flat_map(|config| loose(tongue, config)).collect();
    let refused = !faults.is_empty() || loose.iter().any(|(refused, _)| *refused);
    if context.json {
        let told: Vec<&String> = loose.iter().map(|(_, text)| text).collect();
        output::json(
            &json!({ "good": !refused, "faults": faults, "permissions": told, "organisations": configs.len() }),
        )?;
    } else {
        for text in faults.iter().chain(loose.iter().map(|(_, text)| text)) {
            output::line(text)?;
        }
        if !refused {
            let good = tongue.of("the settings can be used; organisations", "настройки годятся; организаций");
            output::line(&format!("{}: {good}: {}", path.display(), configs.len()))?;
        }
    }
    Ok(if refused { Exit::BadConfig } else { Exit::Ok })
}

fn find(context: &Context) -> Result<Exit, Failure> {
    let config = Config::load_to_find(&engine::path(context), context.org.as_deref());
    let config = config.map_err(|error| Failure::of(Exit::BadConfig, &error))?;
    let tongue = engine::tongue(context, &config);
    let (ogrn, stand) = (config.organisation.ogrn.clone(), config.stand.name.clone());
    let gateway = engine::gateway(config)?;
    let found = engine::runtime()?.block_on(gateway.find()).map_err(|error| match error {
        AskError::Gateway(error) => engine::failure(error),
        error => Failure::of(Exit::Unfinished, &error),
    })?;
    if context.json {
        output::json(&found)?;
    } else {
        for one in &found {
            let (guid, name) = (one.org_ppa_guid.unwrap_or_default(), one.name.as_deref().unwrap_or_default());
            output::line(&format!("{guid} {name} {}", one.kpp.as_deref().unwrap_or_default()))?;
        }
    }
    match found.len() {
        1 => output::note(tongue.of("kept for this stand", "сохранено для этого стенда")),
        0 => {
            let text = tongue.of("nobody with this ОГРН takes part in", "участника с таким ОГРН нет на стенде");
            output::note(&format!("{text} {stand}: {ogrn}"));
        }
        _ => output::note(tongue.of(
            "several divisions have this ОГРН: write the one that is meant as organisation.org_ppa_guid",
            "с этим ОГРН несколько подразделений: впишите нужное в organisation.org_ppa_guid",
        )),
    }
    Ok(if found.len() == 1 { Exit::Ok } else { Exit::Negative })
}

/// Keys that others may read: whether they are refused for that, and the words.
fn loose(tongue: Tongue, config: &Config) -> Vec<(bool, String)> {
    let refused = config.check_permissions().is_err();
    let one = |loose: config::Loose| {
        let (path, mode) = (loose.path.display(), loose.mode);
        let text = match (tongue, refused) {
            (Tongue::En, true) => format!("{path}: may be read by others (mode {mode:o}): chmod 600 it"),
            (Tongue::En, false) => {
                format!("warning: {path}: may be read by others (mode {mode:o}); a real stand would refuse it")
            }
            (Tongue::Ru, true) => format!("{path}: доступен другим (права {mode:o}): выполните chmod 600"),
            (Tongue::Ru, false) => {
                format!("предупреждение: {path}: доступен другим (права {mode:o}); на настоящем стенде это ошибка")
            }
        };
        (refused, text)
    };
    config.loose().into_iter().map(one).collect()
}

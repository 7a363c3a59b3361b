//! Language of what people read: `--lang`, else the configuration, else the locale, else English.

use clap::ValueEnum;
use gis_gkh::codes::Language;
use gis_gkh_gateway::records::Lang;

/// A language by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tongue {
    Ru,
    En,
}

impl Tongue {
    /// The language to speak.
    pub(crate) fn choose(asked: Option<Self>, configured: Option<Self>) -> Self {
        let locale = || sys_locale::get_locale().filter(|locale| locale.starts_with("ru")).map(|_| Self::Ru);
        asked.or(configured).or_else(locale).unwrap_or(Self::En)
    }

    /// The language of help and of errors in the arguments, which are shown before these are understood.
    pub(crate) fn before_parsing(arguments: impl Iterator<Item = String>) -> Self {
        let arguments: Vec<String> = arguments.collect();
        let asked = arguments.iter().enumerate().find_map(|(at, argument)| match argument.strip_prefix("--lang") {
            Some("") => arguments.get(at + 1).map(String::as_str),
            Some(value) => value.strip_prefix('='),
            None => None,
        });
        let asked = asked.and_then(|asked| Self::from_str(asked, true).ok());
        Self::choose(asked, None)
    }

    /// One of two texts.
    pub(crate) fn of<'t>(self, english: &'t str, russian: &'t str) -> &'t str {
        match self {
            Self::En => english,
            Self::Ru => russian,
        }
    }
}

impl From<Tongue> for Language {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::Ru => Self::Russian,
            Tongue::En => Self::English,
        }
    }
}

impl From<Tongue> for Lang {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::Ru => Self::Ru,
            Tongue::En => Self::En,
        }
    }
}

impl From<Lang> for Tongue {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Ru => Self::Ru,
            Lang::En => Self::En,
        }
    }
}

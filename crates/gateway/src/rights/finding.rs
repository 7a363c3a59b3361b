//! What is found of rights, in words.

use serde::Serialize;

use crate::desk::words::Words;

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// As it should be.
    Green,
    /// Works, and wants looking at.
    Yellow,
    /// The system will refuse.
    Red,
}

/// A rule of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rule {
    /// The stand recognises the information system by its certificate.
    Recognised,
    /// The organisation takes part in the system of this stand.
    Registered,
    /// It is in the system what it is said to be here.
    Role,
    /// Requests name it by its orgPPAGUID and by no other identifier.
    OrgPpaGuid,
    /// An own information system acts for its owner alone.
    OwnForOwner,
    /// An operator says that it is one, and names the organisation the data are of.
    RealSupplier,
    /// The organisation has linked the information system, and has not cut the link.
    Linked,
    /// A power was delegated by the organisation itself and is in force: a power goes to one recipient at a time, is not passed
    /// on, and ends with its term, by withdrawal, refusal or loss of ground.
    InForce,
    /// The powers are of the kinds of information that are placed and read.
    Kind,
    /// The powers reach every object and territory.
    Reach,
}

impl Rule {
    /// The code by which the system refuses what breaks the rule.
    #[must_use]
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::Recognised => Some("AUT011000"),
            Self::Registered | Self::OrgPpaGuid => Some("AUT011002"),
            Self::OwnForOwner | Self::RealSupplier | Self::Linked | Self::InForce | Self::Reach => Some("AUT011003"),
            Self::Kind => Some("AUT011009"),
            Self::Role => None,
        }
    }
}

/// What is found of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How it stands.
    pub grade: Grade,
    /// The rule.
    pub rule: Rule,
    /// What it is about: an ОГРН, an identifier, the name of a kind of information.
    pub subject: String,
    /// What is found.
    pub text: Words,
    /// What to do; always there unless it is green.
    pub remedy: Option<Words>,
}

impl Finding {
    pub(super) fn green(rule: Rule, subject: impl Into<String>, text: Words) -> Self {
        Self { grade: Grade::Green, rule, subject: subject.into(), text, remedy: None }
    }

    pub(super) fn yellow(rule: Rule, subject: impl Into<String>, text: Words, remedy: Words) -> Self {
        Self { grade: Grade::Yellow, rule, subject: subject.into(), text, remedy: Some(remedy) }
    }

    pub(super) fn red(rule: Rule, subject: impl Into<String>, text: Words, remedy: Words) -> Self {
        Self { grade: Grade::Red, rule, subject: subject.into(), text, remedy: Some(remedy) }
    }
}

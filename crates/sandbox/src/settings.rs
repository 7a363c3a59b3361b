//! How a sandbox is set up.

use std::sync::Arc;
use std::time::Duration;

use gis_gkh::Guid;
use gis_gkh::clock::Clock;
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::signer::Signer;

use crate::faults::Faults;
use crate::files::FileRules;
use crate::forgery::{AnswerKeys, Forgery};
use crate::seed::Seed;

/// How a sandbox is set up.
#[derive(Clone)]
pub struct Settings {
    /// What it knows.
    pub seed: Seed,
    /// Certification centres whose certificates it trusts.
    pub ca: Vec<Certificate>,
    /// Who may act for whom.
    pub access: Access,
    /// Signs its answers.
    pub signer: Arc<dyn Signer>,
    /// Keys made for this sandbox. Some forgeries need them.
    pub keys: Option<AnswerKeys>,
    /// What is wrong with the signatures of its answers at first; see [`Sandbox::forge`](crate::Sandbox::forge).
    pub forgery: Option<Forgery>,
    /// Its time; every rule that depends on time goes by it.
    pub clock: Arc<dyn Clock>,
    /// What goes wrong.
    pub faults: Faults,
    /// How fast it works.
    pub pace: Pace,
    /// How much it takes and gives.
    pub bounds: Bounds,
    /// How its file store behaves.
    pub files: FileRules,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { access, faults, pace, bounds, files, .. } = self;
        f.debug_struct("Settings")
            .field("access", access)
            .field("faults", faults)
            .field("pace", pace)
            .field("bounds", bounds)
            .field("files", files)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// A sandbox without faults that works at once.
    pub fn new(seed: Seed, ca: Vec<Certificate>, signer: Arc<dyn Signer>, clock: Arc<dyn Clock>) -> Self {
        Self {
            seed,
            ca,
            access: Access::default(),
            signer,
            keys: None,
            forgery: None,
            clock,
            faults: Faults::default(),
            pace: Pace::default(),
            bounds: Bounds::default(),
            files: FileRules::default(),
        }
    }
}

impl Settings {
    /// The sandbox whose answers are signed by keys made for it.
    #[must_use]
    pub fn with_keys(mut self, keys: AnswerKeys) -> Self {
        self.signer = Arc::clone(&keys.signer);
        self.keys = Some(keys);
        self
    }
}

/// Who may act for which organisation.
///
/// A trusted certificate whose subject has an organisation's ОГРН may, unless the seed cuts its link. Others are operators
/// of information systems: they are listed here or have a power in the [`Seed`], and their requests must say
/// `IsOperatorSignature` (`protocol` §2.1.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    operators: Vec<(String, Guid)>,
}

impl Access {
    /// Lets certificates with this ОГРН act for an organisation as the operator of its information system.
    #[must_use]
    pub fn operator(mut self, ogrn: impl Into<String>, organisation: Guid) -> Self {
        self.operators.push((ogrn.into(), organisation));
        self
    }

    pub(crate) fn is_operator(&self, ogrn: &str, organisation: Guid) -> bool {
        self.operators.iter().any(|(operator, of)| operator == ogrn && *of == organisation)
    }
}

/// How fast the sandbox works: how long `RequestState` stays 1, and then 2. What a request asks is done when it turns 3.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// Received, not begun.
    pub received: Duration,
    /// Being worked on.
    pub processing: Duration,
}

/// How much the sandbox takes and gives at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of a request; more is answered with HTTP 413. The real bound is not published.
    pub request: usize,
    /// Bytes of an answer; an export that exceeds it is refused. About 10 MB in the real system (`protocol` §1.3).
    pub answer: usize,
    /// Meters on a page of histories, at least 1; 1000 in the real system (`protocol` §5.1).
    pub page: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { request: 20 << 20, answer: 10_000_000, page: 1000 }
    }
}

//! What verbs that work with the store have in common: the gateway, its clock, and a way to stop.

use std::path::PathBuf;
use std::sync::Arc;

use gis_gkh::clock::SystemClock;
use gis_gkh_delivery::StoreError;
use gis_gkh_delivery::archive::EraseError;
use gis_gkh_gateway::control::RefusalKind;
use gis_gkh_gateway::gateway::ErasureError;
use gis_gkh_gateway::{Config, Gateway, GatewayError};
use gis_gkh_sign::gost::OsEntropy;

use crate::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::Tongue;
use crate::output;

/// The file of settings: the one named by `--config`, or `gkh.toml` of the working directory.
pub(crate) fn path(context: &Context) -> PathBuf {
    context.config.clone().unwrap_or_else(|| "gkh.toml".into())
}

/// The settings of the organisation that is meant: the one of `--org`, or the only one.
pub(crate) fn config(context: &Context) -> Result<Config, Failure> {
    let config = Config::load_one(&path(context), context.org.as_deref());
    let config = config.map_err(|error| Failure::of(Exit::BadConfig, &error))?;
    context.configured.set(config.language.map(Tongue::from));
    Ok(config)
}

/// The language for verbs that read a configuration.
pub(crate) fn tongue(context: &Context, config: &Config) -> Tongue {
    Tongue::choose(context.tongue, config.language.map(Tongue::from))
}

/// The gateway of a configuration.
pub(crate) fn gateway(config: Config) -> Result<Gateway, Failure> {
    let lang = Tongue::choose(None, config.language.map(Tongue::from)).into();
    let gateway = Gateway::open(config, Arc::new(SystemClock), Arc::new(OsEntropy)).map_err(failure)?;
    Ok(gateway.watched(Arc::new(move |notice| output::note(&notice.text(lang)))))
}

/// A runtime, for the verbs that wait for something.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::of(Exit::Fault, &error))
}

/// Resolves when the person or the system asks to stop.
pub(crate) async fn stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without signals the process can only be killed, which the store survives.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// An error of the gateway with its exit code.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
pub(crate) fn failure(error: GatewayError) -> Failure {
    let exit = match &error {
        GatewayError::Config(_) => Exit::BadConfig,
        GatewayError::NoPull(_) => Exit::BadConfig,
        GatewayError::Store(StoreError::NotFound { .. }) | GatewayError::TooManyRows { .. } => Exit::BadData,
        GatewayError::Erasure(ErasureError::Erase(EraseError::Store(_) | EraseError::Keyring(_))) => Exit::Store,
        GatewayError::Erasure(_) => Exit::BadData,
        GatewayError::Store(_)
        | GatewayError::Engine(_)
        | GatewayError::DataDir { .. }
        | GatewayError::Keyring(_)
        | GatewayError::NoSharedKeys { .. }
        | GatewayError::OtherWork { .. }
        | GatewayError::Control(_) => Exit::Store,
        GatewayError::Direct(_) => Exit::Unfinished,
        GatewayError::Refused(refusal) => match refusal.kind {
            RefusalKind::Data => Exit::BadData,
            RefusalKind::Store => Exit::Store,
            RefusalKind::Fault => Exit::Fault,
        },
        _ => Exit::Fault,
    };
    Failure { russian: error.russian(), ..Failure::of(exit, &error) }
}

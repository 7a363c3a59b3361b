//! The durable gateway to ГИС ЖКХ: desks that turn records into messages and answers into results.
//!
//! [`Gateway`] is the whole of it for whoever embeds it: [`config`] says for whom and where, [`records`] are what goes in and
//! what comes out, [`desk`] knows the business, and `gis-gkh-delivery` underneath neither loses nor doubles a message.

pub mod config;
pub mod control;
pub mod desk;
pub mod doctor;
pub mod evidence;
pub mod gateway;
pub mod ids;
pub mod money;
pub mod opening;
pub mod records;
pub mod rights;
pub mod sample;
pub mod together;

pub use config::{Config, ConfigError};
pub use gateway::{Gateway, GatewayError};

//! The durable gateway to ГИС ЖКХ: desks that turn records into messages and answers into results.

pub mod money;
pub mod records;
pub mod sample;

//! What `exchange` shows on SQLite, on PostgreSQL.

#[path = "exchange.rs"]
mod exchange;

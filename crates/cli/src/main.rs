//! The gkh command.
fn main() {}

//! Typed client for ГИС ЖКХ.

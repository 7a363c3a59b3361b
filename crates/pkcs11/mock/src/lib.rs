//! A PKCS#11 module whose token is a folder.
//!
//! The library `libgis_gkh_pkcs11_mock.so` takes the folder it lies in for its token: PIN, tries, keys and habits are files
//! there, so that a test, or a person, changes the token while it is in use, and a copy of the folder's library is a process
//! started anew. [`MockToken`] lays such a folder out. It signs with the built-in keys and is no place for real ones.

#[cfg(target_os = "linux")]
mod exports;
mod folder;
#[cfg(target_os = "linux")]
mod token;

pub use folder::MockToken;

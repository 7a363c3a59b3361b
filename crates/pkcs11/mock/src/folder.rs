//! The folder of a token, as tests lay it out and change it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gis_gkh_sign::signer::ByteOrder;

/// Its library.
const LIBRARY: &str = "libgis_gkh_pkcs11_mock.so";

/// A token in a folder.
#[derive(Debug, Clone)]
pub struct MockToken {
    folder: PathBuf,
    modules: usize,
}

impl MockToken {
    /// Lays a token out in an empty folder: label `mock`, serial number 0123, the given PIN, ten tries, no keys.
    ///
    /// # Errors
    /// The folder cannot be written, or the library was not built beside this program.
    pub fn new(folder: &Path, pin: &str) -> io::Result<Self> {
        let token = Self { folder: folder.to_owned(), modules: 0 };
        fs::create_dir_all(folder.join("keys"))?;
        token.set("label", "mock")?;
        token.set("serial", "0123")?;
        token.set("pin", pin)?;
        token.set("tries", "10")?;
        token.set("order", "0")?;
        token.set("mechanisms", "1201 d4321006 d4321008 d4321009")?;
        Ok(token)
    }

    /// The module of this token. Each call gives another copy of the library, which knows of no session of the others: a
    /// process started anew.
    ///
    /// # Errors
    /// The library cannot be copied.
    pub fn module(&mut self) -> io::Result<PathBuf> {
        let program = std::env::current_exe()?;
        // Tests and benchmarks lie beside the libraries they are linked with, other programs one folder above.
        let places = program
            .ancestors()
            .skip(1)
            .take(2)
            .flat_map(|place| [place.join(LIBRARY), place.join("deps").join(LIBRARY)]);
        let library = places.into_iter().find(|path| path.is_file());
        let library = library.ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, format!("{LIBRARY} is not beside {}", program.display()))
        })?;
        self.modules += 1;
        let copy = self.folder.join(format!("module-{}.so", self.modules));
        fs::copy(library, &copy)?;
        Ok(copy)
    }

    /// Puts a private key (PEM) on the token; its id is its label.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put_key(&self, label: &str, pem: &str) -> io::Result<()> {
        fs::write(self.folder.join("keys").join(format!("{label}.pem")), pem)
    }

    /// Unplugs the token, or plugs it in again; what was open is lost.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn plug(&self, plugged: bool) -> io::Result<()> {
        let file = self.folder.join("removed");
        self.lose_sessions()?;
        if !plugged {
            return fs::write(file, "");
        }
        match fs::remove_file(file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Makes the token forget all sessions, as after a reset of the reader.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn lose_sessions(&self) -> io::Result<()> {
        let generation: u64 = self.get("generation").parse().unwrap_or(0);
        self.set("generation", &(generation + 1).to_string())
    }

    /// Gives signatures in this order from now on.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn order(&self, order: ByteOrder) -> io::Result<()> {
        let number = ByteOrder::ALL.iter().position(|known| *known == order).unwrap_or(0);
        self.set("order", &number.to_string())
    }

    /// Writes one of its files: `pin`, `tries`, `label`, `serial`, `mechanisms` (hex numbers), `backwards` (`1`: digests are
    /// read from the end), `spoil` (`1`: signatures have a bit flipped), `keypad` (`1`), `hang` (`host:port`: each call connects there and hangs
    /// until the connection is closed).
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set(&self, name: &str, text: &str) -> io::Result<()> {
        // By renaming, so that a reader never sees half a file.
        let new = self.folder.join(format!("{name}.new"));
        fs::write(&new, text)?;
        fs::rename(new, self.folder.join(name))
    }

    /// Reads one of its files; empty when there is none.
    pub fn get(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap_or_default()
    }

    /// How often the module was called so: `login`, `open`, `sign`.
    pub fn calls(&self, name: &str) -> usize {
        self.get("calls").lines().filter(|line| *line == name).count()
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), modules: 0 }
    }
}

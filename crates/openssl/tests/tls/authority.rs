//! Certificates as a stand and its clients have them, made by `openssl` with the engine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The configuration that gives the command `openssl` (and nginx, and stunnel) the engine. It is named in `OPENSSL_CONF`
/// of those processes; ours never reads it.
const ENGINE: &str = "openssl_conf = start\n[start]\nengines = engines\n[engines]\ngost = gost\n[gost]\nengine_id = gost\n\
                      default_algorithms = ALL\ninit = 1\n[req]\ndistinguished_name = name\nstring_mask = utf8only\n\
                      utf8 = yes\n[name]\n";

/// The name every server certificate is for, unless a test wishes otherwise.
pub(crate) const NAME: &str = "stand.invalid";

/// A folder with everything of one test in it.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        std::fs::write(place.engine(), ENGINE).unwrap();
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn engine(&self) -> PathBuf {
        self.file("engine.cnf")
    }

    /// `openssl` with the engine.
    pub(crate) fn openssl(&self, arguments: &[&str]) -> Vec<u8> {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(self.path()).env("OPENSSL_CONF", self.engine()).stdin(Stdio::null());
        let done = command.output().unwrap();
        assert!(done.status.success(), "openssl {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        done.stdout
    }

    /// A key, in PEM.
    pub(crate) fn key(&self, name: &str, algorithm: Algorithm) -> PathBuf {
        let file = format!("{name}.key");
        let mut arguments = vec!["genpkey", "-out", file.as_str()];
        arguments.extend(algorithm.arguments());
        self.openssl(&arguments);
        self.file(&file)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// 2012-256 on CryptoPro-XchA.
    Gost256,
    /// 2012-256 on tc26-256-A.
    Gost256Tc26,
    /// 2012-512 on tc26-512-A.
    Gost512,
    /// What has no place here.
    Rsa,
}

impl Algorithm {
    fn arguments(self) -> [&'static str; 4] {
        match self {
            Self::Gost256 => ["-algorithm", "gost2012_256", "-pkeyopt", "paramset:XA"],
            Self::Gost256Tc26 => ["-algorithm", "gost2012_256", "-pkeyopt", "paramset:TCA"],
            Self::Gost512 => ["-algorithm", "gost2012_512", "-pkeyopt", "paramset:A"],
            Self::Rsa => ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        }
    }

    fn digest(self) -> &'static str {
        match self {
            Self::Gost256 | Self::Gost256Tc26 => "md_gost12_256",
            Self::Gost512 => "md_gost12_512",
            Self::Rsa => "sha256",
        }
    }
}

/// A certificate with its key.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// What a certificate shall be.
#[derive(Clone, Copy)]
pub(crate) struct Wish<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) names: &'a str,
    pub(crate) from: &'a str,
    pub(crate) until: &'a str,
}

impl Wish<'_> {
    pub(crate) fn of(algorithm: Algorithm) -> Self {
        Self { algorithm, names: "DNS:stand.invalid", from: "20200101000000Z", until: "20491231235959Z" }
    }
}

/// An invented certification authority.
pub(crate) struct Authority<'a> {
    place: &'a Place,
    name: &'a str,
    algorithm: Algorithm,
}

impl<'a> Authority<'a> {
    pub(crate) fn new(place: &'a Place, name: &'a str, algorithm: Algorithm) -> Self {
        let authority = Self { place, name, algorithm };
        place.key(name, algorithm);
        let settings = format!(
            "[ca]\ndefault_ca = own\n[own]\ndatabase = {name}.index\nnew_certs_dir = .\nrand_serial = yes\n\
             default_md = {}\npolicy = policy\nunique_subject = no\nutf8 = yes\n[policy]\ncommonName = supplied\n",
            algorithm.digest()
        );
        std::fs::write(place.file(&format!("{name}.cnf")), settings).unwrap();
        std::fs::write(place.file(&format!("{name}.index")), "").unwrap();
        let extensions = "basicConstraints = critical, CA:true\nkeyUsage = critical, keyCertSign, cRLSign\n\
                          subjectKeyIdentifier = hash\n";
        authority.sign(
            name,
            &format!("Выдуманный УЦ {name}"),
            extensions,
            &["-selfsign", "-keyfile"],
            Wish::of(algorithm),
        );
        authority
    }

    /// Its own certificate: whom to trust.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.place.file(&format!("{}.crt", self.name))
    }

    /// A certificate for a server or a client.
    pub(crate) fn issue(&self, name: &str, wish: Wish<'_>) -> Pair {
        let key = self.place.key(name, wish.algorithm);
        let extensions = format!(
            "basicConstraints = CA:false\nkeyUsage = digitalSignature, nonRepudiation, keyEncipherment, keyAgreement\n\
             subjectAltName = {}\n",
            wish.names
        );
        let certificate = format!("{}.crt", self.name);
        self.sign(name, &format!("Образец {name}"), &extensions, &["-cert", &certificate, "-keyfile"], wish);
        Pair { certificate: self.place.file(&format!("{name}.crt")), key }
    }

    fn sign(&self, name: &str, subject: &str, extensions: &str, how: &[&str], wish: Wish<'_>) {
        let file = |ending: &str| format!("{name}.{ending}");
        std::fs::write(self.place.file(&file("ext")), extensions).unwrap();
        let (key, request, out, extensions) = (file("key"), file("csr"), file("crt"), file("ext"));
        let subject = format!("/CN={subject}");
        self.place.openssl(&["req", "-new", "-utf8", "-key", &key, "-subj", &subject, "-out", &request]);
        let (settings, own_key) = (format!("{}.cnf", self.name), format!("{}.key", self.name));
        let mut arguments = vec!["ca", "-batch", "-notext", "-config", &settings];
        arguments.extend(how);
        arguments.extend([
            own_key.as_str(),
            "-md",
            self.algorithm.digest(),
            "-startdate",
            wish.from,
            "-enddate",
            wish.until,
        ]);
        arguments.extend(["-in", &request, "-out", &out, "-extfile", &extensions]);
        self.place.openssl(&arguments);
    }
}

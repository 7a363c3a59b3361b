//! A PostgreSQL server of a run's own, so that it can be stopped under everybody's feet.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where distributions put the programs of each version.
const PROGRAMS: &str = "/usr/lib/postgresql";

/// A server on a socket in a temporary directory, gone when dropped.
#[derive(Debug)]
pub(super) struct Server {
    programs: PathBuf,
    home: tempfile::TempDir,
}

impl Server {
    /// Makes and starts one. `None` when there is no PostgreSQL on this machine.
    ///
    /// # Errors
    /// When there is, and it does not start.
    pub(super) fn start() -> io::Result<Option<Self>> {
        let Some(programs) = programs() else { return Ok(None) };
        let server = Self { programs, home: tempfile::tempdir()? };
        if root() {
            // The server refuses to run as root.
            run(Command::new("chown").arg("postgres").arg(server.home.path()))?;
        }
        let data = server.data();
        let mut initdb = server.command("initdb");
        run(initdb.arg("-D").arg(&data).args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]))?;
        let socket = server.home.path().display();
        let options = format!("-k {socket} -c listen_addresses='' -c max_connections=60");
        let mut start = server.command("pg_ctl");
        run(start.arg("-D").arg(&data).args(["-w", "-o", &options, "-l"]).arg(server.log()).arg("start"))?;
        Ok(Some(server))
    }

    /// How to reach it.
    pub(super) fn url(&self) -> String {
        format!("host={} user=postgres dbname=postgres", self.home.path().display())
    }

    /// Stops it at once, as a crash would, and starts it again.
    pub(super) fn restart(&self) -> io::Result<()> {
        let mut restart = self.command("pg_ctl");
        run(restart.arg("-D").arg(self.data()).args(["-w", "-m", "immediate", "-l"]).arg(self.log()).arg("restart"))
    }

    /// Kills every connection but the one that says so. Gives how many.
    pub(super) fn terminate(&self) -> io::Result<u64> {
        const KILL: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                            WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        self.number(KILL)
    }

    /// How many names of nodes are held: each by a session, and lost with it until its node connects again.
    pub(super) fn names(&self) -> io::Result<u64> {
        self.number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted")
    }

    fn number(&self, query: &str) -> io::Result<u64> {
        let output = Command::new(self.programs.join("psql"))
            .args(["-X", "-A", "-t", "-q", "-c", query])
            .arg(self.url())
            .output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        String::from_utf8_lossy(&output.stdout).trim().parse().map_err(io::Error::other)
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.home.path().join("log")
    }

    fn command(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        if !root() {
            return Command::new(program);
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What is left of it goes with its directory.
        let mut stop = self.command("pg_ctl");
        let _ = run(stop.arg("-D").arg(self.data()).args(["-m", "immediate", "-w", "stop"]));
    }
}

/// The newest version's.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir(PROGRAMS).ok()?;
    let bins = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    let version = |bin: &PathBuf| {
        let name = bin.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        name.and_then(|name| name.parse::<u32>().ok())
    };
    bins.filter(|bin| bin.join("pg_ctl").exists()).max_by_key(version)
}

fn root() -> bool {
    #[cfg(unix)]
    {
        // Files of this process belong to whoever runs it.
        std::os::unix::fs::MetadataExt::uid(&match std::fs::metadata("/proc/self") {
            Ok(metadata) => metadata,
            Err(_) => return false,
        }) == 0
    }
    #[cfg(not(unix))]
    false
}

/// Runs a command quietly; what it says is told when it fails. Its output is not waited for: a server keeps it open.
fn run(command: &mut Command) -> io::Result<()> {
    let status = command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("{command:?}: {status}"))) }
}

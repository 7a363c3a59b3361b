//! The sandbox behind GOST TLS: nginx with the engine before it, as a stand has its front servers before it.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::net::TcpStream;

use crate::exit::Exit;
use crate::failure::Failure;

/// What gives the commands `openssl` and nginx the engine; this process loads it without.
const ENGINE: &str = "openssl_conf = start\n[start]\nengines = engines\n[engines]\ngost = gost\n[gost]\nengine_id = gost\n\
                      default_algorithms = ALL\ninit = 1\n[req]\ndistinguished_name = name\n[name]\n";

/// The file of its certificate, in its home.
pub(crate) const CERTIFICATE: &str = "front.crt";

/// What stands in the settings for it.
pub(crate) const SETTINGS: &str = "connection = \"gost-tls\"\n[tls]\ntrusted = \"front.crt\"\n";

/// nginx, which ends with it.
pub(crate) struct Front {
    nginx: Child,
    pub(crate) address: String,
}

impl Drop for Front {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.nginx.kill();
        let _ = self.nginx.wait();
    }
}

impl Front {
    /// nginx before the sandbox at `behind`, with everything it needs in `home`; at `wanted`, or wherever there is room.
    pub(crate) async fn start(home: &Path, behind: &str, wanted: Option<&str>) -> Result<Self, Failure> {
        write(home, "engine.cnf", ENGINE)?;
        write(home, "centre.crt", super::CENTRE)?;
        let mut made = command("openssl", home);
        made.args(["req", "-x509", "-newkey", "gost2012_256", "-pkeyopt", "paramset:XA", "-nodes", "-days", "60"]);
        made.args(["-keyout", "front.key", "-out", "front.crt", "-subj", "/CN=sandbox.invalid"]);
        made.args(["-addext", "subjectAltName=DNS:sandbox.invalid"]);
        if !made.status().is_ok_and(|status| status.success()) {
            return Err(missing("openssl with the engine"));
        }
        // The port is free when it is looked up; should somebody else take it meanwhile, there is another.
        for _ in 0..20 {
            let fault = |error: std::io::Error| Failure::of(Exit::Fault, &error);
            let free = TcpListener::bind(wanted.unwrap_or("127.0.0.1:0"));
            let free = free.and_then(|listener| listener.local_addr()).map_err(fault)?;
            let address = free.to_string();
            write(home, "nginx.conf", &settings(&address, behind))?;
            let prefix = format!("{}/", home.display());
            let started = command("nginx", home).args(["-e", "stderr", "-p", &prefix, "-c", "nginx.conf"]).spawn();
            let mut front = Self { nginx: started.map_err(|_| missing("nginx"))?, address };
            while front.nginx.try_wait().map_err(fault)?.is_none() {
                if TcpStream::connect(&front.address).await.is_ok() {
                    return Ok(front);
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        Err(Failure::new(Exit::Fault, "nginx does not run here; see what `nginx -V` and its engine say"))
    }
}

fn settings(address: &str, behind: &str) -> String {
    format!(
        "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log nginx.log;\nevents {{ worker_connections 64; }}\n\
         http {{\n  access_log off;\n  client_body_temp_path body;\n  proxy_temp_path proxy;\n  fastcgi_temp_path fastcgi;\n  \
         uwsgi_temp_path uwsgi;\n  scgi_temp_path scgi;\n  server {{\n    listen {address} ssl;\n    \
         ssl_certificate front.crt;\n    ssl_certificate_key front.key;\n    ssl_protocols TLSv1.2;\n    \
         ssl_verify_client on;\n    ssl_client_certificate centre.crt;\n    client_max_body_size 64m;\n    \
         location / {{ proxy_pass http://{behind}; proxy_http_version 1.1; proxy_set_header Host $host; }}\n  }}\n}}\n"
    )
}

fn command(program: &str, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(home).env("OPENSSL_CONF", home.join("engine.cnf"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn missing(what: &str) -> Failure {
    Failure::new(
        Exit::BadConfig,
        format!("GOST TLS before the sandbox needs {what}; install libengine-gost-openssl, openssl and nginx (Debian)"),
    )
}

fn write(home: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = home.join(name);
    std::fs::write(&path, text).map_err(|error| Failure::file(Exit::Fault, &path, &error))
}

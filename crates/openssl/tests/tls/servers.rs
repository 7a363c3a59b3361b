//! Real servers of other make: `openssl s_server`, nginx, stunnel.

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use super::authority::{Pair, Place};

/// A process that ends with its test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `openssl s_server`: speaks TLS and prints whatever is sent to it.
pub(crate) struct SServer {
    process: Process,
    output: BufReader<ChildStdout>,
    pub(crate) address: String,
}

impl SServer {
    pub(crate) fn start(place: &Place, pair: &Pair, more: &[&str]) -> Self {
        let mut command = Command::new("openssl");
        command.arg("s_server").args(["-accept", "127.0.0.1:0", "-cert"]);
        command.arg(&pair.certificate).arg("-key").arg(&pair.key).args(more);
        command.env("OPENSSL_CONF", place.engine()).current_dir(place.path());
        // An end of its input would end its connections.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = Process(command.spawn().unwrap());
        let mut output = BufReader::new(process.0.stdout.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0, "s_server did not begin to listen");
            if let Some(address) = line.strip_prefix("ACCEPT ") {
                break address.trim().to_owned();
            }
        };
        Self { process, output, address }
    }

    /// Reads on until it has been sent this.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let (mut line, mut heard) = (Vec::new(), String::new());
        while !heard.contains(text) {
            line.resize(1, 0);
            assert!(self.output.read(&mut line).unwrap() > 0, "s_server has ended: {heard}");
            heard.push_str(&String::from_utf8_lossy(&line));
        }
    }

    /// Ends it, and says all it has been sent.
    pub(crate) fn heard(mut self) -> String {
        self.process.0.kill().unwrap();
        self.process.0.wait().unwrap();
        let mut text = Vec::new();
        self.output.read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// A server that is told its port by its configuration file.
pub(crate) struct Configured {
    _process: Process,
    pub(crate) address: String,
}

impl Configured {
    /// Starts `program` with the configuration that `write` gives for an address, and waits until it takes connections.
    fn start(place: &Place, program: &str, file: &str, write: impl Fn(&str) -> String, arguments: &[&str]) -> Self {
        // The port is free when it is looked up; should somebody else take it meanwhile, there is another.
        for _ in 0..20 {
            let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
            std::fs::write(place.file(file), write(&address)).unwrap();
            let mut command = Command::new(program);
            command.args(arguments).arg(place.file(file)).current_dir(place.path());
            command
                .env("OPENSSL_CONF", place.engine())
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            let mut process = Process(command.spawn().unwrap());
            while process.0.try_wait().unwrap().is_none() {
                if TcpStream::connect(&address).is_ok() {
                    return Self { _process: process, address };
                }
                std::thread::yield_now();
            }
        }
        let log = std::fs::read_to_string(place.file("log")).unwrap_or_default();
        panic!("{program} does not run: {log}");
    }
}

/// nginx before a server that speaks plain HTTP at `behind`. `more` goes into its `server`.
pub(crate) fn nginx(place: &Place, pair: &Pair, behind: &str, more: &str) -> Configured {
    let write = |address: &str| {
        format!(
            "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log log info;\nworker_processes 1;\n\
             events {{ worker_connections 64; }}\n\
             http {{\n  access_log off;\n  client_body_temp_path body;\n  proxy_temp_path proxy;\n  fastcgi_temp_path fastcgi;\n  \
             uwsgi_temp_path uwsgi;\n  scgi_temp_path scgi;\n  server {{\n    listen {address} ssl;\n    \
             ssl_certificate {};\n    ssl_certificate_key {};\n    ssl_protocols TLSv1.2;\n    \
             client_max_body_size 64m;\n    {more}\n    \
             location / {{ proxy_pass http://{behind}; proxy_http_version 1.1; proxy_set_header Host $host; \
             proxy_set_header X-Suite $ssl_cipher; }}\n  }}\n}}\n",
            pair.certificate.display(),
            pair.key.display(),
        )
    };
    let prefix = format!("{}/", place.path().display());
    Configured::start(place, "nginx", "nginx.conf", write, &["-e", "stderr", "-p", &prefix, "-c"])
}

/// stunnel as it stands beside a gateway: plain on loopback, GOST TLS to `stand`.
pub(crate) fn stunnel(place: &Place, stand: &str, client: &Pair, trusted: &Path) -> Configured {
    let write = |address: &str| {
        format!(
            "foreground = yes\npid =\noutput = {}\nsyslog = no\n[stand]\nclient = yes\naccept = {address}\nconnect = {stand}\n\
             cert = {}\nkey = {}\nCAfile = {}\nverifyChain = yes\ncheckHost = stand.invalid\nsni = stand.invalid\n\
             sslVersion = TLSv1.2\nciphers = GOST2012-KUZNYECHIK-KUZNYECHIKOMAC\n",
            place.file("log").display(),
            client.certificate.display(),
            client.key.display(),
            trusted.display(),
        )
    };
    Configured::start(place, "stunnel", "stunnel.conf", write, &[])
}

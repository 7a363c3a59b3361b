//! Every setting there is: its name, what it may be, and what it is for.
//!
//! The one table from which keys are known, misspelt ones find their suggestion, and editors get their schema.

/// What a setting may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// A path, relative to the file it is written in.
    Path,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `yes` or `no`, also written `true` or `false`.
    Switch,
    /// A whole number.
    Number,
    /// A duration: `500ms`, `10s`, `15m`, `3h`, `7d`.
    Duration,
    /// Several durations.
    Durations,
    /// Several texts.
    Texts,
}

/// A setting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    /// Its name, the section before it.
    pub(super) key: &'static str,
    pub(super) kind: Kind,
    /// What it is for, in a line.
    pub(super) about: &'static str,
}

const fn set(key: &'static str, kind: Kind, about: &'static str) -> Setting {
    Setting { key, kind, about }
}

use Kind::{Duration, Durations, Number, Path, Switch, Text, Texts, Word};

/// Every setting but those of `[[pull]]`, `[[writer]]` and `[versions]`.
pub(super) const SETTINGS: &[Setting] = &[
    set("language", Word(&["ru", "en"]), "language of what people read"),
    set("data_dir", Path, "where the store lies and others find this process; default: $XDG_STATE_HOME/gkh"),
    set("stand.name", Word(&["ppak", "sit-01", "sit-02", "sandbox"]), "the stand"),
    set(
        "stand.connection",
        Word(&["tunnel", "gost-tls"]),
        "through a tunnel (default), or GOST TLS to the stand itself",
    ),
    set("stand.address", Text, "host:port of the tunnel or the sandbox; with gost-tls by default the stand's own"),
    set("stand.host", Text, "what requests say in Host; default: the stand's own name"),
    set("stand.plain_remote", Switch, "let plain HTTP leave this machine: a tunnel elsewhere in a trusted network"),
    set("stand.login", Text, "login of HTTP Basic, which the test stands ask for"),
    set("stand.password_file", Path, "its password, in a file that only you may read"),
    set("stand.password_variable", Text, "its password, in an environment variable"),
    set(
        "stand.fingerprint",
        Switch,
        "say the certificate's fingerprint in each request, as СИТ-02 asks on its plain port",
    ),
    set("stand.proxy", Text, "host:port of an HTTP proxy that CONNECTs; for gost-tls"),
    set("stand.proxy_login", Text, "login at the proxy"),
    set("stand.proxy_password_file", Path, "password at the proxy, in a file"),
    set("stand.proxy_password_variable", Text, "password at the proxy, in a variable"),
    set("stand.answers", Word(&["require", "warn", "off"]), "what becomes of an answer whose signature proves nothing"),
    set("stand.answer_signers", Path, "certificates of the system's signers or of their centres, PEM"),
    set("tls.trusted", Path, "certificates of the stand's authorities, or its own, PEM"),
    set("tls.minimum", Word(&["1.2", "1.0"]), "oldest TLS; 1.0 only for a stand that has nothing better"),
    set("tls.suites", Texts, "suites offered: kuznyechik, magma, gost89, gost89-legacy; default: all"),
    set("tls.engine", Text, "OpenSSL's engine: gost (default), gostengy"),
    set("tls.engine_path", Path, "its library, where OpenSSL does not find it by its name"),
    set("tls.certificate", Path, "the client certificate, PEM; default: that of [key]"),
    set("tls.private_key", Path, "its key, PKCS#8 in PEM; default: that of [key]"),
    set("tls.pkcs12", Path, "certificate and key in PKCS#12 instead"),
    set("tls.engine_key", Text, "the key by the name the engine knows it by instead"),
    set("tls.password_file", Path, "password of the key, in a file"),
    set("tls.password_variable", Text, "password of the key, in a variable"),
    set("tls.password_prompt", Switch, "ask for the password at the terminal"),
    set("organisation.id", Text, "a short name of it: of its folder, and what --org says"),
    set("organisation.name", Text, "its name, for people"),
    set(
        "organisation.org_ppa_guid",
        Text,
        "orgPPAGUID on this stand; without it the one `gkh config find` has found by ОГРН",
    ),
    set("organisation.ogrn", Text, "ОГРН, 13 digits, or ОГРНИП, 15"),
    set("organisation.role", Word(&["uo", "rso", "tko"]), "what it is in ГИС ЖКХ"),
    set(
        "organisation.mode",
        Word(&["own", "operator"]),
        "whose key signs: its own, or the operator's of the information system",
    ),
    set("key.certificate", Path, "the certificate registered for the information system, PEM"),
    set("key.profile", Word(&["inclusive", "exclusive"]), "how signed parts become bytes"),
    set(
        "key.provider",
        Word(&["builtin", "openssl", "pkcs11", "command", "http"]),
        "who signs: this program, OpenSSL's engine, a token, a program, a service",
    ),
    set("key.private_key", Path, "the key, PKCS#8 in PEM; builtin, openssl"),
    set("key.password_file", Path, "password of the key, or secret of the program or service, in a file"),
    set("key.password_variable", Text, "the same in a variable"),
    set("key.password_prompt", Switch, "ask for it at the terminal"),
    set("key.engine", Text, "the engine: gost (default), gostengy; openssl"),
    set("key.engine_path", Path, "its library; openssl"),
    set("key.pkcs12", Path, "the key in PKCS#12 instead; openssl"),
    set("key.engine_key", Text, "the key by the name the engine knows it by, such as c:container; openssl"),
    set("key.module", Path, "library of the token's maker; pkcs11"),
    set("key.slot", Number, "slot of the token; pkcs11"),
    set("key.token_label", Text, "label of the token; pkcs11"),
    set("key.token_serial", Text, "serial number of the token; pkcs11"),
    set("key.key_label", Text, "label of the key; pkcs11"),
    set("key.key_id", Text, "identifier of the key, in hex digits; pkcs11"),
    set("key.pin_file", Path, "PIN, in a file; pkcs11"),
    set("key.pin_variable", Text, "PIN, in a variable; pkcs11"),
    set("key.pin_prompt", Switch, "ask for the PIN at the terminal; pkcs11"),
    set("key.pin_retry", Switch, "log in although a wrong PIN was entered before; pkcs11"),
    set("key.mechanism", Text, "mechanism by name or number; found out by default; pkcs11"),
    set("key.command", Texts, "program and its arguments: it reads what is to be signed and writes the value; command"),
    set("key.environment", Texts, "variables the program sees beside PATH, HOME, TMPDIR and the language's; command"),
    set("key.url", Text, "address of the service; http"),
    set("key.trusted", Path, "authorities of the service, PEM; default: those the machine believes; http"),
    set("key.input", Word(&["data", "digest"]), "what program or service is given"),
    set("key.output", Word(&["raw", "base64", "hex"]), "how it writes the value"),
    set("key.body", Text, "body of the request, with {base64}, {hex}, {secret} in it; http"),
    set("key.content_type", Text, "its media type; http"),
    set("key.pointer", Text, "where the value is in a JSON answer, such as /signature; http"),
    set("key.authorization", Switch, "send the secret as the header Authorization; http"),
    set("key.plain_anywhere", Switch, "plain HTTP to another machine too; http"),
    set("key.limit", Duration, "longest time for one signature"),
    set("files.charges", Path, "charges.csv, for when no file is named"),
    set("files.charge_lines", Path, "charge_lines.csv"),
    set("files.bank", Path, "bank.csv"),
    set("files.services", Path, "services.csv"),
    set("files.accounts", Path, "accounts.csv"),
    set("policy.poll", Durations, "waits before asking what became of a message; the last repeats"),
    set("policy.lookup", Durations, "waits between rounds of lookups; the last repeats"),
    set("policy.backoff", Duration, "first pause after a failure; doubles"),
    set("policy.backoff_cap", Duration, "longest pause after a failure"),
    set("policy.maintenance", Duration, "pause while the system is maintained"),
    set("policy.max_processing", Duration, "longest wait for an acknowledged message"),
    set("policy.max_age", Duration, "longest time of trying; then a person decides"),
    set("policy.bytes_max_age", Duration, "signed bytes older than this are made anew"),
    set("policy.send_deadline", Duration, "time from intent to sending"),
    set("policy.request_timeout", Duration, "time for one exchange"),
    set("policy.lease", Duration, "a claim not renewed for so long may be taken over"),
    set("policy.settle", Duration, "absence proves something after so long"),
    set("policy.lookup_patience", Duration, "a lookup not finished for so long is asked anew"),
    set("policy.learn", Duration, "learn how long operations take, never asking sooner than this"),
    set("policy.pace", Duration, "time between two sendings under one certificate"),
    set("policy.parallel", Number, "messages in work at a time under one certificate"),
    set("store.kind", Word(&["sqlite", "postgres"]), "where what is to be delivered lies"),
    set("store.url", Text, "address of the database, without a password; postgres"),
    set("store.password_file", Path, "its password, in a file; postgres"),
    set("store.password_variable", Text, "its password, in a variable; postgres"),
    set("store.node", Text, "name of this node; default: the machine's; postgres"),
    set("store.schema", Text, "schema of the database; postgres"),
    set("encryption.enabled", Switch, "encrypt what is kept; on by default"),
    set("encryption.folder", Path, "where the keys lie; default: beside the store, its name with -keys"),
    set("encryption.master_file", Path, "the master key, in a file"),
    set("encryption.master_variable", Text, "the master key, in a variable"),
    set("encryption.master_command", Text, "a program that prints the master key"),
    set("retention.bills", Duration, "how long bytes of bills are kept; default: for good"),
    set("retention.readings", Duration, "of readings"),
    set("retention.answers", Duration, "of answers"),
    set("retention.appeals", Duration, "of appeals"),
    set("retention.otherwise", Duration, "of everything else"),
];

/// Settings that name an environment variable.
pub(super) const VARIABLES: &[&str] = &[
    "stand.password_variable",
    "stand.proxy_password_variable",
    "tls.password_variable",
    "key.password_variable",
    "key.pin_variable",
    "store.password_variable",
    "encryption.master_variable",
];

/// Sections of which each of several organisations may have its own; the others are everybody's.
pub(super) const OWN: &[&str] = &["stand", "tls", "key", "files", "policy", "retention"];

/// Tables of which there may be several.
pub(super) const LISTS: &[&str] = &["pull", "writer"];

/// The setting of a name.
pub(super) fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// Every section there is, in order.
pub(super) fn sections() -> Vec<&'static str> {
    let mut sections: Vec<&str> = Vec::new();
    for (section, _) in SETTINGS.iter().filter_map(|setting| setting.key.split_once('.')) {
        if !sections.contains(&section) {
            sections.push(section);
        }
    }
    sections
}

/// The environment variable that overrides a setting.
pub(super) fn variable(key: &str) -> String {
    format!("GKH_{}", key.replace('.', "_").to_uppercase())
}

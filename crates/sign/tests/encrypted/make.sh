#!/bin/sh
# Makes the keys of this folder anew: sample keys of the repository under a password. Needs OpenSSL 3 and the gost engine.
set -eu
cd "$(dirname "$0")"

conf=$(mktemp)
trap 'rm -f "$conf"' EXIT
engine=${GOST_ENGINE:-$(openssl version -e | sed 's/^ENGINESDIR: "\(.*\)"$/\1/')/gost.so}
printf '%s\n' 'openssl_conf = o' '[o]' 'engines = e' '[e]' 'gost = g' '[g]' 'engine_id = gost' "dynamic_path = $engine" \
    'default_algorithms = ALL' >"$conf"
export OPENSSL_CONF="$conf"

# encrypt OUT SAMPLE PASSWORD OPTIONS…
encrypt() {
    out=$1 in=../../../../fixtures/keys/$2.key password=$3
    shift 3
    openssl pkcs8 -topk8 "$@" -passout "pass:$password" -in "$in" -out "$out.key"
}

encrypt aes-256-pbkdf2 org-256 'образцовый пароль' -v2 aes-256-cbc
encrypt aes-128-scrypt org-512 sample -v2 aes-128-cbc -scrypt
encrypt aes-256-sha512 org-tc26a-256 sample -v2 aes-256-cbc -v2prf hmacWithSHA512 -iter 10000
encrypt slow org-256 sample -v2 aes-256-cbc -iter 20000000
# What is refused:
encrypt gost89 org-256 sample -v2 gost89
encrypt des3 org-256 sample -v2 des3
encrypt pbes1 org-256 sample -v1 PBE-SHA1-3DES

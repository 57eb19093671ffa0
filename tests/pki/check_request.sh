#!/usr/bin/env bash
# Would Apple take this signed request? Exit status 0 if so.
#   check_request.sh REQUEST ROOT.pem
# Nothing but coreutils, awk, openssl and certtool: lines that a person can repeat by hand.
set -euo pipefail

refuse() { echo "refused: $1" >&2; exit 1; }
value() { awk -v key="<key>$1</key>" 'BEGIN { RS = "</string>" } index($0, key) { sub(/.*<string>/, ""); printf "%s", $0 }' plist; }

request=$(realpath "$1")
root=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# The file: base64 of a property list with exactly three texts.
base64 -d "$request" > plist 2> /dev/null || refuse "the file is not base64"
grep -q -- '-//Apple//DTD PLIST 1.0//EN' plist || refuse "no property list of Apple's type"
[ "$(grep -o '<key>' plist | wc -l)" = 3 ] || refuse "not three keys"
grep -q '&#' plist && refuse "characters written as numbers"
for key in PushCertRequestCSR PushCertCertificateChain PushCertSignature; do
  [ "$(grep -o "<key>$key</key>" plist | wc -l)" = 1 ] || refuse "$key is missing"
done
value PushCertRequestCSR > csr.b64
value PushCertSignature > sig.b64
value PushCertCertificateChain > chain.pem
grep -q '[^A-Za-z0-9+/=]' csr.b64 sig.b64 && refuse "a value is not plain base64"
[ "$(cat csr.b64 | wc -l)" = 0 ] || refuse "the CSR is wrapped"
base64 -d csr.b64 > csr.der 2> /dev/null || refuse "the CSR is not base64"
base64 -d sig.b64 > sig 2> /dev/null || refuse "the signature is not base64"

# The CSR: RSA-2048, SHA-256, signed with its own key.
openssl req -inform der -in csr.der -noout -verify 2>&1 | grep -q 'verify OK' || refuse "the CSR's own signature"
openssl req -inform der -in csr.der -noout -text > csr.txt
grep -q 'Public Key Algorithm: rsaEncryption' csr.txt && grep -q 'Public-Key: (2048 bit)' csr.txt || refuse "the CSR's key"
grep -q 'Signature Algorithm: sha256WithRSAEncryption' csr.txt || refuse "the CSR's hash"

# The chain: three certificates in standard form.
awk '/-----BEGIN CERTIFICATE-----/ { file = sprintf("c-%02d.pem", count++) } file { print > file }' chain.pem
[ -e c-02.pem ] && [ ! -e c-03.pem ] || refuse "not three certificates"
for c in c-00 c-01 c-02; do openssl x509 -in $c.pem -out $c.clean || refuse "a certificate is damaged"; done
cmp -s chain.pem <(cat c-00.clean c-01.clean c-02.clean) || refuse "the form of the chain"

# The signature: SHA-256 with RSA, by the first certificate's key, over the CSR as DER.
openssl x509 -in c-00.pem -pubkey -noout > v.pub
openssl dgst -sha256 -verify v.pub -signature sig csr.der > /dev/null 2>&1 || refuse "the signature"

# Each certificate signed by the next, the last one the known root, nothing below it with SHA-1.
V="openssl verify -no-CAfile -no-CApath -no-CAstore"
$V -partial_chain -ignore_critical -trusted c-01.pem c-00.pem > /dev/null 2>&1 || refuse "the vendor certificate"
$V -partial_chain -x509_strict -trusted c-02.pem c-01.pem > /dev/null 2>&1 || refuse "the intermediate"
cmp -s <(openssl x509 -in c-02.pem -outform der) <(openssl x509 -in "$root" -outform der) || refuse "the root"
for c in c-00 c-01; do
  openssl x509 -in $c.pem -noout -text | grep -q 'Signature Algorithm: sha256WithRSAEncryption' || refuse "a SHA-1 certificate"
done
# Without the first: GnuTLS refuses Apple's critical private extensions, as on genuine ones.
cat c-01.pem c-02.pem | certtool -e > /dev/null 2>&1 || refuse "certtool"
echo accepted

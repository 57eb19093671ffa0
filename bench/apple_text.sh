#!/usr/bin/env bash
# The baseline: what Apple's text asks of a vendor, as a script of openssl commands.
#   apple_text.sh KEY CHAIN FOLDER    signs every FOLDER/*.der and prints how many
set -euo pipefail
key=$1 chain=$(cat "$2") count=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for csr in "$3"/*.der; do
    openssl req -inform der -in "$csr" -noout -verify 2> /dev/null
    openssl dgst -sha256 -sign "$key" -out "$work/signature" "$csr"
    signature=$(openssl base64 -A -in "$work/signature")
    request=$(openssl base64 -A -in "$csr")
    cat > "$work/plist" << PLIST
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>PushCertCertificateChain</key>
	<string>$chain
</string>
	<key>PushCertRequestCSR</key>
	<string>$request</string>
	<key>PushCertSignature</key>
	<string>$signature</string>
</dict>
</plist>
PLIST
    openssl base64 -A -in "$work/plist" -out "$csr.plist.b64"
    count=$((count + 1))
done
echo "$count"

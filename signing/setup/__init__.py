"""The vendor's own set-up: make a key and its CSR, import Apple's answer, check, show the chain."""

"""The signer without network: approved CSRs go out as one file, their signatures come back."""

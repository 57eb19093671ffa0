"""What the signer does with the vendor's key."""

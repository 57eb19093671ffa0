"""What the bytes mean: CSRs, chains, signed requests, push certificates."""

"""The audit trail: sealed, verified, and its heads on their way out."""

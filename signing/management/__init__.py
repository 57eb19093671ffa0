"""The vendor's own commands."""

"""The database's promises."""

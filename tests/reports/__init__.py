"""Reports of staff."""

"""English, in which the staff's pages are."""

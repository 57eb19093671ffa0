"""Claims about the stand-in for Apple."""

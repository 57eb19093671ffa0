"""Commands of the stand-in for Apple."""

"""A stand-in for Apple, for a developer's machine and the tests; it imports nothing of the rest."""

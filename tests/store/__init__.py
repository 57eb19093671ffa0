"""Database and file storage compared: each difference made for real, and found by its name."""

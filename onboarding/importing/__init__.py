"""Customers and certificates from before: read from a CSV and a folder, judged, then taken in."""

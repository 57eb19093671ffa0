"""The vendor staff's pages."""

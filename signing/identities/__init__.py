"""The places where a vendor key can be kept, a module for each."""

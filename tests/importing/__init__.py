"""Customers from before: what comes in, what is said of it, what becomes of it."""

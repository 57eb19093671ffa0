"""Reminders: when, to whom, what they say, and how they stop."""

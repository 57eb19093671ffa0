"""Commands that set processes going."""

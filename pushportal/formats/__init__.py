"""How Django writes moments by itself, by language."""

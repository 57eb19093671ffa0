"""Everything that is public, and the decisions on it. Holds no vendor key and asks for none."""

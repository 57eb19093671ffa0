"""Commands of the portal's operators, and what these commands alone need."""

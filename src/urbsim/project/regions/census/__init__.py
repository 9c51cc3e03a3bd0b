"""Counties from the tables of a census."""

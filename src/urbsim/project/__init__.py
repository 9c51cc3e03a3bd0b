"""The files that a user edits, read and checked."""

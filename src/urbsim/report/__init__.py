"""Charts and tables of stored results."""

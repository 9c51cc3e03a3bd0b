"""Other engines, which tell whether ours computes what it should."""

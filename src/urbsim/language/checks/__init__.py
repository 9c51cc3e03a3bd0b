"""Faults of a model that its structure shows: units, ledgers, documentation, complexity."""

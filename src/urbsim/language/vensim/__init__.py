"""Vensim files (.mdl) as structure."""

"""Scenarios: lever values by year, and what they resolve to in a region."""

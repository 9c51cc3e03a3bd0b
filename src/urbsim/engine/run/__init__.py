"""Compiled models, and members run with them."""

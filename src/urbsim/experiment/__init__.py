"""Designs, batches and their storage."""

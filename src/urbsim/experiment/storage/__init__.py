"""Batches on the disk: computed in blocks, written whole, read back."""

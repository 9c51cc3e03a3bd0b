"""The model as text and as structure."""

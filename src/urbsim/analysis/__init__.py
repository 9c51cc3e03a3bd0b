"""What stored results say."""

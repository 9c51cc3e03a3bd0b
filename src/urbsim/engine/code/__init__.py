"""Machine code from the graph of numbers."""

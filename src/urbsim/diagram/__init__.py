"""Stock-and-flow pictures of any model."""

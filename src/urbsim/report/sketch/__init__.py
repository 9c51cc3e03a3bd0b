"""The pieces of a stock-and-flow diagram: what is drawn, how large it is, where it stands, how it is joined."""

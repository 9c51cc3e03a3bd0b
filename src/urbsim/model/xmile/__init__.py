"""XMILE files -> our structure, with a reader of our own: what the standard and Stella say, places in messages."""

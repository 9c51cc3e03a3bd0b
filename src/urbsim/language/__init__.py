"""A model as structure: what Vensim and XMILE files say, without running it."""

"""Lowering: a model as a graph of numbers, one node for each element and phase."""

"""Engines run a model; nothing above this layer knows which one ran."""

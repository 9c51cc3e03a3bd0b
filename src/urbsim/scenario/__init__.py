"""Regions, levers and scenarios: what a user writes, and the values it gives a model."""

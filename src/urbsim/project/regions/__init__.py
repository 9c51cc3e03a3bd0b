"""Regions: facts, estimates and the initial values that follow from them."""

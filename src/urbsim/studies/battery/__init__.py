"""The battery: tests that a model must pass before its results are believed."""

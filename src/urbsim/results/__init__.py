"""Answers of a stored batch: values, intervals, comparisons, scores."""

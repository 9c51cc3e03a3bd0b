"""The validation battery: tests of the model's structure and behaviour that run by themselves."""

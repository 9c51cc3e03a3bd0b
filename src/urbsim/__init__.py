"""urbsim: a policy laboratory for county towns.

Importing this package is cheap on purpose: numpy, xarray, matplotlib and pysd load when a command needs them.
"""

__version__ = "0.1.0"

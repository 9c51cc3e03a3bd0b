"""``python -m urbsim``."""

from urbsim.cli import main

if __name__ == "__main__":  # processes of a cluster import this file
    main()

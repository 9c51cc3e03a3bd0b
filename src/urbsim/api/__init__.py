"""The Python API: a project, the batches that it runs, and any model file. Notebooks and commands call nothing else."""

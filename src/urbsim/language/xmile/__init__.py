"""XMILE files (.xmile, .stmx, .xml) as structure."""

"""Studies that run the model many times: sensitivity, calibration, loops, the battery of tests."""

"""Functions with memory; most become constructs of our structure (:mod:`urbsim.language.ir`)."""

from __future__ import annotations

from urbsim.language.functions.row import Function

ROWS = (
    Function("integ", 2, 2, "state", "INTEG", initial=1, memory=True),
    Function("delay1", 2, 2, "state", "DELAY1", memory=True),
    Function("delay1i", 3, 3, "state", "DELAY1I", initial=2, memory=True),
    Function("delay3", 2, 2, "state", "DELAY3", memory=True),
    Function("delay3i", 3, 3, "state", "DELAY3I", initial=2, memory=True),
    Function("delay_n", 4, 4, "state", "DELAY N", initial=2, memory=True),
    Function("delay_fixed", 3, 3, "state", "DELAY FIXED", initial=2, memory=True),
    Function("smooth", 2, 2, "state", "SMOOTH", memory=True),
    Function("smoothi", 3, 3, "state", "SMOOTHI", initial=2, memory=True),
    Function("smooth3", 2, 2, "state", "SMOOTH3", memory=True),
    Function("smooth3i", 3, 3, "state", "SMOOTH3I", initial=2, memory=True),
    Function("smooth_n", 4, 4, "state", "SMOOTH N", initial=2, memory=True),
    Function("trend", 3, 3, "state", "TREND", initial=2, memory=True),
    Function("forecast", 3, 3, "state", "FORECAST", memory=True),
    Function("sample_if_true", 3, 3, "state", "SAMPLE IF TRUE", initial=2, memory=True),
    Function("initial", 1, 1, "state", "INITIAL", ("INIT",), initial=0),
    Function("reinitial", 1, 1, "state", "REINITIAL", initial=0),
    Function("previous", 1, 2, "alike", "", ("PREVIOUS",), alike=(0, 1), memory=True),
    Function("history", 2, 2, "first", "", ("HISTORY",), times=(1,), memory=True),
    # macros by the equations of Vensim's manual (:mod:`urbsim.language.vensim.builtin`)
    Function("npv", 4, 4, "parts", "NPV", initial=2, memory=True),
    Function("delayp", 2, 2, "parts", "DELAYP", memory=True),
)

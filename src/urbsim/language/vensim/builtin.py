"""Functions of Vensim that the manual defines by equations: they are read as macros."""

from __future__ import annotations

from functools import cache

from urbsim.language.vensim.document import Document, Section

_TEXT = """
:MACRO: NPV(stream, discount rate, initial value, factor)
NPV = (worth + stream*TIME STEP$*discount factor)*factor ~~|
worth = INTEG(stream*discount factor, initial value) ~~|
discount factor = INTEG(-discount factor*discount rate/(1 + discount rate*TIME STEP$), 1) ~~|
:END OF MACRO:
:MACRO: DELAYP(input, delay time : pipeline)
DELAYP = third/stage ~~|
pipeline = first + second + third ~~|
first = INTEG(input - first/stage, third) ~~|
second = INTEG(first/stage - second/stage, third) ~~|
third = INTEG(second/stage - DELAYP, stage*input) ~~|
stage = delay time/3 ~~|
:END OF MACRO:
"""


@cache
def macros() -> dict[str, Section]:
    """Return the macros by identifier."""
    return {section.name.lower(): section for section in Document(_TEXT, "Vensim").macros}

"""XMILE functions that mean something else than Vensim's of the same name, or that the reader writes with others."""

from __future__ import annotations

from urbsim.language.functions.row import Function

_CONVEYOR = "write it with stocks, flows and DELAY functions"
_ALONE = "every run stands alone"
_SUM = "write it with a stock that sums what is discounted"

ROWS = (
    Function("percent", 1, 1, "parts", "", ("PERCENT",)),
    Function("safediv", 2, 3, "parts", "", ("SAFEDIV",)),
    Function("min_xmile", 1, 99, "parts", "", ("MIN",)),
    Function("max_xmile", 1, 99, "parts", "", ("MAX",)),
    Function("mean_xmile", 1, 99, "parts", "", ("MEAN",)),
    Function("size", 1, 1, "parts", "", ("SIZE",)),
    Function("lookup", 2, 2, "parts", "", ("LOOKUP",)),
    Function("sinwave", 2, 2, "parts", "", ("SINWAVE",), clock=True),
    Function("coswave", 2, 2, "parts", "", ("COSWAVE",), clock=True),
    Function("counter", 2, 2, "parts", "", ("COUNTER",), clock=True),
    # memory
    Function("delay_xmile", 2, 3, "state", "", ("DELAY",), initial=2, memory=True),
    Function("delay1_xmile", 2, 3, "state", "", ("DELAY1",), initial=2, memory=True),
    Function("delay3_xmile", 2, 3, "state", "", ("DELAY3",), initial=2, memory=True),
    Function("delayn_xmile", 3, 4, "state", "", ("DELAYN",), initial=3, memory=True),
    Function("smth1", 2, 3, "state", "", ("SMTH1",), initial=2, memory=True),
    Function("smth3", 2, 3, "state", "", ("SMTH3",), initial=2, memory=True),
    Function("smthn", 3, 4, "state", "", ("SMTHN",), initial=3, memory=True),
    Function("trend_xmile", 2, 3, "state", "", ("TREND",), initial=2, memory=True),
    Function("forecast_xmile", 3, 4, "parts", "", ("FORCST", "FORECAST"), initial=3, memory=True),
    # not supported
    *(
        Function(name.lower(), 0, 99, "unknown", "", (name,), refusal=_CONVEYOR)
        for name in ("CYCLETIME", "CTHROUGHPUT", "THROUGHPUT", "CYCSTDDEV", "QELEM", "CTMAX", "CTMEAN")
    ),
    *(
        Function(f"{name.lower()}_xmile", 0, 99, "unknown", "", (name,), refusal=_SUM)
        for name in ("NPV", "IRR", "PMT", "PV", "FV")
    ),
    *(
        Function(name.lower(), 0, 99, "unknown", "", (name,), refusal=_ALONE)
        for name in ("ENDVAL", "RUNCOUNT", "SENSIRUNCOUNT", "CLOCKTIME")
    ),
)

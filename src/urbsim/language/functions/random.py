"""Random functions; the last argument of each is a seed, which is read and not used."""

from __future__ import annotations

from urbsim.language.functions.row import Function

ROWS = (
    Function("random_0_1", 0, 1, "count", "RANDOM 0 1", random=True),
    Function("random_uniform", 2, 3, "alike", "RANDOM UNIFORM", alike=(0, 1), random=True),
    Function("random_normal", 4, 5, "alike", "RANDOM NORMAL", alike=(0, 1, 2, 3), random=True),
    Function("random_exponential", 4, 5, "alike", "RANDOM EXPONENTIAL", alike=(0, 1, 2, 3), random=True),
    Function("random_triangular", 5, 6, "alike", "RANDOM TRIANGULAR", alike=(0, 1, 2, 3, 4), random=True),
    Function("random_poisson", 5, 6, "alike", "RANDOM POISSON", alike=(0, 1, 3, 4), random=True),
    Function("random_weibull", 5, 6, "alike", "RANDOM WEIBULL", alike=(0, 1, 3, 4), random=True),
    Function("uniform", 2, 3, "alike", "", ("UNIFORM",), alike=(0, 1), random=True),
    Function("random", 2, 3, "alike", "", ("RANDOM",), alike=(0, 1), random=True),
    Function("normal", 2, 3, "alike", random=True),
    Function("normal_xmile", 2, 5, "parts", "", ("NORMAL",), random=True),
    Function("lognormal", 2, 3, "alike", "", ("LOGNORMAL",), random=True),
    Function("triangular", 3, 4, "alike", "", ("TRIANGULAR",), random=True),
    Function("exprnd", 1, 2, "first", "", ("EXPRND",), random=True),
    Function("poisson", 1, 2, "first", "", ("POISSON",), random=True),
    Function("montecarlo", 1, 2, "parts", "", ("MONTECARLO",), random=True),
)

# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 02 Sensitivity
#
# Which of the uncertain parameters decide what the towns of a county look like in 2025 and 2035, and how far do the
# levers reach? Three views on the first question: one parameter at a time (tornado), elementary effects over the whole
# range (Morris), and shares of variance (Sobol). The last needs hundreds of thousands of runs: on the compiled engine
# that is a minute or two. The second question is a sweep: every combination of the values of two levers.

# %%
import matplotlib.pyplot as plt
import numpy as np

import urbsim

SAMPLES = 1024  # a power of two; runs are samples x (parameters + 2)
OUTCOMES = [("town_residents", 2025), ("town_residents", 2035), ("registered_share", 2035), ("house_price", 2035)]
plt.rcParams["figure.dpi"] = 80

project = urbsim.open()
len(project.parameters)

# %% [markdown]
# ## One at a time
#
# Each bar moves one parameter to the ends of the interval that holds 90 % of its distribution; all others stay at the
# model's values.

# %%
tornado = project.study("baseline", OUTCOMES, region="lijin", method="tornado")
project.chart(tornado)

# %% [markdown]
# ## Elementary effects
#
# Far to the right: matters. High up: how much depends on the other parameters, or on where in its range it stands.

# %%
morris = project.study("baseline", OUTCOMES, region="lijin", method="morris", samples=max(4, SAMPLES // 16))
project.chart(morris)

# %% [markdown]
# ## Shares of variance
#
# Bars have the 90 % interval of their sampling error.

# %%
sobol = project.study("baseline", OUTCOMES, region="lijin", method="sobol", samples=SAMPLES)
print(f"{SAMPLES * (len(project.parameters) + 2):,} runs")

# %%
project.chart(sobol)

# %% [markdown]
# ## In plain words

# %%
for label in sobol.outcome.values:
    shares = sobol.sel(outcome=label)
    leading = shares["total"].to_series().nlargest(3)
    alone = float(shares["first"].clip(min=0).sum())
    names = ", ".join(f"{name} ({share:.0%})" for name, share in leading.items())
    print(f"{shares.title.item()}: depends most on {names}.")
    print(f"  Parameters acting alone explain {min(alone, 1):.0%} of the variance, the rest is interaction.")

# %% [markdown]
# ## How far levers reach
#
# The settlement quota (at 1 there is none) and subsidised training over their ranges, all other levers as in the
# baseline: the heat map says whether two policies add up, and where more of one of them changes nothing any more.

# %%
levers = {"settlement_quota": np.linspace(*project.levers["settlement_quota"].bounds, 6),
          "training_rate": np.linspace(*project.levers["training_rate"].bounds, 6)}  # fmt: skip
grid = project.study("baseline", [("registered_share", 2025), ("registered_share", 2035)], region="lijin",
                     method="sweep", levers=levers)  # fmt: skip
project.chart(grid)

# %% [markdown]
# What this means for a planner. How many people live in the county's towns is decided by how people move, above all by
# how many leave the towns, and by how many villages become urban territory: read a plan with its interval and come back
# to it when new counts of moves come in. For registration the unknown is how many people wish to settle: a small survey
# in the county would narrow that interval more than anything else here. Prices hang on the share of dwellings that
# counts as normally vacant, which no county publishes: count empty dwellings before you trust a price.

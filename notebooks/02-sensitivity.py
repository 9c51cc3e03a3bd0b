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
# Which of the uncertain parameters decide what the towns of a county look like in 2025 and 2035? Three views on the
# same question: one parameter at a time (tornado), elementary effects over the whole range (Morris), and shares of
# variance (Sobol). The last needs tens of thousands of runs: on the compiled engine that is some seconds.

# %%
import os
import time

import matplotlib.pyplot as plt

from urbsim.engine.oracles.choose import choose
from urbsim.project.project import Project
from urbsim.project.workspace import find
from urbsim.report.indices import index_axes, screening_axes, tornado_axes
from urbsim.report.style import style
from urbsim.studies import sensitivity

SAMPLES = int(os.environ.get("URBSIM_SAMPLES", "1024"))  # a power of two; runs are samples x (parameters + 2)
REGION = "lijin"
OUTCOMES = [("town_residents", 2025), ("town_residents", 2035), ("registered_share", 2035), ("house_price", 2035)]

workspace = find()
project = Project.open(workspace)
indicators = project.indicators
fitted = project.calibrations([REGION])
study = sensitivity.study(project, indicators, choose(), REGION, OUTCOMES, calibrations=fitted)
titles = {
    label: f"{indicators[name].label.en}, {year}" for label, (name, year) in zip(study.labels, OUTCOMES, strict=True)
}
len(study.parameters)

# %% [markdown]
# ## One at a time
#
# Each bar moves one parameter to the ends of the interval that holds 90 % of its distribution; all others stay at the
# model's values.

# %%
tornado = sensitivity.tornado(study)
with style():
    figure, axes = plt.subplots(2, 2, figsize=(12, 8), layout="constrained")
    for ax, label in zip(axes.flat, study.labels, strict=True):
        tornado_axes(tornado.sel(outcome=label), ax)
        ax.set_title(titles[label])
    plt.show()

# %% [markdown]
# ## Elementary effects
#
# Far to the right: matters. High up: how much depends on the other parameters, or on where in its range it stands.

# %%
morris = sensitivity.morris(study, trajectories=max(4, SAMPLES // 16))
with style():
    figure, axes = plt.subplots(2, 2, figsize=(14, 8), layout="constrained")
    for ax, label in zip(axes.flat, study.labels, strict=True):
        screening_axes(morris.sel(outcome=label), ax)
        ax.set_title(titles[label])
    plt.show()

# %% [markdown]
# ## Shares of variance

# %%
began = time.perf_counter()
sobol = sensitivity.sobol(study, SAMPLES)
runs = SAMPLES * (len(study.parameters) + 2)
print(f"{runs:,} runs in {time.perf_counter() - began:.1f} s")

# %%
with style():
    figure, axes = plt.subplots(2, 2, figsize=(12, 8), layout="constrained")
    for ax, label in zip(axes.flat, study.labels, strict=True):
        index_axes(sobol.sel(outcome=label), ax)
        ax.set_title(titles[label])
    plt.show()

# %% [markdown]
# ## In plain words

# %%
for label in study.labels:
    one = sobol.sel(outcome=label)
    leading = one["total"].to_series().nlargest(3)
    alone = float(one["first"].clip(min=0).sum())
    names = ", ".join(f"{name} ({share:.0%})" for name, share in leading.items())
    print(f"{titles[label]}: depends most on {names}.")
    print(f"  Parameters acting alone explain {min(alone, 1):.0%} of the variance, the rest is interaction.")

# %% [markdown]
# What this means for a planner. How many people live in the county's towns is decided by how people move, and by how
# strongly they react to income: read a plan with its interval and come back to it when new counts of moves come in.
# For registration the unknown is how many people wish to settle: a small survey in the county would narrow that
# interval more than anything else here. Prices hang on the share of dwellings that counts as normally vacant, and on
# interactions: take them as the least certain of the four.

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
# # 01 First run
#
# Run two scenarios for one county, look at the numbers, then at how certain they are. Needs `pip install
# "urbsim[notebooks]"`; open this file with Jupytext, or run it as a script.

# %%
import os

import matplotlib.pyplot as plt

import urbsim
from urbsim.engine.oracles.choose import choose
from urbsim.experiment import draws, plan
from urbsim.experiment.forms import outputs
from urbsim.project.project import Project
from urbsim.project.workspace import find
from urbsim.report.charts import lines
from urbsim.report.fans import fan
from urbsim.report.style import COLOURS, style
from urbsim.report.words import FANS
from urbsim.results.intervals import quantiles
from urbsim.results.values import values

DRAWS = int(os.environ.get("URBSIM_SAMPLES", "1000"))
REGION = "lijin"
SCENARIOS = ["baseline", "integrated"]

# %% [markdown]
# A *workspace* is a folder with models, scenarios and data; without one of your own you get the copies that the package
# carries. Everything in it is checked when it is read.

# %%
workspace = find()
project = Project.open(workspace)
indicators = project.indicators
{name: scenario.title.en for name, scenario in project.scenarios.items()}

# %% [markdown]
# A *plan* is regions x scenarios. Each pair becomes a *member*: values for the model's constants and levers, with the
# origin of each. The compiled engine runs them all at once.

# %%
plan = plan.plan(project, SCENARIOS, [REGION], base_year=None, horizon=2035, typed={})
fitted = project.calibrations(plan.regions)
members = plan.members(project, plan, fitted)
members[1].member.series

# %%
results = plan.run(project, plan, members, choose(), outputs(indicators, project.ledgers), lambda _: None)
found = values(results.data, indicators, project.model)
found["town_residents"].sel(time=[2020, 2025, 2030, 2035]).to_series().unstack("time").round()

# %%
titles = [project.scenarios[name].title.en for name in SCENARIOS]
with style():
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.2), layout="constrained")
    for ax, name in zip(axes, ["town_residents", "registered_share", "places_primary_towns"], strict=True):
        lines(found[name].sel(region=REGION), ax, titles, 2025)
        ax.set_title(indicators[name].label.en)
    axes[0].legend()
    plt.show()

# %% [markdown]
# ## How certain?
#
# Every uncertain parameter has a range and a source in `models/parameters.yaml`. Each draw takes one value of each;
# both scenarios run with the same draws, so their difference is that of the policy.

# %%
sample = draws.draw(project.parameters, project.model, DRAWS, seed=1)
spread = plan.run(project, plan, members, choose(), outputs(indicators, project.ledgers), lambda _: None, sample)
assert not spread.failed
uncertain = values(spread.data, indicators, project.model)
residents = uncertain["town_residents"].sel(region=REGION)
quantiles(residents).sel(time=2035).to_series().unstack("scenario").round()

# %%
gain = residents.sel(scenario="integrated") - residents.sel(scenario="baseline")
low, middle, high = gain.sel(time=2035).quantile([0.05, 0.5, 0.95]).values
print(
    f"All three policies together: {middle:+,.0f} town residents in 2035 (90 % of draws: {low:+,.0f} to {high:+,.0f})"
)

# %%
with style():
    figure, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
    fan(quantiles(gain), ax, COLOURS[1], FANS["en"])
    ax.set_title("Town residents gained by all three policies")
    ax.legend(loc="upper left")
    plt.show()

# %% [markdown]
# ## Any other model
#
# `urbsim.load_model` runs any Vensim or XMILE file. A value with one axis more than the variable is an ensemble.

# %%
model = urbsim.load_model(workspace.model)
data = model.run({"land supply factor": [0.5, 1.0, 1.5], "FINAL TIME": 2030}, ["house price"])
data["house_price"].sel(time=2030)

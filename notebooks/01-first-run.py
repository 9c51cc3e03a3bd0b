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
import matplotlib.pyplot as plt

import urbsim

DRAWS = 1000

# %% [markdown]
# A *project* is a folder with models, scenarios and data; without one of your own you get the copies that the package
# carries. Everything in it is checked when it is read. `project.regions`, `project.levers`, `project.indicators` and
# `project.targets` are there by id as well.

# %%
project = urbsim.open()
{name: scenario.title.en for name, scenario in list(project.scenarios.items())[:8]}

# %% [markdown]
# A *batch* is scenarios x regions. Each pair is a *member*: values for the model's constants and levers, with the
# origin of each in the manifest. The compiled engine runs them all at once.

# %%
batch = project.run(["baseline", "integrated"], regions=["lijin"], horizon=2035)
batch

# %%
batch["town_residents"].sel(region="lijin", time=[2020, 2025, 2030, 2035]).to_pandas().round()

# %%
batch.compare("baseline", "integrated", year=2035).head(8)

# %%
batch.manifest.levers("lijin", "integrated")["settlement_quota"]

# %%
batch.chart("registered_share")

# %% [markdown]
# Are the targets of the policy documents reached by their deadlines?

# %%
batch.score(scenarios=["baseline"])[["label", "deadline", "value", "projected", "verdict"]].head(8)

# %% [markdown]
# ## How certain?
#
# Every uncertain parameter has a range and a source in `models/parameters.yaml`. Each draw takes one value of each;
# both scenarios run with the same draws, so their difference is that of the policy.

# %%
spread = project.run(["baseline", "integrated"], regions=["lijin"], horizon=2035, draws=DRAWS, seed=1)
assert not spread.manifest.failed
residents = spread["town_residents"].sel(region="lijin")
residents.sel(time=2035).quantile([0.05, 0.25, 0.5, 0.75, 0.95], "draw").to_pandas().round()

# %%
gain = residents.sel(scenario="integrated") - residents.sel(scenario="baseline")
low, middle, high = gain.sel(time=2035).quantile([0.05, 0.5, 0.95]).values
print(
    f"All three policies together: {middle:+,.0f} town residents in 2035 (90 % of draws: {low:+,.0f} to {high:+,.0f})"
)

# %%
ends = gain.quantile([0.05, 0.5, 0.95], "draw")
figure, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
ax.fill_between(gain.time, ends[0], ends[2], alpha=0.25, label="90 % of draws")
ax.plot(gain.time, ends[1], label="median")
ax.set_title("Town residents gained by all three policies")
ax.legend(loc="upper left")
plt.show()

# %% [markdown]
# `batch.save("first-run")` writes outputs/first-run with tables and charts, as `urbsim run` does;
# `urbsim.open_batch("first-run")` reads it back.
#
# ## Any other model
#
# `urbsim.load_model` runs any Vensim or XMILE file. A value with one axis more than the variable is an ensemble.

# %%
model = urbsim.load_model(project.workspace.model)
data = model.run({"land supply factor": [0.5, 1.0, 1.5], "FINAL TIME": 2030}, ["house price"])
data["house_price"].sel(time=2030)

"""Any Vensim or XMILE model in Python: run it, explain it, draw it, check it, edit it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from urbsim.api.html import table
from urbsim.engine.load import LoadedModel
from urbsim.errors import Problem
from urbsim.language.parse import parse_model

if TYPE_CHECKING:
    from urbsim.diagram.diagram import Diagram
    from urbsim.engine.explain import Explanation


class Model(LoadedModel):
    """A model that runs again and again; compiled code is kept on the disk.

    ``run`` takes values by name, one more axis in front for an ensemble, and gives a dataset with dims ([member,] time,
    *subscripts); ``derivatives`` gives derivatives of outputs.
    """

"""Functions over the elements of a range, of tables and of data."""

from __future__ import annotations

from urbsim.language.functions.row import Function

ROWS = (
    Function("sum", 1, 1, "first", "SUM", ("SUM", "ARRAYSUM")),
    Function("prod", 1, 1, "number", "PROD", ("PROD",)),
    Function("vmin", 1, 1, "first", "VMIN"),
    Function("vmax", 1, 1, "first", "VMAX"),
    Function("vmin_xmile", 1, 1, "first"),
    Function("vmax_xmile", 1, 1, "first"),
    Function("mean", 1, 1, "first", "", ("ARRAYMEAN",)),
    Function("stddev", 1, 1, "first", "", ("STDDEV", "ARRAYSTDDEV")),
    Function("elmcount", 1, 1, "count", "ELMCOUNT"),
    Function("position", 0, 0, "count"),
    Function("rank", 2, 2, "count", "", ("RANK",)),
    Function("vector_sort_order", 2, 2, "count", "VECTOR SORT ORDER"),
    Function("vector_rank", 2, 2, "count", "VECTOR RANK"),
    Function("vector_reorder", 2, 2, "first", "VECTOR REORDER"),
    Function("vector_elm_map", 2, 2, "first", "VECTOR ELM MAP"),
    Function("vector_select", 5, 5, "alike", "VECTOR SELECT", alike=(1, 2)),
    Function("invert_matrix", 1, 2, "inverse", "INVERT MATRIX"),
    Function("allocate_available", 3, 3, "alike", "ALLOCATE AVAILABLE", alike=(0, 2)),
    Function("allocate_by_priority", 5, 5, "alike", "ALLOCATE BY PRIORITY", alike=(0, 4)),
    # tables
    Function("lookup_extrapolate", 2, 2, "table", "LOOKUP EXTRAPOLATE"),
    Function("lookup_forward", 2, 2, "table", "LOOKUP FORWARD"),
    Function("lookup_backward", 2, 2, "table", "LOOKUP BACKWARD"),
    Function("lookup_invert", 2, 2, "inverse table", "LOOKUP INVERT", ("LOOKUPINV",)),
    Function("vector_lookup", 5, 5, "first", "VECTOR LOOKUP"),
    # data
    Function("get_data_at_time", 2, 2, "table", "GET DATA AT TIME", times=(1,)),
    Function("get_data_between_times", 3, 3, "table", "GET DATA BETWEEN TIMES", times=(1,)),
    Function("get_data_first_time", 1, 1, "time", "GET DATA FIRST TIME"),
    Function("get_data_last_time", 1, 1, "time", "GET DATA LAST TIME"),
    Function("get_data_total_points", 1, 1, "count", "GET DATA TOTAL POINTS"),
    # numbers from files, put in where the model is read
    Function("get_xls_constants", 3, 3, "unknown", "GET XLS CONSTANTS"),
    Function("get_xls_data", 4, 4, "unknown", "GET XLS DATA"),
    Function("get_xls_lookups", 4, 4, "unknown", "GET XLS LOOKUPS"),
    Function("get_direct_constants", 3, 3, "unknown", "GET DIRECT CONSTANTS"),
    Function("get_direct_data", 4, 4, "unknown", "GET DIRECT DATA"),
    Function("get_direct_lookups", 4, 4, "unknown", "GET DIRECT LOOKUPS"),
)

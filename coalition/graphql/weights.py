"""What each part of a document costs, in tenths of a point; a point is about one object read.

A point took between 0.05 and 0.2 ms when these were chosen: `benchmarks/known_document.py` measures it again.
"""

from __future__ import annotations

# A plain value of an object that is there anyway.
VALUE = 1
# The same value once more under another name: aliases multiply an answer without reading anything.
ALIASED_VALUE = 10
OBJECT = 10
# What describes the schema is in memory.
OBJECT_OF_THE_SCHEMA = 1
# A page is read with a statement of its own.
CONNECTION = 50
# A search looks at every row.
SEARCH = 500

# By type and field; `Connection` stands for the page types of all connections.
COMPUTED = {
    # Counted over all rows of the list.
    "Connection.totalCount": 200,
    # Reads all activities there are.
    "Query.coverage": 2_000,
    # Looks at pools, holds and what was confirmed when.
    "Service.canTake": 20,
}

# How many a plain list holds; participants or topics of one record are rarely more.
PLAIN_LIST = 3
LISTS = {
    "__Schema.types": 100,
    "__Type.fields": 8,
    "Query.districts": 40,
    "Query.topics": 60,
    "Coverage.cells": 200,
    # Five years of four church bodies and five countries.
    "Query.holyDays": 1_500,
    "Query.civilYears": 25,
}

# Live events are answered between all other requests, so each may come to less: in points.
LARGEST_EVENT = 10_000

"""What recipes are written with: worlds, resources, moves and the checks of the verifier.

A skill's `recipe.py` imports its names from here.
"""

from shellwright.recipe.checks import (
    Check,
    csv_equals,
    custom,
    json_equals,
    jsonl_equals,
    text_equals,
)
from shellwright.recipe.draw import Draw
from shellwright.recipe.kinds.archive import SUFFIXES, Archive
from shellwright.recipe.kinds.database import Database, Relation
from shellwright.recipe.kinds.log import Log, LogEvent
from shellwright.recipe.kinds.report import Report
from shellwright.recipe.kinds.table import Column, Row, Table, summary
from shellwright.recipe.kinds.tree import Tree, TreeFile
from shellwright.recipe.move import Mistake, Move, Recipe, Step, Unsuitable, do, look
from shellwright.recipe.resource import DEFAULT_MTIME, Entry, Resource, Wrong
from shellwright.recipe.scenario import Pattern, Scenario
from shellwright.recipe.themes import PEOPLE, Theme
from shellwright.recipe.world import World

__all__ = [
    "DEFAULT_MTIME",
    "PEOPLE",
    "SUFFIXES",
    "Archive",
    "Check",
    "Column",
    "Database",
    "Draw",
    "Entry",
    "Log",
    "LogEvent",
    "Mistake",
    "Move",
    "Pattern",
    "Recipe",
    "Relation",
    "Report",
    "Resource",
    "Row",
    "Scenario",
    "Step",
    "Table",
    "Theme",
    "Tree",
    "TreeFile",
    "Unsuitable",
    "World",
    "Wrong",
    "csv_equals",
    "custom",
    "do",
    "json_equals",
    "jsonl_equals",
    "look",
    "summary",
    "text_equals",
]

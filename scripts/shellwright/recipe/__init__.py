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
from shellwright.recipe.kinds.archive import READERS, SUFFIXES, Archive
from shellwright.recipe.kinds.database import Database, Relation
from shellwright.recipe.kinds.delivery import Delivery
from shellwright.recipe.kinds.log import Log, LogEvent
from shellwright.recipe.kinds.manifest import Manifest
from shellwright.recipe.kinds.program import Program
from shellwright.recipe.kinds.project import Project
from shellwright.recipe.kinds.report import Report
from shellwright.recipe.kinds.sealed import Sealed
from shellwright.recipe.kinds.settings import Settings
from shellwright.recipe.kinds.snapshot import Process, Snapshot, Unit
from shellwright.recipe.kinds.table import Column, Row, Table, summary
from shellwright.recipe.kinds.tree import Tree, TreeFile
from shellwright.recipe.move import Mistake, Move, Recipe, Step, Unsuitable, do, look
from shellwright.recipe.repository import Blobbed, Repository, Revision
from shellwright.recipe.resource import DEFAULT_MTIME, Entry, Resource, Wrong
from shellwright.recipe.scenario import Pattern, Scenario
from shellwright.recipe.shell import byte_sorted, quoted, shell_prints, times_kept
from shellwright.recipe.themes import PEOPLE, Theme
from shellwright.recipe.world import World

__all__ = [
    "DEFAULT_MTIME",
    "PEOPLE",
    "READERS",
    "SUFFIXES",
    "Archive",
    "Blobbed",
    "Check",
    "Column",
    "Database",
    "Delivery",
    "Draw",
    "Entry",
    "Log",
    "LogEvent",
    "Manifest",
    "Mistake",
    "Move",
    "Pattern",
    "Process",
    "Program",
    "Project",
    "Recipe",
    "Relation",
    "Report",
    "Repository",
    "Resource",
    "Revision",
    "Row",
    "Scenario",
    "Sealed",
    "Settings",
    "Snapshot",
    "Step",
    "Table",
    "Theme",
    "Tree",
    "TreeFile",
    "Unit",
    "Unsuitable",
    "World",
    "Wrong",
    "byte_sorted",
    "csv_equals",
    "custom",
    "do",
    "json_equals",
    "jsonl_equals",
    "look",
    "quoted",
    "shell_prints",
    "summary",
    "text_equals",
    "times_kept",
]

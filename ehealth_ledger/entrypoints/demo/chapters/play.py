"""List the chapters in their order, each with what it is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ehealth_ledger.entrypoints.demo.chapters.care import care
from ehealth_ledger.entrypoints.demo.chapters.diagnostics import diagnostics
from ehealth_ledger.entrypoints.demo.chapters.inpatients import inpatients
from ehealth_ledger.entrypoints.demo.chapters.medicines import medicines
from ehealth_ledger.entrypoints.demo.chapters.people import people
from ehealth_ledger.entrypoints.demo.chapters.plans import plans
from ehealth_ledger.entrypoints.demo.chapters.registries import registries
from ehealth_ledger.entrypoints.demo.chapters.stage import Play, Stage

CHAPTERS: Final[tuple[tuple[str, Callable[[Stage], Play]], ...]] = (
    ("Registries (реєстри): places, papers, staff, an institution closed", registries),
    ("People (люди): found, joined, confirmed for, declared, corrected", people),
    ("Care (лікування): episodes, a whole package and its cancellation", care),
    ("Inpatients (стаціонар): a case that is grouped, and one that is not", inpatients),
    ("Diagnostics (діагностика): specimens, reports, conclusions", diagnostics),
    ("Plans (плани): approvals, care plans, referrals to every end", plans),
    ("Medicines (ліки): a program, a prescription in parts, what is taken back", medicines),
)

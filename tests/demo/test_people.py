"""Keep the demo's people invented, different from one another, and the same in every run."""

from __future__ import annotations

import pytest

from ehealth_ledger.entrypoints.demo import people


def test_patients_differ_from_one_another() -> None:
    """No two patients share a full name."""
    invented = people.patients(people.PATIENTS_MAX)
    assert len(invented) == people.PATIENTS_MAX
    assert len({(each.family, each.given) for each in invented}) == people.PATIENTS_MAX


def test_patients_are_the_same_in_every_run() -> None:
    """A longer story begins with the people of a shorter one."""
    assert people.patients(12) == people.patients(people.PATIENTS_MAX)[:12]


@pytest.mark.parametrize("count", [people.PATIENTS_MIN - 1, people.PATIENTS_MAX + 1])
def test_a_story_of_too_few_or_too_many_is_refused(count: int) -> None:
    """Each part of the story needs its patient, and names run out."""
    with pytest.raises(ValueError, match="patients"):
        people.patients(count)

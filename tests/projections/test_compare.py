"""Alter a live row, and expect `compare` to name it."""

from __future__ import annotations

from hashlib import sha256
from uuid import uuid4

import pytest

from ehealth_ledger.chain.fields import encode
from projections.projectors.catalogue import MODELS
from projections.projectors.compare import compare
from projections.projectors.follower import Follower
from projections.read_models.digest import row_hash
from tests.projections.live import execute, findings, rows, standing
from tests.projections.log import silent
from tests.projections.story import Story, whole_story


@pytest.fixture
def story(read_url: str) -> Story:
    """Tell the whole story and bring the read side up to it."""
    story = whole_story()
    Follower(story.log, read_url, MODELS).catch_up()
    return story


@pytest.mark.parametrize("model", MODELS)
def test_a_live_model_equals_its_log(story: Story, read_url: str, model: str) -> None:
    """Untouched rows are those of a fold from position 1."""
    comparison = compare(story.log, read_url, model, silent)
    assert (comparison.equal, comparison.findings) == (True, [])
    assert comparison.rows == sum(map(len, rows(read_url, model).values())) > 0


@pytest.mark.parametrize("model", MODELS)
def test_a_model_behind_the_head_equals_its_log_up_to_there(
    story: Story, read_url: str, model: str
) -> None:
    """What came in after the checkpoint is no difference."""
    position = len(story.log.records)
    story.treated()
    comparison = compare(story.log, read_url, model, silent)
    assert (comparison.equal, comparison.position) == (True, position)


@pytest.mark.parametrize("model", MODELS)
def test_an_empty_model_is_never_equal(read_url: str, model: str) -> None:
    """A comparison of nothing with nothing proves nothing."""
    comparison = compare(whole_story().log, read_url, model, silent)
    assert comparison.findings == [f"read_model is empty: {model}"]
    assert not comparison.equal


@pytest.mark.parametrize("model", ["patient_summary", "referral_status"])
def test_an_emptied_model_is_an_error(story: Story, read_url: str, model: str) -> None:
    """A truncated table is empty, and each of its rows is missing."""
    held = rows(read_url, model)
    count = sum(map(len, held.values()))
    execute(read_url, f"TRUNCATE {', '.join(held)}")
    found = findings(story.log, read_url, model)
    assert found[0] == f"read_model is empty: {model}"
    assert sum(each.startswith("missing: ") for each in found) == count


ALTERATIONS = [
    # table                 change (of the row whose key is the parameter)                  finding
    ("referral_status", "UPDATE referral_status SET document = document || ' '", "altered"),
    (
        "referral_status",
        "UPDATE referral_status SET document = replace(document, 'active', 'redeemed')",
        "altered",
    ),
    ("patient_summary", "UPDATE patient_summary SET document = '{}'", "altered"),
    ("payment_statement", "UPDATE payment_statement SET status = 'formed'", "altered"),
    ("payment_statement", "UPDATE payment_statement SET provider = contract", "altered"),
    ("payment_statement", "UPDATE payment_statement SET formed_position = 1", "altered"),
    ("payment_charge", "UPDATE payment_charge SET period = '2025-01'", "altered"),
    ("payment_charge", "UPDATE payment_charge SET contract = NULL", "altered"),
    ("referral_status", "UPDATE referral_status SET requisition = status", "altered"),
    ("care_plans", "UPDATE care_plans SET patient = legal_entity", "altered"),
    ("approvals", "UPDATE approvals SET status = 'new'", "altered"),
    ("referral_status", "DELETE FROM referral_status", "missing"),
    ("payment_charge", "DELETE FROM payment_charge", "missing"),
]


@pytest.mark.parametrize(
    ("table", "change", "finding"), ALTERATIONS, ids=[change for _, change, _ in ALTERATIONS]
)
def test_each_altered_row_is_named(
    story: Story, read_url: str, table: str, change: str, finding: str
) -> None:
    """One live row is changed with full access; the comparison names that row and no other."""
    model = next(name for name, each in MODELS.items() if table in each.model.by_name)
    key = MODELS[model].model.by_name[table].key
    live = rows(read_url, model)[table]
    # A row that every change above really changes: an active referral, a priced charge.
    changeable = [row for row in live if '"active"' in row[-1] or '"accrued"' in row[-1]]
    row_id = (changeable or live)[0][0]
    execute(read_url, f"{change} WHERE {key} = %s", row_id)
    found = findings(story.log, read_url, model)
    named = [each for each in found if each.startswith(("altered: ", "missing: ", "surplus: "))]
    assert len(named) == 1
    assert named[0].startswith(f"{finding}: {table} {row_id}")


def test_a_surplus_row_is_named(story: Story, read_url: str) -> None:
    """A row no record accounts for is found, though every other row is right."""
    execute(
        read_url,
        "INSERT INTO patient_summary SELECT '00000000-0000-4000-8000-000000000001', document "
        "FROM patient_summary LIMIT 1",
    )
    found = findings(story.log, read_url, "patient_summary")
    assert "surplus: patient_summary 00000000-0000-4000-8000-000000000001" in found


def test_two_swapped_documents_are_named(story: Story, read_url: str) -> None:
    """A document under another row's key is altered, though the set of documents is the same."""
    execute(
        read_url,
        "WITH two AS (SELECT min(referral::text)::uuid AS a, max(referral::text)::uuid AS b "
        "FROM referral_status) UPDATE referral_status r SET document = o.document "
        "FROM referral_status o, two WHERE (r.referral = a AND o.referral = b) "
        "OR (r.referral = b AND o.referral = a)",
    )
    found = findings(story.log, read_url, "referral_status")
    assert sum(each.startswith("altered: ") for each in found) == 2
    assert any("stored digest" in each for each in found)


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ("digest = decode(repeat('00', 32), 'hex')", "stored digest"),
        ("rows = rows + 1", "the checkpoint counts"),
        ("chain_value = decode(repeat('00', 32), 'hex')", "link.broken"),
        ("position = position - 1", "link.broken"),
        ("position = position + 1", "position.missing"),
    ],
)
def test_an_altered_checkpoint_is_found(
    story: Story, read_url: str, change: str, finding: str
) -> None:
    """A checkpoint is held against the rows and the log."""
    execute(read_url, f"UPDATE checkpoint SET {change} WHERE model = 'referral_status'")
    found = findings(story.log, read_url, "referral_status")
    assert len(found) == 1
    assert finding in found[0]


def test_the_digest_does_not_depend_on_the_order_of_events(read_url: str, story: Story) -> None:
    """Rows written one by one or all at once come to the same digest as a fold from nothing."""
    before = standing(read_url, "referral_status")
    patient = story.patient()
    for _ in range(3):
        story.redeem(patient, story.refer(patient))
        Follower(story.log, read_url, MODELS).catch_up()
    after = standing(read_url, "referral_status")
    assert (after.rows - before.rows, after.digest != before.digest) == (3, True)
    assert findings(story.log, read_url, "referral_status") == []


def test_a_rows_hash_is_that_of_its_published_fields() -> None:
    """Digests kept by earlier builds go on being compared: the bytes stay."""
    key, document = uuid4(), '{"назва":"Ромашка"}'
    expected = sha256(encode("referral_status", key, document)).digest()
    assert row_hash("referral_status", key, document) == int.from_bytes(expected, "big")

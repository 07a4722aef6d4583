"""Tell what becomes of a stated line: denied, claimed again, corrected, questioned."""

from __future__ import annotations

from uuid import UUID, uuid4

from ehealth_ledger.events.charge import (
    ChargeAdjusted,
    ChargeDenied,
    ChargeQuestioned,
    ChargeResubmitted,
)
from ehealth_ledger.events.legal_entity import LegalEntityRegistered, LegalEntityUpdated
from ehealth_ledger.events.statement import Formed, StatementReviewed
from ehealth_ledger.pricing.statement import AnyLine, StatementKey
from ehealth_ledger.values.identifiers import ContractId
from ehealth_ledger.values.time import Month
from projections.projectors.replay import replay_statements
from tests.projections.log import Said, silent
from tests.projections.story import PACKAGE, Story

NEXT_PERIOD = Month("2026-12")


def review(story: Story, formed: Formed, *denied: AnyLine) -> Said:
    """Accept a statement but for some lines."""
    reviewed = StatementReviewed(
        statement=formed.statement,
        reviewed_by=story.doctor,
        digest=formed.digest,
        total=formed.total,
        accepted=formed.total - sum(each.amount for each in denied),
        denied=len(denied),
        postings=(),
    )
    lines = (
        ChargeDenied(
            charge=each.charge,
            provider=story.hospital,
            statement=formed.statement,
            amount=each.amount,
            reason="duplicate_service",
            rule="duplicate",
            rule_version=1,
            denial_pointer=f"/resource/denied/{at}",
        )
        for at, each in enumerate(denied)
    )
    explained = [{"explanation": "Та сама послуга того ж дня"} for _ in denied]
    return story.log.add(reviewed, *lines, content={"resource": {"denied": explained}})


def resubmit(story: Story, line: AnyLine) -> Said:
    """Claim a denied line again: another charge, in the next month."""
    act, amount = line.act_position, line.amount
    again = story.charge(act, amount).model_copy(update={"period": NEXT_PERIOD, "attempt": 2})
    return story.log.add(
        ChargeResubmitted(
            charge=line.charge,
            provider=story.hospital,
            successor=again.charge,
            resubmitted_by=story.doctor,
        ),
        again,
    )


def adjust(story: Story, formed: Formed, line: AnyLine, amount: int) -> UUID:
    """Correct a line by a line of the next month."""
    adjustment = uuid4()
    story.log.add(
        ChargeAdjusted(
            charge=line.charge,
            provider=story.hospital,
            adjustment=adjustment,
            statement=formed.statement,
            line=line.position,
            act_position=line.act_position,
            payer=story.payer,
            contract=story.contract,
            package=PACKAGE,
            period=NEXT_PERIOD,
            amount=amount,
            reason="price_corrected",
            postings=(),
        )
    )
    return adjustment


def question(story: Story, line: AnyLine) -> Said:
    """Note that the act of a line in a closed month was an error."""
    return story.log.add(
        ChargeQuestioned(
            charge=line.charge,
            act_log="records",
            act_position=line.act_position,
            reason="act_in_error",
        )
    )


def form_next(story: Story) -> Formed:
    """Form the statement of the month that holds what was claimed again and corrected."""
    found = replay_statements(story.log, len(story.log.records), silent)
    folded = found[StatementKey(ContractId(story.contract), PACKAGE, NEXT_PERIOD)]
    return story.form(
        period=NEXT_PERIOD,
        as_of=folded.as_of,
        count=len(folded.lines),
        total=folded.total,
        digest=folded.digest(),
    )


def name_parties(story: Story, provider: str, payer: str) -> None:
    """Register the two institutions of the statement under names."""
    for entity, edrpou, kind, name in (
        (story.hospital, "20000001", "OUTPATIENT", provider),
        (story.payer, "42032422", "PAYER", payer),
    ):
        story.log.add(
            LegalEntityRegistered(
                legal_entity=entity,
                edrpou=edrpou,
                kind=kind,
                head=uuid4(),
                resource_pointer="/resource",
            ),
            content={"resource": {"name": name, "address": {}}},
        )


def rename(story: Story, entity: UUID, name: str) -> Said:
    """Call an institution otherwise from now on."""
    return story.log.add(
        LegalEntityUpdated(legal_entity=entity, resource_pointer="/resource"),
        content={"resource": {"name": name, "address": {}}},
    )


def month(story: Story) -> list[tuple[str, int]]:
    """Live through a statement with all that can change on it; return what changed, and where."""
    patient = story.patient()
    withdrawn = story.treat(patient, story.refer(patient))
    first, second = (story.treat(patient, story.refer(patient)) for _ in range(2))
    assert first.position < second.position
    story.withdraw(patient, withdrawn)
    lines = story.folded().lines
    formed = story.form()
    story.countersign(formed)
    review(story, formed, lines[0])
    resubmit(story, lines[0])
    adjust(story, formed, lines[1], -1_000)
    question(story, lines[1])
    story.pay(formed, 5_000)
    story.pay(formed, 10_000)
    words = {
        "charge.withdrawn.v1": "line_withdrawn",
        "statement.formed.v1": "formed",
        "statement.countersigned.v1": "countersigned",
        "statement.reviewed.v1": "reviewed",
        "charge.denied.v1": "line_denied",
        "charge.resubmitted.v1": "line_resubmitted",
        "charge.adjusted.v1": "line_adjusted",
        "charge.questioned.v1": "line_questioned",
        "payment.recorded.v1": "paid",
    }
    found = [(r.topic, r.position) for r in story.log.records if r.topic in words]
    return [(words[topic], position) for topic, position in found]

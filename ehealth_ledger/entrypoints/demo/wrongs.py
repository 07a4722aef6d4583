"""Write commands that are wrong on purpose, each with the code it is to be refused with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from ehealth_ledger.entrypoints.demo import acts
from ehealth_ledger.entrypoints.demo.acts import FAMILY_FINDINGS, Treated
from ehealth_ledger.entrypoints.demo.commands import Actor, Author, Signed
from ehealth_ledger.entrypoints.demo.roles import ARRHYTHMOLOGIST, Cast, Part
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.time import Month

_PRICE: Final = b'"unit_price":'


@dataclass(frozen=True, slots=True)
class Wrong:
    """Hold a wrong command, what is wrong with it in words, and the refusal it deserves."""

    what: str
    code: str
    signed: Signed


def commands(
    author: Author, cast: Cast, contract: UUID, period: Month, now: datetime
) -> Iterator[Wrong]:
    """Write what is tried while the month is open, referrals are redeemed and some are treated."""
    staff, payer = cast.staff, cast.payer
    late, treated = cast.playing(Part.LATE)[0], cast.mover
    victim = staff.second_doctor
    forger = Actor(victim.employee, victim.legal_entity, staff.doctor.credential)
    yield Wrong(
        "A doctor signs in another doctor's name",
        "actor.not_signer",
        acts.sign_declaration(author, forger, late.id),
    )
    usurper = replace(late, doctor=staff.receptionist, referral=uuid4())
    yield Wrong(
        "The receptionist writes a referral",
        "actor.role_not_allowed",
        acts.issue_referral(author, usurper, authored_on=now),
    )
    yield Wrong(
        "A dismissed doctor signs with a revoked certificate",
        "certificate.revoked",
        acts.sign_declaration(author, staff.dismissed, late.id),
    )
    yield Wrong(
        "The receptionist registers a patient a second time",
        "patient.already_registered",
        acts.register_patient(author, staff.receptionist, replace(late, id=uuid4())),
    )
    yield Wrong(
        "One byte of a tariff is changed after signing",
        "signature.digest_mismatch",
        _altered(acts.publish_tariff(author, payer, ARRHYTHMOLOGIST, Kopiykas(19_900), period)),
    )
    others = {staff.cardiologist.employee: staff.second_cardiologist}
    other = others.get(late.performer.employee, staff.cardiologist)
    yield Wrong(
        "Another cardiologist redeems a redeemed referral",
        "referral.already_redeemed",
        acts.redeem_referral(author, other, late),
    )
    yield Wrong(
        "The hospital records a treated referral again",
        "referral.not_active",
        acts.record_visit(author, treated, 0, at=now),
    )
    yield Wrong(
        "The hospital codes a diagnosis in ICPC-2",
        "encounter.code_system_not_allowed",
        acts.record_visit(author, late, 0, at=now, findings=FAMILY_FINDINGS),
    )
    yield Wrong(
        "A command signed for another deployment",
        "content.other_ledger",
        acts.sign_declaration(Author(uuid4(), seed=author.seed), late.doctor, late.id),
    )
    yield Wrong(
        "The payer forms a statement before the cut-off",
        "statement.period_open",
        acts.form_statement(author, payer, uuid4(), contract, period),
    )


def conflict(author: Author, doctor: Actor, treated: Treated, taken: UUID) -> Wrong:
    """Write other content under a command id that stands in the ledger."""
    other = Author(author.ledger, author.now, {"command_id": str(taken)}, author.seed)
    return Wrong(
        "Other content under a command id that is taken",
        "command.conflict",
        acts.sign_declaration(other, doctor, treated.id),
    )


def _altered(signed: Signed) -> Signed:
    """Change one digit of the price inside a signed container."""
    changed = bytearray(signed.content)
    changed[signed.content.index(_PRICE) + len(_PRICE)] ^= 1
    return replace(signed, container=signed.container.replace(signed.content, bytes(changed)))

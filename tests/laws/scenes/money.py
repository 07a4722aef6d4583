"""Set accepted scenes of commands about money."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from ehealth_ledger.aggregates.charge import Charge
from ehealth_ledger.aggregates.lookups import Stated
from ehealth_ledger.aggregates.statement import Statement
from ehealth_ledger.aggregates.statement import Status as StatementStatus
from ehealth_ledger.commands.tariff import TariffRelease
from ehealth_ledger.events.charge import ChargeAccrued, ChargeWithheld
from ehealth_ledger.events.posting import transfer
from ehealth_ledger.events.tariff import TariffPublished, TariffReleased
from ehealth_ledger.pricing.charge import ContractInForce, TariffInForce
from ehealth_ledger.pricing.statement import fold
from ehealth_ledger.values.identifiers import (
    ChargeId,
    ContractId,
    LegalEntityId,
    StatementId,
    TariffId,
)
from ehealth_ledger.values.json import canonical
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.time import microseconds
from tests.laws.bench import NOW, Scene
from tests.laws.lookups import an_id
from tests.laws.scenes.common import (
    CODE,
    CONTRACT,
    DIGEST,
    ENTITY,
    FIRST_CHAIN,
    FIRST_CONTENT,
    KEY,
    MONTH,
    NEW,
    PACKAGE,
    STATEMENT,
    SYSTEM,
    contract,
    line,
    moment,
    scene,
    statement,
)

CHARGE: Final = ChargeId(an_id("charge"))


def publish_tariff() -> Scene:
    resource = {
        "id": str(NEW),
        "package": PACKAGE,
        "service": {"system": SYSTEM, "code": CODE},
        "first_day": "2027-01-01",
        "last_day": "2027-12-31",
        "unit_price": 15_000,
        "order": "наказ 1",
    }
    return scene("NHS_ADMIN_SIGNER", "tariff.publish", resource=resource)


ELDER: Final = TariffId(an_id("elder tariff"))
HALF_A_YEAR: Final = "2027-07-01"  # from which day on the elder tariff of a year is replaced


def replace_tariff() -> Scene:
    """Set a new price from the middle of a year on; its second half had another one."""
    accepted = publish_tariff()
    service = f"{SYSTEM}|{CODE}"
    return _replacing(
        accepted,
        TariffPublished(
            **ELDER_DAYS, package=PACKAGE, service=service, unit_price=Kopiykas(14_000)
        ),
    )


def replace_release() -> Scene:
    """Set new terms from the middle of a year on."""
    accepted = release_tariff()
    terms = TariffRelease.model_validate_json(canonical(accepted.content["resource"])).terms
    return _replacing(
        accepted, TariffReleased(**ELDER_DAYS, package="1", trust="CONF", terms=terms)
    )


ELDER_DAYS: Final[dict[str, Any]] = {
    "tariff": ELDER,
    "first_day": date(2027, 1, 1),
    "last_day": date(2027, 12, 31),
    "order": "наказ 0",
}


def _replacing(accepted: Scene, elder: TariffPublished | TariffReleased) -> Scene:
    accepted.content["version"] = 2
    accepted.content["resource"] |= {"replaces": str(ELDER), "first_day": HALF_A_YEAR}
    accepted.states[ELDER] = elder
    held = TariffInForce(elder.tariff, elder.package, elder.unit_price)
    days = (elder.first_day, elder.last_day, held)
    accepted.lookups.tariffs.known[elder.service] = [days]
    return accepted


def release_tariff() -> Scene:
    resource = {
        "id": str(NEW),
        "package": "1",
        "first_day": "2027-01-01",
        "last_day": "2027-12-31",
        "order": "наказ 1",
        "trust": "CONF",
        "terms": {
            "kind": "capitation",
            "base": 37_000,
            "bands": [
                {"code": "0-17", "age_from": 0, "age_to": 17, "coefficient": "2.2"},
                {"code": "18+", "age_from": 18, "age_to": None, "coefficient": "1"},
            ],
            "mountain": "1.25",
            "corrections": [
                {"code": "rural", "value": "1.1"},
                {"code": "remote", "value": "1.2"},
            ],
            "over_limit": [
                {"up_to_percent": 110, "factor": "1"},
                {"up_to_percent": 120, "factor": "0.8"},
            ],
        },
    }
    return scene("NHS_ADMIN_SIGNER", "tariff.release", resource=resource)


def release_case_mix() -> Scene:
    accepted = release_tariff()
    weights = [{"code": "A01", "value": "1.52"}, {"code": "A02", "value": "0.7"}]
    accepted.content["resource"]["terms"] = {
        "kind": "case_mix",
        "base": 1_000_000,
        "weights": weights,
    }
    return accepted


def set_cut_off() -> Scene:
    resource = {"id": str(NEW), "period": MONTH, "at": moment(days=-10)}
    return scene("NHS_ADMIN_SIGNER", "cut_off.set", resource=resource)


def form_statement() -> Scene:
    resource = {"id": str(NEW), "contract": str(CONTRACT), "package": PACKAGE, "period": MONTH}
    accepted = scene(
        "NHS_ADMIN_SIGNER", "statement.form", states={CONTRACT: contract()}, resource=resource
    )
    accepted.lookups.cut_offs.known[MONTH] = microseconds(NOW)
    accepted.lookups.statements.folds[KEY] = fold(
        KEY,
        LegalEntityId(an_id("provider")),
        LegalEntityId(ENTITY),
        [line(90), line(93, 20_000)],
    )
    return accepted


def countersign_statement() -> Scene:
    first = {
        "log": "records",
        "position": 95,
        "chain_value": FIRST_CHAIN,
        "content_digest": FIRST_CONTENT,
    }
    resource = {"statement": str(STATEMENT), "digest": DIGEST, "first": first}
    accepted = scene(
        "OWNER", "statement.countersign", states={STATEMENT: statement()}, resource=resource
    )
    accepted.lookups.statements.firsts[StatementId(STATEMENT)] = (95, FIRST_CHAIN)
    return accepted


def accept_statement() -> Scene:
    states = {STATEMENT: statement(StatementStatus.COUNTERSIGNED)}
    resource = {"statement": str(STATEMENT), "digest": DIGEST}
    return scene("NHS_ADMIN_SIGNER", "statement.accept", states=states, resource=resource)


def accrued(**other: Any) -> ChargeAccrued:
    """Make the charge of a line of the statement."""
    fields: dict[str, Any] = {
        "charge": CHARGE,
        "act_log": "records",
        "act_position": 88,
        "kind": "service",
        "provider": ENTITY,
        "performer": an_id("actor"),
        "service": f"{SYSTEM}|{CODE}",
        "day": date(2026, 10, 5),
        "payer": an_id("payer"),
        "contract": CONTRACT,
        "package": PACKAGE,
        "period": MONTH,
        "attempt": 1,
        "tariff": an_id("tariff"),
        "quantity": 1,
        "unit_price": 5_000,
        "amount": 5_000,
        "postings": transfer(
            debit="expense",
            credit="accrued",
            owner=LegalEntityId(an_id("payer")),
            counterparty=LegalEntityId(ENTITY),
            amount=5_000,
        ),
    }
    return ChargeAccrued(**(fields | other))


def review_statement() -> Scene:
    states = {
        STATEMENT: statement(StatementStatus.COUNTERSIGNED),
        CHARGE: Charge(accrued()),
    }
    denied = {
        "charge": str(CHARGE),
        "reason": "duplicate_service",
        "rule": {"id": "duplicate_service", "version": 1},
        "explanation": "Та сама послуга того ж дня",
    }
    resource = {"statement": str(STATEMENT), "digest": DIGEST, "denied": [denied]}
    return scene("NHS_ADMIN_SIGNER", "statement.review", states=states, resource=resource)


def resubmit_charge() -> Scene:
    resource = {"charge": str(CHARGE), "explanation": "Надано виписку"}
    states = {CHARGE: Charge(accrued(), denied=True)}
    accepted = scene("OWNER", "charge.resubmit", states=states, resource=resource)
    accepted.lookups.cut_offs.known[MONTH] = microseconds(NOW)
    return accepted


def withheld(**other: Any) -> ChargeWithheld:
    """Make what waits for a price: a service that had no tariff on its day."""
    fields: dict[str, Any] = {
        "kind": "service",
        "charge": CHARGE,
        "act_log": "records",
        "act_position": 88,
        "provider": ENTITY,
        "performer": an_id("actor"),
        "service": f"{SYSTEM}|{CODE}",
        "day": date(2026, 10, 5),
        "reason": "no_tariff",
    }
    return ChargeWithheld(**(fields | other))


def settle_charge() -> Scene:
    resource = {"charge": str(CHARGE), "explanation": "Тариф опубліковано заднім числом"}
    states = {CHARGE: withheld(), CONTRACT: contract(provider=ENTITY)}
    accepted = scene("NHS_ADMIN_SIGNER", "charge.settle", states=states, resource=resource)
    year = (date(2026, 1, 1), date(2026, 12, 31))
    tariff = TariffInForce(TariffId(an_id("tariff")), PACKAGE, Kopiykas(5_000))
    accepted.lookups.tariffs.known[f"{SYSTEM}|{CODE}"] = [(*year, tariff)]
    bought = ContractInForce(ContractId(CONTRACT), LegalEntityId(an_id("payer")))
    accepted.lookups.contracts.known[ENTITY] = [(*year, PACKAGE, bought)]
    accepted.lookups.cut_offs.known[MONTH] = microseconds(NOW)
    return accepted


def adjust_charge() -> Scene:
    resource = {
        "id": str(NEW),
        "charge": str(CHARGE),
        "amount": -2_000,
        "reason": "price_corrected",
        "explanation": "Тариф змінено заднім числом",
    }
    states = {CHARGE: Charge(accrued()), STATEMENT: statement(StatementStatus.ACCEPTED)}
    accepted = scene("NHS_ADMIN_SIGNER", "charge.adjust", states=states, resource=resource)
    accepted.lookups.cut_offs.known[MONTH] = microseconds(NOW)
    accepted.lookups.charges.known[CHARGE] = Stated(StatementId(STATEMENT), 90)
    return accepted


def record_payment() -> Scene:
    resource = {
        "id": str(NEW),
        "statement": str(STATEMENT),
        "amount": 15_000,
        "bank_reference": "PAY-1",
        "paid_on": "2026-11-23",
    }
    states = {STATEMENT: statement(StatementStatus.ACCEPTED)}
    return scene("NHS_ADMIN_SIGNER", "payment.record", states=states, resource=resource)


DEBT: Final = StatementId(an_id("debt"))


def debt(**other: Any) -> Statement:
    """Make a statement by which the acting institution owes fifteen hryvnias back."""
    fields = {"id": DEBT, "total": -1_500, "accepted": -1_500}
    return statement(StatementStatus.ACCEPTED, **(fields | other))


def offset_statement() -> Scene:
    resource = {
        "id": str(NEW),
        "statement": str(STATEMENT),
        "against": str(DEBT),
        "amount": 1_500,
    }
    states = {STATEMENT: statement(StatementStatus.ACCEPTED), DEBT: debt()}
    return scene("NHS_ADMIN_SIGNER", "statement.offset", states=states, resource=resource)


def record_refund() -> Scene:
    resource = {
        "id": str(NEW),
        "statement": str(DEBT),
        "amount": 1_500,
        "bank_reference": "BACK-1",
        "received_on": "2026-11-23",
    }
    return scene("NHS_ADMIN_SIGNER", "refund.record", states={DEBT: debt()}, resource=resource)


SCENES: Final[Mapping[str, Callable[[], Scene]]] = {
    "tariff.publish": publish_tariff,
    "tariff.release": release_tariff,
    "cut_off.set": set_cut_off,
    "statement.form": form_statement,
    "statement.countersign": countersign_statement,
    "statement.accept": accept_statement,
    "statement.review": review_statement,
    "charge.resubmit": resubmit_charge,
    "charge.settle": settle_charge,
    "charge.adjust": adjust_charge,
    "payment.record": record_payment,
    "statement.offset": offset_statement,
    "refund.record": record_refund,
}

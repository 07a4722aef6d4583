"""Read contracts: what was asked for and by whom signed, and how each stands as of any moment."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient

from ehealth_ledger.events.contract import ContractResumed, ContractSuspended
from projections.projectors.catalogue import MODELS
from projections.projectors.follower import Follower
from projections.projectors.rebuild import rebuild
from projections.read_models import contracts
from projections.read_models.database import connect, snapshot
from tests.projections.contract_story import Bargain, tell_contracts
from tests.projections.live import execute, findings
from tests.projections.log import HandMadeLog, silent
from tests.projections.registry_story import tell_registries

NOBODY = UUID("00000000-0000-4000-8000-000000000000")


def follow(log: HandMadeLog, read_url: str) -> None:
    Follower(log, read_url, MODELS).catch_up()


def listed(client: TestClient, **asked: Any) -> list[str]:
    return [each["contract"] for each in client.get("/contracts", params=asked).json()["contracts"]]


def test_a_request_says_whose_turn_it_is(
    log: HandMadeLog, read_url: str, client: TestClient
) -> None:
    """Asked for, signed by the payer, countersigned: each step with its record and its signer.

    `first` is what the provider's countersignature names.
    """
    bargain = Bargain(log)
    request = bargain.request()
    stages = [("requested", lambda: None), ("signed", lambda: bargain.sign(request))]
    stages.append(("concluded", lambda: bargain.countersign(request)))
    for status, happens in stages:
        happens()
        follow(log, read_url)
        told = client.get(f"/contract-requests/{request}").json()["contract_request"]
        assert told["status"] == status
    assert [each["step"] for each in told["history"]] == ["requested", "signed", "countersigned"]
    signed = log.records[told["history"][1]["position"] - 1]
    assert told["first"] == {
        "log": "records",
        "position": signed.position,
        "chain_value": signed.chain_value.hex(),
        "content_digest": "ab" * 32,
    }
    assert (told["number"], told["contract"]) == ("Д-1", str(bargain.contract))
    assert told["plan"] == [{"package": "1", "period": "2026-11", "amount": 1_000_00}]


def test_a_declined_request_says_why(log: HandMadeLog, read_url: str, client: TestClient) -> None:
    """The payer's reason is what was signed, and no contract begins."""
    bargain = Bargain(log)
    request = bargain.request()
    bargain.decline(request)
    follow(log, read_url)
    told = client.get(f"/contract-requests/{request}").json()["contract_request"]
    assert (told["status"], told["history"][-1]["reason"]) == ("declined", "Пакет уже закуплено")
    assert client.get(f"/contracts/{bargain.contract}").status_code == 404


def test_a_withdrawn_request_says_why(log: HandMadeLog, read_url: str, client: TestClient) -> None:
    """It is another end than the payer's refusal, with the provider's reason."""
    bargain = Bargain(log)
    request = bargain.request()
    bargain.sign(request)
    bargain.withdraw(request)
    follow(log, read_url)
    told = client.get(f"/contract-requests/{request}").json()["contract_request"]
    steps = [each["step"] for each in told["history"]]
    assert (told["status"], steps) == ("withdrawn", ["requested", "signed", "withdrawn"])
    assert told["history"][-1]["reason"] == "Помилка в днях"
    assert asked_for(client, status="withdrawn") == [str(request)]
    assert asked_for(client, status="declined") == []


@pytest.fixture
def waiting(log: HandMadeLog, read_url: str) -> dict[str, UUID]:
    """Leave a request at each of its stages; the last two are of one provider."""
    provider, payer = uuid4(), uuid4()
    bargains = [Bargain(log), Bargain(log), Bargain(log, provider, payer)]
    bargains.append(Bargain(log, provider, payer))
    stages = ("requested", "signed", "declined", "concluded")
    found = {name: each.request() for name, each in zip(stages, bargains, strict=True)}
    bargains[1].sign(found["signed"])
    bargains[2].decline(found["declined"])
    bargains[3].sign(found["concluded"])
    bargains[3].countersign(found["concluded"])
    follow(log, read_url)
    return {**found, "provider": provider}


def asked_for(client: TestClient, **asked: Any) -> list[str]:
    told = client.get("/contract-requests", params=asked).json()["contract_requests"]
    return [each["request"] for each in told]


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ({}, "requested signed declined concluded"),
        ({"status": "requested"}, "requested"),
        ({"status": "signed"}, "signed"),
        ({"status": "declined"}, "declined"),
        ({"status": "concluded"}, "concluded"),
        ({"provider": "provider"}, "declined concluded"),
        ({"provider": "provider", "status": "requested"}, ""),
        ({"provider": "requested"}, ""),
    ],
)
def test_the_payer_finds_what_waits_for_a_signature(
    waiting: dict[str, UUID], client: TestClient, asked: dict[str, str], kept: str
) -> None:
    """Whoever is to sign need not be told an id first: the status says whose turn it is."""
    if "provider" in asked:
        asked = {**asked, "provider": str(waiting[asked["provider"]])}
    assert asked_for(client, **asked) == [str(waiting[each]) for each in kept.split()]


def test_pages_of_requests_are_stable_while_they_are_signed(
    log: HandMadeLog, waiting: dict[str, UUID], read_url: str, client: TestClient
) -> None:
    """Each comes once, as its row stands; what was known before is still answered as it was."""
    first = client.get("/contract-requests", params={"limit": 1}).json()
    then = len(log.records)
    late = Bargain(log)
    late.sign(waiting["requested"])
    new = late.request()
    follow(log, read_url)
    found = [each["request"] for each in first["contract_requests"]]
    found += asked_for(client, after=first["next"])
    stages = ("requested", "signed", "declined", "concluded")
    assert found == [*(str(waiting[each]) for each in stages), str(new)]
    assert asked_for(client, status="requested") == [str(new)]
    assert asked_for(client, status="requested", at_position=then) == [str(waiting["requested"])]


def test_a_contract_keeps_the_history_of_its_standing(
    log: HandMadeLog, read_url: str, client: TestClient
) -> None:
    """Terms, doctors and plan as last agreed; every step that led there, reasons included."""
    bargain = tell_contracts(log, uuid4(), uuid4())
    follow(log, read_url)
    told = client.get(f"/contracts/{bargain.contract}").json()["contract"]
    assert (told["status"], told["last_day"], told["packages"]) == (
        "terminated",
        "2026-11-30",
        ["1"],
    )
    assert told["divisions"] == [str(bargain.division)]
    assert told["employees"] == [
        {
            "employee": str(bargain.doctor),
            "division": str(bargain.division),
            "declaration_limit": 1_800,
        }
    ]
    assert told["corrections"] == [{"package": "1", "code": "rural"}]
    steps = told["history"]
    assert [each["step"] for each in steps] == [
        *("concluded", "amended", "suspended", "resumed", "terminated")
    ]
    assert (steps[0]["packages"], steps[1]["removed"]) == (["1", "9"], ["9"])
    assert [each.get("reason") for each in steps[2:]] == [
        *("Перевірка", "Перевірка", "За згодою сторін")
    ]
    for each in steps:
        assert each["command_id"] == str(log.records[each["position"] - 1].command_id)


def test_a_contract_suspended_twice_rests_once(
    log: HandMadeLog, read_url: str, client: TestClient
) -> None:
    """With its institution and then by itself: one span of days, until it is resumed."""
    bargain = Bargain(log)
    bargain.conclude()
    for each in (ContractSuspended, ContractSuspended, ContractResumed):
        bargain.stand(each)
    follow(log, read_url)
    told = client.get(f"/contracts/{bargain.contract}").json()["contract"]
    assert told["suspensions"] == [{"since": "2026-11-23", "until": "2026-11-23"}]
    assert [each["step"] for each in told["history"]][1:] == ["suspended", "suspended", "resumed"]


@pytest.fixture
def bought(log: HandMadeLog, read_url: str) -> dict[str, Bargain]:
    """Conclude contracts that differ by one thing each."""
    provider, payer = uuid4(), uuid4()
    found = {
        "primary": Bargain(log, provider, payer),
        "hospital": Bargain(log, provider, payer, "MEDICAL_SERVICES", ("3",)),
        "pharmacy": Bargain(log, uuid4(), payer, "REIMBURSEMENT", ("9",)),
        "suspended": Bargain(log, uuid4(), uuid4(), "MEDICAL_SERVICES", ("3",)),
        "ended": Bargain(log, uuid4(), payer, "MEDICAL_SERVICES", ("3", "1")),
    }
    for each in found.values():
        each.conclude()
    found["suspended"].stand(ContractSuspended)  # on 23 November, Kyiv
    found["ended"].terminate(date(2026, 11, 25))
    follow(log, read_url)
    return found


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ({}, "primary hospital pharmacy suspended ended"),
        ({"provider": "primary"}, "primary hospital"),
        ({"payer": "suspended"}, "suspended"),
        ({"kind": "MEDICAL_SERVICES"}, "hospital suspended ended"),
        ({"status": "active"}, "primary hospital pharmacy"),
        ({"status": "suspended"}, "suspended"),
        ({"status": "terminated"}, "ended"),
        ({"package": "9"}, "primary pharmacy"),
        ({"package": "1"}, "primary ended"),
        ({"package": "11"}, ""),
        ({"package": "1", "kind": "CAPITATION"}, "primary"),
        ({"in_force_on": "2025-12-31"}, ""),
        ({"in_force_on": "2026-01-01"}, "primary hospital pharmacy suspended ended"),
        ({"in_force_on": "2026-11-22"}, "primary hospital pharmacy suspended ended"),
        ({"in_force_on": "2026-11-23"}, "primary hospital pharmacy ended"),
        ({"in_force_on": "2026-11-25"}, "primary hospital pharmacy ended"),
        ({"in_force_on": "2026-11-26"}, "primary hospital pharmacy"),
        ({"in_force_on": "2026-11-26", "package": "3"}, "hospital"),
        ({"in_force_on": "2027-01-01"}, ""),
    ],
)
def test_filters_keep_what_was_asked_for(
    bought: dict[str, Bargain], client: TestClient, asked: dict[str, str], kept: str
) -> None:
    """Each filter narrows; a suspended or ended contract is in force up to the day before."""
    named = {
        name: str(getattr(bought[value], name)) if name in ("provider", "payer") else value
        for name, value in asked.items()
    }
    assert listed(client, **named) == [str(bought[each].contract) for each in kept.split()]


DECEMBER = date(2026, 12, 1)


def test_a_contract_says_from_when_to_when_which_terms_count(
    log: HandMadeLog, read_url: str, client: TestClient
) -> None:
    """What was agreed last stands on top; each span of days has its terms, up to the end."""
    bargain = Bargain(log)
    bargain.conclude()
    beginning = {"first_day": "2026-01-01", "last_day": "2026-11-30", "packages": ["1", "9"]}
    amendment = bargain.amend("1", "3", counts_from=DECEMBER)
    follow(log, read_url)
    told = client.get(f"/contracts/{bargain.contract}").json()["contract"]
    assert told["packages"] == ["1", "3"]
    assert told["history"][-1]["counts_from"] == "2026-12-01"
    december = {"first_day": "2026-12-01", "last_day": "2026-12-31", "packages": ["1", "3"]}
    assert [_of(each, december) for each in told["terms"]] == [beginning, december]
    asked = client.get(f"/contract-requests/{amendment}").json()["contract_request"]
    assert asked["counts_from"] == "2026-12-01"
    bargain.terminate(date(2026, 12, 15))
    follow(log, read_url)
    told = client.get(f"/contracts/{bargain.contract}").json()["contract"]
    assert told["terms"][1]["last_day"] == "2026-12-15"
    bargain.terminate(date(2026, 6, 30))
    follow(log, read_url)
    told = client.get(f"/contracts/{bargain.contract}").json()["contract"]
    assert [_of(each, december) for each in told["terms"]] == [
        beginning | {"last_day": "2026-06-30"}
    ]


def _of(span: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    return {name: span[name] for name in names}


def test_an_amendment_without_a_day_counts_for_all_of_them(
    log: HandMadeLog, read_url: str, client: TestClient
) -> None:
    """As an earlier build recorded it; a later one begins a span of its own."""
    bargain = Bargain(log)
    bargain.conclude()
    bargain.amend("3")
    bargain.amend("11", counts_from=DECEMBER)
    follow(log, read_url)
    told = client.get(f"/contracts/{bargain.contract}").json()["contract"]
    assert [(each["first_day"], each["packages"]) for each in told["terms"]] == [
        ("2026-01-01", ["3"]),
        ("2026-12-01", ["11"]),
    ]
    assert [each["counts_from"] for each in told["history"][1:]] == ["2026-01-01", "2026-12-01"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"package": "9"}, True),
        ({"package": "3"}, True),
        ({"package": "11"}, False),
        ({"package": "9", "in_force_on": "2026-11-30"}, True),
        ({"package": "9", "in_force_on": "2026-12-01"}, False),
        ({"package": "3", "in_force_on": "2026-11-30"}, False),
        ({"package": "3", "in_force_on": "2026-12-01"}, True),
        ({"package": "1", "in_force_on": "2026-11-30"}, True),
        ({"package": "1", "in_force_on": "2027-01-01"}, False),
    ],
)
def test_what_is_bought_is_asked_of_a_day(
    log: HandMadeLog, read_url: str, client: TestClient, asked: dict[str, str], found: bool
) -> None:
    """Package 9 is bought up to November, package 3 from December on."""
    bargain = Bargain(log)
    bargain.conclude()
    bargain.amend("1", "3", counts_from=DECEMBER)
    follow(log, read_url)
    assert listed(client, **asked) == ([str(bargain.contract)] if found else [])


def test_a_resumed_contract_is_in_force_again(
    log: HandMadeLog, bought: dict[str, Bargain], read_url: str, client: TestClient
) -> None:
    """What was known before is still answered as it was known."""
    then = len(log.records)
    bought["suspended"].stand(ContractResumed)
    follow(log, read_url)
    resumed = str(bought["suspended"].contract)
    assert resumed in listed(client, in_force_on="2026-11-23")
    assert resumed not in listed(client, in_force_on="2026-11-23", at_position=then)


def test_pages_are_stable_under_writes(
    log: HandMadeLog, bought: dict[str, Bargain], read_url: str, client: TestClient
) -> None:
    """Contracts concluded, changed or rebuilt while somebody pages shift no page."""
    expected = [str(each.contract) for each in bought.values()]
    first = client.get("/contracts", params={"limit": 2}).json()
    bought["primary"].stand(ContractSuspended)
    late = Bargain(log)
    late.conclude()
    follow(log, read_url)
    rebuild(log, read_url, "contracts", silent)
    found = [each["contract"] for each in first["contracts"]]
    found += listed(client, after=first["next"])
    assert found == [*expected, str(late.contract)]


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        (f"/contracts/{NOBODY}", 404, "read_model.not_found $.id"),
        (f"/contract-requests/{NOBODY}", 404, "read_model.not_found $.id"),
        ("/contracts/1", 400, "request.invalid_parameter $.id"),
        (f"/contracts/{NOBODY}?x=1", 400, "request.unknown_parameter $"),
        (f"/contract-requests/{NOBODY}?x=1", 400, "request.unknown_parameter $"),
        ("/contract-requests?payer=x", 400, "request.unknown_parameter $"),
        ("/contract-requests?provider=x", 400, "request.invalid_parameter $.provider"),
        ("/contract-requests?status=active", 400, "request.invalid_parameter $.status"),
        ("/contract-requests?limit=0", 400, "request.invalid_parameter $.limit"),
        ("/contracts?providor=x", 400, "request.unknown_parameter $"),
        ("/contracts?provider=x", 400, "request.invalid_parameter $.provider"),
        ("/contracts?payer=x", 400, "request.invalid_parameter $.payer"),
        ("/contracts?kind=x", 400, "request.invalid_parameter $.kind"),
        ("/contracts?status=x", 400, "request.invalid_parameter $.status"),
        ("/contracts?package=a%00b", 400, "request.invalid_parameter $.package"),
        ("/contracts?in_force_on=2026-02-30", 400, "request.invalid_parameter $.in_force_on"),
        ("/contracts?limit=0", 400, "request.invalid_parameter $.limit"),
    ],
)
@pytest.mark.usefixtures("bought")
def test_a_question_with_no_answer_is_refused(
    client: TestClient, address: str, status: int, said: str
) -> None:
    """Nothing is guessed: an unknown filter is not read as no filter."""
    answer = client.get(address)
    assert (answer.status_code, answer.text) == (status, said)


def test_an_institution_is_named_as_it_was_called_then(log: HandMadeLog, read_url: str) -> None:
    """What is printed of a statement does not change when an institution changes its name."""
    entity = uuid4()
    tell_registries(log, entity, uuid4(), uuid4())
    follow(log, read_url)
    mine = [each.position for each in log.records if each.stream_id == entity]
    registered, _, renamed = mine[:3]
    with connect(read_url) as connection, snapshot(connection, contracts.MODEL) as seen:
        before, after = (
            contracts.parties(seen, [entity, NOBODY], at)[entity] for at in (registered, renamed)
        )
        assert contracts.parties(seen, [entity], registered - 1) == {}
    assert (before.name, after.name) == ("Клініка", "Клініка № 2")
    assert before.edrpou == after.edrpou == "30000001"


def test_a_contract_has_its_number_once_it_is_concluded(log: HandMadeLog, read_url: str) -> None:
    """What is printed as of a position does not know a number that was agreed on later."""
    bargain = Bargain(log)
    bargain.conclude()
    follow(log, read_url)
    concluded = next(r.position for r in log.records if r.topic == "contract.concluded.v1")
    with connect(read_url) as connection, snapshot(connection, contracts.MODEL) as seen:
        assert contracts.number(seen, bargain.contract, concluded) == "Д-1"
        assert contracts.number(seen, bargain.contract, concluded - 1) is None
        assert contracts.number(seen, NOBODY, concluded) is None


def test_an_altered_contract_is_found(log: HandMadeLog, read_url: str) -> None:
    """A package slipped into the read model is named by the comparison with the log."""
    bargain = tell_contracts(log, uuid4(), uuid4())
    follow(log, read_url)
    assert findings(log, read_url, "contracts") == []
    execute(read_url, "UPDATE contract SET document = replace(document, '[\"1\"]', '[\"7\"]')")
    assert f"altered: contract {bargain.contract}" in findings(log, read_url, "contracts")

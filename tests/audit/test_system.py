"""What the system did by itself is proved again: its key, its reason, its moment, its law."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import pytest

from ehealth_ledger.store.envelope import Envelope
from ehealth_ledger.store.secrets import SigningKey
from ehealth_ledger.verification.ledger_key import _parts, contain
from tests.audit.conftest import Audited
from tests.audit.forger import Forger
from tests.audit.test_forgeries import forging

OTHER_KEY: Final = SigningKey(bytes(range(32)))


def _signed_again(
    audited: Audited, change: Callable[[bytes], bytes], key: SigningKey | None = None
) -> Callable[[Envelope], Envelope]:
    """Sign other content as the ledger does, with its real key unless said."""
    key = audited.signing_key if key is None else key

    def changed(envelope: Envelope) -> Envelope:
        content = change(envelope.content)
        container = contain(content, key.public, key.sign)
        return envelope._replace(content=content, container=_parts(container))

    return changed


def _replaced(pattern: bytes, by: bytes) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        changed, count = re.subn(pattern, by, content)
        assert count, pattern
        return changed

    return change


def _update(**fields: Any) -> Callable[[Any], Any]:
    return lambda fact: fact.model_copy(update=fields)


def _says(pattern: bytes, by: bytes) -> Callable[[Forger, Audited], object]:
    return lambda f, a: f.envelope(a.place("expiry"), _signed_again(a, _replaced(pattern, by)))


def _other_key(forger: Forger, audited: Audited) -> None:
    """Sign with a key that is in the evidence, whole and well, and that no genesis names."""
    from hashlib import sha256

    digest = sha256(OTHER_KEY.public).digest()
    forger.connection.execute(
        "INSERT INTO evidence (digest, kind, bytes) VALUES (%s, 'ledger_key', %s)",
        (digest, OTHER_KEY.public),
    )
    forger.envelope(
        audited.place("expiry"),
        lambda e: _signed_again(audited, lambda c: c, OTHER_KEY)(e)._replace(
            certificate_digest=digest
        ),
    )


Forgery = Callable[[Forger, Audited], object]
# What is done | the kind | where it is named first
FORGERIES: Final[dict[str, tuple[Forgery, str, str]]] = {
    "a reason that stands after it": (
        _says(rb'"position":\d+', b'"position":100000'),
        "due.invalid",
        "expiry",
    ),
    "a reason that made nothing due": (
        _says(rb'"position":\d+', b'"position":1'),
        "due.invalid",
        "expiry",
    ),
    "a reason that made something else due": (
        lambda f, a: f.envelope(
            a.place("expiry"),
            _signed_again(
                a,
                _replaced(
                    rb'"position":\d+',
                    b'"position":%d' % (a.place("redemption of first visit") - 1),
                ),
            ),
        ),
        "due.invalid",
        "expiry",
    ),
    "another rule": (_says(rb'"rule":"[^"]*"', b'"rule":"whim"'), "due.invalid", "expiry"),
    "content under the old signature": (
        lambda f, a: f.envelope(
            a.place("expiry"),
            lambda e: e._replace(content=_replaced(rb'"rule":"', b'"rule":"_')(e.content)),
        ),
        "signature.invalid",
        "expiry",
    ),
    "another key under the ledger's name": (
        lambda f, a: f.envelope(a.place("expiry"), _signed_again(a, lambda c: c, OTHER_KEY)),
        "signature.invalid",
        "expiry",
    ),
    "another key that is in the evidence": (_other_key, "signature.invalid", "expiry"),
    "a trust store that was never consulted": (
        lambda f, a: f.envelope(a.place("expiry"), lambda e: e._replace(trust_store=bytes(32))),
        "signature.invalid",
        "expiry",
    ),
    "the policy of people": (
        lambda f, a: f.envelope(a.place("expiry"), lambda e: e._replace(policy="ehealth/policy/1")),
        "evidence.altered",
        "expiry",
    ),
    "a person's act under the ledger's key": (
        lambda f, a: f.envelope(
            a.place("first visit"),
            lambda e: _signed_again(a, lambda c: c)(e)._replace(
                policy="ehealth/ledger-key/1", suite="ed25519", trust_store=b"", revocation=()
            ),
        ),
        "evidence.altered",
        "first visit",
    ),
    "a moment that had not come": (
        lambda f, a: f.body(a.place("expiring referral"), _update(expires_at=4 * 10**15)),
        "due.invalid",
        "expiry",
    ),
    "what the law would not say": (
        lambda f, a: f.body(a.place("expiry"), _update(expired_at=1)),
        "due.invalid",
        "expiry",
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_act_of_the_system_is_named(audited: Audited, forgery: str) -> None:
    """The operator signs with the ledger's key whatever he likes; the log contradicts him."""
    forge, kind, place = FORGERIES[forgery]
    with forging(audited) as forger:
        forge(forger, audited)
    found = [each for each in audited.verify().findings if each.kind != "index.altered"]
    assert found, "nothing was found"
    assert found[0].position == audited.place(place), found
    assert kind in {str(each.kind) for each in found if each.position == audited.place(place)}


def test_an_act_on_something_settled_is_named(audited: Audited) -> None:
    """A deadline that was settled before makes nothing due: here the referral was completed."""
    issued = audited.place("redemption of first visit") - 1
    completed = audited.place("first visit + 2")
    with forging(audited) as forger:
        referral = forger.body(issued, _update(expires_at=1)).stream_id
        reason = _replaced(rb'"position":\d+', b'"position":%d' % issued)
        thing = _replaced(rb'"referral":"[^"]*"', b'"referral":"%s"' % str(referral).encode())
        forger.envelope(audited.place("expiry"), _signed_again(audited, lambda c: thing(reason(c))))
    details = {
        each.detail
        for each in audited.verify().findings
        if (each.kind, each.position) == ("due.invalid", audited.place("expiry"))
    }
    assert details == {f"position {completed} had settled it"}

"""Give tests one authority of invented people, a doctor of it, and a verifier that trusts it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ehealth_ledger.entrypoints.demo.authority import Authority, Credential
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.verification.revocation import RevocationLists
from ehealth_ledger.verification.trust_store import TrustStore
from ehealth_ledger.verification.verifier import Verifier


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def authority(now: datetime) -> Authority:
    return Authority.create("Verification Test", now)


@pytest.fixture(scope="session")
def trust(authority: Authority) -> TrustStore:
    return TrustStore.load(authority.trust_store())


@pytest.fixture(scope="session")
def verifier(authority: Authority, trust: TrustStore, now: datetime) -> Verifier:
    return Verifier(trust, RevocationLists(authority.crls(now)))


@pytest.fixture(scope="session")
def doctor(authority: Authority) -> Credential:
    return authority.issue("Вигадана Олена Тестівна", "1234567899", "12345678", "Вигадана лікарня")


@pytest.fixture(scope="session")
def content() -> bytes:
    return '{"command": "referral.issue", "note": "вигадано"}'.encode()


@pytest.fixture(scope="session")
def cades(content: bytes, doctor: Credential) -> bytes:
    return sign_cades(content, doctor)

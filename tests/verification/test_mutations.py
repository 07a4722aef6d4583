"""Change any byte of a valid container: the answer is a refusal or the same content."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ehealth_ledger.entrypoints.demo.authority import Credential
from ehealth_ledger.entrypoints.demo.cades import sign_cades, sign_jws
from ehealth_ledger.errors import Refusal
from ehealth_ledger.verification.containers import CMS, JOSE, reassemble
from ehealth_ledger.verification.der import children, encode, read
from ehealth_ledger.verification.verifier import Verifier, _check_form, _check_signature

# The library warns of what it dislikes in a certificate before it refuses it, or does not.
pytestmark = pytest.mark.filterwarnings("ignore")
THOROUGH = settings(max_examples=1500, deadline=None)


def judge(
    verifier: Verifier, container: bytes, media_type: str, content: bytes, now: datetime
) -> None:
    """Accept a refusal, or the same content from a container that can be put together again."""
    try:
        opened = verifier.open(container, media_type, at=now)
    except Refusal:
        return
    assert opened.content == content
    parts, certificate = opened.evidence.container, opened.evidence.certificate
    assert reassemble(parts, opened.content, certificate) == container


# Places are drawn as large numbers and taken modulo the length: signatures differ in it.
PLACES = st.integers(0, 10**6)


@pytest.fixture(scope="module")
def full_cades(doctor: Credential, content: bytes, now: datetime) -> bytes:
    return sign_cades(content, doctor, signing_time=now, embed_chain=True)


@pytest.fixture(scope="module")
def jws(doctor: Credential, content: bytes) -> bytes:
    return sign_jws(content, doctor, embed_chain=True).encode("ascii")


def with_byte_changed(container: bytes, place: int, bits: int) -> bytes:
    changed = bytearray(container)
    changed[place % len(container)] ^= bits
    return bytes(changed)


@THOROUGH
@given(place=PLACES, bits=st.integers(1, 255))
def test_one_changed_byte_of_a_cades(
    place: int, bits: int, full_cades: bytes, verifier: Verifier, content: bytes, now: datetime
) -> None:
    """No byte changes what is believed, and none breaks anything."""
    judge(verifier, with_byte_changed(full_cades, place, bits), CMS, content, now)


@THOROUGH
@given(place=PLACES, bits=st.integers(1, 255))
def test_one_changed_byte_of_a_jws(
    place: int, bits: int, jws: bytes, verifier: Verifier, now: datetime
) -> None:
    """Nothing of a JWS is unsigned: every change of a byte is refused."""
    with pytest.raises(Refusal):
        verifier.open(with_byte_changed(jws, place, bits), JOSE, at=now)


@THOROUGH
@given(place=PLACES, cut=st.integers(0, 8), put=st.binary(max_size=8))
def test_bytes_inserted_or_cut_out(
    place: int,
    cut: int,
    put: bytes,
    full_cades: bytes,
    verifier: Verifier,
    content: bytes,
    now: datetime,
) -> None:
    """Lengths that no longer fit are refused and nothing else."""
    start = place % (len(full_cades) + 1)
    changed = full_cades[:start] + put + full_cades[start + cut :]
    judge(verifier, changed, CMS, content, now)


@settings(max_examples=1000, deadline=None)
@given(container=st.binary(max_size=200), media_type=st.sampled_from([CMS, JOSE]))
def test_any_bytes_at_all(container: bytes, media_type: str) -> None:
    """Rubbish is refused with a code."""
    with pytest.raises(Refusal):
        _check_signature(_check_form(container, media_type))


@given(
    tag=st.integers(0, 255).filter(lambda tag: tag & 0x1F != 0x1F),
    contents=st.lists(st.integers(0, 300).map(bytes) | st.just(bytes(70_000)), max_size=4),
)
@settings(deadline=None)
def test_der_read_undoes_encode(tag: int, contents: list[bytes]) -> None:
    """A value written is the value read, at every form of length."""
    inner = [encode(tag, content) for content in contents]
    encoded = encode(0x30, *inner)
    found, start, end = read(encoded, 0)

    assert (found, end) == (0x30, len(encoded))
    values = children(encoded, start, end)
    assert [encoded[at:after] for at, _, _, after in values] == inner
    assert [encoded[content:after] for _, _, content, after in values] == contents


@given(data=st.binary(max_size=12), offset=st.integers(0, 12))
def test_der_read_raises_nothing_but_value_error(data: bytes, offset: int) -> None:
    """Any header is read inside the buffer or refused, and is then the one shortest form."""
    try:
        tag, start, end = read(data, offset)
    except ValueError:
        return
    assert start <= end <= len(data)
    assert encode(tag, data[start:end]) == data[offset:end]

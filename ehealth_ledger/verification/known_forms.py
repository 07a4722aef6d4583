"""Recognise a stored CMS container whose form was read before, so that it need not be read again.

One person's signatures differ in the content and in three values: the digest of the content, the
time of signing, the signature. DER says nothing about the bytes within such a value. So a container
that is byte for byte another one, but for values of the same lengths, and whose head is the one way
to write its lengths, has the form that the other had: same parts, certificate, algorithms and named
certificate. What was checked of those is true of it too; whatever does not fit is read from the
beginning.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from ehealth_ledger.commands.signed import Evidence
from ehealth_ledger.verification import cms
from ehealth_ledger.verification.algorithms import Suite
from ehealth_ledger.verification.containers import CMS, SignedContainer
from ehealth_ledger.verification.policy import CONTAINER_BYTES_MAX

KNOWN_FORMS_MAX: Final = 4096  # a person's signatures have three lengths or so
CACHED_HEADS_MAX: Final = 4096


class _Known(NamedTuple):
    """Hold a form that was sound, and where another container of it may differ, in its tail."""

    signed: SignedContainer
    suite: Suite
    algorithms: bytes  # of the head: version and digestAlgorithms
    fixed: tuple[tuple[slice, bytes], ...]  # what every tail of this form holds, and where
    digest: slice
    attributes: slice  # without their tag
    signature: slice


class KnownForms:
    """Remember forms by certificate, what stands before it, and the length of what follows it."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, bytes, int], _Known] = {}

    def __len__(self) -> int:
        return len(self._known)

    def find(self, evidence: Evidence, content: bytes) -> tuple[SignedContainer, Suite] | None:
        """Return what reading the container would yield; None where that has to be done."""
        container, certificate = evidence.container, evidence.certificate
        middle, tail = container.middle, container.tail
        known = self._known.get((certificate, middle, len(tail)))
        if known is None or container.media_type != CMS or not content:
            return None
        for place, expected in known.fixed:
            if tail[place] != expected:
                return None
        behind = len(middle) + len(certificate) + len(tail)
        if len(container.head) + len(content) + behind > CONTAINER_BYTES_MAX:
            return None
        if container.head != _head(known.algorithms, len(content), behind):
            return None
        was = known.signed
        signed = SignedContainer(
            *(content, container, was.certificate, was.embedded, was.algorithms, was.named),
            *(tail[known.digest], cms.signed_attributes(tail[known.attributes])),
            tail[known.signature],
        )
        return signed, known.suite

    def learn(self, container: bytes, signed: SignedContainer, suite: Suite) -> None:
        """Remember the form of a CMS container that steps 1 to 5 have found sound."""
        places = cms.places(container)
        behind_tail = len(container) - len(signed.parts.tail)
        if places.changing[0].start < behind_tail:
            return
        in_tail = [_moved(each, behind_tail) for each in places.changing]
        fixed = tuple((each, signed.parts.tail[each]) for each in _between(in_tail))
        if len(self._known) >= KNOWN_FORMS_MAX:
            self._known.pop(next(iter(self._known)), None)
        key = (signed.certificate.der, signed.parts.middle, len(signed.parts.tail))
        # Nothing of what was signed stays: contents are large, and somebody's.
        empty = signed._replace(content=b"", signed=b"", signature=b"")
        self._known[key] = _Known(
            *(empty, suite, container[places.algorithms], fixed),
            *(_moved(places.digest, behind_tail), _moved(places.attributes, behind_tail)),
            _moved(places.signature, behind_tail),
        )


def _moved(place: slice, by: int) -> slice:
    return slice(place.start - by, place.stop - by)


def _between(changing: list[slice]) -> Iterator[slice]:
    """List what lies between the places, from the beginning to the end."""
    yield slice(0, changing[0].start)
    for before, after in pairwise(changing):
        yield slice(before.stop, after.start)
    yield slice(changing[-1].stop, None)


@lru_cache(maxsize=CACHED_HEADS_MAX)
def _head(algorithms: bytes, content: int, behind: int) -> bytes:
    """Write all that stands before the content, in the one way that DER has for these lengths."""
    return cms.head(algorithms, content, behind)

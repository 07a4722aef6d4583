"""Compute every published format again, from its description alone.

Nothing of the product is imported here.
"""

from __future__ import annotations

import hmac
import json
import struct
from base64 import b64encode
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.http import auditor

Case = dict[str, Any]
RECORD_FIELDS = (
    *("ledger", "log", "position", "command_id", "fact_index", "fact_count", "stream_id"),
    *("stream_version", "topic", "recorded_at", "key_id", "body_digest", "envelope_digest"),
    "previous",
)
ENVELOPE_FIELDS = (
    *("media_type", "content", "head", "middle", "tail", "certificate_digest", "suite"),
    *("verdict", "trust_store", "revocation", "policy", "verified_at", "client"),
)
_UUIDS = {"ledger", "command_id", "stream_id", "key_id"}
_TEXTS = {"log", "topic", "media_type", "suite", "verdict", "policy", "client"}


def fields(*values: bytes | str | int | UUID) -> bytes:
    """Precede each value by its length: 4 bytes, big-endian."""
    written = b""
    for value in values:
        if isinstance(value, str):
            piece = value.encode()
        elif isinstance(value, int):
            piece = struct.pack(">q", value)
        elif isinstance(value, UUID):
            piece = value.bytes
        else:
            piece = value
        written += struct.pack(">I", len(piece)) + piece
    return written


def unfold(encoded: bytes) -> list[bytes]:
    """Split fields; raise ValueError where a length does not fit."""
    pieces, at = [], 0
    while at < len(encoded):
        if at + 4 > len(encoded):
            raise ValueError("cut short")
        (length,) = struct.unpack_from(">I", encoded, at)
        if at + 4 + length > len(encoded):
            raise ValueError("cut short")
        pieces.append(encoded[at + 4 : at + 4 + length])
        at += 4 + length
    return pieces


def _typed(name: str, value: Any) -> Any:
    if isinstance(value, int):
        return value
    if name in _UUIDS:
        return UUID(value)
    return value if name in _TEXTS else bytes.fromhex(value)


def holds_record(case: Case) -> bool:
    """Tell whether record bytes and chain value are those of the columns."""
    columns = case["columns"]
    values = [_typed(name, columns[name]) for name in RECORD_FIELDS]
    record = fields("ehealth/record/1", *values)
    chain_value = sha256(b"\x00" + record).hexdigest()
    return (record.hex(), chain_value) == (case["record"], case["chain_value"])


def holds_genesis(case: Case) -> bool:
    """Tell whether the value is the one a log begins with."""
    start = fields("ehealth/genesis/1", UUID(case["ledger"]), case["log"])
    return sha256(start).hexdigest() == case["genesis_value"]


def blob_key(case: Case) -> bytes:
    """Derive the blob's own key from the subject's (RFC 5869)."""
    place = (
        *(case["purpose"], UUID(case["ledger"]), case["log"]),
        *(UUID(case["command_id"]), case["fact_index"]),
    )
    extracted = hmac.digest(b"ehealth/blob/1", bytes.fromhex(case["subject_key"]), "sha256")
    return hmac.digest(extracted, fields(*place) + b"\x01", "sha256")


def associated_data(case: Case) -> bytes:
    """Name the place the blob belongs to."""
    place = (
        *(case["purpose"], UUID(case["ledger"]), case["log"]),
        *(UUID(case["command_id"]), case["fact_index"], UUID(case["key_id"])),
    )
    written = fields("ehealth/blob/1", *place)
    if case["purpose"] == "body":
        written += fields(UUID(case["stream_id"]), case["stream_version"], case["topic"])
    return written


def holds_blob(case: Case) -> bool:
    """Tell whether the blob opens to the plaintext, and has the key and data it says."""
    k, about, blob = blob_key(case), associated_data(case), bytes.fromhex(case["blob"])
    if (k.hex(), about.hex()) != (case["k"], case["associated_data"]):
        return False
    if blob[:33] != b"\x01" + sha256(b"ehealth/key/1" + k).digest():
        return False
    try:
        opened = AESGCM(k).decrypt(blob[33:45], blob[45:], about)
    except InvalidTag:
        return False
    return opened.hex() == case["plaintext"] and blob[33:45].hex() == case["nonce"]


def envelope(columns: Case) -> bytes:
    """Write an envelope."""
    return fields("ehealth/envelope/1", *(_typed(name, columns[name]) for name in ENVELOPE_FIELDS))


def holds_envelope(case: Case) -> bool:
    """Tell whether the bytes are an envelope of these fields."""
    try:
        pieces = unfold(bytes.fromhex(case["envelope"]))
    except ValueError:
        return False
    return len(pieces) == 14 and envelope(case["fields"]).hex() == case["envelope"]


def personal_envelope(columns: Case) -> bytes:
    """Write an envelope of what a patient signed: the certificate is its last field."""
    told = (_typed(name, columns[name]) for name in ENVELOPE_FIELDS)
    return fields("ehealth/envelope/2", *told, bytes.fromhex(columns["certificate"]))


def holds_personal_envelope(case: Case) -> bool:
    """Tell whether the bytes are such an envelope, with the certificate its digest names."""
    told = case["fields"]
    try:
        pieces = unfold(bytes.fromhex(case["envelope"]))
    except ValueError:
        return False
    named = sha256(bytes.fromhex(told["certificate"])).hexdigest() == told["certificate_digest"]
    return len(pieces) == 15 and named and personal_envelope(told).hex() == case["envelope"]


def root_of(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Climb from a leaf to the root (RFC 9162 section 2.1.3.2).

    Raise ValueError for another path.
    """
    if not 0 <= index < size:
        raise ValueError("outside the tree")
    value, last, rest = leaf, size - 1, list(path)
    while last > 0:
        if index % 2 or index != last:
            if not rest:
                raise ValueError("too short")
            sibling = rest.pop(0)
            pair = sibling + value if index % 2 else value + sibling
            value = sha256(b"\x01" + pair).digest()
        index, last = index // 2, last // 2
    if rest:
        raise ValueError("too long")
    return value


def holds_inclusion(case: Case) -> bool:
    """Tell whether the path proves the entry under the root."""
    leaf = sha256(b"\x00" + bytes.fromhex(case["entry"])).digest()
    path = [bytes.fromhex(each) for each in case["path"]]
    try:
        return root_of(leaf, case["index"], case["size"], path).hex() == case["root"]
    except ValueError:
        return False


def receipt_statement(case: Case) -> bytes:
    """Write what a receipt states."""
    placed = case["placement"]
    return fields(
        "ehealth/receipt/1",
        *(UUID(placed["ledger"]), placed["log"], UUID(placed["command_id"])),
        *(placed["first_position"], placed["last_position"]),
        *(bytes.fromhex(placed["chain_value"]), placed["recorded_at"]),
    )


def holds_receipt(case: Case) -> bool:
    """Tell whether the receipt verifies under the public key."""
    statement = receipt_statement(case)
    leaf = sha256(b"\x00" + statement).digest()
    path = [bytes.fromhex(each) for each in case["path"]]
    placed = case["placement"]
    try:
        root = root_of(leaf, case["index"], case["size"], path)
        signed = fields(
            "ehealth/receipts/1", UUID(placed["ledger"]), placed["log"], case["size"], root
        )
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(case["public_key"]))
        key.verify(bytes.fromhex(case["signature"]), signed)
    except (ValueError, InvalidSignature):
        return False
    return (statement.hex(), signed.hex()) == (case["statement"], case["signed"])


def statement_bytes(case: Case) -> bytes:
    """Write a statement of these charges.

    JSON with sorted keys and no spaces, lines by position.
    """
    lines = [
        {
            "act": {"log": "records", "position": line["act_position"]},
            **{name: line[name] for name in line if name != "act_position"},
        }
        for line in sorted(case["charges"], key=lambda each: int(each["position"]))
    ]
    document = {
        **{name: case["key"][name] for name in ("contract", "package", "period")},
        **{name: case[name] for name in ("provider", "payer")},
        "as_of": {"records": lines[-1]["position"]},
        "count": len(lines),
        "currency": "UAH",
        "format": "ehealth/statement/1",
        "lines": lines,
        "total": sum(line["amount"] for line in lines),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def holds_statement(case: Case) -> bool:
    """Tell whether the bytes and the digest are those of the charges."""
    written = statement_bytes(case)
    return (written.hex(), sha256(written).hexdigest()) == (case["statement"], case["digest"])


def holds_content(case: Case) -> bool:
    """Tell whether the digest is that of the signed content's exact bytes."""
    return sha256(bytes.fromhex(case["content"])).hexdigest() == case["content_digest"]


def holds_consistency(case: Case) -> bool:
    """Tell whether the path shows the smaller tree at the beginning of the larger."""
    path = [bytes.fromhex(each) for each in case["path"]]
    roots = bytes.fromhex(case["old_root"]), bytes.fromhex(case["root"])
    try:
        auditor.check_growth(case["old_size"], roots[0], case["size"], roots[1], path)
    except (AssertionError, IndexError):
        return False
    return True


def holds_proof(case: Case) -> bool:
    """Tell whether the file proves the record at the position, in the log that the key is of."""
    name = f"ehealth-ledger/{case['ledger']}/{case['log']}"
    try:
        proved = auditor.open_proof(case["file"].encode(), case["key"])
    except (AssertionError, InvalidSignature):
        return False
    ledger, log, position = (unfold(proved.record)[at] for at in (1, 2, 3))
    return (
        proved.checkpoint.origin == name
        and (str(UUID(bytes=ledger)), log.decode()) == (case["ledger"], case["log"])
        and int.from_bytes(position) == proved.index + 1 == case["position"]
    )


def holds_consistency_file(case: Case) -> bool:
    """Tell whether the file shows the log to begin with the kept checkpoint."""
    try:
        auditor.open_growth(case["file"].encode(), case["old"].encode(), case["key"])
    except (AssertionError, IndexError, InvalidSignature):
        return False
    return True


def holds_super(case: Case) -> bool:
    """Tell whether the file shows the log's checkpoint in its deployment's super-log."""
    deployment = f"ehealth-ledger/{case['ledger']}"
    try:
        proved = auditor.open_proof(case["file"].encode(), case["key"])
    except (AssertionError, InvalidSignature):
        return False
    root = b64encode(bytes.fromhex(case["root"])).decode()
    entry = f"{deployment}/{case['log']}\n{case['size']}\n{root}\n"
    return proved.checkpoint.origin == f"{deployment}/super" and proved.record == entry.encode()


HOLDS = {
    "record": holds_record,
    "genesis": holds_genesis,
    "blob": holds_blob,
    "envelope": holds_envelope,
    "personal_envelope": holds_personal_envelope,
    "inclusion": holds_inclusion,
    "consistency": holds_consistency,
    "consistency_file": holds_consistency_file,
    "proof": holds_proof,
    "super": holds_super,
    "receipt": holds_receipt,
    "statement": holds_statement,
    "content": holds_content,
}

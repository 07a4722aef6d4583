"""The product, and the database's own implementation, agree with every published vector."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

import psycopg
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ehealth_ledger.chain.checkpoint import origin_of
from ehealth_ledger.chain.merkle import leaf_hash, root_from_path
from ehealth_ledger.chain.merkle_proof import ProofInvalid, check_consistency
from ehealth_ledger.chain.note import Note, NoteInvalid
from ehealth_ledger.chain.policy import Policy
from ehealth_ledger.chain.proof_file import ConsistencyFile, InclusionFile, read_proof
from ehealth_ledger.chain.receipt import Placement, Receipt
from ehealth_ledger.chain.record import Record, genesis_value
from ehealth_ledger.chain.super_log import held_checkpoint
from ehealth_ledger.commands.signed import Container
from ehealth_ledger.pricing.charge import Price
from ehealth_ledger.pricing.statement import Line, StatementKey, fold
from ehealth_ledger.settings import Databases
from ehealth_ledger.store.blobs import (
    ENVELOPE_ABOUT,
    BlobUnreadable,
    Shelf,
    SubjectKey,
    body_about,
)
from ehealth_ledger.store.connections import LEDGER_SCHEMA, connect
from ehealth_ledger.store.envelope import Envelope
from ehealth_ledger.store.migrate import apply, ledger_migrations
from ehealth_ledger.values.identifiers import (
    ChargeId,
    ContractId,
    EmployeeId,
    LegalEntityId,
    TariffId,
)
from ehealth_ledger.values.money import Kopiykas
from ehealth_ledger.values.time import Month
from tests.vectors.vectors import ALL, IDS, cases

Case = dict[str, Any]


def record_of(columns: Case) -> Record:
    """Build the product's record from published columns."""
    ids = ("ledger", "command_id", "stream_id", "key_id")
    digests = ("body_digest", "envelope_digest", "previous")
    return Record(
        **{
            **columns,
            **{name: UUID(columns[name]) for name in ids},
            **{name: bytes.fromhex(columns[name]) for name in digests},
        }
    )


def accepts_record(case: Case) -> bool:
    record = record_of(case["columns"])
    found = record.encode().hex(), record.chain_value().hex()
    return found == (case["record"], case["chain_value"])


def accepts_genesis(case: Case) -> bool:
    return genesis_value(UUID(case["ledger"]), case["log"]).hex() == case["genesis_value"]


def accepts_blob(case: Case) -> bool:
    shelf = Shelf(UUID(case["ledger"]), case["log"], case["purpose"])
    key = SubjectKey.from_secret(UUID(case["key_id"]), bytes.fromhex(case["subject_key"]))
    place = UUID(case["command_id"]), case["fact_index"]
    about = ENVELOPE_ABOUT
    if case["purpose"] == "body":
        about = body_about(UUID(case["stream_id"]), case["stream_version"], case["topic"])
    try:
        opened = shelf.open(key, *place, about, bytes.fromhex(case["blob"]))
    except BlobUnreadable:
        return False
    return opened.hex() == case["plaintext"] and shelf.blob_key(key, *place).hex() == case["k"]


def accepts_envelope(case: Case) -> bool:
    fields = case["fields"]
    try:
        read = Envelope.from_bytes(bytes.fromhex(case["envelope"]))
    except ValueError:
        return False
    parts = {name: bytes.fromhex(fields[name]) for name in ("head", "middle", "tail")}
    revocation = bytes.fromhex(fields["revocation"])
    told = Envelope(
        content=bytes.fromhex(fields["content"]),
        container=Container(fields["media_type"], **parts),
        certificate_digest=bytes.fromhex(fields["certificate_digest"]),
        suite=fields["suite"],
        verdict=fields["verdict"],
        trust_store=bytes.fromhex(fields["trust_store"]),
        revocation=tuple(revocation[at : at + 32] for at in range(0, len(revocation), 32)),
        policy=fields["policy"],
        verified_at_us=fields["verified_at"],
        client=fields["client"],
        certificate=bytes.fromhex(fields.get("certificate", "")),
    )
    return read == told and told.to_bytes().hex() == case["envelope"]


def accepts_inclusion(case: Case) -> bool:
    leaf = leaf_hash(bytes.fromhex(case["entry"]))
    path = [bytes.fromhex(each) for each in case["path"]]
    try:
        return root_from_path(leaf, case["index"], case["size"], path).hex() == case["root"]
    except ValueError:
        return False


def accepts_consistency(case: Case) -> bool:
    roots = bytes.fromhex(case["old_root"]), bytes.fromhex(case["root"])
    path = [bytes.fromhex(each) for each in case["path"]]
    try:
        check_consistency(case["old_size"], roots[0], case["size"], roots[1], path)
    except ProofInvalid:
        return False
    return True


def accepts_proof(case: Case) -> bool:
    try:
        file = InclusionFile.parse(case["file"].encode())
        believed = file.check(Policy.parse(f"log {case['key']}\nquorum none\n"))
    except (NoteInvalid, ProofInvalid):
        return False
    record = Record.decode(file.entry)
    origin = origin_of(UUID(case["ledger"]), case["log"])
    return (
        believed.checkpoint.origin == origin == origin_of(record.ledger, record.log)
        and record.position == file.index + 1 == case["position"]
    )


def accepts_consistency_file(case: Case) -> bool:
    policy = Policy.parse(f"log {case['key']}\nquorum none\n")
    try:
        file = read_proof(case["file"].encode())
        policy.believe(file.note)
        assert isinstance(file, ConsistencyFile)
        file.check(policy.signed(Note.parse(case["old"].encode())))
    except (NoteInvalid, ProofInvalid):
        return False
    return file.to_bytes() == case["file"].encode()


def accepts_super(case: Case) -> bool:
    try:
        file = InclusionFile.parse(case["file"].encode())
        held, believed = held_checkpoint(file, Policy.parse(f"log {case['key']}\nquorum none\n"))
    except (NoteInvalid, ProofInvalid):
        return False
    ledger = UUID(case["ledger"])
    said = (origin_of(ledger, case["log"]), case["size"], bytes.fromhex(case["root"]))
    return held[:3] == said and believed.checkpoint.origin == origin_of(ledger, "super")


def accepts_receipt(case: Case) -> bool:
    placed = case["placement"]
    placement = Placement(
        **{
            **placed,
            "ledger": UUID(placed["ledger"]),
            "command_id": UUID(placed["command_id"]),
            "chain_value": bytes.fromhex(placed["chain_value"]),
        }
    )
    path = tuple(bytes.fromhex(each) for each in case["path"])
    receipt = Receipt(
        placement, case["index"], case["size"], path, bytes.fromhex(case["signature"])
    )
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(case["public_key"]))
    try:
        signed = receipt.signed_bytes()
        key.verify(receipt.signature, signed)
    except (ValueError, InvalidSignature):
        return False
    return (placement.statement().hex(), signed.hex()) == (case["statement"], case["signed"])


def accepts_statement(case: Case) -> bool:
    lines = [
        Line(
            position=each["position"],
            charge=ChargeId(UUID(each["charge"])),
            act_position=each["act_position"],
            performer=EmployeeId(UUID(each["performer"])),
            service=each["service"],
            day=date.fromisoformat(each["day"]),
            tariff=TariffId(UUID(each["tariff"])),
            quantity=each["quantity"],
            price=Price(Kopiykas(each["unit_price"])),
            amount=Kopiykas(each["amount"]),
        )
        for each in case["charges"]
    ]
    named = case["key"]
    key = StatementKey(
        ContractId(UUID(named["contract"])), named["package"], Month(named["period"])
    )
    provider, payer = LegalEntityId(UUID(case["provider"])), LegalEntityId(UUID(case["payer"]))
    folded = fold(key, provider, payer, lines)
    return (folded.to_bytes().hex(), folded.digest()) == (case["statement"], case["digest"])


def accepts_content(case: Case) -> bool:
    return sha256(bytes.fromhex(case["content"])).hexdigest() == case["content_digest"]


ACCEPTS = {
    "record": accepts_record,
    "genesis": accepts_genesis,
    "blob": accepts_blob,
    "envelope": accepts_envelope,
    "personal_envelope": accepts_envelope,
    "inclusion": accepts_inclusion,
    "consistency": accepts_consistency,
    "consistency_file": accepts_consistency_file,
    "proof": accepts_proof,
    "super": accepts_super,
    "receipt": accepts_receipt,
    "statement": accepts_statement,
    "content": accepts_content,
}


@pytest.mark.parametrize(("kind", "case"), ALL, ids=IDS)
def test_the_product_agrees(kind: str, case: Case) -> None:
    """The product accepts what is published as right and refuses what is published as wrong."""
    assert ACCEPTS[kind](case) == (case["effect"] == "accept")


@pytest.fixture
def migrated(database: Databases) -> Iterator[psycopg.Connection]:
    """Give the tables and functions of the ledger, without a row."""
    apply(database.ledger, LEDGER_SCHEMA, ledger_migrations())
    with connect(database.ledger, schema=LEDGER_SCHEMA) as connection:
        yield connection


def test_the_database_computes_the_same_records(migrated: psycopg.Connection) -> None:
    """SQL's record_bytes, the second implementation, agrees with every record vector."""
    for case in cases("record"):
        record = record_of(case["columns"])
        row = migrated.execute(
            "SELECT encode(bytes, 'hex'), encode(sha256('\\x00'::bytea || bytes), 'hex') "
            "FROM record_bytes(ROW(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '')"
            "::records) AS bytes",
            (
                *(record.log, record.position, record.ledger, record.command_id),
                *(record.fact_index, record.fact_count, record.stream_id, record.stream_version),
                *(record.topic, record.recorded_at, record.key_id, record.body_digest),
                *(record.envelope_digest, record.previous),
            ),
        ).fetchone()
        agrees = row == (case["record"], case["chain_value"])
        assert agrees == (case["effect"] == "accept"), case["name"]


def test_the_database_computes_the_same_genesis(migrated: psycopg.Connection) -> None:
    """SQL's genesis_value agrees with every genesis vector."""
    for case in cases("genesis"):
        row = migrated.execute(
            "SELECT encode(genesis_value(%s, %s), 'hex')", (UUID(case["ledger"]), case["log"])
        ).fetchone()
        assert (row == (case["genesis_value"],)) == (case["effect"] == "accept"), case["name"]

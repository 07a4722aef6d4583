"""A patient signs: the declaration ends, the certificate lies under the patient's key, all of it
proves.
"""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256
from uuid import UUID, uuid4

import pytest

from ehealth_ledger.commands.signed import PatientSigner
from ehealth_ledger.entrypoints import audit
from ehealth_ledger.entrypoints.demo.authority import Credential
from ehealth_ledger.entrypoints.demo.cades import sign_cades
from ehealth_ledger.entrypoints.demo.commands import Signed
from ehealth_ledger.entrypoints.demo.resources.patient import invented_tax_id
from ehealth_ledger.errors import Refused
from ehealth_ledger.store.secrets import read_secret
from ehealth_ledger.values.json import canonical
from tests.world import CMS, World
from tests.write_path.country import Country, codes, commit, settle, submission, superuser


def _credential(world: World, tax_id: str | None, edrpou: str | None = None) -> Credential:
    return world.authority.issue("Пацієнтка Олена", tax_id, edrpou)


def _tax_id(patient: UUID) -> str:
    return invented_tax_id(patient.int)


async def _declared(world: World) -> tuple[Country, UUID, UUID]:
    country = await settle(world)
    patient = await world.patient(country.doctor)
    declaration = await world.declaration(country.doctor, patient)
    return country, patient, declaration


def _leaving(world: World, patient: UUID, declaration: UUID, credential: Credential) -> Signed:
    return world.author.sign_as_patient(
        "declaration.end_by_patient",
        patient,
        credential,
        resource={"declaration": str(declaration)},
    )


def test_a_patient_ends_the_declaration_and_leaves_no_certificate_behind(world: World) -> None:
    """The act is recorded and proves; who signed is known under the patient's key alone."""
    _, patient, declaration = asyncio.run(_declared(world))
    credential = _credential(world, _tax_id(patient))
    signed = _leaving(world, patient, declaration, credential)
    assert isinstance(submission(world, signed).verified.signer, PatientSigner)
    assert codes(commit(world, [signed])) == ["accepted"]
    assert codes(commit(world, [signed])) == ["accepted"]  # the stored receipt
    with superuser(world) as connection:
        live = connection.execute(
            "SELECT count(*) FROM live_declarations WHERE declaration = %s", (declaration,)
        ).fetchone()
        kept = connection.execute(
            "SELECT count(*) FROM evidence WHERE digest = %s OR position(%s IN bytes) > 0",
            (sha256(credential.certificate).digest(), credential.certificate),
        ).fetchone()
        key = connection.execute(
            "SELECT key_id FROM envelopes WHERE command_id = %s", (signed.command_id,)
        ).fetchone()
    assert (live, kept, key) == ((0,), (0,), (patient,))
    master_key = read_secret(world.settings.master_key_file)
    report = audit.verify_ledger(world.urls, master_key, progress=lambda *_: None)
    assert not report.findings


@pytest.mark.parametrize(
    ("tax_id", "edrpou", "code"),
    [
        ("2000000025", None, "patient.not_signer"),
        (None, "30000001", "patient.certificate_of_entity"),
    ],
)
def test_rule_15_nobody_else_ends_it_in_the_patients_name(
    world: World, tax_id: str | None, edrpou: str | None, code: str
) -> None:
    """Another person's certificate, or an institution's, is not the patient's."""
    _, patient, declaration = asyncio.run(_declared(world))
    signed = _leaving(
        world, patient, declaration, _credential(world, tax_id or _tax_id(patient), edrpou)
    )
    assert codes(commit(world, [signed])) == [code]


def test_verify_names_a_patients_act_that_another_person_signed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose tax id it was is asked again of the records before the act."""
    _, patient, declaration = asyncio.run(_declared(world))
    signed = _leaving(world, patient, declaration, _credential(world, _tax_id(patient)))
    assert codes(commit(world, [signed])) == ["accepted"]
    # With another key every person has another index: as if somebody else had been registered.
    monkeypatch.setattr(audit, "PATIENT_TAX_ID", "another register")
    master_key = read_secret(world.settings.master_key_file)
    report = audit.verify_ledger(world.urls, master_key, progress=lambda *_: None)
    assert [each.kind.value for each in report.findings] == ["actor.invalid"]


def test_what_patients_sign_is_checked_and_held_beforehand(world: World) -> None:
    """A check tells what would be refused; a preview that differs from what is signed, too."""
    _, patient, declaration = asyncio.run(_declared(world))
    credential = _credential(world, _tax_id(patient))
    signed = _leaving(world, patient, declaration, credential)
    assert world.running.checker.check(signed.content).accepted
    other = json.loads(signed.content)
    other["resource"]["declaration"] = str(uuid4())
    found = world.running.checker.check(canonical(other)).violations
    assert [each.code for each in found] == ["declaration.unknown"]
    held = json.loads(world.running.previews.preview(signed.content).content)
    differs = canonical({**held, "resource": other["resource"]})
    with pytest.raises(Refused, match=r"preview\.mismatch at \$\.resource\.declaration"):
        world.running.intake.prepare(sign_cades(differs, credential), CMS)
    world.running.intake.prepare(sign_cades(canonical(held), credential), CMS)

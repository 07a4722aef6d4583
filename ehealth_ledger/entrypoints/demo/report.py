"""Show what the demo found: tables for a person, one document for a program."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from ehealth_ledger.entrypoints.demo.findings import Act, Findings
from ehealth_ledger.entrypoints.demo.proving import KEY, PROOF
from ehealth_ledger.entrypoints.demo.show import Show
from ehealth_ledger.values.json import Json, canonical
from ehealth_ledger.values.money import hryvnias


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Say where the run lives, and whether its service goes on."""

    folder: Path
    url: str
    pid: int
    kept: bool
    seconds: float


def show_findings(show: Show, found: Findings, at: Whereabouts) -> None:
    """Show everything, in the order in which a reader asks."""
    show.chapter("What the ledger answers")
    _show_patient(show, found)
    _show_referrals(show, found)
    _show_statement(show, found)
    _show_taken(show, found)
    _show_capitation(show, found)
    _show_refusals(show, found)
    _show_proof(show, found)
    _show_next(show, found, at)


def document(found: Findings, at: Whereabouts) -> Json:
    """Write everything as one document."""
    verified, replayed = found.verified, found.replayed
    return {
        "sound": found.is_sound,
        "folder": str(at.folder),
        "service": {"url": at.url, "pid": at.pid, "kept": at.kept},
        "seconds": round(at.seconds),
        "commands": {
            "accepted": found.accepted,
            "refused": found.refused,
            "by_itself": found.log.by_itself,
            "last_month": found.settled,
        },
        "summary": found.summary,
        "referrals": found.referrals,
        "cases": found.cases,
        "withheld": found.withheld,
        "later": found.later,
        "capitation": found.capitation,
        "statement": found.statement,
        "debt": found.debt,
        "files": [str(each) for each in found.taken.files],
        "treasury": {
            "file": str(found.taken.treasury),
            "agrees": found.taken.reconciliation.agrees,
            "payments": [
                {"reference": each.reference, "outcome": each.outcome}
                for each in found.taken.reconciliation.matches
            ],
        },
        "acts": [
            {
                "position": act.position,
                "command_id": act.command_id,
                "topic": act.topic,
                "signed_by": act.signed_by,
                "name": None if act.signed_by is None else found.log.names[act.signed_by],
            }
            for act in found.log.acts.values()
        ],
        "refusals": [
            {
                "what": attempt.what,
                "code": attempt.answer.code,
                "status": attempt.answer.status,
                "path": attempt.answer.path,
            }
            for attempt in found.attempts
        ],
        "same_receipt": found.same_receipt,
        "verify": {
            "findings": [str(each) for each in verified.findings],
            "records": verified.records,
            "commands": verified.commands,
            "signatures": verified.signatures,
            "erased": verified.erased,
            "erasures": verified.erasures,
            "position": verified.position,
            "chain_value": verified.chain_value.hex(),
            "checkpoints": verified.checkpoints,
        },
        "proof": {
            "key": found.proved.key,
            "command_id": found.proved.record.command_id,
            "position": found.proved.record.position,
            "topic": found.proved.record.topic,
            "size": found.proved.by.size,
            "checkpoint": found.proved.newest.text,
        },
        "bundle": {
            "folder": str(found.handed_over.folder),
            "outcome": found.handed_over.report.outcome,
            "records": found.handed_over.report.records,
            "signatures": found.handed_over.report.signatures,
            "erased": found.handed_over.report.unsigned,
            "equal": found.is_handed_over,
        },
        "replay": {
            "equal": found.replay_is_equal,
            "digest": replayed.digest(),
            "total": replayed.total,
            "count": len(replayed.lines),
        },
    }


def print_json(found: Findings, at: Whereabouts) -> None:
    """Print everything as one line of JSON on standard output."""
    sys.stdout.write(canonical(document(found, at)).decode() + "\n")


def _show_patient(show: Show, found: Findings) -> None:
    summary = found.summary
    person = summary["registered"]["resource"]
    name = person["name"][0]
    declaration = summary["declaration"]
    doctor = f"{_name(found, declaration['doctor'])}, {_name(found, declaration['legal_entity'])}"
    rows = [
        ("Patient", f"{' '.join(name['given'])} {name['family']}, born {person['birthDate']}"),
        ("Family doctor", f"{doctor}, since {declaration['since']}"),
    ]
    for encounter in summary["encounters"]:
        at = encounter["encounter"]
        codes = " ".join(
            coding["code"]
            for problem in summary["problems"]
            if problem["encounter"] == at
            for coding in problem["resource"]["code"]["coding"]
        )
        measured = " ".join(
            f"{value['value']} {value['unit']}"
            for observation in summary["observations"]
            if observation["encounter"] == at
            for value in (observation["resource"]["valueQuantity"],)
        )
        where = f"{_name(found, encounter['performer'])}, {_name(found, encounter['legal_entity'])}"
        rows.append(
            (
                f"{encounter['class']} {encounter['day']}",
                f"{codes}; {measured}; {where}; act at {encounter['position']}",
            )
        )
    show.facts("Patient summary (зведення пацієнта)", rows)


def _show_referrals(show: Show, found: Findings) -> None:
    rows = []
    for referral in found.referrals:
        steps = " → ".join(f"{step['step']} {step['position']}" for step in referral["steps"])
        rows.append(
            (
                _name(found, referral["patient"]),
                ", ".join(_code(each) for each in referral["services"]),
                referral["status"],
                steps,
            )
        )
    show.table("Referrals (направлення)", ("patient", "service", "status", "steps at"), rows)


def _show_statement(show: Show, found: Findings) -> None:
    statement, acts = found.statement, found.log.acts
    rows = []
    for line in statement["lines"]:
        act = acts[line["act"]["position"]]
        rows.append(
            (
                line["day"],
                _code(line["service"]),
                hryvnias(line["amount"]),
                str(act.position),
                str(act.command_id),
                _signer(found, act),
            )
        )
    show.table(
        f"Statement (звіт) of {statement['period']}, package {statement['package']}: "
        f"{_name(found, statement['provider'])}, {statement['status']}",
        ("day", "service", "UAH", "act at", "signed command", "signed by"),
        rows,
        right=("UAH", "act at"),
        foot=("total", "", hryvnias(statement["total"]), "", f"{statement['count']} lines", ""),
    )
    mine = UUID(statement["statement"])
    signed = [
        (act.topic.rsplit(".", 1)[0], str(act.position), str(act.command_id), _signer(found, act))
        for act in acts.values()
        if act.stream_id == mine
    ]
    show.table(
        "Signatures upon the statement", ("what", "at", "signed command", "signed by"), signed
    )
    for charge in found.cases:
        weights = " × ".join(each["value"] for each in charge["coefficients"])
        show.say(
            f"Treated case of {charge['day']}, act at {charge['act']['position']}: group "
            f"{_code(charge['service'])}, {hryvnias(charge['unit_price'])} × {weights} = "
            f"{hryvnias(charge['amount'])} грн."
        )
    for charge in found.withheld:
        what = "a treated case" if charge["service"] is None else _code(charge["service"])
        show.say(
            f"Withheld: {what} of {charge['day']}, act at "
            f"{charge['act']['position']}: {charge['reason']}. The care stands."
        )
    _show_later(show, found)


def _show_capitation(show: Show, found: Findings) -> None:
    month = found.capitation
    rows = [
        (
            row["package"],
            "yes" if row["mountain"] else "no",
            row["band"] or f"above the limit, up to {row['up_to_percent']} %",
            str(row["patients"]),
            hryvnias(row["amount"]),
        )
        for row in month["rows"]
    ]
    show.table(
        f"Capitation (капітація) of {month['period']}",
        ("package", "mountain", "ages", "patients", "UAH"),
        rows,
        right=("patients", "UAH"),
        foot=("total", "", "", str(month["patients"]), hryvnias(month["amount"])),
    )
    show.say(
        f"{_name(found, month['provider'])}: whoever was declared when {month['billing_date']} "
        f"began; counted by the ledger itself at {month['counted_position']}."
    )


def _show_later(show: Show, found: Findings) -> None:
    """Say what the next month holds already: late acts, claims repeated, corrections."""
    for line in found.statement["lines"]:
        if "denied" in line:
            show.say(
                f"Denied: {hryvnias(line['amount'])} грн of {line['day']}, act at "
                f"{line['act']['position']}: {line['denied']['reason']}, claimed again."
            )
    for charge in found.later:
        at = charge["act"]["position"]
        if "adjustment" in charge:
            show.say(
                f"In {charge['period']}: {hryvnias(charge['amount'])} грн, {charge['reason']}, "
                f"corrects the line at {charge['corrects']['position']}, act at {at}."
            )
        else:
            why = "recorded after the cut-off" if charge["attempt"] == 1 else "claimed again"
            show.say(
                f"In {charge['period']}: {_code(charge['service'])} of {charge['day']}, act at "
                f"{at}, {why}."
            )


def _show_taken(show: Show, found: Findings) -> None:
    """Say which files the payer takes home, and that the treasury's word agrees."""
    taken = found.taken
    rows = [(f"Statement, {each.suffix[1:].upper()}", str(each)) for each in taken.files]
    rows.append(("The treasury's file", str(taken.treasury)))
    rows.extend(
        (
            f"{'Payment' if each.direction == 'paid' else 'Refund'} {each.reference}",
            f"{each.outcome.replace('_', ' ')}: {_uah(each.in_file or 0)}",
        )
        for each in taken.reconciliation.matches
    )
    show.facts("What the payer takes home (файли замовника)", rows)


def _show_refusals(show: Show, found: Findings) -> None:
    rows = [
        (attempt.what, attempt.answer.code, str(attempt.answer.status), attempt.answer.path)
        for attempt in found.attempts
    ]
    show.table(
        "What was tried and refused",
        ("attempt", "refusal", "HTTP", "where"),
        rows,
        right=("HTTP",),
        whole=("refusal",),
    )


def _show_proof(show: Show, found: Findings) -> None:
    verified, replayed = found.verified, found.replayed
    findings = "; ".join(str(each) for each in verified.findings) or "none: the ledger is intact"
    same = "equal, byte for byte" if found.replay_is_equal else "DIFFERENT"
    proved, newest = found.proved, found.proved.newest
    repeated = "one record, the same receipt" if found.same_receipt else "ANOTHER RECEIPT"
    show.facts(
        "Proof (перевірка)",
        [
            ("Verified", f"{verified.records} records of {verified.commands} commands"),
            ("Signatures checked again", str(verified.signatures)),
            ("Erased", f"{verified.erased} records of {verified.erasures} patient"),
            ("Findings", findings),
            ("Chain value", verified.chain_value.hex()),
            ("Checkpoint", f"{newest.origin}, size {newest.size}"),
            ("  its root, signed", newest.root.hex()),
            ("Checkpoints checked", str(verified.checkpoints)),
            (
                "Act proved by a file",
                f"{proved.record.topic} at {proved.record.position}, of {proved.by.size} records",
            ),
            ("Statement's bundle", _bundle(found)),
            ("Statement, as signed", found.statement["digest"]),
            ("Statement, replayed", replayed.digest()),
            ("Replay from the log", f"{same}: {len(replayed.lines)} lines, {_uah(replayed.total)}"),
            ("Lines add up to", _uah(sum(each["amount"] for each in found.statement["lines"]))),
            ("Same bytes twice", repeated),
            (
                "Over HTTP",
                f"{found.accepted} commands recorded, the opening aside; {found.refused} refused",
            ),
            ("Last month", f"{found.settled} commands, posted in process on a clock of then"),
            ("By itself", f"{found.log.by_itself} commands under the ledger's key, each due"),
            ("Receipts", "each checked under the ledger's public key"),
        ],
    )


def _bundle(found: Findings) -> str:
    report = found.handed_over.report
    same = "the statement's bytes made again" if found.is_handed_over else "ANOTHER STATEMENT"
    return (
        f"{report.outcome}: {report.records} records, {report.signatures} signatures, "
        f"{report.unsigned} erased; {same}"
    )


def _show_next(show: Show, found: Findings, at: Whereabouts) -> None:
    here = f"EHEALTH_DATA_DIR={at.folder} {_program()}"
    statement = found.statement["statement"]
    show.chapter(f"What to look at next (the demo took {at.seconds:.0f} s)")
    if at.kept:
        show.say(f"The service goes on as process {at.pid}: {at.url}/docs")
        show.command(f"curl {at.url}/statements/{statement}")
        show.command(f"curl {at.url}/patients/{found.summary['patient']}/summary")
        show.command(f"{here} verify")
        show.say("Stop it, and its PostgreSQL with it:")
        show.command(f"kill {at.pid}")
    else:
        show.say("The service has been stopped. The data stays until the next demo:")
        show.command(f"{here} verify")
        show.command(f"{here} statement {statement}")
        show.command(f'{here} log check {at.folder / PROOF} --key "$(cat {at.folder / KEY})"')
        key = f'--key "$(cat {at.folder / KEY})"'
        show.command(f"{here} audit verify {found.handed_over.folder} {key}")
        show.command(f"{here} serve")
        show.say("With --keep the service is left running.")


def _program() -> str:
    """Return what starts the command line in this environment."""
    script = Path(sys.executable).with_name("ehealth-ledger")
    return str(script) if script.exists() else f"{sys.executable} -m ehealth_ledger.entrypoints.cli"


def _name(found: Findings, registered: str) -> str:
    return found.log.names[UUID(registered)]


def _signer(found: Findings, act: Act) -> str:
    return "erased with the patient" if act.signed_by is None else found.log.names[act.signed_by]


def _code(service: str) -> str:
    """Return the code of a service written `system|code`."""
    return service.rsplit("|", 1)[1]


def _uah(amount: int) -> str:
    return f"{hryvnias(amount)} UAH (грн)"

"""Show the whole system at work: found a deployment, play a month over HTTP, prove the result.

Everything is real but the people: an embedded PostgreSQL, the service in a process of its own,
CAdES signatures under the demo's own authority, read models, the auditor's check. Each run founds a
deployment in a folder of its own beside the default data folder, and removes those of earlier runs;
a real deployment is never touched.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
import psycopg

from ehealth_ledger.entrypoints import bootstrap
from ehealth_ledger.entrypoints.demo import founding as founding_of
from ehealth_ledger.entrypoints.demo import people, report
from ehealth_ledger.entrypoints.demo.authority import Authority
from ehealth_ledger.entrypoints.demo.findings import Findings, gather
from ehealth_ledger.entrypoints.demo.founding import Founding, publish_trust
from ehealth_ledger.entrypoints.demo.mis import Unexpected, connected
from ehealth_ledger.entrypoints.demo.place import clear_earlier_runs, default_home, new_run
from ehealth_ledger.entrypoints.demo.practice import last_month, settle
from ehealth_ledger.entrypoints.demo.process import (
    ServiceFailed,
    Terminated,
    serving,
    settings_in,
    signals_unwind,
)
from ehealth_ledger.entrypoints.demo.region import Region
from ehealth_ledger.entrypoints.demo.report import Whereabouts
from ehealth_ledger.entrypoints.demo.roles import Cast
from ehealth_ledger.entrypoints.demo.show import Show
from ehealth_ledger.entrypoints.reader import NotReady, open_reader
from ehealth_ledger.errors import Refusal
from ehealth_ledger.settings import Databases, Settings
from ehealth_ledger.store.embedded import EmbeddedServerError
from ehealth_ledger.values.identifiers import PrescriptionId
from ehealth_ledger.values.time import kyiv_day, microseconds

PATIENTS: Final = 12
EXIT_FAILED: Final = 1
EXIT_INTERRUPTED: Final = 130  # what a shell reports for Ctrl-C
EXIT_SIGNAL: Final = 128

_FAILURES: Final = (
    Unexpected,  # the ledger answered otherwise than the story expects
    ServiceFailed,
    EmbeddedServerError,
    NotReady,
    Refusal,
    httpx.HTTPError,
    psycopg.Error,
    OSError,
    ValueError,
)


def run(
    *,
    keep: bool = False,
    data_dir: Path | None = None,
    patients: int = PATIENTS,
    json: bool = False,
) -> int:
    """Play the demo and return the exit status; `json` prints what was found as one document.

    `data_dir` is the folder that holds the runs. `keep` leaves the service running.
    """
    show = Show.on_terminal(json=json)
    last_words: list[str] = []
    try:
        with signals_unwind():
            home = data_dir or default_home()
            told = _played(show, home, patients, keep=keep, last_words=last_words)
    except KeyboardInterrupt:
        show.stopped("Interrupted; everything the demo started has been stopped.")
        return EXIT_INTERRUPTED
    except Terminated as ended:
        show.stopped(f"Ended by {ended}; everything the demo started has been stopped.")
        return EXIT_SIGNAL + ended.number
    except _FAILURES as fault:
        show.failed(f"{type(fault).__name__}: {fault}", *last_words)
        return EXIT_FAILED
    if json:
        report.print_json(*told)
    else:
        report.show_findings(show, *told)
    found, _ = told
    if not found.is_sound:
        show.failed("something promised did not come true: see Proof above")
        return EXIT_FAILED
    return 0


def _played(
    show: Show, home: Path, patients: int, *, keep: bool, last_words: list[str]
) -> tuple[Findings, Whereabouts]:
    begun = time.monotonic()
    people.patients(patients)  # a wrong number is refused before anything is started
    show.chapter("A deployment from nothing")
    clear_earlier_runs(home, show.say)
    with new_run(home) as folder:
        settings = settings_in(folder)
        show.say(f"Everything of this run is in {folder}")
        with bootstrap.databases(settings) as urls:
            show.step("PostgreSQL started (embedded, on this machine only)")
            then = last_month(datetime.now(UTC))
            founding, cast = _founded(settings, urls, patients, then)
            show.step(
                f"Ledger {founding.ledger} opened on {kyiv_day(then)}: position 1, signed by the "
                "payer"
            )
            practice = settle(settings, urls, founding, then)
            # The lists of that day have lapsed.
            publish_trust(founding.authority, settings)
            show.step(
                f"A village practice settled that day: {practice.declared} declarations, and a "
                f"contract of capitation from {practice.period} on"
            )
            with serving(settings, keep=keep, last_words=last_words) as service:
                show.step(f"Service started as process {service.note.pid}: {service.url}")
                keys = bootstrap.Keys.read(settings)
                with (
                    connected(service.url, keys.signing.public_hex) as mis,
                    open_reader(urls, keys.master) as reader,
                    bootstrap.scheduling(settings, urls) as scheduler,
                ):
                    region = Region(
                        founding.author(),
                        cast,
                        practice,
                        mis,
                        show,
                        lambda wanted: reader.vault.dispense_code(PrescriptionId(wanted)),
                        lambda: scheduler.run(scheduler.now()).recorded,
                    )
                    region.play()
                    show.chapter("The proof")
                    found = gather(region, settings, urls, show)
    seconds = time.monotonic() - begun
    return found, Whereabouts(folder, service.url, service.note.pid, keep, seconds)


def _founded(
    settings: Settings, urls: Databases, patients: int, then: datetime
) -> tuple[Founding, Cast]:
    """Found the ledger on a day of last month, and issue everybody's certificate.

    One of them is revoked; the lists that say so are published later, when that day is over.
    """
    authority = Authority.create("Demo Authority", then)
    founding = founding_of.found(
        settings, urls, authority=authority, now=lambda: microseconds(then)
    )
    cast = Cast.of(authority, founding.payer, patients)
    authority.save(settings.data_dir / "authority")
    return founding, cast

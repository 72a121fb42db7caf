"""Workers on machines of their own, one cut off from the network amid a batch.

`python -m benchmarks hosts` makes network namespaces on this machine, as root of a Linux with
iproute2. Each is a host with a home folder of its own; all that they share is a PostgreSQL server,
which they reach by TCP. One host is cut off while it reads, and joined again when the others have
done its work. It ends with exit code 1 unless each document was read once, and its state is
that of a host alone. The hosts have the processors of one machine, so no speed is told.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from app.service import Service, open_service
from app.settings import Settings
from app.supervisor import child_environment
from benchmarks.throughput import texts
from benchmarks.timing import machine, print_table
from pipelines.document import Upload
from storage.work import BATCH, NewJob
from tests.server import started

BRIDGE, NETWORK = "readonce0", "10.213.7"
_COMMAND = "from app.cli import main; main()"
_LOOK = 0.1
_PATIENCE = 300.0


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks hosts", description=__doc__)
    parser.add_argument("--hosts", type=int, default=3)
    parser.add_argument("--documents", type=int, default=24)
    parser.add_argument("--characters", type=int, default=24_000, help="in each document")
    options = parser.parse_args(arguments)
    files = list(texts(options.documents, options.characters))
    print(machine(), flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        stack.enter_context(bridged(options.hosts))
        server = stack.enter_context(started(f"{NETWORK}.1", f"{NETWORK}.0/24"))
        address = server.new()
        with open_service(Settings(home=folder / "home", database_url=address)) as service:
            done = batch(service, folder, options.hosts, files)
            found = {each.title: each.state_checksum for each in service.list()}
        same = found == alone(folder / "alone", files)
    rows = [[host, str(done[host])] for host in sorted(done)]
    print_table(f"{len(files)} documents, host-0 cut off on the way", ["host", "read"], rows)
    print(f"\neach once: {done.total() == len(files)}; states as of one host alone: {same}")
    sys.exit(0 if same and done.total() == len(files) else 1)


def batch(service: Service, folder: Path, hosts: int, files: list[bytes]) -> Counter[str]:
    """Have hosts read the files, the first of them cut off on the way; who read how many."""
    queue = service.library.queue
    running = [_worker(service.settings, folder, host) for host in range(hosts)]
    try:
        opened = queue.open_batch("local", "add", "hosts", "", "{}")
        for number, content in enumerate(files):
            name, key = f"{number}.txt", str(number)
            queue.hand_in(NewJob("local", name, content, "add", True, BATCH, None, opened.id, key))
        _until(lambda: _under_way(folder, 0))
        _link(0, "down")
        _until(lambda: queue.counts(opened.id).get("done", 0) == len(files))
        _link(0, "up")
        time.sleep(10)  # what it held it must find to be another's
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.communicate()
    return Counter({f"host-{host}": _told(folder, host)["done"] for host in range(hosts)})


def alone(home: Path, files: list[bytes]) -> dict[str, str | None]:
    """The states of the documents, by title, where one process reads them all."""
    with open_service(Settings(home=home, database_url="")) as service:
        for number, content in enumerate(files):
            list(service.add(Upload(f"{number}.txt", content)))
        return {each.title: each.state_checksum for each in service.list()}


@contextmanager
def bridged(hosts: int) -> Iterator[None]:
    """So many network namespaces on one bridge, which has the address .1; needs root."""
    _ip(f"link add {BRIDGE} type bridge")
    try:
        _ip(f"addr add {NETWORK}.1/24 dev {BRIDGE}")
        _ip(f"link set {BRIDGE} up")
        for host in range(hosts):
            _ip(f"netns add readonce-{host}")
            _ip(f"link add readonce-v{host} type veth peer name eth0 netns readonce-{host}")
            _ip(f"link set readonce-v{host} master {BRIDGE} up")
            _ip(f"-n readonce-{host} addr add {NETWORK}.{host + 2}/24 dev eth0")
            _ip(f"-n readonce-{host} link set eth0 up")
        yield
    finally:
        for host in range(hosts):
            subprocess.run(["ip", "netns", "del", f"readonce-{host}"], check=False)
        _ip(f"link del {BRIDGE}")


def _worker(settings: Settings, folder: Path, host: int) -> subprocess.Popen[bytes]:
    own = settings.model_copy(update={"home": folder / f"host-{host}"})
    with (folder / f"host-{host}.log").open("w") as log:
        return subprocess.Popen(
            [*f"ip netns exec readonce-{host} {sys.executable} -c".split(), _COMMAND, "worker"],
            env=child_environment(own),
            stdout=log,
            stderr=log,
        )


def _told(folder: Path, host: int) -> Counter[str]:
    """How often each event stands in the journal of a host."""
    journal = folder / f"host-{host}" / "logs" / "jobs.jsonl"
    lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    return Counter(json.loads(line)["event"] for line in lines)


def _under_way(folder: Path, host: int) -> bool:
    """Whether a host has begun what it has not ended."""
    told = _told(folder, host)
    return told["done"] > 0 and told["taken"] > told["done"]


def _link(host: int, state: str) -> None:
    _ip(f"link set readonce-v{host} {state}")


def _ip(arguments: str) -> None:
    subprocess.run(["ip", *arguments.split()], check=True)


def _until(true: Callable[[], bool]) -> None:
    """Wait until something is so; raises TimeoutError where it does not come."""
    end = time.monotonic() + _PATIENCE
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("the hosts did not come to an end in five minutes")
        time.sleep(_LOOK)

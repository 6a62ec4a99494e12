"""`make test-container`: builds the CPU image, runs it hardened; it answers, recovers and stops.

    python tests/docker/container.py [--base IMAGE] [--folder DIR] [--keep]

Needs root, buildah, podman, runc, iptables and, unless a base image is given that can be pulled, debootstrap.
Everything that it makes lies in one folder, which is removed at the end.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import psutil
import typer
from machine import ROOT, Machine, MissingToolError
from progress import UnexpectedError, end_on_signals, expect, step, wait_for

import docfuse
from docfuse.demo import samples
from docfuse_server.embedded import embedded_server
from docfuse_server.ports import Ports

BASE = "localhost/debian:bookworm-slim"
IMAGE = "localhost/docfuse:cpu"
NAME = "docfuse-test"
MAX_BYTES = 1.2e9
HARDENED = (
    "--read-only",
    "--tmpfs=/tmp:size=64m,mode=1777,noexec",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--shm-size=1g",
    "--memory=4g",
    "--cpus=2",
    "--pids-limit=1024",
)
_INSIDE = """
id -u
grep -E 'CapEff|NoNewPrivs' /proc/1/status
touch /opt/docfuse/written 2>&1
cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null
df --output=size -B1 /dev/shm | tail -1
"""


class Container:
    """The running container, its published ports, and a client."""

    def __init__(self, machine: Machine) -> None:
        """Start it, hardened."""
        self._machine = machine
        self.ports = Ports().resolved("127.0.0.1")
        published = {self.ports.grpc: 8001, self.ports.metrics: 8002}
        options = [f"--publish=127.0.0.1:{ours}:{its}" for ours, its in published.items()]
        machine.podman("run", "--detach", f"--name={NAME}", *HARDENED, *options, IMAGE)
        self.url = f"127.0.0.1:{self.ports.grpc}"

    def healthy(self) -> bool:
        """Whether the image's own health check says so."""
        return self._machine.succeeds("podman", "healthcheck", "run", NAME)

    def inside(self, script: str) -> str:
        """Run a shell script in it, as its user."""
        return self._machine.podman("exec", NAME, "sh", "-c", script)

    def processes(self) -> dict[int, str]:
        """Command lines by process id of this machine."""
        lines = self._machine.podman("top", NAME, "hpid", "state", "args").splitlines()[1:]
        expect(not [line for line in lines if line.split()[1] == "Z"], "there are zombies")
        return {int(line.split()[0]): line for line in lines}

    def metrics(self) -> str:
        """What Prometheus would read."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports.metrics}/metrics", timeout=5) as answer:
            return str(answer.read().decode())

    def logs(self) -> str:
        """What it has printed."""
        return self._machine.podman("logs", NAME)

    def state(self, key: str) -> str:
        """A field of its state, such as ExitCode."""
        return self._machine.podman("inspect", NAME, "--format", f"{{{{.State.{key}}}}}")


def analyse(url: str) -> list[object]:
    """The answers to the bundled samples."""
    with docfuse.Client(url) as client:
        return [document.model_dump() for document in client.analyze_many(samples())]


def build(machine: Machine, base: str | None) -> None:
    """Make the base if none is given, build the image, and look at its size."""
    if base is None and not machine.has(BASE):
        with step("Making a Debian base"):
            machine.make_base(BASE)
    with step("Building the image") as note:
        log = machine.folder / "build.log"
        machine.build(ROOT / "docker/cpu.Dockerfile", IMAGE, f"--build-arg=BASE={base or BASE}", log=log)
        size = float(machine.podman("image", "inspect", IMAGE, "--format", "{{.Size}}"))
        note(f"{size / 1e6:.0f} MB")
    expect(size < MAX_BYTES, f"the image is larger than {MAX_BYTES / 1e9:.1f} GB")


def check(machine: Machine) -> None:
    """Run the image and put it through its paces."""
    with step("Analysing the samples with an embedded server"), embedded_server() as url:
        expected = analyse(url)
    container = Container(machine)
    with step("Starting the container"):
        wait_for(container.healthy, 90, "the container is not healthy")
    with step("Analysing the samples through it") as note:
        expect(analyse(container.url) == expected, "its answers differ from the embedded server's")
        note(f"{len(expected)} documents, the same answers")
    check_hardening(container)
    check_metrics(container)
    check_recovery(container, expected)
    check_stop(machine, container, expected)


def check_hardening(container: Container) -> None:
    """See from the inside that the limits are there."""
    with step("Looking at its limits from inside") as note:
        said = container.inside(_INSIDE)
        for text in ("10001", "CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Read-only", str(4 * 2**30)):
            expect(text in said, f"{text!r} is not in what it says about itself:\n{said}")
        expect(str(2**30) in said, f"its shared memory is not 1 GiB:\n{said}")
        used = container.inside("du -sm /dev/shm /tmp | cut -f1").split()
        memory = sum(psutil.Process(pid).memory_full_info().pss for pid in container.processes())
        note(f"{memory / 1e9:.2f} GB, {used[0]} MB of shared memory, {used[1]} MB of /tmp")


def check_metrics(container: Container) -> None:
    """See that Prometheus finds the queue that the autoscaler wants."""
    queue = re.search(r'^nv_inference_pending_request_count\{model="page"', container.metrics(), re.MULTILINE)
    expect(queue, "there is no metric of the queue")


def check_recovery(container: Container, expected: list[object]) -> None:
    """Kill a step inside: the supervisor restarts the server, and the client waits for it."""
    with step("Killing a step inside"):
        victim = next(pid for pid, line in container.processes().items() if "/structure/1/model.py" in line)
        psutil.Process(victim).kill()
        expect(analyse(container.url) == expected, "its answers differ after a step was killed")
        said = "Restarting: the process of model structure died" in container.logs()
        expect(said, "it did not tell of the restart")
        wait_for(container.healthy, 30, "the container is not healthy again")
        container.processes()


def check_stop(machine: Machine, container: Container, expected: list[object]) -> None:
    """Kill the container and start it again; then stop it gracefully while it works."""
    with step("Killing the container and starting it again"):
        machine.podman("kill", "--signal=KILL", NAME)
        machine.podman("start", NAME)
        wait_for(container.healthy, 60, "the container is not healthy after it was killed")
    with step("Stopping it while it works"):
        answers: list[object] = []
        with docfuse.Client(container.url) as client:
            client.analyze(samples()[0])  # the connection stands
            last = samples()[-1]
            worker = threading.Thread(target=lambda: answers.append(client.analyze(last).model_dump()))
            worker.start()
            time.sleep(0.3)  # the page is on its way
            machine.podman("stop", "--time=40", NAME)
            worker.join(10)
        expect(answers == expected[-1:], "the page in flight was lost")
        expect(container.state("ExitCode") == "0", f"it ended with status {container.state('ExitCode')}")
        expect(container.logs().endswith("Stopped."), "it did not say that it stopped")


def main() -> int:
    """Run every step; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--base", help="base image to pull, instead of a Debian made here")
    parser.add_argument("--folder", type=Path, help="where images and containers are kept for the run")
    parser.add_argument("--keep", action="store_true", help="keep that folder, for a quicker next run")
    options = parser.parse_args()
    end_on_signals()
    try:
        machine = Machine(options.folder or Path(tempfile.mkdtemp(prefix="docfuse-container-")))
    except MissingToolError as error:
        typer.echo(f"Error: {error}", err=True)
        return 1
    try:
        build(machine, options.base)
        check(machine)
    except (UnexpectedError, MissingToolError, RuntimeError) as error:
        logs = machine.podman("logs", "--tail=20", NAME, check=False)
        typer.echo(f"\nError: {error}\n{logs}", err=True)
        return 1
    finally:
        machine.podman("rm", "--force", "--time=0", NAME, check=False)
        if not options.keep:
            machine.close()
    typer.echo("The image answers, recovers and stops as it should.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

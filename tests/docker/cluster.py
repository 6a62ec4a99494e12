"""Starts the Kubernetes Deployment for real, with `podman kube play`, and sends it a page.

    python tests/docker/cluster.py --folder DIR

DIR is the folder that `container.py --keep --folder DIR` has left, with the CPU image in it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import typer
import yaml
from machine import ROOT, Machine, MissingToolError
from progress import UnexpectedError, end_on_signals, expect, step, wait_for

import docfuse
from docfuse.demo import samples
from docfuse_server.ports import Ports

MANIFEST = ROOT / "docker/kubernetes/base/deployment.yaml"
IMAGE = "localhost/docfuse:cpu"


def one_replica(port: int, volumes: Path) -> dict[str, Any]:
    """The Deployment as committed, but for one replica, the image's name here, and a port of this machine.

    Its empty volumes become folders of this machine: Kubernetes lets everybody write to an emptyDir, podman 4
    only root.
    """
    (deployment,) = yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8"))
    deployment["spec"]["replicas"] = 1
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    container["image"] = IMAGE
    container["ports"][0] |= {"hostPort": port, "hostIP": "127.0.0.1"}
    for volume in pod["volumes"]:
        folder = volumes / volume["name"]
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o1777)
        del volume["emptyDir"]
        volume["hostPath"] = {"path": str(folder), "type": "Directory"}
    return dict(deployment)


def run(machine: Machine) -> None:
    """Play the Deployment, send a page, and end it."""
    expect(machine.has(IMAGE), f"{IMAGE} is not in {machine.folder}: run container.py --keep there first")
    port = Ports().resolved("127.0.0.1").grpc
    file = machine.folder / "deployment.yaml"
    file.write_text(yaml.safe_dump(one_replica(port, machine.folder / "volumes")), encoding="utf-8")
    try:
        with step("Playing the Deployment") as note:
            note(machine.podman("kube", "play", str(file)).splitlines()[-1])
        with step("Answering a page"), docfuse.Client(f"127.0.0.1:{port}", timeout=120) as client:
            client.wait_ready(120)
            expect(client.analyze(samples()[-1]).field("payable_amount"), "the page has no amount")
        with step("Taking it down"):
            machine.podman("kube", "down", str(file))
            wait_for(lambda: not machine.podman("ps", "--quiet"), 60, "containers are still there")
    except BaseException:
        for name in machine.podman("ps", "--all", "--format", "{{.Names}}", check=False).split():
            typer.echo(machine.podman("logs", "--tail=20", name, check=False), err=True)
        machine.podman("kube", "down", str(file), check=False)
        raise


def main() -> int:
    """Run; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="store of images that holds the CPU image")
    end_on_signals()
    try:
        run(Machine(parser.parse_args().folder))
    except (MissingToolError, UnexpectedError, RuntimeError) as error:
        typer.echo(f"\nError: {error}", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

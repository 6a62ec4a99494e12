"""Images and containers with buildah and podman, in a folder of their own that leaves nothing behind.

Works as root, without a daemon: plain folders as a store, chroot isolation to build in, runc to run.
"""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_TOOLS = ("buildah", "podman", "runc", "iptables")
_CONTAINERS = """
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
_STORAGE = """
[storage]
driver = "{driver}"
graphroot = "{folder}/images"
runroot = "{folder}/run"
"""
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_CERTIFICATES_THERE = "/run/certificates.crt"
_UNNEEDED = ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale")
"""What `debian:bookworm-slim` leaves out too."""
_DEBIAN = "http://deb.debian.org/debian"


class MissingToolError(RuntimeError):
    """A program that this needs is not installed."""


def need(*tools: str) -> None:
    """Check that programs are installed.

    Raises:
        MissingToolError: some are not.
    """
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        raise MissingToolError(
            f"{', '.join(missing)} not found: install it first "
            f"(Debian and Ubuntu: `apt install buildah podman runc iptables debootstrap`)."
        )


class Machine:
    """A store of images and containers in `folder`."""

    def __init__(self, folder: Path) -> None:
        """Write the configuration.

        Raises:
            MissingToolError: buildah, podman or runc is not installed.
        """
        need(*_TOOLS)
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        driver = os.environ.get("STORAGE_DRIVER", "vfs")
        (folder / "containers.conf").write_text(_CONTAINERS, encoding="utf-8")
        (folder / "storage.conf").write_text(_STORAGE.format(driver=driver, folder=folder), encoding="utf-8")
        self._environment = {
            **os.environ,
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
            "STORAGE_DRIVER": driver,
            "TMPDIR": str(folder),
        }

    def run(self, *command: str, check: bool = True, log: Path | None = None) -> str:
        """Run a command in this store and return what it printed.

        Raises:
            RuntimeError: it failed and `check` is set; the message ends with what it said last.
        """
        done = self._finished(command)
        if log is not None:
            log.write_text(done.stdout, encoding="utf-8")
        if check and done.returncode:
            said = "\n".join(done.stdout.splitlines()[-15:])
            raise RuntimeError(f"{' '.join(command[:4])} … failed with status {done.returncode}:\n{said}")
        return done.stdout.strip()

    def succeeds(self, *command: str) -> bool:
        """Whether a command ends with status 0."""
        return self._finished(command).returncode == 0

    def _finished(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=self._environment, stdout=-1, stderr=subprocess.STDOUT, text=True, check=False
        )

    def podman(self, *arguments: str, check: bool = True) -> str:
        """Run podman; see `run`."""
        return self.run("podman", *arguments, check=check)

    def has(self, image: str) -> bool:
        """Whether the store holds an image."""
        return self.succeeds("buildah", "inspect", "--type", "image", image)

    def make_base(self, image: str) -> None:
        """Make a minimal Debian 12, as `debian:bookworm-slim` is, from this machine's mirror of it."""
        need("debootstrap")
        rootfs = self.folder / "rootfs"
        self.run("debootstrap", "--variant=minbase", "bookworm", str(rootfs), _debian_mirror())
        for unneeded in _UNNEEDED:
            shutil.rmtree(rootfs / unneeded)
        container = self.run("buildah", "from", "scratch").splitlines()[-1]
        self.run("buildah", "add", "--quiet", container, str(rootfs), "/")
        self.run("buildah", "config", "--cmd", "bash", container)
        self.run("buildah", "commit", "--quiet", "--rm", container, image)
        shutil.rmtree(rootfs)

    def build(self, file: Path, image: str, *options: str, log: Path | None = None) -> None:
        """Build an image from this checkout, with this machine's certificates and settings of pip."""
        settings = self.folder / "pip.conf"
        mounts = {f"{settings}:/etc/pip.conf", f"{_CERTIFICATES}:{_CERTIFICATES_THERE}"}
        mounts |= {f"{path}:{path}" for path in _write_pip_settings(settings)}
        volumes = [f"--volume={mount}:ro" for mount in sorted(mounts)]
        command = ["buildah", "bud", "--isolation", "chroot", "--format", "docker", "--layers=false"]
        self.run(*command, *volumes, *options, "-f", str(file), "-t", image, str(ROOT), log=log)

    def close(self) -> None:
        """Remove every container, image and file of this store."""
        self.podman("pod", "rm", "--all", "--force", check=False)
        self.podman("rm", "--all", "--force", "--time", "0", check=False)
        self.podman("rmi", "--all", "--force", check=False)
        self.run("buildah", "rm", "--all", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


def _debian_mirror() -> str:
    """The mirror that this machine's apt uses, if it is a Debian."""
    sources = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("debian.sources")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources if path.is_file())
    found = re.search(r"^(?:URIs:|deb)\s+(\S+/debian)/?(?:\s|$)", text, re.MULTILINE)
    return found.group(1) if found else _DEBIAN


def _write_pip_settings(target: Path) -> Iterator[Path]:
    """Merge pip's settings into one file; yields the files and folders of this machine that they name."""
    said = subprocess.run(
        [sys.executable, "-m", "pip", "config", "debug"], stdout=-1, text=True, check=True
    ).stdout
    merged = configparser.RawConfigParser()
    merged.read(re.findall(r"^\s+(/.*), exists: True$", said, re.MULTILINE))
    merged.read_dict({"global": {"cert": _CERTIFICATES_THERE}})
    with target.open("w", encoding="utf-8") as file:
        merged.write(file)
    for section in merged.values():
        for word in " ".join(section.values()).split():
            path = Path(word.removeprefix("file://"))
            if path.is_absolute() and path.exists():
                yield path.parent if word.startswith("file://") else path  # an index links to files beside it

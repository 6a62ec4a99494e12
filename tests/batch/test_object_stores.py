"""Documents of an S3 store: moto's server (version 5), if MOTO_SERVER names its program."""

import io
import os
import socket
import subprocess
import time
import zipfile
from collections.abc import Iterator

import pytest
from pyarrow.fs import S3FileSystem

from docfuse import InputError
from docfuse_batch.groups import Group, make_groups, read
from docfuse_batch.listing import Entry, find

SERVER = os.environ.get("MOTO_SERVER")
pytestmark = pytest.mark.skipif(SERVER is None, reason="MOTO_SERVER names no moto_server")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Port of an S3 store on loopback with a few documents and an archive."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [str(SERVER), "-H", "127.0.0.1", "-p", str(port)]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (
            ("ACCESS_KEY_ID", "key"),
            ("SECRET_ACCESS_KEY", "x"),
            ("EC2_METADATA_DISABLED", "true"),
        ):
            patch.setenv(f"AWS_{name}", value)
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(port)
                _fill(port)
                yield port
            finally:
                process.kill()


def _fill(port: int) -> None:
    store = S3FileSystem(
        endpoint_override=f"127.0.0.1:{port}", scheme="http", allow_bucket_creation=True, region="us-east-1"
    )
    store.create_dir("bucket")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as stream:
        stream.writestr("in/c.pdf", "three")
    for name, data in (("x/a b#1.pdf", b"one"), ("x/deep/b.png", b"two"), ("z.zip", archive.getvalue())):
        with store.open_output_stream(f"bucket/{name}") as output:
            output.write(data)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def url(path: str, port: int) -> str:
    return f"s3://{path}?endpoint_override=127.0.0.1:{port}&scheme=http&region=us-east-1"


def entries(source: str) -> list[Entry]:
    return [found for found in find([source]) if isinstance(found, Entry)]


def test_folders_patterns_and_archives(port: int) -> None:
    everything = entries(url("bucket", port))
    got = {name: content for group in make_groups(everything) for name, content in read(group, group.paths)}
    assert got == {
        "s3://bucket/x/a b#1.pdf": b"one",
        "s3://bucket/x/deep/b.png": b"two",
        "s3://bucket/z.zip!/in/c.pdf": b"three",
    }
    assert [entry.source for entry in entries(url("bucket/**/*.p[n]g", port))] == ["s3://bucket/x/deep/b.png"]


def test_an_object_that_has_gone_and_a_bucket_that_is_not_there(port: int) -> None:
    (entry,) = entries(url("bucket/x/a b#1.pdf", port))
    gone = Group(entry.store, {"s3://bucket/gone.pdf": "bucket/gone.pdf"})
    ((_, content),) = read(gone, gone.paths)
    assert isinstance(content, InputError)
    with pytest.raises(InputError, match="no file or folder"):
        entries(url("nowhere/x", port))

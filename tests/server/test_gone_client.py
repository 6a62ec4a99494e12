"""A client that is killed with pages in flight does not keep others waiting."""

import subprocess
import sys
import time

import docfuse
from docfuse.demo import samples
from docfuse_pipeline.admission import LEASE_SECONDS

CLIENT = """
import sys, docfuse
with docfuse.Client(sys.argv[1], concurrency=8) as client:
    print("sending", flush=True)
    list(client.analyze_many([sys.argv[2]] * 40))
"""


def test_pages_of_a_killed_client_give_their_slots_back(server_url: str) -> None:
    form = next(path for path in samples() if path.suffix == ".jpg")
    doomed = subprocess.Popen([sys.executable, "-c", CLIENT, server_url, str(form)], stdout=subprocess.PIPE)
    assert doomed.stdout is not None and doomed.stdout.readline()
    time.sleep(2)  # all eight slots are taken, by pages at different steps
    doomed.kill()
    doomed.wait()
    with docfuse.Client(server_url, timeout=LEASE_SECONDS / 2) as client:
        documents = list(client.analyze_many([form] * 8))
    assert [document.errors for document in documents] == [[]] * 8

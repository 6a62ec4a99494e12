"""Clients that go away with pages in flight harm nobody else."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import tritonclient.grpc as grpc
from away import Door
from traffic import attempt, draw_page

import docfuse
from docfuse.demo import samples
from docfuse_pipeline.admission import LEASE_SECONDS
from docfuse_server.embedded import EmbeddedServer

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


def test_connections_that_break_harm_nobody(server: EmbeddedServer) -> None:
    """Small pages, since they are cut off between two steps of every kind."""
    url, restarts, page = server.wait_ready(), len(server.restarts), draw_page(300, 200, lines=2)
    lost = 0
    with docfuse.Client(url, timeout=LEASE_SECONDS / 2) as bystander, ThreadPoolExecutor(8) as pool:
        for cut in range(8):
            door = Door(url)
            clients = [grpc.InferenceServerClient(door.url) for _ in range(8)]
            answers = [pool.submit(attempt, client, page) for client in clients]
            time.sleep(0.2 + 0.1 * (cut % 6))
            door.shut()
            assert bystander.analyze(page).errors == []
            lost += sum(answer.result().failure is not None for answer in answers)
    assert lost >= 8
    assert len(server.restarts) == restarts

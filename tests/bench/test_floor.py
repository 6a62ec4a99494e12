"""The bare engines do the same work on the same tensors as the served graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from docfuse import Client
from docfuse.demo import samples
from docfuse.sources import nth_page
from docfuse_bench.engines import Engines, Recording, record_page, served_outputs
from docfuse_bench.floor import core_shares, lone_times, throughput
from docfuse_bench.peer import measure_rapidocr
from docfuse_pipeline.tokens import Tokenizer
from docfuse_server.repository import prepare_repository


@pytest.fixture(scope="module")
def repository() -> Path:
    return prepare_repository()


@pytest.fixture(scope="module")
def image() -> bytes:
    return nth_page(samples()[0], 0)


@pytest.fixture(scope="module")
def engines(repository: Path) -> Engines:
    return Engines(repository)


@pytest.fixture(scope="module")
def recording(repository: Path, engines: Engines, image: bytes) -> Recording:
    tokenizer = Tokenizer(repository / "text" / "1" / "tokenizer.json")
    return record_page(image, engines.compute, tokenizer)


def test_every_engine_of_the_graph_is_run(recording: Recording, engines: Engines) -> None:
    names = [name for name, _ in recording]
    assert len(names) == len(set(names))
    assert set(names) == set(served_outputs())


def test_only_what_is_read_is_computed() -> None:
    assert served_outputs()["fusion"] == {"NODES", "CLASS_PROBABILITIES"}


def test_recorded_tensors_are_those_of_the_server(
    recording: Recording, engines: Engines, image: bytes, server_url: str
) -> None:
    with Client(server_url) as client:
        served = client.tensors(image)
    count = int(served["SEGMENT_COUNTS"][0])
    name, inputs = recording[-1]
    assert name == "relation"
    assert inputs["NODE_BOXES"].shape == (1, count, 4)
    np.testing.assert_allclose(inputs["NODE_BOXES"], served["NODE_BOXES"][:, :count], atol=1e-3)
    types = engines.compute(name, inputs)["TYPE_PROBABILITIES"]
    np.testing.assert_allclose(types, served["TYPE_PROBABILITIES"][:, :count], atol=0.05)


def test_nothing_is_padded(recording: Recording) -> None:
    for name, inputs in recording:
        if name.startswith("recognizer"):
            assert all(crop.min() < crop.max() for crop in inputs["CROPS"])
        if "NODE_MASK" in inputs:
            assert inputs["NODE_MASK"].all()


def test_times_are_of_every_engine(recording: Recording, engines: Engines) -> None:
    times = lone_times(engines, [recording], rounds=1)
    assert times.keys() == set(served_outputs())
    assert all(value > 0 for value in times.values())


def test_workers_share_the_cores_and_do_all_pages(repository: Path, recording: Recording) -> None:
    shares = core_shares()
    cores = [core for share in shares for core in share]
    assert len(cores) == len(set(cores)) and all(shares)
    pages_per_second, cpu_ms = throughput(repository, [recording], rounds=2, shares=shares[:2])
    assert pages_per_second > 0 and cpu_ms > 1


def test_rapidocr_reads_the_same_pages(image: bytes) -> None:
    done: list[int] = []
    peer = measure_rapidocr([image], done.append)
    assert peer.name.startswith("RapidOCR 3.")
    assert peer.pages == 1 and done == [1] and peer.pages_per_second > 0

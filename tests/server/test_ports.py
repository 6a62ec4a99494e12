"""Given ports are checked, free ones are found."""

from __future__ import annotations

import socket

import pytest

from docfuse_server.errors import ServerError
from docfuse_server.ports import Ports


def test_free_ports_differ_and_lie_below_those_of_outgoing_connections() -> None:
    ports = Ports().resolved("127.0.0.1")
    assert len({ports.grpc, ports.http, ports.metrics}) == 3
    assert all(20_000 <= port < 32_000 for port in (ports.grpc, ports.http, ports.metrics))


def test_free_ports_differ_where_few_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    free = Ports().resolved("127.0.0.1")
    left = [free.grpc, free.http, free.metrics]
    monkeypatch.setattr("docfuse_server.ports._FREE", left * 50)
    for _ in range(20):  # drawn at random
        drawn = Ports().resolved("127.0.0.1")
        assert sorted((drawn.grpc, drawn.http, drawn.metrics)) == sorted(left)


def test_given_ports_are_kept() -> None:
    free = Ports().resolved("127.0.0.1")
    assert free.resolved("127.0.0.1") == free


def test_a_port_given_twice_is_an_error() -> None:
    port = Ports().resolved("127.0.0.1").grpc
    with pytest.raises(ServerError, match=f"grpc port {port} is given twice"):
        Ports(port, port).resolved("127.0.0.1")


@pytest.mark.parametrize("port", [70_000, -1])
def test_numbers_that_are_no_ports(port: int) -> None:
    with pytest.raises(ServerError, match=f"grpc port {port}"):
        Ports(port).resolved("127.0.0.1")


def test_a_foreign_address_is_one_clear_error() -> None:
    with pytest.raises(ServerError, match=r"192\.0\.2\.1.*address of this machine"):
        Ports().resolved("192.0.2.1")


def test_a_port_in_use_is_told_with_the_option_that_changes_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=f"metrics port {port} .*--metrics-port"):
            Ports(metrics=port).resolved("127.0.0.1")

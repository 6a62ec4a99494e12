"""Kubernetes manifests: their schemas, and that what belongs together fits together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

kubernetes_validate = pytest.importorskip("kubernetes_validate")

FOLDER = Path(__file__).resolve().parents[2] / "docker" / "kubernetes"
_VERSIONS = ("1.30", "1.34")
_MERGE_KEYS = ("mountPath", "containerPort", "name", "key")
"""What tells the entries of a list apart, as in Kubernetes' strategic merge."""


def _load(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8")))


def _resources(layer: str) -> list[dict[str, Any]]:
    """What a kustomization applies, its patches included."""
    found = []
    (kustomization,) = _load(f"{layer}/kustomization.yaml")
    for name in kustomization["resources"]:
        found += _resources("base") if name == "../base" else _load(f"{layer}/{name}")
    for patch in kustomization.get("patches", ()):
        (change,) = _load(f"{layer}/{patch['path']}")
        place = next(i for i, one in enumerate(found) if _identity(one) == _identity(change))
        found[place] = _merged(found[place], change)
    return found


def _identity(resource: dict[str, Any]) -> tuple[str, str]:
    return resource["kind"], resource["metadata"]["name"]


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {key: _merged(old.get(key), value) for key, value in new.items()}
    if not (isinstance(old, list) and isinstance(new, list) and isinstance(new[0], dict)):
        return new
    key = next(key for key in _MERGE_KEYS if key in new[0])
    merged = {entry[key]: entry for entry in old}
    return list((merged | {entry[key]: _merged(merged.get(entry[key]), entry) for entry in new}).values())


def _find(layer: str, kind: str) -> dict[str, Any]:
    return next(resource for resource in _resources(layer) if resource["kind"] == kind)


@pytest.mark.parametrize("version", _VERSIONS)
@pytest.mark.parametrize("layer", ["base", "autoscaling", "gpu"])
def test_schemas(layer: str, version: str) -> None:
    resources = _resources(layer)
    assert len(resources) >= 6
    for resource in resources:
        kubernetes_validate.validate(resource, version, strict=True)


def test_a_wrong_field_is_found() -> None:
    deployment = _find("base", "Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, _VERSIONS[0], strict=True)


def test_the_kserve_runtime_is_a_valid_pod_and_is_asked_for() -> None:
    (runtime,), (service,) = _load("kserve/runtime.yaml"), _load("kserve/service.yaml")
    pod = {key: runtime["spec"][key] for key in ("containers", "volumes")}
    resource = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "docfuse"}, "spec": pod}
    kubernetes_validate.validate(resource, _VERSIONS[0], strict=True)
    model = service["spec"]["predictor"]["model"]
    assert model["runtime"] == runtime["metadata"]["name"]
    assert model["protocolVersion"] in runtime["spec"]["protocolVersions"]
    assert model["modelFormat"]["name"] in {one["name"] for one in runtime["spec"]["supportedModelFormats"]}


@pytest.mark.parametrize("layer", ["base", "gpu"])
def test_pods_are_hardened_and_end_in_time(layer: str) -> None:
    pod = _find(layer, "Deployment")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    context = container["securityContext"]
    assert context["readOnlyRootFilesystem"]
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert not context["allowPrivilegeEscalation"]
    assert pod["securityContext"]["runAsNonRoot"]
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    ending = sum(float(environment[name]) for name in ("DOCFUSE_DRAIN_DELAY", "DOCFUSE_STOP_LIMIT"))
    assert pod["terminationGracePeriodSeconds"] > ending + 10
    mounted = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert volumes[mounted["/dev/shm"]]["emptyDir"]["medium"] == "Memory"
    assert set(mounted.values()) == set(volumes)


def test_updates_take_no_server_away() -> None:
    deployment = _find("base", "Deployment")["spec"]
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert _find("base", "PodDisruptionBudget")["spec"]["maxUnavailable"] < deployment["replicas"]


def test_labels_and_ports_fit_together() -> None:
    template = _find("base", "Deployment")["spec"]["template"]
    labels = template["metadata"]["labels"]
    ports = {port["name"]: port["containerPort"] for port in template["spec"]["containers"][0]["ports"]}
    assert ports == {"grpc": 8001, "http": 8000, "metrics": 8002, "health": 8003}
    services = [one for one in _resources("base") if one["kind"] == "Service"]
    assert [service["spec"].get("clusterIP") for service in services] == ["None", None]
    for service in services:
        assert service["spec"]["selector"].items() <= labels.items()
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= set(ports)
    for kind, key in (("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")):
        assert _find("base", kind)["spec"][key]["matchLabels"].items() <= labels.items()


def test_the_autoscaler_asks_for_what_the_adapter_makes() -> None:
    (metric,) = _find("autoscaling", "HorizontalPodAutoscaler")["spec"]["metrics"]
    (values,) = _load("autoscaling/prometheus-adapter-values.yaml")
    (rule,) = values["rules"]["custom"]
    assert metric["pods"]["metric"]["name"] == rule["name"]["as"]
    assert 'nv_inference_pending_request_count{model="page"' in rule["seriesQuery"]

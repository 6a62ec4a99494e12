"""As much of TensorRT's interface as the builder uses; a "plan" is the hash of what it would be built from.

The environment variable FAKE_SECONDS makes builds slow, FAKE_UNKNOWN names an operator that is refused.
"""

import hashlib
import os
import time
from enum import IntEnum
from types import SimpleNamespace

import onnx

__version__ = "10.9.0"
ComputeCapability = IntEnum("ComputeCapability", {"NONE": 0, "SM86": 86, "SM89": 89, "SM120": 120})
NetworkDefinitionCreationFlag = IntEnum("NetworkDefinitionCreationFlag", {"STRONGLY_TYPED": 1})
MemoryPoolType = IntEnum("MemoryPoolType", {"WORKSPACE": 0})


class ILogger:
    ERROR, WARNING = 1, 2


class _Profile:
    def __init__(self):
        self.shapes = {}

    def set_shape(self, name, smallest, usual, largest):
        self.shapes[name] = (smallest, usual, largest)


class _Config:
    def __init__(self):
        self.profiles, self.pools, self.capability, self.timings = [], {}, None, None
        self.num_compute_capabilities = 0

    def set_compute_capability(self, value, index):
        self.capability = value

    def set_memory_pool_limit(self, pool, size):
        self.pools[pool] = size

    def add_optimization_profile(self, profile):
        self.profiles.append(profile.shapes)

    def create_timing_cache(self, known):
        return SimpleNamespace(serialize=lambda: known + b"timed ")

    def set_timing_cache(self, cache, ignore_mismatch):
        self.timings = cache

    def get_timing_cache(self):
        return self.timings


class Builder:
    def __init__(self, logger):
        self.logger = logger

    def create_network(self, flags):
        assert flags == 1 << NetworkDefinitionCreationFlag.STRONGLY_TYPED
        return SimpleNamespace(graph=b"")

    def create_builder_config(self):
        return _Config()

    def create_optimization_profile(self):
        return _Profile()

    def build_serialized_network(self, network, config):
        time.sleep(float(os.environ.get("FAKE_SECONDS", 0)))
        if config.pools.get(MemoryPoolType.WORKSPACE) == 2**20:
            self.logger.log(ILogger.WARNING, "never mind")
            self.logger.log(ILogger.ERROR, "Could not find any implementation\n  for node Conv_1.")
            return None
        text = repr((config.profiles, config.pools, config.capability)).encode()
        return hashlib.sha256(network.graph + text).digest() * 100


class OnnxParser:
    def __init__(self, network, logger):
        self.network, self.errors = network, []

    def parse(self, data):
        operators = {node.op_type for node in onnx.load_model_from_string(data).graph.node}
        unknown = operators & {os.environ.get("FAKE_UNKNOWN")}
        self.errors = [
            SimpleNamespace(
                desc=lambda: "Assertion failed: no importer\n was found", node_operator=lambda name=name: name
            )
            for name in unknown
        ]
        self.network.graph = data
        return not unknown

    @property
    def num_errors(self):
        return len(self.errors)

    def get_error(self, index):
        return self.errors[index]

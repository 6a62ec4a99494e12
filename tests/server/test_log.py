"""Reasons and errors out of tritonserver's log."""

from __future__ import annotations

from docfuse_server import log

_FAILED = """\
W1124 00:08:13.856907 17084 pinned_memory_manager.cc:273] "Unable to allocate pinned system memory"
E1124 00:08:13.857041 17084 server.cc:241] "CudaDriverHelper has not been initialized."
E1124 00:08:14.100000 17084 model_lifecycle.cc:642] "failed to load 'text' version 1: Internal: \
FileNotFoundError: no tokenizer

At:
  /models/text/1/model.py(12): initialize
"
I1124 00:08:14.200000 17084 server.cc:604] "next"
E1124 00:08:14.300000 17084 model_lifecycle.cc:642] "failed to load 'boxes' version 1: bad dims"
E1124 00:08:15.000000 17084 main.cc:431] "failed to load all models"
"""


def test_every_failed_model_is_named_with_its_reason() -> None:
    reason = log.load_failure(_FAILED)
    assert "model text: Internal: FileNotFoundError: no tokenizer" in reason
    assert "model boxes: bad dims" in reason
    assert "Cuda" not in reason


def test_without_a_failed_model_the_last_error_is_the_reason() -> None:
    text = 'E1124 00:08:13.857041 17084 server.cc:241] "CudaDriverHelper has not been initialized."\n'
    text += "error: creating server: Internal - bad repository\n"
    assert log.load_failure(text) == "error: creating server: Internal - bad repository"
    assert log.load_failure("") == "its log is empty"


def test_errors_leave_out_what_every_start_without_a_gpu_logs() -> None:
    found = log.errors(_FAILED)
    assert len(found) == 3
    assert found[0].endswith('initialize\n"')

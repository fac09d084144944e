"""A judge model that vLLM runs for this process: for many pairs, without a server to look after.

    vllm:internlm/Visual-ERM?device=cuda:1
    vllm:checkpoints/step-400?profile=plain&device=cuda:1&batch=64&memory=0.5

It is asked with the same `Profile` as one behind a server. Questions of any thread join those in
work, and one for which nobody waits any more is called off. Replies are held to the profile's
schema, and have no blanks between words, of which a schema would allow a model endlessly many.
vLLM runs the model in a process of its own, so that nothing of the trainer's is shared with it.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from visual_erm.endpoints import Reply
from visual_erm.errors import (
    BackendError,
    VisualErmError,
    boundary,
    require,
)
from visual_erm.judges.local import (
    PENALTIES,
    SAMPLING,
    called,
    check_sampling,
    digest,
    first_line,
    model_fault,
)
from visual_erm.judges.model import ModelJudge
from visual_erm.judges.options import VllmOptions, read_in_process
from visual_erm.judges.profile import load_profile

_GPUS = "CUDA_VISIBLE_DEVICES"


class VllmJudge(ModelJudge):
    """Asks a model that vLLM runs for this process. Thread-safe.

    Faults of asking have the codes timeout, refused_request (a question beyond the model's context)
    and internal.
    """

    def __init__(self, spec: str) -> None:
        """Read the spec and load the model.

        Args:
            spec: as above, without "vllm:".

        Raises:
            UsageError: the spec is malformed, no such profile is built in, or its sampling has a
                setting that is unknown here.
            InputError: a profile of the user's or the cache cannot be read.
            MissingPackage: vLLM is not installed.
            BackendError: no such model or device, or no room for the weights.
        """
        name, options = read_in_process(spec, VllmOptions, "vllm")
        profile = load_profile(options.profile)
        check_sampling(profile)
        model = VllmModel(name, options)
        super().__init__(
            model,
            profile,
            options,
            name="vllm",
            model=called(name),
            details={"dtype": model.dtype, "weights": model.weights},
        )


class VllmModel:
    """A checkpoint that answers chat completions. Thread-safe."""

    def __init__(self, name: str, options: VllmOptions) -> None:
        """Load it.

        Args:
            name: a folder as `save_pretrained` writes it, or an id of the hub.
            options: device, dtype, batch, context, memory and deadline.

        Raises:
            MissingPackage: vLLM is not installed.
            BackendError: no such model or device, or no room for the weights.
        """
        require("vllm", extra="vllm", feature="The vllm judge")
        self.name, self.deadline = name, options.deadline
        self._llm = _load(name, options)
        config = self._llm.model_config
        self.dtype = str(config.dtype).removeprefix("torch.")
        self.weights = (
            digest(Path(name)) or getattr(config.hf_config, "_commit_hash", None) or "unknown"
        )
        """What tells these weights from others: a digest of the folder, or a commit of the hub."""
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._asked: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False

    def ask(self, body: Mapping[str, Any], *, until: float | None = None) -> Reply:
        """What the model answers; see `Endpoint.ask`.

        Raises:
            InfrastructureFault: codes timeout, refused_request, internal.
            BackendError: this is closed, or the process is a fork of the one that loaded it.
        """
        if self._pid != os.getpid():
            raise BackendError("a vllm judge does not survive a fork; open it where it is asked")
        started = time.monotonic()
        asked = _Asked(body)
        with self._lock:
            if self._closed:
                raise BackendError("the judge is closed and can be asked no more")
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="vllm", daemon=True)
                self._thread.start()
            self._asked.put(asked)
        try:
            output = asked.answer.result(max(0.0, (until or started + self.deadline) - started))
        except LateError:
            asked.answer.cancel()
            raise model_fault(self.name, "timeout", "did not answer in time") from None
        (said,) = output.outputs
        return Reply(
            text=said.text,
            finish=said.finish_reason or "stop",
            refusal="",
            usage={
                "seconds": time.monotonic() - started,
                "requests": 1.0,
                "money": 0.0,
                "prompt_tokens": float(len(output.prompt_token_ids)),
                "completion_tokens": float(len(said.token_ids)),
            },
        )

    def close(self) -> None:
        """Answer what is asked already and let go of the weights; nothing more can be asked."""
        with self._lock:
            self._closed = True
            self._asked.put(None)
        if self._thread is not None:
            self._thread.join()
        if self._llm is not None and self._pid == os.getpid():
            self._llm.llm_engine.engine_core.shutdown()
        self._llm = None

    def _serve(self) -> None:
        """Answer until this is closed."""
        flying: dict[str, _Asked] = {}
        while True:
            try:
                with boundary("judge"):
                    if not self._turn(flying):
                        return
            except VisualErmError as error:
                for asked in flying.values():
                    asked.end(error)
                flying.clear()

    def _turn(self, flying: dict[str, _Asked]) -> bool:
        """Take in what is asked and go on by one token; False when this is closed and all is
        answered. Waits where there is nothing to do.
        """
        while not flying or not self._asked.empty():
            asked = self._asked.get()
            if asked is None:
                self._asked.put(None)  # it stays the last
                if not flying:
                    return False
                break
            self._begin(asked, flying)
        engine = self._llm.llm_engine
        for output in engine.step():
            key = _key(output.request_id)
            if output.finished and key in flying:
                flying.pop(key).end(output)
        late = [key for key, asked in flying.items() if asked.answer.cancelled()]
        if late:
            engine.abort_request([flying.pop(key).name for key in late], internal=True)
        return True

    def _begin(self, asked: _Asked, flying: dict[str, _Asked]) -> None:
        if asked.answer.cancelled():
            return
        try:
            with boundary("judge"):
                asked.name = self._enqueued(asked.body)
        except VisualErmError as error:
            asked.end(error)
        else:
            flying[_key(asked.name)] = asked

    def _enqueued(self, body: Mapping[str, Any]) -> str:
        from vllm.exceptions import VLLMClientError

        try:
            (name,) = self._llm.enqueue_chat(
                [body["messages"]], [self._params(body)], use_tqdm=False
            )
        except (VLLMClientError, ValueError) as error:
            what = f"refuses: {first_line(error)}"
            raise model_fault(self.name, "refused_request", what) from error
        return str(name)

    def _params(self, body: Mapping[str, Any]) -> Any:
        """What the body states; what it does not is left to the checkpoint, as servers do."""
        from vllm import SamplingParams
        from vllm.sampling_params import StructuredOutputsParams

        named = self._llm.model_config.get_diff_sampling_param()
        named |= {name: body[name] for name in (*SAMPLING, *PENALTIES) if name in body}
        if "top_k" in named:
            named["top_k"] = int(named["top_k"])
        if "response_format" in body:
            schema = body["response_format"]["json_schema"]["schema"]
            named["structured_outputs"] = StructuredOutputsParams(json=schema)
        return SamplingParams(**{**named, "max_tokens": int(body["max_tokens"])})


@dataclass(eq=False)
class _Asked:
    """A question, and the answer that somebody waits for."""

    body: Mapping[str, Any]
    name: str = ""
    """Under which the engine knows it."""
    answer: Future[Any] = field(default_factory=Future)

    def end(self, outcome: Any) -> None:
        """Answer it, or raise for it, if somebody still waits."""
        if not self.answer.set_running_or_notify_cancel():
            return
        if isinstance(outcome, VisualErmError):
            self.answer.set_exception(outcome)
        else:
            self.answer.set_result(outcome)


def _key(name: str) -> str:
    """The number of a request: the engine adds letters to it, and does not always say them."""
    return name.partition("-")[0]


def _load(name: str, options: VllmOptions) -> Any:
    from vllm import LLM
    from vllm.platforms import current_platform

    wanted, here = options.device.partition(":")[0], current_platform.device_type
    if wanted != here:
        raise BackendError(f"this vLLM runs models on {here}, not on {options.device} (device=)")
    try:
        with _only(options.device):
            return LLM(
                model=name,
                revision=options.revision or None,
                dtype="float32" if (wanted, options.dtype) == ("cpu", "auto") else options.dtype,
                max_num_seqs=options.batch,
                max_model_len=options.context or -1,
                gpu_memory_utilization=options.memory,
                limit_mm_per_prompt={"image": 2, "video": 0},
                # what compiling gains on a CPU does not pay for the minutes that it takes
                enforce_eager=wanted == "cpu",
                structured_outputs_config={"backend": "xgrammar", "disable_any_whitespace": True},
            )
    except (OSError, ValueError, RuntimeError) as error:
        raise BackendError(f"cannot load the model {name}: {first_line(error)}") from None


@contextmanager
def _only(device: str) -> Iterator[None]:
    """Processes that are started here see one GPU, counted among those that this one sees."""
    kind, _, number = device.partition(":")
    before = os.environ.get(_GPUS)
    if kind != "cuda":
        yield
        return
    seen = before.split(",") if before else []
    if seen and int(number) >= len(seen):
        raise BackendError(f"no {device} here; {_GPUS} names {len(seen)} GPUs")
    os.environ[_GPUS] = seen[int(number)] if seen else number
    try:
        yield
    finally:
        if before is None:
            del os.environ[_GPUS]
        else:
            os.environ[_GPUS] = before

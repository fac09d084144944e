"""A judge model in this process, by transformers: any checkpoint that reads pictures and text.

    local:internlm/Visual-ERM?device=cuda:1
    local:checkpoints/step-400?profile=plain&device=cuda:1&batch=16

It is asked with the same `Profile` as one behind a server, and sees the same encoded pictures. What
several threads ask at once is answered together. It runs on the CPU unless a GPU is named, and no
code that comes with a checkpoint is run. A model that cannot be loaded is a BackendError; one that
runs out of memory or time is an infrastructure fault, never a score.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from visual_erm import images
from visual_erm.endpoints import Reply
from visual_erm.errors import (
    BackendError,
    InfrastructureFault,
    UsageError,
    VisualErmError,
    require,
)
from visual_erm.judges.batching import Together
from visual_erm.judges.model import ModelJudge
from visual_erm.judges.options import LocalOptions, read_in_process
from visual_erm.judges.profile import Profile, load_profile
from visual_erm.types import Failure

SAMPLING = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty")
"""Settings of profiles that transformers knows by the same name."""
PENALTIES = ("presence_penalty", "frequency_penalty")
"""Settings that it does not know, and that are added here."""
EVERY = 1 << 20
"""Bytes of a weights file; the first `LOOKED_AT` of each such piece are part of its digest."""
LOOKED_AT = 4096
_WEIGHTS = (".safetensors", ".bin")
_TOLD = (".json", ".jinja", ".txt", ".model")


class LocalJudge(ModelJudge):
    """Asks a model in this process. Thread-safe; one thread of its own runs the model.

    Faults of asking have the codes timeout, out_of_memory, refused_request (a question beyond the
    model's context) and internal.
    """

    without_schema = "asked without the schema, to which a local model is not held"

    def __init__(self, spec: str, *, loaded: tuple[Any, Any] | None = None) -> None:
        """Read the spec and load the model.

        Args:
            spec: as above, without "local:".
            loaded: processor and model that are in memory already, as while they are trained; the
                spec then says where they come from.

        Raises:
            UsageError: the spec is malformed, no such profile is built in, or its sampling has a
                setting that is unknown here.
            InputError: a profile of the user's or the cache cannot be read.
            MissingPackage: torch or transformers is not installed.
            BackendError: no such model, device or processor, or no room for the weights.
        """
        name, options = read_in_process(spec, LocalOptions, "local")
        profile = load_profile(options.profile)
        check_sampling(profile)
        model = LocalModel(name, options, loaded=loaded)
        super().__init__(
            model,
            profile,
            options,
            name="local",
            model=called(name),
            details={"dtype": model.dtype, "weights": model.weights},
        )


class LocalModel:
    """A checkpoint that answers chat completions. Thread-safe."""

    def __init__(
        self, name: str, options: LocalOptions, *, loaded: tuple[Any, Any] | None = None
    ) -> None:
        """Load it.

        Args:
            name: a folder as `save_pretrained` writes it, or an id of the hub.
            options: device, dtype, batch and deadline.
            loaded: processor and model, if they are in memory.

        Raises:
            MissingPackage: torch or transformers is not installed.
            BackendError: no such model, device or processor, or no room for the weights.
        """
        for package in ("torch", "transformers"):
            require(package, extra="local", feature="The local judge")
        self.name, self.deadline = name, options.deadline
        self._processor, self._model = loaded or load(name, options)
        self.dtype = str(self._model.dtype).removeprefix("torch.")
        stored = "" if loaded else digest(Path(name)) or self._model.config._commit_hash
        self.weights = stored or "unknown"
        """What tells these weights from others: a digest of the folder, or a commit of the hub."""
        text = self._model.config.get_text_config()
        self._context = int(getattr(text, "max_position_embeddings", None) or 1 << 30)
        self._pid = os.getpid()
        self._together: Together[_Question, Reply] = Together(
            self._answers, most=options.batch, kind=lambda question: question.settings
        )

    def ask(self, body: Mapping[str, Any], *, until: float | None = None) -> Reply:
        """What the model answers; see `Endpoint.ask`.

        Raises:
            InfrastructureFault: codes timeout, out_of_memory, refused_request, internal.
            BackendError: this is closed, or the process is a fork of the one that loaded it.
        """
        if self._pid != os.getpid():
            raise BackendError("a local judge does not survive a fork; open it where it is asked")
        started = time.monotonic()
        question = _Question.of(body, until or started + self.deadline)
        try:
            reply = self._together.ask(question, question.until)
        except TimeoutError:
            raise self._fault("timeout", "did not answer in time") from None
        usage = {"seconds": time.monotonic() - started, "requests": 1.0, "money": 0.0}
        return replace(reply, usage={**reply.usage, **usage})

    def close(self) -> None:
        """Answer what is asked already and let go of the weights; nothing more can be asked."""
        self._together.close()
        self._model = self._processor = None

    def _answers(self, asked: Sequence[_Question]) -> list[Reply | VisualErmError]:
        """A reply or a fault for each question; all have the same settings."""
        inputs = self._processor.apply_chat_template(
            [question.messages for question in asked],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
            processor_kwargs={"padding": True},
        )
        lengths = inputs["attention_mask"].sum(dim=1).tolist()
        if max(lengths) >= self._context:
            return self._without_the_long(asked, lengths)
        rows = self._generated(inputs, asked)
        if rows is not None:
            return [
                self._reply(question, row, length)
                for question, row, length in zip(asked, rows, lengths, strict=True)
            ]
        if len(asked) == 1:
            return [self._fault("out_of_memory", "has no room in memory for this question")]
        half = len(asked) // 2
        return [*self._answers(asked[:half]), *self._answers(asked[half:])]

    def _without_the_long(
        self, asked: Sequence[_Question], lengths: Sequence[int]
    ) -> list[Reply | VisualErmError]:
        fitting = [
            question
            for question, length in zip(asked, lengths, strict=True)
            if length < self._context
        ]
        answers = iter(self._answers(fitting) if fitting else ())
        return [
            next(answers)
            if length < self._context
            else self._fault(
                "refused_request", f"reads {self._context} tokens at most; asked with {length}"
            )
            for length in lengths
        ]

    def _generated(self, inputs: Any, asked: Sequence[_Question]) -> list[list[int]] | None:
        """The tokens that follow each prompt; None where memory does not suffice."""
        import torch

        prompt = inputs["input_ids"].shape[1]
        sampling = {name: value for name, value in asked[0].sampling.items() if name in SAMPLING}
        penalties = [asked[0].sampling.get(name, 0.0) for name in PENALTIES]
        config = copy.deepcopy(self._model.generation_config)
        config.update(**_as_generation(sampling))
        config.max_length = None
        config.max_new_tokens = min(asked[0].max_tokens, self._context - prompt)
        try:
            with torch.inference_mode():
                whole = self._model.generate(
                    **inputs.to(self._model.device),
                    generation_config=config,
                    logits_processor=[_Penalties(prompt, *penalties)] if any(penalties) else [],
                    stopping_criteria=[_Late(max(question.until for question in asked))],
                )
            rows: list[list[int]] = whole[:, prompt:].tolist()
            return rows
        except (RuntimeError, MemoryError) as error:
            if not _is_memory(error):
                raise
        # out here, where the error no longer holds on to the tensors
        if self._model.device.type == "cuda":
            torch.cuda.empty_cache()
        return None

    def _reply(
        self, question: _Question, row: Sequence[int], length: int
    ) -> Reply | VisualErmError:
        ends = self._model.generation_config.eos_token_id
        ends = {ends} if isinstance(ends, int) else set(ends or ())
        last = next((at for at, token in enumerate(row, 1) if token in ends), None)
        if last is None and time.monotonic() >= question.until:
            return self._fault("timeout", "did not answer in time")
        text = self._processor.tokenizer.decode(
            row[:last], skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return Reply(
            text=text,
            finish="length" if last is None else "stop",
            refusal="",
            usage={"prompt_tokens": float(length), "completion_tokens": float(last or len(row))},
            without_schema=question.guided,
        )

    def _fault(self, code: str, what: str) -> InfrastructureFault:
        return model_fault(self.name, code, what)


def called(name: str) -> str:
    """What a model is called in verdicts: an id of the hub, or a folder without its path."""
    return Path(name).resolve().name if Path(name).is_dir() else name


def model_fault(name: str, code: str, what: str) -> InfrastructureFault:
    """A model of this process could not be asked."""
    message = f"the model {name} {what}"
    failure = Failure(kind="infrastructure", stage="judge", code=code, message=message)
    return InfrastructureFault(failure)


@dataclass(frozen=True)
class _Question:
    """The body of a chat completion as transformers takes it."""

    messages: list[dict[str, Any]]
    max_tokens: int
    sampling: dict[str, float]
    guided: bool
    """Whether the reply was to be held to a schema."""
    until: float

    @classmethod
    def of(cls, body: Mapping[str, Any], until: float) -> _Question:
        """With the pictures decoded, as a server would decode them."""
        return cls(
            messages=[
                {**message, "content": _parts(message["content"])} for message in body["messages"]
            ],
            max_tokens=int(body["max_tokens"]),
            sampling={name: body[name] for name in (*SAMPLING, *PENALTIES) if name in body},
            guided="response_format" in body,
            until=until,
        )

    @property
    def settings(self) -> Hashable:
        """What questions must share to be answered together."""
        return self.max_tokens, tuple(sorted(self.sampling.items()))


class _Penalties:
    """Presence and frequency penalties as OpenAI defines them: on what was generated so far."""

    def __init__(self, prompt: int, presence: float, frequency: float) -> None:
        self._prompt, self._presence, self._frequency = prompt, presence, frequency

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Scores `(batch, vocabulary)` after `input_ids` `(batch, length)`."""
        import torch

        said = input_ids[:, self._prompt :]
        counts = torch.zeros_like(scores).scatter_add_(
            1, said, torch.ones_like(said, dtype=scores.dtype)
        )
        return scores - self._presence * (counts > 0) - self._frequency * counts


class _Late:
    """Ends a batch for which nobody waits any more."""

    def __init__(self, until: float) -> None:
        self._until = until

    def __call__(self, input_ids: Any, scores: Any, **unused: Any) -> Any:
        """Whether each row ends."""
        import torch

        late = time.monotonic() >= self._until
        return torch.full((len(input_ids),), late, dtype=torch.bool, device=input_ids.device)


def _parts(content: str | Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    from PIL import Image as PILImage

    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [
        {"type": "image", "image": PILImage.fromarray(images.load(part["image_url"]["url"]))}
        if part["type"] == "image_url"
        else dict(part)
        for part in content
    ]


def _as_generation(sampling: Mapping[str, float]) -> dict[str, Any]:
    """Sampling as transformers says it; what is not named is left to the checkpoint."""
    if sampling.get("temperature") == 0:
        rest = {name: value for name, value in sampling.items() if name == "repetition_penalty"}
        return {"do_sample": False, "temperature": None, "top_p": None, "top_k": None, **rest}
    named: dict[str, Any] = dict(sampling)
    if "top_k" in named:
        named["top_k"] = int(named["top_k"])
    return {"do_sample": True, **named} if "temperature" in named else named


def check_sampling(profile: Profile) -> None:
    """Refuse settings that a model in this process does not know.

    Raises:
        UsageError: the profile names one.
    """
    for layout in profile.layouts.values():
        for name in layout.sampling:
            if name not in SAMPLING + PENALTIES:
                known = ", ".join(SAMPLING + PENALTIES)
                raise UsageError(
                    f'profile "{profile.name}": a local model has no setting "{name}"; '
                    f"known: {known}"
                )


def load(name: str, options: LocalOptions) -> tuple[Any, Any]:
    """Processor and model of a checkpoint that can chat about pictures.

    Raises:
        BackendError: no such model, device or processor, or no room for the weights.
    """
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    device = torch.device(options.device)
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise BackendError(f"no {device} here; {torch.cuda.device_count()} GPUs are seen")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise BackendError("no mps here")
    usual = "float32" if device.type == "cpu" else "bfloat16"
    dtype = getattr(torch, usual if options.dtype == "auto" else options.dtype)
    stated = {"revision": options.revision} if options.revision else {}
    try:
        model, info = AutoModelForImageTextToText.from_pretrained(
            name, dtype=dtype, output_loading_info=True, **stated
        )
    except (OSError, ValueError) as error:
        raise BackendError(f"cannot load the model {name}: {first_line(error)}") from None
    if missing := sorted(info["missing_keys"]):
        # they would be random, and so would verdicts be
        raise BackendError(f"the model {name} lacks weights: {', '.join(missing[:3])}")
    try:
        processor = AutoProcessor.from_pretrained(name, **stated)
    except ImportError as error:
        # transformers names one of several packages; nearly always it is this one
        require("torchvision", extra="local", feature=f"The processor of {name}")
        raise BackendError(f"cannot load the processor of {name}: {first_line(error)}") from None
    except (OSError, ValueError) as error:
        raise BackendError(f"the model {name} has no processor: {first_line(error)}") from None
    if getattr(processor, "image_processor", None) is None:
        raise BackendError(f"the model {name} has no processor for pictures")
    if not (getattr(processor, "chat_template", None) or processor.tokenizer.chat_template):
        raise BackendError(f"the model {name} has no chat template")
    if model.config.is_encoder_decoder:
        raise BackendError(f"the model {name} is no chat model: it has an encoder and a decoder")
    tokenizer = processor.tokenizer
    tokenizer.padding_side = "left"
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    try:
        return processor, model.eval().to(device)
    except (RuntimeError, MemoryError) as error:
        if not _is_memory(error):
            raise
        raise BackendError(f"the model {name} has no room in the memory of {device}") from None


def _is_memory(error: BaseException) -> bool:
    """Whether memory ran out: torch says so in several ways."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or "out of memory" in said or "allocate memory" in said


def first_line(error: BaseException) -> str:
    """What an exception says, in a line."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def digest(folder: Path) -> str:
    """Of a checkpoint's small files, and of a piece of every megabyte of its weights; empty if
    there is no such folder. Sixteen hexadecimal digits.
    """
    if not folder.is_dir():
        return ""
    whole = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in _TOLD:
            whole.update(json.dumps([path.name, path.stat().st_size]).encode())
            whole.update(path.read_bytes())
        elif path.suffix in _WEIGHTS:
            size = path.stat().st_size
            whole.update(json.dumps([path.name, size]).encode())
            with path.open("rb") as file:
                for start in range(0, size, EVERY):
                    file.seek(start)
                    whole.update(file.read(LOOKED_AT))
    return whole.hexdigest()[:16]

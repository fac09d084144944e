"""What a judge server is told: where it listens, how it judges, and what it takes at most."""

from __future__ import annotations

import hmac
import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path

from visual_erm.errors import InputError, UsageError
from visual_erm.rewards.shaping import make_shaping, needs_batch

TOKEN = "VISUAL_ERM_SERVER_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable that a token is taken from."""
MIB = 1 << 20
SHORTEST_TOKEN = 16
"""Characters; a shorter one can be guessed."""


@dataclass(frozen=True)
class Settings:
    """How a server runs. All sizes are upper limits."""

    host: str = "127.0.0.1"
    port: int = 8000
    """0 for any that is free."""
    judge: str = "embedded"
    shaping: str = "graded"
    workers: int | None = None
    """Samples that are judged at once; see `VisualReward`."""
    queue: int = 128
    """Samples that wait for a worker; the next one is refused with 429."""
    deadline: float = 60.0
    """Seconds from the first byte of a request to its answer; a client may lower it."""
    body: int = 32 * MIB
    """Bytes of one request."""
    held: int = 256 * MIB
    """Bytes of all bodies that are held at once; above it, 429."""
    pixels: int = 16_000_000
    """Of one picture; known from its header, before it is decoded."""
    batch: int = 128
    """Samples in one request; see `longest_batch`."""
    connections: int = 2048
    """Open at once; above it, 503."""
    grace: float = 30.0
    """Seconds that a stopping server gives to what it has accepted."""
    token: str = field(default="", repr=False)
    """Asked of every client as "Authorization: Bearer TOKEN"; empty for none."""
    hosts: tuple[str, ...] = ()
    """Names in a Host header that are answered, beside the loopback ones; for a loopback server
    without a token, where it keeps foreign web pages out (DNS rebinding)."""
    runs: Path | None = None
    """Folder whose run folders are shown at /report; None for none."""

    def __post_init__(self) -> None:
        """Raise UsageError for an option outside its range."""
        for name in ("queue", "body", "held", "pixels", "batch", "connections"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} must be at least 1; got {getattr(self, name)}")
        for name in ("deadline", "grace"):
            if not 0 < getattr(self, name) < float("inf"):
                raise UsageError(f"{name} must be seconds above 0; got {getattr(self, name)}")
        if self.held < self.body:
            raise UsageError("held must be at least body: one whole request has to fit")
        if not 0 <= self.port < 1 << 16:
            raise UsageError(f"port must be in 0..65535; got {self.port}")
        if self.runs is not None and not self.runs.is_dir():
            raise UsageError(f"runs must be a folder; got {self.runs}")
        if needs_batch(make_shaping(self.shaping)):
            raise UsageError(
                f'shaping "{self.shaping}" needs a whole batch at once; requests stand alone'
            )
        if self.token and (
            len(self.token) < SHORTEST_TOKEN
            or not self.token.isascii()
            or not self.token.isprintable()
            or " " in self.token
        ):
            raise UsageError(
                f"a token has at least {SHORTEST_TOKEN} characters, ASCII and without spaces"
            )

    @property
    def longest_batch(self) -> int:
        """Samples in one request; of more than may wait, none would ever be accepted."""
        return min(self.batch, self.queue)

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)

    def admits(self, authorization: str) -> bool:
        """Whether a request with this header may come in; takes the same time for all tokens."""
        scheme, _, given = authorization.partition(" ")
        same = hmac.compare_digest(given.strip().encode(), self.token.encode())
        return not self.token or (scheme.lower() == "bearer" and same)


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine's own.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.2", "::1", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def read_token(path: Path | None) -> str:
    """The token, from a file or else from the environment; empty where there is none.

    Raises:
        InputError: the file cannot be read, or holds nothing.
    """
    if path is None:
        return os.environ.get(TOKEN, "").strip()
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the token from {path}: {error}") from None
    if not token:
        raise InputError(f"{path} holds no token")
    return token

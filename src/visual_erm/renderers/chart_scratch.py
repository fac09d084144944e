"""Files that a plotting program writes, kept in memory.

The confined child has no writable path. Honest programs still make folders, write a CSV and read it
back, or save a picture and open it with Pillow; here they can. This is a convenience and no part of
the confinement: a program that goes around it meets the kernel's refusal.

What is written under any path goes to memory and is found there by `open`, `os.stat` and all that
is built on them (`os.path.exists`, `pathlib`, `glob`, `shutil.copy`, pandas, Pillow). Files of the
machine stay readable as far as the confinement lets them be. Folders need not exist.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from visual_erm.renderers.chart_patches import Patches

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

MOST_BYTES = 64 << 20
"""Of all files together."""
MOST_FILES = 512
HOME = "/home/program"
"""The current folder of a program as it starts; exists in memory only."""

HIDDEN = "/sys/"
"""Not there at all: joblib would read what it sees there, and the confinement refuses that."""


class _Node:
    """One file: bytes, or a promise of them."""

    def __init__(self, encode: Callable[[], bytes] | None = None, weight: int = 0) -> None:
        self.content = bytearray()
        self.encode = encode
        self.weight = weight
        """Bytes that a promise holds on to."""

    def read(self) -> bytearray:
        if self.encode is not None:
            encode, self.encode, self.weight = self.encode, None, 0
            self.content[:] = encode()
        return self.content


class _Raw(io.RawIOBase):
    """The unbuffered file over a node."""

    def __init__(self, scratch: Scratch, node: _Node, name: Any, mode: str) -> None:
        self._scratch, self._node = scratch, node
        self.name, self.mode = name, mode
        self._updating = "+" in mode
        self._position = len(node.read()) if "a" in mode else 0

    def readable(self) -> bool:
        return "r" in self.mode or self._updating

    def writable(self) -> bool:
        return "r" not in self.mode or self._updating

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        piece = self._node.read()[self._position : self._position + len(view)]
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def write(self, content: ReadableBuffer) -> int:
        piece = bytes(content)
        held = self._node.read()
        if "a" in self.mode:
            self._position = len(held)
        end = self._position + len(piece)
        self._scratch.reserve(end - len(held))
        if self._position > len(held):
            held.extend(bytes(self._position - len(held)))
        held[self._position : end] = piece
        self._position = end
        return len(piece)

    def seek(self, offset: int, whence: int = 0) -> int:
        start = (0, self._position, len(self._node.read()))[whence]
        if start + offset < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def truncate(self, size: int | None = None) -> int:
        size = self._position if size is None else size
        held = self._node.read()
        self._scratch.reserve(size - len(held))
        held[size:] = bytes(max(0, size - len(held)))
        return size


class _Entry:
    """What `os.scandir` yields for a file in memory."""

    def __init__(self, scratch: Scratch, folder: str, name: str) -> None:
        self.name = name
        self.path = os.path.join(folder, name)  # noqa: PTH118 - as os.scandir joins
        self._stat = scratch.stat(self.path)

    def stat(self, *, follow_symlinks: bool = True) -> Any:
        return self._stat

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return stat.S_ISDIR(self._stat.st_mode)

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        return stat.S_ISREG(self._stat.st_mode)

    def is_symlink(self) -> bool:
        return False

    def __fspath__(self) -> str:
        return self.path


class _Listing:
    """What `os.scandir` returns: an iterator that closes."""

    def __init__(self, entries: list[Any]) -> None:
        self._entries = iter(entries)

    def __iter__(self) -> Iterator[Any]:
        return self._entries

    def __next__(self) -> Any:
        return next(self._entries)

    def __enter__(self) -> _Listing:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def close(self) -> None:
        """Nothing is held."""


class Scratch:
    """The files and folders of one program."""

    def __init__(self) -> None:
        self._nodes: dict[str, _Node] = {}
        self._folders: set[str] = {HOME}
        self._folder: str | None = HOME
        """The current folder, if that is one in memory."""
        self._real: dict[str, Callable[..., Any]] = {}

    def install(self, patches: Patches) -> None:
        """Replace the functions that touch files."""
        real = self._real
        real["open"] = builtins.open
        for name in ("stat", "lstat", "listdir", "scandir", "chdir", "getcwd", "access"):
            real[name] = getattr(os, name)
        patches.put(builtins, "open", self.open)
        patches.put(io, "open", self.open)
        for name in (
            *("stat", "lstat", "listdir", "scandir", "chdir", "getcwd", "access"),
            *("mkdir", "makedirs", "remove", "unlink", "rmdir", "rename", "replace"),
        ):
            patches.put(os, name, getattr(self, "remove" if name == "unlink" else name))
        for name in ("chmod", "utime", "chown"):
            patches.put(os, name, lambda *_, **__: None)
        if (joblib := sys.modules.get("joblib._store_backends")) is not None:
            # it took these when it was imported
            backend = joblib.FileSystemStoreBackend
            patches.put(backend, "_open_item", staticmethod(self.open))
            patches.put(backend, "_move_item", staticmethod(self.rename))
        patches.put(shutil, "rmtree", self.rmtree)
        patches.put(tempfile, "tempdir", "/tmp")  # noqa: S108 - a name in memory, not a folder
        patches.put(tempfile, "NamedTemporaryFile", self.named_temporary_file)
        patches.put(tempfile, "TemporaryFile", self.named_temporary_file)

    def promise(self, path: Any, encode: Callable[[], bytes], weight: int) -> None:
        """A file whose bytes are made when somebody reads them; `weight` is what it holds."""
        self._make_room(weight)
        self._nodes[self._key(path)] = _Node(encode, weight)

    def reserve(self, more: int) -> None:
        """Refuse what would go beyond the limits.

        Raises:
            OSError: no space left.
        """
        if more > 0 and self._size() + more > MOST_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _make_room(self, weight: int) -> None:
        """Forget the oldest promises; pictures that were saved and never read are of no use."""
        for key in [k for k, node in self._nodes.items() if node.encode is not None]:
            if self._size() + weight <= MOST_BYTES and len(self._nodes) < MOST_FILES:
                return
            self._nodes[key] = _Node(bytes)
            if len(self._nodes) >= MOST_FILES:
                del self._nodes[key]

    def _size(self) -> int:
        return sum(len(node.content) + node.weight for node in self._nodes.values())

    def _key(self, path: Any) -> str:
        text = os.fsdecode(path)
        if not text.startswith("/"):
            text = os.path.join(self.getcwd(), text)  # noqa: PTH118 - pathlib comes back here
        return os.path.normpath(text)

    def _known(self, path: Any) -> str | None:
        """The key of a file or folder in memory."""
        if isinstance(path, int):
            return None
        key = self._key(path)
        return key if key in self._nodes or key in self._folders else None

    def open(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Any = None,
    ) -> Any:
        """As the built-in `open`, writing to memory."""
        writing = any(letter in mode for letter in "wax+")
        if isinstance(file, int) or opener is not None:
            return self._real["open"](
                file, mode, buffering, encoding, errors, newline, closefd, opener
            )
        key = self._key(file)
        if (not writing and key not in self._nodes) or key.startswith("/dev/"):
            return self._real["open"](file, mode, buffering, encoding, errors, newline)
        if key in self._folders:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), file)
        raw = _Raw(self, self._node(key, file, mode), file, mode)
        binary = "b" in mode
        if buffering == 0 and binary:
            return raw
        buffered: Any
        if "+" in mode:
            buffered = io.BufferedRandom(raw)
        else:
            buffered = io.BufferedReader(raw) if "r" in mode else io.BufferedWriter(raw)
        if binary:
            return buffered
        text: Any = io.TextIOWrapper(
            buffered, encoding or "utf-8", errors, newline, line_buffering=buffering == 1
        )
        text.mode = mode
        return text

    def _node(self, key: str, file: Any, mode: str) -> _Node:
        node = self._nodes.get(key)
        if "x" in mode and node is not None:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), file)
        if node is None:
            if len(self._nodes) >= MOST_FILES:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), file)
            node = _Node()
            if "a" in mode or "r" in mode:
                self._copy_real(node, file, must_exist="r" in mode)
            self._nodes[key] = node
        elif "w" in mode:
            # a new node: who still reads the old one keeps what it opened
            node = self._nodes[key] = _Node()
        return node

    def _copy_real(self, node: _Node, file: Any, *, must_exist: bool) -> None:
        try:
            with self._real["open"](file, "rb") as existing:
                content = existing.read(MOST_BYTES)
        except OSError:
            if must_exist:
                raise
            return
        self.reserve(len(content))
        node.content[:] = content

    def stat(self, path: Any, *, dir_fd: Any = None, follow_symlinks: bool = True) -> Any:
        """As `os.stat`."""
        key = self._known(path)
        if key is None:
            if not isinstance(path, int) and self._key(path).startswith(HIDDEN):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
            if follow_symlinks:
                return self._real["stat"](path, dir_fd=dir_fd)
            return self._real["lstat"](path, dir_fd=dir_fd)
        node = self._nodes.get(key)
        mode = stat.S_IFDIR | 0o755 if node is None else stat.S_IFREG | 0o644
        size = 0 if node is None else len(node.read())
        return os.stat_result((mode, hash(key) & 0xFFFFFF, 0, 1, 0, 0, size, 0, 0, 0))

    def lstat(self, path: Any, *, dir_fd: Any = None) -> Any:
        """As `os.lstat`."""
        return self.stat(path, dir_fd=dir_fd, follow_symlinks=False)

    def access(self, path: Any, mode: int, **kwargs: Any) -> bool:
        """As `os.access`; every path can be written."""
        if self._known(path) is not None or mode == os.W_OK:
            return True
        return bool(self._real["access"](path, mode & ~os.W_OK, **kwargs))

    def getcwd(self) -> str:
        """As `os.getcwd`."""
        return self._folder or str(self._real.get("getcwd", os.getcwd)())

    def chdir(self, path: Any) -> None:
        """As `os.chdir`, into memory as well."""
        key = self._key(path)
        if key in self._folders:
            self._folder = key
            return
        self._real["chdir"](path)
        self._folder = None

    def _exists(self, path: Any) -> bool:
        try:
            self.stat(path)
        except (OSError, ValueError):
            return False
        return True

    def mkdir(self, path: Any, mode: int = 0o777, *, dir_fd: Any = None) -> None:
        """As `os.mkdir`."""
        if self._exists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        self.makedirs(path)

    def makedirs(self, name: Any, mode: int = 0o777, exist_ok: bool = False) -> None:
        """As `os.makedirs`."""
        if not exist_ok and self._exists(name):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)
        if len(self._folders) >= MOST_FILES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)
        key = self._key(name)
        while key not in self._folders and key not in ("/", "") and not self._exists(key):
            self._folders.add(key)
            key = os.path.dirname(key)  # noqa: PTH120 - plain text; pathlib would come back here

    def _children(self, key: str) -> list[str]:
        prefix = key.rstrip("/") + "/"
        names = [p[len(prefix) :] for p in (*self._nodes, *self._folders) if p.startswith(prefix)]
        return sorted({name for name in names if "/" not in name})

    def listdir(self, path: Any = ".") -> list[str]:
        """As `os.listdir`, real and remembered together."""
        if isinstance(path, int):
            return list(self._real["listdir"](path))
        key = self._key(path)
        children = self._children(key)
        try:
            real = list(self._real["listdir"](key))
        except OSError:
            if not children and self._known(path) is None:
                raise
            real = []
        return real + [name for name in children if name not in real]

    def scandir(self, path: Any = ".") -> Any:
        """As `os.scandir`."""
        if isinstance(path, int):
            return self._real["scandir"](path)
        key = self._key(path)
        children = self._children(key)
        try:
            with self._real["scandir"](key) as listing:
                real = list(listing)
        except OSError:
            if not children and self._known(path) is None:
                raise
            real = []
        seen = {entry.name for entry in real}
        folder = os.fsdecode(path)
        return _Listing(real + [_Entry(self, folder, n) for n in children if n not in seen])

    def remove(self, path: Any, *, dir_fd: Any = None) -> None:
        """As `os.remove`, of files in memory only."""
        key = self._known(path)
        if key is None or key not in self._nodes:
            code = errno.EROFS if self._exists(path) else errno.ENOENT
            raise OSError(code, os.strerror(code), path)
        del self._nodes[key]

    def rmdir(self, path: Any, *, dir_fd: Any = None) -> None:
        """As `os.rmdir`, of folders in memory only."""
        self._folders.discard(self._key(path))

    def rmtree(self, path: Any, *_: Any, **__: Any) -> None:
        """As `shutil.rmtree`, of what is in memory only."""
        key = self._key(path)
        self._folders = {p for p in self._folders if p != key and not p.startswith(key + "/")}
        for held in [p for p in self._nodes if p.startswith(key + "/")]:
            del self._nodes[held]

    def rename(self, src: Any, dst: Any, **_: Any) -> None:
        """As `os.rename`, of files in memory only."""
        key = self._known(src)
        if key is None or key not in self._nodes:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), src)
        self._nodes[self._key(dst)] = self._nodes.pop(key)

    replace = rename

    def named_temporary_file(
        self,
        mode: str = "w+b",
        buffering: int = -1,
        encoding: str | None = None,
        newline: str | None = None,
        suffix: str | None = None,
        prefix: str | None = None,
        **_: Any,
    ) -> Any:
        """As `tempfile.NamedTemporaryFile`, in memory."""
        name = f"/tmp/{prefix or 'tmp'}{len(self._nodes):06}{suffix or ''}"  # noqa: S108
        return self.open(name, mode, buffering, encoding, newline=newline)

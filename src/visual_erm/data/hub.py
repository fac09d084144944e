"""A finished folder of pairs on the Hugging Face hub.

    push(Path("pairs"), "someone/pairs", private=True)

Then `datasets.load_dataset("someone/pairs")` reads it. The token is found as `huggingface_hub`
finds it: HF_TOKEN, or what `hf auth login` stored; HF_ENDPOINT names another hub.
"""

from __future__ import annotations

from pathlib import Path

from visual_erm.data import shards
from visual_erm.errors import (
    BackendError,
    Fault,
    InputError,
    UsageError,
    VisualErmError,
    boundary,
    require,
)

_FILES = ("README.md", "build.json", "pairs-*.parquet")


def push(folder: Path, repository: str, *, private: bool = False) -> str:
    """Write a folder to a repository of data sets, made if it is not there; returns its address.

    What the hub holds already is not sent again.

    Args:
        folder: of a finished build.
        repository: "NAME" or "ORGANISATION/NAME".
        private: whether a repository that is made is hidden from others.

    Raises:
        MissingPackage: huggingface_hub is not installed.
        InputError: the folder holds no finished build.
        UsageError: there is no token, or the hub accepts no such name.
        BackendError: the hub does not answer, or refuses.
    """
    hub = require("huggingface_hub", extra="hub", feature="pushing to the hub")
    shards.count(folder)
    if not (folder / "README.md").is_file():
        raise InputError(f"the build in {folder} is not finished; run verm data build again first")
    if hub.get_token() is None:
        raise UsageError("no token for the hub: set HF_TOKEN, or run hf auth login")
    api = hub.HfApi()
    try:
        with boundary("push"):
            made = api.create_repo(repository, repo_type="dataset", private=private, exist_ok=True)
            api.upload_folder(
                folder_path=folder,
                repo_id=made.repo_id,
                repo_type="dataset",
                allow_patterns=list(_FILES),
                commit_message="Pairs by verm data build",
            )
    except Fault as fault:
        raise _sentence(fault.__cause__, repository, api.endpoint) from None
    return str(made)


def _sentence(error: BaseException | None, repository: str, endpoint: str) -> VisualErmError:
    """What the hub's client raised, as one of ours."""
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    words = " ".join(str(error).split())[:200] or type(error).__name__
    if isinstance(error, HFValidationError):
        return UsageError(f'"{repository}" is no name of a repository: {words}')
    if isinstance(error, HfHubHTTPError):
        known = {401: "the token is not accepted", 403: "the token may not write there"}
        return BackendError(f"the hub refuses: {known.get(error.response.status_code, words)}")
    # the library under the client changes with its version, and with it what it raises
    return BackendError(f"the hub at {endpoint} does not answer: {words}")

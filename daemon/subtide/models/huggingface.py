"""What the Hugging Face hub states about a repository: commit, files, sizes, hashes.

One call answers all: ``/api/models/{repo}/revision/{revision}?blobs=true``. A file in Git LFS
comes with its SHA-256, a small one with its git blob's SHA-1.
"""

from fnmatch import fnmatch
from typing import Any

from subtide.errors import BrokenAnswer, ModelMissing
from subtide.models.catalog import ModelSpec
from subtide.models.fetch import Fetcher, Listing, RemoteFile

NEWEST = "main"


def listing(fetcher: Fetcher, hub: str, spec: ModelSpec, revision: str | None) -> Listing:
    """List the files of a model at a commit, or at the newest one.

    Raises ModelMissing when the repository or commit is not there or holds no model,
    BrokenAnswer, ServerUnreachable and ServerFailed.
    """
    url = f"{hub}/api/models/{spec.repo}/revision/{revision or NEWEST}"
    answer = fetcher.json(url, {"blobs": "true"})
    try:
        commit = str(answer["sha"])
        files = tuple(
            _file(f"{hub}/{spec.repo}/resolve/{commit}", entry)
            for entry in answer["siblings"]
            if _wanted(entry["rfilename"], spec)
        )
        licence = str((answer.get("cardData") or {}).get("license") or spec.licence)
    except (AttributeError, KeyError, TypeError) as error:
        raise BrokenAnswer(
            f"{url} does not answer like a hub", "check models.hub in the settings"
        ) from error
    if not any(file.name == "model.bin" for file in files):
        raise ModelMissing(
            f"{spec.repo} holds no CTranslate2 model: model.bin is not there",
            "name a repository with a model that was converted for CTranslate2",
        )
    return Listing(f"{hub}/{spec.repo}", commit, files, licence)


def _wanted(name: str, spec: ModelSpec) -> bool:
    return "/" not in name and any(fnmatch(name, pattern) for pattern in spec.files)


def _file(base: str, entry: dict[str, Any]) -> RemoteFile:
    lfs = entry.get("lfs")
    return RemoteFile(
        name=str(entry["rfilename"]),
        url=f"{base}/{entry['rfilename']}",
        size=int(entry["size"]),
        stated=f"sha256:{lfs['sha256']}" if lfs else f"git:{entry['blobId']}",
    )

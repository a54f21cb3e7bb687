"""What Mozilla's Remote Settings states about a Firefox Translations model.

The collection ``translations-models-v2`` has one record a file: ``fileType`` (model, lex, and
vocab or srcvocab with trgvocab), languages, ``version``, ``architecture``, the hash and size
of the zstd attachment and of what it holds.
"""

import re
from collections import defaultdict
from collections.abc import Set as AbstractSet
from typing import Any

from subtide.errors import BrokenAnswer, ModelMissing, NoTranslation
from subtide.languages import Language
from subtide.models.catalog import ModelSpec
from subtide.models.fetch import Fetcher, Listing, RemoteFile

RECORDS = "buckets/main/collections/translations-models-v2/records"
SIDES = ("sourceLanguage", "targetLanguage")
MAJOR = "3."
"""How the versions begin that fxtranslate 0.5 takes; it knows no other."""
ARCHITECTURES = ("tiny", "base-memory", "base")
"""The last that a direction has is taken: tiny is the smallest and the weakest."""
FILE_NAME = re.compile(r"\w[\w.-]*")


def listing(fetcher: Fetcher, root: str, spec: ModelSpec, revision: str | None) -> Listing:
    """List the files of a direction at a revision (``3.0-base``), or at the best one.

    Raises NoTranslation without this direction, ModelMissing without the revision, BrokenAnswer,
    ServerUnreachable and ServerFailed.
    """
    about = fetcher.json(f"{root}/")
    records = fetcher.json(f"{root}/{RECORDS}")
    try:
        base = about["capabilities"]["attachments"]["base_url"]
        versions = {
            each: tuple(_file(base, record) for record in files.values())
            for each, files in _versions(records["data"], spec.languages).items()
        }
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BrokenAnswer(
            f"{root} does not answer as Remote Settings do: {error!r}",
            "another engine may serve this direction; the service may have changed",
        ) from error
    if not versions:
        source, target = spec.languages
        raise NoTranslation(
            f"Mozilla has no model from {source.name} to {target.name}",
            "name a model of another engine in translation.models",
        )
    chosen = revision or max(versions, key=_rank)
    if chosen not in versions:
        raise ModelMissing(
            f"Mozilla has {', '.join(sorted(versions))} of it, no more {chosen}",
            "keep what you have",
        )
    return Listing("Mozilla", chosen, versions[chosen], spec.licence)


def _versions(
    records: list[dict[str, Any]], languages: tuple[Language, ...]
) -> dict[str, dict[str, dict[str, Any]]]:
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for record in records:
        pair = tuple(Language.find(record.get(each)) for each in SIDES)
        if pair == languages and str(record["version"]).startswith(MAJOR):
            key = f"{record['version']}-{record.get('architecture') or ARCHITECTURES[0]}"
            found[key][record["fileType"]] = record
    return {key: files for key, files in found.items() if _complete(files.keys())}


def _complete(types: AbstractSet[str]) -> bool:
    return "model" in types and ("vocab" in types or {"srcvocab", "trgvocab"} <= types)


def _rank(revision: str) -> tuple[bool, int, int]:
    version, _, architecture = revision.partition("-")
    minor = version.removeprefix(MAJOR)
    known = ARCHITECTURES.index(architecture) if architecture in ARCHITECTURES else -1
    # 3.0a1 is not finished: it serves only where nothing else is there.
    return minor.isdigit(), known, int(minor) if minor.isdigit() else 0


def _file(base: str, record: dict[str, Any]) -> RemoteFile:
    attachment = record["attachment"]
    name = str(record["name"])
    if not FILE_NAME.fullmatch(name):
        raise ValueError(name)
    return RemoteFile(
        name=name,
        url=f"{base.rstrip('/')}/{attachment['location']}",
        size=int(attachment["size"]),
        stated=f"sha256:{attachment['hash']}",
        unpacked_size=int(record["decompressedSize"]),
        unpacked_sha256=str(record["decompressedHash"]),
    )

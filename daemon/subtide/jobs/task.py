"""A job, the thing people see, and its tasks, the pieces that one worker can lease."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from subtide.pipeline.plan import Plan


class JobState(StrEnum):
    """Where a job is."""

    QUEUED = "queued"
    """No task of it has started."""
    RUNNING = "running"
    """At least one task has started, and not all have ended."""
    DONE = "done"
    """Every target is published."""
    HELD = "held"
    """At least one target waits for review; none failed."""
    FAILED = "failed"
    """At least one target could not be made."""
    CANCELLED = "cancelled"
    """A person stopped it, or the item is gone."""


class TaskKind(StrEnum):
    """The stages of the pipeline."""

    PREPARE = "prepare"
    """Fetch and decode the audio, or read the text origin."""
    IDENTIFY = "identify"
    """Vote on the spoken language."""
    TRANSCRIBE = "transcribe"
    """One block of speech into words."""
    COMPOSE = "compose"
    """All words, or the origin's text, into checked cues."""
    TRANSLATE = "translate"
    """Cues into the language of one target."""
    PUBLISH = "publish"
    """One target into Jellyfin."""


class Resource(StrEnum):
    """What a task occupies; each has its own workers."""

    CPU = "cpu"
    """A child process that decodes and composes."""
    ASR = "asr"
    """A child process with a speech model."""
    MT = "mt"
    """A child process with a translation model."""
    NET = "net"
    """The daemon itself, talking to the server."""


class TaskState(StrEnum):
    """Where a task is."""

    READY = "ready"
    """It may be leased once its time has come."""
    LEASED = "leased"
    """A worker has it until the lease ends."""
    DONE = "done"
    """Its result is there."""
    HELD = "held"
    """Its result needs a person."""
    FAILED = "failed"
    """It will not be tried again."""
    CANCELLED = "cancelled"
    """Its job does not need it any more."""


OPEN_JOBS = frozenset({JobState.QUEUED, JobState.RUNNING})
OPEN_TASKS = frozenset({TaskState.READY, TaskState.LEASED})


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to add, unless the job has one of this kind and part."""

    kind: TaskKind
    resource: Resource
    part: str = ""
    """A span such as ``0000``, or a target's key; empty where the job has only one."""
    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One row, with its job's plan: all that a worker needs."""

    id: int
    job: int
    kind: TaskKind
    part: str
    resource: Resource
    state: TaskState
    attempt: int
    """How often it was leased. The fence: what an older attempt says is refused."""
    failures: int
    """How often it was put back after errors of the last one's kind."""
    not_before: datetime
    payload: Mapping[str, Any]
    result: Mapping[str, Any] | None
    progress: float
    error: str | None
    error_code: str | None
    lease_owner: str | None
    plan: Plan


@dataclass(frozen=True, slots=True)
class Job:
    """One row, for people."""

    id: int
    server: str
    item: str
    source: str | None
    title: str
    plan: Plan
    state: JobState
    priority: int
    signal: str
    created_at: datetime
    ended_at: datetime | None
    error: str | None
    progress: float
    """Share of its known tasks that is done, 0 to 1."""

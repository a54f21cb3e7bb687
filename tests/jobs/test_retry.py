import pytest

from subtide.errors import (
    BeingWatched,
    ChildDied,
    DiskFull,
    KeyRejected,
    LanguageUnknown,
    MediaMissing,
    MediaUnreadable,
    NoUsableAudio,
    RetryLater,
    ServerFailed,
    ServerStarting,
    ServerUnreachable,
    SubtideError,
    UploadUnseen,
)
from subtide.jobs.retry import (
    PATIENT_SECONDS,
    TOMORROW_SECONDS,
    Again,
    GiveUp,
    after,
    watched_seconds,
)


@pytest.mark.parametrize(
    ("error", "failures", "verdict"),
    [
        (ServerStarting("x"), 0, Again(5.0)),
        (ServerStarting("x"), 1, Again(10.0)),
        (ServerStarting("x"), 6, Again(320.0)),
        (ServerStarting("x"), 7, Again(PATIENT_SECONDS)),
        (ServerUnreachable("x"), 0, Again(15.0)),
        (ServerUnreachable("x"), 100_000, Again(PATIENT_SECONDS)),
        (ServerFailed("x", after=7.0), 0, Again(7.0)),
        (ServerFailed("x", after=7.0), 2, Again(28.0)),
        (ServerFailed("x", after=86_400.0), 0, Again(PATIENT_SECONDS)),
        (RetryLater("x"), 0, Again(60.0)),
        (DiskFull("x"), 0, Again(600.0)),
        (BeingWatched("x"), 0, Again(20.0)),
        (BeingWatched("x"), 100_000, Again(20.0)),
        (ChildDied("x"), 0, Again(10.0)),
        (ChildDied("x"), 1, Again(20.0)),
        (ChildDied("x"), 2, GiveUp(TOMORROW_SECONDS)),
        (UploadUnseen("x"), 3, Again(480.0)),
        (UploadUnseen("x"), 4, GiveUp(TOMORROW_SECONDS)),
        (KeyRejected("x"), 0, Again(PATIENT_SECONDS)),
        (KeyRejected("x"), 50, Again(PATIENT_SECONDS)),
        (NoUsableAudio("x"), 0, GiveUp(None)),
        (MediaMissing("x"), 0, GiveUp(86_400.0)),
        (MediaUnreadable("x"), 0, GiveUp(7 * 86_400.0)),
        (ServerFailed("x"), 4, Again(600.0)),
        (ServerFailed("x"), 5, GiveUp(86_400.0)),
        (ServerUnreachable("x"), 1000, Again(600.0)),
        (LanguageUnknown("x"), 0, GiveUp(None)),
        (SubtideError("unexpected"), 0, GiveUp(TOMORROW_SECONDS)),
    ],
    ids=lambda value: f"{type(value).__name__}" if isinstance(value, SubtideError) else str(value),
)
def test_each_error_says_what_follows(
    error: SubtideError, failures: int, verdict: Again | GiveUp
) -> None:
    assert after(error, failures) == verdict


def test_a_server_that_says_at_once_is_not_asked_in_a_busy_loop() -> None:
    assert after(ServerStarting("x", after=0.0), 0) == Again(1.0)


def test_how_long_viewers_were_waited_for_follows_from_a_task_s_row() -> None:
    assert watched_seconds("being-watched", 3) == 60.0
    assert watched_seconds("server-failed", 3) == 0.0
    assert watched_seconds(None, 0) == 0.0

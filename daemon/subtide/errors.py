"""Every error that Subtide raises on purpose, named for what the caller does next.

    SubtideError
    ├── RetryLater            the same call may succeed later: put it back, with the delay
    │   ├── ServerStarting    Jellyfin is up but not ready (503, camelCase answers)
    │   ├── ServerUnreachable no connection, time-out, name not found
    │   ├── ServerFailed      Jellyfin answered 5xx
    │   ├── UploadUnseen      an accepted upload has not shown up in the item
    │   ├── BeingWatched      somebody watches the item: what is finished is published afterwards
    │   ├── ChildDied         a child process ended without an answer
    │   └── DiskFull          no room for artifacts or models
    ├── SkipSource            this source cannot be done, others can: record why and go on
    │   ├── ItemGone          the item or source was deleted
    │   ├── MediaMissing      no way to the media leads to a file
    │   ├── MediaUnreadable   empty, truncated, encrypted, a playlist, or no media at all
    │   ├── NoUsableAudio     no audio track, or only commentary and descriptions
    │   ├── OriginUnreadable  the text subtitle that was to be the origin cannot be read
    │   │   └── OriginUnfit   it can be read, and does not fit the film: other times, other text
    │   ├── NoForeignSpeech   nobody speaks another language in it: no forced subtitle to make
    │   ├── PlanOutdated      what the plan was made for has changed: the next scan plans anew
    │   ├── NoTranslation     no engine has a model for this direction
    │   └── UploadRefused     the server will never take this upload
    ├── HoldForReview         a person should look before anything is published
    │   ├── LanguageUnknown   the vote on the spoken language was not sure enough
    │   └── CheckFailed       the result is empty, in the wrong language or beyond the limits
    ├── StopAndTell           nothing on this path works until the admin acts
    │   ├── SettingsError     a setting is wrong: file, line and fix are in the text
    │   ├── KeyRejected       401: the key is wrong or revoked
    │   ├── Forbidden         403: the key may not do this
    │   ├── WrongAddress      the base URL leads elsewhere
    │   ├── ServerOutdated    this version of Jellyfin cannot do it
    │   ├── ServerChanged     the address now answers with another server's Id
    │   ├── BrokenAnswer      the server's answer is not what Jellyfin sends
    │   ├── ModelMissing      a model is not installed and may not be pulled
    │   ├── ModelDamaged      a model's files do not match their recorded hashes
    │   ├── AlreadyRunning    another Subtide holds the data folder
    │   └── DatabaseError     the database cannot be opened or migrated
    ├── Refused               whoever called us gets an error back, and nothing else changes
    │   ├── SecretWrong       the caller did not bring the secret that is set for it
    │   ├── BadPayload        what was sent is not what Jellyfin sends
    │   └── PayloadTooLarge   more was sent than anyone would in earnest
    └── Stopped               the work was cancelled, or its lease went to someone else

Every error says what happened and to what, and how to mend it. All of them pickle,
because they cross from child processes to the daemon.
"""

import re
from typing import ClassVar


class SubtideError(Exception):
    """The root: ``what`` happened and to what; ``fix`` is what to do about it."""

    def __init__(self, what: str, fix: str = "") -> None:
        """Keep both texts apart, so that a page can show them apart."""
        super().__init__(what, fix)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        """Both texts as one line."""
        return f"{self.what} — {self.fix}" if self.fix else self.what

    @property
    def code(self) -> str:
        """The stable word for this kind of error, such as ``key-rejected``.

        A room may refine a class of this module; people and scripts see the class here.
        """
        kind = next(c for c in type(self).__mro__ if c.__module__ == __name__)
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind.__name__).lower()


class RetryLater(SubtideError):
    """The same call may succeed later."""

    delay: ClassVar[float] = 60.0
    """Seconds before the first new try, unless the error carries its own ``after``."""

    def __init__(self, what: str, fix: str = "", after: float | None = None) -> None:
        """``after``: seconds to wait, when the other side named them (Retry-After)."""
        super().__init__(what, fix)
        self.args = (what, fix, after)
        self.after = self.delay if after is None else after


class ServerStarting(RetryLater):
    """Jellyfin is up but not ready."""

    delay = 5.0


class ServerUnreachable(RetryLater):
    """No connection to the server."""

    delay = 15.0


class ServerFailed(RetryLater):
    """Jellyfin answered with a 5xx status."""


class UploadUnseen(RetryLater):
    """An accepted upload has not shown up in the item."""


class BeingWatched(RetryLater):
    """Somebody watches the item; a change of its subtitles would disturb them."""

    delay = 20.0


class ChildDied(RetryLater):
    """A child process ended without an answer: a crash, or the kernel ended it for memory."""

    delay = 10.0


class DiskFull(RetryLater):
    """No room for artifacts or models."""

    delay = 600.0


class SkipSource(SubtideError):
    """This source cannot be done; others can."""


class ItemGone(SkipSource):
    """The item or source was deleted from the server."""


class MediaMissing(SkipSource):
    """No way to the media leads to a file."""


class MediaUnreadable(SkipSource):
    """The media is empty, truncated, encrypted, a playlist, or no media at all."""


class NoUsableAudio(SkipSource):
    """There is no audio track to listen to, or only commentary and descriptions."""


class OriginUnreadable(SkipSource):
    """The text subtitle that was to be the origin cannot be read."""


class OriginUnfit(OriginUnreadable):
    """The text subtitle that was to be the origin belongs to another cut of the film."""


class NoForeignSpeech(SkipSource):
    """Nobody speaks another language in it, so there is no forced subtitle to make."""


class PlanOutdated(SkipSource):
    """What the plan was made for has changed or is gone; the next scan plans anew."""


class NoTranslation(SkipSource):
    """No engine has a model from the origin's language into the target's."""


class UploadRefused(SkipSource):
    """The server will never take this upload."""


class HoldForReview(SubtideError):
    """A person should look before anything is published."""


class LanguageUnknown(HoldForReview):
    """The vote on the spoken language was not sure enough."""


class CheckFailed(HoldForReview):
    """The result is empty, in the wrong language or beyond the limits."""


class StopAndTell(SubtideError):
    """Nothing on this path works until the admin acts."""


class SettingsError(StopAndTell):
    """A setting is wrong; the text names file, line and fix."""


class KeyRejected(StopAndTell):
    """The server refused the key (401)."""


class Forbidden(StopAndTell):
    """The key may not do this (403)."""


class WrongAddress(StopAndTell):
    """The base URL does not lead to a Jellyfin server."""


class ServerOutdated(StopAndTell):
    """This version of Jellyfin cannot do what we need; another can."""


class ServerChanged(StopAndTell):
    """The address now answers with another server's Id."""


class BrokenAnswer(StopAndTell):
    """The server's answer is not what a Jellyfin sends."""


class ModelMissing(StopAndTell):
    """A model is not installed and may not be pulled, or cannot be."""


class ModelDamaged(StopAndTell):
    """A model's files do not match their recorded hashes."""


class AlreadyRunning(StopAndTell):
    """Another Subtide holds the data folder."""


class DatabaseError(StopAndTell):
    """The database cannot be opened or migrated."""


class Refused(SubtideError):
    """Whoever called us gets an error back, and nothing else changes."""


class SecretWrong(Refused):
    """The caller did not bring the secret that is set for it."""


class BadPayload(Refused):
    """What was sent is not what Jellyfin sends; ``what`` never quotes it."""


class PayloadTooLarge(Refused):
    """More was sent than anyone would in earnest."""


class Stopped(SubtideError):
    """The work was cancelled, or its lease went to someone else: stop, publish nothing."""

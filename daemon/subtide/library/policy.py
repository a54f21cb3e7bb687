"""Policy: what one item should have: the house's settings, changed by the rules that fit it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from subtide import settings
from subtide.jellyfin.answers import Library
from subtide.jellyfin.items import Item, Source
from subtide.jellyfin.routes import plain_id
from subtide.jellyfin.sidecars import lies_in
from subtide.library.tracks import spoken_tag
from subtide.pipeline.plan import Target
from subtide.settings.values import AUTO

FALLBACK = ("en",)
"""Wanted where neither the settings nor anybody in Jellyfin says a language."""
UNREAD = Library(
    id="",
    name="",
    kind="mixed",
    folders=(),
    save_with_media=True,
    embedded_titles=False,
    enabled=True,
)
"""In place of a library that is not known."""


@dataclass(frozen=True, slots=True)
class Around:
    """What counts for an item besides itself."""

    server: str = ""
    """The server's name in the settings."""
    library: Library = UNREAD
    users: tuple[str, ...] = ()
    """The subtitle languages that the server's users are set to, those of most users first."""
    series_tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Want:
    """One language of the policy as it applies to a source."""

    target: Target
    unwanted: str = ""
    """Why it is not to be made after all; empty when it is."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What one item should have."""

    settings: settings.Policy
    """With the changes of every rule that fits."""
    languages: tuple[str, ...] = FALLBACK
    """Most wanted first, as tags."""
    spoken: Literal["full", "forced", "none"] = "full"
    """What it gets in the language that is spoken in it."""
    rules: tuple[int, ...] = ()
    """The rules that fit, by their place in the settings, counted from 1."""
    left_alone: str = ""
    """Why nothing at all is made for it; empty when that is not so."""

    def wants(self, source: Source) -> tuple[Want, ...]:
        """Return what a source of the item should have, most wanted first."""
        heard = spoken_tag(source)
        wants = []
        for tag in self.languages:
            target = Target(language=tag, format=self.settings.format)
            unwanted = self.left_alone or self._out_of_length(source)
            if heard and heard.serves(target.tag) and self.spoken != "full":
                target = target.model_copy(update={"forced": self.spoken == "forced"})
                if self.spoken == "none":
                    unwanted = unwanted or f"{heard} is spoken in it"
            wants.append(Want(target, unwanted))
        return tuple(wants)

    def _out_of_length(self, source: Source) -> str:
        if not source.duration:
            return ""
        if source.duration < self.settings.shortest_seconds:
            return f"it is shorter than {self.settings.shortest_seconds:g} s"
        if 0 < self.settings.longest_seconds < source.duration:
            return f"it is longer than {self.settings.longest_seconds:g} s"
        return ""


@dataclass(frozen=True, slots=True)
class Rules:
    """The policy of the house and what changes it."""

    base: settings.Policy = field(default_factory=settings.Policy)
    changes: tuple[settings.Rule, ...] = ()

    @property
    def ask_for_users(self) -> bool:
        """Whether any policy depends on what the server's users are set to."""
        return any(AUTO in one.languages for one in self._each("languages"))

    @property
    def ask_for_tags(self) -> bool:
        """Whether any policy depends on the tags of series."""
        return any(one.ignore_tags for one in self._each("ignore_tags")) or any(
            rule.when.tags for rule in self.changes
        )

    def policy_for(self, item: Item, around: Around, now: datetime) -> Policy:
        """Return the policy of an item. ``now`` is compared with when it was added."""
        fitting = [
            number for number, rule in enumerate(self.changes, 1) if fits(rule.when, item, around)
        ]
        merged = self.base
        for number in fitting:
            change = self.changes[number - 1].set
            updates = {name: getattr(change, name) for name in change.model_fields_set}
            merged = merged.model_copy(update=updates)
        return Policy(
            settings=merged,
            languages=languages_of(merged, around),
            spoken=_spoken(merged, around.library),
            rules=tuple(fitting),
            left_alone=_left_alone(merged, item, around, now),
        )

    def languages_anywhere(self, around: Sequence[Around]) -> tuple[str, ...]:
        """Return every language that is wanted for some item, most wanted first."""
        each = self._each("languages")
        found = (languages_of(one, place) for one in each for place in around)
        return tuple(dict.fromkeys(tag for tags in found for tag in tags))

    def _each(self, name: str) -> Sequence[settings.Policy]:
        """Return whatever says something about the setting of this name."""
        changed = (rule.set for rule in self.changes if name in rule.set.model_fields_set)
        return [self.base, *changed]


def fits(when: settings.When, item: Item, around: Around) -> bool:
    """Whether all that a rule names is true of the item."""
    tags = {tag.casefold() for tag in (*item.tags, *around.series_tags)}
    return (
        (not when.servers or around.server in when.servers)
        and (not when.libraries or _named(when.libraries, around.library.name))
        and (not when.series or _is_one(when.series, item.series_id, item.series))
        and (not when.items or _is_one(when.items, item.id, item.name, item.title))
        and (not when.tags or any(tag.casefold() in tags for tag in when.tags))
        and (not when.folders or any(_is_in(item, folder) for folder in when.folders))
    )


def languages_of(policy: settings.Policy, around: Around) -> tuple[str, ...]:
    """Return the wanted languages, each once, with ``auto`` read from the server."""
    wished = around.library.languages or around.users or FALLBACK
    found: list[str] = []
    for tag in policy.languages:
        found += wished if tag == AUTO else [tag]
    return tuple(dict.fromkeys(found))


def _is_one(names: Sequence[str], own_id: str, *known: str) -> bool:
    """Whether one of the names is the id, or a name, of what is looked at."""
    by_id = own_id != "" and any(plain_id(name) == own_id for name in names)
    return by_id or _named(names, *known)


def _named(names: Sequence[str], *known: str) -> bool:
    """Whether one of the names is a name of what is looked at, in whatever case."""
    there = {text.casefold() for text in known if text}
    return any(name.casefold() in there for name in names)


def _is_in(item: Item, folder: str) -> bool:
    paths = (item.path, *(source.path for source in item.sources))
    return any(lies_in(path, folder) for path in paths)


def _spoken(policy: settings.Policy, library: Library) -> Literal["full", "forced", "none"]:
    """Read ``auto``: skipping is the server's default, so it counts where somebody set it up."""
    if policy.spoken != "auto":
        return policy.spoken
    return "none" if library.languages and library.skips_spoken else "full"


def _left_alone(policy: settings.Policy, item: Item, around: Around, now: datetime) -> str:
    if policy.ignore:
        return "a rule says to ignore it"
    tags = {tag.casefold(): tag for tag in (*around.series_tags, *item.tags)}
    for tag in policy.ignore_tags:
        if tag.casefold() in tags:
            return f"it has the tag {tags[tag.casefold()]}"
    if item.rating.casefold() in {rating.casefold() for rating in policy.without_ratings}:
        return f"its rating is {item.rating}"
    oldest = now - timedelta(days=policy.newest_days)
    if policy.newest_days and item.added and item.added < oldest:
        return f"it was added more than {policy.newest_days:g} days ago"
    return ""

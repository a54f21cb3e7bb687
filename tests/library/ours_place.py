"""Files of ours beside films on a stand-in server, and what takes them away."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from library_place import Place, film
from structlog.testing import capture_logs

from subtide.jellyfin.media import MediaAccess
from subtide.library.aftercare import Aftercare
from subtide.library.planning import work_of
from subtide.models.store import ModelStore
from subtide.pipeline.plan import Target
from subtide.pipeline.stage import Tools
from subtide.storage.artifacts import Artifacts
from subtide.storage.choices import Choices
from subtide.storage.ledger import Entry, EntryState, Ledger
from subtide.storage.memory import TranslationMemory
from subtide.storage.outcomes import Outcome, OutcomeState, record
from subtide.storage.spending import Spending

TEXT = b"1\n00:00:00,500 --> 00:00:01,500\nBoa noite.\n\n"
FOREIGN = b"1\n00:00:00,500 --> 00:00:01,500\nA person wrote this.\n\n"
OUT_OF_REACH = MediaAccess([("/nowhere", Path("/nowhere"))])


@dataclass
class Ours:
    """A place with files of ours; its folders may be out of reach."""

    place: Place
    tools: Tools
    ledger: Ledger

    def put(
        self, title: str, tag: str = "pt", *, seen: bool = True, job: int = 1, shown: bool = True
    ) -> Path:
        """Put out a file as publish does; ``seen``: it was verified; ``shown``: it is there."""
        entry, path = self._intended(title, tag, job)
        if shown:
            path.write_bytes(TEXT)
            self.place.playground.scan()
        if seen:
            self.ledger.advance(entry, EntryState.VERIFIED, str(path))
        return path

    def entry(self, path: Path) -> Entry:
        return next(one for one in reversed(self.ledger.all()) if one.name == path.name)

    def want_away(self, *paths: Path) -> None:
        self.ledger.want_away([self.entry(path).id for path in paths])

    def care(self) -> Aftercare:
        return Aftercare(self.place.database, self.place.store, self.tools)

    def listed(self, title: str) -> list[str]:
        """The paths of the external subtitles that the server lists."""
        self.place.playground.settle()
        return [
            Path(track.path).name
            for one in self.place.scanner().findings(self.place.server())
            if one.item.title == title
            for track in one.source.subtitles
            if track.path
        ]

    def _intended(self, title: str, tag: str, job: int) -> tuple[Entry, Path]:
        server = self.place.server()
        known = server.meet(self.place.servers)
        found = next(
            one for one in self.place.scanner().findings(server) if one.item.title == title
        )
        path = Path(found.source.path).with_suffix(f".subtide.{tag}.srt")
        target = Target(language=tag)
        self.tools.artifacts.write("ours", "publish", "text/plain", TEXT)
        entry = self.ledger.intend(
            server=known.id,
            item=found.item.id,
            source=found.source.id,
            target=target.key,
            name=path.name,
            artifact="ours",
            sha256=sha256(TEXT).hexdigest(),
            recipe={},
            job=job,
        )
        with self.place.database.write() as connection:
            outcome = Outcome(
                server=known.id,
                source=found.source.id,
                target=target.key,
                item=found.item.id,
                title=title,
                state=OutcomeState.PUBLISHED,
                basis=found.basis,
                reason="",
                fix="",
                retry_at=None,
                job=job,
                at=self.place.clock.now,
                work=work_of(found.item),
            )
            record(connection, outcome)
        return entry, path


def open_ours(place: Place, *, within_reach: bool = True) -> Ours:
    """Open what works on files of ours; a server's folders may be out of its reach."""
    client = place.server().client
    media = MediaAccess() if within_reach else OUT_OF_REACH
    ledger = Ledger(place.database)
    data = place.root.parent / "data"
    tools = Tools(
        artifacts=Artifacts(place.database, data / "artifacts"),
        ledger=ledger,
        models=ModelStore(data / "models", tell=lambda _text: None, may_pull=False),
        memory=TranslationMemory(place.database),
        choices=Choices(place.database),
        spending=Spending(place.database),
        server=lambda _id: client,
        media=lambda _id: media,
        threads=1,
        sleep=lambda _seconds: None,
    )
    return Ours(place, tools, ledger)


def add_foreign(place: Place, title: str, word: str = "pt") -> Path:
    path = film(place.root, title).with_suffix(f".{word}.srt")
    path.write_bytes(FOREIGN)
    place.playground.scan()
    return path


def step(care: Aftercare) -> bool:
    """Take one step; what it logs is not printed."""
    with capture_logs():
        return care.step()

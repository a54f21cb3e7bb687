"""subtide undo and redo: what Subtide put out goes, and comes again only when a person says so."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa
from command import SRT, Home, Ran, Terminal

from plans import make_plan
from subtide.cli import undo
from subtide.cli.context import Context
from subtide.cli.output import ExitCode
from subtide.house import House, locked
from subtide.jobs.task import Resource, TaskKind
from subtide.library.aftercare import Aftercare
from subtide.pipeline.plan import Target
from subtide.playground.media import SubtitleTrack, make_media
from subtide.playground.server import Playground
from subtide.storage.ledger import EntryState, Ledger
from subtide.storage.looks import EVERYTHING, Look, Looks, Priority
from subtide.storage.tables import metadata

Subtide = Callable[..., Ran]
FILM, EPISODE = "Text (2024)", "Show S01E01"
MADE = f"{FILM}.subtide.pt.srt"
EPISODE_MADE = f"{EPISODE}.subtide.pt.srt"
THEIRS = SRT.replace("Who", "And who")
BOTH = {MADE, EPISODE_MADE}
TODAY = datetime.now(UTC).astimezone()
YESTERDAY, TOMORROW = (f"{TODAY + timedelta(days=days):%Y-%m-%d}" for days in (-1, 1))


@pytest.fixture
def home(tmp_path: Path, playground: Callable[..., Playground]) -> Home:
    """A film and an episode with an English text each, seen once; nothing is lacking."""
    media = tmp_path / "media"
    (media / "Movies").mkdir(parents=True)
    path = media / "TV" / "Show" / "Season 01" / f"{EPISODE}.mkv"
    make_media(path, subtitles=[SubtitleTrack(SRT, language="eng")], duration=4.0)
    made = Home(media, playground(media), tmp_path / "data", tmp_path / "config.yaml")
    made.add_text_film()
    made.configure(policy={"languages": ["en"]})
    with house(made) as opened:
        (server,) = opened.servers
        known = server.meet(opened.known)
        look = Look(known.id, EVERYTHING, "test", Priority.NEW, 0)
        opened.scanner.follow(server, look)
    return made


@pytest.fixture
def one(home: Home) -> Path:
    """A Portuguese subtitle of ours beside the film."""
    return put_out(home, FILM, job=1)


@pytest.fixture
def two(home: Home, one: Path) -> Home:
    """Another one beside the episode, and a foreign one beside the film."""
    put_out(home, EPISODE, job=2)
    home.film(FILM).with_name(f"{FILM}.fr.srt").write_text(SRT)
    home.playground.scan()
    return home


def house(home: Home) -> AbstractContextManager[House]:
    return Context(str(home.config)).house()


def put_out(home: Home, title: str, *, job: int) -> Path:
    """Put a Portuguese subtitle of ours beside a film, as a finished job leaves it."""
    with house(home) as opened:
        (server,) = opened.servers
        (found,) = (
            one for one in opened.scanner.findings(server) if one.item.title.startswith(title)
        )
        path = Path(found.source.path).with_suffix(".subtide.pt.srt")
        path.write_text(SRT)
        home.playground.scan()
        opened.tools.artifacts.write("ours", "publish", "text/plain", SRT.encode())
        target = Target(language="pt")
        server_id = home.playground.id
        entry = opened.ledger.intend(
            server=server_id,
            item=found.item.id,
            source=found.source.id,
            target=target.key,
            name=path.name,
            artifact="ours",
            sha256=sha256(SRT.encode()).hexdigest(),
            recipe={},
            job=job,
        )
        opened.ledger.advance(entry, EntryState.VERIFIED, str(path))
    return path


def ours(home: Home) -> set[str]:
    return {path.name for path in home.media.rglob("*.subtide.*")}


def rows(home: Home) -> dict[str, list[tuple[object, ...]]]:
    database = home.database()
    with database.read() as connection:
        found = {
            table.name: [tuple(row) for row in connection.execute(sa.select(table))]
            for table in metadata.sorted_tables
            if table.name != "servers"
        }
    database.close()
    return found


def states(home: Home) -> list[EntryState]:
    database = home.database()
    found = [entry.state for entry in Ledger(database).all()]
    database.close()
    return found


def item_of(home: Home) -> str:
    database = home.database()
    item = Ledger(database).all()[0].item
    database.close()
    return item


def only_films(home: Home) -> dict[str, object]:
    here = {"url": home.playground.url, "key": home.playground.key}
    return {"home": {**here, "libraries": ["Movies"]}}


@contextmanager
def running_daemon(home: Home) -> Iterator[None]:
    """Hold the data folder and take files away, as the daemon does."""
    with house(home) as opened, locked(opened.data, serves=True):
        care = Aftercare(opened.database, opened.store, opened.tools)
        care.start()
        yield
        care.stop(30.0)


# -- undo ---------------------------------------------------------------------------------


def test_what_was_undone_is_not_made_again_and_a_redo_makes_it_once(
    home: Home, at_home: Subtide
) -> None:
    home.configure(policy={"languages": ["pt"]}, servers=only_films(home))
    assert at_home("run", "--once").code == ExitCode.OK
    assert ours(home) == {MADE}
    made = home.film(FILM).with_name(MADE)
    ran = at_home("undo", FILM, "--yes")
    assert ran.code == ExitCode.OK
    assert ours(home) == set()
    assert f"{FILM}  pt        gone   {made}" in ran.out
    assert "1 of 1 file gone." in ran.out
    for _ in range(3):
        home.playground.scan()
        assert "0 worked on" in at_home("scan").out
    assert len(at_home("jobs", "--json").json) == 1
    assert "1 file to be made anew." in at_home("redo", FILM, "--yes").out
    assert at_home("run", "--once").code == ExitCode.OK
    assert ours(home) == {MADE}
    assert "0 worked on" in at_home("run", "--once").out
    assert states(home) == [EntryState.RETIRED, EntryState.VERIFIED]


def test_what_other_models_made_is_offered_for_a_redo(home: Home, at_home: Subtide) -> None:
    home.configure(policy={"languages": ["pt"]}, servers=only_films(home))
    assert at_home("run", "--once").code == ExitCode.OK
    assert at_home("redo", "--outdated", "--yes", "--json").json == {"files": []}
    other = {"speech": {"model": "medium"}}
    home.configure(policy={"languages": ["pt"]}, servers=only_films(home), **other)
    assert "0 worked on" in at_home("scan").out
    (file,) = at_home("redo", "--outdated", "--yes", "--json").json["files"]
    assert file["title"] == FILM
    assert at_home("run", "--once").code == ExitCode.OK
    assert ours(home) == {MADE}
    assert at_home("redo", "--outdated", "--yes", "--json").json == {"files": []}


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["text"], {EPISODE_MADE}),
        (["--series", "Show"], {MADE}),
        (["--language", "por"], set()),
        (["--language", "de"], BOTH),
        (["--since", YESTERDAY], set()),
        (["--since", TOMORROW], BOTH),
        (["--until", f"{TODAY:%Y-%m-%d}"], set()),
        (["--until", YESTERDAY], BOTH),
        (["--job", "1"], {EPISODE_MADE}),
        (["--job", "99"], BOTH),
        (["text", "--series", "Show"], BOTH),
        (["--all"], set()),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_chosen_goes_and_a_foreign_file_never_does(
    two: Home, at_home: Subtide, words: list[str], left: set[str]
) -> None:
    ran = at_home("undo", *words, "--yes")
    assert ran.code == ExitCode.OK
    assert ours(two) == left
    assert two.film(FILM).with_name(f"{FILM}.fr.srt").read_text() == SRT


@pytest.mark.parametrize("verb", ["undo", "redo"])
def test_a_dry_run_says_what_is_meant_and_writes_nothing(
    home: Home, at_home: Subtide, one: Path, verb: str
) -> None:
    before, requests = rows(home), len(home.playground.requests("POST"))
    ran = at_home(verb, "--all", "--dry-run")
    assert ran.code == ExitCode.OK
    assert str(one) in ran.out
    assert "Nothing was written." in ran.out
    (file,) = at_home(verb, "--all", "--dry-run", "--json").json["files"]
    assert (file["title"], file["language"], file["path"]) == (FILM, "pt", str(one))
    assert rows(home) == before
    assert len(home.playground.requests("POST")) == requests
    assert one.exists()


@pytest.mark.parametrize("verb", ["undo", "redo"])
@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "say which files are meant"),
        (["Film", "--all"], "--all goes with no other choice"),
        (["--all"], "without a terminal to ask at, say --yes"),
        (["--since", "yesterday"], "'yesterday' is no date: write 2026-11-20"),
        (["--language", "klingonese"], "'klingonese' is no language"),
    ],
    ids=["nothing", "too much", "no terminal", "no date", "no language"],
)
def test_a_choice_that_is_none_is_explained_and_nothing_goes(
    at_home: Subtide, one: Path, verb: str, words: list[str], says: str
) -> None:
    ran = at_home(verb, *words)
    assert ran.code == ExitCode.USAGE
    assert says in " ".join(ran.err.split())
    assert one.exists()


@pytest.mark.parametrize("verb", ["undo", "redo"])
def test_a_script_needs_a_yes_even_at_a_terminal_and_reads_json_alone(
    at_home: Subtide, one: Path, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    ran = at_home(verb, "--all", "--json")
    assert ran.code == ExitCode.USAGE
    assert "say --yes" in ran.json["error"]["what"]
    assert one.exists()


def test_times_are_shown_in_the_zone_of_the_settings(
    home: Home, at_home: Subtide, one: Path
) -> None:
    home.configure(scan={"time_zone": "Asia/Tokyo"})
    at_home("config", "set", "publish.label", "ours")
    for words in (["undo", "--all", "--dry-run"], ["coverage", "--scans"], ["config", "history"]):
        assert re.search(r"\d\d:\d\d JST ", at_home(*words).out), words


@pytest.mark.parametrize("verb", ["undo", "redo"])
def test_where_nothing_is_meant_nothing_is_to_be_done(at_home: Subtide, verb: str) -> None:
    ran = at_home(verb, "Nobody knows", "--yes")
    assert (ran.code, ran.out) == (ExitCode.OK, "There is no such file of Subtide's.\n")


def test_one_that_another_hand_changed_stays_and_is_told(at_home: Subtide, one: Path) -> None:
    one.write_text(THEIRS)
    ran = at_home("undo", "--all", "--yes")
    assert ran.code == ExitCode.SOME_FAILED
    assert "stays  another hand changed it, so it is theirs" in ran.out
    assert "0 of 1 file gone." in ran.out
    assert one.read_text() == THEIRS


def test_one_that_is_being_watched_goes_afterwards(home: Home, at_home: Subtide, one: Path) -> None:
    session = home.playground.play(item_of(home))
    ran = at_home("undo", "--all", "--yes", "--json")
    assert ran.code == ExitCode.WORK_LEFT
    (file,) = ran.json["files"]
    assert file["state"] == "waits"
    assert "is being watched" in file["why"]
    assert one.exists()
    home.playground.stop_playing(session)
    again = at_home("undo", "--all", "--yes")
    assert again.code == ExitCode.OK
    assert not one.exists()


def test_with_the_server_away_the_wish_is_kept(home: Home, at_home: Subtide, one: Path) -> None:
    home.playground.stop()
    ran = at_home("undo", "--all", "--yes")
    assert ran.code == ExitCode.WORK_LEFT
    assert "What waits goes when a daemon runs, or with the same command again." in ran.out
    assert states(home) == [EntryState.UNWANTED]
    assert one.exists()


def test_what_a_killed_daemon_was_publishing_is_not_waited_for(
    home: Home, at_home: Subtide, one: Path
) -> None:
    with house(home) as opened:
        (entry,) = opened.ledger.all()
        place = {"server": entry.server, "item": entry.item}
        opened.store.add(make_plan(entry.source, ("de",), **place), priority=50, signal="test")
        while task := opened.store.claim(opened.identity, list(Resource)):
            if task.kind is TaskKind.PUBLISH:
                break
            cues = {"key": "k", "language": "en", "recipe": {}}
            opened.store.finish(task, {"cues": cues, "blocks": [], "language": "en", "speech": 0.0})
    assert at_home("undo", "--all", "--yes").code == ExitCode.OK
    assert not one.exists()


def test_a_running_daemon_does_it_and_is_waited_for(
    home: Home, at_home: Subtide, one: Path
) -> None:
    with running_daemon(home):
        ran = at_home("undo", "--all", "--yes")
    assert ran.code == ExitCode.OK
    assert "The running daemon takes them away." in ran.err
    assert not one.exists()


def test_who_does_not_wait_for_the_daemon_is_told_what_happens(
    home: Home, at_home: Subtide, one: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(undo.time, "sleep", interrupted)
    with locked(home.data, serves=True):
        ran = at_home("undo", "--all", "--yes")
    assert ran.code == ExitCode.WORK_LEFT
    assert "What is left goes when a daemon runs." in ran.err
    assert one.exists()


def test_a_command_that_was_killed_is_finished_by_the_next_one(
    home: Home, at_home: Subtide, two: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Aftercare, "step", lambda _self: False)
        assert at_home("undo", "--all", "--yes").code == ExitCode.WORK_LEFT
    assert ours(home) == BOTH
    with running_daemon(home):
        assert at_home("undo", "--all", "--yes").code == ExitCode.OK
    assert ours(home) == set()


# -- redo ---------------------------------------------------------------------------------


def test_to_have_all_made_anew_leaves_alone_what_was_undone(two: Home, at_home: Subtide) -> None:
    at_home("undo", FILM, "--yes")
    (file,) = at_home("redo", "--all", "--yes", "--json").json["files"]
    assert EPISODE in file["title"]
    assert states(two) == [EntryState.RETIRED, EntryState.OUTDATED]


def test_a_redo_has_the_item_looked_at(home: Home, at_home: Subtide, one: Path) -> None:
    ran = at_home("redo", "--language", "pt", "--yes")
    assert "A running daemon begins at once; without one: subtide run --once" in ran.out
    database = home.database()
    ((look, _),) = Looks(database).pending()
    database.close()
    assert (look.item, look.signal) == (item_of(home), "person")
    assert states(home) == [EntryState.OUTDATED]

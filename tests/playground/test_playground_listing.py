"""What the playground lists, version by version."""

import shutil
from pathlib import Path

import pytest
from playground_client import Client, Open

from subtide.playground.flavour import V10_10, V10_11, V12, Flavour


@pytest.fixture
def versions(root: Path, made: Path) -> Path:
    folder = root / "Movies" / "Two (2021)"
    folder.mkdir()
    for name in ("Two (2021) - 720p.mkv", "Two (2021) - 1080p.mkv"):
        shutil.copy(made, folder / name)
    return root


@pytest.mark.parametrize(
    ("flavour", "number"), [(V12, 2), (V10_11, 2), (V10_10, 3)], ids=lambda v: str(v)[:20]
)
def test_alternates_are_hidden_from_10_11_on(
    playground: Open, versions: Path, flavour: Flavour, number: int
) -> None:
    server = playground(versions, flavour)
    client = Client(server, server.key)
    assert len(client.items()) == number
    two = next(i for i in client.items() if len(i["MediaSources"]) == 2)
    assert [s["Name"] for s in two["MediaSources"]] == ["1080p", "720p"]


@pytest.mark.parametrize(("flavour", "kinds"), [(V12, []), (V10_11, ["Video"])])
def test_an_alternate_asked_for_by_id(
    playground: Open, versions: Path, flavour: Flavour, kinds: list[str]
) -> None:
    server = playground(versions, flavour)
    client = Client(server, server.key)
    two = next(i for i in client.items() if len(i["MediaSources"]) == 2)
    alternate = two["MediaSources"][1]["Id"]
    answer = client.ask("GET", f"/Items?ids={alternate}").json()
    assert [i["Type"] for i in answer["Items"]] == kinds


@pytest.mark.parametrize(
    ("flavour", "query", "kind"),
    [
        (V12, "startIndex=0", "BoxSet"),
        (V12, "collapseBoxSetItems=false", "Movie"),
        (V10_11, "startIndex=0", "Movie"),
    ],
)
def test_12_hides_films_of_a_collection_unless_told_not_to(
    playground: Open, root: Path, flavour: Flavour, query: str, kind: str
) -> None:
    server = playground(root, flavour, collections={"Box": ["Film (2020)"]})
    assert [i["Type"] for i in Client(server, server.key).items(query)] == [kind]


def test_pages_are_cut_after_sorting(playground: Open, versions: Path) -> None:
    server = playground(versions)
    client = Client(server, server.key)
    order = "collapseBoxSetItems=false&sortBy=SortName&sortOrder=Descending"
    first = client.ask("GET", f"/Items?recursive=true&includeItemTypes=Movie&{order}&limit=1")
    assert [i["Name"] for i in first.json()["Items"]] == ["Two (2021)"]
    assert first.json()["TotalRecordCount"] == 2
    uncounted = client.items(f"{order}&startIndex=1&enableTotalRecordCount=false")
    assert [i["Name"] for i in uncounted] == ["Film (2020)"]


def test_languages_filter_only_on_12(playground: Open, versions: Path) -> None:
    query = "collapseBoxSetItems=false&audioLanguages=deu"
    for flavour, number in ((V12, 0), (V10_11, 2)):
        server = playground(versions, flavour, request_check=None)
        assert len(Client(server, server.key).items(query)) == number


def test_a_strm_is_remote_and_has_no_streams(playground: Open, root: Path) -> None:
    (root / "Movies" / "Far.strm").write_text("http://media.example/far.mkv\n", encoding="utf-8")
    server = playground(root)
    far = next(i for i in Client(server, server.key).items() if i["Name"] == "Far")
    source = far["MediaSources"][0]
    assert (source["Protocol"], source["IsRemote"]) == ("Http", True)
    assert source["Path"] == "http://media.example/far.mkv"
    assert source["MediaStreams"] == []


def test_paths_can_be_told_as_across_a_mount(playground: Open, root: Path) -> None:
    server = playground(root, shows="/media")
    film = Client(server, server.key).items()[0]
    assert film["Path"] == "/media/Movies/Film (2020)/Film (2020).mkv"


def test_two_servers_over_one_folder_give_the_same_ids(playground: Open, root: Path) -> None:
    one, other = playground(root, name="one"), playground(root, name="other")
    assert one.id != other.id
    assert Client(one, one.key).id_of("Film") == Client(other, other.key).id_of("Film")


def test_how_many_versions_there_are_is_told_when_asked_for(
    playground: Open, versions: Path
) -> None:
    server = playground(versions)
    client = Client(server, server.key)

    def counts(fields: str) -> list[int | None]:
        answer = client.ask("GET", f"/Items?recursive=true&includeItemTypes=Movie&fields={fields}")
        return sorted(item.get("MediaSourceCount", 0) for item in answer.json()["Items"])

    assert counts("Etag,MediaSourceCount") == [0, 2]
    assert counts("Etag") == [0, 0]


def test_a_later_page_is_of_the_list_that_the_first_was_of_until_something_changes(
    playground: Open, versions: Path
) -> None:
    server = playground(versions)
    client = Client(server, server.key)

    def page(start: int) -> list[str]:
        query = f"recursive=true&includeItemTypes=Movie&sortBy=Name&startIndex={start}&limit=1"
        return [item["Name"] for item in client.ask("GET", f"/Items?{query}").json()["Items"]]

    assert (page(0), page(1)) == (["Film (2020)"], ["Two (2021)"])
    shutil.rmtree(versions / "Movies" / "Two (2021)")
    server.scan()
    assert page(1) == []


def test_items_that_sort_alike_may_come_in_another_order_each_time(
    playground: Open, root: Path, made: Path
) -> None:
    for number in range(4):
        shutil.copy(made, root / "Movies" / f"Another {number}.mkv")
    server = playground(root)
    server.catalogue.shuffles = True
    client = Client(server, server.key)
    query = "recursive=true&includeItemTypes=Movie&sortBy=ProductionYear"
    orders = set()
    for _ in range(8):
        answer = client.ask("GET", f"/Items?{query}").json()
        names = [item["Name"] for item in answer["Items"]]
        assert sorted(names) == [*(f"Another {number}" for number in range(4)), "Film (2020)"]
        assert names[-1] == "Film (2020)", "only it has a year"
        orders.add(tuple(names))
    assert len(orders) > 1

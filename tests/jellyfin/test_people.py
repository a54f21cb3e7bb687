"""Names that may be spoken in an item, from whoever plays in it and in its series."""

import pytest
from served import FLAVOURS, Serve, named

from subtide.errors import RetryLater
from subtide.jellyfin import routes
from subtide.jellyfin.people import MOST, names
from subtide.playground.cast import Person
from subtide.playground.flavour import Flavour

ITEM, SERIES = "a" * 32, "b" * 32


def entry(item: str, *people: tuple[str, str] | tuple[str, str, str]) -> dict[str, object]:
    dtos = [Person(*one).to_json() for one in people]
    return {"Id": item, "People": dtos}


def read(*entries: dict[str, object]) -> tuple[str, ...]:
    return names({"Items": list(entries), "TotalRecordCount": len(entries)}, [ITEM, SERIES])


def test_characters_come_before_cast_and_the_item_before_its_series() -> None:
    found = read(
        entry(SERIES, ("Ann Lee", "Captain Vale"), ("Bo Ray", "Mira")),
        entry(ITEM, ("Cy Dunn", "The Stranger", "GuestStar"), ("Ann Lee", "Captain Vale")),
    )
    assert found == ("The Stranger", "Captain Vale", "Mira", "Cy Dunn", "Ann Lee", "Bo Ray")


@pytest.mark.parametrize(
    ("role", "characters"),
    [
        ("Walter White", ["Walter White"]),
        ("Gollum (voice)", ["Gollum"]),
        ("Bruce Wayne / Batman", ["Bruce Wayne", "Batman"]),
        ("Bruce Wayne/Batman (uncredited)", ["Bruce Wayne", "Batman"]),
        ('James "Jim" Hopper', ["James Jim Hopper"]),
        ("  Dr.   Gregory  House ", ["Dr. Gregory House"]),
        ("Self", []), ("Himself", []), ("herself", []), ("Self - Host", []), ("(uncredited)", []),
        ("Narrator (voice)", []), ("Additional Voices", []), ("Guard #2", []), ("Soldier 3", []),
        ("Selfridge", ["Selfridge"]),
        ("", []),
    ],
)  # fmt: skip
def test_what_of_a_role_is_a_name(role: str, characters: list[str]) -> None:
    assert read(entry(ITEM, ("An Actor", role))) == (*characters, "An Actor")


def test_a_name_comes_once_in_whatever_case() -> None:
    found = read(entry(ITEM, ("Mira Vale", "MIRA"), ("Bo Ray", "Mira"), ("mira vale", "")))
    assert found == ("MIRA", "Mira Vale", "Bo Ray")


def test_who_made_the_film_is_not_spoken_of_in_it() -> None:
    assert read(entry(ITEM, ("Dee Rector", "", "Director"), ("Wry Ter", "", "Writer"))) == ()


def test_there_are_not_too_many() -> None:
    crowd = [(f"Actor {'x' * n}", f"Part {'y' * n}") for n in range(MOST)]
    found = read(entry(ITEM, *crowd))
    assert len(found) == MOST
    assert all(name.startswith("Part") for name in found)


@FLAVOURS
def test_people_are_asked_of_the_item_alone(serve: Serve, flavour: Flavour) -> None:
    server, jellyfin = serve(flavour)
    film = named(jellyfin, "Film")
    server.catalogue.casts[film.id] = (Person("Ann Lee", "Mira"), Person("Dee", kind="Director"))
    assert jellyfin.names(film.id, "") == ("Mira", "Ann Lee")
    asked = [one.query for one in server.requests("GET", "^/Items$")]
    assert [query["ids"] for query in asked if query["fields"] == "People"] == [film.id]


def test_no_item_has_no_names(serve: Serve) -> None:
    server, jellyfin = serve()
    before = len(server.requests("GET", "^/Items$"))
    assert jellyfin.names("", "not an id") == ()
    assert len(server.requests("GET", "^/Items$")) == before


def test_a_server_that_fails_is_not_asked_again(serve: Serve) -> None:
    server, jellyfin = serve()
    film = named(jellyfin, "Film")
    server.fail("GET", "^/Items$", status=503, times=1)
    with pytest.raises(RetryLater):
        jellyfin.names(film.id)


def test_people_are_not_waited_for_as_long_as_a_listing() -> None:
    assert routes.seconds("GET", routes.ITEMS, routes.people([ITEM])) == routes.PEOPLE
    assert routes.seconds("GET", routes.ITEMS, routes.by_ids([ITEM])) == routes.LISTS

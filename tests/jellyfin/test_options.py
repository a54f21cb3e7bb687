"""options: one is changed, and all the others go back as they came."""

import pytest
from scripted import Connect, Script, ok, plain
from served import Serve, sign_in

from subtide.errors import BrokenAnswer, Forbidden, ItemGone
from subtide.jellyfin.options import save_with_media
from subtide.playground.auth import HELPER
from subtide.playground.flavour import V10_11, V12, Flavour
from subtide.playground.options import options_of


@pytest.mark.parametrize("flavour", [V10_11, V12], ids=lambda one: one.version)
def test_one_option_changes_and_the_others_stay(serve: Serve, flavour: Flavour) -> None:
    server, jellyfin = serve(flavour)
    library = server.catalogue.libraries[0]
    library.options = {"EnableEmbeddedTitles": True, "PreferredMetadataLanguage": None}
    before = options_of(library)
    (ours,) = (one for one in jellyfin.libraries() if one.id == library.id)
    save_with_media(jellyfin, ours, on=False)
    assert library.options == {**before, "SaveSubtitlesWithMedia": False}
    save_with_media(jellyfin, ours, on=True)
    assert library.options == before


def test_other_libraries_are_left_alone(serve: Serve) -> None:
    _, jellyfin = serve()
    ours, *others = jellyfin.libraries()
    save_with_media(jellyfin, ours, on=False)
    assert [one.save_with_media for one in jellyfin.libraries()] == [False, *(True for _ in others)]


def test_a_user_without_the_right_is_told(serve: Serve, connect: Connect) -> None:
    server, jellyfin = serve()
    (ours, *_) = jellyfin.libraries()
    with pytest.raises(Forbidden):
        save_with_media(connect(server.url, sign_in(server, HELPER)), ours, on=False)


def test_a_library_that_is_gone_is_told(serve: Serve) -> None:
    server, jellyfin = serve()
    (ours, *_) = jellyfin.libraries()
    server.catalogue.libraries.clear()
    with pytest.raises(ItemGone, match="no longer on the server"):
        save_with_media(jellyfin, ours, on=False)


@pytest.mark.parametrize(
    "answer", [{}, [{"ItemId": "ours"}], [{"ItemId": "ours", "LibraryOptions": {}}]]
)
def test_nothing_is_sent_when_the_options_cannot_be_read(
    script: Script, connect: Connect, serve: Serve, answer: object
) -> None:
    _, jellyfin = serve()
    library = jellyfin.libraries()[0]
    whole = (
        [{**row, "ItemId": library.id} for row in answer] if isinstance(answer, list) else answer
    )
    script.says(ok(whole))
    with pytest.raises(BrokenAnswer):
        save_with_media(connect(script.url), library, on=False)
    assert [request.method for request in script.requests] == ["GET"]


def test_a_server_that_does_not_keep_it_is_told(
    script: Script, connect: Connect, serve: Serve
) -> None:
    _, jellyfin = serve()
    library = jellyfin.libraries()[0]
    listed = ok([{"ItemId": library.id, "LibraryOptions": {"SaveSubtitlesWithMedia": True}}])
    script.says(listed, plain(204, ""), listed)
    with pytest.raises(BrokenAnswer, match="did not keep them"):
        save_with_media(connect(script.url), library, on=False)

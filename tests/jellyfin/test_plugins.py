"""The Webhook plugin: found, installed, loaded, set without touching what others set."""

import copy
import re
import time
from typing import Any

import pytest
from scripted import Connect, Script, ok
from served import FLAVOURS, Serve, sign_in

from subtide.errors import BrokenAnswer, Forbidden, ServerFailed, ServerStarting, StopAndTell
from subtide.jellyfin.client import Jellyfin
from subtide.jellyfin.destination import EVENTS, Destination, address_of, find, replaced
from subtide.jellyfin.plugins import PLUGIN_ID, RESTART_SECONDS, TASK, Installed, WebhookPlugin
from subtide.playground.auth import HELPER
from subtide.playground.flavour import Flavour

HOOK = Destination("http://subtide:8765", "home", "s3cret", "Subtide 1a2b3c4d")
OTHERS: dict[str, Any] = {
    "ServerUrl": "https://jellyfin.example",
    "DiscordOptions": [{"WebhookName": "chat", "AvatarUrl": "x"}],
    "SmtpOptions": [],
    "NewKind": {"of": ["a", "later", "version"]},
    "GenericOptions": [
        {"WebhookName": "lights", "WebhookUri": "http://lights/webhook/away", "Later": None},
        {"WebhookName": "trakt", "WebhookUri": "http://trakt", "Headers": []},
    ],
}
"""What other people set, with what we do not know of."""


def nap(_: float) -> None:
    time.sleep(0.01)


def plugin_of(jellyfin: Jellyfin) -> WebhookPlugin:
    return WebhookPlugin(jellyfin.transport, sleep=nap)


def entries(configuration: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    found: list[dict[str, Any]] = configuration["GenericOptions"]
    return found


# -- installing ----------------------------------------------------------------------------


@FLAVOURS
def test_it_is_installed_and_loaded_by_a_restart(serve: Serve, flavour: Flavour) -> None:
    server, jellyfin = serve(flavour)
    plugin = plugin_of(jellyfin)
    assert plugin.installed() is None
    plugin.install()
    there = plugin.installed()
    assert there is not None
    assert (there.active, there.waits) == (False, True)
    with pytest.raises(StopAndTell, match="not loaded"):
        plugin.configuration()
    plugin.restart(jellyfin.ready)
    there = plugin.installed()
    assert there is not None
    assert there.active
    assert server.requests("POST", "System/Restart")
    assert entries(plugin.configuration()) == []


def test_the_old_process_that_still_answers_is_not_the_new_one(serve: Serve) -> None:
    """A restart begins a moment after its answer; until then all seems ready."""
    server, jellyfin = serve()
    plugin = plugin_of(jellyfin)
    plugin.install()
    seen: list[bool] = []

    def ready() -> None:
        seen.append(server.starting)
        jellyfin.ready()

    plugin.restart(ready)
    assert server.plugins.active
    assert True in seen


def test_a_server_whose_repositories_do_not_offer_it(serve: Serve) -> None:
    server, jellyfin = serve()
    server.plugins.repositories = []
    with pytest.raises(StopAndTell, match="no plugin repository") as told:
        plugin_of(jellyfin).install()
    assert "https://repo.jellyfin.org/" in told.value.fix


def test_a_plugin_that_does_not_work_after_the_restart(serve: Serve) -> None:
    server, jellyfin = serve()
    server.plugins.status = "NotSupported"
    with pytest.raises(StopAndTell, match="Jellyfin says NotSupported"):
        plugin_of(jellyfin).restart(jellyfin.ready)


def test_a_plugin_that_is_gone_after_the_restart(serve: Serve) -> None:
    server, jellyfin = serve()
    plugin = plugin_of(jellyfin)
    plugin.install()
    server.plugins.status = ""
    with pytest.raises(StopAndTell, match="no Webhook plugin after its restart"):
        plugin.restart(jellyfin.ready)


def test_a_server_that_does_not_come_back_is_given_up_by_the_clock(serve: Serve) -> None:
    _, jellyfin = serve()
    clock = [0.0]

    def sleep(_: float) -> None:
        clock[0] += RESTART_SECONDS / 3

    def ready() -> None:
        raise ServerStarting("it starts")

    plugin = WebhookPlugin(jellyfin.transport, sleep=sleep, clock=lambda: clock[0])
    with pytest.raises(ServerStarting, match="not back 10 minutes after"):
        plugin.restart(ready)


def test_of_several_versions_the_working_one_counts(script: Script, jellyfin: Jellyfin) -> None:
    rows = [
        {"Id": PLUGIN_ID, "Version": version, "Status": status}
        for version, status in [("19", "Superseded"), ("22", "Restart"), ("21", "Active")]
    ]
    dashed = "71552a5a-5c5c-4350-a2ae-ebe451a30173"
    script.says(ok([*rows, {"Id": "5f", "Version": "1", "Status": "Active"}]))
    assert plugin_of(jellyfin).installed() == Installed("21", "Active")
    script.says(ok([{"Id": dashed, "Version": "21", "Status": "Active"}]))
    assert plugin_of(jellyfin).installed() == Installed("21", "Active")
    script.says(ok([{"Id": PLUGIN_ID, "Version": "21", "Status": "Deleted"}]))
    assert plugin_of(jellyfin).installed() is None


@pytest.mark.parametrize("answer", [{}, [1], "text"])
def test_a_list_that_is_none_is_a_broken_answer(
    script: Script, jellyfin: Jellyfin, answer: object
) -> None:
    script.says(ok(answer))
    with pytest.raises(BrokenAnswer):
        plugin_of(jellyfin).installed()


@pytest.mark.parametrize("answer", [[], {"GenericOptions": [1]}, {"GenericOptions": {"a": 1}}])
def test_a_configuration_that_is_none_is_a_broken_answer(
    script: Script, jellyfin: Jellyfin, answer: object
) -> None:
    script.says(ok(answer))
    with pytest.raises(BrokenAnswer, match="not what Subtide knows"):
        plugin_of(jellyfin).configuration()


def test_a_user_who_is_no_administrator_may_not(serve: Serve, connect: Connect) -> None:
    server, _ = serve()
    user = connect(server.url, sign_in(server, HELPER))
    with pytest.raises(Forbidden):
        plugin_of(user).installed()


# -- its configuration ---------------------------------------------------------------------


@FLAVOURS
def test_our_destination_is_kept_by_the_server(serve: Serve, flavour: Flavour) -> None:
    server, jellyfin = serve(flavour)
    server.install_webhook_plugin({"WebhookName": "lights", "WebhookUri": "http://lights"})
    plugin = plugin_of(jellyfin)
    before = plugin.configuration()
    plugin.configure(HOOK.put_into(before))
    kept = plugin.configuration()
    assert entries(kept)[0] == entries(before)[0]
    ours = find(kept, HOOK)
    assert ours is not None
    assert HOOK.changes(ours) == {}
    assert ours["WebhookUri"] == "http://subtide:8765/webhook/home"
    assert ours["NotificationTypes"] == list(EVENTS)
    on = {key for key, value in ours.items() if value is True}
    assert on == {
        "EnableMovies",
        "EnableEpisodes",
        "EnableVideos",
        "EnableWebhook",
        "SendAllProperties",
    }
    assert {h["Key"]: h["Value"] for h in ours["Headers"]} == {
        "Content-Type": "application/json",
        "Authorization": "Bearer s3cret",
    }
    assert ours["Fields"] == []


def test_what_others_set_stays_as_it_was_read() -> None:
    before = copy.deepcopy(OTHERS)
    changed = HOOK.put_into(before)
    assert before == OTHERS
    assert {k: v for k, v in changed.items() if k != "GenericOptions"} == {
        k: v for k, v in OTHERS.items() if k != "GenericOptions"
    }
    assert list(changed) == list(OTHERS)
    assert entries(changed)[:2] == entries(OTHERS)
    assert replaced(changed, HOOK, None) == OTHERS
    assert replaced(OTHERS, HOOK, None) == OTHERS


def test_a_second_time_changes_nothing() -> None:
    once = HOOK.put_into(OTHERS)
    assert HOOK.put_into(once) == once
    ours = find(once, HOOK)
    assert ours is not None
    assert HOOK.changes(ours) == {}


def test_what_the_server_leaves_out_counts_as_empty() -> None:
    ours = find(HOOK.put_into({}), HOOK)
    assert ours is not None
    lean = {key: value for key, value in ours.items() if value}
    lean["NotificationTypes"] = list(reversed(EVENTS))
    assert HOOK.changes({**lean, "Template": None}) == {}


@pytest.mark.parametrize(
    "spoilt",
    [
        {"EnableWebhook": False},
        {"EnableMovies": False},
        {"EnableSeries": True},
        {"SendAllProperties": False},
        {"NotificationTypes": ["ItemAdded"]},
        {"UserFilter": ["5f"]},
        {"WebhookUri": "http://old:1/webhook/home"},
        {"Headers": []},
        {"Fields": [{"Key": "a", "Value": "b"}]},
    ],
    ids=lambda spoilt: next(iter(spoilt)),
)
def test_an_entry_of_ours_that_is_wrong_is_repaired_in_its_place(spoilt: dict[str, Any]) -> None:
    right = HOOK.put_into(OTHERS)
    first, ours = entries(right)[0], entries(right)[2]
    wrong = {**right, "GenericOptions": [{**ours, **spoilt, "Later": 1}, first]}
    assert set(HOOK.changes(entries(wrong)[0])) == set(spoilt)
    assert entries(HOOK.put_into(wrong)) == [{**ours, "Later": 1}, first]


def test_headers_for_a_proxy_stay_and_our_own_are_replaced() -> None:
    proxy = {"Key": "X-Proxy", "Value": "open"}
    old = {"Key": "authorization", "Value": "Bearer old"}
    entry = {"WebhookUri": "http://subtide:8765/webhook/home", "Headers": [proxy, old]}
    (changed,) = entries(HOOK.put_into({"GenericOptions": [entry]}))
    assert [h["Key"] for h in changed["Headers"]] == ["X-Proxy", "Content-Type", "Authorization"]


SECRET_HEADERS = [{"Key": "Authorization", "Value": "Bearer s3cret"}]


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({"WebhookName": "Subtide 1a2b3c4d", "WebhookUri": "http://elsewhere"}, True),
        ({"WebhookName": "typed", "WebhookUri": "http://b/x", "Headers": SECRET_HEADERS}, True),
        ({"WebhookName": "lost", "WebhookUri": "http://subtide:8765/webhook/home"}, True),
        ({"WebhookName": "Subtide 99999999", "WebhookUri": "http://nas/webhook/home"}, False),
        ({"WebhookName": "Subtide", "WebhookUri": "http://subtide:8765/webhook/away"}, False),
        ({"WebhookName": None, "WebhookUri": None, "Headers": None}, False),
        ({}, False),
    ],
)
def test_ours_is_known_by_its_title_its_secret_or_our_address(
    entry: dict[str, Any], *, found: bool
) -> None:
    assert (find({"GenericOptions": [entry]}, HOOK) is not None) is found


def test_two_subtides_at_one_server_leave_each_other_s_entry_alone() -> None:
    other = Destination("http://nas:8765", "home", "another", "Subtide 99999999")
    both = other.put_into(HOOK.put_into(OTHERS))
    assert len(entries(both)) == len(entries(OTHERS)) + 2
    assert replaced(both, other, None) == HOOK.put_into(OTHERS)


def test_an_address_is_read_from_an_entry_that_leads_to_a_receiver() -> None:
    assert address_of({"WebhookUri": "http://b/base/webhook/home/"}, "home") == "http://b/base"
    assert address_of({"WebhookUri": "http://b/webhook/away"}, "home") is None


def test_a_server_s_name_is_written_for_an_address() -> None:
    hook = Destination("http://b", "my home/ß", "s", "Subtide")
    assert hook.uri == "http://b/webhook/my%20home%2F%C3%9F"
    ours = find(hook.put_into({}), hook)
    assert ours is not None
    assert address_of(ours, "my home/ß") == "http://b"


def test_the_secret_is_not_told() -> None:
    assert "s3cret" not in repr(HOOK)


# -- tasks and sessions --------------------------------------------------------------------


@FLAVOURS
def test_the_task_that_sends_new_items_is_started(serve: Serve, flavour: Flavour) -> None:
    server, jellyfin = serve(flavour)
    server.install_webhook_plugin()
    plugin_of(jellyfin).send_now()
    server.webhooks.settle()
    assert TASK in server.webhooks.runs


def test_without_the_task_nothing_is_started(serve: Serve) -> None:
    server, jellyfin = serve()
    plugin_of(jellyfin).send_now()
    assert not server.requests("POST")


def test_a_session_is_opened_for_a_device_of_its_own(serve: Serve) -> None:
    headers: list[str] = []
    _, jellyfin = serve(request_check=lambda raw: headers.append(raw.headers["Authorization"]))
    plugin_of(jellyfin).open_session("fresh")
    plugin_of(jellyfin).installed()
    assert [re.findall('DeviceId="(.+?)"', header) for header in headers] == [
        ["fresh"],
        ["device-1"],
    ]
    assert headers[0].replace("fresh", "device-1") == headers[1]


def test_a_session_that_is_refused_says_so(serve: Serve) -> None:
    server, jellyfin = serve()
    server.fail("POST", "Capabilities", status=500)
    with pytest.raises(ServerFailed):
        plugin_of(jellyfin).open_session("fresh")

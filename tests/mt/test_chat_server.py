"""A language model's server: what is sent, what is tried again, what its refusals mean."""

import json
from collections.abc import Iterator

import pytest

from subtide.errors import Forbidden, KeyRejected, ModelMissing, StopAndTell, WrongAddress
from subtide.mt.chat_errors import Overlong, TookTooLong
from subtide.mt.chat_protocol import Wanted
from subtide.mt.chat_server import ChatServer
from subtide.mt.engine import EngineFailed
from subtide.playground.chat import KEY, ChatStandIn
from subtide.playground.chat_film import translated

WANTED = Wanted(temperature=0.2, keep_alive_seconds=60.0)
ASKED = json.dumps({"lines": [{"tag": "bcdf", "text": "The captain has never seen Bado."}]})
MESSAGES = ({"role": "system", "content": "Translate."}, {"role": "user", "content": ASKED})


@pytest.fixture
def stand_in() -> Iterator[ChatStandIn]:
    with ChatStandIn(translated) as server:
        yield server


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture(params=["ollama", "openai"])
def server(
    request: pytest.FixtureRequest, stand_in: ChatStandIn, slept: list[float]
) -> Iterator[ChatServer]:
    server = ChatServer(
        request.param,
        stand_in.url,
        model="stand-in",
        key=KEY,
        timeout_seconds=9,
        sleep=slept.append,
    )
    yield server
    server.close()


def test_the_model_s_words_come_back_and_are_counted(server: ChatServer) -> None:
    reply = server.ask(MESSAGES, WANTED)
    assert "O capitão nunca viu Bado." in reply.content
    assert server.usage.requests == 1
    assert server.usage.tokens_in == reply.tokens_in == (len(ASKED) + 10) // 4
    assert server.usage.tokens_out == reply.tokens_out


def test_what_a_server_does_not_count_is_guessed_by_size(stand_in: ChatStandIn) -> None:
    stand_in.answers.append((200, {}, {"choices": [{"message": {"content": "x" * 90}}]}))
    server = ChatServer("openai", stand_in.url, model="stand-in")
    server.ask(({"role": "user", "content": "y" * 300},), WANTED)
    assert (server.usage.tokens_in, server.usage.tokens_out) == (100, 30)
    server.close()


def test_ollama_is_asked_for_the_schema_and_a_context_that_holds_the_question(
    stand_in: ChatStandIn,
) -> None:
    server = ChatServer("ollama", stand_in.url, model="stand-in")
    server.ask(MESSAGES, WANTED)
    server.unload()
    server.close()
    asked, unloaded = stand_in.requests
    assert asked["format"]["required"] == ["lines", "terms"]
    assert asked["stream"] is False
    assert asked["options"]["num_ctx"] == 8192
    assert asked["options"]["temperature"] == 0.2
    assert asked["keep_alive"] == 60.0
    assert (unloaded["messages"], unloaded["keep_alive"]) == ([], 0)


@pytest.mark.parametrize("end", ["", "/v1"])
def test_an_address_may_name_the_version_or_not(stand_in: ChatStandIn, end: str) -> None:
    server = ChatServer("openai", stand_in.url + end, model="stand-in")
    server.ask(MESSAGES, WANTED)
    server.need()
    server.close()


def test_what_a_server_does_not_know_is_left_out_from_then_on(stand_in: ChatStandIn) -> None:
    stand_in.refuses = ("json_schema", "json_object", "max_tokens", "temperature")
    server = ChatServer("openai", stand_in.url, model="stand-in")
    server.ask(MESSAGES, WANTED)
    asked = len(stand_in.requests)
    server.ask(MESSAGES, WANTED)
    server.close()
    assert asked == 5
    assert len(stand_in.requests) == 6
    last = stand_in.requests[-1]
    assert not {"response_format", "max_tokens", "temperature"} & set(last)
    assert last["max_completion_tokens"]


def test_a_busy_server_is_asked_again_when_it_says(
    server: ChatServer, stand_in: ChatStandIn, slept: list[float]
) -> None:
    stand_in.answers += [(429, {"Retry-After": "7"}, {}), (503, {}, {})]
    assert server.ask(MESSAGES, WANTED).content
    assert slept == [7.0, 4.0]
    assert server.usage.requests == 1


def test_a_server_that_stays_busy_is_left_with_its_own_delay(
    server: ChatServer, stand_in: ChatStandIn, slept: list[float]
) -> None:
    stand_in.answers.append((429, {"Retry-After": "900"}, {"error": {"message": "slow down"}}))
    with pytest.raises(EngineFailed, match="answered 429: slow down") as failed:
        server.ask(MESSAGES, WANTED)
    assert failed.value.after == 900.0
    assert slept == []


@pytest.mark.parametrize(
    ("status", "text"), [(402, "no credit"), (429, "You exceeded it: insufficient_quota")]
)
def test_an_empty_account_is_asked_again_in_an_hour(
    server: ChatServer, stand_in: ChatStandIn, slept: list[float], status: int, text: str
) -> None:
    stand_in.answers.append((status, {}, {"error": {"message": text}}))
    with pytest.raises(EngineFailed) as failed:
        server.ask(MESSAGES, WANTED)
    assert failed.value.after == 3600.0
    assert slept == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((401, {}, {"error": f"bad key {KEY}"}), KeyRejected),
        ((403, {}, {"error": "no"}), Forbidden),
        ((404, {}, {"error": "model 'x' not found"}), ModelMissing),
        ((404, {}, "<html>nothing here</html>"), WrongAddress),
        ((302, {"Location": "http://127.0.0.1:9/"}, ""), WrongAddress),
        ((400, {}, {"error": {"message": "maximum context length is 4096"}}), Overlong),
        ((413, {}, {}), Overlong),
        ((418, {}, {"error": "teapot"}), EngineFailed),
        ((200, {}, {"done": True}), EngineFailed),
        ((200, {}, ["what"]), EngineFailed),
    ],
)
def test_what_an_answer_that_is_none_means(
    server: ChatServer,
    stand_in: ChatStandIn,
    answer: tuple[int, dict[str, str], object],
    expected: type[Exception],
) -> None:
    stand_in.answers.append(answer)
    with pytest.raises(expected):
        server.ask(MESSAGES, WANTED)
    assert len(stand_in.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 418, 500])
def test_no_error_shows_the_key_or_a_part_of_it(
    server: ChatServer, stand_in: ChatStandIn, status: int
) -> None:
    said = f"key {KEY[:8]}...{KEY[-8:]} \x1b[31mmodel {'word ' * 100}"
    stand_in.answers += [(status, {}, {"error": {"message": said}})] * 4
    with pytest.raises((EngineFailed, StopAndTell)) as failed:
        server.ask(MESSAGES, WANTED)
    text = f"{failed.value} {failed.value.__cause__} {failed.value!r}"
    assert not any(KEY[n : n + 6] in text for n in range(len(KEY) - 5))
    assert len(text) < 1200
    assert "\x1b" not in text


def test_the_key_goes_into_the_header_alone_and_to_no_other_address(
    server: ChatServer, stand_in: ChatStandIn
) -> None:
    stand_in.key = KEY
    with ChatStandIn(translated) as elsewhere:
        server.ask(MESSAGES, WANTED)
        stand_in.answers.append((307, {"Location": f"{elsewhere.url}/api/chat"}, ""))
        with pytest.raises(WrongAddress):
            server.ask(MESSAGES, WANTED)
        assert elsewhere.requests == []
    assert stand_in.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert KEY not in json.dumps(stand_in.requests)


def test_nobody_answers(slept: list[float]) -> None:
    with ChatStandIn(translated) as gone:
        url = gone.url
    server = ChatServer("ollama", url, model="stand-in", sleep=slept.append)
    with pytest.raises(EngineFailed, match="cannot be reached"):
        server.ask(MESSAGES, WANTED)
    assert slept == [1.0, 4.0, 10.0]
    server.close()


def test_an_answer_that_does_not_come_in_time(stand_in: ChatStandIn, slept: list[float]) -> None:
    stand_in.pauses = [0.3]
    server = ChatServer(
        "ollama", stand_in.url, model="stand-in", timeout_seconds=0.05, sleep=slept.append
    )
    with pytest.raises(TookTooLong, match=r"no answer in 0\.05 s"):
        server.ask(MESSAGES, WANTED)
    assert slept == []
    server.close()


def test_an_answer_that_drips_is_not_waited_for_longer_than_allowed(
    stand_in: ChatStandIn,
) -> None:
    times = iter([0.0, 400.0])
    server = ChatServer("ollama", stand_in.url, model="stand-in", clock=lambda: next(times))
    with pytest.raises(TookTooLong):
        server.ask(MESSAGES, WANTED)
    server.close()


def test_a_server_is_asked_for_its_models(server: ChatServer, stand_in: ChatStandIn) -> None:
    server.need()
    stand_in.models = ("another:latest",)
    with pytest.raises(ModelMissing, match="has no model stand-in"):
        server.need()
    stand_in.key = "sk-of-somebody-else"
    with pytest.raises(KeyRejected):
        server.need()


def test_ollama_s_model_of_the_latest_tag_needs_no_tag(stand_in: ChatStandIn) -> None:
    stand_in.models = ("gemma:latest",)
    for name in ("gemma", "gemma:latest"):
        server = ChatServer("ollama", stand_in.url, model=name)
        server.need()
        server.close()

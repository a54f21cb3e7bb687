"""Plans for tests: one film, from its speech or from a text, into a few languages."""

from subtide.pipeline.plan import (
    AudioOrigin,
    Plan,
    PublishOptions,
    SpeechOptions,
    SubtitleOptions,
    Target,
    TextOrigin,
    TranslationOptions,
)

SERVER = "5e17e000000000000000000000000001"
SPEECH = AudioOrigin(ordinal=0, language="en", codec="ac3", channels=6)
TEXT = TextOrigin(
    language="en",
    codec="subrip",
    title="",
    external=True,
    hearing_impaired=False,
    path="/films/Film.en.srt",
    ordinal=0,
)


def make_plan(
    source: str = "f1",
    languages: tuple[str, ...] = ("en", "de"),
    origin: AudioOrigin | TextOrigin = SPEECH,
    **changes: object,
) -> Plan:
    """Return a plan for one source of a film."""
    plan = Plan(
        server=SERVER,
        server_name="home",
        item=source,
        source=source,
        title=f"Film {source}",
        path=f"/films/{source}.mkv",
        container="mkv",
        duration=600.0,
        origin=origin,
        targets=tuple(Target(language=language) for language in languages),
        basis="b1",
        speech=SpeechOptions(
            vote_model="base",
            model="small",
            models={},
            device="cpu",
            compute_type="int8",
            block_seconds=300.0,
            trust_audio_tag=False,
        ),
        translation=TranslationOptions(engines=("firefox",), models={}),
        publish=PublishOptions(label="subtide", patience_seconds=60.0),
        subtitles=SubtitleOptions(sync="never"),
    )
    return plan.model_copy(update=changes)

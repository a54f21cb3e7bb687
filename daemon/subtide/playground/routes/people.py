"""People: users and what they see, keys and sessions."""

from typing import TYPE_CHECKING, Any

from subtide.playground.auth import Session, User, session_json
from subtide.playground.dto import Wish, timestamp
from subtide.playground.exchange import Response, empty, failure, of_json, problem
from subtide.playground.routes.route import Call, Right, Route

if TYPE_CHECKING:
    from subtide.playground.server import Playground

POLICY: dict[str, Any] = {
    "EnableCollectionManagement": False,
    "EnableLyricManagement": False,
    "IsDisabled": False,
    "BlockedTags": [],
    "AllowedTags": [],
    "EnableUserPreferenceAccess": True,
    "AccessSchedules": [],
    "BlockUnratedItems": [],
    "EnableRemoteControlOfOtherUsers": True,
    "EnableSharedDeviceControl": True,
    "EnableRemoteAccess": True,
    "EnableLiveTvManagement": False,
    "EnableLiveTvAccess": True,
    "EnableMediaPlayback": True,
    "EnableAudioPlaybackTranscoding": True,
    "EnableVideoPlaybackTranscoding": True,
    "EnablePlaybackRemuxing": True,
    "ForceRemoteSourceTranscoding": False,
    "EnableContentDeletion": True,
    "EnableContentDeletionFromFolders": [],
    "EnableContentDownloading": True,
    "EnableSyncTranscoding": True,
    "EnableMediaConversion": True,
    "EnabledDevices": [],
    "EnableAllDevices": True,
    "EnabledChannels": [],
    "EnableAllChannels": True,
    "EnabledFolders": [],
    "EnableAllFolders": True,
    "InvalidLoginAttemptCount": 0,
    "LoginAttemptsBeforeLockout": -1,
    "MaxActiveSessions": 0,
    "EnablePublicSharing": True,
    "BlockedMediaFolders": [],
    "BlockedChannels": [],
    "RemoteClientBitrateLimit": 0,
    "AuthenticationProviderId": "DefaultAuthenticationProvider",
    "PasswordResetProviderId": "DefaultPasswordResetProvider",
    "SyncPlayAccess": "CreateAndJoinGroups",
}
CONFIGURATION: dict[str, Any] = {
    "PlayDefaultAudioTrack": True,
    "DisplayMissingEpisodes": False,
    "GroupedFolders": [],
    "SubtitleMode": "Default",
    "DisplayCollectionsView": False,
    "EnableLocalPassword": False,
    "OrderedViews": [],
    "LatestItemsExcludes": [],
    "MyMediaExcludes": [],
    "HidePlayedInLatest": True,
    "RememberAudioSelections": True,
    "RememberSubtitleSelections": True,
    "EnableNextEpisodeAutoPlay": True,
    "CastReceiverId": "F007D354",
}


def user_json(server: "Playground", user: User) -> dict[str, Any]:
    """Return a UserDto."""
    seen = timestamp(server.started_at)
    return {
        "Name": user.name,
        "ServerId": server.id,
        "Id": user.id,
        "HasPassword": True,
        "HasConfiguredPassword": True,
        "HasConfiguredEasyPassword": False,
        "EnableAutoLogin": False,
        **({"LastLoginDate": seen} if server.flavour.new_fields else {}),
        "LastActivityDate": seen,
        "Configuration": {
            **CONFIGURATION,
            "SubtitleLanguagePreference": user.subtitle_language,
        },
        "Policy": {
            **POLICY,
            "IsAdministrator": user.admin,
            "IsHidden": True,
            "EnableSubtitleManagement": user.subtitles,
        },
    }


def users(call: Call) -> Response:
    """List all users."""
    return of_json([user_json(call.server, user) for user in call.server.door.users])


def me(call: Call) -> Response:
    """Say who asks; a key is nobody."""
    if call.request.caller is None or call.request.caller.user is None:
        return problem(400)
    return of_json(user_json(call.server, call.request.caller.user))


def meant(call: Call) -> User | Response:
    """Return the user that the query names, else the caller; a refusal where it may not be."""
    caller, wanted = call.request.caller, (call.request.first("userId") or "").replace("-", "")
    own = caller.user if caller else None
    if not wanted:
        return own or problem(400)
    if own and not own.admin and own.id != wanted:
        return failure(403)
    named = next((user for user in call.server.door.users if user.id == wanted), None)
    return named or failure(404)


def views(call: Call) -> Response:
    """List the libraries as a user sees them."""
    user = meant(call)
    if isinstance(user, Response):
        return user
    rows = [
        {
            "Name": library.name,
            "ServerId": call.server.id,
            "Id": library.id,
            "IsFolder": True,
            "Type": "CollectionFolder",
            "CollectionType": library.kind,
            "LocationType": "FileSystem",
            "MediaType": "Unknown",
        }
        for library in call.server.catalogue.libraries
        if library.options.get("Enabled", True)
    ]
    return of_json({"Items": rows, "TotalRecordCount": len(rows), "StartIndex": 0})


def session_dto(server: "Playground", session: Session) -> dict[str, Any]:
    """Return a SessionInfoDto with what is playing."""
    dto = session_json(session, server.id, new_fields=server.flavour.new_fields)
    transcode = server.transcodes.get(session.client["deviceid"])
    if transcode is not None and not server.flavour.new_fields:
        dto["TranscodingInfo"] = transcode
    if session.playing is not None:
        wanted, source, position = session.playing
        item = server.catalogue.item_of(wanted)
        dto["PlayState"] |= {"PositionTicks": position, "MediaSourceId": source, "CanSeek": True}
        dto["PlayState"]["PlayMethod"] = "DirectPlay" if transcode is None else "Transcode"
        dto["NowPlayingItem"] = server.writer.item(item, Wish({"Path"})) if item else None
    return dto


def sessions(call: Call) -> Response:
    """List who is signed in and what they watch."""
    return of_json([session_dto(call.server, s) for s in reversed(call.server.door.sessions)])


def playing(call: Call) -> Response:
    """Take a client's word that playback began."""
    body = call.request.json()
    session = _session_of(call)
    item = call.server.catalogue.item_of(body.get("ItemId", "").replace("-", ""))
    if session is not None and item is not None:
        source = body.get("MediaSourceId") or item.id
        session.playing = (item.id, source, int(body.get("PositionTicks") or 0))
        call.server.webhooks.playback_start(item, session)
        call.server.listeners.tell_sessions()
    return empty()


def stopped(call: Call) -> Response:
    """Take a client's word that playback ended."""
    session = _session_of(call)
    if session is not None:
        call.server.stop_playing(session)
    return empty()


def _session_of(call: Call) -> Session | None:
    token = call.request.caller.token if call.request.caller else ""
    return next((s for s in call.server.door.sessions if s.token == token), None)


def capabilities(call: Call) -> Response:
    """Take what a client can do; that opens its session if it had none."""
    caller = call.request.caller
    words = call.server.door.identify(call.request.headers, dict(call.request.query)).client
    if caller is not None and caller.user is None:
        words = {**words, "client": call.server.door.app_of(caller.token)}
    call.server.session_started(words, caller.user if caller else None)
    return empty()


def keys(call: Call) -> Response:
    """List every key, with the key itself."""
    rows = [
        {"AccessToken": k.token, "AppName": k.app, "DateCreated": timestamp(k.created)}
        for k in call.server.door.keys
    ]
    return of_json({"Items": rows, "TotalRecordCount": len(rows), "StartIndex": 0})


def make_key(call: Call) -> Response:
    """Make a key; the answer does not tell it."""
    app = call.request.first("app")
    if not app:
        return problem(400, {"app": ["The app field is required."]})
    call.server.door.make_key(app)
    return empty()


def revoke_key(call: Call) -> Response:
    """Revoke a key."""
    key = call.parts["key"]
    call.server.door.keys = [k for k in call.server.door.keys if k.token != key]
    return empty()


ROUTES = (
    Route("GET", "/Users", Right.SIGNED_IN, users),
    Route("GET", "/Users/Me", Right.SIGNED_IN, me),
    Route("GET", "/UserViews", Right.SIGNED_IN, views),
    Route("GET", "/Sessions", Right.SIGNED_IN, sessions),
    Route("POST", "/Sessions/Playing", Right.SIGNED_IN, playing),
    Route("POST", "/Sessions/Playing/Stopped", Right.SIGNED_IN, stopped),
    Route("POST", "/Sessions/Capabilities/Full", Right.SIGNED_IN, capabilities),
    Route("GET", "/Auth/Keys", Right.ADMIN, keys),
    Route("POST", "/Auth/Keys", Right.ADMIN, make_key),
    Route("DELETE", "/Auth/Keys/{key}", Right.ADMIN, revoke_key),
)

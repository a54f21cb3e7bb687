"""Who asks the server: the key and the device, in the one header that every version takes."""

from dataclasses import dataclass, field
from urllib.parse import quote

import requests
from requests.auth import AuthBase


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks: the key, and the device that the server shows for it."""

    key: str = field(repr=False)
    device_id: str
    device_name: str
    version: str

    @property
    def header(self) -> str:
        """The one form of authorization that 10.10, 10.11 and 12 all take.

        The server decodes percent signs in every value, so every value is encoded. Whoever signs
        in has no key yet, and names none.
        """
        token = {"Token": self.key} if self.key else {}
        parts = token | {
            "Client": "Subtide",
            "Device": self.device_name,
            "DeviceId": self.device_id,
            "Version": self.version,
        }
        return "MediaBrowser " + ", ".join(f'{k}="{quote(v, safe="")}"' for k, v in parts.items())


class Authorization(AuthBase):
    """Sets the header last, so that neither a .netrc nor the URL can put another in its place."""

    def __init__(self, identity: Identity) -> None:
        self._header = identity.header

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header to a request that is about to leave."""
        request.headers["Authorization"] = self._header
        return request

"""The cast: who plays in an item of the stand-in, as a person's metadata would tell."""

import hashlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Person:
    """One of an item's people."""

    name: str
    role: str = ""
    kind: str = "Actor"
    """Jellyfin's PersonKind: Actor, GuestStar, Director and so on."""

    def to_json(self) -> dict[str, Any]:
        """Return a BaseItemPerson."""
        person_id = hashlib.md5(self.name.encode(), usedforsecurity=False).hexdigest()
        return {"Name": self.name, "Id": person_id, "Role": self.role, "Type": self.kind}

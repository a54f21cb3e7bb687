"""Pins: what a source stated at the first pull, and must state at every later one."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from subtide.errors import ModelDamaged
from subtide.models.fetch import Listing
from subtide.models.lock import locked
from subtide.models.record import save_json


@dataclass(frozen=True, slots=True)
class Pin:
    """One model's source, revision, and the hash that was stated for each file."""

    source: str
    """For people: a mirror may serve the same revision."""
    revision: str
    files: dict[str, str]

    @classmethod
    def of(cls, listing: Listing) -> "Pin":
        """Return what a listing would be pinned as."""
        files = {file.name: file.stated for file in listing.files}
        return cls(listing.source, listing.revision, files)


class Pins:
    """The file ``pins.json`` beside the models. It outlives a model's removal."""

    def __init__(self, path: Path) -> None:
        """``path``: the file, which need not exist."""
        self.path = path

    def get(self, name: str) -> Pin | None:
        """Return a model's pin. Raises ModelDamaged if the file cannot be read."""
        return self._read().get(name)

    def check(self, name: str, listing: Listing) -> None:
        """Compare a listing with the pin, if there is one. Raises ModelDamaged."""
        pin = self.get(name)
        now = Pin.of(listing)
        if pin is None or (pin.revision, pin.files) == (now.revision, now.files):
            return
        changed = sorted(
            file
            for file in pin.files.keys() | now.files.keys()
            if pin.files.get(file) != now.files.get(file)
        )
        raise ModelDamaged(
            f"{listing.source} states other contents for {name} at {listing.revision} than at the"
            f" first pull: {', '.join(changed) or pin.revision}",
            f"if you trust it, remove {name} from {self.path} and pull again",
        )

    def keep(self, name: str, listing: Listing) -> None:
        """Write down what a source stated, once its files were found to match."""
        with locked(self.path.with_suffix(".lock"), lambda: None):
            pins = self._read() | {name: Pin.of(listing)}
            save_json(self.path, {each: asdict(pin) for each, pin in pins.items()})

    def _read(self) -> dict[str, Pin]:
        if not self.path.exists():
            return {}
        try:
            pins = json.loads(self.path.read_text("utf-8"))
            return {name: Pin(**entry) for name, entry in pins.items()}
        except (AttributeError, TypeError, ValueError) as error:
            raise ModelDamaged(
                f"{self.path} cannot be read: {error}", "put it right, or remove it to pin anew"
            ) from error

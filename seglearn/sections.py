"""The sections of the chapter: the one table that figures, exercises, tests and tools read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """A section of the lecture, and where it stands in the course."""

    number: str  # "4.2"
    room: str  # the folder in `seglearn/`, `seglearn/figures/`, `seglearn/exercises/` and `tests/`
    title: str = ""  # in the notebook's name, where it isn't the room

    @property
    def notebook(self):
        """The name of its notebook, without ending."""
        return f"{self.number}_{self.title or self.room}"


SECTIONS = (
    Section("4.1", "overview"),
    Section("4.2", "clustering"),
    Section("4.3", "edges"),
    Section("4.4", "regions"),
    Section("4.5", "graphs"),
    Section("4.6", "networks", "deep_learning"),
)

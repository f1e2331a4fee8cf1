"""Every action on a person that all apps take part in; one file per action, import from here."""

from people.operations.exports import pack_person

__all__ = ["pack_person"]

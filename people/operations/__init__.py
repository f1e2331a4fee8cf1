"""Every action on a person that all apps take part in; one file per action, import from here."""

from people.operations.exports import pack_person
from people.operations.merges import merge_members, undo_merge

__all__ = ["merge_members", "pack_person", "undo_merge"]

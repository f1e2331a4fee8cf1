"""Every action on a person that all apps take part in; one file per action, import from here."""

from people.operations.erasure_journal import erased_members, note_kept
from people.operations.erasures import ERASED_AFTER, erase_again, erase_due_members, erase_member
from people.operations.exports import pack_person
from people.operations.merges import merge_members, undo_merge

__all__ = [
    "ERASED_AFTER",
    "erase_again",
    "erase_due_members",
    "erase_member",
    "erased_members",
    "merge_members",
    "note_kept",
    "pack_person",
    "undo_merge",
]

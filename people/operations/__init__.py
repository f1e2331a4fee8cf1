"""Every action on a person that all apps take part in; one file per action, import from here."""

from people.operations.breach_letters import (
    LetterEmpty,
    NoOneToWriteTo,
    letter_still_due,
    render_letters,
    send_letters,
)
from people.operations.breaches import (
    BreachFixed,
    BreachNotDone,
    change_breach,
    close_breach,
    note_authority_told,
    note_told,
    record_breach,
    touch_members,
    untouch_members,
    write_letters,
)
from people.operations.erasure_journal import erased_members, note_kept
from people.operations.erasures import ERASED_AFTER, erase_again, erase_due_members, erase_member
from people.operations.exports import pack_person
from people.operations.merges import merge_members, undo_merge

__all__ = [
    "ERASED_AFTER",
    "BreachFixed",
    "BreachNotDone",
    "LetterEmpty",
    "NoOneToWriteTo",
    "change_breach",
    "close_breach",
    "erase_again",
    "erase_due_members",
    "erase_member",
    "erased_members",
    "letter_still_due",
    "merge_members",
    "note_authority_told",
    "note_kept",
    "note_told",
    "pack_person",
    "record_breach",
    "render_letters",
    "send_letters",
    "touch_members",
    "undo_merge",
    "untouch_members",
    "write_letters",
]

"""What is opened whole: a merchant, and a shop's sandbox. One file per noun; import from here."""

from onboarding.operations.merchants import open_merchant
from onboarding.operations.sandboxes import read_program, write_program

__all__ = ["open_merchant", "read_program", "write_program"]

"""A promotion as a sentence with gaps. What the gaps cannot say is edited as JSON."""

from backoffice.promotions.forms.field_bindings import FormContext
from backoffice.promotions.forms.form import PromotionForm, definition_of, initial_of, says_all
from backoffice.promotions.forms.kinds import KINDS
from backoffice.promotions.forms.patterns import BY_CODE, FIRST_ONES, PATTERNS, Pattern

__all__ = [
    "BY_CODE",
    "FIRST_ONES",
    "KINDS",
    "PATTERNS",
    "FormContext",
    "Pattern",
    "PromotionForm",
    "definition_of",
    "initial_of",
    "says_all",
]

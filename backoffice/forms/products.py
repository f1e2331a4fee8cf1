"""Forms about products."""

from __future__ import annotations

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import FileExtensionValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MOST_BYTES = 5_000_000


class ProductFileForm(forms.Form):
    file = forms.FileField(
        label=_("Products file"),
        help_text=_("CSV with a heading line; up to 20.000 rows and 5 MB. Amounts as 25000 or 25.000."),
        validators=[FileExtensionValidator(["csv", "txt"], _("Save the table as CSV and choose that file."))],
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(
                gettext("The file is larger than 5 MB. Split it, or use the command import_products.")
            )
        return file

"""How every form of the product is drawn; named by `FORM_RENDERER` in the settings (with `django.forms` installed)."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class ProductFormRenderer(TemplatesSetting):
    """`{{ form }}` and `{{ form.amount.as_field_group }}` give our own markup: label, help, error, control.

    Error lists are drawn by templates/django/forms/errors/list/ul.html.
    """

    form_template_name = "components/forms/form.html"
    field_template_name = "components/forms/field.html"

"""A field for what is written or pasted at length."""

from typing import Any

from django import forms


class LongTextField(forms.CharField):
    """Its limit is told after sending: a browser would cut what is pasted off, without a word."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Any: Django's attributes."""
        attributes: dict[str, Any] = super().widget_attrs(widget)
        attributes.pop("maxlength", None)
        return attributes

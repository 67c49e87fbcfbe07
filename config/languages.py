"""Who is spoken to in which language: customers in theirs, staff in English until their pages are translated too."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

CUSTOMERS = ("/api/v1/", "/widget/")


class LanguageMiddleware(LocaleMiddleware):
    """As Django's, for what customers read. Half a translation of a page is worse than none."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path_info.startswith(CUSTOMERS):
            super().process_request(request)
            return
        translation.activate(settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = settings.LANGUAGE_CODE

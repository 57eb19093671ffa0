"""Every mail as its reader sees it: HTML and text, light and dark, on a phone."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from onboarding import outbox
from onboarding.models import CSR, Mail, User
from tests.browser.person import PHONE, Person
from tests.portal.test_mails import every_kind

__all__ = ["every_kind"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_mail_is_seen(
    language: str,
    visit: Callable[..., Person],
    every_kind: CSR,
    screenshots: Path,
) -> None:
    User.objects.update(language=language)
    page = visit(None).page
    page.goto("about:blank")

    for kind in Mail.Kind:
        mail = Mail.objects.filter(kind=kind).order_by("-pk").first()
        assert mail is not None, kind
        message = outbox.compose(mail)
        (screenshots / f"{language}-{kind}.txt").write_text(f"{message.subject}\n\n{message.body}")
        page.set_content(str(message.alternatives[0][0]))
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(PHONE)
            assert page.evaluate(FITS), f"{kind} is wider than a phone"
            page.screenshot(path=screenshots / f"{language}-{kind}-{scheme}.png", full_page=True)

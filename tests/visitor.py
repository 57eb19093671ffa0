"""A person with a web browser without JavaScript: follows links, fills in forms, sends files."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx2


@dataclass(slots=True)
class Form:
    action: str
    method: str
    # What is sent unless it is changed, and the names of all fields, files and boxes included.
    fields: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class Forms(HTMLParser):
    """The forms of a page, with what they hold before anybody types."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._is_open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(values.get("action", ""), values.get("method", "get").lower()))
            self._is_open = True
        elif self._is_open and tag in {"input", "textarea"} and values.get("name"):
            self.found[-1].names.add(values["name"])
            if values.get("type") not in {"checkbox", "radio", "file", "submit"}:
                held = self.found[-1].fields.setdefault(values["name"], [])
                held.append(values.get("value", ""))
        elif self._is_open and tag == "button" and values.get("name"):
            # Sent only when it is the one that is pressed.
            self.found[-1].names.add(values["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_open = False


class Visitor:
    """Keeps cookies, the page that is open, and where it is."""

    def __init__(self, base: str) -> None:
        self._client = httpx2.Client(base_url=base, follow_redirects=True, timeout=20)
        self.page = ""
        self.url = base
        self.status = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()

    def open(self, path: str) -> str:
        return self._show(self._client.get(urljoin(self.url, path)))

    def download(self, path: str) -> bytes:
        answer = self._client.get(urljoin(self.url, path))
        answer.raise_for_status()
        assert "attachment" in answer.headers["Content-Disposition"]
        return answer.content

    def submit(
        self, holding: str, *, files: dict[str, tuple[str, bytes]] | None = None, **values: str
    ) -> str:
        """Send the form of the open page whose action or fields contain `holding`."""
        found = [one for one in Forms(self.page).found if one.method == "post"]
        fitting = [one for one in found if holding in one.action or holding in one.names]
        assert fitting, f"No form with {holding} on {self.url}: {self.page}"
        form = fitting[0]
        answer = self._client.post(
            urljoin(self.url, form.action or self.url),
            data={**form.fields, **values},
            files=files,
            headers={"Referer": self.url},
        )
        return self._show(answer)

    def _show(self, answer: httpx2.Response) -> str:
        self.status, self.url, self.page = answer.status_code, str(answer.url), answer.text
        return self.page

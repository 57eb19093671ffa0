"""The MDM servers for which there are instructions."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Server:
    """`slug` names it in addresses, and its template in portal/server/."""

    slug: str
    name: str | Promise

    @staticmethod
    def named(slug: str | None) -> "Server | None":
        """None where nothing was chosen, or nothing that there is."""
        return next((one for one in SERVERS if one.slug == slug), None)

    @property
    def template(self) -> str:
        return f"portal/server/{self.slug}.html"


SERVERS = [
    Server("nanomdm", "NanoMDM"),
    Server("nanohub", "NanoHUB"),
    Server("micromdm", "MicroMDM"),
    Server("fleet", "Fleet"),
    Server("zentral", "Zentral"),
    Server("other", _("Another server")),
]

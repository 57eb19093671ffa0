"""Files that must go: deleted, and then looked for. Any process may do it."""

from onboarding import errors, lifecycle, storage
from onboarding.lifecycle import Actor
from onboarding.models import Export


def dispose(name: str) -> None:
    """Delete the file and see that it is gone. Raises StillThere when it is not."""
    if not name:
        return
    storage.delete(name)
    if storage.exists(name):
        raise errors.StillThere(f"The file {name} was deleted and is still in storage.")


def end(export: Export, *, by: Actor) -> None:
    """The export's file goes, and then the export."""
    dispose(export.file)
    lifecycle.end_export(export, by=by)

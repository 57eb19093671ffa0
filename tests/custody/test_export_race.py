"""The same export at two workers at once: the file that is offered stays."""

from copy import copy

import pytest

from onboarding import errors, storage
from onboarding.custody import exporting
from onboarding.models import Export, PushCertificate
from tests.custody.parts import exported


def test_a_second_worker_never_deletes_what_the_first_has_made(active: PushCertificate) -> None:
    first = exported(active)
    second = copy(first)
    exporting.make(first)
    # Read when the first had written down the name, and before it was done.
    second.file = Export.objects.get(pk=first.pk).file

    with pytest.raises(errors.WrongState):
        exporting.make(second)

    made = Export.objects.get(pk=first.pk)
    assert made.state == Export.State.READY
    assert storage.get(made.file)


def test_a_try_that_was_cut_off_leaves_no_file_behind(active: PushCertificate) -> None:
    export = exported(active)
    left = storage.put(storage.EXPORTS, b"of a worker that was killed before its commit")
    Export.objects.filter(pk=export.pk).update(file=left)
    export.refresh_from_db()

    exporting.make(export)

    assert not storage.exists(left)
    assert Export.objects.get(pk=export.pk).file != left

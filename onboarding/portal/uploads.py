"""What a person sends is kept in memory, up to the limit and never beyond it."""

from io import BytesIO

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from onboarding.pki.kinds import UPLOAD_LIMIT

# A body beyond this is not even read. Up to it, a file is read to its end and its rest thrown
# away, so that the browser gets its answer: the sentence beside the field.
BODY_LIMIT = 16 * 1024 * 1024


class BoundedUploadHandler(FileUploadHandler):
    """Keeps one byte more than the limit, enough to be refused for it.

    Never a temporary file: what turns out to be a private key must not have been on a disk.
    """

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self._kept = bytearray()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 - Django's
        self._kept += raw_data[: UPLOAD_LIMIT + 1 - len(self._kept)]

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:  # noqa: ARG002 - Django's
        content, self._kept = self._kept, bytearray()
        return InMemoryUploadedFile(
            file=BytesIO(content),
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=len(content),
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )

"""An import of customers from before: its rows, what would become of each, and what became."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from onboarding.models.customer import Customer


class CustomerImport(models.Model):
    class State(models.TextChoices):
        JUDGING = "judging", "Dry run under way"
        JUDGED = "judged", "Dry run done"
        RUNNING = "running", "Being carried out"
        DONE = "done", "Carried out"
        CALLED_OFF = "called_off", "Called off"

    state = models.CharField(max_length=10, choices=State, default=State.JUDGING)
    # What the CSV was called.
    name = models.CharField(max_length=200)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="imports"
    )
    started_by_name = models.CharField("by", max_length=200)
    started_at = models.DateTimeField("started")
    finished_at = models.DateTimeField("finished", null=True)
    total = models.PositiveIntegerField("rows")
    # Up to which line the present turn has come; counted with the rows themselves.
    at_line = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    # Sentences on files and columns that no row takes.
    remarks = models.JSONField(default=list)
    # The report's name in file storage.
    report = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = "import"
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return f"Import of {self.name}, {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_under_way(self) -> bool:
        return self.state in {self.State.JUDGING, self.State.RUNNING}


class ImportRow(models.Model):
    class Action(models.TextChoices):
        CREATE = "create", "Create"
        UPDATE = "update", "Update"
        SKIP = "skip", "Skip"
        REFUSE = "refuse", "Refuse"

    of = models.ForeignKey(CustomerImport, models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    values = models.JSONField(default=dict)
    # By which a customer is found again in another row.
    key = models.CharField(max_length=200)
    certificate = models.BinaryField(null=True, editable=False)
    fingerprint_sha256 = models.CharField(max_length=64, blank=True)
    topic = models.CharField(max_length=255, blank=True)
    # What the dry run said; empty while it has not come here.
    action = models.CharField(max_length=10, choices=Action, blank=True)
    column = models.CharField(max_length=20, blank=True)
    sentence = models.TextField(blank=True)
    # What became of it; empty while it was not carried out.
    outcome = models.CharField(max_length=10, choices=Action, blank=True)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, related_name="import_rows")

    class Meta:
        ordering = ["of", "line"]
        constraints = [
            models.UniqueConstraint(fields=["of", "line"], name="one_row_per_line_of_an_import"),
            models.CheckConstraint(
                condition=Q(action__in=["", "create", "update", "skip", "refuse"])
                & Q(outcome__in=["", "create", "update", "skip", "refuse"]),
                name="import_action_is_known",
            ),
        ]
        indexes = [
            models.Index(fields=["of", "key", "line"], name="import_rows_by_customer"),
            models.Index(fields=["of", "topic", "line"], name="import_rows_by_topic"),
            models.Index(fields=["of", "action", "line"], name="import_rows_by_action"),
        ]

    def __str__(self) -> str:
        return f"Line {self.line} of {self.of}"

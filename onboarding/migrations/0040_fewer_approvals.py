"""A customer's smaller number of approvals waits for a second person."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("onboarding", "0039_languages_of_invitations"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="fewer_approvals",
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="fewer_approvals_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="customer",
            name="fewer_approvals_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("fewer_approvals_at__isnull", False)),
                fields=["fewer_approvals_at"],
                name="customers_with_fewer_approvals",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("fewer_approvals__isnull", True),
                        ("fewer_approvals_at__isnull", True),
                        ("fewer_approvals_by__isnull", True),
                    ),
                    models.Q(
                        ("fewer_approvals__gte", 1),
                        ("fewer_approvals_at__isnull", False),
                        ("fewer_approvals_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="fewer_approvals_have_who_and_when",
            ),
        ),
    ]

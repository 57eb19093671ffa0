"""Every role sees what customers were told and asked, the newest first by an index."""

from functools import partial

from django.db import migrations, models

from onboarding import roles

VIEWS = ["view_reminder", "view_signinquestion"]
RIGHTS = dict.fromkeys(("Approver", "Operator", "Support", "Auditor"), VIEWS)


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0034_declined_topics")]

    # Going back leaves the permissions: their models are older, and no page showed them.
    operations = [
        migrations.AddIndex(
            model_name="reminder",
            index=models.Index(fields=["-at", "-id"], name="reminders_newest_first"),
        ),
        migrations.AddIndex(
            model_name="signinquestion",
            index=models.Index(fields=["-asked_at", "-id"], name="questions_newest_first"),
        ),
        migrations.RunPython(partial(roles.grant, rights=RIGHTS), migrations.RunPython.noop),
    ]

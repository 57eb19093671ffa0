"""Every role sees what came back from Apple with another topic."""

from functools import partial

from django.db import migrations

from onboarding import roles

RIGHTS = {name: ["view_topicchange"] for name in ("Approver", "Operator", "Support", "Auditor")}


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0018_topic_changes")]

    # Going back leaves the permission: its model is gone, and with it what it allows.
    operations = [
        migrations.RunPython(partial(roles.grant, rights=RIGHTS), migrations.RunPython.noop)
    ]

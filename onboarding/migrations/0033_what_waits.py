"""Beat shows itself, too; what nobody looked at is found by an index."""

from django.db import migrations, models


def forget_beat(apps, schema_editor):
    """Back to the release before, which does not know it."""
    alias = schema_editor.connection.alias
    apps.get_model("onboarding", "Pulse").objects.using(alias).filter(process="beat").delete()


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0032_certificates_taken_along")]

    operations = [
        migrations.RemoveConstraint(model_name="pulse", name="pulse_process_is_known"),
        migrations.AlterField(
            model_name="pulse",
            name="process",
            field=models.CharField(
                choices=[("worker", "Worker"), ("signer", "Signer"), ("beat", "Beat")],
                max_length=10,
                primary_key=True,
                serialize=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="pulse",
            constraint=models.CheckConstraint(
                condition=models.Q(("process__in", ["worker", "signer", "beat"])),
                name="pulse_process_is_known",
            ),
        ),
        migrations.AddIndex(
            model_name="standinguse",
            index=models.Index(
                condition=models.Q(("reviewed_at__isnull", True)),
                fields=["used_at"],
                name="standing_uses_to_look_at",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, forget_beat),
    ]

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("specs", "0006_longer_keys"), ("tasks", "0006_vectors")]

    operations = [
        migrations.AddField(
            "implementationlog",
            "document",
            models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="log",
                to="specs.document",
            ),
        ),
        *(
            migrations.AddField("implementationlog", name, field, preserve_default=False)
            for name, field in (
                ("document_sha256", models.CharField(blank=True, default="", max_length=64)),
                ("original_id", models.TextField(blank=True, default="")),
                ("original_time", models.TextField(blank=True, default="")),
            )
        ),
    ]

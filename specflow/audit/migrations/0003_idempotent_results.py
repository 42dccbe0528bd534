from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_append_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="idempotentcall",
            name="said",
            field=models.JSONField(default=dict),
        ),
        migrations.AlterField(
            model_name="idempotentcall",
            name="caller",
            field=models.CharField(max_length=150),
        ),
    ]

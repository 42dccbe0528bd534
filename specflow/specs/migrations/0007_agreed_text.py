from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("specs", "0006_longer_keys")]

    operations = [
        migrations.AddField("workspacefile", "text", models.TextField(blank=True, default=""), preserve_default=False)
    ]

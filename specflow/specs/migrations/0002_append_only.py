from django.db import migrations

from specflow.audit.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("specs", "0001_initial")]

    operations = [append_only("specs_revision")]

"""Wiring: the Celery application. Jobs are in each app's jobs.py (`tasks` is a word of the domain)."""

import os

from celery import Celery

from specflow.filebroker import register

register()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "specflow.settings")

app = Celery("specflow")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")
app.set_default()

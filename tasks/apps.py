from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "tasks"
    verbose_name = "Tasks and runs"

    def ready(self) -> None:
        from django.conf import settings

        from specflow.audit import feed
        from specflow.specs import hooks
        from tasks import impact, imported_logs, payloads, progress, queries, references, traced, vectors
        from tasks.vectors import traced as traced_vectors

        hooks.keepers["tasks"] = hooks.keepers["task"] = progress.TasksKeeper()
        hooks.spec_sections["tasks"] = payloads.tasks_of_spec
        hooks.revision_saved.append(references.text_changed)
        hooks.revision_saved.append(vectors.text_changed)
        hooks.revision_saved.append(imported_logs.text_changed)
        hooks.touching.append(impact.touched_work)
        hooks.files_came.append(imported_logs.files_came)
        traced.register()
        traced_vectors.register()
        feed.sources["run"] = feed.Source(queries.run_events_after, queries.project_of_run)
        if not settings.LEAN:
            from tasks import pages
            from tasks.vectors import pages as vector_pages

            pages.register()
            vector_pages.register()

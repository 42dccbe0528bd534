"""A project's folder on disk, kept in step with its documents, both ways.

`actions.reconcile` decides what becomes of one path, by what both sides last agreed on; `folder.Workspace` reads and
writes the files; `watching.Watch` listens to both sides and calls them.
"""

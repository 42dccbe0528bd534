"""What changed between revisions: by item, by line and word, three ways, and what the change touches.

All of it is about texts and items; nothing here knows of Django or of rows.
"""

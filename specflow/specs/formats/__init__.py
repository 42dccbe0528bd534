"""The dialects: each reads a document's text into items, edits the text in place, and knows where its files stand.

A dialect is a module with the functions of `spec_workflow`; nothing here knows of Django or of rows.
"""

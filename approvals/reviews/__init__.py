"""Reviews of tasks: what they are held against, who may give one, and their doors. `approvals/reviewing.py` writes."""

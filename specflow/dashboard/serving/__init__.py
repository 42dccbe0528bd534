"""What `manage.py serve` is made of: the port, the first start, the web server, the worker, and the agent at work."""

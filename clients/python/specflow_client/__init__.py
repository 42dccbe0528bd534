"""A client for a SpecFlow server: `Client` and its errors. The command `specflow` is built on it."""

from specflow_client.client import Client
from specflow_client.errors import ApiError, ClientError

__version__ = "0.1.0"
__all__ = ["ApiError", "Client", "ClientError"]

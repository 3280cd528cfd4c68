"""The doors that listen: HTTP routes over the engine."""

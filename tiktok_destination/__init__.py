"""The server-side TikTok destination: maps records to events, sends them, and accounts for every one."""

__version__ = "0.1.0"

"""TikTok's API as one call at a time: bytes out, a `Reply` back. Nothing here retries, waits, or logs what it carries."""

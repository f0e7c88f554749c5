"""The emulator: a simulated TikTok Business API on loopback, and the judge of what the destination sends.

It is written from TikTok's documentation alone and shares no code and no data with the plugin. What it accepts it
writes into a ledger, which is the receiver's truth; what the documentation leaves open is a switch that does both.
"""

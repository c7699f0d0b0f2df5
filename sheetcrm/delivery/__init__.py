"""Bringing messages to people: never twice, never lost.

`journal` is the durable record, `sending` the protocol around it, `smtp`, `files` and `memory` are transports.
"""

"""The chat widget's channel: signed sessions, a numbered log a conversation, a WebSocket and polling over it."""

from bot.channels.web.channel import WebChannel

__all__ = ["WebChannel"]

"""The chat widget's channel: signed sessions, a numbered log a conversation, Socket.IO and polling over it."""

from bot.channels.web.channel import WebChannel

__all__ = ["WebChannel"]

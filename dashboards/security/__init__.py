"""The closed doors: who is asking (provider), what every handler owes (handlers), the way into a Panel application (join),
its websocket and the watcher over it (sockets, patches, watcher), what every answer carries (headers), and files (static)."""

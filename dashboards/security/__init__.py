"""The closed doors: who is asking (provider), what every handler owes (handlers), the way into a Panel application (join),
its websocket and the watcher over it (sockets, patches, watcher, allowance), what every answer carries (headers) and what a refusal looks like
(refusals), typed text that is kept (drafts), what the browser says of itself (scripted), and files (static)."""

"""The web room: HTTP server, routes, login and the page. `server.WebServer` is its face."""

"""The web room: HTTP server, routes, login and the page. Others use `server.WebServer`."""

"""How the process serves: the socket, logs, health, and answers to what went wrong."""
